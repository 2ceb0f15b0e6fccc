//! Flips single bits of bundles and counts those that nobody notices.
//!
//! `flip [--all] FOLDER…`: each folder holds `bundle` and `policy.json`. With `--all` every bit of
//! every bundle is tried; without it, of the first bundle only, every bit of its headers, manifest,
//! tag manifest and signatures, and one bit of every other byte. A flip is missed when the verdict
//! is anything but FAILED, and a panic ends the run.

#![expect(
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    reason = "a chore for people"
)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use proofline_format::archive::Archive;
use proofline_format::manifest::paths;
use proofline_verifier::{CouldNotLook, Policy, Verdict, verify};

/// Bytes of a local header without its name.
const LOCAL_BYTES: usize = 30;
/// Flips that a thread takes at a time.
const STRIDE: usize = 512;

struct Sample {
    bundle: Vec<u8>,
    policy: Policy,
}

type Failure = Box<dyn std::error::Error>;

fn load(folder: &Path) -> Result<Sample, Failure> {
    let bundle = std::fs::read(folder.join("bundle"))?;
    let mut read_file =
        |name: &str| std::fs::read(folder.join(name)).map_err(|error| error.to_string());
    let policy = Policy::parse_with(&std::fs::read(folder.join("policy.json"))?, &mut read_file)?;
    let untouched = verify(bundle.as_slice(), &policy)?.verdict();
    if untouched == Verdict::Failed {
        return Err(format!("{}: fails before any bit is flipped", folder.display()).into());
    }
    println!(
        "{}: {} bytes, {}",
        folder.display(),
        bundle.len(),
        untouched.as_str()
    );
    Ok(Sample { bundle, policy })
}

/// Bit numbers to try when not all are.
fn chosen_bits(bundle: &[u8]) -> Result<Vec<usize>, Failure> {
    let every_bit = [paths::MANIFEST, paths::TAGMANIFEST, paths::SIGNATURES];
    let archive = Archive::open(bundle)?;
    let mut whole = vec![true; bundle.len()];
    let mut at = 0_usize;
    for member in archive.members() {
        let start = at + LOCAL_BYTES + member.name.len();
        at = start + usize::try_from(member.packed_bytes)?;
        if !every_bit.contains(&member.name.as_str()) {
            whole.get_mut(start..at).ok_or("layout")?.fill(false);
        }
    }
    let bits = whole.iter().enumerate().flat_map(|(byte, &whole)| {
        let count = if whole { 8 } else { 1 };
        // Which bit of a byte is tried once differs from byte to byte.
        (0..count).map(move |bit| byte * 8 + if whole { bit } else { byte % 8 })
    });
    Ok(bits.collect())
}

/// Tries the bits on every core and gives those that were missed.
fn missed(sample: &Sample, bits: &[usize]) -> Vec<usize> {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut bundle = sample.bundle.clone();
                    let mut missed = Vec::new();
                    loop {
                        let start = next.fetch_add(STRIDE, Ordering::Relaxed);
                        let Some(share) = bits.get(start..) else {
                            return missed;
                        };
                        for &bit in share.iter().take(STRIDE) {
                            flip(&mut bundle, bit);
                            if !is_noticed(&bundle, &sample.policy) {
                                missed.push(bit);
                            }
                            flip(&mut bundle, bit);
                        }
                    }
                })
            })
            .collect();
        let joined = workers.into_iter().map(|worker| worker.join());
        #[expect(
            clippy::expect_used,
            reason = "a panic of the verifier is what this looks for"
        )]
        joined
            .flat_map(|missed| missed.expect("the verifier panicked"))
            .collect()
    })
}

fn flip(bundle: &mut [u8], bit: usize) {
    if let Some(byte) = bundle.get_mut(bit / 8) {
        *byte ^= 1 << (bit % 8);
    }
}

fn is_noticed(bundle: &[u8], policy: &Policy) -> bool {
    match verify(bundle, policy) {
        Ok(report) => report.verdict() == Verdict::Failed,
        Err(CouldNotLook::FormatVersion(_)) => true,
        Err(CouldNotLook::Source(_)) => false,
    }
}

fn run() -> Result<usize, Failure> {
    let mut folders: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let all = folders
        .iter()
        .any(|argument| argument.as_os_str() == "--all");
    folders.retain(|argument| argument.as_os_str() != "--all");
    if folders.is_empty() {
        return Err("usage: flip [--all] FOLDER…".into());
    }
    if !all {
        folders.truncate(1);
    }
    let (mut tried_total, mut missed_total) = (0, 0);
    for folder in &folders {
        let sample = load(folder)?;
        let bits = if all {
            (0..sample.bundle.len() * 8).collect()
        } else {
            chosen_bits(&sample.bundle)?
        };
        let missed = missed(&sample, &bits);
        println!(
            "{}: tried {}, missed {}",
            folder.display(),
            bits.len(),
            missed.len()
        );
        for bit in missed.iter().take(20) {
            println!("  missed: byte {} bit {}", bit / 8, bit % 8);
        }
        tried_total += bits.len();
        missed_total += missed.len();
    }
    println!("tried {tried_total}, missed {missed_total}");
    Ok(missed_total)
}

fn main() -> ExitCode {
    match run() {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            println!("error: {error}");
            ExitCode::from(2)
        }
    }
}
