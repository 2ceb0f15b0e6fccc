//! Clocks, percentiles, and the limits that figures are compared with.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

pub(super) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Durations, sorted when asked.
#[derive(Default)]
pub(super) struct Samples(Vec<Duration>);

impl Samples {
    pub(super) fn push(&mut self, sample: Duration) {
        self.0.push(sample);
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The smallest sample that at least `percent` of all do not exceed.
    pub(super) fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = sorted.len().saturating_mul(percent).div_ceil(100);
        let place = rank.saturating_sub(1);
        sorted.get(place).copied().unwrap_or_default()
    }

    pub(super) fn p50(&self) -> Duration {
        self.percentile(50)
    }

    pub(super) fn p99(&self) -> Duration {
        self.percentile(99)
    }
}

pub(super) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// `a` in units of `b`.
pub(super) fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64().max(1e-9)
}

/// How long a process takes from start to exit, fed with `input`.
pub(super) fn time_process(command: &mut Command, input: &[u8]) -> Result<Duration, String> {
    let failed = |error: std::io::Error| error.to_string();
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A process that does not read its input may be gone already.
        drop(stdin.write_all(input));
    }
    let status = child.wait().map_err(failed)?;
    let elapsed = start.elapsed();
    if status.success() {
        Ok(elapsed)
    } else {
        Err(format!("a measured process ended with {status}"))
    }
}

/// The limit of a process that makes something durable: a start, and one `fdatasync`.
///
/// It is started as a hook is, in a folder and with variables of its own: that alone makes a
/// process dearer.
pub(super) fn bare_process(folder: &Path) -> Result<Duration, String> {
    let mut command = Command::new("/bin/true");
    command.current_dir(folder).env("HOME", folder);
    time_process(&mut command, b"")
}

/// Appends 4 KiB to a file of this folder and calls `fdatasync`.
pub(super) fn bare_fdatasync(folder: &Path) -> Result<Duration, String> {
    let failed = |error: std::io::Error| error.to_string();
    let mut file = File::options()
        .create(true)
        .append(true)
        .open(folder.join("fdatasync"))
        .map_err(failed)?;
    let start = Instant::now();
    file.write_all(&[7; 4_096]).map_err(failed)?;
    file.sync_data().map_err(failed)?;
    Ok(start.elapsed())
}

/// A process that was watched until it ended.
pub(super) struct Watched {
    pub(super) elapsed: Duration,
    /// The largest `VmHWM` seen, in KiB. The kernel keeps the maximum, so that only growth in the
    /// last two milliseconds can be missed.
    pub(super) peak_kib: u64,
    pub(super) code: Option<i32>,
}

pub(super) fn watch_process(command: &mut Command) -> Result<Watched, String> {
    let failed = |error: std::io::Error| error.to_string();
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .map_err(failed)?;
    let status_file = format!("/proc/{}/status", child.id());
    let mut peak_kib = 0;
    loop {
        if let Some(kib) = high_water_mark(&status_file) {
            peak_kib = peak_kib.max(kib);
        }
        if let Some(status) = child.try_wait().map_err(failed)? {
            let elapsed = start.elapsed();
            return Ok(Watched {
                elapsed,
                peak_kib,
                code: status.code(),
            });
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn high_water_mark(status_file: &str) -> Option<u64> {
    let text = std::fs::read_to_string(status_file).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_samples() {
        let mut samples = Samples::default();
        (1..=100)
            .rev()
            .for_each(|n| samples.push(Duration::from_millis(n)));
        assert_eq!(samples.p50(), Duration::from_millis(50));
        assert_eq!(samples.p99(), Duration::from_millis(99));
        assert_eq!(samples.percentile(100), Duration::from_millis(100));
    }
}
