//! A checked token as JSON (`schemas/token-report.schema.json`).

use proofline_format::digest::Hash;
use proofline_format::json::{Value, canonical};
use proofline_tsa::{
    Accuracy, CertificateRevocation, CertificateSummary, Claims, RevocationStatus, rfc3339,
    rfc3339_micros,
};

use super::{TokenCheck, TokenFinding};
use crate::trust::{AuthorityName, Rung, path_of};
use crate::trusted_list::TrustedList;

/// Version of the JSON form.
const SCHEMA_VERSION: u64 = 1;

type Member = (&'static str, Value);

impl TokenCheck {
    /// The check as canonical JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let members = claimed(self.report().claims())
            .into_iter()
            .chain(self.found())
            .map(|(name, value)| (name.to_owned(), value));
        let value = Value::Object(members.collect());
        String::from_utf8(canonical(&value)).unwrap_or_default()
    }

    /// What was found out.
    fn found(&self) -> Vec<Member> {
        let verdict = self.verdict();
        let findings = self.findings();
        let token = self.report().verified();
        let root_source = token.map(|_| self.root_source());
        let lists = self.trusted_lists.iter().map(TrustedList::to_value);
        let authority = self.authority.as_ref().map(AuthorityName::to_value);
        vec![
            ("authority", authority.unwrap_or(Value::Null)),
            ("exit_code", u64::from(verdict.exit_code()).into()),
            ("findings", findings.iter().map(finding).collect()),
            (
                "path",
                token.map_or(Value::Null, |token| {
                    path_of(token).into_iter().map(certificate).collect()
                }),
            ),
            ("policy_file_sha256", self.policy_sha256.into()),
            ("qualified", self.judgement.qualification.to_value()),
            ("revocation", self.certificates().map(revocation).collect()),
            ("revocation_checked", self.revocation_checked().into()),
            ("root_source", root_source.map_or(Value::Null, Value::from)),
            (
                "rung",
                self.rung()
                    .map(Rung::as_str)
                    .map_or(Value::Null, Value::from),
            ),
            ("schema_version", SCHEMA_VERSION.into()),
            (
                "signer",
                self.report().signer().map_or(Value::Null, certificate),
            ),
            ("trusted_lists", lists.collect()),
            ("verdict", verdict.as_str().to_ascii_lowercase().into()),
        ]
    }
}

/// What the token says of itself; all null if it cannot be read.
fn claimed(claims: Option<&Claims>) -> Vec<Member> {
    let text = |read: fn(&Claims) -> Option<String>| {
        claims.and_then(read).map_or(Value::Null, Value::String)
    };
    let accuracy = claims.and_then(|claims| claims.accuracy);
    let imprint = claims.map(|claims| {
        Value::object([
            ("algorithm", claims.imprint_algorithm.as_str().into()),
            ("digest", claims.imprint_hex.as_str().into()),
        ])
    });
    vec![
        (
            "accuracy_micros",
            accuracy
                .map(Accuracy::micros)
                .map_or(Value::Null, Value::from),
        ),
        ("gen_time", text(|claims| Some(claims.gen_time.to_string()))),
        (
            "gen_time_earliest",
            text(|claims| Some(rfc3339_micros(claims.lower_micros(), 1))),
        ),
        (
            "gen_time_latest",
            text(|claims| Some(rfc3339_micros(claims.upper_micros(), 1))),
        ),
        ("imprint", imprint.unwrap_or(Value::Null)),
        ("nonce", text(|claims| claims.nonce_hex.clone())),
        (
            "ordering",
            claims.map_or(Value::Null, |claims| claims.ordering.into()),
        ),
        ("policy", text(|claims| Some(claims.policy.clone()))),
        ("serial", text(|claims| Some(claims.serial_hex.clone()))),
        ("tsa", text(|claims| claims.tsa.clone())),
    ]
}

fn finding(finding: &TokenFinding) -> Value {
    Value::object([
        ("code", finding.code.into()),
        ("message", finding.message.as_str().into()),
        ("severity", finding.severity.as_str().into()),
    ])
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
