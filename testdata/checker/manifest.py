"""manifest.jsonld and statement.dsse.json: their form, their signatures, the file list."""

import re

from proofline_py import jcs
from proofline_py.codec import b58_strict, b64_strict, did_key_parse, pae, sha256, sha256_hex

from . import ed25519

CONTEXT = ["https://w3id.org/proofline/evidence/v1"]
SIZE_MAX = 16 * 1024 * 1024
HEX64 = re.compile("[0-9a-f]{64}")
UUID8 = re.compile("urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
SECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
PATH = re.compile("[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")
FIXED = """mimetype README.txt bag-info.txt bagit.txt context/evidence-v1.jsonld data/attribution.json
    data/checkpoints.jsonl data/entries.jsonl data/keys.jsonl data/signatures.txt manifest-sha256.txt
    statement.dsse.json""".split()
OPTIONAL = ["data/holes.json", "data/objects.jsonl"]
OBJECT = re.compile("data/objects/[^/]+")
STATEMENT_TYPE = "application/vnd.in-toto+json"


class MalformedError(ValueError):
    """What a document's form breaks."""


def need(condition, message):
    if not condition:
        raise MalformedError(message)


# Shapes: a predicate per value.

def text(value):
    return isinstance(value, str)


def hash64(value):
    return isinstance(value, str) and bool(HEX64.fullmatch(value))


def count(value):
    return type(value) is int and value >= 0


def array_of(shape):
    return lambda value: isinstance(value, list) and all(shape(one) for one in value)


def members(**shapes):
    return lambda value: isinstance(value, dict) and set(value) == set(shapes) and all(
        shape(value[name]) for name, shape in shapes.items())


def or_null(shape):
    return lambda value: value is None or shape(value)


def one_of(*values):
    return lambda value: any(value == one and type(value) is type(one) for one in values)


def _rising(shape, key=lambda one: one):
    return lambda value: array_of(shape)(value) and all(key(a) < key(b) for a, b in zip(value, value[1:]))


_PROOF = members(**{
    "@context": one_of(CONTEXT), "created": lambda v: text(v) and bool(SECONDS.fullmatch(v)),
    "cryptosuite": one_of("eddsa-jcs-2022"), "proofPurpose": one_of("assertionMethod"),
    "proofValue": text, "type": one_of("DataIntegrityProof"), "verificationMethod": text})
_SIZED = or_null(members(sha256=hash64, size=count))
_MANIFEST = {
    "@context": one_of(CONTEXT),
    "absent": _rising(one_of(*OPTIONAL)),
    "context_sha256": hash64,
    "device": members(did=text, fingerprint=hash64),
    "entries": members(at_source=count, exported=count),
    "files": _rising(
        members(method=one_of("stored", "deflate"), packed_sha256=hash64, sha256=hash64, size=count,
                path=lambda v: text(v) and bool(PATH.fullmatch(v))), lambda one: one["path"].encode()),
    "filter": members(include_tail=lambda v: type(v) is bool, kind=one_of("complete", "period", "scattered"),
                      sessions=_rising(text, jcs.utf16_key), since=or_null(text), until=or_null(text)),
    "format_version": one_of(1),
    "gaps": _rising(count),
    "id": lambda v: text(v) and bool(UUID8.fullmatch(v)),
    "last_note": _SIZED,
    "newest_token": _SIZED,
    "origin": text,
    "period": or_null(members(**{"from": text, "to": text})),
    "previous": or_null(members(last=count, sha256=hash64, tip=hash64)),
    "proof": _PROOF,
    "range": or_null(members(first=count, last=count)),
    "redactions": members(withheld_objects=count),
    "sources": _rising(text, jcs.utf16_key),
    "tip": or_null(hash64),
    "tool": members(name=text, version=text),
    "tree": members(root=hash64, size=count),
    "type": one_of(["EvidenceManifest"]),
}


def parse(raw):
    """The document, or a MalformedError; an unknown format_version is left to the caller."""
    need(len(raw) <= SIZE_MAX, "larger than 16 MiB")
    try:
        document = jcs.parse_canonical(raw)
    except jcs.JsonError as error:
        raise MalformedError(str(error)) from None
    need(isinstance(document, dict) and isinstance(document.get("proof"), dict), "no object with one proof")
    return document


def check_members(document):
    need(set(document) == set(_MANIFEST), "members: %s" % sorted(set(document) ^ set(_MANIFEST)))
    for name, shape in _MANIFEST.items():
        need(shape(document[name]), "member %s is not of the form" % name)


def proof_key(document):
    """The key that the proof names and verifies under, or None."""
    proof = document["proof"]
    method, value = proof.get("verificationMethod"), proof.get("proofValue")
    try:
        did, _, fragment = method.partition("#")
        public = did_key_parse(did)
        signature = b58_strict(value[1:])
    except (ValueError, AttributeError, TypeError):
        return None
    if did[len("did:key:"):] != fragment or value[:1] != "z":
        return None
    options = {name: one for name, one in proof.items() if name != "proofValue"}
    body = {name: one for name, one in document.items() if name != "proof"}
    message = sha256(jcs.dumps(options)) + sha256(jcs.dumps(body))
    return public if ed25519.verify(public, message, signature) else None


def digest_list(files, chosen):
    return "".join("%s  %s\n" % (sha256_hex(files[path].content), path) for path in sorted(files) if chosen(path)).encode()


def check_files(document, files, report):
    """Step 3: names, digests, the two digest lists, the fixed files."""
    listed = {one["path"]: one for one in document["files"]}
    outside = ("manifest.jsonld", "tagmanifest-sha256.txt")
    for path, claimed in listed.items():
        file = files.get(path)
        if file is None:
            report.add("manifest-file-missing", "`%s` is listed and not in the archive" % path)
            continue
        computed = (file.method, len(file.content), sha256_hex(file.content), sha256_hex(file.octets))
        if computed != (claimed["method"], claimed["size"], claimed["sha256"], claimed["packed_sha256"]):
            report.add("manifest-digest-mismatch", "`%s`" % path)
    for path in files:
        known = path in FIXED or path in OPTIONAL or OBJECT.fullmatch(path)
        if path not in outside and (path not in listed or not known):
            report.add("manifest-file-unlisted", "`%s` is not listed, or has no place in the format" % path)
    for path in FIXED:
        if path not in files and path not in listed:
            report.add("manifest-file-missing", "`%s` is required" % path)
    absent = [path for path in OPTIONAL if path not in listed]
    if document["absent"] != absent:
        report.add("manifest-value-mismatch", "absent claims %s, computed %s" % (document["absent"], absent))
    context = files.get("context/evidence-v1.jsonld")
    if context and sha256_hex(context.content) != document["context_sha256"]:
        report.add("manifest-value-mismatch", "context_sha256")
    if "mimetype" in files and files["mimetype"].content != b"application/vnd.proofline.evidence+zip":
        report.add("mimetype-mismatch", "%r" % files["mimetype"].content[:64])
    if "bagit.txt" in files and files["bagit.txt"].content != b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n":
        report.add("bagit-malformed", "bagit.txt")
    payload = files.get("manifest-sha256.txt")
    if payload and payload.content != digest_list(files, lambda path: path.startswith("data/")):
        report.add("payload-manifest-mismatch", "manifest-sha256.txt")
    tags = files.get("tagmanifest-sha256.txt")
    if tags is None:
        report.add("manifest-file-missing", "`tagmanifest-sha256.txt` is required")
    wanted = digest_list(files, lambda path: not path.startswith("data/") and path != "tagmanifest-sha256.txt")
    if tags is None or tags.content != wanted:
        report.add("tagmanifest-mismatch", "tagmanifest-sha256.txt")


# Statement

_ENVELOPE = members(payload=text, payloadType=one_of(STATEMENT_TYPE), signatures=array_of(members(keyid=text, sig=text)))
_STATEMENT = members(
    _type=text, predicateType=text,
    subject=array_of(members(digest=members(sha256=hash64), name=text)), predicate=lambda v: isinstance(v, dict))


def check_statement(raw, document, files, public, report):
    """§10.2; `public` is the key valid after the last entry, or None."""
    try:
        envelope = jcs.parse_canonical(raw)
        need(len(raw) <= SIZE_MAX and _ENVELOPE(envelope) and len(envelope["signatures"]) == 1, "envelope")
        payload = b64_strict(envelope["payload"])
        statement = jcs.parse_canonical(payload)
        need(_STATEMENT(statement), "statement")
        signature = b64_strict(envelope["signatures"][0]["sig"])
    except ValueError as error:
        report.add("statement-malformed", str(error))
        return
    if public is not None:
        right_key = envelope["signatures"][0]["keyid"] == sha256_hex(public)
        if not right_key or not ed25519.verify(public, pae(STATEMENT_TYPE, payload), signature):
            report.add("statement-signature-invalid", "under the key valid after the last entry")
    names = sorted(path for path in files if path.startswith("data/") and path.count("/") == 1) + ["manifest-sha256.txt"]
    computed = {
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": CONTEXT[0],
        "predicate": {name: document[name] for name in ("last_note", "origin", "range", "tip", "tree")},
        "subject": [{"digest": {"sha256": sha256_hex(files[name].content)}, "name": name} for name in names if name in files],
    }
    for name, value in computed.items():
        if statement[name] != value:
            report.add("statement-mismatch", "%s is not the computed one" % name)
