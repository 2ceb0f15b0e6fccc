//! The time stamps of a bundle alone: `verify-bundle timestamps`.
//!
//! For a regulator who asks when, and not by whom. The verdict is that of two rings: integrity,
//! without which no entry is what a token stamps, and time.

use proofline_format::json::{Value, canonical};

use crate::finding::{Finding, Ring};
use crate::report::{BracketReport, Report, RingState, TokenReport, Verdict};
use crate::trust::{AuthorityName, Rung, moment};
use crate::trusted_list::TrustedList;

mod text;

pub use self::text::to_text;

/// Version of the JSON form.
const SCHEMA_VERSION: u64 = 1;

fn when(micros: Option<i64>) -> Value {
    micros.map_or(Value::Null, |at| moment(at).into())
}

fn text_or_null(text: Option<&String>) -> Value {
    text.map_or(Value::Null, |text| text.as_str().into())
}

fn count_or_null(count: Option<u64>) -> Value {
    count.map_or(Value::Null, Value::from)
}

/// The verdict on the time stamps of a bundle.
#[must_use]
pub fn verdict(report: &Report) -> Verdict {
    match [report.ring(Ring::Integrity), report.ring(Ring::Time)] {
        [RingState::Fail, _] | [_, RingState::Fail] => Verdict::Failed,
        [RingState::Pass, RingState::Pass] => Verdict::Verified,
        _ => Verdict::Indeterminate,
    }
}

/// How far the bounds of a stretch are apart, if it has both.
fn width(bracket: &BracketReport) -> Option<u64> {
    u64::try_from(bracket.upper?.saturating_sub(bracket.lower?)).ok()
}

/// The widest stretch between bounds, the first of several; `None` where an entry lacks a bound.
fn longest_without_anchor(report: &Report) -> Option<(&BracketReport, u64)> {
    let mut longest: Option<(&BracketReport, u64)> = None;
    for bracket in &report.brackets {
        let width = width(bracket)?;
        if longest.is_none_or(|(_, widest)| width > widest) {
            longest = Some((bracket, width));
        }
    }
    longest
}

fn of_time(report: &Report) -> impl Iterator<Item = &Finding> {
    let decides = |finding: &&Finding| matches!(finding.code.ring(), Ring::Integrity | Ring::Time);
    report.findings().iter().filter(decides)
}

/// The digest of the policy's file, if there was one.
fn policy_file(report: &Report) -> Option<&str> {
    let mut inputs = report.trust_inputs.iter();
    let file = inputs.find(|(kind, _)| *kind == "policy");
    file.map(|(_, digest)| digest.as_str())
}

/// The last entry that is no later than a token; the birth token is older than the log.
fn bounds_to(token: &TokenReport) -> Option<u64> {
    (token.size > 0).then_some(token.size)
}

/// Everything as canonical JSON.
#[must_use]
pub fn to_json(report: &Report) -> String {
    let verdict = verdict(report);
    let longest = longest_without_anchor(report);
    let asked = u64::try_from(report.independent_authorities).unwrap_or(u64::MAX);
    let lists = report.trusted_lists.iter().map(TrustedList::to_value);
    let value = Value::object([
        ("brackets", report.brackets.iter().map(bracket).collect()),
        ("exit_code", u64::from(verdict.exit_code()).into()),
        ("findings", of_time(report).map(Finding::to_value).collect()),
        ("independent_authorities", asked.into()),
        (
            "longest_without_anchor_entries",
            longest.map_or(Value::Null, |(bracket, _)| {
                [bracket.first, bracket.last].into_iter().collect()
            }),
        ),
        (
            "longest_without_anchor_micros",
            count_or_null(longest.map(|(_, micros)| micros)),
        ),
        (
            "policy_file_sha256",
            policy_file(report).map_or(Value::Null, Value::from),
        ),
        ("schema_version", SCHEMA_VERSION.into()),
        ("tokens", report.tokens.iter().map(token).collect()),
        ("trusted_lists", lists.collect()),
        ("verdict", verdict.as_str().to_ascii_lowercase().into()),
    ]);
    String::from_utf8(canonical(&value)).unwrap_or_default()
}

fn token(token: &TokenReport) -> Value {
    let detail = &token.detail;
    let authority = token.authority.as_ref().map(AuthorityName::to_value);
    let root_source = token.root_fingerprint.as_ref().map(|_| {
        if detail.root_came_along {
            "fingerprint"
        } else {
            "given"
        }
    });
    Value::object([
        ("accuracy_micros", count_or_null(detail.accuracy_micros)),
        ("authority", authority.unwrap_or(Value::Null)),
        ("earliest", when(detail.bounds.map(|(lower, _)| lower))),
        ("gen_time", text_or_null(token.gen_time.as_ref())),
        ("latest", when(detail.bounds.map(|(_, upper)| upper))),
        ("lower_bound_from", count_or_null(detail.listed_at)),
        ("path", detail.path.iter().map(String::as_str).collect()),
        ("policy", text_or_null(detail.policy.as_ref())),
        ("qualified", detail.qualification.to_value()),
        ("revocation", detail.revocation_status().as_str().into()),
        ("revocation_detail", detail.revocation_value()),
        (
            "root_fingerprint",
            text_or_null(token.root_fingerprint.as_ref()),
        ),
        ("root_source", root_source.map_or(Value::Null, Value::from)),
        (
            "rung",
            token
                .rung
                .map(Rung::as_str)
                .map_or(Value::Null, Value::from),
        ),
        ("saved_by", detail.saved_by_value()),
        ("serial", text_or_null(detail.serial.as_ref())),
        ("sha256", token.sha256.into()),
        ("signer", text_or_null(token.signer.as_ref())),
        ("size", token.size.into()),
        ("trusted", token.trusted.into()),
        ("upper_bound_to", count_or_null(bounds_to(token))),
    ])
}

fn bracket(bracket: &BracketReport) -> Value {
    let count = |count: usize| Value::from(u64::try_from(count).unwrap_or(u64::MAX));
    Value::object([
        ("earliest", when(bracket.lower)),
        ("earliest_authorities", count(bracket.lower_authorities)),
        ("first", bracket.first.into()),
        ("last", bracket.last.into()),
        ("latest", when(bracket.upper)),
        ("latest_authorities", count(bracket.upper_authorities)),
        ("width_micros", count_or_null(width(bracket))),
    ])
}
