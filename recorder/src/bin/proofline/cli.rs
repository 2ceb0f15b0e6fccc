//! The command line: what is asked for, and how its outcome becomes an exit code.

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser};

use crate::commands;
use crate::ui::Ui;

const EXAMPLES: &str = "\
Examples:
  proofline init claude-code git           record this repository from now on
  proofline status                         see what is recorded, and how far it is attested
  proofline export --bundle q3.bundle      hand an auditor one file

Exit codes: 0 done, 1 could not, 2 usage.
verify, verify-bundle: 0 verified, 1 failed, 2 could not look, 3 indeterminate.

PROOFLINE_HOME moves keys, memory and log; PROOFLINE_DIR moves the store.";

/// Record what AI coding agents do as signed, Merkle-linked, time-stamped entries
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES, arg_required_else_help = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Checkpoint(commands::checkpoint::Args),
    Completions(commands::completions::Args),
    Daemon(commands::daemon::Args),
    Demo(commands::demo::Args),
    EvidenceRecord(commands::evidence_record::Args),
    Export(commands::export::Args),
    Hook(commands::hook::Args),
    Identity(commands::identity::Args),
    Init(commands::init::Args),
    List(commands::list::Args),
    Log(commands::log::Args),
    Restamp(commands::restamp::Args),
    Show(commands::show::Args),
    Status(commands::status::Args),
    Tsa(commands::tsa::Args),
    Verify(commands::verify::Args),
    VerifyBundle(commands::verify_bundle::Args),
}

/// Runs what the command line says.
pub(crate) fn main() -> ExitCode {
    if let Some(code) = commands::hook::run_first() {
        return code;
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // Help and version are printed to standard output and are no error.
        Err(error) => {
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            error.print().ok();
            return ExitCode::from(code);
        }
    };
    let mut ui = Ui::of_process();
    let done = match cli.command {
        // A hook has its own contract with its agent.
        Command::Hook(args) => return commands::hook::run(&args),
        // Their exit code is a verdict.
        Command::Verify(args) => return commands::verify::run(&args, &mut ui),
        Command::VerifyBundle(args) => return commands::verify_bundle::run(&args, &mut ui),
        Command::Checkpoint(args) => commands::checkpoint::run(&args, &mut ui),
        Command::Completions(args) => {
            commands::completions::run(&args, &mut Cli::command(), &mut ui)
        }
        Command::Daemon(args) => commands::daemon::run(&args, &mut ui),
        Command::Demo(args) => commands::demo::run(&args, &mut ui),
        Command::EvidenceRecord(args) => commands::evidence_record::run(&args, &mut ui),
        Command::Export(args) => commands::export::run(&args, &mut ui),
        Command::Identity(args) => commands::identity::run(&args, &mut ui),
        Command::Init(args) => commands::init::run(&args, &mut ui),
        Command::List(args) => commands::list::run(&args, &mut ui),
        Command::Log(args) => commands::log::run(&args, &mut ui),
        Command::Restamp(args) => commands::restamp::run(&args, &mut ui),
        Command::Show(args) => commands::show::run(&args, &mut ui),
        Command::Status(args) => commands::status::run(&args, &mut ui),
        Command::Tsa(args) => commands::tsa::run(&args, &mut ui),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            ui.error(&failure);
            ExitCode::FAILURE
        }
    }
}
