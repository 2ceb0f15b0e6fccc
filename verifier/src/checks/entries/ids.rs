//! Which ids were seen: sixteen bytes an entry, in sorted runs.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

use proofline_format::entry::EventId;

/// Ids in the newest, unsorted run.
const RUN_IDS: usize = 1 << 14;
/// Bits of the filter: with a million ids, one new id in sixteen is searched for in the runs.
const FILTER_BITS: u64 = 1 << 24;

/// The ids of every entry so far.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    /// Sorted runs, larger ones first; two of equal size are merged into one.
    runs: Vec<Vec<u128>>,
    newest: HashSet<u128>,
    /// A bit for every id that was seen, at a place that nobody else can foresee. Most ids are new,
    /// and an unset bit says so without a search.
    filter: Vec<u64>,
    places: RandomState,
}

impl Ids {
    pub(crate) fn contains(&self, id: EventId) -> bool {
        let id = id.as_u128();
        // What is asked for is mostly new itself: a parent stands shortly before its children.
        let in_run = |run: &Vec<u128>| run.binary_search(&id).is_ok();
        self.newest.contains(&id) || self.runs.iter().rev().any(in_run)
    }

    /// Takes in an id; `false` if it was there.
    pub(crate) fn insert(&mut self, id: EventId) -> bool {
        if self.mark(id) && self.contains(id) {
            return false;
        }
        self.newest.insert(id.as_u128());
        if self.newest.len() == RUN_IDS {
            let mut run: Vec<u128> = self.newest.drain().collect();
            run.sort_unstable();
            self.runs.push(run);
            self.merge();
        }
        true
    }

    /// Sets the id's bit of the filter; whether it was set.
    fn mark(&mut self, id: EventId) -> bool {
        if self.filter.is_empty() {
            let words = usize::try_from(FILTER_BITS / 64).unwrap_or(1);
            self.filter = vec![0; words];
        }
        let bit = self.places.hash_one(id.as_u128()) % FILTER_BITS;
        let word = usize::try_from(bit / 64).unwrap_or(0);
        let mask = 1_u64 << (bit % 64);
        // A word that is not there counts as set: the search then decides.
        self.filter.get_mut(word).is_none_or(|word| {
            let was_set = *word & mask != 0;
            *word |= mask;
            was_set
        })
    }

    /// Keeps the number of runs logarithmic, up to a size at which copying would double memory.
    fn merge(&mut self) {
        while let [.., older, newer] = self.runs.as_slice() {
            if older.len() > newer.len() || newer.len() >= RUN_IDS << 3 {
                return;
            }
            let Some(newer) = self.runs.pop() else { return };
            if let Some(older) = self.runs.last_mut() {
                older.reserve_exact(newer.len());
                older.extend(newer);
                older.sort_unstable();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_id_is_seen_at_any_distance() {
        let id = |n: u32| {
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&n.wrapping_mul(2_654_435_761).to_be_bytes());
            EventId::from_random(bytes)
        };
        let mut ids = Ids::default();
        for n in 0..200_000 {
            assert!(ids.insert(id(n)));
        }
        for n in (0..200_000).step_by(777) {
            assert!(!ids.insert(id(n)));
        }
        assert!(!ids.contains(id(200_000)));
    }
}
