//! The time stamps of a bundle as text, for somebody who sees such a report for the first time.
//!
//! What tokens have in common (who made them, how far they are trusted) stands once, and every
//! token has a line that refers to it.

use std::collections::BTreeMap;
use std::fmt::Arguments;

use super::{bounds_to, longest_without_anchor, of_time, verdict, width};
use crate::finding::Severity;
use crate::report::{Report, TokenReport};
use crate::text::{Detail, escape, push};
use crate::trust::{Rung, moment, span};

/// Findings that a short report shows.
const SHORT_FINDINGS: usize = 8;

/// Everything as text; of many findings only the gravest, unless all are asked for.
#[must_use]
pub fn to_text(report: &Report, name: &str, detail: Detail) -> String {
    let mut out = format!("{}  {}\n\n", verdict(report).as_str(), escape(name));
    let mut say = |text: Arguments<'_>| push(&mut out, text);
    summary(&mut say, report);
    findings(&mut say, report, detail);
    let sources = sources(report);
    who(&mut say, &sources);
    tokens(&mut say, report, &sources);
    entries(&mut say, report);
    lists(&mut say, report);
    legend(&mut say);
    out
}

fn summary(say: &mut impl FnMut(Arguments<'_>), report: &Report) {
    say(format_args!(
        "When the entries of the log existed, and by whose clock. Looked at: the integrity of the \
         bundle and\nits time stamps. Not looked at: who made the entries.\n\n"
    ));
    let trusted = report.tokens.iter().filter(|token| token.trusted).count();
    say(format_args!(
        "{trusted} of {} tokens count, by authorities that you trust; {}.\n",
        report.tokens.len(),
        report.revocation_counts().to_text()
    ));
    match longest_without_anchor(report) {
        Some((bracket, micros)) => say(format_args!(
            "Longest stretch without an anchor: {}, entries {} to {}.\n",
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
            "Your policy asks for {} independent authorities: a bound is one that so many agree on.\n",
            report.independent_authorities
        ));
    }
}

fn findings(say: &mut impl FnMut(Arguments<'_>), report: &Report, detail: Detail) {
    let shown = match detail {
        Detail::Short => SHORT_FINDINGS,
        Detail::Long => usize::MAX,
    };
    let count = of_time(report).count();
    if count > 0 {
        say(format_args!("\nFindings\n"));
    }
    for finding in of_time(report).take(shown) {
        let weight = match finding.severity {
            Severity::Fail => "FAIL",
            Severity::Unproven => "OPEN",
            Severity::Note => "note",
        };
        let message = escape(&finding.message);
        say(format_args!("  {weight} {}: {message}\n", finding.code));
    }
    if count > shown {
        let more = count.saturating_sub(shown);
        say(format_args!("  {more} more: --verbose, or --json\n"));
    }
}

/// What tokens have in common, as rows.
type Source = Vec<(&'static str, String)>;

/// The sources of all tokens, each once.
struct Sources {
    /// In the order in which they stamped, with the number of their tokens.
    all: Vec<(Source, usize)>,
    /// For every token the place of its source.
    places: Vec<usize>,
}

fn sources(report: &Report) -> Sources {
    let mut known: BTreeMap<Source, usize> = BTreeMap::new();
    let mut sources = Sources {
        all: Vec::new(),
        places: Vec::with_capacity(report.tokens.len()),
    };
    for token in &report.tokens {
        let source = source_of(token);
        let place = known.get(&source).copied().unwrap_or_else(|| {
            known.insert(source.clone(), sources.all.len());
            sources.all.push((source, 0));
            sources.all.len().saturating_sub(1)
        });
        if let Some((_, count)) = sources.all.get_mut(place) {
            *count = count.saturating_add(1);
        }
        sources.places.push(place);
    }
    sources
}

fn source_of(token: &TokenReport) -> Source {
    let detail = &token.detail;
    let known = |text: Option<&String>| text.map_or_else(|| "not readable".into(), Clone::clone);
    let mut rows: Source = Vec::new();
    if let Some(authority) = &token.authority {
        rows.push(("authority", authority.in_words()));
    }
    rows.push(("signer", known(token.signer.as_ref())));
    rows.push(("policy", known(detail.policy.as_ref())));
    if let Some(root) = &token.root_fingerprint {
        rows.push(("path", detail.path.join(" < ")));
        let source = if detail.root_came_along {
            "came with the bundle, chosen by the fingerprint that you gave"
        } else {
            "given by you"
        };
        rows.push(("root", format!("{source}; sha256 {root}")));
    } else {
        rows.push(("path", "leads to no root that you trust for it".into()));
    }
    rows.push(("revocation", detail.standing_text()));
    if !token.trusted && token.root_fingerprint.is_some() {
        rows.push(("", "DOES NOT COUNT: see the findings".into()));
    } else if detail.saved_by.is_some() {
        rows.push((
            "",
            "counts by the word of a later token: see the findings".into(),
        ));
    }
    let wrong = || "none: something is wrong with it".into();
    rows.push(("rung", token.rung.map_or_else(wrong, Rung::in_words)));
    let qualified = detail.qualification.in_words();
    rows.extend(qualified.into_iter().map(|line| ("qualified", line)));
    rows
}

fn who(say: &mut impl FnMut(Arguments<'_>), sources: &Sources) {
    say(format_args!("\nWho stamped\n"));
    if sources.all.is_empty() {
        say(format_args!("  no token was read\n"));
    }
    for (number, (source, count)) in sources.all.iter().enumerate() {
        let number = number.saturating_add(1);
        let tokens = if *count == 1 { "token" } else { "tokens" };
        say(format_args!("  [{number}] {count} {tokens}\n"));
        for (label, value) in source {
            say(format_args!("      {label:<11} {}\n", escape(value)));
        }
    }
}

fn tokens(say: &mut impl FnMut(Arguments<'_>), report: &Report, sources: &Sources) {
    if report.tokens.is_empty() {
        return;
    }
    say(format_args!(
        "\nTokens\n  {:>8}  {:<27} {:<10} {:<4} {:<34} bounds\n",
        "stamps", "time (UTC)", "accuracy", "by", "serial number"
    ));
    for (token, place) in report.tokens.iter().zip(&sources.places) {
        let by = format!("[{}]", place.saturating_add(1));
        let stamps = match token.size {
            0 => "birth".to_owned(),
            size => format!("{size}"),
        };
        let known = |text: Option<&String>| text.map_or_else(|| "?".into(), |text| escape(text));
        let accuracy = token.detail.accuracy_micros;
        let accuracy = accuracy.map_or_else(|| "not stated".into(), |at| format!("± {}", span(at)));
        say(format_args!(
            "  {stamps:>8}  {:<27} {accuracy:<10} {by:<4} {:<34} {}\n",
            known(token.gen_time.as_ref()),
            known(token.detail.serial.as_ref()),
            bounds(token)
        ));
    }
}

/// Which entries a token bounds, if it counts.
fn bounds(token: &TokenReport) -> String {
    let Some((lower, upper)) = token.detail.bounds else {
        return match token.root_fingerprint {
            Some(_) => "nothing: does not count".into(),
            None => "nothing: not trusted".into(),
        };
    };
    let to = bounds_to(token).map(|index| format!("up to {index}: before {}", moment(upper)));
    let from = token.detail.listed_at;
    let from = from.map(|index| format!("from {index} on: after {}", moment(lower)));
    match (to, from) {
        (None, None) => "nothing: no entry lists it".into(),
        (to, from) => {
            let both: Vec<String> = to.into_iter().chain(from).collect();
            both.join("; ")
        }
    }
}

fn entries(say: &mut impl FnMut(Arguments<'_>), report: &Report) {
    if report.brackets.is_empty() {
        return;
    }
    say(format_args!(
        "\nEntries\n  {:>8} {:>8}  {:<24}  {:<24}  {:<16} independent authorities\n",
        "first", "last", "made after", "made before", "within"
    ));
    let asked = report.independent_authorities;
    for bracket in &report.brackets {
        let bound = |at: Option<i64>| at.map_or_else(|| "NOT SHOWN".into(), moment);
        let within = width(bracket).map_or_else(|| "-".into(), span);
        say(format_args!(
            "  {:>8} {:>8}  {:<24}  {:<24}  {within:<16} {} and {}, {asked} asked for\n",
            bracket.first,
            bracket.last,
            bound(bracket.lower),
            bound(bracket.upper),
            bracket.lower_authorities,
            bracket.upper_authorities
        ));
    }
}

fn lists(say: &mut impl FnMut(Arguments<'_>), report: &Report) {
    if report.trusted_lists.is_empty() {
        return;
    }
    say(format_args!("\nTrusted lists that you gave\n"));
    for list in &report.trusted_lists {
        for (row, text) in list.in_words().into_iter().enumerate() {
            let indent = if row == 0 { "  " } else { "      " };
            say(format_args!("{indent}{}\n", escape(&text)));
        }
    }
}

fn legend(say: &mut impl FnMut(Arguments<'_>)) {
    say(format_args!(
        "\nRungs: what may be said of a token at most\n"
    ));
    for rung in Rung::ALL {
        say(format_args!("  {}\n", rung.in_words()));
    }
}
