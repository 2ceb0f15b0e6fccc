//! The binary.

mod commands;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser;

/// Records what AI coding agents do as signed, Merkle-linked, time-stamped entries
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Hook(commands::hook::Args),
    Init(commands::init::Args),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Hook(args) => commands::hook::run(&args),
        Command::Init(args) => exit_code(commands::init::run(&args)),
    }
}

fn exit_code(outcome: anyhow::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody may be reading; the exit code says it too.
            writeln!(std::io::stderr(), "error: {error:#}").ok();
            ExitCode::FAILURE
        }
    }
}
