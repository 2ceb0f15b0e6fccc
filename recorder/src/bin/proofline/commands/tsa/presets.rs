//! `proofline tsa presets`: public authorities by name. Nobody is asked anything.

use proofline::authority::PRESETS;
use proofline_format::json::Value;

use crate::ui::{Outcome, Ui};

const EXAMPLES: &str = "\
Examples:
  proofline tsa presets
  proofline tsa presets --json
  proofline init --tsa digicert --tsa sectigo";

/// What the list does not say, and says so.
const REMARK: &str = "The addresses are those that the operators publish; none has been asked. \
Each has terms of its own.\n\
Whether a time stamp is qualified is said by a trusted list, of one service at one time, \
and not by this one.";

/// List public time-stamp authorities that can be named without an address
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args, ui: &mut Ui) -> Outcome {
    if args.json {
        let preset = PRESETS.iter().map(|preset| {
            Value::object([
                ("habits", preset.habits.into()),
                ("min_interval_seconds", preset.min_interval_seconds.into()),
                ("name", preset.name.into()),
                ("url", preset.url.into()),
            ])
        });
        ui.json(vec![
            ("presets", preset.collect()),
            ("remark", REMARK.into()),
        ])?;
        return Ok(());
    }
    let name_width = PRESETS.iter().map(|preset| preset.name.len()).max();
    let url_width = PRESETS.iter().map(|preset| preset.url.len()).max();
    let (name_width, url_width) = (name_width.unwrap_or(0), url_width.unwrap_or(0));
    for preset in PRESETS {
        ui.line(&format!(
            "{:<name_width$}  {:<url_width$}  every {:>2} s  {}",
            preset.name, preset.url, preset.min_interval_seconds, preset.habits
        ))?;
    }
    ui.note(REMARK.split('\n').next().unwrap_or_default());
    ui.note(REMARK.split('\n').nth(1).unwrap_or_default());
    Ok(())
}
