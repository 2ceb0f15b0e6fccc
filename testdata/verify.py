#!/usr/bin/env python3
"""Verifies one bundle, or every vector, with the independent Python reader.

    verify.py BUNDLE POLICY.json     prints the verdict and the findings
    verify.py --all [NAME ...]       runs the vectors, prints one line per disagreement
    verify.py --flip NAME [EVERY]    flips one bit of every (EVERYth) byte of a vector's bundle; none may verify
"""

import argparse
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from checker.trust import load  # noqa: E402
from checker.verify import verify  # noqa: E402

EXIT = {"verified": 0, "failed": 1, "indeterminate": 3}


def expectation(text):
    """(verdict, codes, rung of every token or None) of a `vector` file."""
    expect, codes, rung = None, [], None
    for line in text.splitlines():
        name, _, value = line.partition(": ")
        if name == "expect":
            expect = value
        elif name == "finding":
            codes.append(value)
        elif name == "rung":
            rung = value
        elif name != "comment":
            raise SystemExit("unknown line in a vector: %r" % line)
    return expect, codes, rung


def run_one(bundle, policy):
    told = load(json.loads(Path(policy).read_text()), Path(policy).parent)
    report = verify(Path(bundle).read_bytes(), told)
    return report, report.verdict(told.get("require", []))


def run_all(names, verbose):
    passed = failed = 0
    for folder in sorted((HERE / "vectors").iterdir()):
        if names and folder.name not in names:
            continue
        expect, codes, rung = expectation((folder / "vector").read_text())
        report, verdict = run_one(folder / "bundle", folder / "policy.json")
        missing = [code for code in codes if code not in report.codes()]
        if verbose:
            print("%s: %s, %s" % (folder.name, verdict, " ".join(sorted(set(report.codes())))))
        if rung and set(report.rungs) != {rung}:
            missing.append("rung %s, not %s" % (rung, report.rungs))
        if verdict != expect or missing:
            failed += 1
            print("%s: expected %s %s, found %s %s" % (folder.name, expect, codes + missing, verdict, sorted(set(report.codes()))))
        else:
            passed += 1
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


def run_flips(name, every):
    """One bit of each byte, the bit chosen by the place; prints what is not noticed."""
    folder = HERE / "vectors" / name
    policy = load(json.loads((folder / "policy.json").read_text()), folder)
    raw = bytearray((folder / "bundle").read_bytes())
    unnoticed = tried = 0
    for place in range(0, len(raw), every):
        raw[place] ^= 1 << place % 8
        tried += 1
        if verify(bytes(raw), policy).verdict(policy.get("require", [])) != "failed":
            unnoticed += 1
            print("bit %d of byte %d is not noticed" % (place % 8, place))
        raw[place] ^= 1 << place % 8
    print("%d flips, %d not noticed" % (tried, unnoticed))
    return 1 if unnoticed or not tried else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="run the vectors")
    parser.add_argument("--flip", action="store_true", help="flip bits of one vector's bundle")
    parser.add_argument("--verbose", action="store_true", help="print every vector's findings")
    parser.add_argument("words", nargs="*", metavar="BUNDLE POLICY | NAME")
    arguments = parser.parse_args()
    if arguments.all:
        return run_all(set(arguments.words), arguments.verbose)
    if arguments.flip and arguments.words:
        return run_flips(arguments.words[0], int(arguments.words[1]) if len(arguments.words) > 1 else 1)
    if len(arguments.words) != 2:
        parser.error("a bundle and a policy")
    report, verdict = run_one(*arguments.words)
    print(verdict)
    for code, message in report.findings:
        print("%s: %s" % (code, message))
    return EXIT[verdict]


if __name__ == "__main__":
    sys.exit(main())
