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

/// Checkpoints, from the newest, that wait for a second token; farther back a newer one covers
/// them, and a run of the scheduler stays cheap on a store of years. One without any token waits
/// wherever it is.
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
        let (mut none, mut partial) = (Vec::new(), Vec::new());
        for (depth, &size) in notes.iter().rev().enumerate() {
            if !stamped.contains(&size) {
                none.push(Waiting {
                    size,
                    ..Waiting::default()
                });
            } else if wanted > 1 && depth < PARTIAL_DEPTH {
                let waiting = Waiting::of(store, size, &config.authorities, backoff)?;
                if waiting.tokens < wanted {
                    partial.push(waiting);
                }
            }
        }
        let newest = notes.last().copied();
        let mut waiting = none;
        waiting.extend(partial);
        waiting.sort_by_key(|waiting| Some(waiting.size) != newest);
        Ok(Self {
            waiting,
            wanted,
            newest,
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

/// When a checkpoint was made, by the device's clock.
///
/// # Errors
/// What the store says.
pub fn sealed_at(store: &Store, size: u64) -> Result<Option<Timestamp>, StoreError> {
    Ok(store.entry(size)?.map(|signed| signed.entry.created_at))
}
