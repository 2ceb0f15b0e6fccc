"""The verification steps of docs/format.md §11, in their order."""

import re

from proofline_py import jcs, tree
from proofline_py.codec import b64_strict, did_key, did_key_parse, pae, sha256, sha256_hex

from . import checkpoints, ed25519, entry as entries, keys, manifest, objects, standing, timering, trust, zipread
from .finding import Report

HEX64 = re.compile("[0-9a-f]{64}")
_HOLES = manifest.members(
    present=manifest.array_of(lambda v: manifest.array_of(manifest.count)(v) and len(v) == 2 and v[0] <= v[1]),
    schema_version=manifest.one_of(1), size=manifest.count,
    subtrees=manifest.array_of(manifest.members(end=manifest.count, hash=manifest.hash64, start=manifest.count)))


def verify(raw, policy):
    """Never raises for a bundle: whatever it is, the report says."""
    report = Report()
    try:
        archive = zipread.read(raw)
    except zipread.ZipError as error:
        report.add(error.code, str(error))
        return report
    files = {file.path: file for file in archive}
    document = _read_manifest(files, policy, report)
    if document is not None:
        _Bundle(files, document, policy, report).check()
    return report


def _pins(policy):
    """32-byte keys cannot be had from a fingerprint: pins are compared as fingerprints."""
    return {sha256_hex(did_key_parse(pin)) if pin.startswith("did:") else pin for pin in policy.get("device_keys", [])}


def _read_manifest(files, policy, report):
    if "manifest.jsonld" not in files:
        report.add("manifest-missing", "`manifest.jsonld` is not in the archive")
        return None
    try:
        document = manifest.parse(files["manifest.jsonld"].content)
        public = manifest.proof_key(document)
        version = document.get("format_version")
        if type(version) is int and version != 1:
            report.add("format-version-unknown", "format_version %d" % version)
            return None
        manifest.check_members(document)
    except manifest.MalformedError as error:
        report.add("manifest-malformed", str(error))
        return None
    if public is None:
        report.add("manifest-signature-invalid", "under the key that verificationMethod names")
    document["proof key"] = public
    return document


class _Bundle:
    def __init__(self, files, document, policy, report):
        self.files, self.document, self.policy, self.report = files, document, policy, report

    def content(self, path):
        return self.files[path].content if path in self.files else b""

    def is_contiguous(self, first, last):
        """Every line first..last is here."""
        return all(index in self.present for index in range(first, last + 1))

    def check(self):
        manifest.check_files(self.document, self.files, self.report)
        if not self._indexes():
            return  # nothing further has an index to be checked at
        self._objects_and_keys()
        self._entries()
        self._tree_and_checkpoints()
        self._keys_in_place()
        self._manifest_values()
        self._statement()
        self._time()
        self._completeness()
        self._attribution()

    # Step 4

    def _indexes(self):
        raw = self.content("data/entries.jsonl")
        self.lines = raw.split(b"\n")
        if self.lines.pop() != b"":
            self.report.add("entry-malformed", "data/entries.jsonl does not end in LF")
        self.holes = []
        self.indexes = list(range(len(self.lines)))
        complete = self.document["filter"]["kind"] == "complete"
        if complete == ("data/holes.json" in self.files):
            self.report.add("holes-malformed", "data/holes.json is there for a %s bundle, or absent from a part" % self.document["filter"]["kind"])
        if not complete and "data/holes.json" in self.files:
            try:
                present = self._read_holes()
            except ValueError as error:
                self.report.add("holes-malformed", str(error))
                return False
            if len(present) != len(self.lines):
                self.report.add("entry-count-mismatch", "holes.json says %d lines, computed %d" % (len(present), len(self.lines)))
                return False
            self.indexes = present
        return complete or "data/holes.json" in self.files

    def _read_holes(self):
        value = jcs.parse_canonical(self.content("data/holes.json"))
        manifest.need(_HOLES(value), "members")
        at, wanted, count = 0, [], 0
        for number, (first, last) in enumerate(value["present"]):
            manifest.need(first > at or (first == at and number == 0), "ranges are not ascending, or touch")
            wanted += tree.perfect_cut(at, first)
            count += last + 1 - first
            at = last + 1
        manifest.need(at == value["size"], "size is not the last index + 1")
        manifest.need([(one["start"], one["end"]) for one in value["subtrees"]] == wanted, "subtrees are not the cut of the gaps")
        self.holes = [(one["start"], one["end"], bytes.fromhex(one["hash"])) for one in value["subtrees"]]
        if count != len(self.lines):
            return [None] * count
        return [index for first, last in value["present"] for index in range(first, last + 1)]

    # Steps 5 and 6

    def _objects_and_keys(self):
        self.objects = objects.read(self.files, self.report)
        self.events = keys.read_lines(self.content("data/keys.jsonl"), self.report)
        self.sequence = keys.derive(self.events, self.objects, self.report)
        pins = _pins(self.policy)
        if not pins:
            self.report.add("key-not-pinned", "no device key was given")
        elif not any(sha256_hex(public) in pins for _, public in self.sequence.epochs):
            self.report.add("key-mismatch", "no key of the sequence is a given one")

    def _entries(self):
        self.columns, self.signatures = {}, {}
        self.present, self.all_parsed = set(self.indexes), True
        lines = self.content("data/signatures.txt").split(b"\n")
        if lines.pop() != b"":
            self.report.add("signature-malformed", "data/signatures.txt does not end in LF")
        if len(lines) != len(self.lines):
            self.report.add("signature-count-mismatch", "%d signatures, %d lines" % (len(lines), len(self.lines)))
        if not self.lines:
            self.report.add("bundle-empty", "no entries")
        seen = set()
        for number, (index, line) in enumerate(zip(self.indexes, self.lines)):
            self._signature(index, line, lines[number] if number < len(lines) else None)
            try:
                entry = entries.parse(line)
            except entries.EntryError as error:
                if len(line) > entries.LINE_MAX:
                    self.report.add("limit-exceeded", "entry %d" % index)
                self.report.add("entry-malformed", "entry %d: %s" % (index, error))
                self.all_parsed = False
                continue
            self.columns[index] = entry
            for message in entries.role_errors(entry):
                self.report.add("entry-role-mismatch", "entry %d: %s" % (index, message))
            if entry["id"] in seen:
                self.report.add("entry-id-repeated", "entry %d" % index)
            self._chain(index, line, entry)
            parent = entry["parent_event_id"]
            if parent is not None and parent not in seen and not self.holes:
                self.report.add("entry-parent-unknown", "entry %d" % index)
            seen.add(entry["id"])
        if self.holes:
            self._parents_in_part()

    def _parents_in_part(self):
        """A parent in a hole cannot be seen; one that stands later, or is the entry itself, can."""
        places = {entry["id"]: index for index, entry in self.columns.items()}
        for index, entry in self.columns.items():
            if places.get(entry["parent_event_id"], -1) >= index:
                self.report.add("entry-parent-unknown", "entry %d" % index)

    def _chain(self, index, line, entry):
        computed = sha256_hex((entry["previous_hash"] or "").encode() + entries.pre(line))
        if computed != entry["chain_hash"]:
            self.report.add("entry-hash-mismatch", "entry %d claims %s, computed %s" % (index, entry["chain_hash"], computed))
        if (entry["previous_hash"] is None) != (index == 0):
            self.report.add("entry-link-mismatch", "entry %d: previous_hash is null at index 0 only" % index)
        elif index - 1 in self.columns and entry["previous_hash"] != self.columns[index - 1]["chain_hash"]:
            self.report.add("entry-link-mismatch", "entry %d" % index)

    def _signature(self, index, line, raw):
        if raw is None:
            return
        try:
            signature = b64_strict(raw.decode("ascii"))
            if len(signature) != 64:
                raise ValueError
        except ValueError:
            self.report.add("signature-malformed", "signature %d" % index)
            return
        self.signatures[index] = signature
        public = self.sequence.signer_of(index)
        message = pae(keys.ENTRY_TYPE, line)
        if public is None or ed25519.verify(public, message, signature):
            return
        if self.sequence.is_earlier(index, lambda other: ed25519.verify(other, message, signature)):
            self.report.add("signature-key-revoked", "entry %d" % index)
        else:
            self.report.add("signature-invalid", "entry %d" % index)

    # Steps 7 and 8

    def _tree_and_checkpoints(self):
        pieces = [(start, end - start, digest) for start, end, digest in self.holes]
        pieces += [(index, 1, tree.leaf_hash(line)) for index, line in zip(self.indexes, self.lines)]
        frontier, self.roots = tree.Frontier(), {}
        for start, leaves, digest in sorted(pieces):
            self.roots[start] = frontier.root()
            frontier.push(digest, leaves)
        self.root = frontier.root()
        self.checkpoint_entries = {index: one for index, one in self.columns.items() if one["event_type"] == "checkpoint"}
        self.found = checkpoints.read_lines(self.content("data/checkpoints.jsonl"), self.report)
        checkpoints.check_first(
            self.checkpoint_entries, [index for index in self.columns if self.is_contiguous(0, index)], self.report)
        self.shown = checkpoints.check_notes(
            self.found, self.checkpoint_entries, self.roots, self.sequence, self.is_contiguous, self.report)
        evidence = {
            index: value for index, one in self.columns.items()
            for _, role, value in entries.roles(one) if role == "evidence" and value is not None}
        self.listed = checkpoints.check_evidence(evidence, self.found, self.objects, self.is_contiguous, self.report)
        checkpoints.check_unreferenced(self.found, self.checkpoint_entries, self.listed, self.report)

    def _keys_in_place(self):
        lines = {index: (line, self.signatures.get(index)) for index, line in zip(self.indexes, self.lines)}
        last = self._last_note()
        note = last and (last, self.roots[last]) if last in self.shown else None
        keys.check_places(self.events, lines, note, self.report)
        keys.check_outside_signatures(self.events, lines, self.sequence, self.report)

    def _last_note(self):
        return max((index for index in self.checkpoint_entries), default=None)

    # Step 9

    def _manifest_values(self):
        ordered = [self.columns[index] for index in self.indexes if index in self.columns]
        first, last = (self.indexes[0], self.indexes[-1]) if self.indexes else (None, None)
        size = 0 if last is None else last + 1
        tip = self.columns[last]["chain_hash"] if last in self.columns else None
        computed = {
            "gaps": [index for index in sorted(self.columns) if self.columns[index]["event_type"] == "capture_gap"],
            "period": {"from": ordered[0]["created_at"], "to": ordered[-1]["created_at"]} if ordered else None,
            "range": None if last is None else {"first": first, "last": last},
            "sources": sorted({one["source"] for one in ordered}, key=jcs.utf16_key),
            "tip": tip,
            "last_note": self._computed_last_note(),
            "newest_token": self._newest_token(),
            "redactions": {"withheld_objects": self._withheld()},
            "origin": self.sequence.origin,
            "id": _bundle_id(tip, self.document["tree"]["root"], self.document["filter"]),
        }
        if not self.all_parsed:  # what follows from columns is not checked when a line has none
            computed = {name: computed[name] for name in ("range", "origin")}
        public = self.sequence.valid_at(size)
        if public is not None:
            computed["device"] = {"did": did_key(public), "fingerprint": sha256_hex(public)}
            if self.document["proof key"] not in (None, public):
                self.report.add("manifest-signature-invalid", "the proof is not by the key valid after the last entry")
        for name, value in computed.items():
            if value is None and name in ("origin",):
                continue
            if self.document[name] != value:
                self.report.add("manifest-value-mismatch", "%s claims %s, computed %s" % (name, self.document[name], value))
        self._counts_and_root(size)
        if ordered and self.all_parsed and self.document["proof"]["created"] != ordered[-1]["created_at"][:19] + "Z":
            self.report.add("manifest-value-mismatch", "proof.created is not that of the last line")
        self.public = public

    def _counts_and_root(self, size):
        counts = self.document["entries"]
        if counts["exported"] != len(self.lines):
            self.report.add("manifest-value-mismatch", "entries.exported")
            self.report.add("entry-count-mismatch", "the manifest says %d lines, computed %d" % (counts["exported"], len(self.lines)))
        if counts["at_source"] < size:
            self.report.add("manifest-value-mismatch", "entries.at_source is less than the last index + 1")
        if self.document["tree"]["size"] != size:
            self.report.add("manifest-value-mismatch", "tree.size")
        if self.document["tree"]["root"] != self.root.hex():
            self.report.add("tree-root-mismatch", "claims %s, computed %s" % (self.document["tree"]["root"], self.root.hex()))

    def _computed_last_note(self):
        last = self._last_note()
        line = self.found.get(last)
        if line is None or line["note"] is None:
            return None
        return {"sha256": sha256_hex(line["note"].encode()), "size": last}

    def _newest_token(self):
        newest = max(((size, one["sha256"]) for size, line in self.found.items() for one in line["items"] if one["kind"] == "tsr"), default=None)
        return newest and {"sha256": newest[1], "size": newest[0]}

    def _withheld(self):
        missing = 0
        for one in self.columns.values():
            for _, role, value in entries.roles(one):
                if role in ("object", "witness", "evidence", "key") and value is not None:
                    if value not in self.objects and "data/objects/" + value not in self.files:
                        missing += 1
        return missing

    def _statement(self):
        if "statement.dsse.json" in self.files:
            raw = self.content("statement.dsse.json")
            manifest.check_statement(raw, self.document, self.files, self.public, self.report)

    # Steps 10 to 12

    def _time(self):
        genesis = next((event["entry"]["content_hash_after"] for event in self.events if event["index"] == 0), None)
        now, trusted = timering.policy_time(self.policy), trust.Trust(self.policy)
        leading = timering.check_tokens(self.found, self.columns, genesis, trusted, self.report, now)
        counting = standing.settle(
            leading, self.columns, self.listed, self.shown, self.is_contiguous, self.policy, now, self.report)
        timering.check_brackets(
            self.columns, counting, self.listed, self.shown, self.is_contiguous, self.policy, self.report)

    def _completeness(self):
        expected = self.policy.get("expect_tip")
        last = self.columns.get(self.indexes[-1]) if self.indexes else None
        if expected is None:
            self.report.add("tip-not-given", "no tip to compare with")
        elif last is None or last["chain_hash"] != expected:
            self.report.add("tip-mismatch", "the last entry is not the expected one")
        if self.columns and not self.is_contiguous(0, max(self.columns)):
            self.report.add("part-not-whole", "not every entry from the first on is shown")
        last_types = {}
        for index in sorted(self.columns):
            entry = self.columns[index]
            if entry["event_type"] == "capture_gap":
                self.report.add("capture-gap", "entry %d" % index)
            if entry["session_id"] is not None:
                last_types[entry["session_id"]] = entry["event_type"]
            if entry["event_type"] == "session_end" and self.all_parsed:
                self._session(index, entry)
        for session, last_type in sorted(last_types.items()):
            if last_type != "session_end":
                self.report.add("session-open", "%r" % session)

    def _session(self, index, entry):
        summary = self.objects.get(entry["content_hash_after"])
        if summary is None or summary.get("type") != "session_summary":
            self.report.add("session-open", "the end in entry %d has no summary here" % index)
            return
        first = summary.get("first_index")
        whole = entry["session_id"] in self.document["filter"]["sessions"] or not self.holes or (
            type(first) is int and 0 <= first <= index and self.is_contiguous(first, index))
        if not whole:
            return
        mine = [at for at in sorted(self.columns) if at < index and self.columns[at]["session_id"] == entry["session_id"]]
        raw = dict(zip(self.indexes, self.lines))
        computed = {
            "count": len(mine), "first_index": mine[0] if mine else None, "last_index": mine[-1] if mine else None,
            "root": tree.root([tree.leaf_hash(raw[at]) for at in mine]).hex(), "session_id": entry["session_id"]}
        if any(summary.get(name) != value for name, value in computed.items()):
            self.report.add("session-root-mismatch", "the summary of entry %d" % index)

    def _attribution(self):
        if "data/attribution.json" not in self.files:
            return
        try:
            value = jcs.parse_canonical(self.content("data/attribution.json"))
            if set(value) != {"files", "schema_version", "status"} or type(value["schema_version"]) is not int or value["schema_version"] != 1:
                raise ValueError("members")
            if not isinstance(value["files"], list) or not isinstance(value["status"], str):
                raise ValueError("members")
            if value["status"] == "not-derived" and value["files"]:
                raise ValueError("not derived, and yet files")
        except (ValueError, TypeError) as error:
            self.report.add("attribution-malformed", str(error))
            return
        if value["status"] == "not-derived":
            self.report.add("attribution-not-derived", "the bundle derives none")


def _bundle_id(tip, root, chosen):
    raw = bytearray(sha256(b"proofline-bundle/1\n%s\n%s\n%s\n" % ((tip or "").encode(), root.encode(), jcs.dumps(chosen)))[:16])
    raw[6] = 0x80 | raw[6] & 0x0F
    raw[8] = 0x80 | raw[8] & 0x3F
    h = raw.hex()
    return "urn:uuid:%s-%s-%s-%s-%s" % (h[:8], h[8:12], h[12:16], h[16:20], h[20:])
