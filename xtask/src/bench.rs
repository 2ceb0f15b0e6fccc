//! Whole-process figures, each as a ratio to a limit that is measured in the same run.
//!
//! What it drives: the release binaries, the example `fill_store` of the recorder, the example
//! `verify_strict` of the format, the benchmark `token` of the time-stamp core. How each figure is
//! made stands in `docs/benchmarks.md`.

mod bundles;
mod hooks;
mod measure;
mod tokens;

use std::path::PathBuf;

use crate::Outcome;
use crate::shell::{self, cargo, root};

/// How much to measure.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// Up to a million entries: the figures that count.
    Full,
    /// A hundredth of that: whether the benchmark itself works.
    Quick,
}

impl Scale {
    /// Sizes of the stores that hooks write to.
    const fn store_sizes(self) -> [u32; 3] {
        match self {
            Self::Full => [0, 100_000, 1_000_000],
            Self::Quick => [0, 1_000, 10_000],
        }
    }

    /// Calls of a hook in each store.
    const fn calls(self) -> u32 {
        match self {
            Self::Full => 400,
            Self::Quick => 40,
        }
    }

    /// Calls that eight writers share.
    const fn calls_at_once(self) -> u32 {
        match self {
            Self::Full => 1_000,
            Self::Quick => 80,
        }
    }
}

/// Where the benchmark works, and with which programs.
struct Bench {
    scale: Scale,
    folder: PathBuf,
    proofline: PathBuf,
    verify_bundle: PathBuf,
}

/// One figure against its limit.
fn line(what: &str, figure: &str, limit: &str, holds: bool) {
    let verdict = if holds { "within" } else { "MISSED" };
    println!("{what:<58} {figure:>26}   {verdict} {limit}");
}

pub(crate) fn run(scale: Scale) -> Outcome {
    shell::run(cargo().args(["build", "--release", "--locked"]))?;
    shell::run(cargo().args([
        "build",
        "--release",
        "--locked",
        "-p",
        "proofline",
        "--examples",
    ]))?;
    let format = ["build", "--release", "--locked", "-p", "proofline-format"];
    shell::run(cargo().args(format).args(["--example", "verify_strict"]))?;
    let folder = root().join("target/bench");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(|error| error.to_string())?;
    }
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let bench = Bench {
        scale,
        folder,
        proofline: root().join("target/release/proofline"),
        verify_bundle: root().join("target/release/verify-bundle"),
    };
    println!("threads of this machine: {}", measure::threads());
    let stores = hooks::measure_all(&bench)?;
    bundles::run(&bench, &stores)?;
    tokens::run()
}
