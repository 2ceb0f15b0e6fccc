#!/usr/bin/env python3
"""Writes testdata/vectors and testdata/vectors-unit; `--check` compares instead.

Same input, same bytes: keys and words are fixed, compression is our own.
"""

import argparse
import importlib
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

MODULES = (
    "good", "bad_entries", "bad_checkpoints", "bad_keys", "bad_time", "trust", "bad_revocation", "revocation_and_trust", "bad_manifest",
    "bad_container", "bad_parts")


def wanted():
    """Every file by its path under testdata."""
    files, names = {}, set()
    for module in MODULES:
        for vector in importlib.import_module("makers." + module).build():
            if vector.name in names:
                raise SystemExit("two vectors are named %s" % vector.name)
            names.add(vector.name)
            for name, raw in vector.files().items():
                files["vectors/%s/%s" % (vector.name, name)] = raw
    for name, raw in importlib.import_module("makers.units").build().items():
        files["vectors-unit/" + name] = raw
    return files


def present():
    folders = [HERE / "vectors", HERE / "vectors-unit"]
    return {
        str(path.relative_to(HERE)): path.read_bytes()
        for folder in folders if folder.is_dir() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with what is there, write nothing")
    arguments = parser.parse_args()
    files = wanted()
    if arguments.check:
        there = present()
        wrong = sorted(path for path in set(files) | set(there) if files.get(path) != there.get(path))
        for path in wrong:
            print("differs: " + path)
        print("%d files compared, %d differ" % (len(files), len(wrong)))
        return 1 if wrong else 0
    for folder in ("vectors", "vectors-unit"):
        shutil.rmtree(HERE / folder, ignore_errors=True)
    for path, raw in files.items():
        target = HERE / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(raw)
    vectors = sum(1 for path in files if path.endswith("/vector"))
    print("%d vectors, %d files, %d bytes" % (vectors, len(files), sum(map(len, files.values()))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
