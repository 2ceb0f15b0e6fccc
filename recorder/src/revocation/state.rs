//! How far the tokens of a store were looked at, and when a place may be asked again.
//!
//! It is no evidence: lost, everything is only looked at once more.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use proofline_format::json::{Value, canonical, parse};

use crate::home::{Durability, replace_file};

const FILE: &str = "revocation.json";
/// Pause after a first failure; it doubles.
const FIRST_MS: i64 = 10 * 60_000;
/// Longest pause.
const LONGEST_MS: i64 = 24 * 3_600_000;
/// Shortest pause after an answer that said no more than what is kept.
const NOTHING_NEW_MS: i64 = 3_600_000;
/// Places remembered.
const MAX_PLACES: usize = 256;

/// What a store remembers between runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct State {
    /// The look right after stamping.
    pub(super) first: Progress,
    /// The look some days later.
    pub(super) again: Progress,
    places: BTreeMap<String, Place>,
}

/// How far one kind of look has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// Checkpoints below this size are done, but for those that wait.
    pub(super) from: u64,
    /// Checkpoints for whose tokens something is still missing.
    pub(super) waiting: BTreeSet<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    failures: u64,
    ask_after_ms: i64,
}

impl State {
    /// What a store remembers; nothing, where it remembers nothing readable.
    pub(super) fn load(store_dir: &Path) -> Self {
        let read = || {
            let value = parse(&fs::read(store_dir.join(FILE)).ok()?).ok()?;
            let places = value.require("places").ok()?.members()?.iter();
            let places = places.filter_map(|(url, place)| {
                let place = Place {
                    failures: place.require_count("failures").ok()?,
                    ask_after_ms: place.require("ask_after_ms").ok()?.as_integer()?,
                };
                Some((url.clone(), place))
            });
            Some(Self {
                first: Progress::read(value.require("first").ok()?)?,
                again: Progress::read(value.require("again").ok()?)?,
                places: places.collect(),
            })
        };
        read().unwrap_or_default()
    }

    /// Writes it down.
    pub(super) fn save(&self, store_dir: &Path) -> io::Result<()> {
        let place = |place: &Place| {
            Value::object([
                ("ask_after_ms", Value::Integer(place.ask_after_ms)),
                ("failures", place.failures.into()),
            ])
        };
        let places = self.places.iter();
        let places = places.map(|(url, one)| (url.clone(), place(one)));
        let bytes = canonical(&Value::object([
            ("again", self.again.to_value()),
            ("first", self.first.to_value()),
            ("places", Value::Object(places.collect())),
        ]));
        replace_file(&store_dir.join(FILE), &bytes, Durability::Lazy)
    }

    /// Whether a place may be asked now.
    pub(super) fn may_ask(&self, url: &str, now_ms: i64) -> bool {
        self.places.get(url).is_none_or(|place| {
            // A clock that was set back must not silence a place for years.
            let is_far = place.ask_after_ms.saturating_sub(now_ms) > LONGEST_MS.saturating_mul(2);
            is_far || place.ask_after_ms <= now_ms
        })
    }

    /// It gave something that says more than what was kept.
    pub(super) fn helped(&mut self, url: &str) {
        self.places.remove(url);
    }

    /// It answered, and said no more; `next_ms` is when it promises something newer.
    pub(super) fn said_no_more(&mut self, url: &str, now_ms: i64, next_ms: Option<i64>) {
        let pause = next_ms.map_or(NOTHING_NEW_MS, |next| next.saturating_sub(now_ms));
        let pause = pause.clamp(NOTHING_NEW_MS, LONGEST_MS);
        self.put(url, 0, now_ms.saturating_add(pause));
    }

    /// It did not answer, or with something of no use.
    pub(super) fn failed(&mut self, url: &str, now_ms: i64) {
        let failures = self.places.get(url).map_or(0, |place| place.failures);
        let doublings = u32::try_from(failures).unwrap_or(u32::MAX).min(16);
        let pause = FIRST_MS
            .saturating_mul(2_i64.saturating_pow(doublings))
            .min(LONGEST_MS);
        let failures = failures.saturating_add(1);
        self.put(url, failures, now_ms.saturating_add(pause));
    }

    fn put(&mut self, url: &str, failures: u64, ask_after_ms: i64) {
        if self.places.len() >= MAX_PLACES && !self.places.contains_key(url) {
            let soonest = self
                .places
                .iter()
                .min_by_key(|(_, place)| place.ask_after_ms);
            if let Some(soonest) = soonest.map(|(url, _)| url.clone()) {
                self.places.remove(&soonest);
            }
        }
        let place = Place {
            failures,
            ask_after_ms,
        };
        self.places.insert(url.into(), place);
    }
}

impl Progress {
    fn read(value: &Value) -> Option<Self> {
        let waiting = value.require_array("waiting").ok()?.iter();
        let waiting = waiting.map(|size| u64::try_from(size.as_integer()?).ok());
        Some(Self {
            from: value.require_count("from").ok()?,
            waiting: waiting.collect::<Option<_>>()?,
        })
    }

    fn to_value(&self) -> Value {
        Value::object([
            ("from", self.from.into()),
            ("waiting", self.waiting.iter().copied().collect()),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_down_is_asked_less_and_less_but_not_given_up() {
        let dir = tempfile::tempdir().unwrap();
        let mut state = State::default();
        assert!(state.may_ask("u", 0));
        state.failed("u", 0);
        assert!(!state.may_ask("u", FIRST_MS - 1));
        assert!(state.may_ask("u", FIRST_MS));
        for _ in 0..100 {
            state.failed("u", 0);
        }
        assert!(!state.may_ask("u", LONGEST_MS - 1));
        assert!(state.may_ask("u", LONGEST_MS));
        // The clock was a year ahead when it failed.
        assert!(state.may_ask("u", -31_536_000_000));
        state.said_no_more("v", 0, Some(2 * NOTHING_NEW_MS));
        assert!(!state.may_ask("v", 2 * NOTHING_NEW_MS - 1));
        state.said_no_more("v", 0, Some(-5));
        assert!(!state.may_ask("v", NOTHING_NEW_MS - 1) && state.may_ask("v", NOTHING_NEW_MS));
        state.again.from = 7;
        state.again.waiting.extend([3, 5]);
        state.save(dir.path()).unwrap();
        assert_eq!(State::load(dir.path()), state);
        state.helped("u");
        assert!(state.may_ask("u", 0));
        fs::write(dir.path().join(FILE), b"{}").unwrap();
        assert_eq!(State::load(dir.path()), State::default());
    }
}
