"""Writes the archive of docs/format.md §10.3, and any wrong one a vector asks for."""

import struct
import zlib
from dataclasses import dataclass, field

from .deflate import deflate

DATE = 0x0021


@dataclass
class Packed:
    """One file as it lies in the archive; `local` and `central` override header fields."""

    path: str
    content: bytes
    method: int = 0
    octets: bytes = b""
    local: dict = field(default_factory=dict)
    central: dict = field(default_factory=dict)
    before: bytes = b""  # octets between the entry before and this one
    after: bytes = b""  # octets after the file's data
    hidden: bool = False  # has a local header only

    def header(self, overrides):
        values = {
            "version": 20,
            "flags": 0,
            "method": self.method,
            "time": 0,
            "date": DATE,
            "crc": zlib.crc32(self.content),
            "packed": len(self.octets),
            "size": len(self.content),
            "name": self.path.encode("utf-8"),
            "extra": b"",
            "comment": b"",
            "made_by": 0x0314,
            "external": 0o100644 << 16,
            "internal": 0,
        }
        values.update(overrides)
        return values


_cache = {}


def pack(path, content):
    """Chooses the method by §10.3 and compresses."""
    if path not in ("mimetype", "manifest.jsonld", "tagmanifest-sha256.txt"):
        if content not in _cache:
            _cache[content] = deflate(content)
        octets = _cache[content]
        if len(octets) < len(content) <= 100 * len(octets):
            return Packed(path, content, 8, octets)
    return Packed(path, content, 0, content)


def local_header(v):
    return struct.pack(
        "<4sHHHHHIIIHH", b"PK\3\4", v["version"], v["flags"], v["method"], v["time"], v["date"],
        v["crc"], v["packed"], v["size"], len(v["name"]), len(v["extra"]),
    ) + v["name"] + v["extra"]


def central_header(v, offset):
    return struct.pack(
        "<4sHHHHHHIIIHHHHHII", b"PK\1\2", v["made_by"], v["version"], v["flags"], v["method"],
        v["time"], v["date"], v["crc"], v["packed"], v["size"], len(v["name"]), len(v["extra"]),
        len(v["comment"]), 0, v["internal"], v["external"], offset,
    ) + v["name"] + v["extra"] + v["comment"]


def end_record(count, size, offset, comment=b""):
    return struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, size, offset, len(comment)) + comment


def write_zip(files, prefix=b"", gap=b"", comment=b"", order=None, middle=b""):
    """The archive; `order` permutes the central directory, `middle` stands before the end record."""
    body, offsets = bytearray(prefix), []
    for file in files:
        body += file.before
        offsets.append(len(body))
        body += local_header(file.header(file.local)) + file.octets + file.after
    body += gap
    start = len(body)
    listed = [place for place, file in enumerate(files) if not file.hidden]
    for place in order or listed:
        file = files[place]
        body += central_header(file.header(file.central), offsets[place])
    size = len(body) - start
    body += middle
    return bytes(body) + end_record(len(order or listed), size, start, comment)
