//! One time-stamp response or token, of any authority: `verify-bundle token`.
//!
//! The token core judges; here its outcome becomes a verdict, with what a policy demands beyond it:
//! that revocation is known, that the imprint was compared. Nothing is trusted because it came
//! inside the token.

mod text;

use proofline_format::digest::Hash;
use proofline_format::json::{Value, canonical};
use proofline_tsa::{
    CertificateRevocation, CertificateSummary, Claims, Expected, HashAlgorithm, Imprint, Options,
    Outcome, Report, RevocationStatus, Severity, TrustAnchor, rfc3339, rfc3339_micros, verify,
};

use crate::report::Verdict;

pub use crate::policy::RevocationDemand;

/// Version of the JSON form.
const SCHEMA_VERSION: u64 = 1;

/// The hash algorithm by which a token stamps, as it says itself; `None` if it cannot be read or
/// is not computed here.
#[must_use]
pub fn imprint_algorithm(token: &[u8]) -> Option<HashAlgorithm> {
    let report = verify(token, Expected::NotGiven, &[], &Options::default());
    Some(report.claims()?.imprint.as_ref()?.algorithm())
}

/// The imprint that a digest is, for a token; `None` if no algorithm makes digests of that length.
#[must_use]
pub fn imprint_of_digest(token: &[u8], digest: &[u8]) -> Option<Imprint> {
    let claimed = imprint_algorithm(token).into_iter();
    let mut algorithms = claimed.chain(HashAlgorithm::ALL.iter().copied());
    algorithms
        .find_map(|algorithm| Imprint::new(algorithm, digest))
        .or_else(|| Imprint::new(HashAlgorithm::Sha1, digest))
}

/// What was found out about one token.
#[derive(Debug)]
pub struct TokenCheck {
    report: Report,
    demand: RevocationDemand,
    compared: bool,
}

/// A finding of the token core, or of a demand made here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFinding {
    /// Its stable code.
    pub code: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// What was found.
    pub message: String,
}

/// Checks a response or token. `expected` is what it must stamp.
#[must_use]
pub fn check(
    token: &[u8],
    expected: Option<&Imprint>,
    roots: &[TrustAnchor],
    options: &Options<'_>,
    demand: RevocationDemand,
) -> TokenCheck {
    let wanted = expected.map_or(Expected::NotGiven, Expected::Imprint);
    TokenCheck {
        report: verify(token, wanted, roots, options),
        demand,
        compared: expected.is_some(),
    }
}

impl TokenCheck {
    /// The verdict: the worst finding decides.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let demanded = self.findings().into_iter().map(|finding| finding.severity);
        match (self.report.outcome(), demanded.max()) {
            (Outcome::Invalid, _) | (_, Some(Severity::Failed)) => Verdict::Failed,
            (Outcome::Valid, Some(Severity::Note) | None) => Verdict::Verified,
            _ => Verdict::Indeterminate,
        }
    }

    /// The report of the token core.
    #[must_use]
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// Everything found, in the order of the checks.
    #[must_use]
    pub fn findings(&self) -> Vec<TokenFinding> {
        let core = self.report.findings().iter().map(|finding| TokenFinding {
            code: finding.code().as_str(),
            severity: finding.code().severity(),
            message: finding.detail().into(),
        });
        let mut all: Vec<TokenFinding> = core.collect();
        if !self.compared && self.report.outcome() == Outcome::Valid {
            all.push(TokenFinding {
                code: "imprint-not-compared",
                severity: Severity::Indeterminate,
                message: "the token is good, and what it stamps was not compared".into(),
            });
        }
        if self.demand == RevocationDemand::Required {
            let open = self.certificates().filter(|one| !one.status.is_known());
            all.extend(open.map(|one| TokenFinding {
                code: "revocation-required",
                severity: Severity::Indeterminate,
                message: format!(
                    "whether `{}` was revoked is not known: {}",
                    one.certificate.subject,
                    status_name(&one.status)
                ),
            }));
        }
        all
    }

    /// The highest rung of what may be said of the token.
    #[must_use]
    pub fn rung(&self) -> Option<&'static str> {
        match (self.verdict(), self.report.claims()) {
            (Verdict::Verified, _) => Some("to-your-root"),
            // A demand of the caller's is not met; the token itself is good.
            (Verdict::Indeterminate, _) if self.report.verified().is_some() => Some("to-your-root"),
            (Verdict::Indeterminate, Some(_)) => Some("well-formed"),
            _ => None,
        }
    }

    fn certificates(&self) -> impl Iterator<Item = &CertificateRevocation> {
        self.report.certificate_revocations().iter()
    }

    /// Whether any revocation data was looked at.
    fn revocation_checked(&self) -> bool {
        self.certificates()
            .any(|one| one.status != RevocationStatus::NotChecked)
    }

    /// The check as canonical JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let verdict = self.verdict();
        let token = self.report.verified();
        let path: Option<Vec<Value>> = token.map(|token| {
            let between = token.intermediates().iter();
            let path = std::iter::once(token.signer()).chain(between);
            path.chain([token.anchor()]).map(certificate).collect()
        });
        let findings = self.findings();
        let findings = findings.iter().map(|finding| {
            Value::object([
                ("code", finding.code.into()),
                ("message", finding.message.as_str().into()),
                ("severity", finding.severity.as_str().into()),
            ])
        });
        let claims = self.report.claims();
        let text = |read: fn(&Claims) -> Option<String>| {
            claims.and_then(read).map_or(Value::Null, Value::String)
        };
        let value = Value::object([
            (
                "accuracy_micros",
                claims
                    .and_then(|claims| claims.accuracy)
                    .map_or(Value::Null, |accuracy| accuracy.micros().into()),
            ),
            ("exit_code", u64::from(verdict.exit_code()).into()),
            ("findings", findings.collect()),
            ("gen_time", text(|claims| Some(claims.gen_time.to_string()))),
            (
                "gen_time_earliest",
                text(|claims| Some(rfc3339_micros(claims.lower_micros(), 1))),
            ),
            (
                "gen_time_latest",
                text(|claims| Some(rfc3339_micros(claims.upper_micros(), 1))),
            ),
            (
                "imprint",
                claims.map_or(Value::Null, |claims| {
                    Value::object([
                        ("algorithm", claims.imprint_algorithm.as_str().into()),
                        ("digest", claims.imprint_hex.as_str().into()),
                    ])
                }),
            ),
            ("nonce", text(|claims| claims.nonce_hex.clone())),
            (
                "ordering",
                claims.map_or(Value::Null, |claims| claims.ordering.into()),
            ),
            ("path", path.map_or(Value::Null, Value::Array)),
            ("policy", text(|claims| Some(claims.policy.clone()))),
            ("revocation", self.certificates().map(revocation).collect()),
            ("revocation_checked", self.revocation_checked().into()),
            ("rung", self.rung().map_or(Value::Null, Value::from)),
            ("schema_version", SCHEMA_VERSION.into()),
            ("serial", text(|claims| Some(claims.serial_hex.clone()))),
            (
                "signer",
                self.report.signer().map_or(Value::Null, certificate),
            ),
            ("tsa", text(|claims| claims.tsa.clone())),
            ("verdict", verdict.as_str().to_ascii_lowercase().into()),
        ]);
        String::from_utf8(canonical(&value)).unwrap_or_default()
    }
}

pub(crate) fn status_name(status: &RevocationStatus) -> String {
    match status {
        RevocationStatus::NotChecked => "not checked".into(),
        RevocationStatus::Good { as_of, .. } => format!("good as of {}", rfc3339(*as_of)),
        RevocationStatus::Revoked(revocation) => format!(
            "revoked at {}{}",
            rfc3339(revocation.at),
            revocation
                .reason
                .map_or_else(String::new, |reason| format!(", {}", reason.as_str()))
        ),
        RevocationStatus::Unknown { why } => format!("unknown: {}", why.as_str()),
        _ => "unknown".into(),
    }
}

fn certificate(summary: &CertificateSummary) -> Value {
    Value::object([
        ("fingerprint", summary.fingerprint_hex().into()),
        ("issuer", summary.issuer.as_str().into()),
        ("not_after", rfc3339(summary.not_after).into()),
        ("not_before", rfc3339(summary.not_before).into()),
        ("serial", summary.serial_hex.as_str().into()),
        ("subject", summary.subject.as_str().into()),
    ])
}

pub(crate) fn revocation(one: &CertificateRevocation) -> Value {
    let mut members = vec![(
        "subject".to_owned(),
        Value::from(one.certificate.subject.as_str()),
    )];
    let mut set = |name: &str, value: Value| members.push((name.to_owned(), value));
    match &one.status {
        RevocationStatus::Good { as_of, source } => {
            set("as_of", rfc3339(*as_of).into());
            set("source", source.kind.as_str().into());
            set("source_sha256", Hash(source.fingerprint).into());
            set("status", "good".into());
        }
        RevocationStatus::Revoked(revocation) => {
            set("as_of", rfc3339(revocation.as_of).into());
            set("at", rfc3339(revocation.at).into());
            set(
                "invalidity_date",
                revocation
                    .invalidity_date
                    .map_or(Value::Null, |at| rfc3339(at).into()),
            );
            set(
                "reason",
                revocation
                    .reason
                    .map_or(Value::Null, |reason| reason.as_str().into()),
            );
            set("source", revocation.source.kind.as_str().into());
            set("source_sha256", Hash(revocation.source.fingerprint).into());
            set("status", "revoked".into());
        }
        RevocationStatus::Unknown { why } => {
            set("status", "unknown".into());
            set("why", why.as_str().into());
        }
        _ => set("status", "not-checked".into()),
    }
    Value::Object(members)
}
