//! `verify-bundle`: checks a Proofline evidence bundle offline.
//!
//! The only place where the verifier meets the operating system: it reads the files it is given,
//! writes standard output and standard error, and asks the clock once. It has no network code.

mod cli;
mod io;
mod ui;

use std::process::ExitCode;

use proofline_tsa::{Options, RevocationEvidence};
use proofline_verifier::text::Detail;
use proofline_verifier::{Progress, Report, record, text, timestamps, token, verify_with_progress};

use crate::cli::{Command, Job, RecordJob, TokenJob};
use crate::ui::Output;

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
        Command::Token(job) => ExitCode::from(check_token(&job)),
        Command::Record(job) => ExitCode::from(check_record(&job)),
        Command::Timestamps(job) => match timestamps(&job) {
            Ok(code) => ExitCode::from(code),
            Err(error) => could_not_look(&error),
        },
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
    let terminal = ui::detect_terminal();
    let report = look(job, terminal)?;
    let verdict = report.verdict();
    ui::print(&ui::render(&report, &job.bundle, job.output, terminal));
    // The verdict decides, whatever became of the pipe that it was written to.
    Ok(verdict.exit_code())
}

fn timestamps(job: &Job) -> Result<u8, ui::Trouble> {
    let report = look(job, ui::detect_terminal())?;
    let verdict = timestamps::verdict(&report);
    ui::print(&match job.output {
        Output::Json => timestamps::to_json(&report) + "\n",
        Output::Quiet => format!("{} {}\n", verdict.as_str(), text::escape(&job.bundle)),
        Output::Normal => timestamps::to_text(&report, &job.bundle, Detail::Short),
        Output::Verbose => timestamps::to_text(&report, &job.bundle, Detail::Long),
    });
    Ok(verdict.exit_code())
}

fn look(job: &Job, terminal: text::Terminal) -> Result<Report, ui::Trouble> {
    let source = io::open(&job.bundle)?;
    let mut meter = ui::Meter::new(terminal, job.output);
    let mut progress = |progress: Progress| meter.show(progress);
    let report = verify_with_progress(source.as_ref(), &job.policy, &mut progress)
        .map_err(|error| ui::Trouble::new(format!("`{}`: {error}", job.bundle)))?;
    meter.clear();
    Ok(report)
}

fn slices(all: &[Vec<u8>]) -> Vec<&[u8]> {
    all.iter().map(Vec::as_slice).collect()
}

fn check_token(job: &TokenJob) -> u8 {
    let (untrusted, crls, ocsp_responses) =
        (slices(&job.untrusted), slices(&job.crls), slices(&job.ocsp));
    let policies: Vec<&str> = job.policies.iter().map(String::as_str).collect();
    let options = Options {
        request: job.request.as_deref(),
        certificates: &untrusted,
        revocation: RevocationEvidence {
            crls: &crls,
            ocsp_responses: &ocsp_responses,
            certificates: &untrusted,
        },
        allowed_policies: &policies,
        now: job
            .policy
            .time_micros
            .map(|micros| micros.div_euclid(1_000_000)),
        ..Options::default()
    };
    let checked = token::check(
        &job.token,
        job.expected.as_ref(),
        &job.policy,
        &options,
        job.demand,
    );
    ui::print(&match job.output {
        Output::Json => checked.to_json() + "\n",
        Output::Quiet => checked.quiet(&job.name),
        Output::Normal | Output::Verbose => checked.to_text(&job.name),
    });
    checked.verdict().exit_code()
}

fn check_record(job: &RecordJob) -> u8 {
    let (untrusted, crls, ocsp_responses) =
        (slices(&job.untrusted), slices(&job.crls), slices(&job.ocsp));
    let options = Options {
        certificates: &untrusted,
        revocation: RevocationEvidence {
            crls: &crls,
            ocsp_responses: &ocsp_responses,
            certificates: &untrusted,
        },
        now: job
            .policy
            .time_micros
            .map(|micros| micros.div_euclid(1_000_000)),
        ..Options::default()
    };
    let checked = record::check(&job.record, &job.digests, &job.policy, &options);
    ui::print(&match job.output {
        Output::Json => checked.to_json() + "\n",
        Output::Quiet => checked.quiet(&job.name),
        Output::Normal | Output::Verbose => checked.to_text(&job.name),
    });
    checked.verdict().exit_code()
}
