"""Lines: every column edited, the order changed, JSON written another way."""

from proofline_py import jcs
from proofline_py.codec import did_key, pae, sha256_hex

from .bundle import export
from .log import ENTRY_TYPE, Record, Tweaks
from .scripts import brief, small
from .testkeys import Device
from .vector import Group, base, brief_parts, bundle, policy, sealed

G = Group()
OTHER = "5a" * 32


def build():
    _columns()
    _order()
    _rewrites()
    _json()
    _forms()
    _signatures()
    return G.vectors


def edited(index, **columns):
    """One line changed after it was signed; everything outside the line is sealed anew by the key's owner."""
    parts = base()
    record = parts.record_at(index)
    record.columns.update(columns)
    record.line = jcs.dumps(record.columns)
    return bundle(parts)


def _columns():
    ids = small().id
    both = "entry-hash-mismatch signature-invalid"
    cases = [
        ("agent-id", 3, {"agent_id": "codex"}, both),
        ("capture-fidelity", 8, {"capture_fidelity": "declared"}, both),
        ("chain-hash", 7, {"chain_hash": OTHER}, both),
        ("content-hash-after", 4, {"content_hash_after": OTHER}, both),
        ("content-hash-before", 4, {"content_hash_before": OTHER}, both),
        ("created-at", 7, {"created_at": "2026-11-02T10:12:22.251Z"}, both),
        ("diff-hash", 4, {"diff_hash": OTHER}, both),
        ("event-type", 2, {"event_type": "review"}, both),
        ("file-path", 4, {"file_path": "src/other.rs"}, both),
        ("git-head", 8, {"git_head": "11" * 20}, both),
        ("hunk-header", 4, {"hunk_header": "@@ -4,3 +4,2 @@"}, both),
        ("id", 8, {"id": "8f14e45f-ceea-4671-9d2c-0f1b2a3c4d5e"}, both),
        ("line-end", 4, {"line_end": 6}, "entry-malformed"),
        ("line-start", 4, {"line_start": 3}, "entry-malformed"),
        ("model-id", 3, {"model_id": "another-model"}, both),
        ("parent-event-id", 5, {"parent_event_id": ids(2)}, both),
        ("previous-hash", 7, {"previous_hash": OTHER}, "entry-link-mismatch signature-invalid"),
        ("session-id", 8, {"session_id": "session-2"}, both),
        ("source", 8, {"source": "codex/tool"}, both),
        ("tool-name", 8, {"tool_name": "Write"}, both),
    ]
    for name, index, change, codes in cases:
        G.fail("edit-" + name, codes,
               "%s of entry %d was changed after signing; the owner of the key sealed the bundle anew around it"
               % (name.replace("-", "_"), index), edited(index, **change))


def _order():
    parts = base()
    parts.records[7], parts.records[8] = parts.records[8], parts.records[7]
    G.fail("entries-swapped", "entry-link-mismatch", "two lines and their signatures changed places; sealed anew by the owner", bundle(parts))
    parts = base()
    del parts.records[8]
    parts.indexes = list(range(10))
    G.fail("entry-dropped", "entry-link-mismatch", "one line and its signature are gone; sealed anew by the owner", bundle(parts))
    parts = base()
    parts.records.insert(8, parts.records[7])
    parts.indexes = list(range(12))
    G.fail("entry-repeated", "entry-id-repeated entry-link-mismatch", "one line stands twice; sealed anew by the owner", bundle(parts))
    parts = base()
    forged = dict(parts.records[7].columns, id="8f14e45f-ceea-4671-9d2c-0f1b2a3c4d5e", previous_hash=parts.records[7].columns["chain_hash"])
    _rehash(forged)
    line = jcs.dumps(forged)
    parts.records.insert(8, Record(forged, line, Device("attacker").sign(pae(ENTRY_TYPE, line))))
    parts.indexes = list(range(12))
    G.fail("entry-inserted", "entry-link-mismatch signature-invalid", "a line that fits the one before it was put in, signed by another key", bundle(parts))
    parts = base()
    parts.records, parts.indexes = parts.records[1:], list(range(10))
    G.fail("head-cut", "entry-link-mismatch", "the first line is gone and the rest claims to be complete; sealed anew by the owner", bundle(parts))
    parts = base()
    parts.records, parts.indexes = parts.records[:7], list(range(7))
    G.fail("tail-cut-checkpoint-left", "checkpoint-unreferenced",
           "the lines after the first checkpoint are gone, the later checkpoint's line is still there", bundle(parts))
    parts = export(small(), list(range(7)), disclose=False)
    G.fail("tail-cut-expected-tip", "tip-mismatch",
           "cut back to an earlier stamped checkpoint by the owner: only a tip remembered outside shows it",
           bundle(parts), policy(expect_tip=small().chain_hash(10)))


def _rehash(entry):
    pre = jcs.dumps({key: value for key, value in entry.items() if key != "chain_hash"})
    entry["chain_hash"] = sha256_hex((entry["previous_hash"] or "").encode() + pre)


def _rewrites():
    parts = base()
    for at in range(7, 11):
        record = parts.records[at]
        if at == 7:
            record.columns["model_id"] = "another-model"
        else:
            record.columns["previous_hash"] = parts.records[at - 1].columns["chain_hash"]
        _rehash(record.columns)
        record.line = jcs.dumps(record.columns)
    G.fail("edit-and-rehash", "signature-invalid timestamp-imprint-mismatch",
           "one column changed and every hash after it computed again, without the key: signatures and token stay behind", bundle(parts))
    attacker = Device("attacker")
    G.fail("rewrite-other-key", "key-mismatch", "everything made anew under another key, stamped anew; the given key is not in the sequence",
           bundle(base(device=attacker, word="rewrite")))
    forked = small()
    left = small(Tweaks(entry={3: lambda e: e.update(tool_name="Write")}))
    kept = left.notes[6]
    fork = Tweaks(note={6: lambda f: f.update(text=kept.replace(left.origin, forked.origin))})
    G.fail("fork-note-of-lost-branch", "checkpoint-root-mismatch",
           "the store was rolled back and went on; the note of the lost branch, already stamped, was kept", bundle(base(fork)))


def _json():
    def line(name, index, change, comment):
        G.fail("json-" + name, "entry-malformed", comment + "; hashed, signed and sealed as it stands", bundle(brief_parts(Tweaks(line={index: change}))))

    def swap(old, new):
        def change(raw):
            assert raw.count(old) >= 1, (old, raw)
            return raw.replace(old, new, 1)
        return change

    line("duplicate-key", 3, swap(b'{"agent_id":"claude",', b'{"agent_id":"claude","agent_id":"claude",'), "a key stands twice with one value")
    line("duplicate-key-other-value", 3, swap(b'{"agent_id":"claude",', b'{"agent_id":"codex","agent_id":"claude",'), "a key stands twice: readers differ on which counts")
    line("number-fraction", 2, swap(b'"line_end":5,', b'"line_end":5.0,'), "an integer written as 5.0")
    line("number-exponent", 2, swap(b'"line_end":5,', b'"line_end":5e0,'), "an integer written as 5e0")
    line("number-leading-zero", 2, swap(b'"line_end":5,', b'"line_end":05,'), "an integer written as 05")
    line("number-minus-zero", 2, swap(b'"line_end":5,', b'"line_end":-0,'), "minus zero")
    line("number-too-large", 2, swap(b'"line_end":5,', b'"line_end":9007199254740992,'), "2^53, where readers begin to round")
    line("lone-surrogate", 4, swap(b'"tool_name":"Bash"', b'"tool_name":"\\ud800"'), "an escaped lone surrogate")
    line("lone-surrogate-encoded", 4, swap(b'"tool_name":"Bash"', b'"tool_name":"\xed\xa0\x80"'), "a surrogate in UTF-8 form")
    line("overlong-utf8", 4, swap(b'"tool_name":"Bash"', b'"tool_name":"\xc1\x82ash"'), "an overlong UTF-8 form")
    line("keys-unsorted", 3, swap(b'{"agent_id":"claude","capture_fidelity":"observed",', b'{"capture_fidelity":"observed","agent_id":"claude",'), "two keys out of order")
    line("whitespace", 3, swap(b'"agent_id":"', b'"agent_id": "'), "a space after a colon")
    line("escape-needless", 3, swap(b'"claude"', b'"\\u0063laude"'), "a letter written as an escape")
    line("escape-solidus", 3, swap(b"claude-code/", b"claude-code\\/"), "an escaped solidus")
    line("escape-upper-case", 4, swap(b'"Bash"', b'"\\u001F"'), "an escape in upper-case hex")
    line("byte-order-mark", 3, swap(b'{"agent', b'\xef\xbb\xbf{"agent'), "a byte order mark before the line")
    line("carriage-return", 3, swap(b'"tool_name":null}', b'"tool_name":null}\r'), "the line ends in CR LF")
    line("trailing-value", 3, swap(b'"tool_name":null}', b'"tool_name":null}null'), "a second value after the object")
    line("not-an-object", 3, lambda raw: b'["' + b"a" * 8 + b'"]', "an array in place of an entry")
    line("column-missing", 3, swap(b',"tool_name":null}', b"}"), "nineteen columns")
    line("column-extra", 3, swap(b'"tool_name":null}', b'"tool_name":null,"zeal":null}'), "twenty-one columns")

    def strip(files):
        files["data/entries.jsonl"] = files["data/entries.jsonl"][:-1]
    G.fail("json-last-line-feed-missing", "entry-malformed", "data/entries.jsonl does not end in LF; sealed so by the owner", bundle(brief_parts(), data=[strip]))

    def blank(files):
        files["data/entries.jsonl"] += b"\n"
        files["data/signatures.txt"] += files["data/signatures.txt"].split(b"\n")[0] + b"\n"
    G.fail("json-empty-line", "entry-malformed", "an empty line at the end, with a signature line to match", bundle(brief_parts(), data=[blank]))


def _forms():
    def form(name, index, comment, code="entry-malformed", **columns):
        G.fail("entry-" + name, code, comment + "; recorded so by the owner, everything after it computed",
               bundle(brief_parts(Tweaks(entry={index: lambda e: e.update(columns)}))))

    form("date-not-real", 3, "30 February", created_at="2026-02-30T10:00:00.000Z")
    form("leap-second", 3, "second 60", created_at="2026-11-02T10:12:60.000Z")
    form("date-without-milliseconds", 3, "a time without milliseconds", created_at="2026-11-02T10:12:20Z")
    form("hash-upper-case", 2, "a hash in upper-case hex", content_hash_after="AB" * 32)
    form("hash-short", 2, "a hash of 62 digits", content_hash_after="ab" * 31)
    form("path-parent", 2, "a path with a .. part", file_path="src/../../etc/passwd")
    form("path-absolute", 2, "an absolute path", file_path="/etc/passwd")
    form("path-control", 2, "a path with a control character", file_path="src/\u001b[2Jx")
    form("path-delete", 2, "a path with U+007F", file_path="src/\u007fx")
    form("path-bytes-lower-hex", 2, "a bytes: path with lower-case hex", file_path="bytes:src/%ff")
    form("path-outside-short", 2, "an outside: path without 64 hex digits", file_path="outside:abcd")
    form("path-too-long", 2, "a path of 24,577 bytes", file_path="a" * 24577)
    form("column-too-long", 4, "a column of 1,025 bytes", source="s" * 1025)
    form("agent-empty", 4, "an empty agent_id", agent_id="")
    form("session-empty", 4, "an empty session_id", session_id="")
    form("fidelity-unknown", 4, "a capture_fidelity outside the three", capture_fidelity="certain")
    form("id-version-1", 4, "an id that is a UUIDv1", id="8f14e45f-ceea-1671-9d2c-0f1b2a3c4d5e")
    form("id-upper-case", 4, "an id in upper case", id="8F14E45F-CEEA-4671-9D2C-0F1B2A3C4D5E")
    form("git-head-short", 4, "a git_head of 39 digits", git_head="b" * 39)
    form("hunk-count-missing", 2, "a hunk header without its count", hunk_header="@@ -4 +4,2 @@")
    form("hunk-section-text", 2, "a hunk header with text after it", hunk_header="@@ -4,1 +4,2 @@ fn main()")
    form("hunk-leading-zero", 2, "a hunk header with a leading zero", hunk_header="@@ -04,1 +4,2 @@")
    form("hunk-empty", 2, "a hunk of no lines at all", hunk_header="@@ -4,0 +4,0 @@", line_start=5, line_end=4)
    form("hunk-from-line-zero", 2, "a side with lines that starts at 0", hunk_header="@@ -0,1 +4,2 @@")
    form("hunk-half-null", 2, "a hunk header without line numbers", line_start=None, line_end=None)
    form("line-start-is-text", 2, "line_start as a string", line_start="4")
    form("null-column-held", 3, "a prompt with a diff_hash, whose role is null", code="entry-role-mismatch", diff_hash=OTHER)
    form("parent-unknown", 4, "a parent that no entry has", code="entry-parent-unknown", parent_event_id="8f14e45f-ceea-4671-9d2c-0f1b2a3c4d5e")
    own = brief().id(4)
    form("parent-itself", 4, "an entry that is its own parent", code="entry-parent-unknown", parent_event_id=own)
    form("parent-later", 2, "a parent that comes later", code="entry-parent-unknown", parent_event_id=own)
    form("id-reused", 4, "the id of an earlier entry", code="entry-id-repeated", id=brief().id(1))
    wrong = Tweaks(after_hash={3: lambda e: e.update(chain_hash=OTHER)})
    G.fail("hash-wrong-and-signed", "entry-hash-mismatch", "a wrong chain_hash, signed; the next entry links to it", bundle(brief_parts(wrong)))
    linked = Tweaks(entry={3: lambda e: e.update(previous_hash=OTHER)})
    G.fail("link-wrong-and-signed", "entry-link-mismatch", "previous_hash is not the hash before; hashed and signed so", bundle(brief_parts(linked)))


def _signatures():
    parts = base()
    parts.signatures = [record.signature for record in parts.records][:-1]
    G.fail("signature-line-dropped", "signature-count-mismatch", "the last signature line is gone; sealed anew by the owner", bundle(parts))
    parts = base()
    parts.signatures = [record.signature for record in parts.records]
    parts.signatures[7], parts.signatures[8] = parts.signatures[8], parts.signatures[7]
    G.fail("signatures-swapped", "signature-invalid", "two signature lines changed places; sealed anew by the owner", bundle(parts))
    other = Tweaks(signer={7: Device("attacker")})
    G.fail("signature-by-other-key", "signature-invalid", "one entry is signed by a key that is not in the sequence", bundle(base(other)))
    short = Tweaks(signature={7: lambda raw: raw[:63]})
    G.fail("signature-short", "signature-malformed", "a signature of 63 bytes", bundle(base(short)))
    order = 2**252 + 27742317777372353535851937790883648493

    def not_reduced(raw):
        return raw[:32] + (int.from_bytes(raw[32:], "little") + order).to_bytes(32, "little")
    G.fail("signature-s-not-canonical", "signature-invalid", "s plus the group order: the same point, other bytes", bundle(base(Tweaks(signature={7: not_reduced}))))
    def text(files):
        lines = files["data/signatures.txt"].split(b"\n")
        files["data/signatures.txt"] = b"\n".join(lines[:7] + [lines[7].rstrip(b"=")] + lines[8:])
    G.fail("signature-without-padding", "signature-malformed", "base64 without its padding; sealed anew by the owner", bundle(data=[text]))
    weak = SmallOrder()
    G.fail("small-order-key", "signature-invalid", "the device key is the neutral point: one signature fits every message under lax verification",
           bundle(base(device=weak, word="small-order")), policy(device_keys=[weak.fingerprint]))
    naive = sealed()
    changed = naive.file("data/entries.jsonl").content.replace(b'"tool_name":"Bash"', b'"tool_name":"Cash"')
    G.fail("edit-naive", "manifest-digest-mismatch entry-hash-mismatch signature-invalid",
           "one byte of one line changed, nothing else", naive.replace("data/entries.jsonl", changed).bytes())
    naive = sealed()
    naive.replace("data/signatures.txt", naive.file("data/signatures.txt").content[:89 * 10])
    G.fail("signature-line-dropped-naive", "manifest-digest-mismatch signature-count-mismatch", "the last signature line is gone, nothing else changed", naive.bytes())


class SmallOrder(Device):
    """A key that is the neutral element, and the signature (B, 1), which lax verifiers accept for any message."""

    def __init__(self):
        super().__init__("small-order")
        self.public = bytes([1]) + bytes(31)
        self.fingerprint = sha256_hex(self.public)
        self.did = did_key(self.public)

    def sign(self, message):
        return bytes([0x58]) + bytes([0x66]) * 31 + bytes([1]) + bytes(31)
