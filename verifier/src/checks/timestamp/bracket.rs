//! The brackets: for every stretch of entries the latest time before and the earliest after.

use std::collections::BTreeSet;

use proofline_format::timestamp::Timestamp;

use super::show;
use crate::checks::checkpoint::Checkpoints;
use crate::checks::entries::{Run, Stretch};
use crate::finding::{Code, Place};
use crate::policy::{Acceptance, Policy};
use crate::report::{BracketReport, Check, Report, Shown};

const MICROS_PER_SECOND: i64 = 1_000_000;

/// A stretch with its bounds.
struct Bracket {
    stretch: Stretch,
    lower: Option<i64>,
    upper: Option<i64>,
}

/// Derives the bracket of every entry and holds its claimed time against it.
pub(crate) fn check_brackets(
    run: &Run,
    checkpoints: &Checkpoints,
    policy: &Policy,
    report: &mut Report,
) {
    if run.stretches.is_empty() {
        return;
    }
    report.performed(Check::Brackets);
    if checkpoints.tokens == 0 {
        let text = "bundle holds no time-stamp token";
        report.found(Code::TimestampMissing, Place::Bundle, text);
    }
    if checkpoints.tokens > 0 && policy.tsa_roots.is_empty() {
        report_no_root(report);
    }
    let brackets = brackets(run, checkpoints);
    let mut shown = true;
    shown &= report_missing(&brackets, Side::Upper, |_| false, report);
    let offline_genesis = policy.accept.contains(&Acceptance::OfflineGenesis)
        && run.genesis_object.is_some()
        && run.evidence.first().is_none_or(|&(index, _)| index > 0);
    let first_evidence = run.evidence.first().map_or(u64::MAX, |&(index, _)| index);
    let accepted = |bracket: &Bracket| {
        let last = bracket.stretch.last;
        // Only where nothing between genesis and here is hidden: evidence could stand there.
        offline_genesis && last < first_evidence && run.is_contiguous(0, last)
    };
    shown &= report_missing(&brackets, Side::Lower, accepted, report);
    let max_bracket = micros(policy.max_bracket_seconds);
    for bracket in &brackets {
        shown &= check_width(bracket, max_bracket, report);
        check_claims(bracket, micros(policy.max_skew_seconds), report);
    }
    summarise(&brackets, run, checkpoints, report);
    report.settle_deferred(if shown {
        Shown::Everything
    } else {
        Shown::NotEverything
    });
}

/// Names who signed the tokens, as their certificates say, so that one knows whose root to ask for.
fn report_no_root(report: &mut Report) {
    let signers: BTreeSet<&str> = report
        .tokens
        .iter()
        .filter_map(|token| token.signer.as_deref())
        .collect();
    let signers = signers.into_iter().collect::<Vec<_>>().join("; ");
    let text = format!(
        "no time-stamp root was given; tokens claim to be signed by {signers}: get that \
         authority's root from elsewhere and pass --tsa-root FILE"
    );
    report.found(Code::TimestampNoRoot, Place::Bundle, text);
}

fn micros(seconds: u64) -> i64 {
    i64::try_from(seconds)
        .unwrap_or(i64::MAX)
        .saturating_mul(MICROS_PER_SECOND)
}

fn brackets(run: &Run, checkpoints: &Checkpoints) -> Vec<Bracket> {
    let mut lower_at = checkpoints.lower.clone();
    lower_at.sort_unstable();
    let mut lower_at = lower_at.into_iter().peekable();
    let mut lower: Option<i64> = None;
    let mut brackets = Vec::with_capacity(run.stretches.len());
    for stretch in &run.stretches {
        if !stretch.continues {
            lower = None;
        }
        // Evidence is only ever listed by an entry that begins a stretch of its own.
        while let Some((index, bound)) = lower_at.next_if(|&(index, _)| index <= stretch.first) {
            if index == stretch.first {
                lower = Some(lower.map_or(bound, |lower| lower.max(bound)));
            }
        }
        brackets.push(Bracket {
            stretch: *stretch,
            lower,
            upper: None,
        });
    }
    let mut upper_at = checkpoints.upper.clone();
    upper_at.sort_unstable();
    // Reached through a note: everything below the index of an entry whose note's root holds.
    let mut rooted: Option<i64> = None;
    // Reached through contiguous lines.
    let mut linked: Option<i64> = None;
    let earlier = |a: Option<i64>, b: Option<i64>| match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    for bracket in brackets.iter_mut().rev() {
        while let Some((index, bound)) = upper_at.pop_if(|&mut (i, _)| i >= bracket.stretch.first) {
            if index == bracket.stretch.last {
                linked = earlier(linked, Some(bound));
            }
            if checkpoints.rooted.contains(&index) {
                rooted = earlier(rooted, Some(bound));
            }
        }
        bracket.upper = earlier(rooted, linked);
        if !bracket.stretch.continues {
            linked = None;
        }
    }
    brackets
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Lower,
    Upper,
}

/// Lists the stretches without a bound, joined where they touch. Gives whether there is none.
fn report_missing(
    brackets: &[Bracket],
    side: Side,
    accepted: impl Fn(&Bracket) -> bool,
    report: &mut Report,
) -> bool {
    let mut missing: Vec<(u64, u64)> = Vec::new();
    for bracket in brackets {
        let bound = if side == Side::Lower {
            bracket.lower
        } else {
            bracket.upper
        };
        if bound.is_some() || accepted(bracket) {
            continue;
        }
        let Stretch { first, last, .. } = bracket.stretch;
        match missing.last_mut() {
            Some(range) if range.1.checked_add(1) == Some(first) => range.1 = last,
            _ => missing.push((first, last)),
        }
    }
    let (code, text) = match side {
        Side::Lower => (
            Code::TimeLowerMissing,
            "no trusted token shows after which time",
        ),
        Side::Upper => (
            Code::TimeUpperMissing,
            "no trusted token shows before which time",
        ),
    };
    for (first, last) in &missing {
        let text = format!("entries {first} to {last}: {text} they were made");
        report.found(code, Place::Entry(*first), text);
    }
    missing.is_empty()
}

fn check_width(bracket: &Bracket, max_bracket: i64, report: &mut Report) -> bool {
    let (Some(lower), Some(upper)) = (bracket.lower, bracket.upper) else {
        return true;
    };
    let Stretch { first, last, .. } = bracket.stretch;
    let width = upper.saturating_sub(lower);
    if width < 0 {
        let (lower, upper) = (show(lower), show(upper));
        let text = format!("entries {first} to {last}: made after {lower} and before {upper}");
        report.found(Code::TimeBracketInverted, Place::Entry(first), text);
    } else if width > max_bracket {
        let seconds = width.checked_div(MICROS_PER_SECOND).unwrap_or(0);
        let text = format!("entries {first} to {last}: bracket is {seconds} s wide");
        report.found(Code::TimeBracketTooWide, Place::Entry(first), text);
        return false;
    }
    true
}

/// The claimed times of a stretch: its earliest and latest stand for all.
fn check_claims(bracket: &Bracket, skew: i64, report: &mut Report) {
    let claim = |at: Timestamp| at.millis().saturating_mul(1_000);
    let mut outside = |(at, index): (Timestamp, u64), side: &str, bound: i64| {
        let text = format!("entry {index} claims {at}, which is {side} {}", show(bound));
        report.found(Code::TimeOutsideBracket, Place::Entry(index), text);
    };
    let Stretch {
        earliest, latest, ..
    } = bracket.stretch;
    if let Some(lower) = bracket
        .lower
        .filter(|lower| claim(earliest.0) < lower.saturating_sub(skew))
    {
        outside(earliest, "before", lower);
    }
    if let Some(upper) = bracket
        .upper
        .filter(|upper| claim(latest.0) > upper.saturating_add(skew))
    {
        outside(latest, "after", upper);
    }
}

fn summarise(brackets: &[Bracket], run: &Run, checkpoints: &Checkpoints, report: &mut Report) {
    for bracket in brackets {
        let (lower, upper) = (bracket.lower, bracket.upper);
        let Stretch { first, last, .. } = bracket.stretch;
        match report.brackets.last_mut() {
            Some(before)
                if (before.lower, before.upper) == (lower, upper)
                    && before.last.checked_add(1) == Some(first) =>
            {
                before.last = last;
            }
            _ => report.brackets.push(BracketReport {
                first,
                last,
                lower,
                upper,
            }),
        }
    }
    let widths = brackets
        .iter()
        .filter_map(|b| Some(b.upper?.saturating_sub(b.lower?)));
    report.facts.widest_bracket_micros = widths.filter_map(|width| u64::try_from(width).ok()).max();
    let stamped = |index: u64| checkpoints.upper.iter().any(|&(size, _)| size == index);
    let stamped = run
        .checkpoints
        .iter()
        .filter(|entry| stamped(entry.index))
        .count();
    report.facts.checkpoints_stamped = u64::try_from(stamped).unwrap_or(u64::MAX);
    let earliest = checkpoints
        .lower
        .iter()
        .chain(&checkpoints.upper)
        .map(|&(_, at)| at)
        .min();
    let latest = checkpoints
        .lower
        .iter()
        .chain(&checkpoints.upper)
        .map(|&(_, at)| at)
        .max();
    report.facts.trusted_times = earliest.zip(latest).map(|(a, b)| (show(a), show(b)));
}
