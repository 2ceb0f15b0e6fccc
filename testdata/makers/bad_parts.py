"""Every separable part deleted: with nothing else changed, and by the key's owner who seals the rest anew."""

from .bundle import export
from .scripts import complete, small
from .vector import Group, bundle, sealed, tiny_parts

G = Group()
REQUIRED = """README.txt bag-info.txt bagit.txt context/evidence-v1.jsonld data/attribution.json data/checkpoints.jsonl
    data/entries.jsonl data/keys.jsonl data/signatures.txt manifest-sha256.txt statement.dsse.json mimetype""".split()


def build():
    for path in REQUIRED:
        _required(path, path.split("/")[-1].split(".")[0].lower())
    G.fail("part-manifest-absent-naive", "manifest-missing", "manifest.jsonld was deleted", sealed(tiny_parts()).remove("manifest.jsonld").bytes())
    G.fail("part-tagmanifest-absent", "tagmanifest-mismatch", "tagmanifest-sha256.txt was deleted; no signature covers it, the format does",
           sealed(tiny_parts()).remove("tagmanifest-sha256.txt").bytes())
    period = export(complete(), list(range(18, 25)), kind="period", disclose=False)
    G.fail("part-holes-absent-naive", "manifest-file-missing", "data/holes.json was deleted", sealed(period).remove("data/holes.json").bytes())
    _objects()
    return G.vectors


def _required(path, label):
    G.fail("part-%s-absent-naive" % label, "manifest-file-missing", "%s was deleted, nothing else changed" % path,
           sealed(tiny_parts()).remove(path).bytes())

    def drop(files):
        files.pop(path, None)
    stage = "data" if path.startswith("data/") else "files"
    G.fail("part-%s-absent" % label, "manifest-file-missing", "%s is not there and not listed; sealed so by the owner" % path,
           bundle(tiny_parts(), **{stage: [drop]}))


def _objects():
    log = small()
    prompt = log.records[7].columns["content_hash_after"]
    witness = log.records[3].columns["diff_hash"]
    G.fail("part-object-absent-naive", "manifest-file-missing", "the file of a payload object was deleted, nothing else changed",
           sealed(export(log)).remove("data/objects/" + prompt).bytes())

    def drop(files):
        files.pop("data/objects/" + prompt)
    G.fail("part-object-absent-uncounted", "manifest-value-mismatch", "a payload object was withheld and not counted; sealed so by the owner",
           bundle(export(log), data=[drop]))
    G.good("part-object-withheld", "a payload object was withheld and counted: hashes still verify", bundle(export(log, withhold={prompt})))
    G.good("part-witness-withheld", "a witness index was withheld and counted: integrity holds, attribution is not shown",
           bundle(export(log, withhold={witness})))
    parts = export(log)
    parts.packed_objects = True

    def unsorted(files):
        lines = files["data/objects.jsonl"].splitlines(keepends=True)
        files["data/objects.jsonl"] = b"".join(reversed(lines))
    G.fail("objects-lines-unsorted", "object-malformed", "data/objects.jsonl is not sorted by address; sealed so by the owner", bundle(parts, data=[unsorted]))

    def repeated(files):
        lines = files["data/objects.jsonl"].splitlines(keepends=True)
        files["data/objects.jsonl"] = b"".join(lines[:1] + lines)
    G.fail("objects-lines-repeated", "object-malformed", "an object stands twice in data/objects.jsonl; sealed so by the owner", bundle(parts, data=[repeated]))
