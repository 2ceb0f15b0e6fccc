"""Cuts a bundle out of a log: the parts, then the sealed files, then the archive.

Three stages, each a place for a vector to go wrong:
`Parts` (what the bundle says), `Sealed` (files with digests and signatures), bytes.
"""

import copy
import json
from dataclasses import dataclass, field
from pathlib import Path

from proofline_py import jcs, tree
from proofline_py.codec import b58, b64, pae, sha256, sha256_hex

from .log import Log
from .zipwrite import pack, write_zip

CONTEXT_URL = "https://w3id.org/proofline/evidence/v1"
STATEMENT_TYPE = "application/vnd.in-toto+json"
REGISTRY = json.loads((Path(__file__).resolve().parents[2] / "schemas" / "event-types.json").read_text())["types"]
SLOTS = (("content_hash_before", "before"), ("content_hash_after", "after"), ("diff_hash", "diff"))

README = """\
Evidence bundle, made for testing. The files: sha256sum -c manifest-sha256.txt
A key or a root that came with this bundle is not to be trusted because it came with it.
"""
CONTEXT = jcs.dumps({"@context": {"@version": 1, "@vocab": CONTEXT_URL + "#", "proof": "https://w3id.org/security#proof"}})


@dataclass
class Parts:
    """What a bundle says, before any digest is made."""

    log: Log
    indexes: list
    records: list
    checkpoints: list
    keys: list
    objects: dict
    holes: dict
    filter: dict
    signer: object
    at_source: int
    attribution: object = field(default_factory=lambda: {"files": [], "schema_version": 1, "status": "not-derived"})
    previous: dict = None
    signatures: list = None  # overrides the records' when given
    packed_objects: bool = False  # data/objects.jsonl instead of data/objects/
    prefix_leaves: list = None  # leaves of [0, last + 1), when not the log's own

    def checkpoint(self, size):
        return next(line for line in self.checkpoints if line["size"] == size)

    def record_at(self, index):
        return self.records[self.indexes.index(index)]


def item(kind, raw):
    return {"b64": b64(raw), "kind": kind, "sha256": sha256_hex(raw)}


def addressed(log, indexes):
    """Addresses by role that the entries at these indexes hold."""
    out = {"object": [], "witness": [], "evidence": [], "key": []}
    for index in indexes:
        entry = log.records[index].columns
        roles = REGISTRY.get(entry["event_type"], {})
        for column, slot in SLOTS:
            if roles.get(slot) in out and entry[column]:
                out[roles[slot]].append(entry[column])
    return out


def _checkpoint_lines(log, indexes):
    present, wanted = set(indexes), {}
    for index in indexes:
        entry = log.records[index].columns
        if entry["event_type"] == "checkpoint":
            wanted[index] = {(kind, sha256_hex(raw)) for kind, raw in log.items.get(index, [])}
    for address in addressed(log, indexes)["evidence"]:
        for listed in json.loads(log.objects[address])["items"]:
            wanted.setdefault(listed["for_size"], set()).add((listed["kind"], listed["sha256"]))
    sizes, lines = sorted(log.notes), []
    for size in sorted(wanted):
        following = [later for later in sizes if later > size]
        shown = size in present or (size in log.notes and following and following[0] in present)
        items = [item(kind, raw) for kind, raw in log.items.get(size, []) if (kind, sha256_hex(raw)) in wanted[size]]
        items.sort(key=lambda one: (one["kind"], one["sha256"]))
        lines.append({"items": items, "note": log.notes[size] if shown and size else None, "size": size})
    return lines


def _holes(log, indexes):
    ranges, subtrees, at = [], [], 0
    for index in indexes:
        if ranges and ranges[-1][1] == index - 1:
            ranges[-1][1] = index
        else:
            ranges.append([index, index])
    for first, last in ranges:
        for start, end in tree.perfect_cut(at, first):
            subtrees.append({"end": end, "hash": tree.root(log.leaves[start:end]).hex(), "start": start})
        at = last + 1
    return {"present": ranges, "schema_version": 1, "size": at, "subtrees": subtrees}


def _keys(log, indexes, last_note_size):
    present, lines = set(indexes), []
    for index in log.key_events:
        if index > indexes[-1]:
            continue
        record, proof = log.records[index], None
        if index not in present:
            proof = [b64(step) for step in tree.inclusion_proof(log.leaves[:last_note_size], index)]
        lines.append({"entry": record.columns, "inclusion": proof, "index": index, "signature": b64(record.signature)})
    return lines


def export(log, indexes=None, *, kind="complete", include_tail=False, sessions=(), withhold=(), disclose=True):
    """The parts of a bundle; `disclose` False withholds every plain payload object."""
    last_stamped = max((size for size in log.notes if log.items.get(size)), default=None)
    if indexes is None:
        indexes = list(range(len(log.records) if include_tail else last_stamped + 1))
    notes = [index for index in indexes if index in log.notes]
    hashes = addressed(log, indexes)
    keys = _keys(log, indexes, notes[-1] if notes else 0) if indexes else []
    wanted = hashes["evidence"] + hashes["key"] + [line["entry"]["content_hash_after"] for line in keys]
    if disclose:
        wanted += hashes["object"] + hashes["witness"]
        for address in hashes["witness"]:
            wanted += json.loads(log.objects[address])["files"]
    else:
        wanted += [one for one in hashes["object"] if one in log.objects and json.loads(log.objects[one])["type"] in ("genesis", "session_summary")]
    objects = {one: log.objects[one] for one in wanted if one in log.objects and one not in withhold}
    since = until = None
    if kind == "period":
        since, until = (log.records[i].columns["created_at"] for i in (indexes[0], indexes[-1]))
    return Parts(
        log=log, indexes=list(indexes), records=[copy.deepcopy(log.records[i]) for i in indexes],
        checkpoints=_checkpoint_lines(log, indexes), keys=copy.deepcopy(keys), objects=objects,
        holes=None if kind == "complete" else _holes(log, indexes),
        filter={"include_tail": include_tail, "kind": kind, "sessions": sorted(sessions), "since": since, "until": until},
        signer=log.key_at[indexes[-1] + 1 if indexes else 0], at_source=len(log.records))


@dataclass
class Hooks:
    """Changes made while sealing; each is called with what it may change."""

    data: list = field(default_factory=list)  # fn(files): before digests
    payload_manifest: list = field(default_factory=list)  # fn(text) -> text
    statement: list = field(default_factory=list)  # fn(payload dict)
    statement_signer: object = None
    statement_type: str = STATEMENT_TYPE
    envelope: list = field(default_factory=list)  # fn(envelope dict)
    files: list = field(default_factory=list)  # fn(files): after the statement, before the manifest
    manifest: list = field(default_factory=list)  # fn(document), before the proof
    manifest_signer: object = None
    proof: list = field(default_factory=list)  # fn(proof options), before signing
    signed_proof: list = field(default_factory=list)  # fn(document with proof)
    tagmanifest: list = field(default_factory=list)  # fn(text) -> text


def jsonl(values):
    return b"".join(jcs.dumps(value) + b"\n" for value in values)


def data_files(parts):
    signatures = parts.signatures
    if signatures is None:
        signatures = [record.signature for record in parts.records]
    files = {
        "data/entries.jsonl": b"".join(record.line + b"\n" for record in parts.records),
        "data/signatures.txt": "".join(b64(one) + "\n" for one in signatures).encode(),
        "data/checkpoints.jsonl": jsonl(parts.checkpoints),
        "data/keys.jsonl": jsonl(parts.keys),
        "data/attribution.json": jcs.dumps(parts.attribution),
    }
    if parts.holes is not None:
        files["data/holes.json"] = jcs.dumps(parts.holes)
    if parts.packed_objects:
        files["data/objects.jsonl"] = b"".join(parts.objects[one] + b"\n" for one in sorted(parts.objects))
    else:
        files.update(("data/objects/" + address, raw) for address, raw in parts.objects.items())
    return files


def _prefix_root(parts, size):
    """The root over [0, size) as this bundle shows it: holes from the log, lines from the parts."""
    leaves = list(parts.prefix_leaves or parts.log.leaves)[:size]
    for index, record in zip(parts.indexes, parts.records):
        leaves[index:index + 1] = [tree.leaf_hash(record.line)]
    return tree.root(leaves[:size])


def _manifest_values(parts):
    """Everything in the manifest that follows from the parts."""
    columns = [record.columns for record in parts.records]
    last = parts.indexes[-1] if parts.indexes else None
    size = last + 1 if parts.indexes else 0
    notes = [index for index, c in zip(parts.indexes, columns) if c["event_type"] == "checkpoint"]
    last_note = None
    if notes:
        line = next((one for one in parts.checkpoints if one["size"] == notes[-1] and one["note"]), None)
        last_note = line and {"sha256": sha256_hex(line["note"].encode()), "size": notes[-1]}
    tokens = [(line["size"], one["sha256"]) for line in parts.checkpoints for one in line["items"] if one["kind"] == "tsr"]
    newest = max(tokens, default=None)
    withheld = set()
    for c in columns:
        roles = REGISTRY.get(c["event_type"], {})
        for column, slot in SLOTS:
            if roles.get(slot) in ("object", "witness", "evidence", "key") and c[column] and c[column] not in parts.objects:
                withheld.add(c[column])
    tip = columns[-1]["chain_hash"] if columns else None
    root = _prefix_root(parts, size).hex()
    return {
        "entries": {"at_source": parts.at_source, "exported": len(columns)},
        "filter": parts.filter,
        "gaps": [index for index, c in zip(parts.indexes, columns) if c["event_type"] == "capture_gap"],
        "id": bundle_id(tip, root, parts.filter),
        "last_note": last_note,
        "newest_token": newest and {"sha256": newest[1], "size": newest[0]},
        "origin": parts.log.origin,
        "period": {"from": columns[0]["created_at"], "to": columns[-1]["created_at"]} if columns else None,
        "previous": parts.previous,
        "range": {"first": parts.indexes[0], "last": last} if columns else None,
        "redactions": {"withheld_objects": len(withheld)},
        "sources": sorted({c["source"] for c in columns}, key=jcs.utf16_key),
        "tip": tip,
        "tree": {"root": root, "size": size},
    }


def bundle_id(tip, root, chosen):
    seed = b"proofline-bundle/1\n%s\n%s\n%s\n" % ((tip or "").encode(), root.encode(), jcs.dumps(chosen))
    raw = bytearray(sha256(seed)[:16])
    raw[6] = raw[6] & 0x0F | 0x80
    raw[8] = raw[8] & 0x3F | 0x80
    h = raw.hex()
    return "urn:uuid:" + "-".join((h[:8], h[8:12], h[12:16], h[16:20], h[20:]))


def digest_list(files):
    return "".join("%s  %s\n" % (sha256_hex(files[path]), path) for path in sorted(files))


def _statement(parts, files, values, hooks):
    names = sorted([path for path in files if path.startswith("data/") and path.count("/") == 1] + ["manifest-sha256.txt"])
    payload = {
        "_type": "https://in-toto.io/Statement/v1",
        "predicate": copy.deepcopy({key: values[key] for key in ("last_note", "origin", "range", "tip", "tree")}),
        "predicateType": CONTEXT_URL,
        "subject": [{"digest": {"sha256": sha256_hex(files[name])}, "name": name} for name in names],
    }
    for change in hooks.statement:
        payload = change(payload) or payload
    raw = payload if isinstance(payload, bytes) else jcs.dumps(payload)
    signer = hooks.statement_signer or parts.signer
    envelope = {
        "payload": b64(raw), "payloadType": hooks.statement_type,
        "signatures": [{"keyid": signer.fingerprint, "sig": b64(signer.sign(pae(hooks.statement_type, raw)))}],
    }
    for change in hooks.envelope:
        change(envelope)
    return jcs.dumps(envelope)


def prove(document, signer, hooks, created):
    """Adds the eddsa-jcs-2022 proof."""
    proof = {
        "@context": document["@context"], "created": created, "cryptosuite": "eddsa-jcs-2022",
        "proofPurpose": "assertionMethod", "type": "DataIntegrityProof",
        "verificationMethod": "%s#%s" % (signer.did, signer.did[len("did:key:"):]),
    }
    for change in hooks.proof:
        change(proof)
    signature = signer.sign(sha256(jcs.dumps(proof)) + sha256(jcs.dumps(document)))
    document["proof"] = dict(proof, proofValue="z" + b58(signature))
    for change in hooks.signed_proof:
        change(document)
    return document


class Sealed:
    """The archive's files in order, ready to be spoilt."""

    def __init__(self, packed):
        self.packed = packed

    def file(self, path):
        return next(one for one in self.packed if one.path == path)

    def place(self, path):
        return self.packed.index(self.file(path))

    def replace(self, path, content):
        """Other content under the same name, nothing else changed."""
        self.packed[self.place(path)] = pack(path, content)
        return self

    def remove(self, path):
        del self.packed[self.place(path)]
        return self

    def bytes(self, **options):
        return write_zip(self.packed, **options)


def seal(parts, hooks=None):
    """Digests, statement, manifest, tag manifest: the order of docs/format.md §10."""
    hooks = hooks or Hooks()
    values = _manifest_values(parts)
    files = data_files(parts)
    for change in hooks.data:
        change(files)
    text = digest_list({path: raw for path, raw in files.items() if path.startswith("data/")})
    for change in hooks.payload_manifest:
        text = change(text)
    octets = sum(len(raw) for path, raw in files.items() if path.startswith("data/"))
    count = sum(1 for path in files if path.startswith("data/"))
    day = (values["period"] or {"to": "1970-01-01"})["to"][:10]
    files["manifest-sha256.txt"] = text.encode()
    files["statement.dsse.json"] = _statement(parts, files, values, hooks)
    files["mimetype"] = b"application/vnd.proofline.evidence+zip"
    files["README.txt"] = README.encode()
    files["bagit.txt"] = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    files["bag-info.txt"] = b"Bagging-Date: %s\nPayload-Oxum: %d.%d\n" % (day.encode(), octets, count)
    files["context/evidence-v1.jsonld"] = CONTEXT
    for change in hooks.files:
        change(files)
    packed = [pack(path, files[path]) for path in sorted(files)]
    signer = hooks.manifest_signer or parts.signer
    optional = ("data/holes.json", "data/objects.jsonl")
    document = {
        "@context": [CONTEXT_URL],
        "absent": [path for path in optional if path not in files],
        "context_sha256": sha256_hex(files.get("context/evidence-v1.jsonld", CONTEXT)),
        "device": {"did": signer.did, "fingerprint": signer.fingerprint},
        "files": [
            {"method": "deflate" if one.method else "stored", "packed_sha256": sha256_hex(one.octets),
             "path": one.path, "sha256": sha256_hex(one.content), "size": len(one.content)}
            for one in packed
        ],
        "format_version": 1,
        "tool": {"name": "proofline-testdata", "version": "1"},
        "type": ["EvidenceManifest"],
        **copy.deepcopy(values),
    }
    for change in hooks.manifest:
        change(document)
    created = (values["period"] or {"to": "1970-01-01T00:00:00.000Z"})["to"][:19] + "Z"
    document = prove(document, signer, hooks, created)
    packed.sort(key=lambda one: (one.path != "mimetype", one.path.encode()))
    packed.append(pack("manifest.jsonld", jcs.dumps(document)))
    tags = {one.path: one.content for one in packed if not one.path.startswith("data/")}
    text = digest_list(tags)
    for change in hooks.tagmanifest:
        text = change(text)
    packed.append(pack("tagmanifest-sha256.txt", text.encode()))
    return Sealed(packed)
