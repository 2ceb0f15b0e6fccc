"""data/checkpoints.jsonl and the evidence objects (docs/format.md §9, §10, steps 7 and 8)."""

from proofline_py import jcs, note as notes
from proofline_py.codec import b64_strict, sha256_hex

from . import ed25519
from .manifest import array_of, count, hash64, members, one_of, or_null, text

KINDS = ("cert", "cons", "cosig", "crl", "ocsp", "tsq", "tsr")
LINE_MAX, ITEMS_MAX, ITEM_MAX = 8 * 1024 * 1024, 256, 4 * 1024 * 1024
_LINE = members(items=array_of(members(b64=text, kind=one_of(*KINDS), sha256=hash64)), note=or_null(text), size=count)
_LISTED = array_of(members(for_size=count, kind=one_of(*KINDS), sha256=hash64))


def read_lines(raw, report):
    """Checkpoint lines by size, items decoded."""
    found, before = {}, -1
    lines = raw.split(b"\n")
    if lines.pop() != b"":
        report.add("checkpoint-malformed", "data/checkpoints.jsonl does not end in LF")
    for number, line in enumerate(lines):
        try:
            if len(line) > LINE_MAX:
                raise ValueError("line too long")
            value = jcs.parse_canonical(line)
            if not _LINE(value) or len(value["items"]) > ITEMS_MAX:
                raise ValueError("members")
            keys = [(one["kind"], one["sha256"]) for one in value["items"]]
            if any(a >= b for a, b in zip(keys, keys[1:])):
                raise ValueError("items are not sorted or repeat")
            for one in value["items"]:
                one["raw"] = b64_strict(one["b64"])
                if sha256_hex(one["raw"]) != one["sha256"] or len(one["raw"]) > ITEM_MAX:
                    raise ValueError("an item's digest or size")
            if value["size"] <= before or (value["size"] == 0 and value["note"] is not None):
                raise ValueError("size")
        except ValueError as error:
            report.add("checkpoint-malformed", "line %d of data/checkpoints.jsonl: %s" % (number + 1, error))
            continue
        before = value["size"]
        found[value["size"]] = value
    return found


def check_notes(found, checkpoint_entries, roots, sequence, is_contiguous, report):
    """Step 7. Returns the note roots that were computed: size -> root."""
    shown = {}
    for size, line in found.items():
        entry = checkpoint_entries.get(size)
        if line["note"] is None:
            if entry:
                report.add("checkpoint-note-missing", "the checkpoint at %d" % size)
            continue
        digest = sha256_hex(line["note"].encode())
        if entry and digest != entry["content_hash_after"]:
            report.add("checkpoint-note-mismatch", "the note of size %d is not the one entry %d commits to" % (size, size))
        following = min((index for index in checkpoint_entries if index > size), default=None)
        before = following is not None and checkpoint_entries[following]["content_hash_before"]
        if entry and following is not None and before != digest and is_contiguous(size, following):
            report.add("checkpoint-note-mismatch", "entry %d names another note before" % following)
        if not entry and following is not None and before != digest:
            report.add("checkpoint-note-mismatch", "entry %d names another note before" % following)
        try:
            body, origin, claimed_size, root, name, key_id, signature = notes.parse(line["note"])
        except notes.NoteError as error:
            report.add("checkpoint-note-malformed", "the note of size %d: %s" % (size, error))
            continue
        if claimed_size != size:
            report.add("checkpoint-index-mismatch", "the note at %d claims size %d" % (size, claimed_size))
        if origin != sequence.origin or name != origin:
            report.add("checkpoint-origin-mismatch", "the note of size %d" % size)
        public = sequence.valid_at(size)
        if public and (key_id != notes.key_id(name, public) or not ed25519.verify(public, body.encode(), signature)):
            report.add("checkpoint-note-signature-invalid", "the note of size %d" % size)
        if entry and size in roots:
            if roots[size] != root:
                report.add("checkpoint-root-mismatch", "the note of size %d" % size)
            elif claimed_size == size and digest == entry["content_hash_after"]:
                shown[size] = root
    for index in checkpoint_entries:
        if index not in found:
            report.add("checkpoint-note-missing", "the checkpoint at %d has no line" % index)
    return shown


def check_first(checkpoint_entries, all_from_start, report):
    """The first checkpoint of a log names no note before it."""
    first = min(checkpoint_entries, default=None)
    if first is not None and first in all_from_start and checkpoint_entries[first]["content_hash_before"] is not None:
        report.add("checkpoint-note-mismatch", "entry %d names a note before the first" % first)


def check_evidence(evidence_entries, found, objects, is_contiguous, report):
    """Step 8. `evidence_entries` maps index to address; returns index -> listed items."""
    listed, before = {}, None
    for index in sorted(evidence_entries):
        address = evidence_entries[index]
        value = objects.get(address)
        if value is None:
            report.add("evidence-object-missing", "of entry %d" % index)
            before = (index, address)
            continue
        if not _is_evidence(value):
            report.add("evidence-object-malformed", "of entry %d" % index)
            before = (index, address)
            continue
        if before is not None and is_contiguous(before[0], index) and value["prev"] != before[1]:
            report.add("evidence-chain-mismatch", "of entry %d" % index)
        if before is None and is_contiguous(0, index) and value["prev"] is not None:
            report.add("evidence-chain-mismatch", "the first, of entry %d" % index)
        before = (index, address)
        listed[index] = value["items"]
        for one in value["items"]:
            line = found.get(one["for_size"])
            if line is None or not any((got["kind"], got["sha256"]) == (one["kind"], one["sha256"]) for got in line["items"]):
                report.add("evidence-item-missing", "%s for size %d, listed at %d" % (one["kind"], one["for_size"], index))
            if one["for_size"] > index or (one["for_size"] == index and index):
                report.add("evidence-object-malformed", "entry %d lists an item for size %d" % (index, one["for_size"]))
    return listed


def _is_evidence(value):
    if value.get("type") != "evidence" or not _LISTED(value.get("items")) or not value["items"] or "prev" not in value:
        return False
    keys = [(one["for_size"], one["kind"], one["sha256"]) for one in value["items"]]
    return or_null(hash64)(value["prev"]) and all(a < b for a, b in zip(keys, keys[1:]))


def check_unreferenced(found, checkpoint_entries, listed, report):
    """A line whose entry is not here exists only for the items that evidence here lists."""
    wanted = {(one["for_size"], one["kind"], one["sha256"]) for items in listed.values() for one in items}
    for size, line in found.items():
        if size in checkpoint_entries:
            continue
        for one in line["items"]:
            if (size, one["kind"], one["sha256"]) not in wanted:
                report.add("checkpoint-unreferenced", "an item for size %d" % size)
        if not line["items"]:
            report.add("checkpoint-unreferenced", "the line of size %d" % size)
