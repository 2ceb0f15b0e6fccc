//! One evidence record of RFC 4998, over any data: `verify-bundle evidence-record`.
//!
//! The token core judges; here its outcome becomes a verdict, in JSON and in text. Nothing is
//! trusted because it came inside the record.

use proofline_format::json::{Value, canonical};
use proofline_tsa::{
    CertificateRevocation, EvidenceRecord, Imprint, Options, Outcome, RecordReport,
    RecordTimeStamp, RevocationStatus, Severity, TokenChain, TrustAnchor, rfc3339,
    verify_evidence_record,
};

use crate::policy::{Policy, Refusal, RevocationDemand};
use crate::report::Verdict;
use crate::text::{escape, push};
use crate::token::status_name;

/// Version of the JSON form.
const SCHEMA_VERSION: u64 = 1;

/// What was found out about one record.
#[derive(Debug)]
pub struct RecordCheck {
    report: RecordReport,
    /// For each time stamp, what the policy has against it: the authority that it leads to, or what
    /// is not known of its certificates.
    objections: Vec<Vec<Objection>>,
    /// For each, whether its root's certificate came along and was chosen by its fingerprint.
    came_along: Vec<bool>,
}

/// What a policy demands and a time stamp does not meet.
#[derive(Debug)]
struct Objection {
    code: &'static str,
    message: String,
}

impl From<&Refusal> for Objection {
    fn from(refusal: &Refusal) -> Self {
        Self {
            code: refusal.code(),
            message: refusal.to_string(),
        }
    }
}

/// The certificates under a time stamp of which a policy demands to know more.
fn unknown(stamp: &RecordTimeStamp, demand: RevocationDemand) -> Vec<Objection> {
    let certificates = stamp.report().certificate_revocations().iter();
    let is_open = |one: &&CertificateRevocation| {
        demand == RevocationDemand::Required && !one.status.is_known()
    };
    let objection = |one: &CertificateRevocation| Objection {
        code: "revocation-required",
        message: format!(
            "whether `{}` was revoked is not known: {}",
            one.certificate.subject,
            status_name(&one.status)
        ),
    };
    certificates.filter(is_open).map(objection).collect()
}

/// Checks a record against a policy; `data` are the digests of what it is about, one for each hash
/// algorithm of the record. `options` is what else is known; what a policy sets in it is
/// overwritten.
///
/// Of a policy count the roots, the authorities with their windows and policies, whether revocation
/// must be known, and what is let pass; not how many authorities must agree, since the time stamps of a record follow each other.
#[must_use]
pub fn check(
    record: &[u8],
    data: &[Imprint],
    policy: &Policy,
    options: &Options<'_>,
) -> RecordCheck {
    let options = Options {
        allow_sha1: &policy.allow_sha1,
        trust_dates: &policy.trust_dates,
        ..*options
    };
    let roots = roots(record, policy, options.certificates);
    let report = verify_evidence_record(record, data, &roots, &options);
    let verified = || {
        report
            .time_stamps()
            .iter()
            .map(|one| one.report().verified())
    };
    let objections = report.time_stamps().iter().map(|stamp| {
        let token = stamp.report().verified();
        let admitted = token.map(|token| policy.admit(token, &token.anchor().fingerprint));
        let refusals = admitted.and_then(Result::err).unwrap_or_default();
        let mut objections: Vec<Objection> = refusals.iter().map(Objection::from).collect();
        objections.extend(unknown(stamp, policy.revocation));
        objections
    });
    let came_along =
        verified().map(|token| token.is_some_and(|one| !policy.holds_certificate(one.anchor())));
    RecordCheck {
        objections: objections.collect(),
        came_along: came_along.collect(),
        report,
    }
}

/// The roots that were given, and those that came with one of the tokens and have a fingerprint
/// that was given.
fn roots(record: &[u8], policy: &Policy, beside: &[&[u8]]) -> Vec<TrustAnchor> {
    let mut roots = policy.roots_for(&[], beside);
    let Ok(record) = EvidenceRecord::parse(record) else {
        return roots;
    };
    for token in record.tokens() {
        for root in policy.roots_for(token, &[]) {
            if !roots.contains(&root) {
                roots.push(root);
            }
        }
    }
    roots
}

impl RecordCheck {
    /// The verdict: the worst finding decides, and a time stamp by an authority that the policy does
    /// not trust for it is not shown to be right.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self.report.outcome() {
            Outcome::Valid if self.objections.iter().all(Vec::is_empty) => Verdict::Verified,
            Outcome::Valid | Outcome::Indeterminate => Verdict::Indeterminate,
            Outcome::Invalid => Verdict::Failed,
        }
    }

    /// The time stamps, with what the policy has against each and whether its root came along.
    fn time_stamps(&self) -> impl Iterator<Item = (&RecordTimeStamp, &[Objection], bool)> {
        let judged = self.objections.iter().zip(&self.came_along);
        let stamps = self.report.time_stamps().iter().zip(judged);
        stamps.map(|(stamp, (against, came_along))| (stamp, against.as_slice(), *came_along))
    }

    /// The report of the token core.
    #[must_use]
    pub const fn report(&self) -> &RecordReport {
        &self.report
    }

    /// When the data existed, as the first token says; a claim, unless the verdict is VERIFIED.
    fn claimed_time(&self) -> Option<String> {
        let first = self.report.time_stamps().first()?;
        let claims = first.report().claims()?;
        Some(claims.gen_time.to_string())
    }

    /// The check as canonical JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let verdict = self.verdict();
        let findings = self.report.findings().iter().map(|finding| {
            let place = |number: Option<usize>| number.map_or(Value::Null, count);
            Value::object([
                ("chain", place(finding.at().map(|(chain, _)| chain))),
                ("code", finding.code().as_str().into()),
                ("message", finding.detail().into()),
                (
                    "position",
                    place(finding.at().map(|(_, position)| position)),
                ),
                ("severity", finding.code().severity().as_str().into()),
            ])
        });
        let time = self.claimed_time();
        let value = Value::object([
            ("exit_code", u64::from(verdict.exit_code()).into()),
            ("findings", findings.collect()),
            ("gen_time", Value::text_or_null(time.as_deref())),
            ("schema_version", SCHEMA_VERSION.into()),
            ("time_stamps", self.time_stamps().map(time_stamp).collect()),
            ("verdict", verdict.as_str().to_ascii_lowercase().into()),
        ]);
        String::from_utf8(canonical(&value)).unwrap_or_default()
    }

    /// One line.
    #[must_use]
    pub fn quiet(&self, name: &str) -> String {
        let time = self.claimed_time();
        let time = time.map_or_else(String::new, |time| format!(" {time}"));
        let heavy = self.report.findings().iter();
        let heavy = heavy.filter(|finding| finding.code().severity() > Severity::Note);
        let worst = heavy.max_by_key(|finding| finding.code().severity());
        let objection = self.objections.iter().flatten().next();
        let why = worst
            .map(|finding| finding.code().as_str())
            .or_else(|| objection.map(|objection| objection.code));
        let why = why.map_or_else(String::new, |code| format!(" {code}"));
        format!("{} {}{time}{why}\n", self.verdict().as_str(), escape(name))
    }

    /// Verdict first, then every time stamp, then what stands against the record.
    #[must_use]
    pub fn to_text(&self, name: &str) -> String {
        let mut out = format!("{}  {}\n\n", self.verdict().as_str(), escape(name));
        if let Some(time) = self.claimed_time() {
            push(&mut out, format_args!("Existed by   {time}\n"));
        }
        for (stamp, objections, came_along) in self.time_stamps() {
            push_time_stamp(&mut out, stamp, came_along);
            for objection in objections {
                let (code, why) = (objection.code, escape(&objection.message));
                push(&mut out, format_args!("{:<12} OPEN {code}: {why}\n", ""));
            }
        }
        if !self.report.findings().is_empty() {
            out.push('\n');
        }
        for finding in self.report.findings() {
            let weight = weight(finding.code().severity());
            let finding = escape(&finding.to_string());
            push(&mut out, format_args!("{weight} {finding}\n"));
        }
        let mut stamps = self.report.time_stamps().iter();
        let without_root = stamps.any(|stamp| stamp.report().verified().is_none());
        if self.verdict() == Verdict::Indeterminate && without_root {
            out.push_str("\nA root is never taken from the record: pass one with --tsa-root.\n");
        }
        out
    }
}

const fn weight(severity: Severity) -> &'static str {
    match severity {
        Severity::Failed => "FAIL",
        Severity::Indeterminate => "OPEN",
        Severity::Note => "note",
    }
}

fn push_time_stamp(out: &mut String, stamp: &RecordTimeStamp, came_along: bool) {
    let report = stamp.report();
    let time = report.claims().map(|claims| claims.gen_time.to_string());
    let time = time.unwrap_or_else(|| "unreadable".into());
    let signer = report.signer().map(|signer| signer.subject.clone());
    let signer = escape(&signer.unwrap_or_else(|| "unknown".into()));
    let label = if stamp.position() > 0 {
        "Renewed"
    } else if stamp.chain() > 0 {
        "Hashed anew"
    } else {
        "Stamped"
    };
    push(out, format_args!("{label:<12} {time} by {signer}\n"));
    let root = match report.verified() {
        Some(token) if came_along => format!(
            "to your root {}, which came along and has the fingerprint that you gave",
            token.anchor().subject
        ),
        Some(token) => format!("to your root {}", token.anchor().subject),
        None => "not shown to lead to a root that you gave".into(),
    };
    push(out, format_args!("{:<12} {}\n", "", escape(&root)));
    if let Some(end) = stamp.token_chain().map(TokenChain::ends_at) {
        let end = rfc3339(end);
        push(out, format_args!("{:<12} lasts to {end}\n", ""));
    }
    let mut known = report.certificate_revocations().iter();
    if known.all(|one| one.status == RevocationStatus::NotChecked) {
        push(out, format_args!("{:<12} revocation NOT CHECKED\n", ""));
    }
    for one in report.certificate_revocations() {
        if one.status != RevocationStatus::NotChecked {
            let subject = escape(&one.certificate.subject);
            let status = status_name(&one.status);
            push(
                out,
                format_args!("{:<12} revocation of {subject}: {status}\n", ""),
            );
        }
    }
    for finding in report.findings() {
        let severity = finding.code().severity();
        if severity > Severity::Note {
            let finding = escape(&finding.to_string());
            push(
                out,
                format_args!("{:<12} {} {finding}\n", "", weight(severity)),
            );
        }
    }
}

fn count(number: usize) -> Value {
    u64::try_from(number).map_or(Value::Null, Value::from)
}

fn time_stamp((stamp, objections, came_along): (&RecordTimeStamp, &[Objection], bool)) -> Value {
    let report = stamp.report();
    let findings = report.findings().iter().map(|finding| {
        Value::object([
            ("code", finding.code().as_str().into()),
            ("message", finding.detail().into()),
            ("severity", finding.code().severity().as_str().into()),
        ])
    });
    let refused = objections.iter().map(|objection| {
        Value::object([
            ("code", objection.code.into()),
            ("message", objection.message.as_str().into()),
            ("severity", Severity::Indeterminate.as_str().into()),
        ])
    });
    let claims = report.claims();
    let time = claims.map(|claims| claims.gen_time.to_string());
    let lasts_to = stamp.token_chain().map(|chain| rfc3339(chain.ends_at()));
    let root = report
        .verified()
        .map(|token| token.anchor().fingerprint_hex());
    let signer = report.signer().map(|signer| signer.subject.as_str());
    Value::object([
        ("chain", count(stamp.chain())),
        ("findings", findings.chain(refused).collect()),
        ("gen_time", Value::text_or_null(time.as_deref())),
        (
            "imprint",
            claims.map_or(Value::Null, |claims| {
                Value::object([
                    ("algorithm", claims.imprint_algorithm.as_str().into()),
                    ("digest", claims.imprint_hex.as_str().into()),
                ])
            }),
        ),
        ("lasts_to", Value::text_or_null(lasts_to.as_deref())),
        ("outcome", report.outcome().as_str().into()),
        ("position", count(stamp.position())),
        ("root", Value::text_or_null(root.as_deref())),
        ("root_came_along", came_along.into()),
        ("signer", Value::text_or_null(signer)),
    ])
}
