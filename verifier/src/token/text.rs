//! A checked token as text for people.

use proofline_tsa::{Encoding, Severity};

use super::{TokenCheck, status_name};
use crate::report::Verdict;
use crate::text::{escape, push};

impl TokenCheck {
    /// One line.
    #[must_use]
    pub fn quiet(&self, name: &str) -> String {
        let time = self
            .report()
            .claims()
            .map_or_else(String::new, |claims| format!(" {}", claims.gen_time));
        let worst = self
            .findings()
            .into_iter()
            .filter(|finding| finding.severity > Severity::Note)
            .max_by_key(|finding| finding.severity);
        let why = worst.map_or_else(String::new, |finding| format!(" {}", finding.code));
        format!("{} {}{time}{why}\n", self.verdict().as_str(), escape(name))
    }

    /// Verdict first, then what the token says, how it was checked, and what stands against it.
    #[must_use]
    pub fn to_text(&self, name: &str) -> String {
        let mut out = format!("{}  {}\n\n", self.verdict().as_str(), escape(name));
        for (label, value) in [self.claimed(), self.shown()].concat() {
            push(&mut out, format_args!("{label:<12} {}\n", escape(&value)));
        }
        let findings = self.findings();
        if !findings.is_empty() {
            out.push('\n');
        }
        for finding in &findings {
            let weight = match finding.severity {
                Severity::Failed => "FAIL",
                Severity::Indeterminate => "OPEN",
                Severity::Note => "note",
            };
            let message = escape(&finding.message);
            push(
                &mut out,
                format_args!("{weight} {}: {message}\n", finding.code),
            );
        }
        if self.verdict() == Verdict::Indeterminate && !self.has_path() {
            out.push_str("\nA root is never taken from the token: pass one with --tsa-root.\n");
        }
        out
    }

    /// What the token says of itself.
    fn claimed(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        if let Some(claims) = self.report().claims() {
            let accuracy = match claims.accuracy {
                Some(accuracy) => format!(" ± {} µs", accuracy.micros()),
                None => ", accuracy not stated".into(),
            };
            let imprint = format!("{}:{}", claims.imprint_algorithm, claims.imprint_hex);
            rows.push(("Time", format!("{}{accuracy}", claims.gen_time)));
            rows.push(("Stamps", imprint));
            rows.push(("Policy", claims.policy.clone()));
            rows.push(("Serial", claims.serial_hex.clone()));
        }
        if let Some(signer) = self.report().signer() {
            rows.push(("Signer", signer.subject.clone()));
        }
        if self.report().encoding() == Encoding::Ber {
            rows.push(("Encoding", "BER, converted once".into()));
        }
        rows
    }

    /// Whether a path leads to a root that was given: only then are its certificates looked up.
    fn has_path(&self) -> bool {
        self.certificates().next().is_some()
    }

    /// What was shown of it.
    fn shown(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        match self.report().verified() {
            Some(token) => {
                let between = token.intermediates().iter();
                rows.extend(between.map(|issuer| ("  issued by", issuer.subject.clone())));
                rows.push(("Root", token.anchor().subject.clone()));
                rows.push(("  sha256", token.anchor().fingerprint_hex()));
            }
            None if self.has_path() => rows.push(("Root", "one that you gave".into())),
            None => rows.push(("Root", "none that you gave".into())),
        }
        if self.revocation_checked() {
            rows.extend(self.certificates().map(|one| {
                let status = status_name(&one.status);
                (
                    "Revocation",
                    format!("{status}: {}", one.certificate.subject),
                )
            }));
        } else {
            rows.push(("Revocation", "NOT CHECKED: pass --crl or --ocsp".into()));
        }
        let rung = match self.rung() {
            Some("to-your-root") => "verified to a root that you gave",
            Some(_) => "well-formed, and not shown to lead to a root that you gave",
            None => "none",
        };
        rows.push(("Rung", rung.into()));
        rows
    }
}

type Row = (&'static str, String);
