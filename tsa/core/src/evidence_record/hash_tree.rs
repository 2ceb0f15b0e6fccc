//! A reduced hash tree (§4.2 and §4.3): lists of hashes, folded from the leaves to the top.

use alloc::vec::Vec;

use crate::digest::HashAlgorithm;

/// The hash at the top of a tree; `None` for a tree without a list.
///
/// The hashes of a list are put in ascending order, joined and hashed; the result joins the next
/// list. The only hash of a first list is taken as it is: §5.2 has such a list after a renewal of
/// the tree, and a tree is built from the hashes of its leaves, not from hashes of those.
pub(super) fn top(tree: &[Vec<&[u8]>], algorithm: HashAlgorithm) -> Option<Vec<u8>> {
    let (first, rest) = tree.split_first()?;
    let mut hash = match first.as_slice() {
        [only] => only.to_vec(),
        several => join(several.iter().copied(), algorithm),
    };
    for list in rest {
        hash = join(list.iter().copied().chain([hash.as_slice()]), algorithm);
    }
    Some(hash)
}

fn join<'h>(hashes: impl Iterator<Item = &'h [u8]>, algorithm: HashAlgorithm) -> Vec<u8> {
    let mut sorted: Vec<&[u8]> = hashes.collect();
    sorted.sort_unstable();
    algorithm.digest(&sorted.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA256: HashAlgorithm = HashAlgorithm::Sha256;

    #[test]
    fn lists_are_joined_in_ascending_order_whatever_theirs_is() {
        let [a, b, c] = [1_u8, 2, 3].map(|octet| [octet; 32]);
        let ab = SHA256.digest(&[a, b].concat());
        let mut pair = [ab.clone(), c.to_vec()];
        pair.sort();
        let want = SHA256.digest(&pair.concat());
        for first in [[a, b], [b, a]] {
            let tree = [first.iter().map(|h| &h[..]).collect(), alloc::vec![&c[..]]];
            assert_eq!(top(&tree, SHA256).unwrap(), want);
        }
    }

    #[test]
    fn a_single_leaf_is_its_own_hash() {
        let (leaf, sibling) = ([7; 32], [9; 32]);
        let alone = [alloc::vec![&leaf[..]]];
        assert_eq!(top(&alone, SHA256).unwrap(), leaf);
        let with_sibling = [alloc::vec![&leaf[..]], alloc::vec![&sibling[..]]];
        let in_one_list = [alloc::vec![&leaf[..], &sibling[..]]];
        assert_eq!(top(&with_sibling, SHA256), top(&in_one_list, SHA256));
        assert_eq!(top(&[], SHA256), None);
    }
}
