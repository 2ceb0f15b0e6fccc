"""data/keys.jsonl: which key is valid at which index (docs/format.md §8)."""

from proofline_py import jcs, tree
from proofline_py.codec import b64_strict, pae, sha256_hex

from . import ed25519, entry as entries
from .manifest import count, hash64, members, one_of, or_null, text

KEY_TYPE = "application/vnd.proofline.key.v1+json"
ENTRY_TYPE = "application/vnd.proofline.entry.v1+json"
LINE_MAX, EVENTS_MAX = 256 * 1024, 10000
KINDS = ("genesis", "key_rotate", "key_revoke")
_LINE = members(entry=lambda v: isinstance(v, dict), inclusion=or_null(lambda v: isinstance(v, list) and all(map(text, v))),
                index=count, signature=text)


class Sequence:
    """The keys of the log in order: (first index they are valid at, 32 bytes)."""

    def __init__(self):
        self.epochs = []
        self.recovery = None
        self.origin = None
        self.revoked_by_recovery = {}  # index of the entry -> recovery key

    def valid_at(self, index):
        found = None
        for first, public in self.epochs:
            if first <= index:
                found = public
        return found

    def signer_of(self, index):
        return self.revoked_by_recovery.get(index) or self.valid_at(index)

    def is_earlier(self, index, verifies):
        """Whether a key that was given up before `index` verifies."""
        current = self.valid_at(index)
        return any(first <= index and public != current and verifies(public) for first, public in self.epochs)


def read_lines(raw, report):
    """The key events in order; a malformed line is reported and left out."""
    events, before = [], -1
    lines = raw.split(b"\n")
    if lines.pop() != b"":
        report.add("key-history-malformed", "data/keys.jsonl does not end in LF")
    for number, line in enumerate(lines):
        try:
            if len(line) > LINE_MAX or number >= EVENTS_MAX:
                raise ValueError("over a limit")
            event = jcs.parse_canonical(line)
            if not _LINE(event):
                raise ValueError("members")
            entries.check_columns(event["entry"])
            if event["entry"]["event_type"] not in KINDS or (number == 0) != (event["entry"]["event_type"] == "genesis"):
                raise ValueError("event type")
            if event["index"] <= before or (number == 0 and event["index"] != 0):
                raise ValueError("order")
            event["proof"] = None if event["inclusion"] is None else [b64_strict(one) for one in event["inclusion"]]
            if any(len(step) != 32 for step in event["proof"] or ()):
                raise ValueError("proof")
            event["signature_bytes"] = b64_strict(event["signature"])
        except ValueError as error:
            report.add("key-history-malformed", "line %d of data/keys.jsonl: %s" % (number + 1, error))
            continue
        before = event["index"]
        event["line"] = jcs.dumps(event["entry"])
        events.append(event)
    return events


_GENESIS = dict(format=one_of("proofline-log/1"), log_id=lambda v: text(v) and len(v) == 32, public_key=hash64,
                recovery_key=or_null(hash64), repository=text, type=one_of("genesis"))
_CHANGE = dict(index=count, new=hash64, old=hash64, origin=text, signature=text)


def _fits(shapes, value):
    return all(name in value and shape(value[name]) for name, shape in shapes.items())


def derive(events, objects, report):
    """Walks the key events; an event that fails changes no key."""
    sequence = Sequence()
    for event in events:
        kind, address = event["entry"]["event_type"], event["entry"]["content_hash_after"]
        value = objects.get(address)
        if value is None:
            report.add("object-missing", "the object of %s at %d" % (kind, event["index"]))
            report.add("key-history-incomplete", "the object of %s at %d" % (kind, event["index"]))
            continue
        if kind == "genesis":
            _genesis(sequence, value, report)
        elif sequence.epochs:
            _change(sequence, event, kind, value, report)
    return sequence


def _genesis(sequence, value, report):
    if not _fits(_GENESIS, value):
        report.add("key-history-malformed", "the genesis object is not of the form")
        return
    public = bytes.fromhex(value["public_key"])
    sequence.epochs.append((0, public))
    sequence.recovery = value["recovery_key"] and bytes.fromhex(value["recovery_key"])
    sequence.origin = "w3id.org/proofline/log/%s/%s" % (sha256_hex(public), value["log_id"])


def _change(sequence, event, kind, value, report):
    code = "key-rotation-invalid" if kind == "key_rotate" else "key-revocation-invalid"
    index = event["index"]
    old = sequence.valid_at(index)
    by_recovery = kind == "key_revoke" and value.get("by") == "recovery"
    if not _fits(_CHANGE, value) or value.get("type") != kind or (
            kind == "key_revoke" and (value.get("by") not in ("self", "recovery") or not text(value.get("reason")))):
        report.add(code, "the object at %d is not of the form" % index)
        return
    if (value["index"], value["origin"], value["old"]) != (index, sequence.origin, old.hex()):
        report.add(code, "index, origin or old key at %d is not the computed one" % index)
        return
    if by_recovery and sequence.recovery is None:
        report.add(code, "the log has no recovery key")
        return
    signed = {name: value[name] for name in ("index", "new", "old", "origin")}
    new = bytes.fromhex(value["new"])
    try:
        signature = b64_strict(value["signature"])
    except ValueError:
        signature = b""
    if not ed25519.verify(new, pae(KEY_TYPE, jcs.dumps(signed)), signature):
        report.add(code, "the new key's signature at %d" % index)
        return
    if by_recovery:
        sequence.revoked_by_recovery[index] = sequence.recovery
    sequence.epochs.append((index + 1, new))


def check_places(events, lines, last_note, report):
    """Every key event is a line here, or proved into the last note.

    `lines` maps index to (bytes, signature) of the exported lines; `last_note` is
    (size, root) or None.
    """
    known = {event["index"] for event in events}
    for event in events:
        here = lines.get(event["index"])
        if here is not None:
            line, signature = here
            if event["proof"] is not None or event["line"] != line or signature not in (None, event["signature_bytes"]):
                report.add("key-history-malformed", "the key event at %d is not the line at its index" % event["index"])
            continue
        leaf = tree.leaf_hash(event["line"])
        if event["proof"] is None or last_note is None or (
                tree.root_from_inclusion(leaf, event["index"], last_note[0], event["proof"]) != last_note[1]):
            report.add("key-inclusion-invalid", "the key event at %d" % event["index"])
    for index, (line, _) in lines.items():
        try:
            kind = jcs.parse(line).get("event_type")
        except (ValueError, AttributeError):
            continue
        if kind in KINDS and index not in known:
            report.add("key-history-incomplete", "the %s at %d has no line in data/keys.jsonl" % (kind, index))
    if 0 not in known:
        report.add("key-history-incomplete", "no genesis")


def check_outside_signatures(events, lines, sequence, report):
    """Signatures and hashes of key events that are not among the exported lines."""
    for event in events:
        if event["index"] in lines:
            continue
        columns = event["entry"]
        seed = (columns["previous_hash"] or "").encode() + entries.pre(event["line"])
        if sha256_hex(seed) != columns["chain_hash"]:
            report.add("entry-hash-mismatch", "the key event at %d" % event["index"])
        public = sequence.signer_of(event["index"])
        if public and not ed25519.verify(public, pae(ENTRY_TYPE, event["line"]), event["signature_bytes"]):
            report.add("signature-invalid", "the key event at %d" % event["index"])
