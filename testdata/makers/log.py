"""A log being recorded: entries, signatures, objects, checkpoints and their tokens.

`Tweaks` name the places where a vector goes wrong while the log is written, so that
everything after the wrong place is computed as if it were right.
"""

import datetime
import hashlib
from dataclasses import dataclass, field

from proofline_py import jcs, note, tree
from proofline_py.codec import b64, pae, sha256_hex

from .tsa import Authority, Token, request, respond

ENTRY_TYPE = "application/vnd.proofline.entry.v1+json"
KEY_TYPE = "application/vnd.proofline.key.v1+json"
COLUMNS = (
    "agent_id capture_fidelity chain_hash content_hash_after content_hash_before created_at diff_hash "
    "event_type file_path git_head hunk_header id line_end line_start model_id parent_event_id "
    "previous_hash session_id source tool_name"
).split()
UNSALTED = {"genesis", "evidence", "witness_index", "session_summary", "key_rotate", "key_revoke"}
HEAD = "b6c1f0a2d3e4958677685940312233445566778a"


@dataclass
class Tweaks:
    """Functions by index (entries) or by size (notes, tokens); each is called once."""

    entry: dict = field(default_factory=dict)  # index -> fn(entry), before it is hashed
    after_hash: dict = field(default_factory=dict)  # index -> fn(entry), after, before it is signed
    line: dict = field(default_factory=dict)  # index -> fn(bytes) -> bytes, before it is signed
    signer: dict = field(default_factory=dict)  # index -> Device
    signature: dict = field(default_factory=dict)  # index -> fn(bytes) -> bytes
    note: dict = field(default_factory=dict)  # size -> fn(fields) with origin, size, root, signer, text
    evidence: dict = field(default_factory=dict)  # index -> fn(object)
    key_object: dict = field(default_factory=dict)  # index -> fn(object), before it is addressed
    token: dict = field(default_factory=dict)  # size -> fn(authority, token) -> (authority, token)
    summary: dict = field(default_factory=dict)  # index -> fn(object)


@dataclass
class Record:
    """One entry as recorded."""

    columns: dict
    line: bytes
    signature: bytes


class Random:
    """Reproducible ids and salts."""

    def __init__(self, word):
        self.word, self.count = word, 0

    def octets(self, size):
        self.count += 1
        return hashlib.sha256(("%s/%d" % (self.word, self.count)).encode()).digest()[:size]

    def uuid4(self):
        raw = bytearray(self.octets(16))
        raw[6] = raw[6] & 0x0F | 0x40
        raw[8] = raw[8] & 0x3F | 0x80
        h = raw.hex()
        return "-".join((h[:8], h[8:12], h[12:16], h[16:20], h[20:]))


def stamp_text(moment, digits=3):
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    return text + (".%03d" % (moment.microsecond // 1000) if digits else "") + "Z"


class Log:
    """The recorder's side, simplified: one thread, one clock that the script moves."""

    def __init__(self, word, device, *, recovery=None, authorities=(Authority("a"),), birth=True, tweaks=None,
                 start="2026-11-02T10:00:00"):
        self.random = Random(word)
        self.tweaks = tweaks or Tweaks()
        self.authorities = authorities
        self.genesis_key = self.device = device
        self.recovery = recovery
        self.now = datetime.datetime.fromisoformat(start).replace(tzinfo=datetime.timezone.utc)
        self.log_id = self.random.octets(16).hex()
        self.origin = "w3id.org/proofline/log/%s/%s" % (device.fingerprint, self.log_id)
        self.records, self.leaves, self.key_at = [], [], [device]
        self.objects = {}
        self.notes, self.items = {}, {}  # size -> note, size -> [(kind, bytes)]
        self.pending = []  # evidence items that no entry lists yet
        self.key_events = []
        self.last_evidence = self.last_note = None
        self._genesis(birth)

    # Clock, objects

    def tick(self, seconds):
        self.now += datetime.timedelta(milliseconds=int(seconds * 1000))

    def put(self, kind, **members):
        # A tweak may give the object another type.
        value = dict({"type": kind}, **members)
        if kind not in UNSALTED:
            value.setdefault("salt", self.random.octets(16).hex())
        raw = jcs.dumps(value)
        address = sha256_hex(raw)
        self.objects[address] = raw
        return address

    # Entries

    def append(self, event_type, *, signer=None, successor=None, **columns):
        """Links, hashes and signs one entry; returns its index."""
        index = len(self.records)
        entry = dict.fromkeys(COLUMNS)
        entry.update(
            agent_id="claude", capture_fidelity="observed", created_at=stamp_text(self.now),
            event_type=event_type, id=self.random.uuid4(), git_head=HEAD, source="claude-code/PostToolUse")
        entry.update(columns)
        entry["previous_hash"] = self.records[-1].columns["chain_hash"] if self.records else None
        self._tweak("entry", index, entry)
        pre = jcs.dumps({key: value for key, value in entry.items() if key != "chain_hash"})
        entry["chain_hash"] = sha256_hex((entry["previous_hash"] or "").encode() + pre)
        self._tweak("after_hash", index, entry)
        line = self.tweaks.line.get(index, lambda raw: raw)(jcs.dumps(entry))
        signer = self.tweaks.signer.get(index, signer or self.device)
        signature = signer.sign(pae(ENTRY_TYPE, line))
        signature = self.tweaks.signature.get(index, lambda raw: raw)(signature)
        self.records.append(Record(entry, line, signature))
        self.leaves.append(tree.leaf_hash(line))
        if successor:
            self.device = successor
        self.key_at.append(self.device)
        self.tick(1.25)
        return index

    def _tweak(self, kind, at, value):
        if at in getattr(self.tweaks, kind):
            getattr(self.tweaks, kind)[at](value)

    def id(self, index):
        return self.records[index].columns["id"]

    def chain_hash(self, index):
        return self.records[index].columns["chain_hash"]

    # Genesis and keys

    def _genesis(self, birth):
        address = self.put(
            "genesis", format="proofline-log/1", log_id=self.log_id, public_key=self.device.public.hex(),
            recovery_key=self.recovery.public.hex() if self.recovery else None, repository="example-repository")
        evidence = None
        if birth:
            self.tick(-3)
            self._stamp(0, bytes.fromhex(address))
            self.tick(3)
            evidence = self._evidence(0)
        self.key_events.append(0)
        self.append("genesis", agent_id="system", source="proofline/init", content_hash_after=address,
                    diff_hash=evidence, git_head=None)

    def _key_object(self, index, members, new):
        signed = {name: members[name] for name in ("index", "new", "old", "origin")}
        members["signature"] = b64(new.sign(pae(KEY_TYPE, jcs.dumps(signed))))
        self._tweak("key_object", index, members)
        return members

    def rotate(self, new):
        index = len(self.records)
        members = {"index": index, "new": new.public.hex(), "old": self.device.public.hex(), "origin": self.origin}
        address = self.put("key_rotate", **self._key_object(index, members, new))
        self.key_events.append(index)
        return self.append("key_rotate", agent_id="system", source="proofline/identity",
                           content_hash_after=address, successor=new)

    def revoke(self, new, by):
        index = len(self.records)
        members = {"by": by, "index": index, "new": new.public.hex(), "old": self.device.public.hex(),
                   "origin": self.origin, "reason": "the laptop was lost"}
        address = self.put("key_revoke", **self._key_object(index, members, new))
        self.key_events.append(index)
        return self.append("key_revoke", agent_id="system", source="proofline/identity", content_hash_after=address,
                           signer=self.recovery if by == "recovery" else self.device, successor=new)

    # Checkpoints

    def _stamp(self, size, imprint):
        for authority in self.authorities:
            self.tick(0.5)
            nonce = int.from_bytes(self.random.octets(8), "big") | 1 << 63
            token = Token(imprint, self.now.strftime("%Y%m%d%H%M%SZ"),
                          int.from_bytes(self.random.octets(8), "big") >> 1, nonce)
            query = request(imprint, nonce)
            if size in self.tweaks.token:
                authority, token = self.tweaks.token[size](authority, token)
            for kind, raw in (("tsq", query), ("tsr", respond(authority, token))):
                self.items.setdefault(size, []).append((kind, raw))
                self.pending.append((size, kind, sha256_hex(raw)))

    def receive(self, size, kind, raw):
        """Something that came for a checkpoint beside its tokens; the next entry that can lists it."""
        self.items.setdefault(size, []).append((kind, raw))
        self.pending.append((size, kind, sha256_hex(raw)))

    def _evidence(self, index):
        """The address of an evidence object over all pending items, or null."""
        if not self.pending:
            return None
        value = {
            "items": [{"for_size": size, "kind": kind, "sha256": digest} for size, kind, digest in sorted(self.pending)],
            "prev": self.last_evidence,
        }
        self._tweak("evidence", index, value)
        self.pending = []
        self.last_evidence = self.put("evidence", **value)
        return self.last_evidence

    def checkpoint(self, stamp=True):
        size = len(self.records)
        fields = {"origin": self.origin, "size": size, "root": tree.root(self.leaves), "signer": self.device, "text": None}
        self._tweak("note", size, fields)
        signer = fields["signer"]
        text = note.text(fields["origin"], fields["size"], fields["root"])
        line = note.signature_line(fields["origin"], signer.public, signer.sign(text.encode()))
        self.notes[size] = fields["text"] or text + "\n" + line
        digest = sha256_hex(self.notes[size].encode())
        index = self.append("checkpoint", agent_id="system", source="checkpoint-scheduler",
                            content_hash_before=self.last_note, content_hash_after=digest,
                            diff_hash=self._evidence(size))
        self.last_note = digest
        if stamp:
            self._stamp(size, bytes.fromhex(self.chain_hash(index)))
        self.tick(1)
        return index

    # Sessions

    def session_end(self, session, **columns):
        index = len(self.records)
        mine = [i for i, record in enumerate(self.records) if record.columns["session_id"] == session]
        value = {
            "count": len(mine), "first_index": mine[0], "last_index": mine[-1],
            "root": tree.root([self.leaves[i] for i in mine]).hex(), "session_id": session,
        }
        self._tweak("summary", index, value)
        return self.append("session_end", session_id=session, content_hash_after=self.put("session_summary", **value), **columns)
