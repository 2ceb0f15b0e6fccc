"""The JSON profile of docs/format.md §3: a strict reader and the RFC 8785 writer.

Values: dict, list, str, bool, None, int within ±(2^53 − 1).  No floats.
The reader also says whether the text was canonical: see `parse_canonical`.
"""

DEPTH_MAX = 32
INT_MAX = 2**53 - 1

_ESCAPES = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}
_UNESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class JsonError(ValueError):
    """What the text breaks, and at which character."""


def utf16_key(key):
    """RFC 8785 §3.2.3: keys are ordered by their UTF-16 code units."""
    return key.encode("utf-16-be")


def _write_string(text):
    out = ['"']
    for ch in text:
        code = ord(ch)
        if code in _ESCAPES:
            out.append(_ESCAPES[code])
        elif code < 0x20:
            out.append("\\u%04x" % code)
        elif 0xD800 <= code <= 0xDFFF:
            raise JsonError("lone surrogate")
        else:
            out.append(ch)
    out.append('"')
    return "".join(out)


def _write(value, out):
    if value is None:
        out.append("null")
    elif value is True:
        out.append("true")
    elif value is False:
        out.append("false")
    elif isinstance(value, int):
        if abs(value) > INT_MAX:
            raise JsonError("integer out of range")
        out.append(str(value))
    elif isinstance(value, str):
        out.append(_write_string(value))
    elif isinstance(value, (list, tuple)):
        out.append("[")
        for at, item in enumerate(value):
            if at:
                out.append(",")
            _write(item, out)
        out.append("]")
    elif isinstance(value, dict):
        out.append("{")
        for at, key in enumerate(sorted(value, key=utf16_key)):
            if at:
                out.append(",")
            out.append(_write_string(key))
            out.append(":")
            _write(value[key], out)
        out.append("}")
    else:
        raise JsonError("a %s has no place in the profile" % type(value).__name__)


def dumps(value):
    """The canonical bytes of a value."""
    out = []
    _write(value, out)
    return "".join(out).encode("utf-8")


class _Reader:
    def __init__(self, text):
        self.text = text
        self.at = 0

    def fail(self, why):
        raise JsonError("%s at character %d" % (why, self.at))

    def space(self):
        while self.at < len(self.text) and self.text[self.at] in " \t\r\n":
            self.at += 1

    def take(self, literal):
        if not self.text.startswith(literal, self.at):
            self.fail("expected %r" % literal)
        self.at += len(literal)

    def value(self, depth):
        self.space()
        ch = self.text[self.at : self.at + 1]
        if ch == "{":
            return self.object(depth + 1)
        if ch == "[":
            return self.array(depth + 1)
        if ch == '"':
            return self.string()
        for literal, value in (("true", True), ("false", False), ("null", None)):
            if self.text.startswith(literal, self.at):
                self.at += len(literal)
                return value
        return self.number()

    def object(self, depth):
        if depth > DEPTH_MAX:
            self.fail("nesting is deeper than %d" % DEPTH_MAX)
        self.take("{")
        members = {}
        self.space()
        if self.text.startswith("}", self.at):
            self.at += 1
            return members
        while True:
            self.space()
            key = self.string()
            if key in members:
                self.fail("duplicate key %r" % key)
            self.space()
            self.take(":")
            members[key] = self.value(depth)
            self.space()
            if self.text.startswith("}", self.at):
                self.at += 1
                return members
            self.take(",")

    def array(self, depth):
        if depth > DEPTH_MAX:
            self.fail("nesting is deeper than %d" % DEPTH_MAX)
        self.take("[")
        items = []
        self.space()
        if self.text.startswith("]", self.at):
            self.at += 1
            return items
        while True:
            items.append(self.value(depth))
            self.space()
            if self.text.startswith("]", self.at):
                self.at += 1
                return items
            self.take(",")

    def string(self):
        self.take('"')
        out = []
        while True:
            if self.at >= len(self.text):
                self.fail("a string does not end")
            ch = self.text[self.at]
            if ch == '"':
                self.at += 1
                break
            if ord(ch) < 0x20:
                self.fail("raw control character")
            self.at += 1
            out.append(self.escape() if ch == "\\" else ch)
        text = "".join(out)
        # An escaped pair has been read as two units: join it, refuse a single one.
        try:
            return text.encode("utf-16-be", "surrogatepass").decode("utf-16-be")
        except UnicodeDecodeError:
            return self.fail("lone surrogate")

    def escape(self):
        ch = self.text[self.at : self.at + 1]
        if ch in _UNESCAPES and ch:
            self.at += 1
            return _UNESCAPES[ch]
        digits = self.text[self.at + 1 : self.at + 5]
        if ch != "u" or len(digits) != 4 or any(d not in "0123456789abcdefABCDEF" for d in digits):
            self.fail("unknown escape")
        self.at += 5
        return chr(int(digits, 16))

    def number(self):
        start = self.at
        if self.text.startswith("-", self.at):
            self.at += 1
        while self.text[self.at : self.at + 1] in tuple("0123456789"):
            self.at += 1
        token = self.text[start : self.at]
        digits = token.lstrip("-")
        if not digits or (digits[0] == "0" and digits != "0") or token == "-0":
            self.fail("not an integer of the profile")
        if self.text[self.at : self.at + 1] in tuple(".eE"):
            self.fail("floats and exponents have no place")
        if len(digits) > 16 or int(digits) > INT_MAX:
            self.fail("integer out of range")
        return int(token)


def parse(raw):
    """Reads one JSON value of the profile from bytes; whitespace is read, not judged."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise JsonError("not UTF-8 at byte %d" % error.start) from None
    if text.startswith("\ufeff"):
        raise JsonError("byte order mark")
    reader = _Reader(text)
    value = reader.value(0)
    reader.space()
    if reader.at != len(text):
        reader.fail("trailing text")
    return value


def parse_canonical(raw):
    """Reads one value and refuses it unless it is written canonically."""
    value = parse(raw)
    if dumps(value) != raw:
        raise JsonError("not in canonical form")
    return value
