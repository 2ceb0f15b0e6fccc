//! The Merkle tree of RFC 6962 §2.1 (RFC 9162 §2.1): incremental roots, and checking of proofs.
//!
//! ```text
//! leaf(d)    = SHA-256(0x00 || d)
//! node(l, r) = SHA-256(0x01 || l || r)
//! root({})   = SHA-256("")
//! ```
//!
//! [`Tree`] keeps only the roots of the perfect subtrees on the right edge, so that appending
//! costs O(log n) and a root is at hand after every leaf. Proofs are made by [`stored`], which
//! keeps every node, and checked by [`proof`], which keeps none.

pub mod proof;
pub mod stored;

use alloc::vec::Vec;

use crate::digest::{Hash, sha256, sha256_parts};

/// Hash of one leaf's bytes.
#[must_use]
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    sha256_parts(&[&[0], leaf])
}

/// Hash of an inner node.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    sha256_parts(&[&[1], &left.0, &right.0])
}

/// Root of the tree without leaves.
#[must_use]
pub fn empty_root() -> Hash {
    sha256(&[])
}

/// The right edge of a tree: enough to append leaves and to give the root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    size: u64,
    /// Roots of the perfect subtrees whose sizes are the set bits of `size`, largest first.
    edge: Vec<Hash>,
}

impl Tree {
    /// A tree from its size and right edge, as [`Self::edge`] gave it.
    #[must_use]
    pub fn from_edge(size: u64, edge: Vec<Hash>) -> Option<Self> {
        let bits = usize::try_from(size.count_ones()).ok()?;
        (bits == edge.len()).then_some(Self { size, edge })
    }

    /// Number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Roots of the perfect subtrees on the right edge, largest first.
    #[must_use]
    pub fn edge(&self) -> &[Hash] {
        &self.edge
    }

    /// Appends a leaf by its hash.
    pub fn append(&mut self, leaf: Hash) {
        // A level-0 subtree is aligned everywhere; 2^64 leaves cannot be reached by appending.
        let appended = self.append_subtree(0, leaf);
        debug_assert!(appended, "a leaf fits at every size");
    }

    /// Appends the root of a perfect subtree of 2^`level` leaves. Returns `false`, and changes
    /// nothing, where the size is not a multiple of 2^`level` or would overflow.
    #[must_use]
    pub fn append_subtree(&mut self, level: u32, root: Hash) -> bool {
        let Some(leaves) = 1_u64.checked_shl(level) else {
            return false;
        };
        let Some(size) = self.size.checked_add(leaves) else {
            return false;
        };
        if self.size.trailing_zeros() < level && self.size != 0 {
            return false;
        }
        let mut carried = root;
        let mut bit = leaves;
        while self.size & bit != 0 {
            let Some(left) = self.edge.pop() else {
                return false;
            };
            carried = node_hash(&left, &carried);
            bit <<= 1;
        }
        self.edge.push(carried);
        self.size = size;
        true
    }

    /// The root over all leaves so far.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut edge = self.edge.iter().rev();
        match edge.next() {
            None => empty_root(),
            Some(&last) => edge.fold(last, |right, left| node_hash(left, &right)),
        }
    }
}

/// Cuts `[start, end)` from the left into the largest aligned perfect subtrees: the form in which
/// leaves that are not shown still count. Gives `(start, level)` pairs.
#[must_use]
pub fn aligned_subtrees(start: u64, end: u64) -> Vec<(u64, u32)> {
    let mut out = Vec::new();
    let mut at = start;
    while let Some(left) = end.checked_sub(at).filter(|&left| left > 0) {
        let level = left.ilog2().min(at.trailing_zeros());
        out.push((at, level));
        at = at.saturating_add(1_u64.checked_shl(level).unwrap_or(0));
    }
    out
}

#[cfg(test)]
mod tests;
