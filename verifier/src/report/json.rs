//! The report as JSON (`schemas/report.schema.json`): JCS, the same for every output.

use proofline_format::json::{Value, canonical};

use super::{Facts, Report, RevocationCounts, TokenDetail, TokenReport, Verdict};
use crate::finding::{Finding, Place, Ring};
use crate::token::revocation;
use crate::trust::{AuthorityName, Rung};

/// Version of the report's schema.
pub const SCHEMA_VERSION: u64 = 1;

fn text(text: &str) -> Value {
    Value::from(text)
}

fn or_null<T: ToString>(value: Option<T>) -> Value {
    value.map_or(Value::Null, |value| Value::String(value.to_string()))
}

fn count_or_null(count: Option<u64>) -> Value {
    count.map_or(Value::Null, Value::from)
}

impl Report {
    /// The report as canonical JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        String::from_utf8(canonical(&self.to_value())).unwrap_or_default()
    }

    /// The report as a JSON value.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let verdict = self.verdict();
        let rings = Ring::ALL.map(|ring| (ring.as_str().to_owned(), self.ring_value(ring)));
        let inputs = self
            .trust_inputs
            .iter()
            .map(|(kind, value)| Value::object([("kind", text(kind)), ("value", text(value))]));
        let time = self
            .time_micros
            .map(|at| proofline_tsa::rfc3339_micros(at, 1_000_000));
        Value::object([
            ("broken_at", count_or_null(self.broken_at())),
            ("event_count", self.facts.entries.into()),
            ("exit_code", u64::from(verdict.exit_code()).into()),
            ("facts", self.facts.to_value(self.revocation_counts())),
            (
                "findings",
                self.findings().iter().map(Finding::to_value).collect(),
            ),
            ("findings_dropped", self.findings_dropped().into()),
            ("not_shown", self.not_shown().map(Ring::as_str).collect()),
            ("rings", Value::Object(rings.into())),
            ("schema_version", SCHEMA_VERSION.into()),
            (
                "tokens",
                self.tokens.iter().map(TokenReport::to_value).collect(),
            ),
            ("trust_inputs", inputs.collect()),
            ("valid", (verdict == Verdict::Verified).into()),
            ("verdict", text(verdict.as_str())),
            ("verification_time", or_null(time)),
        ])
    }

    fn ring_value(&self, ring: Ring) -> Value {
        let codes = self
            .findings()
            .iter()
            .filter(|finding| finding.code.ring() == ring);
        let mut codes: Vec<&str> = codes.map(|finding| finding.code.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        Value::object([
            (
                "checks",
                self.checks_performed(ring)
                    .map(super::Check::as_str)
                    .collect(),
            ),
            ("codes", codes.into_iter().collect()),
            ("required", self.is_required(ring).into()),
            ("state", text(self.ring(ring).as_str())),
        ])
    }
}

impl Finding {
    /// The finding as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let (kind, at) = match &self.place {
            Place::Bundle => ("bundle", Value::Null),
            Place::File(path) => ("file", text(path)),
            Place::Entry(index) => ("entry", (*index).into()),
            Place::Checkpoint(size) => ("checkpoint", (*size).into()),
        };
        Value::object([
            ("at", at),
            ("code", text(self.code.as_str())),
            ("message", text(&self.message)),
            ("place", text(kind)),
            ("ring", text(self.code.ring().as_str())),
            ("severity", text(self.severity.as_str())),
        ])
    }
}

impl TokenReport {
    fn to_value(&self) -> Value {
        Value::object([
            (
                "authority",
                self.authority
                    .as_ref()
                    .map_or(Value::Null, AuthorityName::to_value),
            ),
            ("gen_time", or_null(self.gen_time.as_ref())),
            ("revocation", text(self.detail.revocation_status().as_str())),
            ("revocation_detail", self.detail.revocation_value()),
            ("root_fingerprint", or_null(self.root_fingerprint.as_ref())),
            ("rung", or_null(self.rung.map(Rung::as_str))),
            ("saved_by", self.detail.saved_by_value()),
            ("sha256", self.sha256.into()),
            ("signer", or_null(self.signer.as_ref())),
            ("size", self.size.into()),
            ("trusted", self.trusted.into()),
        ])
    }
}

impl TokenDetail {
    /// The certificate that stands worst and what is known of it, or null.
    pub(crate) fn revocation_value(&self) -> Value {
        self.revocation.as_ref().map_or(Value::Null, revocation)
    }

    /// The token that shows that this one is older than the compromise of its key, or null.
    pub(crate) fn saved_by_value(&self) -> Value {
        self.saved_by.as_ref().map_or(Value::Null, |by| {
            let no_later_than = proofline_tsa::rfc3339_micros(by.no_later_than, 1_000);
            Value::object([
                ("no_later_than", text(&no_later_than)),
                ("sha256", by.sha256.into()),
                ("size", by.size.into()),
            ])
        })
    }
}

impl RevocationCounts {
    fn to_value(self) -> Value {
        Value::object([
            ("good", self.good.into()),
            ("not_checked", self.not_checked.into()),
            ("revoked", self.revoked.into()),
            ("unknown", self.unknown.into()),
        ])
    }
}

impl Facts {
    fn to_value(&self, revocation: RevocationCounts) -> Value {
        let pair = |pair: &Option<(String, String)>| {
            pair.as_ref().map_or(Value::Null, |(a, b)| {
                [a.as_str(), b.as_str()].into_iter().collect()
            })
        };
        let [observed, inferred, declared] = self.fidelity;
        let fidelity = Value::object([
            ("declared", declared.into()),
            ("inferred", inferred.into()),
            ("observed", observed.into()),
        ]);
        let range = self.range.map_or(Value::Null, |(first, last)| {
            [first, last].into_iter().collect()
        });
        Value::object([
            ("agents", self.agents.iter().map(String::as_str).collect()),
            ("checkpoints", self.checkpoints.into()),
            ("checkpoints_stamped", self.checkpoints_stamped.into()),
            ("device_fingerprint", self.device_fingerprint.into()),
            ("entries", self.entries.into()),
            ("fidelity", fidelity),
            ("filter", or_null(self.filter)),
            ("gaps", self.gaps.into()),
            ("manifest_sha256", self.manifest_sha256.into()),
            ("objects", self.objects.into()),
            ("origin", or_null(self.origin.as_ref())),
            ("period", pair(&self.period)),
            ("pinned_fingerprint", self.pinned_fingerprint.into()),
            ("range", range),
            ("revocation", revocation.to_value()),
            ("sessions", self.sessions.into()),
            ("sessions_open", self.sessions_open.into()),
            ("signatures", self.signatures.into()),
            ("tip", self.tip.into()),
            ("tool", pair(&self.tool)),
            ("trusted_times", pair(&self.trusted_times)),
            (
                "widest_bracket_seconds",
                count_or_null(
                    self.widest_bracket_micros
                        .map(|micros| micros.div_ceil(1_000_000)),
                ),
            ),
            ("withheld_objects", self.withheld_objects.into()),
        ])
    }
}
