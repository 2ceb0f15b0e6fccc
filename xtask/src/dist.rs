//! The released verifier: built twice in different folders, compared byte for byte.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;
use crate::shell::{self, capture, cargo, program, root};

const TARGET: &str = "x86_64-unknown-linux-gnu";
/// Bytes of the static binary without the report.
const SIZE_BYTES_MAX: u64 = 4 << 20;
/// A verifier that could open a connection would carry one of these.
const NETWORK_SYMBOLS: [&str; 3] = ["socket", "connect", "getaddrinfo"];

/// Builds the static verifier into its own target folder; `features` as cargo takes them.
fn build(target_folder: &Path, features: &[&str], strip: &str) -> Result<PathBuf, String> {
    let home = std::env::var("CARGO_HOME")
        .or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cargo")))
        .map_err(|error| error.to_string())?;
    // Cargo separates flags by U+001F here, so that paths may hold spaces.
    let flags = [
        format!("--remap-path-prefix={}=/proofline", root().display()),
        format!("--remap-path-prefix={home}=/cargo"),
        "-Ctarget-feature=+crt-static".into(),
    ];
    let words = [
        "build",
        "--release",
        "--locked",
        "-p",
        "proofline-verifier",
        "--target",
        TARGET,
    ];
    shell::run(
        cargo()
            .args(words)
            .args(features)
            .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
            .env("CARGO_TARGET_DIR", target_folder)
            .env("CARGO_PROFILE_RELEASE_STRIP", strip)
            .env("CARGO_INCREMENTAL", "0"),
    )?;
    Ok(target_folder.join(TARGET).join("release/verify-bundle"))
}

fn is_static(binary: &Path) -> Outcome {
    let headers = capture(Command::new("readelf").args(["-l", "-W"]).arg(binary))?;
    if headers.contains("INTERP") {
        Err("verify-bundle asks for a dynamic loader".into())
    } else {
        Ok(())
    }
}

fn has_no_network(unstripped: &Path) -> Outcome {
    let symbols = capture(Command::new("nm").arg(unstripped))?;
    let names = symbols
        .lines()
        .filter_map(|line| line.split_whitespace().last());
    let plain = |name: &str| name.trim_start_matches('_').to_owned();
    for name in names {
        if NETWORK_SYMBOLS.contains(&plain(name).as_str()) {
            return Err(format!("verify-bundle holds the symbol `{name}`"));
        }
    }
    Ok(())
}

pub(crate) fn run() -> Outcome {
    let folder = root().join("target/dist");
    let out = folder.join("out");
    std::fs::create_dir_all(&out).map_err(|error| error.to_string())?;
    let without_report = ["--no-default-features"];
    let core = build(&folder.join("core"), &without_report, "symbols")?;
    is_static(&core)?;
    let bytes = std::fs::metadata(&core)
        .map_err(|error| error.to_string())?
        .len();
    println!("verify-bundle without report: {bytes} bytes, at most {SIZE_BYTES_MAX}");
    if bytes > SIZE_BYTES_MAX {
        return Err(format!(
            "verify-bundle has {bytes} bytes, at most {SIZE_BYTES_MAX}"
        ));
    }
    has_no_network(&build(&folder.join("symbols"), &without_report, "none")?)?;
    let first = build(&folder.join("first"), &[], "symbols")?;
    let second = build(&folder.join("second"), &[], "symbols")?;
    let read = |path: &Path| std::fs::read(path).map_err(|error| error.to_string());
    if read(&first)? != read(&second)? {
        return Err("two builds of verify-bundle differ".into());
    }
    println!("two builds of verify-bundle are equal");
    std::fs::copy(&first, out.join("verify-bundle")).map_err(|error| error.to_string())?;
    let sums = capture(program("sha256sum").arg("verify-bundle").current_dir(&out))?;
    print!("{sums}");
    std::fs::write(out.join("SHA256SUMS"), sums).map_err(|error| error.to_string())
}
