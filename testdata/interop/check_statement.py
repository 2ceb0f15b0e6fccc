#!/usr/bin/env python3
"""Checks the statement of a bundle with securesystemslib, then expects changed copies refused.

usage: check_statement.py BUNDLE DEVICE_KEY_PEM
"""

import base64
import copy
import hashlib
import json
import sys
import zipfile

from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey

RESULTS = {True: 0, False: 0}


def check(what, holds):
    print("%s: %s" % ("ok" if holds else "FAILED", what))
    RESULTS[bool(holds)] += 1


def verifies(envelope, key):
    """Whether the envelope holds under the key; anything that cannot be read does not."""
    try:
        # `from_dict` takes its argument apart.
        Envelope.from_dict(copy.deepcopy(envelope)).verify([key], 1)
    except (VerificationError, ValueError, KeyError, TypeError):
        return False
    return True


def changed_payload(envelope, change):
    statement = json.loads(base64.b64decode(envelope["payload"]))
    change(statement)
    text = json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return dict(envelope, payload=base64.b64encode(text.encode()).decode())


def flip_hex(text):
    return ("1" if text[0] == "0" else "0") + text[1:]


def set_first_digest(statement):
    digest = statement["subject"][0]["digest"]
    digest["sha256"] = flip_hex(digest["sha256"])


def main():
    bundle, pem = sys.argv[1:3]
    archive = zipfile.ZipFile(bundle)
    envelope = json.loads(archive.read("statement.dsse.json"))
    with open(pem, "rb") as file:
        public = load_pem_public_key(file.read())
    key = SSlibKey.from_crypto(public, envelope["signatures"][0]["keyid"])

    check("the statement as it is verifies", verifies(envelope, key))
    fingerprint = hashlib.sha256(public.public_bytes_raw()).hexdigest()
    check("keyid is the fingerprint of the key given", envelope["signatures"][0]["keyid"] == fingerprint)

    statement = json.loads(base64.b64decode(envelope["payload"]))
    for subject in statement["subject"]:
        computed = hashlib.sha256(archive.read(subject["name"])).hexdigest()
        check("subject %s has its digest" % subject["name"], computed == subject["digest"]["sha256"])

    check("an unchanged copy, written again, verifies", verifies(changed_payload(envelope, lambda s: None), key))
    changes = {
        "tip": lambda s: s["predicate"].update(tip=flip_hex(s["predicate"]["tip"])),
        "origin": lambda s: s["predicate"].update(origin=s["predicate"]["origin"] + "0"),
        "tree size": lambda s: s["predicate"]["tree"].update(size=s["predicate"]["tree"]["size"] + 1),
        "predicate type": lambda s: s.update(predicateType="https://example.com/other"),
        "first digest": set_first_digest,
        "subject dropped": lambda s: s["subject"].pop(),
        "subject added": lambda s: s["subject"].append(s["subject"][0]),
        "subject renamed": lambda s: s["subject"][0].update(name="data/other"),
    }
    for what, change in changes.items():
        check("refused with changed %s" % what, not verifies(changed_payload(envelope, change), key))

    other_type = dict(envelope, payloadType="application/json")
    check("refused under another payload type", not verifies(other_type, key))
    broken = copy.deepcopy(envelope)
    signature = bytearray(base64.b64decode(broken["signatures"][0]["sig"]))
    signature[0] ^= 1
    broken["signatures"][0]["sig"] = base64.b64encode(bytes(signature)).decode()
    check("refused with one bit of the signature changed", not verifies(broken, key))
    check("refused without a signature", not verifies(dict(envelope, signatures=[]), key))

    print("%d passed, %d failed" % (RESULTS[True], RESULTS[False]))
    return 1 if RESULTS[False] else 0


if __name__ == "__main__":
    sys.exit(main())
