#![expect(
    clippy::arithmetic_side_effects,
    reason = "sizes in these tests are at most 64"
)]

use alloc::vec::Vec;

use super::proof::{verify_consistency, verify_inclusion, verify_subtree_inclusion};
use super::stored::StoredTree;
use super::*;

const SIZES: u64 = 64;

fn leaf(index: u64) -> Hash {
    leaf_hash(&index.to_be_bytes())
}

fn stored(size: u64) -> StoredTree {
    let mut tree = StoredTree::default();
    (0..size).for_each(|index| tree.append(leaf(index)));
    tree
}

/// RFC 6962 §2.1, by the letter.
fn naive_root(start: u64, end: u64) -> Hash {
    match end - start {
        0 => empty_root(),
        1 => leaf(start),
        count => {
            let middle = start + (1 << (count - 1).ilog2());
            node_hash(&naive_root(start, middle), &naive_root(middle, end))
        }
    }
}

#[test]
fn roots_equal_the_recursive_definition() {
    let stored = stored(SIZES);
    let mut tree = Tree::default();
    for size in 0..=SIZES {
        assert_eq!(tree.root(), naive_root(0, size));
        assert_eq!(stored.root(size), Some(naive_root(0, size)));
        assert_eq!(
            Tree::from_edge(size, tree.edge().to_vec()).unwrap().root(),
            tree.root()
        );
        tree.append(leaf(size));
    }
}

#[test]
fn every_inclusion_proof_verifies_and_no_neighbour_does() {
    let tree = stored(SIZES);
    for size in 1..=SIZES {
        let root = tree.root(size).unwrap();
        for index in 0..size {
            let proof = tree.inclusion_proof(index, size).unwrap();
            assert!(verify_inclusion(&leaf(index), index, size, &proof, &root));
            assert!(!verify_inclusion(
                &leaf(index + 1),
                index,
                size,
                &proof,
                &root
            ));
            assert!(!verify_inclusion(
                &leaf(index),
                index + 1,
                size,
                &proof,
                &root
            ));
            let longer: Vec<Hash> = proof.iter().copied().chain([root]).collect();
            assert!(!verify_inclusion(&leaf(index), index, size, &longer, &root));
            if let Some((_, shorter)) = proof.split_last() {
                assert!(!verify_inclusion(&leaf(index), index, size, shorter, &root));
            }
        }
    }
}

#[test]
fn every_consistency_proof_verifies_and_no_other_size_does() {
    let tree = stored(SIZES);
    assert_eq!(tree.consistency_proof(0, 1), None);
    for new in 1..=SIZES {
        let new_root = tree.root(new).unwrap();
        assert!(!verify_consistency(0, &empty_root(), new, &new_root, &[]));
        for old in 1..=new {
            let old_root = tree.root(old).unwrap();
            let proof = tree.consistency_proof(old, new).unwrap();
            assert!(
                verify_consistency(old, &old_root, new, &new_root, &proof),
                "{old} {new}"
            );
            assert!(!verify_consistency(
                old + 1,
                &old_root,
                new,
                &new_root,
                &proof
            ));
            let longer: Vec<Hash> = proof.iter().copied().chain([old_root]).collect();
            assert!(!verify_consistency(old, &old_root, new, &new_root, &longer));
            if old < new {
                assert!(!verify_consistency(old, &leaf(99), new, &new_root, &proof));
            }
        }
    }
}

#[test]
fn every_whole_subtree_is_proved() {
    let tree = stored(SIZES);
    for size in 1..=SIZES {
        let root = tree.root(size).unwrap();
        for level in 0..6 {
            for position in 0..size >> level {
                let subtree = tree.subtree(level, position).unwrap();
                let proof = tree.subtree_proof(level, position, size).unwrap();
                let verified =
                    verify_subtree_inclusion(&subtree, level, position, size, &proof, &root);
                assert!(verified, "level {level} position {position} size {size}");
                assert!(!verify_subtree_inclusion(
                    &leaf(0),
                    level.max(1),
                    position,
                    size,
                    &proof,
                    &root
                ));
            }
        }
    }
}

#[test]
fn leaves_that_are_not_shown_still_count() {
    let stored = stored(SIZES);
    for start in 0..SIZES {
        for end in start..SIZES {
            let mut tree = Tree::default();
            (0..start).for_each(|index| tree.append(leaf(index)));
            for (at, level) in aligned_subtrees(start, end) {
                assert!(tree.append_subtree(level, stored.subtree(level, at >> level).unwrap()));
            }
            (end..SIZES).for_each(|index| tree.append(leaf(index)));
            assert_eq!(Some(tree.root()), stored.root(SIZES));
        }
    }
}

#[test]
fn a_subtree_out_of_place_is_refused() {
    let mut tree = Tree::default();
    tree.append(leaf(0));
    assert!(!tree.append_subtree(1, leaf(1)));
    assert!(!tree.append_subtree(64, leaf(1)));
    assert_eq!(tree.size(), 1);
}
