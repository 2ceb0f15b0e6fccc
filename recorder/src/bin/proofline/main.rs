//! The binary `proofline`.

mod attestation;
mod cli;
mod commands;
mod place;
mod token;
mod ui;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
