//! Every finding code is explained in `docs/findings.md` and provoked by a vector.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::Outcome;
use crate::shell::{all_of, read, root, tracked};

type Codes = BTreeSet<String>;

fn is_kebab(text: &str) -> bool {
    let parts = || text.split('-');
    let word = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    parts().count() > 1 && parts().all(word)
}

/// The text between the first pair of quotes after `=>`.
fn code_of_arm(line: &str) -> Option<&str> {
    let (_, right) = line.split_once("=>")?;
    right.split('"').nth(1).filter(|text| is_kebab(text))
}

/// The arms `Self::Name => "kebab-name"` of the sources that define the codes.
fn defined() -> Result<Codes, String> {
    let folder = root().join("verifier/src");
    let is_definition = |path: &PathBuf| {
        path.starts_with(folder.join("finding")) || *path == folder.join("finding.rs")
    };
    let mut codes = Codes::new();
    for path in tracked()?.into_iter().filter(is_definition) {
        let text = read(&path)?;
        codes.extend(text.lines().filter_map(code_of_arm).map(String::from));
    }
    Ok(codes)
}

/// The headings ``### `kebab-name` `` of the page.
fn explained() -> Result<Codes, String> {
    let page = read(&root().join("docs/findings.md"))?;
    let heading = |line: &str| {
        let text = line.strip_prefix("##")?.trim_start_matches('#').trim();
        let code = text.strip_prefix('`')?.strip_suffix('`')?;
        is_kebab(code).then(|| String::from(code))
    };
    Ok(page.lines().filter_map(heading).collect())
}

/// The codes that vectors expect.
fn provoked() -> Result<Codes, String> {
    let vectors: &Path = &root().join("testdata/vectors");
    let mut codes = Codes::new();
    for path in tracked()? {
        if path.starts_with(vectors) && path.file_name().is_some_and(|name| name == "vector") {
            let text = read(&path)?;
            let findings = text
                .lines()
                .filter_map(|line| line.strip_prefix("finding: "));
            codes.extend(findings.map(|code| code.trim().to_owned()));
        }
    }
    Ok(codes)
}

pub(super) fn check() -> Outcome {
    let (defined, explained, provoked) = (defined()?, explained()?, provoked()?);
    let mut reasons = Vec::new();
    if defined.is_empty() {
        reasons.push("verifier/src/finding.rs defines no finding code".into());
    }
    let mut say = |codes: &Codes, others: &Codes, what: &str| {
        for code in codes.difference(others) {
            reasons.push(format!("finding `{code}` {what}"));
        }
    };
    say(&defined, &explained, "has no entry in docs/findings.md");
    say(&defined, &provoked, "has no vector in testdata/vectors");
    say(
        &explained,
        &defined,
        "stands in docs/findings.md and is not defined",
    );
    say(
        &provoked,
        &defined,
        "is expected by a vector and is not defined",
    );
    all_of(&reasons)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arms_and_only_arms_are_codes() {
        assert_eq!(
            code_of_arm("            Self::NoteRoot => \"note-root-mismatch\","),
            Some("note-root-mismatch")
        );
        assert_eq!(code_of_arm("    Self::Pass => \"PASS\","), None);
        assert_eq!(code_of_arm("/// \"note-root-mismatch\""), None);
    }
}
