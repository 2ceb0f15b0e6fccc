"""The public test keys: Ed25519 keys from fixed words, and the authorities' PEM files."""

import hashlib
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from proofline_py.codec import did_key, sha256_hex

FOLDER = Path(__file__).resolve().parent.parent / "keys"


class Device:
    """An Ed25519 key whose seed is SHA-256 of a word everybody knows."""

    def __init__(self, word):
        self.word = word
        self.seed = hashlib.sha256(b"proofline public test key " + word.encode()).digest()
        self._key = Ed25519PrivateKey.from_private_bytes(self.seed)
        self.public = self._key.public_key().public_bytes_raw()
        self.fingerprint = sha256_hex(self.public)
        self.did = did_key(self.public)

    def sign(self, message):
        return self._key.sign(message)


def pem_key(name):
    raw = (FOLDER / (name + ".pem")).read_bytes()
    return serialization.load_pem_private_key(raw, password=None)
