"""The RFC 6962 §2.1 tree: roots, inclusion proofs, and prefixes with holes."""

import hashlib

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(line):
    return hashlib.sha256(b"\0" + line).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def _split(size):
    """The largest power of two smaller than size."""
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def root(leaves):
    """MTH over a list of leaf hashes."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    cut = _split(len(leaves))
    return node_hash(root(leaves[:cut]), root(leaves[cut:]))


def inclusion_proof(leaves, index):
    """PATH(index, leaves), leaf to root."""
    if len(leaves) == 1:
        return []
    cut = _split(len(leaves))
    if index < cut:
        return inclusion_proof(leaves[:cut], index) + [root(leaves[cut:])]
    return inclusion_proof(leaves[cut:], index - cut) + [root(leaves[:cut])]


def root_from_inclusion(leaf, index, size, proof):
    """RFC 9162 §2.1.3.2: the root that a proof leads to, or None if it has the wrong length."""
    if index >= size:
        return None
    fn, sn, result = index, size - 1, leaf
    for step in proof:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            result = node_hash(step, result)
            while not fn & 1 and fn != 0:
                fn >>= 1
                sn >>= 1
        else:
            result = node_hash(result, step)
        fn >>= 1
        sn >>= 1
    return result if sn == 0 else None


def perfect_cut(start, end):
    """Cuts [start, end) from the left into the largest aligned perfect subtrees."""
    pieces = []
    at = start
    while at < end:
        size = 1
        while size * 2 <= end - at and at % (size * 2) == 0:
            size *= 2
        pieces.append((at, at + size))
        at += size
    return pieces


class Frontier:
    """A prefix of the tree, fed with leaves or with aligned perfect subtrees."""

    def __init__(self):
        self.size = 0
        self._peaks = []  # (number of leaves, hash), sizes strictly falling

    def push(self, digest, leaves=1):
        self.size += leaves
        while self._peaks and self._peaks[-1][0] == leaves:
            digest = node_hash(self._peaks.pop()[1], digest)
            leaves *= 2
        self._peaks.append((leaves, digest))

    def root(self):
        if not self._peaks:
            return EMPTY_ROOT
        digest = self._peaks[-1][1]
        for _, left in reversed(self._peaks[:-1]):
            digest = node_hash(left, digest)
        return digest
