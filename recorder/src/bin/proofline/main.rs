//! The binary.

mod commands;

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
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Hook(args) => commands::hook::run(&args),
    }
}
