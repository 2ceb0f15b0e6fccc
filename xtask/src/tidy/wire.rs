//! `docs/format.md` holds the hash of the sources that define the bytes, so that neither can
//! change without a look at the other.

use std::path::PathBuf;

use crate::Outcome;
use crate::shell::{capture, program, read, relative, root, tracked, write};

/// Modules of `bundle-format/src` that decide what bytes are written or accepted.
const MODULES: [&str; 20] = [
    "archive",
    "checkpoint",
    "digest",
    "dsse",
    "encoding",
    "entry",
    "holes",
    "integrity",
    "json",
    "key",
    "limits",
    "manifest",
    "merkle",
    "note",
    "object",
    "path",
    "registry",
    "statement",
    "timestamp",
    "tlog_proof",
];
const LABEL: &str = "Wire sources: sha256 ";

fn page() -> PathBuf {
    root().join("docs/format.md")
}

fn sources() -> Result<Vec<String>, String> {
    let folder = root().join("bundle-format/src");
    let is_wire = |path: &PathBuf| {
        let Ok(inner) = path.strip_prefix(&folder) else {
            return false;
        };
        let module = inner
            .components()
            .next()
            .map(|part| part.as_os_str().to_string_lossy());
        let module = module.unwrap_or_default();
        let tests = path.file_name().is_some_and(|name| name == "tests.rs");
        !tests && MODULES.contains(&module.trim_end_matches(".rs"))
    };
    let mut files = tracked()?;
    files.push(root().join("schemas/event-types.json"));
    let registry = files.last().cloned();
    files.retain(|path| is_wire(path) || Some(path) == registry.as_ref());
    let mut names: Vec<String> = files.iter().map(|path| relative(path)).collect();
    names.sort();
    names.dedup();
    Ok(names)
}

/// What stands before `mod tests`: a test does not change the format.
fn without_tests(text: &str) -> &str {
    text.split_once("#[cfg(test)]")
        .map_or(text, |(code, _)| code)
}

/// SHA-256 over every source's name and text. The arithmetic is coreutils': no digest is written
/// by hand in this repository.
fn computed() -> Result<String, String> {
    let mut all = String::new();
    for name in sources()? {
        let text = read(&root().join(&name))?;
        all.push_str(&format!("{name}\n{}\n", without_tests(&text)));
    }
    let scratch = root().join("target/xtask/wire-sources");
    write(&scratch, &all)?;
    let line = capture(program("sha256sum").arg(&scratch))?;
    line.split_whitespace()
        .next()
        .map(String::from)
        .ok_or_else(|| "sha256sum prints no digest".into())
}

fn claimed(text: &str) -> Option<&str> {
    text.lines().rev().find_map(|line| line.strip_prefix(LABEL))
}

pub(super) fn check() -> Outcome {
    let (text, computed) = (read(&page())?, computed()?);
    match claimed(&text) {
        Some(claimed) if claimed == computed => Ok(()),
        claimed => Err(format!(
            "docs/format.md claims wire sources {}, computed {computed}\n  hint: read the page \
             against the change, then `cargo xtask tidy --bless`",
            claimed.unwrap_or("none")
        )),
    }
}

pub(super) fn bless() -> Outcome {
    let text = read(&page())?;
    let line = format!("{LABEL}{}", computed()?);
    let blessed = match claimed(&text) {
        Some(old) => text.replace(&format!("{LABEL}{old}"), &line),
        None => format!("{}\n\n{line}\n", text.trim_end()),
    };
    write(&page(), &blessed)
}
