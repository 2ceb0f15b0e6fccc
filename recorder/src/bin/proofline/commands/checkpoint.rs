//! `proofline checkpoint`: sign where the log stands, and have its time attested.

use std::time::Duration;

use proofline::checkpoint::{self, Occasion};
use proofline::stamp::HttpStamper;
use proofline_format::json::Value;

use crate::place::{Place, no_store};
use crate::ui::{Outcome, Ui};

/// Longest wait for another process that is at it.
const WAIT: Duration = Duration::from_secs(30);

const EXAMPLES: &str = "\
Examples:
  proofline checkpoint                                now, stamped by the configured authorities
  proofline checkpoint --tsa https://tsa.example/     and by this one if they fail
  proofline checkpoint --if-due                       what a hook starts, detached";

/// Sign where the log stands, and have the time attested
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Do nothing unless one is due, and leave an authority that failed alone for a while
    #[arg(long)]
    if_due: bool,
    /// Also ask this time-stamp authority, after those of the configuration
    #[arg(long, value_name = "URL")]
    tsa: Vec<String>,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args, ui: &mut Ui) -> Outcome {
    let place = Place::here()?;
    let mut config = place.config()?;
    for url in &args.tsa {
        config.add_authority(url)?;
    }
    let occasion = if args.if_due {
        Occasion::IfDue
    } else {
        Occasion::Now { wait: WAIT }
    };
    let stamper = HttpStamper::default();
    let made = checkpoint::run(&place.store_dir, &place.home, &config, &stamper, occasion);
    let outcome = made.map_err(no_store)?;
    for (url, why) in &outcome.failures {
        ui.note(&format!("warning: no token from `{url}`: {why}"));
    }
    if args.json {
        let sealed = outcome.sealed.as_ref().map_or(Value::Null, |sealed| {
            Value::object([
                ("chain_hash", sealed.chain_hash.into()),
                ("note_sha256", sealed.note_sha256.into()),
                ("size", sealed.size.into()),
            ])
        });
        let stamped = outcome.stamped.as_ref().map_or(Value::Null, |(size, url)| {
            Value::object([("size", (*size).into()), ("url", url.as_str().into())])
        });
        let failure = |(url, why): &(String, String)| {
            Value::object([
                ("reason", why.as_str().into()),
                ("url", url.as_str().into()),
            ])
        };
        ui.json(vec![
            ("checkpoint", sealed),
            ("failures", outcome.failures.iter().map(failure).collect()),
            ("running_elsewhere", outcome.is_running_elsewhere.into()),
            ("stamped", stamped),
        ])?;
        return Ok(());
    }
    match &outcome.sealed {
        Some(sealed) => {
            ui.line(&format!(
                "checkpoint {} made, note {}",
                sealed.size, sealed.note_sha256
            ))?;
        }
        None if outcome.is_running_elsewhere => ui.line("another process is at it")?,
        None if args.if_due => ui.line("no checkpoint was due")?,
        None => ui.line("nothing was appended since the last checkpoint")?,
    }
    if let Some((size, url)) = &outcome.stamped {
        ui.line(&format!("checkpoint {size} stamped by `{url}`"))?;
    }
    if config.authorities.is_empty() && !args.if_due {
        ui.note("note: no time-stamp authority: nothing outside this device attests the time");
    }
    Ok(())
}
