//! `--explain CODE`.

use proofline_verifier::{Code, Severity};

/// The page of `docs/findings.md` for each code, built in so that it is there without a network.
const FINDINGS: &str = include_str!("../../../../../docs/findings.md");

/// What a code means and what to do about it.
pub(crate) fn explain(code: Code) -> String {
    let weight = match code.severity() {
        Severity::Fail => "The ring fails, and with it the bundle.",
        Severity::Unproven => "The ring is UNPROVEN: nothing is wrong, but something is not shown.",
        Severity::Note => "A note: it decides nothing.",
    };
    let heading = format!("## {code}\n");
    let body = FINDINGS
        .split_once(&heading)
        .map(|(_, rest)| {
            rest.split_once("\n## ")
                .map_or(rest, |(body, _)| body)
                .trim()
        })
        .unwrap_or_default();
    let ring = code.ring().as_str();
    format!(
        "{code}: {}\nring: {ring}\n{weight}\n\n{body}\n",
        code.meaning()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An auditor who meets a code without a page is left alone with it.
    #[test]
    fn every_code_has_its_page() {
        for code in Code::all() {
            let page = explain(code);
            assert!(page.contains("Meaning:"), "{code}");
            assert!(page.contains("What to do:"), "{code}");
        }
    }
}
