//! Every finding code is explained in `docs/findings.md` and provoked by a vector.

use std::collections::BTreeSet;
use std::path::Path;

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

/// The names of the table `codes! { Variant "name" Ring Severity "meaning" … }` in a source text.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let table = text.split_once("\ncodes! {").map_or("", |(_, rest)| rest);
    let table = table.split_once("\n}").map_or(table, |(table, _)| table);
    let name = |line: &'_ str| line.starts_with(|c: char| c.is_ascii_uppercase());
    table
        .lines()
        .map(str::trim)
        .filter(move |line| name(line))
        .filter_map(|line| line.split('"').nth(1))
}

fn defined() -> Result<Codes, String> {
    let folder = root().join("verifier/src");
    let mut codes = Codes::new();
    for path in tracked()? {
        if path.starts_with(&folder) && path.extension().is_some_and(|e| e == "rs") {
            let text = read(&path)?;
            codes.extend(names(&text).map(String::from));
        }
    }
    Ok(codes)
}

/// The headings `## kebab-name` of the page.
fn explained() -> Result<Codes, String> {
    let page = read(&root().join("docs/findings.md"))?;
    let heading = |line: &str| {
        let code = line.strip_prefix("##")?.trim_start_matches('#').trim();
        let code = code.trim_matches('`');
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
        reasons.push("verifier/src defines no finding code".into());
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
    fn the_lines_of_the_table_and_no_others_are_codes() {
        let text = "macro_rules! codes {}\n\ncodes! {\n    A \"a-b\" Time Fail\n        \"it \\\"is\\\"\"\n}\nlet B = \"c\";\n";
        assert_eq!(names(text).collect::<Vec<_>>(), ["a-b"]);
    }
}
