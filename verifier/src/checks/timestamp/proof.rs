//! Which later token shows that an earlier one existed, and from when on.
//!
//! A token is listed by an evidence object at an index m of the chain, and with its bytes' hash it
//! is part of every chain hash from there on. A token over chain hash n ≥ m, which reaches m by
//! lines without a gap or by the note that entry n commits to, was made after the listed one.
//!
//! n is always greater than the size that the listed token stamps, because a chain hash cannot be
//! known before it is made. So who judges tokens from the end of the log on meets every token after
//! all those that could vouch for it: there are no cycles, and nothing is judged twice.

use std::collections::BTreeSet;

use crate::checks::entries::Run;

/// A token that vouches for what lies before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Voucher {
    /// No later than this, in microseconds since 1970.
    pub(super) no_later_than: i64,
    /// The index of the entry that it stamps.
    pub(super) size: u64,
    /// Its place among the tokens.
    pub(super) position: usize,
}

/// The earliest vouchers, by what they reach; filled from the end of the log on.
#[derive(Debug)]
pub(super) struct Vouchers<'a> {
    run: &'a Run,
    rooted: &'a BTreeSet<u64>,
    /// One for each token, with what is the earliest up to it; the sizes descend.
    steps: Vec<Step>,
}

#[derive(Debug, Clone, Copy)]
struct Step {
    size: u64,
    /// Of those from `size` on without a gap.
    linked: Voucher,
    /// Of those whose note's root was computed.
    rooted: Option<Voucher>,
}

impl<'a> Vouchers<'a> {
    /// None yet. `rooted` are the checkpoint entries whose note's root equals the computed one.
    pub(super) const fn new(run: &'a Run, rooted: &'a BTreeSet<u64>) -> Self {
        let steps = Vec::new();
        Self { run, rooted, steps }
    }

    /// Adds a token whose size is no greater than that of any before.
    pub(super) fn add(&mut self, voucher: Voucher) {
        let size = voucher.size;
        let last = self.steps.last().copied();
        let linked = last.filter(|last| self.run.is_contiguous(size, last.size));
        let rooted = last.and_then(|last| last.rooted);
        let is_rooted = self.rooted.contains(&size);
        self.steps.push(Step {
            size,
            linked: linked.map_or(voucher, |last| last.linked.min(voucher)),
            rooted: if is_rooted {
                Some(rooted.map_or(voucher, |known| known.min(voucher)))
            } else {
                rooted
            },
        });
    }

    /// The earliest token that shows that what an entry lists existed.
    pub(super) fn of(&self, listed_at: u64) -> Option<Voucher> {
        let reaching = self.steps.partition_point(|step| step.size >= listed_at);
        let step = self.steps.get(reaching.checked_sub(1)?)?;
        let linked = self.run.is_contiguous(listed_at, step.size);
        let linked = linked.then_some(step.linked);
        [linked, step.rooted].into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(present: &[(u64, u64)], rooted: &[u64], tokens: &[(u64, i64)], want: &[(u64, i64)]) {
        let run = Run::of_ranges(present);
        let rooted = rooted.iter().copied().collect();
        let mut vouchers = Vouchers::new(&run, &rooted);
        for (position, &(size, no_later_than)) in tokens.iter().enumerate() {
            vouchers.add(Voucher {
                no_later_than,
                size,
                position,
            });
        }
        for &(listed_at, want) in want {
            let got = vouchers.of(listed_at).map(|voucher| voucher.no_later_than);
            assert_eq!(got.unwrap_or(-1), want, "listed at {listed_at}");
        }
    }

    #[test]
    fn the_earliest_token_from_the_listing_entry_on_vouches() {
        let tokens = [(30, 300), (20, 200), (20, 210), (10, 250)];
        let want = [
            (0, 200),
            (10, 200),
            (11, 200),
            (20, 200),
            (21, 300),
            (31, -1),
        ];
        check(&[(0, 40)], &[], &tokens, &want);
    }

    #[test]
    fn nothing_vouches_across_a_gap_but_a_note_whose_root_was_computed() {
        let present = [(0, 10), (20, 40)];
        let tokens = [(30, 300), (10, 400)];
        check(&present, &[], &tokens, &[(5, 400), (25, 300), (35, -1)]);
        check(&present, &[30], &tokens, &[(5, 300), (25, 300), (35, -1)]);
    }

    #[test]
    fn a_token_in_one_stretch_is_not_linked_to_another() {
        let present = [(0, 10), (20, 40)];
        let tokens = [(30, 300), (20, 500), (10, 600), (5, 700)];
        check(&present, &[], &tokens, &[(20, 300), (6, 600), (4, 600)]);
    }
}
