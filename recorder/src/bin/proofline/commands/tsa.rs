//! `proofline tsa`: the time-stamp authorities of this log, those that are known by name, and one
//! of one's own.

mod presets;
mod queue;
pub(crate) mod roots;
mod serve;

use std::path::PathBuf;

use proofline_tsa_authority::Authority;

use crate::ui::{Outcome, Ui};

/// See to time-stamp authorities, or run one of your own
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Presets(presets::Args),
    Queue(queue::Args),
    Root(RootArgs),
    Roots(roots::Args),
    Serve(serve::Args),
}

const ROOT_EXAMPLES: &str = "\
Examples:
  proofline tsa root > tsa-root.pem
  proofline tsa root --dir tsa > tsa-root.pem
  proofline verify --tsa-root tsa-root.pem";

/// Print the root certificate of your own authority as PEM: what an auditor passes as `--tsa-root`
#[derive(Debug, clap::Args)]
#[command(after_help = ROOT_EXAMPLES)]
struct RootArgs {
    /// Folder of its keys and certificates
    #[arg(long, value_name = "DIR", default_value = "proofline-tsa")]
    dir: PathBuf,
}

/// Runs the command.
pub(crate) fn run(args: &Args, ui: &mut Ui) -> Outcome {
    match &args.action {
        Action::Presets(args) => presets::run(args, ui),
        Action::Queue(args) => queue::run(args, ui),
        Action::Root(args) => {
            let pem = Authority::load(&args.dir)?.root_pem();
            ui.text(&pem)?;
            Ok(())
        }
        Action::Roots(args) => roots::run(args, ui),
        Action::Serve(args) => serve::run(args, ui),
    }
}
