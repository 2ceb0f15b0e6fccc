//! Which authorities failed, and when they are asked again.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use proofline_format::json::{Value, canonical, parse};
use proofline_format::timestamp::Timestamp;

use crate::home::{Durability, replace_file};
use crate::random;

const FILE: &str = "authorities.json";
/// Pause after the first failure.
const FIRST_MS: i64 = 30_000;
/// Longest pause.
const LONGEST_MS: i64 = 3_600_000;

/// What is known of each authority that failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Backoff {
    failures: BTreeMap<String, Failure>,
}

/// The failures of one authority since it last answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// How many in a row.
    pub count: u64,
    /// When it may be asked again, in milliseconds since 1970.
    pub retry_at_ms: i64,
    /// What it last said.
    pub message: String,
}

impl Backoff {
    /// What a store remembers; nothing, where it remembers nothing readable.
    #[must_use]
    pub fn load(store_dir: &Path) -> Self {
        let read = || {
            let value = parse(&fs::read(store_dir.join(FILE)).ok()?).ok()?;
            let entries = value.members()?.iter();
            let failures = entries.filter_map(|(url, value)| {
                let failure = Failure {
                    count: value.require_count("count").ok()?,
                    retry_at_ms: value.require("retry_at_ms").ok()?.as_integer()?,
                    message: value.require_text("message").ok()?.into(),
                };
                Some((url.clone(), failure))
            });
            Some(failures.collect())
        };
        Self {
            failures: read().unwrap_or_default(),
        }
    }

    /// Writes it down.
    ///
    /// # Errors
    /// If the store's folder takes no bytes.
    pub fn save(&self, store_dir: &Path) -> io::Result<()> {
        let value = |failure: &Failure| {
            Value::object([
                ("count", failure.count.into()),
                ("message", failure.message.as_str().into()),
                ("retry_at_ms", Value::Integer(failure.retry_at_ms)),
            ])
        };
        let members = self.failures.iter();
        let members = members.map(|(url, failure)| (url.clone(), value(failure)));
        let bytes = canonical(&Value::Object(members.collect()));
        replace_file(&store_dir.join(FILE), &bytes, Durability::Lazy)
    }

    /// The authorities that failed when they were last asked.
    pub fn failures(&self) -> impl Iterator<Item = (&str, &Failure)> {
        self.failures
            .iter()
            .map(|(url, failure)| (url.as_str(), failure))
    }

    /// Whether an authority may be asked now.
    #[must_use]
    pub fn may_ask(&self, url: &str, now: Timestamp) -> bool {
        self.failures.get(url).is_none_or(|failure| {
            // A clock that was set back must not silence an authority for years.
            let is_far =
                failure.retry_at_ms.saturating_sub(now.millis()) > LONGEST_MS.saturating_mul(2);
            is_far || failure.retry_at_ms <= now.millis()
        })
    }

    /// It answered.
    pub fn succeeded(&mut self, url: &str) {
        self.failures.remove(url);
    }

    /// It did not: the pause doubles, and varies by half so that many devices do not come back at
    /// the same moment.
    pub fn failed(&mut self, url: &str, now: Timestamp, message: &str) {
        let before = self.failures.get(url).map_or(0, |failure| failure.count);
        let doublings = u32::try_from(before).unwrap_or(u32::MAX).min(20);
        let pause = FIRST_MS
            .saturating_mul(2_i64.saturating_pow(doublings))
            .min(LONGEST_MS);
        let random = random::bytes::<1>().map_or(128, |[byte]| i64::from(byte));
        // Between a half and one and a half.
        let pause = (pause / 2).saturating_add(pause.saturating_mul(random) / 256);
        let failure = Failure {
            count: before.saturating_add(1),
            retry_at_ms: now.millis().saturating_add(pause),
            message: message.into(),
        };
        self.failures.insert(url.into(), failure);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_that_is_down_is_asked_less_and_less_but_not_given_up() {
        let dir = tempfile::tempdir().unwrap();
        let at = |millis| Timestamp::from_millis(millis).unwrap();
        let mut backoff = Backoff::default();
        assert!(backoff.may_ask("u", at(0)));
        backoff.failed("u", at(0), "no");
        assert!(!backoff.may_ask("u", at(FIRST_MS / 2 - 1)));
        assert!(backoff.may_ask("u", at(FIRST_MS * 3 / 2)));
        for _ in 0..100 {
            backoff.failed("u", at(0), "no");
        }
        assert!(!backoff.may_ask("u", at(LONGEST_MS / 2 - 1)));
        assert!(backoff.may_ask("u", at(LONGEST_MS * 3 / 2)));
        backoff.save(dir.path()).unwrap();
        assert_eq!(Backoff::load(dir.path()), backoff);
        // The clock was a year ahead when it failed.
        assert!(backoff.may_ask("u", at(-31_536_000_000)));
        backoff.succeeded("u");
        assert!(backoff.may_ask("u", at(0)));
    }
}
