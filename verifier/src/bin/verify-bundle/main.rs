//! `verify-bundle`: checks a Proofline evidence bundle offline.
//!
//! The only place where the verifier meets the operating system: it reads the files it is given,
//! writes standard output and standard error, and asks the clock once. It has no network code.

mod cli;
mod io;
mod ui;

use std::process::ExitCode;

use proofline_verifier::{Progress, verify_with_progress};

use crate::cli::{Command, Job};

/// Exit code for everything that kept us from looking.
const COULD_NOT_LOOK: u8 = 2;

fn main() -> ExitCode {
    let command = match cli::parse(lexopt::Parser::from_env()) {
        Ok(command) => command,
        Err(error) => return could_not_look(&error),
    };
    match command {
        Command::Print(text) => {
            ui::print(&text);
            ExitCode::SUCCESS
        }
        Command::Verify(job) => match verify(&job) {
            Ok(code) => ExitCode::from(code),
            Err(error) => could_not_look(&error),
        },
    }
}

fn could_not_look(error: &ui::Trouble) -> ExitCode {
    ui::eprint(&error.to_string());
    ExitCode::from(COULD_NOT_LOOK)
}

fn verify(job: &Job) -> Result<u8, ui::Trouble> {
    let source = io::open(&job.bundle)?;
    let terminal = ui::detect_terminal();
    let mut meter = ui::Meter::new(terminal, job.output);
    let mut progress = |progress: Progress| meter.show(progress);
    let report = verify_with_progress(source.as_ref(), &job.policy, &mut progress)
        .map_err(|error| ui::Trouble::new(format!("`{}`: {error}", job.bundle)))?;
    meter.clear();
    let verdict = report.verdict();
    ui::print(&ui::render(&report, &job.bundle, job.output, terminal));
    // The verdict decides, whatever became of the pipe that it was written to.
    Ok(verdict.exit_code())
}
