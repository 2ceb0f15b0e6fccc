//! `proofline export`: one file for an auditor.

use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

use anyhow::Context as _;
use clap::ValueEnum;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use proofline::checkpoint::{self, Occasion};
use proofline::export::{self, Disclosure, Exported, Request, Tail};
use proofline::stamp::HttpStamper;
use proofline_format::json::Value;
use proofline_format::manifest::Sized;
use proofline_format::timestamp::Timestamp;

use super::checkpoint::PATIENCE;
use crate::place::{Place, no_store, shown};
use crate::ui::{Failure, Outcome, Ui, entries, grouped};

/// Longest wait for a checkpoint that another process makes.
const WAIT: Duration = Duration::from_secs(30);

const EXAMPLES: &str = "\
Examples:
  proofline export --bundle all.bundle
  proofline export --bundle q3.bundle --since 2026-07-01 --until 2026-09-30
  proofline export --bundle one.bundle --session 7c1e0a52-9f0e-4c7b-8a51-2d3c4b5a6978 --disclose all

The bundle ends at the newest checkpoint that an authority has stamped; a new one is made first.
Dates are days in UTC, the last one included; RFC 3339 times are taken to the millisecond.
Give the auditor the printed tip and fingerprint by another way than the file.";

/// Write an evidence bundle that can be checked offline
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// File to write
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,
    /// Begin with this day or time, at the checkpoint before it
    #[arg(long, value_name = "DATE", value_parser = since)]
    since: Option<Timestamp>,
    /// End with this day or before this time, at the stamped checkpoint after it
    #[arg(long, value_name = "DATE", value_parser = until)]
    until: Option<Timestamp>,
    /// Export only this session and the checkpoints that bound it; may be repeated
    #[arg(long, value_name = "ID")]
    session: Vec<String>,
    /// Add what comes after the last stamped checkpoint, its time unproven
    #[arg(long)]
    include_tail: bool,
    /// Which payload (prompts, commands, answers) to add; its hashes are always there
    #[arg(long, value_enum, default_value_t = Disclose::None)]
    disclose: Disclose,
    /// Also write the configured root certificates of the authorities to this file
    #[arg(long, value_name = "PEM")]
    tsa_roots: Option<PathBuf>,
    /// Do not make a checkpoint first
    #[arg(long)]
    no_checkpoint: bool,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Disclose {
    /// None
    None,
    /// All that was not erased
    All,
}

fn timestamp(at: jiff::Timestamp) -> Result<Timestamp, String> {
    Timestamp::from_millis(at.as_millisecond()).ok_or_else(|| "year is out of range".into())
}

/// The start of a day, or a moment.
fn since(text: &str) -> Result<Timestamp, String> {
    match text.parse::<Date>() {
        Ok(day) if text.len() == 10 => start_of(day),
        _ => moment(text),
    }
}

/// The end of a day, or a moment.
fn until(text: &str) -> Result<Timestamp, String> {
    match text.parse::<Date>() {
        Ok(day) if text.len() == 10 => {
            let next = day.tomorrow().map_err(|error| error.to_string())?;
            start_of(next)
        }
        _ => moment(text),
    }
}

fn start_of(day: Date) -> Result<Timestamp, String> {
    let start = day.to_zoned(TimeZone::UTC);
    timestamp(start.map_err(|error| error.to_string())?.timestamp())
}

fn moment(text: &str) -> Result<Timestamp, String> {
    let parsed = text.parse::<jiff::Timestamp>();
    timestamp(parsed.map_err(|_| "not a day (2026-07-01) or an RFC 3339 time".to_owned())?)
}

/// Runs the command.
pub(crate) fn run(args: &Args, ui: &mut Ui) -> Outcome {
    let place = Place::here()?;
    let config = place.config()?;
    // What cannot be written is said before an authority is asked.
    if let Some(path) = &args.tsa_roots {
        let roots = super::tsa::roots::text(&config, ui)?;
        let written = std::fs::write(path, roots);
        written.with_context(|| format!("cannot write {}", shown(path)))?;
    }
    if !args.no_checkpoint {
        let made = checkpoint::run_patiently(
            &place.store_dir,
            &place.home,
            &config,
            &HttpStamper::of(&config),
            (Occasion::Now { wait: WAIT }, PATIENCE),
            &sleep,
        );
        let made = made.map_err(no_store)?;
        for (url, why) in &made.failures {
            ui.note(&format!("warning: no token from `{url}`: {why}"));
        }
        for line in made.revocation.lines() {
            ui.note(&format!("warning: {line}"));
        }
    }
    let store = place.store()?;
    let request = Request {
        since: args.since,
        until: args.until,
        sessions: args.session.clone(),
        tail: if args.include_tail {
            Tail::Included
        } else {
            Tail::Excluded
        },
        disclosure: match args.disclose {
            Disclose::None => Disclosure::Required,
            Disclose::All => Disclosure::All,
        },
        previous: None,
    };
    let recorder = place.recorder();
    let exported = export::export(&store, recorder.keys(), &request, &args.bundle).map_err(
        |error| match error.hint() {
            Some(hint) => Failure::with_hint(error, hint),
            None => error.into(),
        },
    )?;
    if !exported.ends_stamped {
        ui.note(
            "warning: no time-stamp token covers the last entry: the bundle's time is UNPROVEN \
             where none does",
        );
    }
    if args.json {
        print_json(args, &exported, ui)
    } else {
        print(args, &exported, ui)
    }
}

fn print(args: &Args, exported: &Exported, ui: &mut Ui) -> Outcome {
    let (first, last) = exported.range;
    ui.line(&format!(
        "exported {} ({first} to {last}, of {}) to {}",
        entries(exported.entries),
        grouped(exported.at_source),
        shown(&args.bundle),
    ))?;
    ui.field("size", format!("{} bytes", grouped(exported.size_bytes)))?;
    ui.field("tip", exported.tip)?;
    ui.field("device key", exported.device_fingerprint)?;
    match exported.newest_token {
        Some(token) => ui.field("newest token", format!("over checkpoint {}", token.size))?,
        None => ui.field("newest token", "none")?,
    }
    if exported.withheld_objects > 0 {
        ui.field(
            "withheld",
            format!("{} payload objects", grouped(exported.withheld_objects)),
        )?;
    }
    Ok(())
}

fn print_json(args: &Args, exported: &Exported, ui: &mut Ui) -> Outcome {
    let (first, last) = exported.range;
    let token = exported.newest_token.as_ref();
    ui.json(vec![
        ("bundle", args.bundle.to_string_lossy().as_ref().into()),
        ("device_fingerprint", exported.device_fingerprint.into()),
        ("ends_stamped", exported.ends_stamped.into()),
        (
            "entries",
            Value::object([
                ("at_source", exported.at_source.into()),
                ("exported", exported.entries.into()),
            ]),
        ),
        ("id", exported.id.as_str().into()),
        ("kind", exported.kind.as_str().into()),
        ("newest_token", token.map_or(Value::Null, Sized::to_value)),
        (
            "range",
            Value::object([("first", first.into()), ("last", last.into())]),
        ),
        ("size", exported.size_bytes.into()),
        ("tip", exported.tip.into()),
        ("withheld_objects", exported.withheld_objects.into()),
    ])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_whole_and_a_time_is_exact() {
        let check = |parsed: Result<Timestamp, String>, want: &str| {
            assert_eq!(parsed.unwrap().to_string(), want);
        };
        check(since("2026-07-01"), "2026-07-01T00:00:00.000Z");
        check(until("2026-09-30"), "2026-10-01T00:00:00.000Z");
        check(
            since("2026-07-01T02:00:00+02:00"),
            "2026-07-01T00:00:00.000Z",
        );
        check(
            until("2026-07-01T00:00:00.250Z"),
            "2026-07-01T00:00:00.250Z",
        );
        for bad in [
            "yesterday",
            "2026-13-01",
            "2026-02-30",
            "2026-07-01T00:00:00",
        ] {
            assert!(since(bad).is_err(), "{bad}");
        }
    }
}
