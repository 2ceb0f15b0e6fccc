"""Evidence records (RFC 4998), good ones and ones with one thing wrong, as one JSON file.

Written from the RFC with the plain DER writer; the tokens in them come from the makers of tokens.
"""

import hashlib

from cryptography import x509

from proofline_py import der

from .revocation import revocation_list
from .tsa import SHA1, SHA256, Authority, Token, respond

SHA512 = "2.16.840.1.101.3.4.2.3"
MD5 = "1.2.840.113549.2.5"
SHA3_256 = "2.16.840.1.101.3.4.2.8"
HASH = {SHA256: hashlib.sha256, SHA512: hashlib.sha512, SHA1: hashlib.sha1, MD5: hashlib.md5, SHA3_256: hashlib.sha3_256}

A = Authority("a")
B = Authority("b")
SHORT = Authority("a", leaf_until="2027-01-01")
DATA = b"what was archived\n"
OTHERS = [b"another document\n", b"a third\n", b"and a fourth\n"]

# Times of a first time stamp, of its renewal, and of a third.
T1, T2, T3 = "20261101120000Z", "20261201120000Z", "20270301120000Z"


def h(oid, *parts):
    return HASH[oid](b"".join(parts)).digest()


def token(authority, imprint, when, *, oid=SHA256, serial=1, **more):
    """A bare token: what stands in a response after the status."""
    made = respond(authority, Token(imprint=imprint, gen_time=when, serial=serial, imprint_algorithm=oid, **more))
    return der.read_one(made).children()[1].raw


def algorithm(oid, tag=0x30):
    return der.tlv(tag, der.oid(oid))


def stamp(inner, *, oid=SHA256, tree=(), attributes=b"", name_algorithm=True):
    """An ArchiveTimeStamp; `tree` is a list of lists of hashes, written in the order given."""
    parts = [algorithm(oid, 0xA0)] if name_algorithm else []
    if attributes:
        parts.append(der.tlv(0xA1, attributes))
    if tree:
        parts.append(der.tlv(0xA2, b"".join(der.seq(*[der.octets(one) for one in level]) for level in tree)))
    return der.seq(*parts, inner)


def record(chains, *, oids=(SHA256,), version=1, infos=b""):
    return der.seq(
        der.integer(version), der.seq(*[algorithm(oid) for oid in oids]), infos,
        der.seq(*[der.seq(*chain) for chain in chains]))


def top(oid, tree):
    """Folds a reduced hash tree: lists sorted, joined, hashed, the result put into the next list."""
    first, *rest = [sorted(level) for level in tree]
    value = first[0] if len(first) == 1 else h(oid, *first)
    for level in rest:
        value = h(oid, *sorted(level + [value]))
    return value


def rehashed(oid, data, chains):
    """The leaf of a new chain (RFC 4998 section 5.2): the data's hash and that of the encoded older chains, hashed."""
    return h(oid, h(oid, data), h(oid, der.seq(*[der.seq(*chain) for chain in chains])))


def in_tree(authority, when, tree, *, oid=SHA256):
    return stamp(token(authority, top(oid, tree), when, oid=oid), oid=oid, tree=tree)


def cases():
    leaf = h(SHA256, DATA)
    siblings = [h(SHA256, other) for other in OTHERS]
    plain = token(A, leaf, T1)
    first = stamp(plain)
    renewal = token(B, h(SHA256, plain), T2, serial=2)
    tree = [sorted([leaf, siblings[0]]), [siblings[1]], [siblings[2]]]
    group = [sorted([leaf] + siblings[:2]), [siblings[2]]]
    chains = [[first, stamp(renewal)]]
    leaf2 = rehashed(SHA512, DATA, chains)
    second = token(A, leaf2, T3, oid=SHA512, serial=3)
    third = token(B, h(SHA512, second), "20270601120000Z", oid=SHA512, serial=4)
    tree2 = [[leaf2], [h(SHA512, OTHERS[0])]]
    short = token(SHORT, leaf, T1)
    infos = der.seq(der.oid("2.25.1"), der.set_of(der.null()))
    encryption = der.tlv(0xA1, der.seq(der.oid("2.25.2")) + der.null())
    compromised = revocation_list(SHORT, ("2027-06-01", x509.ReasonFlags.key_compromise), issued="2027-07-01")

    def one(name, expect, raw, *findings, **more):
        return {"name": name, "outcome": expect, "record_hex": raw.hex(), "findings": sorted(findings), **more}

    good = [
        one("plain", "valid", record([[first]])),
        one("tree", "valid", record([[in_tree(A, T1, tree)]])),
        one("tree-lists-descending", "valid", record([[in_tree(A, T1, [level[::-1] for level in tree])]])),
        one("group", "valid", record([[in_tree(A, T1, group)]])),
        one("first-list-of-one", "valid", record([[in_tree(A, T1, [[leaf], siblings])]])),
        one("algorithm-of-the-token", "valid", record([[stamp(plain, name_algorithm=False)]])),
        one("attributes-and-infos", "valid", record([[stamp(plain, attributes=infos)]], infos=der.tlv(0xA0, infos))),
        one("encrypted", "valid", record([[first]], infos=encryption), "record-encrypted"),
        one("renewed", "valid", record(chains)),
        one("renewed-in-a-tree", "valid", record([[first, in_tree(B, T2, [[h(SHA256, plain), siblings[0]], siblings[1:]])]])),
        one("renewed-thrice", "valid", record([[
            first, stamp(renewal), stamp(token(A, h(SHA256, renewal), T3, serial=5))]])),
        one("rehashed", "valid", record(chains + [[stamp(second, oid=SHA512)]], oids=(SHA256, SHA512))),
        one("rehashed-in-a-tree", "valid", record(chains + [[in_tree(A, T3, tree2, oid=SHA512)]], oids=(SHA256, SHA512))),
        one("rehashed-and-renewed", "valid",
            record(chains + [[stamp(second, oid=SHA512), stamp(third, oid=SHA512)]], oids=(SHA256, SHA512))),
        one("left-alone", "valid", record([[stamp(short)]]), "record-not-renewed-since", now="2030-01-01T00:00:00Z"),
        one("renewed-before-the-compromise", "valid",
            record([[stamp(short), stamp(token(B, h(SHA256, short), T2, serial=2))]]), crls_hex=[compromised.hex()]),
    ]
    other_tree = [[siblings[0], siblings[1]], [siblings[2]]]
    bad = [
        one("compromised-and-not-renewed", "indeterminate", record([[stamp(short)]]), "time-stamp-undetermined",
            crls_hex=[compromised.hex()]),
        one("compromised-and-renewed-by-the-same-key", "indeterminate",
            record([[stamp(short), stamp(token(A, h(SHA256, short), T2, serial=2))]]), "time-stamp-undetermined",
            crls_hex=[compromised.hex()]),
        one("data-changed", "invalid", record([[first]]), "data-not-covered", "time-stamp-invalid", data_hex=(DATA + b"\n").hex()),
        one("data-not-in-the-tree", "invalid", record([[in_tree(A, T1, other_tree)]]), "data-not-covered"),
        one("data-in-a-later-list-only", "invalid", record([[in_tree(A, T1, [siblings, [leaf]])]]), "data-not-covered"),
        one("sibling-changed", "invalid",
            record([[stamp(token(A, top(SHA256, tree), T1), tree=[tree[0], [siblings[2]], [siblings[1]]])]]), "time-stamp-invalid"),
        one("token-over-another-value", "invalid", record([[stamp(token(A, siblings[0], T1))]]),
            "data-not-covered", "time-stamp-invalid"),
        one("tree-cut", "invalid", record([[stamp(token(A, top(SHA256, tree), T1), tree=tree[:2])]]), "time-stamp-invalid"),
        one("renewal-of-another-token", "invalid",
            record([[first, stamp(token(B, h(SHA256, short), T2, serial=2))]]), "time-stamp-invalid", "time-stamp-not-renewed"),
        one("renewal-of-the-data", "invalid", record([[first, stamp(token(B, leaf, T2, serial=2))]]),
            "time-stamp-invalid", "time-stamp-not-renewed"),
        one("renewal-tree-without-the-token", "invalid", record([[first, in_tree(B, T2, other_tree)]]), "time-stamp-not-renewed"),
        one("renewal-before-the-first", "invalid",
            record([[first, stamp(token(B, h(SHA256, plain), "20261031000000Z", serial=2))]]), "renewal-backwards"),
        one("stamps-in-the-wrong-order", "invalid", record([[stamp(renewal), first]]),
            "data-not-covered", "time-stamp-not-renewed", "time-stamp-invalid", "time-stamp-invalid", "renewal-backwards"),
        one("renewal-left-out", "invalid",
            record([[first, stamp(token(A, h(SHA256, renewal), T3, serial=5))]]), "time-stamp-invalid", "time-stamp-not-renewed"),
        one("renewal-late", "indeterminate",
            record([[stamp(short), stamp(token(B, h(SHA256, short), "20280101000000Z", serial=2))]]), "renewal-late"),
        one("renewal-by-another-algorithm", "invalid",
            record([[first, stamp(token(B, h(SHA512, plain), T2, oid=SHA512, serial=2), oid=SHA512)]], oids=(SHA256, SHA512)),
            "chain-algorithm-mixed", "time-stamp-invalid", "time-stamp-not-renewed"),
        one("algorithm-not-that-of-the-token", "invalid", record([[stamp(plain, oid=SHA512)]], oids=(SHA512,)),
            "data-not-covered", "time-stamp-invalid"),
        one("rehashed-without-the-older-chains", "invalid",
            record(chains + [[stamp(token(A, h(SHA512, DATA), T3, oid=SHA512, serial=3), oid=SHA512)]], oids=(SHA256, SHA512)),
            "chain-not-renewed", "time-stamp-invalid"),
        one("rehashed-before-a-renewal-was-put-in", "invalid",
            record(chains + [[stamp(token(A, rehashed(SHA512, DATA, [[first]]), T3, oid=SHA512, serial=3), oid=SHA512)]],
                   oids=(SHA256, SHA512)), "chain-not-renewed", "time-stamp-invalid"),
        one("rehashed-chain-cut", "invalid", record([[first], [stamp(second, oid=SHA512)]], oids=(SHA256, SHA512)),
            "chain-not-renewed", "time-stamp-invalid"),
        one("older-token-broken", "invalid", record([[
            stamp(token(A, leaf, T1, break_signature=True)),
            stamp(token(B, h(SHA256, token(A, leaf, T1, break_signature=True)), T2, serial=2))]]), "time-stamp-invalid"),
        one("newest-token-broken", "invalid",
            record([[first, stamp(token(B, h(SHA256, plain), T2, serial=2, break_message_digest=True))]]), "time-stamp-invalid"),
        one("root-of-another", "indeterminate", record([[first]]), "time-stamp-undetermined", roots=["b"]),
        one("root-of-the-renewal-only", "indeterminate", record(chains), "time-stamp-undetermined", roots=["b"]),
        one("digest-not-given", "indeterminate", record([[first]]), "digest-not-given", digests=[]),
        one("second-digest-not-given", "indeterminate",
            record(chains + [[stamp(second, oid=SHA512)]], oids=(SHA256, SHA512)), "digest-not-given", digests=["sha256"]),
        one("algorithm-sha1", "invalid", record([[stamp(plain, oid=SHA1)]], oids=(SHA1,)), "record-algorithm-weak"),
        one("algorithm-md5", "invalid", record([[stamp(plain, oid=MD5)]], oids=(MD5,)), "record-algorithm-weak"),
        one("algorithm-not-known", "indeterminate", record([[stamp(plain, oid=SHA3_256)]], oids=(SHA3_256,)),
            "record-algorithm-unsupported"),
    ]
    whole = record([[first]])
    malformed = {
        "empty": b"",
        "a-token": plain,
        "byte-behind-it": whole + b"\0",
        "cut": whole[:-1],
        "version-2": record([[first]], version=2),
        "no-chain": record([]),
        "empty-chain": record([[first], []]),
        "empty-tree": record([[der.seq(algorithm(SHA256, 0xA0), der.tlv(0xA2, b""), plain)]]),
        "empty-list": record([[stamp(token(A, leaf, T1), tree=[[leaf], []])]]),
        "hash-not-octets": record([[der.seq(algorithm(SHA256, 0xA0), der.tlv(0xA2, der.seq(der.integer(1))), plain)]]),
        "no-token": record([[der.seq(algorithm(SHA256, 0xA0))]]),
        "member-behind-the-token": record([[der.seq(algorithm(SHA256, 0xA0), plain, der.null())]]),
        "parts-in-the-wrong-order": record([[der.seq(plain, algorithm(SHA256, 0xA0))]]),
        "too-many-stamps": record([[der.seq(der.seq())] * 65]),
        "too-many-lists": record([[stamp(plain, tree=[[leaf]] * 65)]]),
        "length-not-minimal": b"\x30\x83\x00" + whole[2:4] + whole[4:],
        "indefinite-length": b"\x30\x80" + whole[4:] + b"\0\0",
    }
    return good + bad + [one("malformed-" + name, "invalid", raw, "record-malformed") for name, raw in malformed.items()]


def build():
    """Records over `data_hex`, with the outcome and the findings about the record that a verifier must come to.

    Unless a case says otherwise, the digests of the data by every algorithm and both roots are given, no time of verification and no list.
    """
    return {
        "about": " ".join(build.__doc__.split()),
        "data_hex": DATA.hex(),
        "roots": {"a": A.root_pem, "b": B.root_pem},
        "cases": cases(),
    }
