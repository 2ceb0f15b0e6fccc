//! Everything a change must pass. All steps run; the first failure does not hide the next.

use crate::shell::{all_of, cargo, run, watch};
use crate::{Outcome, deps, tidy, vectors};

/// Sums of the lines in which test programs report.
#[derive(Default)]
struct Tally {
    passed: u64,
    failed: u64,
}

impl Tally {
    /// Reads `test result: ok. 3 passed; 0 failed; …`.
    fn see(&mut self, line: &str) {
        let Some(rest) = line.strip_prefix("test result: ") else {
            return;
        };
        let count = |word: &str| {
            let before = rest.split_once(word).map_or("", |(before, _)| before);
            let digits = before.trim_end().rsplit(' ').next().unwrap_or("");
            digits.parse::<u64>().unwrap_or(0)
        };
        self.passed = self.passed.saturating_add(count(" passed"));
        self.failed = self.failed.saturating_add(count(" failed"));
    }
}

pub(crate) fn run_tests(words: &[&str], tally: &mut impl FnMut(&str)) -> Outcome {
    watch(cargo().arg("test").arg("--locked").args(words), tally)
}

pub(crate) fn check_all() -> Outcome {
    let mut tally = Tally::default();
    let mut reasons = Vec::new();
    let mut step = |outcome: Outcome| reasons.extend(outcome.err());
    step(run_cargo(&["fmt", "--all", "--", "--check"]));
    let clippy = ["clippy", "--workspace", "--all-targets", "--locked", "--"];
    step(run(cargo().args(clippy).args(["-D", "warnings"])));
    step(run_tests(&["--workspace", "--no-fail-fast"], &mut |line| {
        tally.see(line);
    }));
    let doc = ["doc", "--workspace", "--no-deps", "--locked"];
    step(run(cargo().args(doc).env("RUSTDOCFLAGS", "-D warnings")));
    for (name, outcome) in [
        ("deps", deps::check()),
        ("tidy", tidy::check()),
        ("vectors", vectors::check_generated()),
    ] {
        match &outcome {
            Ok(()) => println!("{name}: ok"),
            Err(_) => println!("{name}: failed"),
        }
        step(outcome);
    }
    // Steps that are not test programs count as one test each, so that the closing line tells all.
    let steps_failed = u64::try_from(reasons.len()).unwrap_or(u64::MAX);
    let passed = tally
        .passed
        .saturating_add(7_u64.saturating_sub(steps_failed));
    let failed = match tally.failed {
        0 => steps_failed,
        tests => tests.saturating_add(steps_failed.saturating_sub(1)),
    };
    let outcome = all_of(&reasons);
    println!("{passed} passed, {failed} failed");
    outcome
}

fn run_cargo(words: &[&str]) -> Outcome {
    run(cargo().args(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tally_adds_what_test_programs_print() {
        let mut tally = Tally::default();
        tally.see("test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured");
        tally.see("test result: FAILED. 3 passed; 2 failed; 1 ignored; 0 measured");
        tally.see("running 3 tests");
        assert_eq!((tally.passed, tally.failed), (15, 2));
    }
}
