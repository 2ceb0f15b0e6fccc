//! Fuzzing with a budget: every target for so many minutes of processor time, and a record of it.
//!
//! The record (`fuzz/totals.tsv`) has one line for every run of a target; `docs/fuzzing.md` shows
//! the sums. A run that finds a fault is recorded as what it is.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Outcome;
use crate::shell::{all_of, capture, program, read, relative, root, run, write};

/// Processes on one target at a time; they share what they find.
const JOBS: u64 = 2;
/// Minutes of processor time for one target, if the caller names none.
const CORE_MINUTES: u64 = 20;
/// No part of a run is shorter: the sanitizer and the corpus take their time to load.
const SLICE_SECONDS_MIN: u64 = 15;
/// A unit that takes longer is a fault.
const UNIT_SECONDS_MAX: u32 = 10;
const MEMORY_MIB_MAX: u32 = 2048;
/// `sysconf(_SC_CLK_TCK)`, which is this on every Linux that Rust runs on.
const TICKS_PER_SECOND: u64 = 100;
const BUILT_FOR: &str = "x86_64-unknown-linux-gnu";
const PAGE: &str = "docs/fuzzing.md";
const HEAD: &str = "date\ttarget\truns\tcore_seconds\tedges\tfaults";

/// What one run of one target came to, or several together.
#[derive(Default)]
struct Total {
    date: String,
    runs: u64,
    core_seconds: u64,
    /// Edges of the program's flow that any input of the corpus reaches.
    edges: u64,
    faults: u64,
}

/// `cargo xtask fuzz`: `words` are targets, and `--core-minutes=N`.
pub(crate) fn run_targets(words: &[&str]) -> Outcome {
    let mut core_minutes = CORE_MINUTES;
    let mut wanted = Vec::new();
    for word in words {
        if let Some(number) = word.strip_prefix("--core-minutes=") {
            core_minutes = number
                .parse()
                .map_err(|_| format!("no number of minutes: `{number}`"))?;
        } else {
            wanted.push(*word);
        }
    }
    let known = targets()?;
    if let Some(unknown) = wanted.iter().find(|w| !known.iter().any(|k| k == *w)) {
        return Err(format!("no such fuzz target: `{unknown}`"));
    }
    run(program("cargo")
        .env("RUSTUP_TOOLCHAIN", "nightly")
        .args(["fuzz", "build"]))?;
    let mut faulty = Vec::new();
    for target in known {
        if wanted.is_empty() || wanted.contains(&target.as_str()) {
            let total = run_one(&target, core_minutes.saturating_mul(60))?;
            append(&target, &total)?;
            if total.faults > 0 {
                let place = root().join("fuzz/artifacts").join(&target);
                faulty.push(format!("`{target}` found a fault: {}", relative(&place)));
            }
        }
    }
    print!("{}", table(&totals()?));
    all_of(&faulty)
}

/// `cargo xtask fuzz totals`: the sums, as `docs/fuzzing.md` shows them.
pub(crate) fn show_totals() -> Outcome {
    print!("{}", table(&totals()?));
    Ok(())
}

/// The page shows what the record says.
pub(crate) fn check() -> Outcome {
    let (page, want) = page()?;
    if page == want {
        Ok(())
    } else {
        Err("docs/fuzzing.md differs from `cargo xtask fuzz totals`".into())
    }
}

/// Writes the sums into the page.
pub(crate) fn bless() -> Outcome {
    write(&root().join(PAGE), &page()?.1)
}

/// The page as it is, and as the record wants it.
fn page() -> Result<(String, String), String> {
    let page = read(&root().join(PAGE))?;
    let table = table(&totals()?);
    let start = page
        .find("| target |")
        .ok_or("docs/fuzzing.md has no table")?;
    let (before, rest) = page.split_at(start);
    let after = rest.split_once("\n\n").map_or("", |(_, after)| after);
    let want = format!("{before}{table}\n{after}");
    Ok((page, want))
}

/// The targets that `fuzz/Cargo.toml` lists.
fn targets() -> Result<Vec<String>, String> {
    let manifest = read(&root().join("fuzz/Cargo.toml"))?;
    let binaries = manifest.split("[[bin]]").skip(1);
    let name = |table: &str| {
        let line = table.lines().find_map(|line| line.strip_prefix("name = "));
        line.map(|name| name.trim_matches('"').to_owned())
    };
    Ok(binaries.filter_map(name).collect())
}

fn run_one(target: &str, core_seconds: u64) -> Result<Total, String> {
    let mut total = Total {
        date: capture(program("date").args(["-u", "+%F"]))?.trim().into(),
        ..Total::default()
    };
    // Under a load of other programs a minute of the clock is less than a minute of a processor.
    while total.core_seconds < core_seconds && total.faults == 0 {
        let left = core_seconds.saturating_sub(total.core_seconds);
        let seconds = left.div_ceil(JOBS).max(SLICE_SECONDS_MIN);
        let before = ticks_of_children()?;
        let logs = slice(target, seconds, &mut total)?;
        let spent = ticks_of_children()?.saturating_sub(before);
        total.core_seconds = total
            .core_seconds
            .saturating_add(spent.div_euclid(TICKS_PER_SECOND).max(1));
        for log in logs {
            let (runs, edges) = of_log(&log);
            total.runs = total.runs.saturating_add(runs);
            total.edges = total.edges.max(edges);
        }
    }
    println!(
        "{target}: {} runs, {} s, {} edges, {} faults",
        total.runs, total.core_seconds, total.edges, total.faults
    );
    Ok(total)
}

/// Runs a target in `JOBS` processes and gives their logs.
fn slice(target: &str, seconds: u64, total: &mut Total) -> Result<Vec<String>, String> {
    let fuzz = root().join("fuzz");
    let corpus = fuzz.join("corpus").join(target);
    let artifacts = fuzz.join("artifacts").join(target);
    let logs = fuzz.join("target/logs").join(target);
    for folder in [&corpus, &artifacts, &logs] {
        fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    }
    let mut command = Command::new(binary(target));
    command
        .current_dir(&logs)
        .arg(&corpus)
        .arg(fuzz.join("seeds").join(target))
        .args([format!("-jobs={JOBS}"), format!("-workers={JOBS}")])
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-timeout={UNIT_SECONDS_MAX}"))
        .arg(format!("-rss_limit_mb={MEMORY_MIB_MAX}"))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let status = command.status().map_err(|error| error.to_string())?;
    if !status.success() {
        total.faults = total.faults.saturating_add(1);
    }
    (0..JOBS)
        .map(|job| read(&logs.join(format!("fuzz-{job}.log"))))
        .collect()
}

fn binary(target: &str) -> PathBuf {
    let folder = Path::new("fuzz/target").join(BUILT_FOR).join("release");
    root().join(folder).join(target)
}

/// Runs and edges of a log of libFuzzer: `Done 27 runs in 0 second(s)`, and `cov: 116` in the last
/// line that has it.
fn of_log(log: &str) -> (u64, u64) {
    let number_after = |line: &str, word: &str| -> Option<u64> {
        let (_, rest) = line.split_once(word)?;
        rest.split_whitespace().next()?.parse().ok()
    };
    let runs = log
        .lines()
        .rev()
        .find_map(|line| number_after(line, "Done "));
    let edges = log
        .lines()
        .rev()
        .find_map(|line| number_after(line, "cov: "));
    (runs.unwrap_or(0), edges.unwrap_or(0))
}

/// The processor time of all children that have ended, from `proc(5)`: `cutime` and `cstime`.
fn ticks_of_children() -> Result<u64, String> {
    let line = fs::read_to_string("/proc/self/stat").map_err(|error| error.to_string())?;
    // The name in parentheses may hold spaces; behind it the third field comes first.
    let fields = line.rsplit_once(')').map_or("", |(_, fields)| fields);
    let of_children = fields.split_whitespace().skip(13).take(2);
    of_children
        .map(|field| field.parse::<u64>().map_err(|error| error.to_string()))
        .sum()
}

fn record() -> PathBuf {
    root().join("fuzz/totals.tsv")
}

fn append(target: &str, total: &Total) -> Outcome {
    let mut text = read(&record()).unwrap_or_else(|_| format!("{HEAD}\n"));
    let Total {
        date,
        runs,
        core_seconds,
        edges,
        faults,
    } = total;
    let written = writeln!(
        text,
        "{date}\t{target}\t{runs}\t{core_seconds}\t{edges}\t{faults}"
    );
    written.map_err(|error| error.to_string())?;
    write(&record(), &text)
}

/// The record, one sum a target; targets that were never run have zeros.
fn totals() -> Result<BTreeMap<String, Total>, String> {
    let mut sums: BTreeMap<String, Total> = targets()?
        .into_iter()
        .map(|target| (target, Total::default()))
        .collect();
    for line in read(&record())?.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let &[date, target, runs, core_seconds, edges, faults] = fields.as_slice() else {
            return Err(format!("fuzz/totals.tsv: six fields expected: `{line}`"));
        };
        let number = |field: &str| {
            let number = field.parse::<u64>();
            number.map_err(|_| format!("fuzz/totals.tsv: no number: `{field}`"))
        };
        let sum = sums.entry(target.into()).or_default();
        // Lines are appended: the last is the newest.
        sum.date = date.into();
        sum.runs = sum.runs.saturating_add(number(runs)?);
        sum.core_seconds = sum.core_seconds.saturating_add(number(core_seconds)?);
        sum.edges = number(edges)?;
        sum.faults = sum.faults.saturating_add(number(faults)?);
    }
    Ok(sums)
}

fn table(totals: &BTreeMap<String, Total>) -> String {
    let mut text = String::from(
        "| target | runs | core-minutes | edges reached | faults | last run |\n|---|---|---|---|---|---|\n",
    );
    for (target, total) in totals {
        let date = if total.date.is_empty() {
            "never"
        } else {
            &total.date
        };
        let _ = writeln!(
            text,
            "| `{target}` | {} | {} | {} | {} | {date} |",
            grouped(total.runs),
            total.core_seconds.div_euclid(60),
            grouped(total.edges),
            total.faults,
        );
    }
    text
}

/// A number with commas between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && digits.len().saturating_sub(place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_gives_runs_and_edges() {
        let log = "#27\tINITED cov: 116 ft: 235 corp: 4/6029b\n#30\tDONE   cov: 117 ft: 235\n\
                   Done 30 runs in 1 second(s)\n";
        assert_eq!(of_log(log), (30, 117));
        assert_eq!(of_log("==1== ERROR: libFuzzer: timeout\n"), (0, 0));
    }

    #[test]
    fn thousands_are_grouped() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn every_target_of_the_manifest_is_known() {
        let targets = targets().unwrap();
        assert!(targets.contains(&"tsa_token".to_owned()));
        for target in targets {
            let source = root().join(format!("fuzz/fuzz_targets/{target}.rs"));
            assert!(source.is_file(), "{target}");
        }
    }
}
