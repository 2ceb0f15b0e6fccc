//! `proofline list`: the recorded sessions.

use proofline::store::SessionLine;
use proofline_format::json::Value;

use crate::place::Place;
use crate::ui::{Outcome, Ui, entries};

const EXAMPLES: &str = "\
Examples:
  proofline list                the newest twenty sessions
  proofline list --limit 100    more of them
  proofline list --json         for programs";

/// List the recorded sessions, the newest first
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Print them as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args, ui: &mut Ui) -> Outcome {
    let sessions = Place::here()?.store()?.sessions(args.limit)?;
    if args.json {
        ui.json(vec![("sessions", sessions.iter().map(value).collect())])?;
        return Ok(());
    }
    if sessions.is_empty() {
        ui.note("no session is recorded yet");
    }
    for session in &sessions {
        let model = session.model_id.as_deref().unwrap_or("model not reported");
        let state = if session.is_closed { "closed" } else { "open" };
        ui.line(&session.session_id)?;
        ui.line(&format!(
            "  {}, {} ({model}), {state}",
            entries(session.entries),
            session.agent_id,
        ))?;
        ui.line(&format!("  {} to {}", session.first_at, session.last_at))?;
    }
    Ok(())
}

fn value(session: &SessionLine) -> Value {
    Value::object([
        ("agent_id", session.agent_id.as_str().into()),
        ("closed", session.is_closed.into()),
        ("entries", session.entries.into()),
        ("first_at", session.first_at.as_str().into()),
        ("first_index", session.first_index.into()),
        ("last_at", session.last_at.as_str().into()),
        ("last_index", session.last_index.into()),
        ("model_id", Value::text_or_null(session.model_id.as_deref())),
        ("session_id", session.session_id.as_str().into()),
    ])
}
