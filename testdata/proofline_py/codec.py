"""Hashes, base64, base58btc, did:key and the DSSE pre-authentication encoding."""

import base64
import binascii
import hashlib

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def sha256(data):
    return hashlib.sha256(data).digest()


def sha256_hex(data):
    return hashlib.sha256(data).hexdigest()


def b64(data):
    return base64.b64encode(data).decode("ascii")


def b64_strict(text):
    """RFC 4648 §4 with padding and zero unused bits; anything else is a ValueError."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64") from error
    if b64(data) != text:
        raise ValueError("not canonical base64")
    return data


def b58(data):
    number = int.from_bytes(data, "big")
    out = ""
    while number:
        number, digit = divmod(number, 58)
        out = _BASE58[digit] + out
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + out


def b58_strict(text):
    number = 0
    for ch in text:
        if ch not in _BASE58:
            raise ValueError("not base58btc")
        number = number * 58 + _BASE58.index(ch)
    body = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return b"\0" * (len(text) - len(text.lstrip("1"))) + body


def did_key(public):
    return "did:key:z" + b58(b"\xed\x01" + public)


def did_key_parse(did):
    """The 32 key bytes of an Ed25519 did:key; only the form `did_key` writes is read."""
    if not did.startswith("did:key:z"):
        raise ValueError("not a did:key")
    raw = b58_strict(did[len("did:key:z") :])
    if len(raw) != 34 or raw[:2] != b"\xed\x01" or did_key(raw[2:]) != did:
        raise ValueError("not an Ed25519 did:key")
    return raw[2:]


def pae(payload_type, body):
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body)
