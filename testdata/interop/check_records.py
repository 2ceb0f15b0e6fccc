#!/usr/bin/env python3
"""Evidence records between us, Bouncy Castle and openssl, over authorities on loopback.

usage: check_records.py PROOFLINE VERIFY_BUNDLE SCRATCH BUNDLE

Ours are read by Bouncy Castle, and their tokens by `openssl ts` against roots that are computed
here; Bouncy Castle's are read by us. Changed data and changed records must be refused by everybody.
"""

import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from jsonschema import Draft202012Validator  # noqa: E402
from proofline_py import der  # noqa: E402

SCHEMA = json.loads((HERE.parent.parent / "schemas/evidence-record.schema.json").read_text())
HASH = {"2.16.840.1.101.3.4.2.1": hashlib.sha256, "2.16.840.1.101.3.4.2.2": hashlib.sha384,
        "2.16.840.1.101.3.4.2.3": hashlib.sha512}
RESULTS = {True: 0, False: 0}


def check(what, holds, said=""):
    print("%s: %s%s" % ("ok" if holds else "FAILED", what, "" if holds else "\n" + said))
    RESULTS[bool(holds)] += 1


def run(*command, cwd=None):
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


class Authority:
    """`proofline tsa serve`, until the block ends."""

    def __init__(self, proofline, folder, algorithm):
        self.command = [str(proofline), "tsa", "serve", "--dir", str(folder), "--algorithm", algorithm]
        self.root = folder / "root.pem"

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.url = re.search(r"http://[^\s`]+", self.process.stdout.readline()).group()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


class Java:
    """Bouncy Castle's classes from Debian, ours compiled beside them."""

    def __init__(self, scratch):
        jars = [glob.glob("/usr/share/java/%s.jar" % name) for name in ("bcpkix", "bcprov", "bcutil")]
        self.classes = scratch / "classes"
        self.path = os.pathsep.join([jar for found in jars for jar in found] + [str(self.classes)])
        code, said = run("javac", "-cp", self.path, "-d", self.classes, HERE / "Records.java")
        check("Records.java compiles", code == 0, said)

    def __call__(self, *words):
        return run("java", "-cp", self.path, "Records", *words)


def stamps_of(record):
    """(hash, first list, root from the tree, token) of every time stamp, with this reader alone."""
    parts = der.read_one(record).children()
    chains = [part for part in parts if part.tag == 0x30][-1].children()
    for number, chain in enumerate(chains):
        for position, stamp in enumerate(chain.children()):
            members = stamp.children()
            algorithm = next(der.as_oid(m.children()[0]) for m in members if m.tag == 0xA0)
            trees = [[[leaf.body for leaf in level.children()] for level in m.children()] for m in members if m.tag == 0xA2]
            older = der.tlv(0x30, b"".join(c.raw for c in chains[:number]))
            before = chain.children()[position - 1].children()[-1].raw if position else None
            yield HASH[algorithm], trees[0] if trees else None, older if number else None, before, members[-1].raw


def root_of(data, stamp):
    """What the token must stamp (RFC 4998 sections 4.3 and 5.3), or None if the leaf is not in the tree."""
    new, tree, older, before, _ = stamp

    def h(*parts):
        return new(b"".join(parts)).digest()

    if before is not None:
        leaf = h(before)
    elif older is not None:
        leaf = h(h(data), h(older))
    else:
        leaf = h(data)
    if tree is None:
        return leaf
    if leaf not in tree[0]:
        return None
    value = leaf if len(tree[0]) == 1 else h(*sorted(tree[0]))
    for level in tree[1:]:
        value = h(*sorted(level + [value]))
    return value


def tokens_hold_for_openssl(record, data, roots, scratch):
    """`openssl ts -verify` of every token against the root computed here, under one of the given authorities."""
    for stamp in stamps_of(record):
        root, token = root_of(data, stamp), scratch / "token.der"
        token.write_bytes(stamp[-1])
        if root is None:
            return False
        judged = [run("openssl", "ts", "-verify", "-digest", root.hex(), "-in", token, "-token_in", "-CAfile", pem)
                  for pem in roots]
        if not any(code == 0 and "Verification: OK" in said for code, said in judged):
            return False
    return True


def ours(proofline, scratch, data, first, second):
    """Records of our own: new, renewed, hashed anew, renewed again."""
    made = []

    def make(name, url, *more):
        target = scratch / name
        code, said = run(proofline, "evidence-record", data, "-o", target, "--tsa", url, *more, cwd=scratch)
        check("our %s is written" % name, code == 0, said)
        made.append(target)
        return target

    new = make("new.ers", first.url)
    renewed = make("renewed.ers", second.url, "--renew", new)
    rehashed = make("rehashed.ers", first.url, "--renew", renewed, "--hash", "sha512")
    make("again.ers", second.url, "--renew", rehashed)
    make("sha384.ers", second.url, "--hash", "sha384")
    return made


def verdict(verify_bundle, record, data, roots):
    if not record.exists():
        return None, "there is no record"
    words = [word for root in roots for word in ("--tsa-root", root)]
    code, said = run(verify_bundle, "evidence-record", record, "--data", data, "--json", *words)
    report = json.loads(said) if code in (0, 1, 3) else {}
    wrong = [error.message for error in Draft202012Validator(SCHEMA).iter_errors(report)]
    check("the report on %s fits its schema" % record.name, not wrong, "\n".join(wrong))
    return code, said


def main():
    proofline, verify_bundle, scratch, bundle = (Path(word).resolve() for word in sys.argv[1:5])
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    java = Java(scratch)
    other = scratch / "other"
    other.write_bytes(b"something else\n")
    files = []
    for number in range(5):
        files.append(scratch / ("file-%d" % number))
        files[-1].write_bytes(b"document %d\n" % number)
    with Authority(proofline, scratch / "a", "p256") as first, Authority(proofline, scratch / "b", "rsa3072") as second:
        roots = [first.root, second.root]
        for record in ours(proofline, scratch, bundle, first, second):
            code, said = verdict(verify_bundle, record, bundle, roots)
            check("verify-bundle verifies our %s" % record.name, code == 0, said)
            code, said = java("check", bundle, record)
            check("Bouncy Castle accepts our %s" % record.name, code == 0, said)
            code, said = java("check", other, record)
            check("Bouncy Castle refuses our %s over other data" % record.name, code != 0, said)
            raw = record.read_bytes()
            check("openssl accepts every token of our %s" % record.name,
                  tokens_hold_for_openssl(raw, bundle.read_bytes(), roots, scratch))
            check("openssl refuses our %s over other data" % record.name,
                  not tokens_hold_for_openssl(raw, other.read_bytes(), roots, scratch))
        code, said = java("write", scratch, first.url, second.url, *files)
        check("Bouncy Castle writes records over five files", code == 0, said)
        for path in files:
            for ending in (".ers", ".renewed.ers", ".rehashed.ers"):
                record = Path(str(path) + ending)
                code, said = verdict(verify_bundle, record, path, roots)
                check("verify-bundle verifies Bouncy Castle's %s" % record.name, code == 0, said)
                code, said = verdict(verify_bundle, record, other, roots)
                check("verify-bundle refuses %s over other data" % record.name, code == 1, said)
        code, said = run(proofline, "evidence-record", files[0], "--renew", str(files[0]) + ".rehashed.ers",
                         "-o", scratch / "theirs-renewed.ers", "--tsa", second.url, cwd=scratch)
        check("we renew Bouncy Castle's record", code == 0, said)
        code, said = java("check", files[0], scratch / "theirs-renewed.ers")
        check("Bouncy Castle accepts its record that we renewed", code == 0, said)
    print("%d passed, %d failed" % (RESULTS[True], RESULTS[False]))
    return 1 if RESULTS[False] or not RESULTS[True] else 0


if __name__ == "__main__":
    sys.exit(main())
