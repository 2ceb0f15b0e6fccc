//! Export and verification of whole bundles.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::hooks::Project;
use super::measure::{Watched, threads, watch_process};
use super::{Bench, line};
use crate::shell::{capture, root};

const EXPORT_SECONDS_MAX: f64 = 2.0;
const EXPORT_ENTRIES: f64 = 100_000.0;
const ENTRY_BYTES_MAX: f64 = 320.0;
const RATE_MIN: f64 = 0.85;
const PEAK_MIB_MAX: f64 = 64.0;
/// Beyond so many threads inflating is the limit, and no ratio is promised.
const THREADS_MAX: usize = 8;

fn seconds(watched: &Watched) -> f64 {
    watched.elapsed.as_secs_f64().max(1e-9)
}

fn mib(watched: &Watched) -> f64 {
    f64::from(u32::try_from(watched.peak_kib).unwrap_or(u32::MAX)) / 1_024.0
}

pub(super) fn run(bench: &Bench, projects: &[Project]) -> Result<(), String> {
    for project in projects.iter().filter(|project| project.entries > 0) {
        let bundle = export(bench, project)?;
        verify(bench, project, &bundle)?;
    }
    Ok(())
}

fn export(bench: &Bench, project: &Project) -> Result<PathBuf, String> {
    let bundle = bench.folder.join(format!("{}.bundle", project.entries));
    let mut command = project.command(&bench.proofline);
    command
        .args(["export", "--include-tail", "--bundle"])
        .arg(&bundle);
    let watched = watch_process(&mut command)?;
    if watched.code != Some(0) {
        return Err(format!("export ended with {:?}", watched.code));
    }
    let entries = f64::from(project.entries);
    let figure = format!("{:.2} s, {:.0} MiB", seconds(&watched), mib(&watched));
    let limit = EXPORT_SECONDS_MAX * (entries / EXPORT_ENTRIES);
    let what = format!("export of {} entries", project.entries);
    line(
        &what,
        &figure,
        &format!("{limit:.2} s"),
        seconds(&watched) <= limit,
    );
    let bytes = entry_bytes(&bundle)? / entries;
    line(
        "  bytes an entry, without stamps and objects",
        &format!("{bytes:.0}"),
        "320",
        bytes <= ENTRY_BYTES_MAX,
    );
    Ok(bundle)
}

fn verify(bench: &Bench, project: &Project, bundle: &Path) -> Result<(), String> {
    let mut command = project.command(&bench.verify_bundle);
    let watched = watch_process(command.arg("--json").arg(bundle))?;
    // Nothing is pinned and nothing stamped: an honest bundle is indeterminate.
    if watched.code != Some(3) {
        return Err(format!("verify-bundle ended with {:?}", watched.code));
    }
    let entries = f64::from(project.entries);
    let rate = entries / seconds(&watched);
    let limit = bare_rate()?;
    let figure = format!("{rate:.0}/s, {:.2} of it", rate / limit);
    let what = format!("verification of {} entries", project.entries);
    line(
        &what,
        &figure,
        "0.85 of bare verify_strict",
        rate / limit >= RATE_MIN,
    );
    let figure = format!("{:.1} MiB", mib(&watched));
    line(
        "  peak memory",
        &figure,
        "64 MiB",
        mib(&watched) <= PEAK_MIB_MAX,
    );
    Ok(())
}

/// Signatures a second by `verify_strict` alone, on the same threads.
fn bare_rate() -> Result<f64, String> {
    let program = root().join("target/release/examples/verify_strict");
    let threads = threads().min(THREADS_MAX).to_string();
    let text = capture(Command::new(program).args(["60000", &threads]))?;
    text.trim()
        .parse()
        .map_err(|_| format!("not a rate: {text}"))
}

/// Octets of the archive that entries cost: all but what was received for checkpoints and objects.
fn entry_bytes(bundle: &Path) -> Result<f64, String> {
    let bytes = std::fs::read(bundle).map_err(|error| error.to_string())?;
    let total: u64 = packed_sizes(&bytes)
        .ok_or("the bundle's directory cannot be read")?
        .into_iter()
        .filter(|(name, _)| name != "data/checkpoints.jsonl" && !name.starts_with("data/objects"))
        .map(|(_, packed)| packed)
        .sum();
    Ok(f64::from(u32::try_from(total).unwrap_or(u32::MAX)))
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<u64> {
    let part = bytes.get(at..at.checked_add(N)?)?;
    let value = part
        .iter()
        .rev()
        .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    Some(value)
}

/// Names and packed sizes of an archive of the format: no comment, no extra field.
fn packed_sizes(bytes: &[u8]) -> Option<Vec<(String, u64)>> {
    let end = bytes.len().checked_sub(22)?;
    let count = number::<2>(bytes, end.checked_add(10)?)?;
    let mut at = usize::try_from(number::<4>(bytes, end.checked_add(16)?)?).ok()?;
    let mut sizes = Vec::new();
    for _ in 0..count {
        let packed = number::<4>(bytes, at.checked_add(20)?)?;
        let name_bytes = usize::try_from(number::<2>(bytes, at.checked_add(28)?)?).ok()?;
        let name_at = at.checked_add(46)?;
        let next = name_at.checked_add(name_bytes)?;
        let name = String::from_utf8_lossy(bytes.get(name_at..next)?).into_owned();
        sizes.push((name, packed));
        at = next;
    }
    Some(sizes)
}
