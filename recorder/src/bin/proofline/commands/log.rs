//! `proofline log`: the newest entries.

use proofline::store::Signed;
use proofline_format::json::{Value, parse_canonical};

use crate::place::Place;
use crate::ui::{Outcome, Ui};

const EXAMPLES: &str = "\
Examples:
  proofline log                 the newest twenty entries
  proofline log --limit 500     more of them
  proofline log --json          with all twenty columns, for programs";

/// Show the newest entries, the newest first
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: u64,
    /// Print them as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args, ui: &mut Ui) -> Outcome {
    let store = Place::here()?.store()?;
    let end = store.tip()?.index.saturating_add(1);
    let mut newest = Vec::new();
    store.scan(end.saturating_sub(args.limit), end, |signed| {
        newest.push(signed);
        Ok(())
    })?;
    newest.reverse();
    if args.json {
        let mut values = Vec::new();
        for signed in &newest {
            values.push(Value::object([
                ("entry", parse_canonical(&signed.entry.line())?),
                ("index", signed.index.into()),
            ]));
        }
        ui.json(vec![("entries", Value::Array(values))])?;
        return Ok(());
    }
    for signed in &newest {
        ui.line(&line(signed))?;
    }
    Ok(())
}

/// One entry in one line: what, by whom, where.
fn line(signed: &Signed) -> String {
    let entry = &signed.entry;
    let id: String = entry.id.to_string().chars().take(8).collect();
    let mut text = format!(
        "{:>7}  {id}  {}  {:<17} {:<8}",
        signed.index, entry.created_at, entry.event_type, entry.agent_id
    );
    if let Some(tool) = &entry.tool_name {
        text.push_str("  ");
        text.push_str(tool);
    }
    if let Some(path) = &entry.file_path {
        text.push_str("  ");
        text.push_str(path);
        // A deletion ends before it begins: it has a place, no lines.
        match (entry.line_start, entry.line_end) {
            (Some(start), Some(end)) if end > start => text.push_str(&format!(":{start}-{end}")),
            (Some(start), _) => text.push_str(&format!(":{start}")),
            _ => {}
        }
    }
    text.truncate(text.trim_end().len());
    text
}
