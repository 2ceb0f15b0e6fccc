//! The verifier's dependency closure: listed, bounded, free of what it must not hold.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::Outcome;
use crate::dist::imports_no_network;
use crate::shell::{all_of, capture, cargo, read, root, run, write};

/// The released binary is built for this target; the list must not depend on whose machine looks.
const TARGET: &str = "x86_64-unknown-linux-gnu";
/// Third-party crates in the core closure, procedural macros counted.
const CORE_CRATES_MAX: usize = 64;
/// Crates that bring a network, an asynchronous runtime, a database or C.
const FORBIDDEN_IN_CORE: [&str; 20] = [
    "async-std",
    "aws-lc-rs",
    "bindgen",
    "cc",
    "cmake",
    "curl",
    "hyper",
    "mio",
    "native-tls",
    "openssl",
    "pkg-config",
    "reqwest",
    "ring",
    "rusqlite",
    "rustls",
    "smol",
    "socket2",
    "tokio",
    "ureq",
    "vcpkg",
];
/// Workspace crates that the verifier must not know, whatever features are on.
const FORBIDDEN_ALWAYS: [&str; 3] = [
    "proofline",
    "proofline-tsa-authority",
    "proofline-tsa-client",
];

type Names = BTreeSet<String>;

/// One line of `cargo tree --format {p}`: `name v1.2.3 (…)`.
fn name_of(line: &str) -> Option<&str> {
    line.split_whitespace().next()
}

fn tree(edges: &str, words: &[&str]) -> Result<Names, String> {
    let fixed = ["tree", "--locked", "-p", "proofline-verifier", "-e", edges];
    let form = ["--prefix", "none", "--format", "{p}"];
    let text = capture(cargo().args(fixed).args(form).args(words))?;
    let names = text.lines().filter_map(name_of).map(String::from);
    Ok(names.filter(|name| name != "proofline-verifier").collect())
}

struct Closure {
    core: Names,
    /// What the default features add to the core.
    report: Names,
}

fn closure() -> Result<Closure, String> {
    let core = tree("normal", &["--target", TARGET, "--no-default-features"])?;
    let default = tree("normal", &["--target", TARGET])?;
    let report = default.difference(&core).cloned().collect();
    Ok(Closure { core, report })
}

impl Closure {
    fn text(&self) -> String {
        let section = |name: &str, names: &Names| {
            let lines: String = names.iter().map(|name| format!("{name}\n")).collect();
            format!("[{name}]\n{lines}")
        };
        format!(
            "# Every crate that verify-bundle is made of, for {TARGET}; `cargo xtask deps` compares.\n\
             # [core] is the build without default features, [report] what these add.\n\n{}\n{}",
            section("core", &self.core),
            section("report", &self.report)
        )
    }

    fn is_ours(name: &str) -> bool {
        name.starts_with("proofline") || name == "xtask"
    }

    fn third_party(&self) -> impl Iterator<Item = &str> {
        let all = self.core.iter().chain(&self.report).map(String::as_str);
        all.filter(|name| !Self::is_ours(name))
    }
}

/// What any crate of the workspace asks for itself, tests and benches included.
fn direct() -> Result<Names, String> {
    let words = [
        "tree",
        "--locked",
        "--workspace",
        "--depth",
        "1",
        "--target",
        "all",
    ];
    let form = [
        "-e",
        "normal,dev,build",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ];
    let text = capture(cargo().args(words).args(form))?;
    let names = text.lines().filter(|line| !line.starts_with('['));
    Ok(names.filter_map(name_of).map(String::from).collect())
}

fn list_path() -> PathBuf {
    root().join("verifier/DEPENDENCIES")
}

/// Writes the list.
pub(crate) fn bless() -> Outcome {
    write(&list_path(), &closure()?.text())?;
    check()
}

/// Compares the list and checks the rules.
pub(crate) fn check() -> Outcome {
    let closure = closure()?;
    let mut reasons = Vec::new();
    if read(&list_path()).unwrap_or_default() != closure.text() {
        reasons.push("the verifier's closure differs from verifier/DEPENDENCIES".into());
        reasons.push(
            "  hint: read `cargo tree -p proofline-verifier`, then `cargo xtask deps --bless`"
                .into(),
        );
    }
    let count = closure
        .core
        .iter()
        .filter(|name| !Closure::is_ours(name))
        .count();
    if count > CORE_CRATES_MAX {
        reasons.push(format!(
            "core closure has {count} third-party crates, at most {CORE_CRATES_MAX}"
        ));
    }
    // Features only add: all of them together reach whatever any combination reaches.
    let everywhere = tree("normal,build", &["--target", "all", "--all-features"])?;
    for name in FORBIDDEN_ALWAYS
        .iter()
        .filter(|name| everywhere.contains(**name))
    {
        reasons.push(format!("verifier reaches `{name}`"));
    }
    let core = tree(
        "normal,build",
        &["--target", TARGET, "--no-default-features"],
    )?;
    for name in &core {
        if FORBIDDEN_IN_CORE.contains(&name.as_str()) || name.ends_with("-sys") {
            reasons.push(format!("core closure holds `{name}`"));
        }
    }
    let page = read(&root().join("docs/dependencies.md"))?;
    for name in closure.third_party() {
        let heading = format!("### {name}\n");
        if !page.contains(&heading) {
            reasons.push(format!("docs/dependencies.md has no paragraph on `{name}`"));
        }
    }
    for name in direct()? {
        if !Closure::is_ours(&name) && !page.contains(&format!("`{name}`")) {
            reasons.push(format!("docs/dependencies.md does not name `{name}`"));
        }
    }
    let built = ["build", "--quiet", "--locked", "-p", "proofline-verifier"];
    run(cargo().args(built))?;
    reasons.extend(imports_no_network(&root().join("target/debug/verify-bundle")).err());
    if reasons.is_empty() {
        println!(
            "deps: {count} third-party crates in core, {} more in report",
            closure.report.len()
        );
    }
    all_of(&reasons)
}
