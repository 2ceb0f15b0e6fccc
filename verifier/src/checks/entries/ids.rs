//! Which ids were seen: sixteen bytes an entry, in sorted runs.

use proofline_format::entry::EventId;

/// Ids in the newest, unsorted run.
const RUN_IDS: usize = 1 << 14;

/// The ids of every entry so far.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    /// Sorted runs, larger ones first; two of equal size are merged into one.
    runs: Vec<Vec<u128>>,
    newest: std::collections::HashSet<u128>,
}

impl Ids {
    pub(crate) fn contains(&self, id: EventId) -> bool {
        let id = id.as_u128();
        self.newest.contains(&id) || self.runs.iter().any(|run| run.binary_search(&id).is_ok())
    }

    /// Takes in an id; `false` if it was there.
    pub(crate) fn insert(&mut self, id: EventId) -> bool {
        if self.contains(id) {
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
