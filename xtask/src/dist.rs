//! The released verifier: built twice in different folders, compared byte for byte.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;
use crate::shell::{self, capture, cargo, program, root};

const TARGET: &str = "x86_64-unknown-linux-gnu";
/// Bytes of the static binary without the report.
const SIZE_BYTES_MAX: u64 = 4 << 20;
/// A verifier that could open a connection would need all of these.
const NETWORK_SYMBOLS: [&str; 3] = ["socket", "connect", "getaddrinfo"];
/// What glibc links into every static program that starts a thread: `pthread_create` refers to the
/// resolver's state, whose code opens a socket to list interfaces. Nothing of ours reaches it.
const OF_STATIC_GLIBC: &str = "socket";

/// How the C library is linked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Linking {
    Static,
    Dynamic,
}

/// Builds the static verifier into its own target folder; `features` as cargo takes them.
fn build(
    target_folder: &Path,
    linking: Linking,
    features: &[&str],
    strip: &str,
) -> Result<PathBuf, String> {
    let home = std::env::var("CARGO_HOME")
        .or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cargo")))
        .map_err(|error| error.to_string())?;
    // Cargo separates flags by U+001F here, so that paths may hold spaces.
    let crt = match linking {
        Linking::Static => "+crt-static",
        Linking::Dynamic => "-crt-static",
    };
    let flags = [
        format!("--remap-path-prefix={}=/proofline", root().display()),
        format!("--remap-path-prefix={home}=/cargo"),
        format!("-Ctarget-feature={crt}"),
        // As in `.cargo/config.toml`, which these flags replace.
        "--cfg=p384_backend=\"fiat\"".into(),
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

/// Names of symbols that `nm` prints, without version and leading underscores.
fn symbols(arguments: &[&str], binary: &Path) -> Result<Vec<String>, String> {
    let text = capture(Command::new("nm").args(arguments).arg(binary))?;
    let name = |line: &str| {
        let symbol = line.split_whitespace().last()?;
        let plain = symbol.split('@').next()?.trim_start_matches('_');
        Some(plain.to_owned())
    };
    Ok(text.lines().filter_map(name).collect())
}

/// Whether a dynamically linked program imports nothing that opens a connection.
pub(crate) fn imports_no_network(binary: &Path) -> Outcome {
    let imports = symbols(&["-D", "--undefined-only"], binary)?;
    if imports.is_empty() {
        return Err("verify-bundle imports nothing at all: `nm` did not read it".into());
    }
    match NETWORK_SYMBOLS
        .into_iter()
        .find(|symbol| imports.iter().any(|name| name == symbol))
    {
        Some(symbol) => Err(format!("verify-bundle imports `{symbol}`")),
        None => Ok(()),
    }
}

fn has_no_network(folder: &Path, features: &[&str]) -> Outcome {
    imports_no_network(&build(
        &folder.join("dynamic"),
        Linking::Dynamic,
        features,
        "none",
    )?)?;
    let linked = symbols(
        &[],
        &build(&folder.join("symbols"), Linking::Static, features, "none")?,
    )?;
    for symbol in NETWORK_SYMBOLS {
        if symbol != OF_STATIC_GLIBC && linked.iter().any(|name| name == symbol) {
            return Err(format!("verify-bundle holds `{symbol}`"));
        }
    }
    println!(
        "verify-bundle imports none of {}",
        NETWORK_SYMBOLS.join(", ")
    );
    Ok(())
}

pub(crate) fn run() -> Outcome {
    let folder = root().join("target/dist");
    let out = folder.join("out");
    std::fs::create_dir_all(&out).map_err(|error| error.to_string())?;
    let without_report = ["--no-default-features"];
    let core = build(
        &folder.join("core"),
        Linking::Static,
        &without_report,
        "symbols",
    )?;
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
    has_no_network(&folder, &without_report)?;
    let first = build(&folder.join("first"), Linking::Static, &[], "symbols")?;
    let second = build(&folder.join("second"), Linking::Static, &[], "symbols")?;
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
