"""Small vectors of the primitives, as JSON: inputs and outputs, nothing of a bundle."""

import json

from proofline_py import jcs, note, tree
from proofline_py.codec import b58, b64, did_key, did_key_parse, pae, sha256, sha256_hex

from . import records
from .bundle import CONTEXT_URL, STATEMENT_TYPE, Hooks, bundle_id, prove
from .log import ENTRY_TYPE
from .scripts import D0, D1, RECOVERY, small


def build():
    """File name -> bytes; pretty-printed, since people read them."""
    made = {
        "jcs": _jcs(), "chain": _chain(), "merkle": _merkle(), "note": _note(), "dsse": _dsse(),
        "didkey": _didkey(), "eddsa_jcs": _eddsa_jcs(), "evidence_record": records.build(),
    }
    return {"%s.json" % name: (json.dumps(value, indent=1, ensure_ascii=True) + "\n").encode() for name, value in made.items()}


def _jcs():
    """`input_hex` is a text; `canonical` its canonical form, or null where a reader must refuse the text.

    A text that is read and differs from `canonical` is valid JSON of the profile, and not canonical.
    """
    texts = [
        b"null", b"true", b"[]", b"{}", b"0", b"-1", b"9007199254740991", b"-9007199254740991", b' { "b" : 1 , "a" : [ 2 , 3 ] } ',
        b'{"a":1,"b":2}', b'{"b":2,"a":1}', '{"\ue000":1,"\U0001f600":2}'.encode(), b'{"\\ue000":1,"\\ud83d\\ude00":2}',
        b'"\\u0000\\u0008\\u0009\\u000a\\u000b\\u000c\\u000d\\u001f\\u0020\\u007f"', b'"\\b\\t\\n\\f\\r\\"\\\\\\/"', b'"\\u00e9\\u2028\\ud83d\\ude00"',
        "\"\u00e9\u2028\U0001f600\x7f\"".encode(), b'"e\\u0301"', b"[" * 32 + b"]" * 32, b'{"":0}', b'{"10":0,"9":1}',
        # refused
        b"", b" ", b"-0", b"1.0", b"1e3", b"01", b"+1", b".5", b"9007199254740992", b"-9007199254740992", b"NaN", b"nul", b"[1,]", b"[1 2]",
        b'{"a":1,"a":1}', b'{"a":1,"\\u0061":2}', b'{"a":1,}', b"{a:1}", b"{'a':1}", b'"\\ud800"', b'"\\udc00\\ud800"', b'"\\ud83dx"', b'"\xed\xa0\x80"',
        b'"\xc1\x82"', b'"\xff"', b'"\xf4\x90\x80\x80"', b'"\t"', b'"\\x41"', b'"\\u12"', b'"open', b"\xef\xbb\xbf1", b"1 2", b"null\x00",
        b"[" * 33 + b"]" * 33, b"/* no */1",
    ]
    cases = []
    for text in texts:
        try:
            canonical = jcs.dumps(jcs.parse(text)).decode()
        except jcs.JsonError:
            canonical = None
        cases.append({"canonical": canonical, "input_hex": text.hex()})
    return {"about": _about(_jcs), "cases": cases}


def _about(function):
    return " ".join(function.__doc__.split())


def _chain():
    """Entries with what follows from them: `pre`, the chain hash, the leaf, the signed octets, the signature."""
    log = small()
    cases = []
    for index in (0, 1, 4, 10):
        record = log.records[index]
        pre = jcs.dumps({key: value for key, value in record.columns.items() if key != "chain_hash"})
        cases.append({
            "chain_hash": record.columns["chain_hash"], "entry": record.columns, "index": index, "leaf_hash": tree.leaf_hash(record.line).hex(),
            "line": record.line.decode(), "pae_sha256": sha256_hex(pae(ENTRY_TYPE, record.line)), "pre": pre.decode(), "signature": b64(record.signature)})
    return {"about": _about(_chain), "cases": cases, "payload_type": ENTRY_TYPE, "public_key": D0.public.hex()}


def _merkle():
    """Leaves are the ASCII decimals of their index. Roots of every size, every inclusion proof, and how gaps are cut."""
    count = 9
    leaves = [tree.leaf_hash(str(index).encode()) for index in range(count)]
    proofs = [
        {"index": index, "proof": [step.hex() for step in tree.inclusion_proof(leaves[:size], index)], "size": size}
        for size in range(1, count + 1) for index in range(size)]
    cuts = [
        {"end": end, "start": start, "subtrees": [list(piece) for piece in tree.perfect_cut(start, end)]}
        for start, end in ((0, 1), (0, 7), (0, 8), (0, 18), (1, 8), (3, 4), (3, 21), (5, 6), (6, 10), (7, 9), (8, 24), (12, 18), (1000, 1025))]
    return {
        "about": _about(_merkle), "cuts": cuts, "leaf_hashes": [leaf.hex() for leaf in leaves], "proofs": proofs,
        "roots": [tree.root(leaves[:size]).hex() for size in range(count + 1)]}


def _note():
    """Checkpoint notes: text, key ID and whole note."""
    log = small()
    cases = []
    for size in (6, 10):
        root = tree.root(log.leaves[:size])
        cases.append({
            "key_id": note.key_id(log.origin, D0.public).hex(), "note": log.notes[size], "note_sha256": sha256_hex(log.notes[size].encode()),
            "origin": log.origin, "public_key": D0.public.hex(), "root": root.hex(), "size": size, "text": note.text(log.origin, size, root)})
    return {"about": _about(_note), "cases": cases}


def _dsse():
    """Pre-authentication encodings and signatures over them."""
    cases = []
    for kind, body in (("http://example.com/HelloWorld", b"hello world"), ("", b""), (STATEMENT_TYPE, "gr\u00fc\u00dfe".encode()), (ENTRY_TYPE, b"{}")):
        message = pae(kind, body)
        cases.append({"body_hex": body.hex(), "pae_hex": message.hex(), "signature": b64(D0.sign(message)), "type": kind})
    return {"about": _about(_dsse), "cases": cases, "public_key": D0.public.hex()}


def _didkey():
    """Ed25519 public keys as fingerprint and as did:key; `refused` are no Ed25519 did:key in their one form."""
    keys = [D0.public, D1.public, RECOVERY.public, bytes(32), b"\xff" * 32]
    refused = ["", "did:key:", "did:key:z", D0.did[:-1], D0.did + "1", D0.did.replace("did:key:z", "did:key:z1"), D0.did.upper(),
               "did:web:example", "did:key:z" + b58(b"\xec\x01" + D0.public), "did:key:z" + b58(b"\xed\x01" + D0.public[:31]), D0.did[:-1] + "0"]
    for did in refused:
        try:
            did_key_parse(did)
        except ValueError:
            continue
        raise AssertionError(did)
    return {
        "about": _about(_didkey), "cases": [{"did": did_key(key), "fingerprint": sha256_hex(key), "public_key": key.hex()} for key in keys],
        "refused": refused}


def _eddsa_jcs():
    """An eddsa-jcs-2022 proof step by step, and the manifest id that follows from tip, root and filter."""
    document = {"@context": [CONTEXT_URL], "id": "urn:example:1", "numbers": [0, -1, 2**53 - 1], "text": "gr\u00fc\u00dfe \U0001f600", "nothing": None}
    body = jcs.dumps(document)
    signed = prove(dict(document), D0, Hooks(), "2026-11-02T10:00:00Z")
    options = {key: value for key, value in signed["proof"].items() if key != "proofValue"}
    chosen = {"include_tail": False, "kind": "complete", "sessions": [], "since": None, "until": None}
    return {
        "about": _about(_eddsa_jcs), "canonical_document": body.decode(), "canonical_options": jcs.dumps(options).decode(), "document": document,
        "document_sha256": sha256(body).hex(), "manifest_id": {"filter": chosen, "id": bundle_id("ab" * 32, "cd" * 32, chosen), "root": "cd" * 32, "tip": "ab" * 32},
        "options_sha256": sha256(jcs.dumps(options)).hex(), "public_key": D0.public.hex(), "signed": signed}
