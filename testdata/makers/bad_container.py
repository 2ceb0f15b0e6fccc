"""The archive: every trick by which two zip readers see two things."""

import struct
import zlib

from .deflate import deflate, deflate_fixed
from .vector import Group, bundle, sealed, tiny_parts
from .zipwrite import Packed, central_header, end_record, pack, write_zip

G = Group()
EVIL = b'{"evil":true}'


def build():
    _not_a_zip()
    _names()
    _twice()
    _headers()
    _layout()
    _content()
    return G.vectors


def box():
    return sealed(tiny_parts())


def with_file(path, **fields):
    """The tiny bundle with header fields of one file overridden: `local`, `central`, `both`."""
    made = box()
    file = made.file(path)
    both = fields.pop("both", {})
    file.local.update(both, **fields.pop("local", {}))
    file.central.update(both, **fields.pop("central", {}))
    for name, value in fields.items():
        setattr(file, name, value)
    return made.bytes()


def added(path, content=EVIL, **fields):
    """The tiny bundle with one more file, in its place by name."""
    made = box()
    file = Packed(path, content, 0, content, **fields)
    name = path.encode("utf-8")
    place = next((at for at, one in enumerate(made.packed) if at and one.path.encode() > name), len(made.packed) - 2)
    made.packed.insert(min(place, len(made.packed) - 2), file)
    return made.bytes()


def _not_a_zip():
    good = bundle(tiny_parts())
    G.fail("file-empty", "container-not-zip", "no bytes at all", b"")
    G.fail("file-text", "container-not-zip", "a text", b"All entries are in order. Signed, the exporter.\n")
    G.fail("file-one-byte", "container-not-zip", "one byte", b"P")
    G.fail("zip-cut-in-half", "zip-structure", "the second half is missing", good[: len(good) // 2])
    G.fail("zip-cut-last-byte", "zip-structure", "the last byte is missing", good[:-1])
    G.fail("zip-cut-first-byte", "zip-structure", "the first byte is missing", good[1:])
    G.fail("zip-empty", "manifest-missing", "an archive of no files", write_zip([]))


def _names():
    for name, path, comment in (
            ("traversal", "../evil", "a name that leaves the folder"), ("traversal-inside", "data/../../evil", "a name that leaves the folder from inside"),
            ("absolute", "/etc/passwd", "an absolute name"), ("backslash", "data\\evil", "a backslash, which some readers take for a separator"),
            ("drive", "C:evil", "a name with a drive letter"), ("dot", "data/./evil", "a part that is a dot"),
            ("empty-part", "data//evil", "an empty part"), ("directory", "data/", "an entry for a folder"),
            ("space", "data/evil file", "a space"), ("not-ascii", "data/\u00fcbel", "a letter outside ASCII"),
            ("control", "data/evil\x1b[2J", "a terminal escape"), ("nul", "mimetype\0evil", "a NUL, where some readers stop"),
            ("empty", "", "an empty name"), ("long", "data/" + "x" * 251, "a name of 256 bytes")):
        G.fail("zip-name-" + name, "zip-name-invalid", comment, added(path))


def _twice():
    made = box()
    made.packed.insert(made.place("data/entries.jsonl") + 1, pack("data/entries.jsonl", EVIL))
    G.fail("zip-duplicate-name", "zip-duplicate-name", "a name twice: readers differ on which counts", made.bytes())
    made = box()
    made.packed.insert(made.place("data/entries.jsonl"), pack("data/entries.jsonl", EVIL))
    G.fail("zip-duplicate-name-first", "zip-duplicate-name", "a name twice, the false file first", made.bytes())
    made = box()
    made.packed.insert(-2, pack("manifest.jsonld", EVIL))
    G.fail("zip-duplicate-manifest", "zip-duplicate-name", "two manifests", made.bytes())
    G.fail("zip-case-variant", "zip-duplicate-name", "two names that differ only in case: one file on some systems", added("README.TXT"))
    good, other = bundle(tiny_parts()), bundle(tiny_parts(word="another-tiny"))
    G.fail("zip-concatenated", "zip-structure", "two whole archives, one after the other", good + other)
    G.fail("zip-in-comment", "zip-structure", "a second archive inside the first one's comment", box().bytes(comment=other))
    made = box()
    made.packed.insert(5, Packed("data/hidden", EVIL, 0, EVIL, hidden=True))
    G.fail("zip-hidden-entry", "zip-structure", "a file with a local header that the directory does not know", made.bytes())
    made = box()
    first = made.packed[1]
    ghost = Packed("README2.txt", first.content, first.method, first.octets)
    raw = made.bytes()
    G.fail("zip-overlap", "zip-structure", "two directory entries over one local entry", _overlap(made, ghost, raw))


def _overlap(made, ghost, raw):
    offsets, at = [], 0
    for file in made.packed:
        offsets.append(at)
        at += 30 + len(file.path) + len(file.octets)
    listed = [(file, offset) for file, offset in zip(made.packed, offsets)]
    listed.insert(2, (ghost, offsets[1]))
    directory = b"".join(central_header(file.header({}), offset) for file, offset in listed)
    return raw[:at] + directory + end_record(len(listed), len(directory), at)


def _headers():
    def header(name, comment, path="data/entries.jsonl", **fields):
        G.fail("zip-" + name, "zip-structure", comment, with_file(path, **fields))

    header("local-name-differs", "the local name is another than the directory's", local={"name": b"data/entriez.jsonl"})
    header("local-crc-differs", "the local checksum is another than the directory's", local={"crc": 1})
    header("local-size-differs", "the local size is another than the directory's", local={"size": 1})
    header("central-sizes-lie", "the directory's sizes are smaller than the local ones", central={"size": 2, "packed": 2})
    header("local-encrypted", "the local header says encrypted", local={"flags": 1})
    header("encrypted", "both headers say encrypted", both={"flags": 1})
    header("utf8-flag", "both headers say UTF-8", both={"flags": 0x0800})
    header("date", "a date of its own", both={"date": 0x5C62})
    header("time", "a time of its own", both={"time": 0x6000})
    header("version-needed", "version 4.5 needed", both={"version": 45})
    header("made-by-dos", "made by DOS", central={"made_by": 0x0014})
    header("symlink", "an entry that is a symbolic link", path="README.txt", central={"external": 0o120777 << 16})
    header("executable", "an executable mode", path="README.txt", central={"external": 0o100755 << 16})
    header("internal-attribute", "an internal attribute", central={"internal": 1})
    header("method-12", "compression method 12", both={"method": 12})
    header("extra-local", "an extra field in the local header", local={"extra": b"UT\1\0\0"})
    header("extra-central", "an extra field in the directory", central={"extra": b"UT\1\0\0"})
    header("file-comment", "a comment on a file", central={"comment": b"trust me"})
    made = box()
    file = made.file("data/entries.jsonl")
    file.local.update(flags=8, crc=0, packed=0, size=0)
    file.central.update(flags=8)
    file.after = struct.pack("<4sIII", b"PK\7\x08", zlib.crc32(file.content), len(file.octets), len(file.content))
    G.fail("zip-data-descriptor", "zip-structure", "sizes after the data", made.bytes())
    made = box()
    file = made.file("data/entries.jsonl")
    extra = struct.pack("<HHQQ", 1, 16, len(file.content), len(file.octets))
    file.local.update(version=45, packed=0xFFFFFFFF, size=0xFFFFFFFF, extra=extra)
    file.central.update(version=45, packed=0xFFFFFFFF, size=0xFFFFFFFF, extra=extra)
    G.fail("zip-zip64-entry", "zip-structure", "64-bit sizes in an extra field", made.bytes())
    for path in ("mimetype", "manifest.jsonld", "tagmanifest-sha256.txt"):
        made = box()
        file = made.file(path)
        file.method, file.octets = 8, deflate(file.content)
        G.fail("zip-deflated-" + path.split(".")[0].split("-")[0], "zip-structure", path + " is deflated", made.bytes())


def _layout():
    G.fail("zip-prefix", "zip-structure", "a script before the archive, offsets adjusted", box().bytes(prefix=b"#!/bin/sh\nexit 0\n"))
    G.fail("zip-prefix-unadjusted", "zip-structure", "a script before the archive, offsets as they were", b"#!/bin/sh\nexit 0\n" + box().bytes())
    G.fail("zip-trailing-byte", "zip-structure", "a byte after the end record", box().bytes() + b"\0")
    G.fail("zip-comment", "zip-structure", "a comment on the archive", box().bytes(comment=b"hello"))
    G.fail("zip-gap-before-directory", "zip-structure", "bytes between the last entry and the directory", box().bytes(gap=b"gap"))
    G.fail("zip-gap-after-directory", "zip-structure", "bytes between the directory and the end record", box().bytes(middle=b"gap"))
    made = box()
    made.packed[3].before = b"gap"
    G.fail("zip-gap-between-entries", "zip-structure", "bytes between two entries", made.bytes())
    made = box()
    order = list(range(len(made.packed)))
    order[2], order[3] = order[3], order[2]
    G.fail("zip-directory-reordered", "zip-structure", "the directory is in another order than the entries", made.bytes(order=order))
    made = box()
    made.packed[2], made.packed[3] = made.packed[3], made.packed[2]
    G.fail("zip-order", "zip-structure", "two files changed places, in the directory too", made.bytes())
    made = box()
    made.packed.append(made.packed.pop(0))
    G.fail("zip-mimetype-last", "zip-structure", "mimetype is the last file", made.bytes())
    made = box()
    made.packed.insert(1, made.packed.pop(-2))
    G.fail("zip-manifest-early", "zip-structure", "the manifest stands before the files it lists", made.bytes())
    made = box()
    raw = made.bytes()
    count = len(made.packed)

    def end(**changes):
        values = dict(zip(("magic", "disk", "start", "here", "count", "size", "offset", "comment"), struct.unpack("<4sHHHHIIH", raw[-22:])))
        values.update(changes)
        return raw[:-22] + struct.pack("<4sHHHHIIH", *values.values())
    G.fail("zip-count-less", "zip-structure", "the end record counts one file less", end(here=count - 1, count=count - 1))
    G.fail("zip-count-more", "zip-structure", "the end record counts one file more", end(here=count + 1, count=count + 1))
    G.fail("zip-count-differs", "zip-structure", "the end record's two counts differ", end(here=count - 1))
    G.fail("zip-disk-number", "zip-structure", "the end record names a second disk", end(disk=1))
    G.fail("zip-directory-offset", "zip-structure", "the end record's offset is one too large", end(offset=struct.unpack("<I", raw[-6:-2])[0] + 1))
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, len(raw) - 22, 1)
    record = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 0x0314, 45, 0, 0, count, count, *struct.unpack("<II", raw[-10:-2]))
    G.fail("zip-zip64-end", "zip-structure", "a zip64 end record before the end record", box().bytes(middle=record + locator))


def _content():
    G.fail("zip-crc", "zip-content-corrupt", "a wrong checksum in both headers", with_file("data/entries.jsonl", both={"crc": 1}))
    made = box()
    file = made.file("data/entries.jsonl")
    size = len(file.content)
    G.fail("zip-size-small", "zip-content-corrupt", "both headers claim a byte less than the stream gives", with_file("data/entries.jsonl", both={"size": size - 1}))
    G.fail("zip-size-large", "zip-content-corrupt", "both headers claim a byte more than the stream gives", with_file("data/entries.jsonl", both={"size": size + 1}))
    G.fail("deflate-trailing-octets", "zip-content-corrupt", "octets after the end of a deflate stream, inside the entry",
           with_file("data/entries.jsonl", octets=file.octets + b"evil"))
    G.fail("deflate-cut", "zip-content-corrupt", "a deflate stream without its end", with_file("data/entries.jsonl", octets=file.octets[:-2]))
    G.fail("deflate-not-a-stream", "zip-content-corrupt", "octets that are no deflate stream", with_file("data/entries.jsonl", octets=b"\x07" * 40))

    def bomb(files):
        files["README.txt"] = b"a" * 300000
    made = sealed(tiny_parts(), files=[bomb])
    file = made.file("README.txt")
    assert file.method == 0
    file.method, file.octets = 8, deflate(file.content)
    assert len(file.content) > 100 * len(file.octets)
    G.fail("zip-bomb", "zip-ratio-exceeded", "a file that inflates more than a hundredfold", made.bytes())
    made = sealed(tiny_parts(), files=[lambda files: files.update({"README.txt": b"a" * 300000})])
    file = made.file("README.txt")
    file.method, file.octets, file.content = 8, deflate(b"a" * 300000), b"a" * 300000
    file.local["size"] = file.central["size"] = 20000
    G.fail("zip-bomb-lying-size", "zip-content-corrupt", "a file that claims a modest size and inflates far beyond it", made.bytes())
    good = sealed(tiny_parts(), files=[lambda files: files.update({"README.txt": b"a" * 20000})])
    assert good.file("README.txt").method == 0
    G.good("stored-beyond-ratio", "a file that would deflate more than a hundredfold is stored", good.bytes())
    fixed = _sealed_fixed()
    G.good("deflate-fixed-blocks", "the same files in fixed Huffman blocks: a reader must not care how they were deflated", fixed.bytes())
    G.good("deflate-stored-blocks", "data/entries.jsonl deflated into blocks with empty stored ones between", _sealed_with("data/entries.jsonl", _stored_between).bytes())


def _sealed_fixed():
    return _sealed_with(None, deflate_fixed)


def _stored_between(content):
    """zlib-like sync points: an empty stored block, then one fixed block."""
    return b"\x00\x00\x00\xff\xff" + b"\x00\x00\x00\xff\xff" + deflate_fixed(content)


def _sealed_with(path, encoder):
    """Sealed with the digests of octets that another encoder made."""
    from . import bundle as making
    usual = making.pack

    def other(name, content):
        packed = usual(name, content)
        if packed.method == 8 and path in (None, name):
            octets = encoder(content)
            if len(octets) < len(content):
                packed.octets = octets
            else:
                packed.method, packed.octets = 0, content
        return packed
    making.pack = other
    try:
        return sealed(tiny_parts())
    finally:
        making.pack = usual
