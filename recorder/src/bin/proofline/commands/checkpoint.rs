//! `proofline checkpoint`: sign where the log stands, and have its time attested.

use std::thread::sleep;
use std::time::Duration;

use proofline::checkpoint::{self, DRAIN_TIME, Drained, Occasion};
use proofline::config::Config;
use proofline::daemon;
use proofline::log::Log;
use proofline::recorder::deadline;
use proofline::revocation::Fetched;
use proofline::stamp::HttpStamper;
use proofline::store::Store;
use proofline_format::json::Value;

use crate::attestation::urls;
use crate::place::{Place, no_store};
use crate::token::Claimed;
use crate::ui::{Failure, Outcome, Ui, entries, short};

/// Longest wait for another process that is at it.
const WAIT: Duration = Duration::from_secs(30);
/// Longest wait for an authority that takes one request in its interval.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

const EXAMPLES: &str = "\
Examples:
  proofline checkpoint                                now, stamped by the configured authorities
  proofline checkpoint --tsa https://tsa.example/     and by this one if they fail
  proofline checkpoint --if-due                       what a hook starts, detached

An authority that does not answer is named and asked again later: the checkpoint stands, exit 0.";

/// Sign where the log stands, and have the time attested
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Do nothing unless one is due, print nothing, and exit 0 whatever happens
    #[arg(long)]
    if_due: bool,
    /// Also ask this time-stamp authority, after those of the configuration (repeatable)
    #[arg(long, value_name = "URL|PRESET")]
    tsa: Vec<String>,
    /// Print the outcome as JSON
    #[arg(long, conflicts_with = "if_due")]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args, ui: &mut Ui) -> Outcome {
    if args.if_due {
        in_background(args);
        return Ok(());
    }
    let place = Place::here()?;
    let (config, outcome) = make(args, &place)?;
    let store = place.store()?;
    if args.json {
        print_json(&store, &config, &outcome, ui)
    } else {
        print(&store, &config, &outcome, ui)
    }
}

/// Nobody watches: what went wrong is for the log.
fn in_background(args: &Args) {
    let Ok(place) = Place::here() else {
        return;
    };
    let log = Log::new(&place.home);
    match work(args, &place) {
        Ok(did) => {
            for (url, why) in &did.failures {
                log.line(&format!("checkpoint: no token from {url}: {why}"));
            }
            for line in did.revocation.lines() {
                log.line(&format!("checkpoint: {line}"));
            }
        }
        Err(failure) => log.line(&format!("checkpoint: {failure}")),
    }
}

/// Does what is due, and goes on with the queue if nobody else does.
fn work(args: &Args, place: &Place) -> Result<Drained, Failure> {
    let config = config(args, place)?;
    let stamper = HttpStamper::of(&config);
    let (store_dir, home) = (&place.store_dir, &place.home);
    if !daemon::is_running(home, store_dir) {
        let until = deadline(DRAIN_TIME);
        let drained =
            checkpoint::drain_alone(store_dir, home, &config, &stamper, until, &|pause| {
                sleep(pause);
            });
        if let Some(drained) = drained.map_err(no_store)? {
            return Ok(drained);
        }
    }
    let made = checkpoint::run(store_dir, home, &config, &stamper, Occasion::IfDue);
    let outcome = made.map_err(no_store)?;
    Ok(Drained {
        tokens: outcome.tokens.len(),
        queued: outcome.queued,
        failures: outcome.failures,
        revocation: outcome.revocation,
    })
}

fn config(args: &Args, place: &Place) -> Result<Config, Failure> {
    let mut config = place.config()?;
    for named in &args.tsa {
        config.add_authority(named)?;
    }
    Ok(config)
}

fn make(args: &Args, place: &Place) -> Result<(Config, checkpoint::Outcome), Failure> {
    let config = config(args, place)?;
    let stamper = HttpStamper::of(&config);
    let made = checkpoint::run_patiently(
        &place.store_dir,
        &place.home,
        &config,
        &stamper,
        (Occasion::Now { wait: WAIT }, PATIENCE),
        &sleep,
    );
    Ok((config, made.map_err(no_store)?))
}

fn print_json(
    store: &Store,
    config: &Config,
    outcome: &checkpoint::Outcome,
    ui: &mut Ui,
) -> Outcome {
    let sealed = outcome.sealed.as_ref().map_or(Value::Null, |sealed| {
        Value::object([
            ("chain_hash", sealed.chain_hash.into()),
            ("note_sha256", sealed.note_sha256.into()),
            ("size", sealed.size.into()),
        ])
    });
    let newest = store.last_note()?.map_or(Value::Null, |note| {
        Value::object([
            ("root", note.tree.root().into()),
            ("size", note.size.into()),
        ])
    });
    let (mut stamped, mut token) = (Value::Null, Value::Null);
    if let Some((size, url)) = &outcome.stamped {
        stamped = Value::object([("size", (*size).into()), ("url", url.as_str().into())]);
        let claimed = Claimed::of_checkpoint(store, *size)?;
        token = claimed.map_or(Value::Null, |claimed| claimed.to_value());
    }
    let failure = |(url, why): &(String, String)| {
        Value::object([
            ("reason", why.as_str().into()),
            ("url", url.as_str().into()),
        ])
    };
    let token_of = |(size, url): &(u64, String)| {
        Value::object([("size", (*size).into()), ("url", url.as_str().into())])
    };
    ui.json(vec![
        ("authorities", urls(config)),
        ("checkpoint", sealed),
        ("failures", outcome.failures.iter().map(failure).collect()),
        ("newest", newest),
        ("queue", u64::try_from(outcome.queued)?.into()),
        ("revocation", fetched_value(&outcome.revocation)),
        ("running_elsewhere", outcome.is_running_elsewhere.into()),
        ("stamped", stamped),
        ("token", token),
        ("tokens", outcome.tokens.iter().map(token_of).collect()),
    ])?;
    Ok(())
}

fn fetched_value(fetched: &Fetched) -> Value {
    let pair = |names: [&'static str; 2], (one, other): &(String, String)| {
        let [first, second] = names;
        Value::object([
            (first, one.as_str().into()),
            (second, other.as_str().into()),
        ])
    };
    let kept = fetched.kept.iter().map(|(size, kind, url)| {
        Value::object([
            ("kind", kind.as_str().into()),
            ("size", (*size).into()),
            ("url", url.as_str().into()),
        ])
    });
    let failures = fetched.failures.iter();
    let revoked = fetched.revoked.iter();
    Value::object([
        (
            "failures",
            failures.map(|one| pair(["url", "reason"], one)).collect(),
        ),
        ("kept", kept.collect()),
        (
            "revoked",
            revoked
                .map(|one| pair(["subject", "status"], one))
                .collect(),
        ),
    ])
}

pub(super) fn print_fetched(fetched: &Fetched, ui: &mut Ui) -> Outcome {
    for (url, why) in &fetched.failures {
        ui.note(&format!("warning: no revocation data from `{url}`: {why}"));
    }
    for (subject, how) in &fetched.revoked {
        ui.note(&format!("warning: certificate `{subject}` is {how}"));
    }
    for (size, kind, url) in &fetched.kept {
        let kind = kind.as_str();
        ui.line(&format!("kept for checkpoint {size}: {kind} from `{url}`"))?;
    }
    Ok(())
}

fn print(store: &Store, config: &Config, outcome: &checkpoint::Outcome, ui: &mut Ui) -> Outcome {
    let note = store.last_note()?;
    let root = note.as_ref().map(|note| short(note.tree.root()));
    let root = root.unwrap_or_default();
    match &outcome.sealed {
        Some(sealed) => ui.line(&format!(
            "checkpoint {} made over {}, root {root}",
            sealed.size,
            entries(sealed.size)
        ))?,
        None if outcome.is_running_elsewhere => {
            ui.line("nothing done: another process makes a checkpoint")?;
        }
        None => ui.line("nothing was appended since the last checkpoint")?,
    }
    for (url, why) in &outcome.failures {
        ui.note(&format!("warning: no token from `{url}`: {why}"));
    }
    let newest = match &note {
        Some(note) => Claimed::of_checkpoint(store, note.size)?,
        None => None,
    };
    match (&outcome.stamped, newest) {
        (Some((size, url)), claimed) => {
            let says = claimed.map_or_else(String::new, |claimed| claimed.words());
            ui.line(&format!("checkpoint {size} stamped by `{url}`: {says}"))?;
            let also = outcome.tokens.iter().skip(1);
            for (_, url) in also.filter(|(other, _)| other == size) {
                ui.line(&format!("checkpoint {size} also stamped by `{url}`"))?;
            }
        }
        (None, Some(claimed)) => ui.line(&format!("stamped before: {}", claimed.words()))?,
        (None, None) if config.authorities.is_empty() => {
            ui.line("not stamped: no time-stamp authority")?;
        }
        (None, None) => match outcome.failures.last() {
            Some((_, why)) => ui.line(&format!("not stamped: {why}"))?,
            None => ui.line("not stamped")?,
        },
    }
    if outcome.queued > 0 && !config.authorities.is_empty() {
        let queued = outcome.queued;
        ui.line(&format!(
            "{queued} checkpoints wait for a token; `proofline tsa queue` shows them"
        ))?;
    }
    print_fetched(&outcome.revocation, ui)
}
