//! A checked token as text for people.

use proofline_tsa::{Code, Encoding, Severity};

use super::{TokenCheck, status_name};
use crate::report::Verdict;
use crate::text::{escape, push};
use crate::trust::{Rung, moment, path_of, span};

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
        let mut out = format!("{}  {}\n", self.verdict().as_str(), escape(name));
        out.push_str("\nWhat the token says of itself\n");
        push_rows(&mut out, self.claimed());
        out.push_str("\nWhat was found out\n");
        push_rows(&mut out, self.shown());
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
        if self.verdict() == Verdict::Indeterminate && !self.judgement.had_roots {
            out.push_str(
                "\nA root is never taken from the token: get the authority's root from elsewhere \
                 and pass it\nwith --tsa-root, as a file or as its SHA-256 fingerprint.\n",
            );
        }
        out
    }

    /// What the token says of itself.
    fn claimed(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        let Some(claims) = self.report().claims() else {
            return vec![("", "nothing: it cannot be read".into())];
        };
        let accuracy = match claims.accuracy {
            Some(accuracy) => format!(" ± {}", span(accuracy.micros())),
            None => ", accuracy not stated".into(),
        };
        let bounds = (moment(claims.lower_micros()), moment(claims.upper_micros()));
        let imprint = format!("{}:{}", claims.imprint_algorithm, claims.imprint_hex);
        rows.push(("Time", format!("{}{accuracy}", claims.gen_time)));
        rows.push(("", format!("so between {} and {}", bounds.0, bounds.1)));
        rows.push(("Stamps", imprint));
        rows.push(("Policy", claims.policy.clone()));
        rows.push(("Serial", claims.serial_hex.clone()));
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

    /// What came of comparing what it stamps.
    fn imprint(&self) -> &'static str {
        let mut codes = self.report().findings().iter().map(|one| one.code());
        let against = codes.find(|code| code.as_str().starts_with("imprint-"));
        match against {
            _ if !self.compared || self.report().claims().is_none() => "NOT COMPARED with any data",
            None => "is that of your data",
            Some(Code::ImprintMismatch) => "is NOT that of your data",
            Some(_) => "could NOT BE COMPARED with your data",
        }
    }

    /// What was shown of it.
    fn shown(&self) -> Vec<Row> {
        let mut rows = vec![("Imprint", self.imprint().into())];
        match self.report().verified() {
            Some(token) => {
                for (place, certificate) in path_of(token).into_iter().enumerate() {
                    let subject = &certificate.subject;
                    rows.push(match place {
                        0 => ("Path", subject.clone()),
                        _ => ("", format!("< {subject}")),
                    });
                }
                let source = if self.root_came_along {
                    "came with the token, chosen by the fingerprint that you gave"
                } else {
                    "given by you"
                };
                rows.push(("Root", format!("{source}; sha256")));
                rows.push(("", token.anchor().fingerprint_hex()));
            }
            None if self.has_path() => rows.push(("Root", "one that you gave".into())),
            None => rows.push(("Root", "none that you gave".into())),
        }
        if let Some(authority) = &self.authority {
            rows.push(("Authority", authority.in_words()));
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
        let rung = self
            .rung()
            .map_or_else(|| "none: something is wrong with it".into(), Rung::in_words);
        rows.push(("Rung", rung));
        let qualified = self.judgement.qualification.in_words();
        rows.extend(qualified.into_iter().map(|line| ("Qualified", line)));
        for list in &self.trusted_lists {
            let labels = std::iter::once("Trusted list").chain(std::iter::repeat(""));
            rows.extend(labels.zip(list.in_words()));
        }
        rows
    }
}

type Row = (&'static str, String);

fn push_rows(out: &mut String, rows: Vec<Row>) {
    for (label, value) in rows {
        push(out, format_args!("  {label:<12} {}\n", escape(&value)));
    }
}
