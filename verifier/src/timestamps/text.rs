//! The time stamps of a bundle as text, for somebody who sees such a report for the first time.

use std::collections::BTreeMap;
use std::fmt::Arguments;

use super::{bounds_to, longest_without_anchor, of_time, revocation, verdict, width};
use crate::finding::Severity;
use crate::report::{BracketReport, Report, TokenReport};
use crate::text::{escape, push};
use crate::trust::{AuthorityName, Rung, moment, span};

/// Everything as text.
#[must_use]
pub fn to_text(report: &Report, name: &str) -> String {
    let mut out = format!("{}  {}\n\n", verdict(report).as_str(), escape(name));
    let mut say = |text: Arguments<'_>| push(&mut out, text);
    summary(&mut say, report);
    say(format_args!("\nTokens\n"));
    for token in &report.tokens {
        push_token(&mut say, token);
    }
    if report.tokens.is_empty() {
        say(format_args!("  none\n"));
    }
    entries(&mut say, report);
    lists(&mut say, report);
    legend(&mut say, report);
    for finding in of_time(report) {
        let weight = match finding.severity {
            Severity::Fail => "FAIL",
            Severity::Unproven => "OPEN",
            Severity::Note => "note",
        };
        let message = escape(&finding.message);
        say(format_args!("{weight} {}: {message}\n", finding.code));
    }
    out
}

fn summary(say: &mut impl FnMut(Arguments<'_>), report: &Report) {
    say(format_args!(
        "This says when the entries of the log existed, and by whose clock. Looked at: the integrity \
         of the\nbundle and its time stamps. Not looked at: who made the entries. Revocation of the \
         authorities'\ncertificates: NOT CHECKED.\n\n"
    ));
    let trusted = report.tokens.iter().filter(|token| token.trusted).count();
    say(format_args!(
        "{trusted} of {} tokens are by authorities that you trust.\n",
        report.tokens.len()
    ));
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for token in report.tokens.iter().filter(|token| token.trusted) {
        let count = counts.entry(authority(token)).or_default();
        *count = count.saturating_add(1);
    }
    for (name, count) in counts {
        say(format_args!("  {count:>5}  {name}\n"));
    }
    match longest_without_anchor(report) {
        Some((bracket, micros)) => say(format_args!(
            "Longest stretch without an anchor: {} (entries {} to {}).\n",
            span(micros),
            bracket.first,
            bracket.last
        )),
        None => say(format_args!(
            "Longest stretch without an anchor: NOT KNOWN, not every entry is bounded on both sides.\n"
        )),
    }
    if report.independent_authorities > 1 {
        say(format_args!(
            "Your policy asks for {} independent authorities: each bound below is one that so many \
             agree on.\n",
            report.independent_authorities
        ));
    }
}

/// Who a token is by: in the user's words, or else as its certificate says.
fn authority(token: &TokenReport) -> String {
    match (&token.authority, &token.signer) {
        (Some(authority), _) => escape(&AuthorityName::in_words(authority)),
        (None, Some(signer)) => escape(signer),
        (None, None) => "?".into(),
    }
}

fn push_token(say: &mut impl FnMut(Arguments<'_>), token: &TokenReport) {
    let detail = &token.detail;
    let known = |text: Option<&String>| text.map_or_else(|| "?".into(), |text| escape(text));
    let accuracy = detail.accuracy_micros.map_or_else(
        || ", accuracy not stated".into(),
        |micros| format!(" ± {}", span(micros)),
    );
    let what = match token.size {
        0 => "Birth of the log".to_owned(),
        size => format!("Checkpoint at entry {size}"),
    };
    say(format_args!(
        "  {what}: {}{accuracy}\n",
        known(token.gen_time.as_ref())
    ));
    let mut row = |label: &str, value: &str| say(format_args!("    {label:<11} {value}\n"));
    if let Some(authority) = &token.authority {
        row("authority", &escape(&authority.in_words()));
    }
    row("signer", &known(token.signer.as_ref()));
    row("serial", &known(detail.serial.as_ref()));
    row("policy", &known(detail.policy.as_ref()));
    if let Some(root) = &token.root_fingerprint {
        row("path", &escape(&detail.path.join(" < ")));
        let source = if detail.root_came_along {
            "came with the bundle, chosen by the fingerprint that you gave"
        } else {
            "given by you"
        };
        row("root", &format!("{root}, {source}"));
    } else {
        row("path", "leads to no root that you trust for it");
    }
    row(
        "revocation",
        &revocation(token).to_ascii_uppercase().replace('-', " "),
    );
    let rung = token
        .rung
        .map_or_else(|| "none: something is wrong with it".into(), Rung::in_words);
    row("rung", &rung);
    for line in detail.qualification.in_words() {
        row("qualified", &escape(&line));
    }
    row("bounds", &bounds(token));
}

/// Which entries a token bounds, if it is trusted.
fn bounds(token: &TokenReport) -> String {
    let Some((lower, upper)) = token.detail.bounds else {
        return "nothing, because it is not trusted".into();
    };
    let to = bounds_to(token)
        .map(|index| format!("entries up to {index} were made before {}", moment(upper)));
    let from = token
        .detail
        .listed_at
        .map(|index| format!("entries from {index} on after {}", moment(lower)));
    let both: Vec<String> = to.into_iter().chain(from).collect();
    if both.is_empty() {
        "nothing here: no entry lists it".into()
    } else {
        both.join("; ")
    }
}

fn entries(say: &mut impl FnMut(Arguments<'_>), report: &Report) {
    say(format_args!(
        "\nEntries\n  {:>8} {:>8}  {:<24}  {:<24}  {:>10}  authorities\n",
        "first", "last", "made after", "made before", "within"
    ));
    for bracket in &report.brackets {
        let BracketReport {
            first,
            last,
            lower,
            upper,
            lower_authorities,
            upper_authorities,
        } = *bracket;
        let bound = |at: Option<i64>| at.map_or_else(|| "NOT SHOWN".into(), moment);
        let within = width(bracket).map_or_else(|| "-".into(), span);
        let (lower, upper) = (bound(lower), bound(upper));
        say(format_args!(
            "  {first:>8} {last:>8}  {lower:<24}  {upper:<24}  {within:>10}  \
             {lower_authorities} and {upper_authorities}\n"
        ));
    }
}

fn lists(say: &mut impl FnMut(Arguments<'_>), report: &Report) {
    if report.trusted_lists.is_empty() {
        return;
    }
    say(format_args!("\nTrusted lists that you gave\n"));
    for list in &report.trusted_lists {
        say(format_args!("  {}\n", escape(&list.in_words())));
    }
}

fn legend(say: &mut impl FnMut(Arguments<'_>), report: &Report) {
    if !report.tokens.is_empty() {
        say(format_args!(
            "\nThe rungs: what may be said of a token at most\n"
        ));
        for rung in Rung::ALL {
            say(format_args!("  {}\n", rung.in_words()));
        }
    }
    if of_time(report).next().is_some() {
        say(format_args!("\n"));
    }
}
