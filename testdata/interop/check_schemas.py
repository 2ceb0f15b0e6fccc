#!/usr/bin/env python3
"""Validates a bundle's files and the reports of its verification against the JSON Schemas.

usage: check_schemas.py VERIFY_BUNDLE BUNDLE…

Needs the package jsonschema. Changed copies must not validate: a schema that accepts all says nothing.
"""

import base64
import copy
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import jsonschema
import referencing

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
RESULTS = {True: 0, False: 0}


def check(what, holds):
    if not holds:
        print("FAILED: %s" % what)
    RESULTS[bool(holds)] += 1


def load():
    registry, schemas = referencing.Registry(), {}
    for path in sorted(SCHEMAS.glob("*.schema.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        registry = registry.with_resource(schema["$id"], referencing.Resource.from_contents(schema))
        schemas[path.name.removesuffix(".schema.json")] = schema
    return {
        name: jsonschema.Draft202012Validator(schema, registry=registry) for name, schema in schemas.items()
    }


def accepts(validators, name, value, what):
    """The value validates; without any one required member, or with one more, it does not."""
    errors = [error.message for error in validators[name].iter_errors(value)]
    check("%s is a %s: %s" % (what, name, errors[:2]), not errors)
    if name == "object":
        return  # Objects are open: readers ignore members that they do not know.
    for member in ["schema_version"] if name == "policy" else value:
        less = copy.deepcopy(value)
        del less[member]
        check("%s without `%s` is refused" % (what, member), not validators[name].is_valid(less))
    check("%s with one member more is refused" % what, not validators[name].is_valid(dict(value, more=1)))


def lines(archive, name):
    return [json.loads(line) for line in archive.read(name).splitlines()]


def tokens(verifier, validators, bundle, archive, policy, folder):
    """Every token of a bundle as one that somebody holds alone, with what lies beside it."""
    for line in lines(archive, "data/checkpoints.jsonl"):
        raw = {kind: [base64.b64decode(one["b64"]) for one in line["items"] if one["kind"] == kind] for kind in ("tsr", "crl")}
        more = list(policy)
        for number, one in enumerate(raw["crl"]):
            path = folder / ("%d.crl" % number)
            path.write_bytes(one)
            more += ["--crl", str(path)]
        for one in raw["tsr"]:
            path = folder / "token.tsr"
            path.write_bytes(one)
            digest = "00" * 32
            for words in ([], more):
                word = [verifier, "token", str(path), "--digest", digest, "--json"]
                report = subprocess.run(word + words, capture_output=True, check=False)
                check("%s: exit code %d" % (bundle, report.returncode), report.returncode in (0, 1, 3))
                value = json.loads(report.stdout)
                accepts(validators, "token-report", value, "report on a token of %s" % bundle)
                digest = value["imprint"]["digest"]
            check("%s: a token of a bundle that holds verifies alone" % bundle, "_" in bundle or not policy or value["verdict"] == "verified")


def main():
    verifier, bundles = sys.argv[1], sys.argv[2:]
    validators = load()
    for bundle in bundles:
        archive = zipfile.ZipFile(bundle)
        names = archive.namelist()
        accepts(validators, "manifest", json.loads(archive.read("manifest.jsonld")), bundle)
        for name, path in (("event", "data/entries.jsonl"), ("checkpoint", "data/checkpoints.jsonl"), ("key-event", "data/keys.jsonl")):
            for number, line in enumerate(lines(archive, path), 1):
                accepts(validators, name, line, "%s line %d" % (path, number))
        objects = [json.loads(archive.read(name)) for name in names if name.startswith("data/objects/")]
        if "data/objects.jsonl" in names:
            objects += lines(archive, "data/objects.jsonl")
        for value in objects:
            accepts(validators, "object", value, "object of type %s" % value.get("type"))
        if "data/holes.json" in names:
            accepts(validators, "holes", json.loads(archive.read("data/holes.json")), "holes")
        report = subprocess.run([verifier, "--json", bundle], capture_output=True, check=False)
        check("%s: exit code %d" % (bundle, report.returncode), report.returncode in (0, 1, 3))
        accepts(validators, "report", json.loads(report.stdout), "report on %s" % bundle)
        beside = Path(bundle).with_name("policy.json")
        policy = ["--policy", str(beside)] if beside.exists() else []
        for more in ([], policy):
            report = subprocess.run([verifier, "timestamps", "--json", bundle] + more, capture_output=True, check=False)
            check("%s: exit code %d" % (bundle, report.returncode), report.returncode in (0, 1, 3))
            accepts(validators, "timestamps-report", json.loads(report.stdout), "report on the time stamps of %s" % bundle)
        with tempfile.TemporaryDirectory() as folder:
            tokens(verifier, validators, bundle, archive, policy, Path(folder))
    roots = sorted((SCHEMAS.parent / "testdata" / "vectors").glob("*/policy.json"))
    for path in roots:
        accepts(validators, "policy", json.loads(path.read_text(encoding="utf-8")), str(path.parent.name))
    statement = json.loads(base64.b64decode(json.loads(archive.read("statement.dsse.json"))["payload"]))
    check("the statement is an in-toto statement", statement["_type"] == "https://in-toto.io/Statement/v1")
    print("%d passed, %d failed" % (RESULTS[True], RESULTS[False]))
    return 1 if RESULTS[False] else 0


if __name__ == "__main__":
    sys.exit(main())
