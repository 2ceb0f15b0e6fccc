//! The binary `proofline`.

mod cli;
mod commands;
mod place;
mod token;
mod ui;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
