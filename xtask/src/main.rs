//! Repository chores: what continuous integration runs, and what a maintainer runs by hand.
//!
//! No dependency beyond `std`, so that the tool that guards the dependencies has none itself.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a chore reports to the person who started it"
)]

mod bench;
mod ci;
mod deps;
mod dist;
mod fuzz;
mod shell;
mod tidy;
mod vectors;

use std::process::ExitCode;

/// What a chore gives: nothing, or why it failed, one line a reason.
type Outcome = Result<(), String>;

const HELP: &str = "\
Repository chores

  cargo xtask ci                everything a change must pass
  cargo xtask deps [--bless]    the verifier's closure is verifier/DEPENDENCIES
  cargo xtask tidy [--bless]    file length, free-standing crates, codes, format hash, words
  cargo xtask vectors [--bless] test vectors: made again, checked by Python, checked by Rust
  cargo xtask flip [--all]      flip bits of whole bundles: none may pass
  cargo xtask bench [--quick]   whole-process figures, as ratios to a limit of the same run
  cargo xtask fuzz [TARGET…]    fuzz each target for --core-minutes=20, and record it
  cargo xtask fuzz totals       the sums of the record
  cargo xtask dist              build verify-bundle twice, compare, write SHA256SUMS

`--bless` writes what the check would otherwise compare. Read the difference before you commit it.";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["ci"] => ci::check_all(),
        ["deps"] => deps::check(),
        ["deps", "--bless"] => deps::bless(),
        ["tidy"] => tidy::check(),
        ["tidy", "--bless"] => tidy::bless(),
        ["vectors"] => vectors::check(),
        ["vectors", "--bless"] => vectors::bless(),
        ["flip"] => flip(&[]),
        ["flip", "--all"] => flip(&["--all"]),
        ["bench"] => bench::run(bench::Scale::Full),
        ["bench", "--quick"] => bench::run(bench::Scale::Quick),
        ["fuzz", "totals"] => fuzz::show_totals(),
        ["fuzz", words @ ..] => fuzz::run_targets(words),
        ["dist"] => dist::run(),
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("error: no such chore: {}\n\n{HELP}", words.join(" "));
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reasons) => {
            for line in reasons.lines() {
                eprintln!("error: {line}");
            }
            ExitCode::FAILURE
        }
    }
}

/// Bundles whose every bit is tried: a whole one, a stretch of one, and one session of one.
const FLIPPED: [&str; 3] = [
    "testdata/vectors/complete",
    "testdata/vectors/period",
    "testdata/vectors/scattered_indeterminate",
];

fn flip(words: &[&str]) -> Outcome {
    let words: Vec<&str> = words.iter().chain(&FLIPPED).copied().collect();
    shell::example("proofline-verifier", "flip", &words)
}
