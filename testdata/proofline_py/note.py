"""C2SP signed notes whose text is a C2SP tlog-checkpoint of three lines."""

from .codec import b64, b64_strict, sha256

NOTE_MAX_BYTES = 64 * 1024
SIGNATURES_MAX = 16


class NoteError(ValueError):
    """What the note breaks."""


def key_id(name, public):
    return sha256(name.encode("utf-8") + b"\n\x01" + public)[:4]


def text(origin, size, root):
    return "%s\n%d\n%s\n" % (origin, size, b64(root))


def signature_line(name, public, signature):
    return "\u2014 %s %s\n" % (name, b64(key_id(name, public) + signature))


def parse(note):
    """Splits a note of the format: exactly one signature line.

    Returns (text, origin, size, root, name, key id, signature).
    """
    if len(note.encode("utf-8")) > NOTE_MAX_BYTES:
        raise NoteError("a note is larger than 64 KiB")
    if any((ord(ch) < 0x20 and ch != "\n") or ord(ch) == 0x7F for ch in note):
        raise NoteError("control character")
    body, blank, tail = note.rpartition("\n\n")
    if not blank or not tail.endswith("\n"):
        raise NoteError("no blank line, or no signature line")
    lines = body.split("\n")
    if len(lines) != 3:
        raise NoteError("the text has %d lines, not three" % len(lines))
    origin, size_text, root_text = lines
    if not origin:
        raise NoteError("the origin is empty")
    if not size_text.isascii() or not size_text.isdigit() or str(int(size_text)) != size_text:
        raise NoteError("the size is not a canonical decimal")
    try:
        root = b64_strict(root_text)
    except ValueError:
        raise NoteError("the root is not base64") from None
    if len(root) != 32:
        raise NoteError("the root has %d bytes, not 32" % len(root))
    signature_lines = tail[:-1].split("\n")
    if len(signature_lines) != 1:
        raise NoteError("%d signature lines, not one" % len(signature_lines))
    parts = signature_lines[0].split(" ")
    if len(parts) != 3 or parts[0] != "\u2014" or not parts[1]:
        raise NoteError("the signature line is malformed")
    try:
        blob = b64_strict(parts[2])
    except ValueError:
        raise NoteError("the signature is not base64") from None
    if len(blob) != 68:
        raise NoteError("the signature has %d bytes, not 68" % len(blob))
    return body + "\n", origin, int(size_text), root, parts[1], blob[:4], blob[4:]
