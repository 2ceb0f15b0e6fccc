"""manifest.jsonld, statement, digest lists, holes, attribution."""

from proofline_py import jcs, tree
from proofline_py.codec import b58, b64, sha256

from .bundle import digest_list, export
from .deflate import deflate_fixed
from .scripts import D0, complete
from .testkeys import Device
from .vector import Group, bundle, policy, sealed, tiny_parts
from .zipwrite import pack

G = Group()
ATTACKER = Device("attacker")
OTHER = "5a" * 32


def build():
    _values()
    _form()
    _proof()
    _files()
    _statement()
    _lists()
    _holes()
    _attribution()
    _whole()
    return G.vectors


def made(**hooks):
    return bundle(tiny_parts(), **hooks)


def changed(**members):
    """Signed by the owner with other members."""
    return made(manifest=[lambda d: d.update(members)])


def edited(change, tags=True):
    """manifest.jsonld edited after signing; the tag manifest follows unless told not to."""
    box = sealed(tiny_parts())
    raw = change(box.file("manifest.jsonld").content)
    assert raw != box.file("manifest.jsonld").content
    box.replace("manifest.jsonld", raw)
    return (retagged(box) if tags else box).bytes()


def retagged(box):
    tags = {one.path: one.content for one in box.packed if not one.path.startswith("data/") and one.path != "tagmanifest-sha256.txt"}
    return box.replace("tagmanifest-sha256.txt", digest_list(tags).encode())


def _values():
    parts = tiny_parts()

    def value(name, comment, codes="manifest-value-mismatch", **members):
        G.fail("manifest-" + name, codes, comment + "; signed so by the owner", changed(**members))

    value("tip", "another tip", tip=OTHER)
    value("tree-root", "another root", "tree-root-mismatch", tree={"root": OTHER, "size": 2})
    value("tree-size", "another size of the tree", tree={"root": tree.root(parts.log.leaves).hex(), "size": 3})
    value("range", "another range", range={"first": 0, "last": 7})
    value("exported", "more lines than there are", entries={"at_source": 9, "exported": 3})
    value("at-source", "a store smaller than what was exported from it", entries={"at_source": 1, "exported": 2})
    value("period", "another period", period={"from": "2026-01-01T00:00:00.000Z", "to": "2026-11-02T10:01:00.000Z"})
    value("gaps", "a gap that is not there", gaps=[1])
    value("sources", "a source that is not there", sources=["checkpoint-scheduler", "claude-code/PostToolUse", "proofline/init"])
    value("last-note", "another last note", last_note={"sha256": OTHER, "size": 1})
    value("last-note-null", "no last note", last_note=None)
    value("newest-token", "another newest token", newest_token={"sha256": OTHER, "size": 1})
    value("newest-token-null", "no newest token, though there is one", newest_token=None)
    value("id", "an id that does not follow from tip, root and filter", id="urn:uuid:00000000-0000-8000-8000-000000000000")
    value("device", "another device, the proof by the right one", device={"did": ATTACKER.did, "fingerprint": ATTACKER.fingerprint})
    value("origin", "the origin of another log", origin="w3id.org/proofline/log/" + "0" * 64 + "/" + "0" * 32)
    value("absent-too-much", "a file declared absent that is needed nowhere", codes="manifest-malformed", absent=["data/entries.jsonl"])
    value("absent-too-little", "an absent file is not declared", absent=["data/objects.jsonl"])
    value("context-digest", "the digest of another context", context_sha256=OTHER)
    value("withheld", "one withheld object more than there are", redactions={"withheld_objects": 1})
    G.fail("manifest-gap-hidden", "manifest-value-mismatch", "a capture gap that the manifest does not list; signed so by the owner",
           bundle(export(complete(), disclose=False), manifest=[lambda d: d.update(gaps=[])]))
    G.fail("manifest-created", "manifest-value-mismatch", "the proof's `created` is not that of the last line; signed so by the owner",
           made(proof=[lambda p: p.update(created="2026-11-02T11:00:00Z")]))


def _form():
    def form(name, comment, **members):
        G.fail("manifest-form-" + name, "manifest-malformed", comment + "; signed so by the owner", changed(**members))

    form("extra-member", "a member that the format does not know", remark="x")
    form("float-by-type", "a count as a string", entries={"at_source": "2", "exported": 2})
    form("context-text", "@context as a string", **{"@context": "https://w3id.org/proofline/evidence/v1"})
    form("context-inline", "an inline context after the right one", **{"@context": ["https://w3id.org/proofline/evidence/v1", {"tip": "https://example/tip"}]})
    form("context-other", "another context", **{"@context": ["https://w3id.org/proofline/evidence/v2"]})
    form("type-other", "another type", type=["VerifiableCredential"])
    form("kind-unknown", "an unknown kind of filter", filter={"include_tail": False, "kind": "sample", "sessions": [], "since": None, "until": None})
    form("tip-upper-case", "a tip in upper-case hex", tip="AB" * 32)
    G.fail("manifest-form-member-missing", "manifest-malformed", "no `gaps`; signed so by the owner", made(manifest=[lambda d: d.pop("gaps")]))
    G.fail("manifest-form-files-unsorted", "manifest-malformed", "the file list is not sorted; signed so by the owner", made(manifest=[lambda d: d["files"].reverse()]))
    G.fail("manifest-form-file-twice", "manifest-malformed", "a file is listed twice; signed so by the owner",
           made(manifest=[lambda d: d["files"].insert(0, d["files"][0])]))
    G.fail("manifest-json-whitespace", "manifest-malformed", "a space after a colon; the signature still verifies over the canonical form",
           edited(lambda raw: raw.replace(b'"absent":', b'"absent": ', 1)))
    G.fail("manifest-json-duplicate-key", "manifest-malformed", "a member twice; the signature still verifies over what most readers see",
           edited(lambda raw: raw.replace(b'"absent":', b'"absent":[],"absent":', 1)))
    G.fail("manifest-json-float", "manifest-malformed", "1.0 for 1; the signature still verifies over the canonical form",
           edited(lambda raw: raw.replace(b'"format_version":1,', b'"format_version":1.0,', 1)))
    G.fail("manifest-json-line-feed", "manifest-malformed", "a line feed after the document", edited(lambda raw: raw + b"\n"))
    G.fail("manifest-json-byte-order-mark", "manifest-malformed", "a byte order mark before the document", edited(lambda raw: b"\xef\xbb\xbf" + raw))
    G.fail("manifest-empty", "manifest-malformed", "an empty manifest", edited(lambda raw: b""))
    G.fail("format-version-unknown", "format-version-unknown", "format version 2 under a key that was not given",
           made(manifest=[lambda d: d.update(format_version=2)], manifest_signer=ATTACKER))


def _proof():
    G.fail("proof-field-edited", "manifest-signature-invalid", "a manifest value was changed after signing",
           edited(lambda raw: raw.replace(b'"name":"proofline-testdata"', b'"name":"proofline-testdatb"')))
    G.fail("proof-field-edited-naive", "manifest-signature-invalid tagmanifest-mismatch", "a manifest value was changed after signing, nothing else",
           edited(lambda raw: raw.replace(b'"name":"proofline-testdata"', b'"name":"proofline-testdatb"'), tags=False))
    G.fail("proof-created-edited", "manifest-signature-invalid", "the proof's `created` was changed after signing",
           edited(lambda raw: raw.replace(b'"created":"2026-11-02T10', b'"created":"2026-11-02T09')))
    G.fail("proof-context-differs", "manifest-malformed", "the proof's @context is not the document's; signed so by the owner",
           made(proof=[lambda p: p.update({"@context": ["https://w3id.org/proofline/evidence/v1", "https://w3id.org/more"]})]))
    G.fail("proof-context-absent", "manifest-malformed", "the proof has no @context; signed so by the owner", made(proof=[lambda p: p.pop("@context")]))
    G.fail("proof-two", "manifest-malformed", "a second proof beside the first", made(signed_proof=[lambda d: d.update(proof=[d["proof"], d["proof"]])]))
    G.fail("proof-absent", "manifest-malformed", "no proof", made(signed_proof=[lambda d: d.pop("proof")]))
    G.fail("proof-extra-member", "manifest-malformed", "a proof with a `domain`; signed so by the owner", made(proof=[lambda p: p.update(domain="example")]))
    G.fail("proof-purpose", "manifest-malformed", "another proof purpose; signed so by the owner", made(proof=[lambda p: p.update(proofPurpose="authentication")]))
    G.fail("proof-suite", "manifest-malformed", "another cryptosuite; signed so by the owner", made(proof=[lambda p: p.update(cryptosuite="eddsa-rdfc-2022")]))
    G.fail("proof-by-other-key", "manifest-signature-invalid", "the proof is by another key than the device", made(signed_proof=[_resign]))
    G.fail("proof-value-of-another", "manifest-signature-invalid", "the proof value of another bundle",
           made(signed_proof=[lambda d: d["proof"].update(proofValue="z" + b58(D0.sign(b"another bundle")))]))
    G.fail("proof-order-swapped", "manifest-signature-invalid", "the document's hash was signed before the options' hash", made(signed_proof=[_swap_hashes]))


def _resign(document):
    """The attacker's proof over the owner's document."""
    proof = {key: value for key, value in document["proof"].items() if key != "proofValue"}
    proof["verificationMethod"] = "%s#%s" % (ATTACKER.did, ATTACKER.did[len("did:key:"):])
    body = {key: value for key, value in document.items() if key != "proof"}
    signature = ATTACKER.sign(sha256(jcs.dumps(proof)) + sha256(jcs.dumps(body)))
    document["proof"] = dict(proof, proofValue="z" + b58(signature))


def _swap_hashes(document):
    proof = {key: value for key, value in document["proof"].items() if key != "proofValue"}
    body = {key: value for key, value in document.items() if key != "proof"}
    signature = D0.sign(sha256(jcs.dumps(body)) + sha256(jcs.dumps(proof)))
    document["proof"]["proofValue"] = "z" + b58(signature)


def _files():
    def row(name, comment, change):
        def apply(document):
            change(next(one for one in document["files"] if one["path"] == "data/entries.jsonl"))
        G.fail("manifest-file-" + name, "manifest-digest-mismatch", comment + "; signed so by the owner", made(manifest=[apply]))

    row("digest", "another digest of a file", lambda one: one.update(sha256=OTHER))
    row("packed-digest", "another digest of a file's octets", lambda one: one.update(packed_sha256=OTHER))
    row("size", "another size of a file", lambda one: one.update(size=one["size"] + 1))
    row("method", "another method of a file", lambda one: one.update(method="stored"))
    G.fail("manifest-file-unlisted", "manifest-file-unlisted", "a file of the archive is not listed; signed so by the owner",
           made(manifest=[lambda d: d.update(files=[one for one in d["files"] if one["path"] != "data/keys.jsonl"])]))

    def ghost(document):
        document["files"].append({"method": "stored", "packed_sha256": OTHER, "path": "zzz", "sha256": OTHER, "size": 1})
    G.fail("manifest-file-missing", "manifest-file-missing", "a file is listed that is not in the archive; signed so by the owner", made(manifest=[ghost]))
    box = sealed(tiny_parts())
    box.packed.insert(-2, pack("zzz", b"an extra file"))
    G.fail("file-added", "manifest-file-unlisted", "a file was added to the archive", box.bytes())
    box = sealed(tiny_parts())
    name = "data/objects/" + OTHER
    place = next(at for at, one in enumerate(box.packed) if at and one.path > name)
    box.packed.insert(place, pack(name, b"{}"))
    G.fail("object-file-added", "manifest-file-unlisted", "an object was added to the archive", box.bytes())
    box = sealed(tiny_parts())
    entries = box.file("data/entries.jsonl")
    entries.method, entries.octets = 0, entries.content
    G.fail("file-repacked", "manifest-digest-mismatch", "a file was stored in place of deflated: same content, other octets", box.bytes())
    box = sealed(tiny_parts())
    entries = box.file("data/entries.jsonl")
    entries.octets = deflate_fixed(entries.content)
    G.fail("file-recompressed", "manifest-digest-mismatch", "a file was deflated another way: same content, other octets", box.bytes())
    for path, code in (
            ("README.txt", "manifest-digest-mismatch"), ("bag-info.txt", "manifest-digest-mismatch"),
            ("data/attribution.json", "manifest-digest-mismatch"), ("data/keys.jsonl", "manifest-digest-mismatch"),
            ("data/checkpoints.jsonl", "manifest-digest-mismatch"), ("statement.dsse.json", "manifest-digest-mismatch"),
            ("context/evidence-v1.jsonld", "manifest-digest-mismatch manifest-value-mismatch")):
        box = sealed(tiny_parts())
        raw = bytearray(box.file(path).content)
        raw[len(raw) // 2] ^= 1
        label = path.split("/")[-1].split(".")[0].replace("-v1", "").lower()
        G.fail("bit-of-" + label, code, "one bit of %s, nothing else" % path, box.replace(path, bytes(raw)).bytes())


def _statement():
    def statement(name, codes, comment, **hooks):
        G.fail("statement-" + name, codes, comment + "; sealed so by the owner", made(**hooks))

    statement("tip", "statement-mismatch", "another tip in the predicate", statement=[lambda s: s["predicate"].update(tip=OTHER)])
    statement("subject-missing", "statement-mismatch", "a file is not among the subjects", statement=[lambda s: s["subject"].pop(0) and None])
    statement("subject-digest", "statement-mismatch", "another digest of a subject", statement=[lambda s: s["subject"][0]["digest"].update(sha256=OTHER)])
    statement("subject-extra", "statement-mismatch", "a subject that is no file here",
              statement=[lambda s: s["subject"].append({"digest": {"sha256": OTHER}, "name": "zzz"})])
    statement("predicate-type", "statement-mismatch", "another predicate type", statement=[lambda s: s.update(predicateType="https://example/other")])
    statement("payload-not-canonical", "statement-malformed", "a space in the payload, signed", statement=[lambda s: jcs.dumps(s).replace(b'"_type":', b'"_type": ', 1)])
    statement("payload-type", "statement-malformed", "another payload type", statement_type="application/json")
    statement("by-other-key", "statement-signature-invalid", "signed by a key that is not the device's", statement_signer=ATTACKER)
    statement("keyid-other", "statement-signature-invalid", "the right signature under another keyid",
              envelope=[lambda e: e["signatures"][0].update(keyid=ATTACKER.fingerprint)])
    statement("signature-of-another", "statement-signature-invalid", "the signature of another payload",
              envelope=[lambda e: e["signatures"][0].update(sig=b64(D0.sign(b"another payload")))])
    statement("two-signatures", "statement-malformed", "two signatures", envelope=[lambda e: e["signatures"].append(e["signatures"][0])])
    statement("no-signature", "statement-malformed", "no signature", envelope=[lambda e: e["signatures"].clear()])
    statement("base64-url", "statement-malformed", "a payload in URL-safe base64 without padding",
              envelope=[lambda e: e.update(payload=e["payload"].replace("+", "-").replace("/", "_").rstrip("=") + "_")])


def _lists():
    G.fail("payload-list-wrong", "payload-manifest-mismatch", "manifest-sha256.txt has another digest; sealed so by the owner",
           made(payload_manifest=[lambda text: OTHER + text[64:]]))
    G.fail("payload-list-short", "payload-manifest-mismatch", "manifest-sha256.txt lacks a line; sealed so by the owner",
           made(payload_manifest=[lambda text: text.split("\n", 1)[1]]))
    G.fail("payload-list-one-space", "payload-manifest-mismatch", "one space between digest and name; sealed so by the owner",
           made(payload_manifest=[lambda text: text.replace("  ", " ", 1)]))
    G.fail("tag-list-wrong", "tagmanifest-mismatch", "tagmanifest-sha256.txt has another digest", made(tagmanifest=[lambda text: OTHER + text[64:]]))
    G.fail("tag-list-blank-line", "tagmanifest-mismatch", "tagmanifest-sha256.txt ends in a blank line", made(tagmanifest=[lambda text: text + "\n"]))

    def bagit(files):
        files["bagit.txt"] = b"BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n"
    G.fail("bagit-version", "bagit-malformed", "another BagIt version; sealed so by the owner", made(files=[bagit]))

    def mimetype(files):
        files["mimetype"] += b"\n"
    G.fail("mimetype-line-feed", "mimetype-mismatch", "a line feed after the media type; sealed so by the owner", made(files=[mimetype]))

    def other(files):
        files["mimetype"] = b"application/zip"
    G.fail("mimetype-other", "mimetype-mismatch", "another media type; sealed so by the owner", made(files=[other]))


def _holes():
    log = complete()

    def part(name, codes, comment, change):
        parts = export(log, list(range(18, 25)), kind="period", disclose=False)
        change(parts)
        G.fail("holes-" + name, codes, comment + "; sealed so by the owner", bundle(parts))

    def cut_differently(p):
        # [0,16) [16,18) written as [0,8) [8,16) [16,18): the same root, another cut.
        halves = [{"end": b, "hash": tree.root(log.leaves[a:b]).hex(), "start": a} for a, b in ((0, 8), (8, 16))]
        p.holes["subtrees"] = halves + p.holes["subtrees"][1:]

    part("cut-differently", "holes-malformed", "a gap cut into smaller subtrees than the largest", cut_differently)
    part("subtree-missing", "holes-malformed", "a subtree is missing", lambda p: p.holes["subtrees"].pop())
    part("size-wrong", "holes-malformed", "size is not the last index + 1", lambda p: p.holes.update(size=26))
    part("ranges-touch", "holes-malformed", "two ranges that touch", lambda p: p.holes.update(present=[[18, 20], [21, 24]]))
    part("member-extra", "holes-malformed", "a fifth member", lambda p: p.holes.update(remark="x"))
    part("version", "holes-malformed", "schema version 2", lambda p: p.holes.update(schema_version=2))
    part("count-wrong", "entry-count-mismatch", "the ranges hold one index more than there are lines", _one_more)
    part("hash-wrong", "tree-root-mismatch", "the hash of a subtree is wrong: the manifest's root does not follow", lambda p: p.holes["subtrees"][0].update(hash=OTHER))
    parts = tiny_parts()
    parts.holes = {"present": [[0, 1]], "schema_version": 1, "size": 2, "subtrees": []}
    G.fail("holes-in-complete", "holes-malformed", "a complete bundle with holes; sealed so by the owner", bundle(parts))
    parts = export(log, list(range(18, 25)), kind="period", disclose=False)
    parts.holes = None
    G.fail("holes-absent", "holes-malformed", "a part without its holes, declared absent by the owner", bundle(parts))

    def moved(p):
        p.holes["present"] = [[17, 23]]
        p.holes["size"] = 24
        p.holes["subtrees"] = [dict(p.holes["subtrees"][0]), {"end": 17, "hash": log.leaves[16].hex(), "start": 16}]
    part("shifted", "tree-root-mismatch manifest-value-mismatch", "every line is claimed to stand one place earlier", moved)


def _one_more(parts):
    parts.holes["present"] = [[18, 25]]
    parts.holes["size"] = 26


def _attribution():
    def attribution(name, value, comment):
        parts = tiny_parts()
        parts.attribution = value
        G.fail("attribution-" + name, "attribution-malformed", comment + "; sealed so by the owner", bundle(parts))

    attribution("member-extra", {"files": [], "remark": "x", "schema_version": 1, "status": "not-derived"}, "a fourth member")
    attribution("version", {"files": [], "schema_version": 2, "status": "not-derived"}, "schema version 2")
    attribution("not-an-object", [], "an array in place of an object")

    def space(files):
        files["data/attribution.json"] = b'{"files": [],"schema_version":1,"status":"not-derived"}'
    G.fail("attribution-not-canonical", "attribution-malformed", "a space after a colon; sealed so by the owner", made(data=[space]))


def _whole():
    parts = tiny_parts()
    parts.records, parts.indexes, parts.checkpoints, parts.keys, parts.objects = [], [], [], [], {}
    parts.signer = D0
    G.fail("no-entries", "bundle-empty", "no entries at all: nothing is wrong and nothing is shown", bundle(parts))
    G.fail("expected-tip-other", "tip-mismatch", "a good bundle that does not end where the verifier expects", bundle(tiny_parts()), policy(expect_tip=OTHER))
