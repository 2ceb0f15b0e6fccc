"""Key events: rotation, revocation, history, inclusion."""

from proofline_py.codec import b64

from .bundle import export
from .log import Log, Tweaks
from .scripts import D0, D1, D2, complete, keyed
from .testkeys import Device
from .vector import Group, bundle, policy

G = Group()
ATTACKER = Device("attacker")


def build():
    _signers()
    _objects()
    _history()
    _outside()
    return G.vectors


def made(tweaks=None, **options):
    return bundle(export(keyed(tweaks, **options), disclose=False))


def _signers():
    G.fail("signature-after-rotation", "signature-key-revoked", "the entry after a rotation is signed by the key that was rotated out",
           made(Tweaks(signer={3: D0})))
    G.fail("signature-after-revocation", "signature-key-revoked", "an entry after a revocation is signed by the revoked key",
           made(Tweaks(signer={6: D1}), revoke="recovery", word="revoked"))
    G.fail("signature-after-revocation-by-self", "signature-key-revoked", "an entry after a key revoked itself is signed by it",
           made(Tweaks(signer={6: D1}), revoke="self", word="revoked-self"))
    G.fail("signature-before-rotation", "signature-invalid", "an entry is signed by a key that becomes valid only later", made(Tweaks(signer={1: D1})))
    G.fail("rotation-signed-by-new-key", "signature-invalid", "the rotation entry is signed by the new key, not by the old one", made(Tweaks(signer={2: D1})))
    G.fail("revocation-signed-by-new-key", "signature-invalid", "the revocation says `self` and is signed by the successor",
           made(Tweaks(signer={5: D2}), revoke="self", word="revoked-self"))
    G.fail("note-by-rotated-key", "checkpoint-note-signature-invalid", "a note is signed by the key that was rotated out",
           made(Tweaks(note={4: lambda f: f.update(signer=D0)})))
    G.fail("manifest-by-rotated-key", "manifest-value-mismatch manifest-signature-invalid", "manifest and its device are of a key that was rotated out",
           bundle(export(keyed(), disclose=False), manifest_signer=D0))
    G.fail("statement-by-rotated-key", "statement-signature-invalid", "the statement is signed by a key that was rotated out",
           bundle(export(keyed(), disclose=False), statement_signer=D0))
    G.fail("pin-of-another-device", "key-mismatch", "a good bundle, of another device than the verifier expects", bundle(),
           policy(device_keys=[ATTACKER.fingerprint]))
    G.fail("pin-is-recovery-key", "key-mismatch", "the recovery key was never valid: it is not in the sequence", made(),
           policy(device_keys=[Device("recovery").fingerprint]))


def _objects():
    def rotation(name, comment, change, index=2):
        G.fail("rotation-" + name, "key-rotation-invalid", comment + "; recorded so by the owner", made(Tweaks(key_object={index: change})))

    rotation("index-wrong", "the key object names another index", lambda o: o.update(index=3))
    rotation("origin-wrong", "the key object names another log", lambda o: o.update(origin=o["origin"][:-1] + "g"))
    rotation("old-wrong", "the key object names another old key", lambda o: o.update(old=ATTACKER.public.hex()))
    rotation("not-accepted", "the new key never signed: the object's signature is by the old key",
             lambda o: o.update(signature=b64(D0.sign(b"anything"))))
    rotation("member-missing", "the key object has no origin", lambda o: o.pop("origin"))

    def revocation(name, comment, change, **options):
        options = dict({"revoke": "recovery", "word": "revoked"}, **options)
        G.fail("revocation-" + name, "key-revocation-invalid", comment + "; recorded so by the owner", made(Tweaks(key_object={5: change}), **options))

    revocation("index-wrong", "the key object names another index", lambda o: o.update(index=3))
    revocation("not-accepted", "the successor never signed", lambda o: o.update(signature=b64(D0.sign(b"anything"))))
    revocation("by-unknown", "`by` is neither self nor recovery", lambda o: o.update(by="court"))
    revocation("without-recovery-key", "by the recovery key of a log that has none", lambda o: o.update(by="recovery"),
               revoke="self", recovery=None, word="no-recovery")


def _history():
    def spoil(name, codes, comment, change):
        parts = export(keyed(), disclose=False)
        change(parts)
        G.fail("key-history-" + name, codes, comment + "; sealed anew by the owner", bundle(parts))

    spoil("link-absent", "key-history-incomplete", "the line of a rotation was taken out", lambda p: p.keys.pop(1))
    spoil("genesis-absent", "key-history-incomplete", "the line of the genesis was taken out", lambda p: p.keys.pop(0))
    spoil("unsorted", "key-history-malformed", "the lines are not ascending", lambda p: p.keys.reverse())
    spoil("repeated", "key-history-malformed", "a line stands twice", lambda p: p.keys.insert(1, p.keys[1]))
    spoil("member-extra", "key-history-malformed", "a line with a fifth member", lambda p: p.keys[1].update(remark="x"))
    spoil("entry-differs", "key-history-malformed", "the entry is not the line at its index", lambda p: p.keys[1]["entry"].update(source="another"))
    spoil("foreign-event", "key-history-malformed", "an entry that is no key event", lambda p: p.keys.insert(
        2, {"entry": p.records[3].columns, "inclusion": None, "index": 3, "signature": b64(p.records[3].signature)}))

    log, other = keyed(), keyed()
    other.records, other.leaves = other.records[:7], other.leaves[:7]
    other.rotate(ATTACKER)
    parts, phantom = export(log, disclose=False), other.records[7]
    parts.keys.append({"entry": phantom.columns, "inclusion": None, "index": 7, "signature": b64(phantom.signature)})
    address = phantom.columns["content_hash_after"]
    parts.objects[address] = other.objects[address]
    parts.signer = ATTACKER
    G.fail("key-history-phantom", "key-history-malformed",
           "a rotation to another key that the log does not hold at its index; the other key signs the manifest and is pinned", bundle(parts),
           policy(device_keys=[ATTACKER.fingerprint]))

    def space(files):
        files["data/keys.jsonl"] = files["data/keys.jsonl"].replace(b'{"entry":', b'{"entry": ', 1)
    G.fail("key-history-not-canonical", "key-history-malformed", "a space after a colon; sealed so by the owner", bundle(data=[space]))
    log = keyed()
    address = log.records[2].columns["content_hash_after"]
    G.fail("key-object-absent", "object-missing", "the object of a rotation was withheld by the owner",
           bundle(export(log, disclose=False, withhold={address})))
    for name, change in (("format-unknown", {"format": "proofline-log/2"}), ("public-key-short", {"public_key": "00"})):
        log = _genesis_with(change)
        G.fail("genesis-" + name, "key-history-malformed", "a genesis object of another form; recorded so by the owner", bundle(export(log, disclose=False)))


def _genesis_with(change):

    class Odd(Log):
        def put(self, kind, **members):
            return super().put(kind, **(dict(members, **change) if kind == "genesis" else members))

    log = Odd("odd-genesis", D0)
    log.tick(60)
    log.checkpoint()
    return log


def _outside():
    log = complete()

    def part(change=lambda p: None):
        parts = export(log, list(range(18, 25)), kind="period", disclose=False)
        change(parts)
        return bundle(parts)

    def flip(parts):
        parts.keys[1]["inclusion"][0] = b64(bytes(32))
    G.fail("inclusion-wrong", "key-inclusion-invalid", "one step of the proof of a rotation outside the part is wrong; sealed anew by the owner", part(flip))
    G.fail("inclusion-short", "key-inclusion-invalid", "the proof of a rotation outside the part lacks a step; sealed anew by the owner",
           part(lambda p: p.keys[1]["inclusion"].pop()))
    G.fail("inclusion-long", "key-inclusion-invalid", "the proof of a rotation outside the part has a step too many; sealed anew by the owner",
           part(lambda p: p.keys[1]["inclusion"].append(b64(bytes(32)))))
    G.fail("inclusion-null", "key-inclusion-invalid", "a rotation outside the part has no proof; sealed anew by the owner",
           part(lambda p: p.keys[1].update(inclusion=None)))
    G.fail("inclusion-of-neighbour", "key-inclusion-invalid", "a forged rotation to the attacker's key under the proof of the real one", part(_forge))
    G.fail("rotation-outside-absent", "signature-invalid", "the rotation outside the part was left out: the signatures after it have no key; sealed anew by the owner",
           part(lambda p: p.keys.pop(1)))
    twice = keyed()
    twice.append("prompt", content_hash_after=None)
    twice.tick(300)
    twice.checkpoint()
    parts = export(twice, list(range(7, 10)), kind="period", disclose=False)
    G.good("period-after-two-rotations", "both rotations lie outside the part and are proved", bundle(parts))
    parts = export(twice, list(range(7, 10)), kind="period", disclose=False)
    parts.keys.pop(1)
    G.fail("rotation-outside-skipped", "key-rotation-invalid", "the first of two rotations outside the part was left out; sealed anew by the owner", bundle(parts))


def _forge(parts):
    parts.keys[1]["entry"]["source"] = "forged"
