//! What is known of each authority: when it was asked, how it answered, when it may be asked again.
//!
//! Lost, nothing is lost but patience: an authority is asked too early once, or asked again for a
//! checkpoint that it stamped. What it gave is in the store.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use proofline_format::encoding::hex;
use proofline_format::json::{Value, canonical, parse};
use proofline_format::timestamp::Timestamp;

use crate::authority::Authority;
use crate::home::{Durability, replace_file};
use crate::random;
use crate::stamp::StampError;

const FILE: &str = "authorities.json";
/// Pause after the first failure.
const FIRST_MS: i64 = 30_000;
/// Longest pause of our own making.
const LONGEST_MS: i64 = 3_600_000;
/// Longest pause where an authority was not reached at all: a device that was offline for days is
/// not to wait an hour when it is back, and who hears nothing is not pestered.
const LONGEST_UNHEARD_MS: i64 = 300_000;
/// Longest wait that an authority can ask for: who asks for a century is not left alone so long.
const LONGEST_WAIT_MS: i64 = 86_400_000;
/// Shortest time between two requests for older checkpoints, whatever the authority allows: a
/// queue of days is no reason to hurry, and public authorities are shared.
pub(super) const OLDER_INTERVAL: Duration = Duration::from_secs(1);
/// Certificates remembered as an authority's: its units and their successors.
const MAX_SIGNERS: usize = 32;

/// What is known of each authority, by its URL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Backoff {
    authorities: BTreeMap<String, Known>,
}

/// What is known of one authority.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The failures since it last answered.
    pub failure: Option<Failure>,
    /// When it was last asked, in milliseconds since 1970.
    pub asked_at_ms: Option<i64>,
    /// When it last gave a token, in milliseconds since 1970.
    pub stamped_at_ms: Option<i64>,
    /// Until when it asked to be left alone, in milliseconds since 1970.
    pub wait_until_ms: Option<i64>,
    /// SHA-256 of certificates that signed its tokens, in hexadecimal, the newest last.
    signers: Vec<String>,
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

/// Why an authority is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It failed.
    Failed,
    /// It asked for it.
    AskedToWait,
    /// It was asked just now, and takes one request in its interval.
    Interval,
}

impl Why {
    /// In words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::AskedToWait => "asked-to-wait",
            Self::Interval => "interval",
        }
    }
}

/// Until when an authority is left alone, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// In milliseconds since 1970.
    pub until_ms: i64,
    /// Why.
    pub why: Why,
}

impl Pause {
    /// The moment.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        Timestamp::from_millis(self.until_ms)
    }

    /// How long it is until then.
    #[must_use]
    pub fn left(&self, now: Timestamp) -> Duration {
        let millis = self.until_ms.saturating_sub(now.millis());
        Duration::from_millis(u64::try_from(millis).unwrap_or_default())
    }
}

impl Known {
    fn parse(value: &Value) -> Self {
        let moment = |name| value.require(name).ok().and_then(Value::as_integer);
        let failure = || {
            Some(Failure {
                count: value.require_count("count").ok()?,
                retry_at_ms: moment("retry_at_ms")?,
                message: value.require_text("message").ok()?.into(),
            })
        };
        let signers = value.require_array("signers").ok().unwrap_or_default();
        let signers = signers.iter().filter_map(Value::as_text);
        Self {
            failure: failure(),
            asked_at_ms: moment("asked_at_ms"),
            stamped_at_ms: moment("stamped_at_ms"),
            wait_until_ms: moment("wait_until_ms"),
            signers: signers.take(MAX_SIGNERS).map(String::from).collect(),
        }
    }

    fn to_value(&self) -> Value {
        let mut members = Vec::new();
        let mut put = |name: &str, value: Value| members.push((name.to_owned(), value));
        for (name, moment) in [
            ("asked_at_ms", self.asked_at_ms),
            ("stamped_at_ms", self.stamped_at_ms),
            ("wait_until_ms", self.wait_until_ms),
        ] {
            if let Some(moment) = moment {
                put(name, Value::Integer(moment));
            }
        }
        if let Some(failure) = &self.failure {
            put("count", failure.count.into());
            put("message", failure.message.as_str().into());
            put("retry_at_ms", Value::Integer(failure.retry_at_ms));
        }
        let signers = self.signers.iter().map(String::as_str);
        put("signers", signers.collect());
        Value::Object(members)
    }
}

impl Backoff {
    /// What a store remembers; nothing, where it remembers nothing readable.
    #[must_use]
    pub fn load(store_dir: &Path) -> Self {
        let read = || {
            let value = parse(&fs::read(store_dir.join(FILE)).ok()?).ok()?;
            let members = value.members()?.iter();
            let known = members.map(|(url, value)| (url.clone(), Known::parse(value)));
            Some(known.collect())
        };
        Self {
            authorities: read().unwrap_or_default(),
        }
    }

    /// Writes it down.
    ///
    /// # Errors
    /// If the store's folder takes no bytes.
    pub fn save(&self, store_dir: &Path) -> io::Result<()> {
        let members = self.authorities.iter();
        let members = members.map(|(url, known)| (url.clone(), known.to_value()));
        let bytes = canonical(&Value::Object(members.collect()));
        replace_file(&store_dir.join(FILE), &bytes, Durability::Lazy)
    }

    /// What is known of an authority, if it was ever asked.
    #[must_use]
    pub fn of(&self, authority: &Authority) -> Option<&Known> {
        self.authorities.get(&authority.url)
    }

    /// The authorities that failed when they were last asked, by their URLs.
    pub fn failures(&self) -> impl Iterator<Item = (&str, &Failure)> {
        self.authorities
            .iter()
            .filter_map(|(url, known)| Some((url.as_str(), known.failure.as_ref()?)))
    }

    /// Whether an authority may be asked now.
    #[must_use]
    pub fn may_ask(&self, authority: &Authority, now: Timestamp) -> bool {
        self.pause(authority, now).is_none()
    }

    /// Why an authority is not asked now: the pause that ends last.
    #[must_use]
    pub fn pause(&self, authority: &Authority, now: Timestamp) -> Option<Pause> {
        let failed = self.of(authority).and_then(|known| {
            let until_ms = known.failure.as_ref()?.retry_at_ms;
            Some((until_ms, Why::Failed))
        });
        let by_hand = self.pause_by_hand(authority, now);
        let failed = self.counts(authority, failed, now);
        failed.into_iter().chain(by_hand).max_by_key(|p| p.until_ms)
    }

    /// The same for somebody who asks by hand: that an authority failed does not stop him.
    #[must_use]
    pub fn pause_by_hand(&self, authority: &Authority, now: Timestamp) -> Option<Pause> {
        let known = self.of(authority)?;
        let waits = known.wait_until_ms.map(|until| (until, Why::AskedToWait));
        let interval = interval_end(known, authority.min_interval);
        let waits = self.counts(authority, waits, now);
        let interval = self.counts(authority, interval, now);
        waits.into_iter().chain(interval).max_by_key(|p| p.until_ms)
    }

    /// The same for a checkpoint that a newer token covers.
    #[must_use]
    pub fn pause_for_older(&self, authority: &Authority, now: Timestamp) -> Option<Pause> {
        let interval = authority.min_interval.max(OLDER_INTERVAL);
        let interval = self
            .of(authority)
            .and_then(|known| interval_end(known, interval));
        let interval = self.counts(authority, interval, now);
        let other = self.pause(authority, now);
        other.into_iter().chain(interval).max_by_key(|p| p.until_ms)
    }

    /// A pause, if it has not ended. A clock that was set back must not silence an authority for
    /// years: what was written in the future does not count.
    fn counts(
        &self,
        authority: &Authority,
        pause: Option<(i64, Why)>,
        now: Timestamp,
    ) -> Option<Pause> {
        let (until_ms, why) = pause?;
        let left = until_ms.saturating_sub(now.millis());
        let asked_at_ms = self.of(authority).and_then(|known| known.asked_at_ms);
        let was_set_back = match asked_at_ms {
            Some(asked_at_ms) => asked_at_ms > now.millis(),
            None => left > LONGEST_MS.saturating_mul(2),
        };
        (left > 0 && !was_set_back).then_some(Pause { until_ms, why })
    }

    /// Whether a certificate, by its SHA-256, has signed tokens of an authority.
    pub(super) fn signs_for(&self, signer: &[u8; 32], authority: &Authority) -> bool {
        let signer = hex(signer);
        self.of(authority)
            .is_some_and(|known| known.signers.contains(&signer))
    }

    /// It gave a token that this certificate signed.
    pub fn succeeded(&mut self, authority: &Authority, now: Timestamp, signer: Option<[u8; 32]>) {
        let known = self.authorities.entry(authority.url.clone()).or_default();
        known.failure = None;
        known.wait_until_ms = None;
        known.asked_at_ms = Some(now.millis());
        known.stamped_at_ms = Some(now.millis());
        if let Some(signer) = signer.map(|signer| hex(&signer)) {
            known.signers.retain(|other| *other != signer);
            known.signers.push(signer);
            let too_many = known.signers.len().saturating_sub(MAX_SIGNERS);
            known.signers.drain(..too_many);
        }
    }

    /// It did not: the pause doubles, and varies by half so that many devices do not come back at
    /// the same moment.
    pub fn failed(&mut self, authority: &Authority, now: Timestamp, error: &StampError) {
        let known = self.authorities.entry(authority.url.clone()).or_default();
        let before = known.failure.as_ref().map_or(0, |failure| failure.count);
        let doublings = u32::try_from(before).unwrap_or(u32::MAX).min(20);
        let longest = if error.is_unheard {
            LONGEST_UNHEARD_MS
        } else {
            LONGEST_MS
        };
        let pause = FIRST_MS
            .saturating_mul(2_i64.saturating_pow(doublings))
            .min(longest);
        let random = random::bytes::<1>().map_or(128, |[byte]| i64::from(byte));
        // Between a half and one and a half.
        let pause = (pause / 2).saturating_add(pause.saturating_mul(random) / 256);
        known.failure = Some(Failure {
            count: before.saturating_add(1),
            retry_at_ms: now.millis().saturating_add(pause),
            message: error.message.clone(),
        });
        known.asked_at_ms = Some(now.millis());
        known.wait_until_ms = error.wait.map(|wait| {
            let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
            now.millis().saturating_add(wait.min(LONGEST_WAIT_MS))
        });
    }
}

fn interval_end(known: &Known, interval: Duration) -> Option<(i64, Why)> {
    let interval = i64::try_from(interval.as_millis()).unwrap_or(i64::MAX);
    Some((known.asked_at_ms?.saturating_add(interval), Why::Interval))
}

#[cfg(test)]
mod tests;
