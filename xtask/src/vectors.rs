//! The test vectors: made by a program that shares no code with ours, checked by both sides.

use crate::Outcome;
use crate::ci::run_tests;
use crate::shell::{program, root, run};

const GENERATOR: &str = "testdata/generate.py";
const CHECKER: &str = "testdata/verify.py";

fn python(words: &[&str]) -> Outcome {
    run(program("python3").args(words))
}

/// The vectors are what the generator makes, and the Python verifier agrees with each. The Rust
/// side runs with the tests of the workspace.
pub(crate) fn check_generated() -> Outcome {
    for needed in [GENERATOR, CHECKER] {
        if !root().join(needed).is_file() {
            return Err(format!("`{needed}` is missing"));
        }
    }
    python(&[GENERATOR, "--check"])?;
    python(&[CHECKER, "--all"])
}

/// Both sides.
pub(crate) fn check() -> Outcome {
    check_generated()?;
    run_tests(&["-p", "proofline-verifier", "vectors"], &mut |_| {})
}

/// Writes the vectors again.
pub(crate) fn bless() -> Outcome {
    python(&[GENERATOR])?;
    check()
}
