//! `proofline status`: what is recorded, and how far it is attested.

use proofline::clock;
use proofline::install::{Target, claude_code, git};
use proofline::memory::Remembered;
use proofline::recorder::Recorder;
use proofline::renewal::{self, Outlook, WITHIN_DAYS};
use proofline::store::{Store, Tip};
use proofline_format::digest::Hash;
use proofline_format::json::Value;
use proofline_format::timestamp::Timestamp;
use proofline_tsa::rfc3339;

use crate::attestation::Attestation;
use crate::place::{Place, shown};
use crate::token::Claimed;
use crate::ui::{Outcome, Ui, entries, grouped};

const EXAMPLES: &str = "\
Examples:
  proofline status
  proofline status --json
  proofline checkpoint && proofline status    after stamping what is new";

/// Show what is recorded, and how far its time is attested
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

struct Status {
    tip: Tip,
    key: Hash,
    has_key: bool,
    notes: Vec<u64>,
    stamped: Option<u64>,
    gaps: Vec<u64>,
    spooled: usize,
    losses: u64,
    memory: Option<&'static str>,
    token: Option<Claimed>,
    outlook: Option<Outlook>,
    integrations: Vec<&'static str>,
}

impl Status {
    fn of(place: &Place, store: &Store, recorder: &Recorder) -> anyhow::Result<Self> {
        let tip = store.tip()?;
        let key = store.key_at(tip.index.saturating_add(1))?.fingerprint();
        let notes = store.note_sizes()?;
        let stamped = store.last_stamped_size()?;
        Ok(Self {
            key,
            has_key: recorder.keys().load(&key).is_ok(),
            notes,
            stamped,
            gaps: store.gaps()?,
            spooled: recorder.spool().waiting().len(),
            losses: recorder.pending_losses(),
            memory: memory(store, recorder, &tip)?,
            token: match stamped {
                Some(size) => Claimed::of_checkpoint(store, size)?,
                None => None,
            },
            outlook: renewal::outlook(store)?,
            integrations: integrations(place),
            tip,
        })
    }
}

/// What has our hooks in it now.
fn integrations(place: &Place) -> Vec<&'static str> {
    let Ok(program) = std::env::current_exe() else {
        return Vec::new();
    };
    let target = Target {
        program,
        repository: place.repository.clone(),
    };
    let mut found = Vec::new();
    if !claude_code::installed_commands(&target).is_empty() {
        found.push("claude-code");
    }
    // There is something to take out.
    let has_git = place.repository.has_git();
    if has_git && git::uninstall(&target).is_ok_and(|steps| !steps.is_empty()) {
        found.push("git");
    }
    found
}

/// What is not as the data folder remembers it. The next entry will state it.
fn memory(store: &Store, recorder: &Recorder, tip: &Tip) -> anyhow::Result<Option<&'static str>> {
    if recorder.memory().of_another_log(store.origin()).is_some() {
        return Ok(Some("store holds another log than it did"));
    }
    let Some(Remembered {
        size, tip: ended, ..
    }) = recorder.memory().of_log(store.origin())
    else {
        return Ok(None);
    };
    if size > tip.index.saturating_add(1) {
        return Ok(Some("store is shorter than it was"));
    }
    let last = match size.checked_sub(1) {
        Some(last) => store.entry(last)?.map(|entry| entry.entry.chain_hash),
        None => None,
    };
    let is_same = last.is_none_or(|found| found == ended);
    Ok((!is_same).then_some("store has another entry where it once ended"))
}

/// Runs the command.
pub(crate) fn run(args: &Args, ui: &mut Ui) -> Outcome {
    let place = Place::here()?;
    let (store, config) = (place.store()?, place.config()?);
    let recorder = place.recorder();
    let status = Status::of(&place, &store, &recorder)?;
    let attestation = Attestation::of(&store, &config, &place)?;
    if args.json {
        print_json(&status, &store, &attestation, &recorder, ui)
    } else {
        print(&status, &store, &attestation, &recorder, ui)
    }
}

fn print(
    status: &Status,
    store: &Store,
    attestation: &Attestation<'_>,
    recorder: &Recorder,
    ui: &mut Ui,
) -> Outcome {
    ui.field("store", shown(store.path()))?;
    ui.field("origin", store.origin())?;
    let size = status.tip.index.saturating_add(1);
    ui.field("entries", grouped(size))?;
    ui.field("tip", status.tip.chain_hash)?;
    let missing = if status.has_key {
        ""
    } else {
        " (not on this device)"
    };
    ui.field("device key", format!("{}{missing}", status.key))?;
    match status.notes.last() {
        Some(last) => {
            let after = status.tip.index.saturating_sub(*last);
            ui.field("checkpoint", format!("{last}, {} since", entries(after)))?;
        }
        None => ui.field("checkpoint", "none yet")?,
    }
    print_stamped(status, ui)?;
    attestation.print(ui)?;
    ui.field("spool", format!("{} batches wait", status.spooled))?;
    print_gaps(status, ui)?;
    let hooks = match status.integrations.as_slice() {
        [] => "none installed".to_owned(),
        installed => installed.join(", "),
    };
    ui.field("hooks", hooks)?;
    ui.field("log", shown(recorder.log().path()))?;
    Ok(())
}

/// How far the time is attested.
fn print_stamped(status: &Status, ui: &mut Ui) -> Outcome {
    match (status.stamped, &status.token) {
        (Some(size), Some(token)) => {
            ui.field(
                "stamped",
                format!("to checkpoint {size}, {}", token.words()),
            )?;
        }
        (Some(size), None) => ui.field("stamped", format!("to checkpoint {size}"))?,
        (None, _) => ui.field("stamped", "nothing yet")?,
    }
    if let Some(outlook) = status.outlook.as_ref().filter(|outlook| is_due(outlook)) {
        let ends = rfc3339(outlook.ends_at);
        let why = outlook.revoked.as_deref().unwrap_or("`proofline restamp`");
        ui.field(
            "renewal",
            format!("due, the evidence lasts to {ends} ({why})"),
        )?;
    }
    Ok(())
}

fn is_due(outlook: &Outlook) -> bool {
    outlook.is_due(clock::now(), WITHIN_DAYS)
}

fn print_gaps(status: &Status, ui: &mut Ui) -> Outcome {
    let at: Vec<String> = status
        .gaps
        .iter()
        .rev()
        .take(5)
        .map(u64::to_string)
        .collect();
    match at.as_slice() {
        [] => ui.field("gaps", "none stated")?,
        at => {
            let count = status.gaps.len();
            ui.field(
                "gaps",
                format!("{count} stated, newest at {}", at.join(", ")),
            )?;
        }
    }
    if status.losses > 0 {
        ui.field("lost", format!("{} events, not yet stated", status.losses))?;
    }
    if let Some(what) = status.memory {
        ui.field("memory", format!("{what}; the next entry states it"))?;
    }
    Ok(())
}

fn renewal_value(outlook: &Outlook) -> Value {
    let due_at = rfc3339(outlook.due_at(WITHIN_DAYS));
    Value::object([
        ("due", is_due(outlook).into()),
        ("due_at", due_at.into()),
        ("ends_at", rfc3339(outlook.ends_at).into()),
        ("revoked", Value::text_or_null(outlook.revoked.as_deref())),
        ("size", outlook.size.into()),
    ])
}

fn print_json(
    status: &Status,
    store: &Store,
    attestation: &Attestation<'_>,
    recorder: &Recorder,
    ui: &mut Ui,
) -> Outcome {
    let size = |size: Option<u64>| size.map_or(Value::Null, Value::from);
    let waiting = attestation.backoff().failures().map(|(url, failure)| {
        let retry = Timestamp::from_millis(failure.retry_at_ms).map(|at| at.to_string());
        Value::object([
            ("failures", failure.count.into()),
            ("message", failure.message.as_str().into()),
            ("retry_after", Value::text_or_null(retry.as_deref())),
            ("url", url.into()),
        ])
    });
    let token = status.token.as_ref();
    let log = recorder.log().path().to_string_lossy();
    let mut members = attestation.members();
    members.extend([
        ("back_off", waiting.collect()),
        ("device_fingerprint", status.key.into()),
        ("device_key_present", status.has_key.into()),
        ("entries", status.tip.index.saturating_add(1).into()),
        ("gaps", status.gaps.iter().copied().collect()),
        (
            "integrations",
            status.integrations.iter().copied().collect(),
        ),
        ("last_checkpoint", size(status.notes.last().copied())),
        ("log", log.as_ref().into()),
        ("losses_not_stated", status.losses.into()),
        ("memory", Value::text_or_null(status.memory)),
        ("origin", store.origin().into()),
        (
            "renewal",
            status.outlook.as_ref().map_or(Value::Null, renewal_value),
        ),
        ("spooled", u64::try_from(status.spooled)?.into()),
        ("stamped", size(status.stamped)),
        ("store", store.path().to_string_lossy().as_ref().into()),
        ("token", token.map_or(Value::Null, Claimed::to_value)),
        ("tip", status.tip.chain_hash.into()),
    ]);
    ui.json(members)?;
    Ok(())
}
