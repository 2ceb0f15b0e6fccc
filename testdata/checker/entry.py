"""One line of data/entries.jsonl: columns, hunks, paths, roles (docs/format.md §4 and §6)."""

import datetime
import json
import re
from pathlib import Path

from proofline_py import jcs

REGISTRY = json.loads((Path(__file__).resolve().parents[2] / "schemas" / "event-types.json").read_text())["types"]
LINE_MAX, PATH_MAX, COLUMN_MAX = 65535, 24576, 1024
HEX64 = re.compile("[0-9a-f]{64}")
UUID4 = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
GIT = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d\.\d{3}Z", re.ASCII)
_N = "(0|[1-9][0-9]{0,15})"
HUNK = re.compile(r"@@ -%s,%s \+%s,%s @@" % (_N, _N, _N, _N))
BYTES_PATH = re.compile(r"bytes:(?:[A-Za-z0-9._/-]|%[0-9A-F]{2})*")
OUTSIDE_PATH = re.compile("outside:[0-9a-f]{64}")
RESERVED = ("bytes:", "sd:", "sha256:", "outside:")
STRINGS = "agent_id capture_fidelity created_at event_type id source".split()
STRINGS_OR_NULL = "file_path git_head hunk_header model_id parent_event_id session_id tool_name".split()
HASHES_OR_NULL = "content_hash_after content_hash_before diff_hash previous_hash".split()
COLUMNS = set(STRINGS + STRINGS_OR_NULL + HASHES_OR_NULL + ["chain_hash", "line_start", "line_end"])
SLOTS = (("content_hash_before", "before"), ("content_hash_after", "after"), ("diff_hash", "diff"))


class EntryError(ValueError):
    """What the line breaks."""


def _need(condition, message):
    if not condition:
        raise EntryError(message)


def parse_time(text):
    """Milliseconds since 1970."""
    _need(TIME.fullmatch(text), "created_at is not of the form")
    try:
        moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    except ValueError:
        raise EntryError("created_at is not a real date") from None
    gap = moment - datetime.datetime(1970, 1, 1)
    return gap.days * 86400000 + gap.seconds * 1000 + gap.microseconds // 1000


def _path(path):
    _need(not any(ord(ch) < 0x20 or ord(ch) == 0x7F for ch in path), "a path holds a control character")
    if path.startswith("bytes:"):
        _need(BYTES_PATH.fullmatch(path), "a bytes: path is not of the form")
        path = path[len("bytes:"):]
    elif path.startswith("outside:"):
        _need(OUTSIDE_PATH.fullmatch(path), "an outside: path is not of the form")
        return
    elif path.startswith("sha256:"):
        _need(HEX64.fullmatch(path[7:]), "a sha256: path is not of the form")
        return
    _need(not path.startswith("sd:"), "a reserved prefix")
    _need(all(part not in ("", ".", "..") for part in path.split("/")), "a path has an empty, . or .. part")


def _hunk(entry):
    header, start, end = entry["hunk_header"], entry["line_start"], entry["line_end"]
    given = [value is not None for value in (header, start, end)]
    _need(all(given) or not any(given), "the hunk columns are not all null or all given")
    if header is None:
        return
    match = HUNK.fullmatch(header)
    _need(match, "the hunk header is not of the form")
    o, ol, n, nl = (int(group) for group in match.groups())
    _need(ol or nl, "a hunk of no lines")
    _need(not ol or o >= 1, "the old side has lines and starts at 0")
    _need(not nl or n >= 1, "the new side has lines and starts at 0")
    wanted = (n, n + nl - 1) if nl else (n + 1, n)
    _need((start, end) == wanted, "line_start and line_end do not follow from the header")


def parse(line):
    """The columns of a line, or an EntryError."""
    _need(len(line) <= LINE_MAX, "a line of %d bytes" % len(line))
    try:
        entry = jcs.parse_canonical(line)
    except jcs.JsonError as error:
        raise EntryError(str(error)) from None
    check_columns(entry)
    return entry


def check_columns(entry):
    _need(isinstance(entry, dict), "not an object")
    _need(set(entry) == COLUMNS, "not the twenty columns")
    for name in STRINGS + STRINGS_OR_NULL:
        value = entry[name]
        if value is None and name in STRINGS_OR_NULL:
            continue
        _need(isinstance(value, str), "%s is not a string" % name)
        limit = PATH_MAX if name == "file_path" else COLUMN_MAX
        _need(0 < len(value.encode("utf-8")) <= limit, "%s is empty or too long" % name)
    for name in HASHES_OR_NULL + ["chain_hash"]:
        value = entry[name]
        if value is None and name != "chain_hash":
            continue
        _need(isinstance(value, str) and HEX64.fullmatch(value), "%s is not a hash" % name)
    for name in ("line_start", "line_end"):
        value = entry[name]
        _need(value is None or (type(value) is int and value >= 0), "%s is not an integer" % name)
    _need(entry["capture_fidelity"] in ("observed", "inferred", "declared"), "capture_fidelity is unknown")
    parse_time(entry["created_at"])
    _need(UUID4.fullmatch(entry["id"]), "id is not a UUIDv4")
    _need(entry["parent_event_id"] is None or UUID4.fullmatch(entry["parent_event_id"]), "parent_event_id is not a UUIDv4")
    _need(entry["git_head"] is None or GIT.fullmatch(entry["git_head"]), "git_head is not of the form")
    if entry["file_path"] is not None:
        _path(entry["file_path"])
    _hunk(entry)


def roles(entry):
    """(column, role, value) of a known type; nothing for an unknown one."""
    known = REGISTRY.get(entry["event_type"])
    return [(column, known[slot], entry[column]) for column, slot in SLOTS] if known else []


def role_errors(entry):
    for column, role, value in roles(entry):
        if (role == "null" and value is not None) or (role == "key" and value is None):
            yield "%s of a %s has the role %s" % (column, entry["event_type"], role)


def pre(line):
    """docs/format.md §5: the line with its chain_hash member cut out."""
    at = line.index(b'"chain_hash":"')
    return line[:at] + line[at + 14 + 64 + 2 :]
