//! `proofline tsa queue`: what waits for a token, and for whom.

use std::cell::RefCell;
use std::thread::sleep;
use std::time::Duration;

use proofline::checkpoint::{self, Waiting, sealed_at};
use proofline::recorder::deadline;
use proofline::stamp::HttpStamper;
use proofline::store::Store;
use proofline_format::json::Value;
use proofline_format::timestamp::Timestamp;

use crate::attestation::Attestation;
use crate::place::{Place, no_store};
use crate::ui::{Failure, Outcome, Ui, lasting};

/// Checkpoints that people are shown, unless they ask for all.
const SHOWN: usize = 20;
/// Longest time that somebody waits for the queue.
const STAMP_TIME: Duration = Duration::from_secs(24 * 3_600);

const EXAMPLES: &str = "\
Examples:
  proofline tsa queue             what waits, and when each authority is asked again
  proofline tsa queue --all       every checkpoint that waits
  proofline tsa queue --stamp     have it stamped now, as fast as the authorities allow";

/// Show which checkpoints wait for a token, and what each authority waits for
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Have it stamped first, until nothing waits or no authority answers
    #[arg(long)]
    stamp: bool,
    /// Show every checkpoint that waits, not only the first ones
    #[arg(long, conflicts_with = "json")]
    all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args, ui: &mut Ui) -> Outcome {
    let place = Place::here()?;
    let config = place.config()?;
    if args.stamp {
        stamp(&place, ui)?;
    }
    let store = place.store()?;
    let attestation = Attestation::of(&store, &config, &place)?;
    if args.json {
        print_json(&store, &attestation, ui)
    } else {
        print(args, &store, &attestation, ui)
    }
}

fn stamp(place: &Place, ui: &mut Ui) -> Result<(), Failure> {
    let config = place.config()?;
    let ui = RefCell::new(ui);
    let wait = |pause: Duration| {
        let millis = pause.as_millis();
        ui.borrow_mut().note(&format!("asked again in {millis} ms"));
        sleep(pause);
    };
    let drained = checkpoint::drain(
        &place.store_dir,
        &place.home,
        &config,
        &HttpStamper::of(&config),
        deadline(STAMP_TIME),
        &wait,
    )
    .map_err(no_store)?;
    let ui = ui.into_inner();
    for (url, why) in &drained.failures {
        ui.note(&format!("warning: no token from `{url}`: {why}"));
    }
    for line in drained.revocation.lines() {
        ui.note(&format!("warning: {line}"));
    }
    ui.note(&format!("{} tokens were got", drained.tokens));
    Ok(())
}

fn print(args: &Args, store: &Store, attestation: &Attestation<'_>, ui: &mut Ui) -> Outcome {
    attestation.print(ui)?;
    let shown = if args.all { usize::MAX } else { SHOWN };
    for waiting in attestation.queue.waiting.iter().take(shown) {
        let made = sealed_at(store, waiting.size)?;
        let age = age_seconds(made, attestation)
            .map_or_else(String::new, |age| format!(", made {} ago", lasting(age)));
        let who = match waiting.stamped_by.as_slice() {
            [] => String::new(),
            by => format!(" ({})", by.join(", ")),
        };
        let (tokens, wanted) = (waiting.tokens, attestation.queue.wanted);
        ui.line(&format!(
            "checkpoint {}{age}: {tokens} of {wanted} tokens{who}",
            waiting.size
        ))?;
    }
    let more = attestation.queue.waiting.len().saturating_sub(shown);
    if more > 0 {
        ui.line(&format!("and {more} more"))?;
    }
    Ok(())
}

fn age_seconds(made: Option<Timestamp>, attestation: &Attestation<'_>) -> Option<u64> {
    let millis = attestation.now().millis().saturating_sub(made?.millis());
    Some(u64::try_from(millis / 1_000).unwrap_or_default())
}

fn print_json(store: &Store, attestation: &Attestation<'_>, ui: &mut Ui) -> Outcome {
    let one = |waiting: &Waiting| -> anyhow::Result<Value> {
        let made = sealed_at(store, waiting.size)?.map(|at| at.to_string());
        let by = waiting.stamped_by.iter().map(String::as_str);
        Ok(Value::object([
            ("made", Value::text_or_null(made.as_deref())),
            ("size", waiting.size.into()),
            ("stamped_by", by.collect()),
            ("tokens", u64::try_from(waiting.tokens)?.into()),
        ]))
    };
    let waiting = attestation.queue.waiting.iter().map(one);
    let waiting = waiting.collect::<anyhow::Result<Vec<Value>>>()?;
    let mut members = attestation.members();
    members.push(("waiting", Value::Array(waiting)));
    ui.json(members)?;
    Ok(())
}
