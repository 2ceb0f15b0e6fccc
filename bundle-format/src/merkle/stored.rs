//! A tree that keeps every node, for making proofs. 64 bytes a leaf.

use alloc::vec::Vec;

use super::{empty_root, node_hash};
use crate::digest::Hash;

/// Every perfect subtree root, level by level.
#[derive(Debug, Clone, Default)]
pub struct StoredTree {
    levels: Vec<Vec<Hash>>,
}

impl StoredTree {
    /// Number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.levels
            .first()
            .map_or(0, |leaves| u64::try_from(leaves.len()).unwrap_or(u64::MAX))
    }

    /// Appends a leaf by its hash.
    pub fn append(&mut self, leaf: Hash) {
        let mut carried = leaf;
        for level in 0_usize.. {
            if self.levels.len() <= level {
                self.levels.push(Vec::new());
            }
            let Some(nodes) = self.levels.get_mut(level) else {
                return;
            };
            nodes.push(carried);
            if !nodes.len().is_multiple_of(2) {
                return;
            }
            let [.., left, right] = nodes.as_slice() else {
                return;
            };
            carried = node_hash(left, right);
        }
    }

    /// The root of the perfect subtree number `position` at `level`, if it is complete.
    #[must_use]
    pub fn subtree(&self, level: u32, position: u64) -> Option<Hash> {
        let nodes = self.levels.get(usize::try_from(level).ok()?)?;
        nodes.get(usize::try_from(position).ok()?).copied()
    }

    /// The root over the leaves `[start, end)`, where `start` is a multiple of the largest power
    /// of two below `end − start` (every range that the recursion of RFC 6962 meets).
    fn range(&self, start: u64, end: u64) -> Option<Hash> {
        let mut hashes = super::aligned_subtrees(start, end)
            .into_iter()
            .rev()
            .map(|(at, level)| self.subtree(level, at.checked_shr(level)?));
        let last = hashes.next()??;
        hashes.try_fold(last, |right, left| Some(node_hash(&left?, &right)))
    }

    /// The root of the first `size` leaves; `None` if there are fewer.
    #[must_use]
    pub fn root(&self, size: u64) -> Option<Hash> {
        if size == 0 {
            Some(empty_root())
        } else {
            self.range(0, size)
        }
    }

    /// RFC 6962 §2.1.1: the inclusion proof of leaf `index` in the tree of `size` leaves.
    #[must_use]
    pub fn inclusion_proof(&self, index: u64, size: u64) -> Option<Vec<Hash>> {
        self.subtree_proof(0, index, size)
    }

    /// The inclusion proof of a whole perfect subtree in the tree of `size` leaves.
    #[must_use]
    pub fn subtree_proof(&self, level: u32, position: u64, size: u64) -> Option<Vec<Hash>> {
        let width = 1_u64.checked_shl(level)?;
        let start = position.checked_mul(width)?;
        if start.checked_add(width)? > size || size > self.size() {
            return None;
        }
        let (mut low, mut high) = (0_u64, size);
        let mut proof = Vec::new();
        while high.checked_sub(low)? > width {
            let middle = low.checked_add(split(high.checked_sub(low)?))?;
            if start < middle {
                proof.push(self.range(middle, high)?);
                high = middle;
            } else {
                proof.push(self.range(low, middle)?);
                low = middle;
            }
        }
        proof.reverse();
        Some(proof)
    }

    /// RFC 6962 §2.1.2: the proof that the tree of `old_size` leaves is a prefix of that of
    /// `new_size` leaves; there is none from the empty tree.
    #[must_use]
    pub fn consistency_proof(&self, old_size: u64, new_size: u64) -> Option<Vec<Hash>> {
        if old_size == 0 || old_size > new_size || new_size > self.size() {
            return None;
        }
        let mut proof = Vec::new();
        if old_size == new_size {
            return Some(proof);
        }
        let (mut low, mut high) = (0_u64, new_size);
        while old_size < high {
            let middle = low.checked_add(split(high.checked_sub(low)?))?;
            if old_size <= middle {
                proof.push(self.range(middle, high)?);
                high = middle;
            } else {
                proof.push(self.range(low, middle)?);
                low = middle;
            }
        }
        // The old tree's own root is known to the reader and left out.
        if low > 0 {
            proof.push(self.range(low, high)?);
        }
        proof.reverse();
        Some(proof)
    }
}

/// The largest power of two smaller than `count`, which is at least 2.
const fn split(count: u64) -> u64 {
    match count.saturating_sub(1).checked_ilog2() {
        Some(log) => 1_u64 << log,
        None => 0,
    }
}
