"""The strict archive reader of docs/format.md §10.3; nothing of zipfile is used."""

import re
import struct
import zlib
from dataclasses import dataclass

NAME = re.compile(rb"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")
FILES_MAX = 60000
RATIO_MAX = 100
STORED_ONLY = (b"mimetype", b"manifest.jsonld", b"tagmanifest-sha256.txt")
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")


class ZipError(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


@dataclass
class File:
    path: str
    method: str
    octets: bytes
    content: bytes


def _structure(condition, message):
    if not condition:
        raise ZipError("zip-structure", message)


def read(raw):
    """Every file in archive order, or a ZipError with the first thing that is wrong."""
    at_end = len(raw) - _END.size
    ends = at_end >= 0 and raw[at_end : at_end + 4] == b"PK\5\6"
    if not ends and raw[:4] != b"PK\3\4":
        raise ZipError("container-not-zip", "neither begins with a local header nor ends with an end record")
    _structure(ends, "no end record at the end")
    _, disk, start_disk, here, count, size, offset, comment = _END.unpack(raw[at_end:])
    _structure((disk, start_disk, comment) == (0, 0, 0) and here == count, "end record fields")
    if count > FILES_MAX:
        raise ZipError("limit-exceeded", "%d files" % count)
    _structure(offset + size == at_end, "the directory does not end at the end record")
    entries = _directory(raw, offset, at_end, count)
    _names([name for name, *_ in entries])
    files, at = [], 0
    for entry in entries:
        file, at = _file(raw, at, offset, entry)
        files.append(file)
    _structure(at == offset, "the entries do not end at the directory")
    _order([name for name, *_ in entries])
    return files


def _directory(raw, at, end, count):
    entries = []
    for _ in range(count):
        _structure(at + _CENTRAL.size <= end, "the directory is cut off")
        (magic, made, version, flags, method, time, date, crc, packed, size, name_size, extra, comment, disk,
         internal, external, offset) = _CENTRAL.unpack_from(raw, at)
        _structure(magic == b"PK\1\2", "not a central header at byte %d" % at)
        _structure(at + _CENTRAL.size + name_size <= end, "the directory is cut off")
        name = raw[at + _CENTRAL.size : at + _CENTRAL.size + name_size]
        constants = (made, version, flags, time, date, extra, comment, disk, internal, external)
        _structure(constants == (0x0314, 20, 0, 0, 0x0021, 0, 0, 0, 0, 0o100644 << 16), "central header constants of %r" % name)
        _structure(method in (0, 8), "method %d of %r" % (method, name))
        _structure(method == 8 or packed == size, "stored sizes of %r differ" % name)
        _structure(method == 0 or name not in STORED_ONLY, "%r must be stored" % name)
        entries.append((name, method, crc, packed, size, offset))
        at += _CENTRAL.size + name_size
    _structure(at == end, "the directory holds more than its count")
    return entries


def _names(names):
    seen = set()
    for name in names:
        parts = name.split(b"/")
        if len(name) > 255 or not NAME.fullmatch(name) or b"." in parts or b".." in parts:
            raise ZipError("zip-name-invalid", "%r" % name)
        if name.lower() in seen:
            raise ZipError("zip-duplicate-name", "%r" % name)
        seen.add(name.lower())


def _file(raw, at, limit, entry):
    name, method, crc, packed, size, offset = entry
    _structure(offset == at, "%r is not where the entry before ends" % name)
    header = _LOCAL.pack(b"PK\3\4", 20, 0, method, 0, 0x0021, crc, packed, size, len(name), 0) + name
    _structure(raw[at : at + len(header)] == header, "local header of %r differs" % name)
    start = at + len(header)
    _structure(start + packed <= limit, "%r runs into the directory" % name)
    octets = raw[start : start + packed]
    if method == 8 and size > RATIO_MAX * packed:
        raise ZipError("zip-ratio-exceeded", "%r: %d from %d" % (name, size, packed))
    content = octets
    if method == 8:
        inflater = zlib.decompressobj(-15)
        try:
            content = inflater.decompress(octets, size + 1)
        except zlib.error as error:
            raise ZipError("zip-content-corrupt", "%r: %s" % (name, error)) from None
        if not inflater.eof or inflater.unused_data or len(content) != size:
            raise ZipError("zip-content-corrupt", "%r does not inflate to its size" % name)
    if zlib.crc32(content) != crc:
        raise ZipError("zip-content-corrupt", "%r: checksum" % name)
    return File(name.decode("ascii"), "deflate" if method else "stored", octets, content), start + packed


def _order(names):
    last = [b"manifest.jsonld", b"tagmanifest-sha256.txt"]
    wanted = [name for name in [b"mimetype"] if name in names]
    wanted += sorted(name for name in names if name not in STORED_ONLY)
    wanted += [name for name in last if name in names]
    _structure(names == wanted, "the files are not in the order of the format")
