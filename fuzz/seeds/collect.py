#!/usr/bin/env python3
"""Collects first inputs for the fuzz targets from the test vectors of this repository.

    python3 fuzz/seeds/collect.py

Every file comes out of a vector that `testdata/generate.py` made, or out of one by a change that is
written here; the name is the start of its SHA-256. What is there already stays as it is: the
signed files of `signed.sh`, and others that targets compare with, have names of their own.
"""

import base64
import hashlib
import json
import pathlib
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
VECTORS = HERE.parent.parent / "testdata" / "vectors"
RECORDS = HERE.parent.parent / "testdata" / "vectors-unit" / "evidence_record.json"
# Bundles that differ in what they hold: authorities with keys of either kind, revocation lists,
# gaps, changes of the key, every kind of item, every encoding of a container.
PARTS = [
    "authority-rsa",
    "complete-withheld",
    "crl-clean",
    "items-of-other-kinds",
    "revoked",
    "scattered_indeterminate",
]
ARCHIVES = ["small", "deflate-fixed-blocks", "deflate-stored-blocks", "zip-zip64-entry_fail"]
TOKENS = ["token-status-rejected_fail", "token-root-only-inside_indeterminate"]
# Policies and trusted lists that differ in what they say.
POLICIES = [
    "algorithm-ended_indeterminate",
    "authorities-two-agree",
    "authority-by-fingerprint",
    "authority-named",
    "authority-policy-allowed",
    "authority-window",
    "qualified-listed",
    "root-by-fingerprint",
    "token-sha1-allowed",
]
LISTS = [
    "qualified-claimed-not-listed",
    "qualified-listed",
    "qualified-listed-unit",
    "qualified-other-service",
    "qualified-withdrawn",
]
# Where a certificate or a token claims to be qualified.
STATED = ["qualified-claimed-in-certificate", "qualified-listed"]
QC_STATEMENTS = bytes.fromhex("06082b06010505070103")
# Larger files teach a mutator little.
FILE_BYTES_MAX = 18_000
FILES_OF_A_BUNDLE = 8


def keep(target, octets):
    """Writes one input, under the name that its content gives it."""
    if not 0 < len(octets) <= FILE_BYTES_MAX:
        return
    folder = HERE / target
    folder.mkdir(exist_ok=True)
    if any(path.read_bytes() == octets for path in folder.iterdir()):
        return
    (folder / hashlib.sha256(octets).hexdigest()[:16]).write_bytes(octets)


def element(octets):
    """The tag, the content and what follows the first element of DER with low tag numbers."""
    length, start = octets[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(octets[2:start])
    return octets[0], octets[start : start + length], octets[start + length :]


def indefinite(octets):
    """The same in BER: constructed elements without a length, strings of octets in two pieces."""
    out = b""
    while octets:
        tag, content, octets = element(octets)
        if tag & 0x20:
            out += bytes([tag, 0x80]) + indefinite(content) + b"\0\0"
        elif tag == 0x04 and 2 <= len(content) < 256:
            half = len(content) // 2
            pieces = [content[:half], content[half:]]
            out += b"\x24\x80" + b"".join(b"\x04" + bytes([len(p)]) + p for p in pieces) + b"\0\0"
        else:
            length = len(content)
            head = bytes([length]) if length < 128 else b"\x82" + length.to_bytes(2)
            out += bytes([tag]) + head + content
    return out


def decoded(item):
    text = item["b64"]
    return base64.b64decode(text + "==", altchars="-_" if "-" in text else None)


def stamped(items):
    """Requests, responses and revocation data of one line of `checkpoints.jsonl`."""
    for item in items:
        octets = decoded(item)
        match item["kind"]:
            case "tsq":
                keep("tsa_request", octets)
                keep("ber", indefinite(octets))
            case "tsr":
                keep("tsa_token", octets)
                keep("ber", indefinite(octets))
                for der in certificates(octets):
                    keep("tsa_certificate", der)
            case "crl":
                keep("tsa_crl", octets)
            case "ocsp":
                keep("tsa_ocsp", octets)


def certificates(response):
    """The certificates of a token inside a granted response."""
    status_and_token = element(response)[1]
    token = element(status_and_token)[2]
    if not token:
        return
    signed_data = element(element(element(element(token)[1])[2])[1])[1]
    while signed_data:
        tag, content, signed_data = element(signed_data)
        while tag == 0xA0 and content:
            rest = element(content)[2]
            yield content[: len(content) - len(rest)]
            content = rest


def statements(response):
    """The values of the extensions `qcStatements` in a response: its token's, its certificates'."""
    for after in response.split(QC_STATEMENTS)[1:]:
        tag, content, rest = element(after)
        if tag == 0x01:
            tag, content, rest = element(rest)
        if tag == 0x04:
            keep("qc_statements", content)


def records():
    """Evidence records, one of each kind that is refused, and what the target compares them with."""
    vectors = json.loads(RECORDS.read_text())
    refused = set()
    for case in vectors["cases"]:
        findings = tuple(case["findings"])
        if case["outcome"] != "valid" and findings in refused:
            continue
        refused.add(findings)
        keep("tsa_evidence_record", bytes.fromhex(case["record_hex"]))
    folder = HERE / "tsa_evidence_record"
    (folder / "data").write_bytes(bytes.fromhex(vectors["data_hex"]))
    (folder / "roots.pem").write_text("".join(vectors["roots"].values()))


def note(text):
    """A checkpoint note, its text, and a proof that carries it."""
    octets = text.encode()
    keep("note", octets)
    keep("checkpoint", octets.split(b"\n\n")[0] + b"\n")
    hashes = [base64.b64encode(hashlib.sha256(bytes([n])).digest()) for n in range(3)]
    lines = [b"c2sp.org/tlog-proof@v1", b"extra aGVsbG8=", b"index 3", *hashes, b"", b""]
    keep("tlog_proof", b"\n".join(lines) + octets)


def parts(bundle):
    for name in bundle.namelist():
        octets = bundle.read(name)
        if name == "data/entries.jsonl":
            for line in octets.splitlines()[:FILES_OF_A_BUNDLE]:
                keep("entry_line", line)
        elif name == "data/checkpoints.jsonl":
            for line in map(json.loads, octets.splitlines()):
                stamped(line["items"])
                if line["note"]:
                    note(line["note"])
        elif name == "data/keys.jsonl":
            keep("json", octets.splitlines()[0])
        elif name == "manifest.jsonld":
            keep("manifest", octets)
        elif name == "statement.dsse.json":
            keep("dsse", octets)
        elif name == "data/holes.json":
            keep("objects", octets)
    objects = [name for name in bundle.namelist() if name.startswith("data/objects/")]
    for name in objects[:FILES_OF_A_BUNDLE]:
        keep("objects", bundle.read(name))
        keep("json", bundle.read(name))


def main():
    for name in PARTS + TOKENS:
        with zipfile.ZipFile(VECTORS / name / "bundle") as bundle:
            if name in TOKENS:
                for line in bundle.read("data/checkpoints.jsonl").splitlines():
                    stamped(json.loads(line)["items"])
            else:
                parts(bundle)
    for name in ARCHIVES:
        keep("archive", (VECTORS / name / "bundle").read_bytes())
    for name in POLICIES:
        keep("policy", (VECTORS / name / "policy.json").read_bytes())
    for name in LISTS:
        keep("trusted_list", (VECTORS / name / "list.xml").read_bytes())
    for name in STATED:
        with zipfile.ZipFile(VECTORS / name / "bundle") as bundle:
            for line in bundle.read("data/checkpoints.jsonl").splitlines():
                for item in json.loads(line)["items"]:
                    if item["kind"] == "tsr":
                        statements(decoded(item))
    records()


if __name__ == "__main__":
    main()
