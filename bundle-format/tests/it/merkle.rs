//! The tree: vectors of the transparency ecosystem, and two other implementations.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proofline_format::digest::{Hash, sha256};
use proofline_format::encoding::base64_decode;
use proofline_format::merkle::proof::{verify_consistency, verify_inclusion};
use proofline_format::merkle::stored::StoredTree;
use proofline_format::merkle::{Tree, leaf_hash, node_hash};
use serde_json::Value;
use sha2::Sha256;

use crate::corpus;

const SIZES: u64 = 130;

/// A hash of a vector. Some vectors hold words like "don't care" in its place: other 32 bytes take
/// their part, equal where the words are, so that the rule is tested and not the length. Where
/// there is nothing at all there is no hash: our functions cannot even be called.
fn hash(value: &Value) -> Option<Hash> {
    let bytes = base64_decode(value.as_str().unwrap().as_bytes()).unwrap();
    match <[u8; 32]>::try_from(bytes.as_slice()) {
        Ok(hash) => Some(Hash(hash)),
        Err(_) if bytes.is_empty() => None,
        Err(_) => Some(sha256(&[b"words: ", bytes.as_slice()].concat())),
    }
}

fn hashes(value: &Value) -> Option<Vec<Hash>> {
    value
        .as_array()
        .map_or(Some(Vec::new()), |items| items.iter().map(hash).collect())
}

fn every_vector(part: &str, check: impl Fn(&Value) -> Option<bool>) {
    let Some(folder) = corpus::part("merkle") else {
        return;
    };
    let (mut good, mut bad) = (0, 0);
    for path in corpus::files(&folder.join(part), "json") {
        let case = corpus::json(&path);
        let want = case["wantErr"] == Value::Bool(false);
        let got = check(&case).unwrap_or(false);
        assert_eq!(got, want, "{}: {}", path.display(), case["desc"]);
        if want {
            good += 1;
        } else {
            bad += 1;
        }
    }
    assert!(good > 5 && bad > 50, "{part}: {good} good, {bad} bad");
}

#[test]
fn inclusion_vectors() {
    every_vector("inclusion", |case| {
        let index = case["leafIdx"].as_u64().unwrap();
        let size = case["treeSize"].as_u64().unwrap();
        let (leaf, root) = (hash(&case["leafHash"])?, hash(&case["root"])?);
        let proof = hashes(&case["proof"])?;
        Some(verify_inclusion(&leaf, index, size, &proof, &root))
    });
}

#[test]
fn consistency_vectors() {
    every_vector("consistency", |case| {
        let old_size = case["size1"].as_u64().unwrap();
        let new_size = case["size2"].as_u64().unwrap();
        let (old, new) = (hash(&case["root1"])?, hash(&case["root2"])?);
        let proof = hashes(&case["proof"])?;
        Some(verify_consistency(old_size, &old, new_size, &new, &proof))
    });
}

fn leaf(index: u64) -> Vec<u8> {
    // Of unequal lengths, the first one empty.
    let text = format!("{index}");
    text.as_bytes().repeat(usize::try_from(index % 7).unwrap())
}

fn joined(proof: &[Hash]) -> Vec<u8> {
    proof.iter().flat_map(|hash| hash.0).collect()
}

#[test]
fn ct_merkle_makes_the_same_roots_and_proofs() {
    let (mut tree, mut stored) = (Tree::default(), StoredTree::default());
    let mut other = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    for size in 1..=SIZES {
        let bytes = leaf(size - 1);
        tree.append(leaf_hash(&bytes));
        stored.append(leaf_hash(&bytes));
        other.push(bytes);
        let root = tree.root();
        assert_eq!(
            root.0.as_slice(),
            other.root().as_bytes().as_slice(),
            "root of {size}"
        );
        assert_eq!(stored.root(size), Some(root));
        for index in 0..size {
            let ours = stored.inclusion_proof(index, size).unwrap();
            let theirs = other.prove_inclusion(usize::try_from(index).unwrap());
            assert_eq!(joined(&ours), theirs.as_bytes(), "leaf {index} of {size}");
            assert!(verify_inclusion(
                &leaf_hash(&leaf(index)),
                index,
                size,
                &ours,
                &root
            ));
        }
        for old_size in 1..size {
            let ours = stored.consistency_proof(old_size, size).unwrap();
            let theirs = other.prove_consistency(usize::try_from(size - old_size).unwrap());
            assert_eq!(joined(&ours), theirs.as_bytes(), "{old_size} to {size}");
            let old_root = stored.root(old_size).unwrap();
            assert!(verify_consistency(old_size, &old_root, size, &root, &ours));
        }
    }
}

/// The hasher that makes `rs_merkle` an RFC 6962 tree; its stock one has no prefixes.
#[derive(Clone)]
struct Rfc6962;

impl rs_merkle::Hasher for Rfc6962 {
    type Hash = [u8; 32];

    fn hash(leaf: &[u8]) -> Self::Hash {
        leaf_hash(leaf).0
    }

    fn concat_and_hash(left: &Self::Hash, right: Option<&Self::Hash>) -> Self::Hash {
        right.map_or(*left, |right| node_hash(&Hash(*left), &Hash(*right)).0)
    }
}

#[test]
fn rs_merkle_makes_the_same_roots_and_proofs() {
    let mut stored = StoredTree::default();
    let mut leaves = Vec::new();
    for size in 1..=SIZES {
        let hash = leaf_hash(&leaf(size - 1));
        stored.append(hash);
        leaves.push(hash.0);
        let other = rs_merkle::MerkleTree::<Rfc6962>::from_leaves(&leaves);
        let root = stored.root(size).unwrap();
        assert_eq!(other.root(), Some(root.0), "root of {size}");
        for index in 0..size {
            let ours = stored.inclusion_proof(index, size).unwrap();
            let theirs = other.proof(&[usize::try_from(index).unwrap()]);
            assert_eq!(joined(&ours), theirs.to_bytes(), "leaf {index} of {size}");
        }
    }
}

/// What `rs_merkle` accepts and we must not: an inner node passed off as a leaf, and a proof with
/// a hash too many.
#[test]
fn second_preimages_and_trailing_hashes_are_refused() {
    let mut stored = StoredTree::default();
    for index in 0..4 {
        stored.append(leaf_hash(&leaf(index)));
    }
    let root = stored.root(4).unwrap();
    let (left, right) = (stored.subtree(1, 0).unwrap(), stored.subtree(1, 1).unwrap());
    let forged = [left.0, right.0].concat();
    assert!(!verify_inclusion(&leaf_hash(&forged), 0, 1, &[], &root));
    assert!(!verify_inclusion(&sha256(&forged), 0, 1, &[], &root));
    // The inner node as a "leaf" of a tree of two: bound by the size, which the caller knows.
    assert!(!verify_inclusion(&left, 0, 4, &[right], &root));
    let mut proof = stored.inclusion_proof(2, 4).unwrap();
    let leaf = leaf_hash(&leaf(2));
    assert!(verify_inclusion(&leaf, 2, 4, &proof, &root));
    proof.push(root);
    assert!(!verify_inclusion(&leaf, 2, 4, &proof, &root));
}
