"""Notes, checkpoint lines, evidence, objects, sessions."""

import base64

from proofline_py import jcs, note
from proofline_py.codec import sha256_hex

from .bundle import export, item
from .log import Tweaks
from .scripts import complete, small
from .testkeys import Device
from .vector import Group, base, bundle, sealed

G = Group()


def build():
    _notes()
    _lines()
    _evidence()
    _objects()
    _sessions()
    return G.vectors


def _note(**changes):
    return bundle(base(Tweaks(note={6: lambda f: f.update(changes)})))


def _notes():
    G.fail("note-root-wrong", "checkpoint-root-mismatch", "the key's owner signed a note with another root; the entry commits to it", _note(root=bytes(32)))
    G.fail("note-size-wrong", "checkpoint-index-mismatch", "the note says seven entries and stands at index six", _note(size=7))
    G.fail("note-origin-wrong", "checkpoint-origin-mismatch", "a note of another log", _note(origin="w3id.org/proofline/log/" + "0" * 64 + "/" + "0" * 32))
    G.fail("note-by-other-key", "checkpoint-note-signature-invalid", "a note signed by a key that is not in the sequence", _note(signer=Device("attacker")))
    right = small().notes[6]

    def form(name, comment, change):
        text = change(right)
        assert text != right
        G.fail("note-" + name, "checkpoint-note-malformed", comment + "; the entry commits to it", _note(text=text))

    form("size-not-canonical", "the size is written 06", lambda t: t.replace("\n6\n", "\n06\n"))
    form("carriage-return", "lines end in CR LF", lambda t: t.replace("\n", "\r\n"))
    form("extension-line", "a fourth line of text", lambda t: t.replace("\n\n", "\nextension\n\n"))
    form("two-signatures", "a second signature line inside the note", lambda t: t + t.split("\n\n")[1])
    form("no-signature", "no signature line", lambda t: t.split("\n\n")[0] + "\n\n")
    form("no-final-line-feed", "the last LF is missing", lambda t: t[:-1])
    form("hyphen-for-dash", "a hyphen in place of the em dash", lambda t: t.replace("\u2014", "-"))
    key = Device("device-0")
    text = note.text(small().origin, 6, bytes(32))
    other = text + "\n" + note.signature_line(small().origin, key.public, key.sign(text.encode()))
    parts = base()
    parts.checkpoint(6)["note"] = other
    G.fail("note-replaced", "checkpoint-note-mismatch", "another note, well signed, in place of the one the entry commits to", bundle(parts))
    parts = base()
    parts.checkpoint(6)["note"] = None
    G.fail("note-absent", "checkpoint-note-missing", "a note was taken out; sealed anew by the owner", bundle(parts))
    naive = sealed()
    lines = [jcs.parse(line) for line in naive.file("data/checkpoints.jsonl").content.splitlines()]
    lines[1]["note"] = None
    naive.replace("data/checkpoints.jsonl", b"".join(jcs.dumps(line) + b"\n" for line in lines))
    G.fail("note-absent-naive", "manifest-digest-mismatch checkpoint-note-missing", "a note was taken out, nothing else changed", naive.bytes())
    wrong = Tweaks(entry={10: lambda e: e.update(content_hash_before="5a" * 32)})
    G.fail("note-before-wrong", "checkpoint-note-mismatch", "a checkpoint entry names another note as the one before", bundle(base(wrong)))
    wrong = Tweaks(entry={10: lambda e: e.update(content_hash_before=None)})
    G.fail("note-before-null", "checkpoint-note-mismatch", "a checkpoint entry claims that there was no note before", bundle(base(wrong)))
    parts = export(complete(), list(range(18, 25)), kind="period", disclose=False)
    parts.checkpoint(8)["note"] = parts.checkpoint(18)["note"]
    G.fail("note-outside-wrong", "checkpoint-note-mismatch", "the note before a part is not the one its first entry names", bundle(parts))


def _lines():
    def spoil(name, codes, comment, change):
        parts = base()
        change(parts)
        G.fail("checkpoint-" + name, codes, comment + "; sealed anew by the owner", bundle(parts))

    spoil("line-absent", "checkpoint-note-missing", "the line of the last checkpoint was taken out", lambda p: p.checkpoints.pop())
    spoil("lines-unsorted", "checkpoint-malformed", "the lines are not ascending by size", lambda p: p.checkpoints.reverse())
    spoil("items-unsorted", "checkpoint-malformed", "the items are not sorted", lambda p: p.checkpoint(6)["items"].reverse())
    spoil("item-repeated", "checkpoint-malformed", "an item stands twice", lambda p: p.checkpoint(6)["items"].insert(0, p.checkpoint(6)["items"][0]))
    spoil("item-digest-wrong", "checkpoint-malformed", "an item's sha256 is not that of its bytes", lambda p: p.checkpoint(10)["items"][0].update(sha256="0" * 64))
    spoil("item-kind-unknown", "checkpoint-malformed", "an item of an unknown kind", lambda p: p.checkpoint(10)["items"].insert(0, item("blob", b"x")))
    spoil("item-base64-loose", "checkpoint-malformed", "base64 with unused bits set", _loose_base64)
    spoil("member-extra", "checkpoint-malformed", "a checkpoint line with a fourth member", lambda p: p.checkpoint(10).update(remark="x"))
    spoil("unreferenced", "checkpoint-unreferenced", "a line for a checkpoint that nothing here refers to",
          lambda p: p.checkpoints.insert(1, {"items": [item("cosig", b"stray")], "note": None, "size": 3}))

    def quoted(files):
        files["data/checkpoints.jsonl"] = files["data/checkpoints.jsonl"].replace(b'"size":10}', b'"size":"10"}')
    G.fail("checkpoint-size-is-text", "checkpoint-malformed", "a size as a string; sealed so by the owner", bundle(data=[quoted]))

    def space(files):
        files["data/checkpoints.jsonl"] = files["data/checkpoints.jsonl"].replace(b'{"items":', b'{"items": ', 1)
    G.fail("checkpoint-line-not-canonical", "checkpoint-malformed", "a space after a colon; sealed so by the owner", bundle(data=[space]))


def _loose_base64(parts):
    one = item("cosig", b"12345")
    assert one["b64"] == "MTIzNDU="
    one["b64"] = "MTIzNDV="
    assert base64.b64decode(one["b64"]) == b"12345"
    parts.checkpoint(10)["items"].insert(0, one)


def _evidence():
    def drop(size, kind):
        parts = base()
        line = parts.checkpoint(size)
        line["items"] = [one for one in line["items"] if one["kind"] != kind]
        return bundle(parts)

    G.fail("token-listed-absent", "evidence-item-missing", "a token that a later entry lists was taken out; sealed anew by the owner", drop(6, "tsr"))
    G.fail("request-listed-absent", "evidence-item-missing", "a request that a later entry lists was taken out; sealed anew by the owner", drop(6, "tsq"))
    G.fail("birth-token-absent", "evidence-item-missing", "the birth token was taken out; sealed anew by the owner", drop(0, "tsr"))
    parts = base()
    parts.checkpoints = parts.checkpoints[1:]
    G.fail("birth-line-absent", "evidence-item-missing", "the whole line of the birth token was taken out; sealed anew by the owner", bundle(parts))
    naive = sealed()
    lines = [jcs.parse(line) for line in naive.file("data/checkpoints.jsonl").content.splitlines()]
    lines[1]["items"] = [one for one in lines[1]["items"] if one["kind"] == "tsq"]
    naive.replace("data/checkpoints.jsonl", b"".join(jcs.dumps(line) + b"\n" for line in lines))
    G.fail("token-listed-absent-naive", "manifest-digest-mismatch evidence-item-missing", "a token was taken out, nothing else changed", naive.bytes())
    log = small()
    address = log.records[10].columns["diff_hash"]
    G.fail("evidence-object-absent", "evidence-object-missing", "an evidence object was withheld, and counted as withheld by the owner",
           bundle(export(log, disclose=False, withhold={address})))
    naive = sealed().remove("data/objects/" + address)
    G.fail("evidence-object-absent-naive", "manifest-file-missing evidence-object-missing", "the file of an evidence object was deleted", naive.bytes())

    def form(name, code, comment, change):
        G.fail("evidence-" + name, code, comment + "; recorded so by the owner", bundle(base(Tweaks(evidence={10: change}))))

    form("unsorted", "evidence-object-malformed", "items are not sorted", lambda o: o["items"].reverse())
    form("repeated", "evidence-object-malformed", "an item stands twice", lambda o: o["items"].insert(0, o["items"][0]))
    form("empty", "evidence-object-malformed", "no items", lambda o: o["items"].clear())
    form("kind-unknown", "evidence-object-malformed", "an unknown kind", lambda o: o["items"][0].update(kind="blob"))
    form("of-another-type", "evidence-object-malformed", "an object of another type in its place",
         lambda o: o.update(type="prompt", salt="5a" * 16))
    form("without-prev", "evidence-object-malformed", "no prev member", lambda o: o.pop("prev"))
    form("prev-wrong", "evidence-chain-mismatch", "prev is not the evidence object before", lambda o: o.update(prev="5a" * 32))
    form("prev-null", "evidence-chain-mismatch", "prev claims to be the first", lambda o: o.update(prev=None))
    form("item-never-had", "evidence-item-missing", "lists a token that is nowhere", lambda o: o["items"].append({"for_size": 6, "kind": "tsr", "sha256": "f" * 64}))
    listed = Tweaks(evidence={0: lambda o: o.update(prev="5a" * 32)})
    G.fail("evidence-first-prev", "evidence-chain-mismatch", "the first evidence object of the log names one before it", bundle(base(listed)))


def _objects():
    log = small()
    prompt = log.records[7].columns["content_hash_after"]

    def files(change):
        return bundle(export(log), data=[change])

    def other(found):
        found["data/objects/" + prompt] = found["data/objects/" + prompt].replace(b"Run", b"Sun")
    G.fail("object-content-changed", "object-address-mismatch", "an object's bytes are not those of its address; sealed anew by the owner", files(other))

    def renamed(found):
        found["data/objects/prompt"] = found.pop("data/objects/" + prompt)
    G.fail("object-name-not-an-address", "object-address-mismatch", "an object under a name that is no hash; sealed anew by the owner", files(renamed))

    def added(raw):
        address = sha256_hex(raw)
        parts = base(Tweaks(entry={7: lambda e: e.update(content_hash_after=address)}))
        parts.objects[address] = raw
        return bundle(parts)
    salt = "00" * 16
    cases = [
        ("not-canonical", b'{"salt": "%s","type":"x"}' % salt.encode(), "an object with a space in it"),
        ("duplicate-key", b'{"salt":"%s","type":"x","type":"x"}' % salt.encode(), "a key twice in an object"),
        ("without-type", jcs.dumps({"salt": salt}), "an object without type"),
        ("without-salt", jcs.dumps({"type": "prompt", "text": "guess me"}), "a payload object without salt: its hash can be guessed"),
        ("salt-short", jcs.dumps({"type": "prompt", "salt": "00" * 8}), "a salt of eight bytes"),
        ("not-an-object", b"[]", "an array in place of an object"),
        ("float", b'{"salt":"%s","type":"x","value":1.5}' % salt.encode(), "a float in an object"),
        ("too-deep", b'{"a":' + b"[" * 32 + b"]" * 32 + b',"salt":"%s","type":"x"}' % salt.encode(), "nesting 33 deep"),
    ]
    for name, raw, comment in cases:
        G.fail("object-" + name, "object-malformed", comment + "; an entry addresses it", added(raw))
    # A counter after every 250 characters keeps the ratio below a hundred.
    text = "".join("x" * 250 + "%08x" % (number * 2654435761 % 2**32) for number in range(4100))
    big = jcs.dumps({"salt": salt, "text": text, "type": "x"})
    assert len(big) > 1024 * 1024
    made = added(big)
    assert len(made) < 100000, len(made)
    G.fail("object-too-large", "limit-exceeded", "an object larger than 1 MiB; an entry addresses it", made)
    genesis = log.records[0].columns["content_hash_after"]
    G.fail("genesis-object-absent", "object-missing", "the genesis object was withheld by the owner: the log has no identity",
           bundle(export(log, disclose=False, withhold={genesis})))


def _sessions():
    def summary(name, comment, **changes):
        G.fail("session-" + name, "session-root-mismatch", comment + "; recorded so by the owner",
               bundle(base(Tweaks(summary={9: lambda o: o.update(changes)}))))

    summary("root-wrong", "the summary's root is not that of the session's lines", root="5a" * 32)
    summary("count-wrong", "the summary counts one entry less", count=6)
    summary("first-index-wrong", "the summary begins at another index", first_index=2)
    summary("last-index-wrong", "the summary ends at another index", last_index=7)
    summary("id-wrong", "the summary is of another session", session_id="session-2")
    log = complete()
    mine = [i for i, record in enumerate(log.records) if record.columns["session_id"] == "codex-session-1"]
    mine.remove(11)
    parts = export(log, sorted(mine + [8, 18, 24]), kind="scattered", sessions=["codex-session-1"], disclose=False)
    G.fail("session-entry-left-out", "session-root-mismatch", "the exporter left one entry of the session out and gave its leaf as a hole", bundle(parts))
