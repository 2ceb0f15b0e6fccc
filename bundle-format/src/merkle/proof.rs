//! Checking inclusion and consistency proofs: RFC 9162 §2.1.3.2 and §2.1.4.2, written out.
//!
//! A proof is accepted only if every hash in it is used: a trailing hash would make proofs
//! malleable. Sizes are bound by the caller's numbers, never taken from the proof.

use crate::digest::Hash;

use super::node_hash;

/// Whether `proof` shows that the leaf with this hash stands at `index` of the tree of `size`
/// leaves with this root.
#[must_use]
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    verify_subtree_inclusion(leaf, 0, index, size, proof, root)
}

/// Whether `proof` shows that the perfect subtree with this root, of 2^`level` leaves and starting
/// at leaf `position` · 2^`level`, lies whole in the tree of `size` leaves with this root.
#[must_use]
pub fn verify_subtree_inclusion(
    subtree: &Hash,
    level: u32,
    position: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> bool {
    // The last leaf of the subtree decides whether it is whole.
    let last_leaf = position
        .checked_add(1)
        .and_then(|next| next.checked_mul(1_u64.checked_shl(level)?))
        .and_then(|end| end.checked_sub(1));
    if last_leaf.is_none_or(|last| last >= size) {
        return false;
    }
    // At this level the tree looks like one of ceil(size / 2^level) leaves.
    let last_node = size.wrapping_sub(1).checked_shr(level).unwrap_or(0);
    let (mut node, mut last, mut computed) = (position, last_node, *subtree);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            computed = node_hash(sibling, &computed);
            // A node on the right edge without a sibling moves up until it has one.
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            computed = node_hash(&computed, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && computed == *root
}

/// Whether `proof` shows that the tree of `old_size` leaves with `old_root` is a prefix of the
/// tree of `new_size` leaves with `new_root`. RFC 9162 §2.1.4.1 defines no proof from the empty
/// tree: everything continues it, so nothing is shown and nothing accepted.
#[must_use]
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> bool {
    if old_size == 0 || old_size > new_size {
        return false;
    }
    if old_size == new_size {
        return proof.is_empty() && old_root == new_root;
    }
    let (mut node, mut last) = (old_size.wrapping_sub(1), new_size.wrapping_sub(1));
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    // Where the old tree is perfect, its root is the first hash and is left out of the proof.
    let (first, rest) = if old_size.is_power_of_two() {
        (old_root, proof)
    } else {
        match proof.split_first() {
            Some(split) => split,
            None => return false,
        }
    };
    let (mut computed_old, mut computed_new) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            computed_old = node_hash(sibling, &computed_old);
            computed_new = node_hash(sibling, &computed_new);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            computed_new = node_hash(&computed_new, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && computed_old == *old_root && computed_new == *new_root
}
