//! The time stamps of a bundle alone: `verify-bundle timestamps`.
//!
//! For a regulator who asks when, and not by whom. The verdict is that of two rings: integrity,
//! without which no entry is what a token stamps, and time.

use proofline_format::json::{Value, canonical};
use proofline_tsa::rfc3339_micros;

use crate::finding::{Finding, Ring};
use crate::report::{BracketReport, Report, RingState, TokenReport, Verdict};
use crate::text::{escape, push};

/// Version of the JSON form.
const SCHEMA_VERSION: u64 = 1;

fn show(micros: i64) -> String {
    rfc3339_micros(micros, 1_000)
}

fn when(micros: Option<i64>) -> Value {
    micros.map_or(Value::Null, |at| show(at).into())
}

fn text_or_null(text: Option<&String>) -> Value {
    text.map_or(Value::Null, |text| text.as_str().into())
}

/// The rung of a token: what may be said of it at most.
const fn rung(token: &TokenReport) -> Option<&'static str> {
    if token.trusted {
        Some("to-your-root")
    } else if token.gen_time.is_some() {
        Some("well-formed")
    } else {
        None
    }
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

/// The widest bracket in microseconds, where every entry has one.
fn longest_without_anchor(report: &Report) -> Option<u64> {
    let widths = report.brackets.iter().map(|bracket| {
        let width = bracket.upper?.saturating_sub(bracket.lower?);
        u64::try_from(width).ok()
    });
    widths.collect::<Option<Vec<_>>>()?.into_iter().max()
}

fn of_time(report: &Report) -> impl Iterator<Item = &Finding> {
    let decides = |finding: &&Finding| matches!(finding.code.ring(), Ring::Integrity | Ring::Time);
    report.findings().iter().filter(decides)
}

/// Everything as canonical JSON.
#[must_use]
pub fn to_json(report: &Report) -> String {
    let verdict = verdict(report);
    let count = |count: Option<u64>| count.map_or(Value::Null, Value::from);
    let tokens = report.tokens.iter().map(|token| {
        let detail = &token.detail;
        Value::object([
            ("accuracy_micros", count(detail.accuracy_micros)),
            ("authority", text_or_null(token.signer.as_ref())),
            ("earliest", when(detail.bounds.map(|(lower, _)| lower))),
            ("gen_time", text_or_null(token.gen_time.as_ref())),
            ("latest", when(detail.bounds.map(|(_, upper)| upper))),
            ("lower_bound_from", count(detail.listed_at)),
            ("path", detail.path.iter().map(String::as_str).collect()),
            ("policy", text_or_null(detail.policy.as_ref())),
            ("revocation", detail.revocation_status().as_str().into()),
            ("revocation_detail", detail.revocation_value()),
            (
                "root_fingerprint",
                text_or_null(token.root_fingerprint.as_ref()),
            ),
            ("rung", rung(token).map_or(Value::Null, Value::from)),
            ("saved_by", detail.saved_by_value()),
            ("serial", text_or_null(detail.serial.as_ref())),
            ("sha256", token.sha256.into()),
            ("size", token.size.into()),
            ("trusted", token.trusted.into()),
            ("upper_bound_to", count(bounds_to(token))),
        ])
    });
    let brackets = report.brackets.iter().map(|bracket| {
        Value::object([
            ("earliest", when(bracket.lower)),
            ("first", bracket.first.into()),
            ("last", bracket.last.into()),
            ("latest", when(bracket.upper)),
        ])
    });
    let value = Value::object([
        ("brackets", brackets.collect()),
        ("exit_code", u64::from(verdict.exit_code()).into()),
        ("findings", of_time(report).map(Finding::to_value).collect()),
        (
            "longest_without_anchor_micros",
            count(longest_without_anchor(report)),
        ),
        ("schema_version", SCHEMA_VERSION.into()),
        ("tokens", tokens.collect()),
        ("verdict", verdict.as_str().to_ascii_lowercase().into()),
    ]);
    String::from_utf8(canonical(&value)).unwrap_or_default()
}

/// Everything as text.
#[must_use]
pub fn to_text(report: &Report, name: &str) -> String {
    let mut out = format!("{}  {}\n", verdict(report).as_str(), escape(name));
    let mut push = |text: std::fmt::Arguments<'_>| push(&mut out, text);
    push(format_args!(
        "Integrity and time only; {}.\n\n",
        report.revocation_counts().to_text()
    ));
    for token in &report.tokens {
        push_token(&mut push, token);
    }
    if report.tokens.is_empty() {
        push(format_args!("No token.\n"));
    }
    push(format_args!("\nEntries\n"));
    for bracket in &report.brackets {
        let BracketReport {
            first,
            last,
            lower,
            upper,
        } = *bracket;
        let bound = |at: Option<i64>| at.map_or_else(|| "unbounded".into(), show);
        push(format_args!(
            "  {first} to {last}: {} to {}\n",
            bound(lower),
            bound(upper)
        ));
    }
    match longest_without_anchor(report) {
        Some(micros) => push(format_args!(
            "Longest stretch without an anchor: {} s\n",
            micros.div_ceil(1_000_000)
        )),
        None => push(format_args!("Not every entry is bounded on both sides.\n")),
    }
    for finding in of_time(report) {
        push(format_args!(
            "\n{}: {}",
            finding.code,
            escape(&finding.message)
        ));
    }
    out.push('\n');
    out
}

fn push_token(push: &mut impl FnMut(std::fmt::Arguments<'_>), token: &TokenReport) {
    let detail = &token.detail;
    let say = |text: Option<&String>| text.map_or_else(|| "?".into(), |text| escape(text));
    let accuracy = detail.accuracy_micros.map_or_else(
        || "accuracy not stated".into(),
        |micros| format!("± {micros} µs"),
    );
    let what = match token.size {
        0 => "Birth token".to_owned(),
        size => format!("Token for entry {size}"),
    };
    push(format_args!(
        "{what}  {} {accuracy}\n",
        say(token.gen_time.as_ref())
    ));
    push(format_args!(
        "  authority {}\n  serial {}, policy {}\n",
        say(token.signer.as_ref()),
        say(detail.serial.as_ref()),
        say(detail.policy.as_ref())
    ));
    match &token.root_fingerprint {
        Some(root) => push(format_args!(
            "  path {}\n  root {root}\n  revocation {}\n",
            escape(&detail.path.join(" < ")),
            escape(&detail.revocation_text())
        )),
        None => push(format_args!("  leads to no root that you gave\n")),
    }
    if !token.trusted {
        push(format_args!("  does not count, and bounds nothing\n"));
        return;
    }
    let from = detail
        .listed_at
        .map(|index| format!("entries from {index} on are no earlier"));
    let to = bounds_to(token).map(|index| format!("entries up to {index} are no later"));
    let bounds: Vec<String> = to.into_iter().chain(from).collect();
    push(format_args!("  {}\n", bounds.join(", ")));
}

/// The last entry that is no later than a token; the birth token is older than the log.
fn bounds_to(token: &TokenReport) -> Option<u64> {
    (token.size > 0).then_some(token.size)
}
