"""Payload objects: address, form, salt (docs/format.md §7)."""

import re

from proofline_py import jcs
from proofline_py.codec import sha256_hex

SIZE_MAX = 1024 * 1024
UNSALTED = {"genesis", "evidence", "witness_index", "session_summary", "key_rotate", "key_revoke"}
HEX32, HEX64 = re.compile("[0-9a-f]{32}"), re.compile("[0-9a-f]{64}")


def read(files, report):
    """Address -> value of every sound object."""
    named = [(path[len("data/objects/"):], file.content) for path, file in files.items() if path.startswith("data/objects/")]
    if "data/objects.jsonl" in files:
        lines = files["data/objects.jsonl"].content.split(b"\n")
        if lines.pop() != b"":
            report.add("object-malformed", "data/objects.jsonl does not end in LF")
        addresses = [sha256_hex(line) for line in lines]
        if addresses != sorted(set(addresses)):
            report.add("object-malformed", "data/objects.jsonl is not sorted by address")
        named += zip(addresses, lines)
    objects = {}
    for address, raw in named:
        if sha256_hex(raw) != address:
            report.add("object-address-mismatch", "`%s` hashes to %s" % (address, sha256_hex(raw)))
            continue
        if len(raw) > SIZE_MAX:
            report.add("limit-exceeded", "object %s has %d bytes" % (address, len(raw)))
            continue
        try:
            value = jcs.parse_canonical(raw)
            if not isinstance(value, dict) or not isinstance(value.get("type"), str):
                raise ValueError("no object with a type")
            salt = value.get("salt")
            if value["type"] not in UNSALTED and not (isinstance(salt, str) and HEX32.fullmatch(salt)):
                raise ValueError("no salt")
        except ValueError as error:
            report.add("object-malformed", "object %s: %s" % (address, error))
            continue
        objects[address] = value
    return objects
