//! The queue: checkpoints that have no token yet, or fewer than are wanted.
//!
//! It is read off the store, so that it cannot be forgotten and cannot disagree with it.

use std::collections::BTreeSet;

use proofline_format::digest::Hash;
use proofline_format::object::ItemKind;
use proofline_format::timestamp::Timestamp;

use super::Backoff;
use crate::authority::Authority;
use crate::config::Config;
use crate::stamp::signer_of;
use crate::store::{Store, StoreError};

/// Checkpoints, from the newest, that wait for a token. Farther back a newer token covers them: who
/// names an authority after years is not to send it a request for every quarter of an hour.
pub const DEPTH: usize = 5_000;
/// Checkpoints, from the newest, that wait for a second token. Each is looked at in every run, which
/// has to stay cheap.
pub const PARTIAL_DEPTH: usize = 1_000;

/// A checkpoint that waits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Its size, and the index of its entry.
    pub size: u64,
    /// URLs, without credentials, of the configured authorities that have stamped it. Where several sign with one
    /// certificate, each of them has, and together they count once.
    pub stamped_by: Vec<String>,
    /// How many authorities have stamped it, also those that are not configured any more.
    pub tokens: usize,
}

/// Everything that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// In the order in which they are stamped: the newest checkpoint, then those without a token,
    /// then the others, each from the newest.
    pub waiting: Vec<Waiting>,
    /// How many tokens each checkpoint is to have.
    pub wanted: usize,
    /// Size of the newest checkpoint, waiting or not.
    pub newest: Option<u64>,
    /// Checkpoints beyond [`DEPTH`] that have no token and do not wait for one.
    pub beyond: usize,
}

impl Waiting {
    /// Reads who has stamped a checkpoint off its tokens.
    pub(super) fn of(
        store: &Store,
        size: u64,
        authorities: &[Authority],
        backoff: &Backoff,
    ) -> Result<Self, StoreError> {
        let mut stamped_by = BTreeSet::new();
        let mut independent = BTreeSet::new();
        for item in store.items(size)? {
            if item.kind != ItemKind::TimeStampResponse {
                continue;
            }
            let signer = signer_of(&item.bytes);
            let urls: Vec<String> = authorities
                .iter()
                .filter(|authority| signer.is_some_and(|s| backoff.signs_for(&s, authority)))
                .map(Authority::shown_url)
                .collect();
            // A token that names no signer counts for itself.
            let stranger = || signer.map_or(item.sha256, Hash).to_string();
            independent.insert(urls.first().cloned().unwrap_or_else(stranger));
            stamped_by.extend(urls);
        }
        Ok(Self {
            size,
            stamped_by: stamped_by.into_iter().collect(),
            tokens: independent.len(),
        })
    }

    /// Whether an authority has.
    #[must_use]
    pub fn is_stamped_by(&self, authority: &Authority) -> bool {
        self.stamped_by.contains(&authority.shown_url())
    }
}

impl Queue {
    /// What waits in a store.
    ///
    /// # Errors
    /// What the store says.
    pub fn of(store: &Store, config: &Config, backoff: &Backoff) -> Result<Self, StoreError> {
        let notes = store.note_sizes()?;
        let stamped: BTreeSet<u64> = store.stamped_sizes()?.into_iter().collect();
        // Without an authority, whatever has no token waits for one to be named.
        let wanted = config.tokens_wanted().max(1);
        let (mut waiting, beyond) = without_token(&notes, &stamped);
        let may_be_partial = notes.iter().rev().take(PARTIAL_DEPTH);
        for &size in may_be_partial.filter(|size| wanted > 1 && stamped.contains(size)) {
            let one = Waiting::of(store, size, &config.authorities, backoff)?;
            if one.tokens < wanted {
                waiting.push(one);
            }
        }
        let newest = notes.last().copied();
        waiting.sort_by_key(|waiting| Some(waiting.size) != newest);
        Ok(Self {
            waiting,
            wanted,
            newest,
            beyond,
        })
    }

    /// When the oldest checkpoint that waits was made.
    ///
    /// # Errors
    /// What the store says.
    pub fn oldest(&self, store: &Store) -> Result<Option<Timestamp>, StoreError> {
        let sizes = self.waiting.iter().map(|waiting| waiting.size);
        match sizes.min() {
            Some(size) => sealed_at(store, size),
            None => Ok(None),
        }
    }
}

/// Those that have no token and wait for one, from the newest, and how many are too far back.
fn without_token(notes: &[u64], stamped: &BTreeSet<u64>) -> (Vec<Waiting>, usize) {
    let bare = |size: &&u64| !stamped.contains(size);
    let (far, near) = notes.split_at(notes.len().saturating_sub(DEPTH));
    let waiting = near.iter().rev().filter(bare).map(|&size| Waiting {
        size,
        ..Waiting::default()
    });
    (waiting.collect(), far.iter().filter(bare).count())
}

/// When a checkpoint was made, by the device's clock.
///
/// # Errors
/// What the store says.
pub fn sealed_at(store: &Store, size: u64) -> Result<Option<Timestamp>, StoreError> {
    Ok(store.entry(size)?.map(|signed| signed.entry.created_at))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without it: who names an authority after years sends it a request for each checkpoint ever
    /// made.
    #[test]
    fn what_lies_far_back_waits_for_no_token_of_its_own() {
        let notes: Vec<u64> = (1..=6_000).collect();
        let stamped = BTreeSet::from([1, 1_000, 1_001, 6_000]);
        let (waiting, beyond) = without_token(&notes, &stamped);
        assert_eq!(beyond, 1_000 - 2);
        assert_eq!(waiting.len(), DEPTH - 2);
        assert_eq!(waiting.first().map(|w| w.size), Some(5_999));
        assert_eq!(waiting.last().map(|w| w.size), Some(1_002));
        assert_eq!(without_token(&[], &stamped), (Vec::new(), 0));
        assert_eq!(without_token(&[7], &BTreeSet::new()).0[0].size, 7);
    }
}
