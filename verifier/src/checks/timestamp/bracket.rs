//! The brackets: for every stretch of entries the latest time before and the earliest after.
//!
//! A policy may ask for several authorities that are independent of each other. A bound is then one
//! that so many agree on: of each authority its own best bound, and of these the k-th best. If
//! fewer than k of them lie, one of the k is honest, and the bound holds.
//!
//! Tokens that hold by themselves are counted, and all tokens are, where one that another shows to
//! be older is one voice with it ([`voices`](super::voices)); the closer bound is taken, as either
//! way of counting alone would do.
//!
//! What contradicts any trusted token fails, however many were asked for: asking for more never
//! makes a bundle pass that asking for less refuses.

use std::collections::{BTreeMap, BTreeSet};

use proofline_format::timestamp::Timestamp;

use super::{Voice, show};
use crate::checks::checkpoint::Checkpoints;
use crate::checks::entries::{Run, Stretch};
use crate::finding::{Code, Place};
use crate::policy::{Acceptance, Policy};
use crate::report::{BracketReport, Check, Report, Shown};

const MICROS_PER_SECOND: i64 = 1_000_000;

/// A bound in time that a trusted token gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Bound {
    /// The entry at which it stands.
    pub(crate) index: u64,
    /// Microseconds since 1970.
    pub(crate) micros: i64,
    /// Who gives it: a place among the voices.
    pub(crate) voice: Voice,
}

/// The bounds of one side, over the authorities that give one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Limit {
    /// That of the authority with the closest bound.
    closest: Option<i64>,
    /// The closest that as many authorities as were asked for agree on.
    agreed: Option<i64>,
    /// Authorities that give one.
    authorities: usize,
}

impl Limit {
    /// From the best bounds of each authority.
    fn of(best: &Best, side: Side, asked: usize) -> Self {
        let count = |best: &BTreeMap<usize, i64>| {
            let mut best: Vec<i64> = best.values().copied().collect();
            best.sort_unstable();
            if side == Side::Lower {
                best.reverse();
            }
            Self {
                closest: best.first().copied(),
                agreed: best.get(asked.max(1).saturating_sub(1)).copied(),
                authorities: best.len(),
            }
        };
        let (alone, joint) = (count(&best.alone), count(&best.joint));
        Self {
            // Every token that counts is among these.
            closest: joint.closest,
            agreed: match (alone.agreed, joint.agreed) {
                (Some(alone), Some(joint)) => Some(side.closer(alone, joint)),
                (alone, joint) => alone.or(joint),
            },
            authorities: alone.authorities.max(joint.authorities),
        }
    }
}

/// A stretch with its bounds.
struct Bracket {
    stretch: Stretch,
    lower: Limit,
    upper: Limit,
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
    if checkpoints.tokens > 0 && !policy.has_tsa_roots() {
        report_no_root(report);
    }
    let asked = policy.independent_authorities;
    let brackets = brackets(run, checkpoints, asked);
    let mut shown = true;
    shown &= report_missing(&brackets, Side::Upper, asked, |_| false, report);
    let offline_genesis = policy.accept.contains(&Acceptance::OfflineGenesis)
        && run.genesis_object.is_some()
        && run.evidence.first().is_none_or(|&(index, _)| index > 0);
    let first_evidence = run.evidence.first().map_or(u64::MAX, |&(index, _)| index);
    let accepted = |bracket: &Bracket| {
        let last = bracket.stretch.last;
        // Only where nothing between genesis and here is hidden: evidence could stand there.
        offline_genesis && last < first_evidence && run.is_contiguous(0, last)
    };
    shown &= report_missing(&brackets, Side::Lower, asked, accepted, report);
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

/// The best bound of each voice, counted both ways.
#[derive(Debug, Clone, Default)]
struct Best {
    alone: BTreeMap<usize, i64>,
    joint: BTreeMap<usize, i64>,
}

impl Best {
    fn keep(&mut self, bound: &Bound, side: Side) {
        if let Some(voice) = bound.voice.alone {
            side.keep(&mut self.alone, voice, bound.micros);
        }
        side.keep(&mut self.joint, bound.voice.joint, bound.micros);
    }

    fn keep_all(&mut self, others: &Self, side: Side) {
        for (&voice, &micros) in &others.alone {
            side.keep(&mut self.alone, voice, micros);
        }
        for (&voice, &micros) in &others.joint {
            side.keep(&mut self.joint, voice, micros);
        }
    }

    fn clear(&mut self) {
        self.alone.clear();
        self.joint.clear();
    }
}

fn brackets(run: &Run, checkpoints: &Checkpoints, asked: usize) -> Vec<Bracket> {
    // Only now is it known which voices are one.
    let sorted = |bounds: &[Bound]| {
        let heard = bounds.iter().map(|bound| Bound {
            voice: checkpoints.voices.settled(bound.voice),
            ..*bound
        });
        let mut heard: Vec<Bound> = heard.collect();
        heard.sort_unstable();
        heard
    };
    let mut brackets = with_lower(run, sorted(&checkpoints.lower), asked);
    let mut upper_at = sorted(&checkpoints.upper);
    // Reached through a note: everything below the index of an entry whose note's root holds.
    let mut rooted = Best::default();
    // Reached through contiguous lines.
    let mut linked = Best::default();
    for bracket in brackets.iter_mut().rev() {
        while let Some(bound) = upper_at.pop_if(|bound| bound.index >= bracket.stretch.first) {
            if bound.index == bracket.stretch.last {
                linked.keep(&bound, Side::Upper);
            }
            if checkpoints.rooted.contains(&bound.index) {
                rooted.keep(&bound, Side::Upper);
            }
        }
        let mut best = rooted.clone();
        best.keep_all(&linked, Side::Upper);
        bracket.upper = Limit::of(&best, Side::Upper, asked);
        if !bracket.stretch.continues {
            linked.clear();
        }
    }
    brackets
}

/// The stretches with their lower bounds.
fn with_lower(run: &Run, bounds: Vec<Bound>, asked: usize) -> Vec<Bracket> {
    let mut bounds = bounds.into_iter().peekable();
    let mut best = Best::default();
    let mut brackets = Vec::with_capacity(run.stretches.len());
    for stretch in &run.stretches {
        if !stretch.continues {
            best.clear();
        }
        // Evidence is only ever listed by an entry that begins a stretch of its own.
        while let Some(bound) = bounds.next_if(|bound| bound.index <= stretch.first) {
            if bound.index == stretch.first {
                best.keep(&bound, Side::Lower);
            }
        }
        brackets.push(Bracket {
            stretch: *stretch,
            lower: Limit::of(&best, Side::Lower, asked),
            upper: Limit::default(),
        });
    }
    brackets
}

/// Before or after the entries.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Lower,
    Upper,
}

impl Side {
    /// The bound that leaves less.
    fn closer(self, a: i64, b: i64) -> i64 {
        match self {
            Self::Lower => a.max(b),
            Self::Upper => a.min(b),
        }
    }

    fn keep(self, best: &mut BTreeMap<usize, i64>, voice: usize, micros: i64) {
        let slot = best.entry(voice).or_insert(micros);
        *slot = self.closer(*slot, micros);
    }
}

/// Lists the stretches without a bound, or with one by too few authorities, joined where they
/// touch. Gives whether there is none.
fn report_missing(
    brackets: &[Bracket],
    side: Side,
    asked: usize,
    accepted: impl Fn(&Bracket) -> bool,
    report: &mut Report,
) -> bool {
    /// First entry, last entry, authorities that bound them.
    type Missing = (u64, u64, usize);
    let mut missing: Vec<Missing> = Vec::new();
    for bracket in brackets {
        let limit = match side {
            Side::Lower => bracket.lower,
            Side::Upper => bracket.upper,
        };
        if limit.agreed.is_some() || accepted(bracket) {
            continue;
        }
        let Stretch { first, last, .. } = bracket.stretch;
        match missing.last_mut() {
            Some(range)
                if range.1.checked_add(1) == Some(first) && range.2 == limit.authorities =>
            {
                range.1 = last;
            }
            _ => missing.push((first, last, limit.authorities)),
        }
    }
    let (code, when) = match side {
        Side::Lower => (Code::TimeLowerMissing, "after"),
        Side::Upper => (Code::TimeUpperMissing, "before"),
    };
    for (first, last, authorities) in &missing {
        let (code, text) = match authorities {
            0 => (
                code,
                format!("no trusted token shows {when} which time they were made"),
            ),
            _ => (
                Code::TimeAuthoritiesTooFew,
                format!(
                    "{when} which time they were made is said by {authorities} of the {asked} \
                     independent authorities that the policy asks for"
                ),
            ),
        };
        let text = format!("entries {first} to {last}: {text}");
        report.found(code, Place::Entry(*first), text);
    }
    missing.is_empty()
}

fn check_width(bracket: &Bracket, max_bracket: i64, report: &mut Report) -> bool {
    let Stretch { first, last, .. } = bracket.stretch;
    if let (Some(lower), Some(upper)) = (bracket.lower.closest, bracket.upper.closest)
        && lower > upper
    {
        let (lower, upper) = (show(lower), show(upper));
        let text = format!("entries {first} to {last}: made after {lower} and before {upper}");
        report.found(Code::TimeBracketInverted, Place::Entry(first), text);
    }
    let (Some(lower), Some(upper)) = (bracket.lower.agreed, bracket.upper.agreed) else {
        return true;
    };
    let width = upper.saturating_sub(lower);
    if width > max_bracket {
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
        .closest
        .filter(|lower| claim(earliest.0) < lower.saturating_sub(skew))
    {
        outside(earliest, "before", lower);
    }
    if let Some(upper) = bracket
        .upper
        .closest
        .filter(|upper| claim(latest.0) > upper.saturating_add(skew))
    {
        outside(latest, "after", upper);
    }
}

fn summarise(brackets: &[Bracket], run: &Run, checkpoints: &Checkpoints, report: &mut Report) {
    for bracket in brackets {
        let Stretch { first, last, .. } = bracket.stretch;
        let new = BracketReport {
            first,
            last,
            lower: bracket.lower.agreed,
            upper: bracket.upper.agreed,
            lower_authorities: bracket.lower.authorities,
            upper_authorities: bracket.upper.authorities,
        };
        match report.brackets.last_mut() {
            Some(before) if before.continues_as(&new) => before.last = last,
            _ => report.brackets.push(new),
        }
    }
    let widths = brackets
        .iter()
        .filter_map(|b| Some(b.upper.agreed?.saturating_sub(b.lower.agreed?)));
    report.facts.widest_bracket_micros = widths.filter_map(|width| u64::try_from(width).ok()).max();
    let with_token: BTreeSet<u64> = checkpoints.upper.iter().map(|bound| bound.index).collect();
    let stamped = run
        .checkpoints
        .iter()
        .filter(|entry| with_token.contains(&entry.index))
        .count();
    report.facts.checkpoints_stamped = u64::try_from(stamped).unwrap_or(u64::MAX);
    let times = || {
        let both = checkpoints.lower.iter().chain(&checkpoints.upper);
        both.map(|bound| bound.micros)
    };
    report.facts.trusted_times = times()
        .min()
        .zip(times().max())
        .map(|(a, b)| (show(a), show(b)));
}
