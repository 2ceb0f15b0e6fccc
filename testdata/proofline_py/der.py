"""A small DER writer and a strict DER reader (ITU-T X.690 §10), enough for RFC 3161."""


class DerError(ValueError):
    """What the encoding breaks."""


# Writer


def tlv(tag, body):
    size = len(body)
    if size < 0x80:
        return bytes([tag, size]) + body
    raw = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(raw)]) + raw + body


def seq(*parts):
    return tlv(0x30, b"".join(parts))


def set_of(*parts):
    return tlv(0x31, b"".join(sorted(parts)))


def integer(value):
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def octets(data):
    return tlv(0x04, data)


def null():
    return b"\x05\x00"


def boolean(value):
    return tlv(0x01, b"\xff" if value else b"\x00")


def oid(dotted):
    arcs = [int(part) for part in dotted.split(".")]
    out = bytearray()
    for arc in [arcs[0] * 40 + arcs[1]] + arcs[2:]:
        chunk = [arc & 0x7F]
        arc >>= 7
        while arc:
            chunk.append(0x80 | (arc & 0x7F))
            arc >>= 7
        out += bytes(reversed(chunk))
    return tlv(0x06, bytes(out))


def generalized_time(text):
    return tlv(0x18, text.encode("ascii"))


# Reader


class Node:
    """One TLV: tag byte, body bytes, and the whole encoding as it was read."""

    def __init__(self, tag, body, raw):
        self.tag, self.body, self.raw = tag, body, raw

    def children(self):
        return read_all(self.body)

    def expect(self, tag):
        if self.tag != tag:
            raise DerError("tag %02x, not %02x" % (self.tag, tag))
        return self


def read(data, at=0):
    """Reads one TLV at an offset; returns (node, offset after it)."""
    if at + 2 > len(data):
        raise DerError("cut off")
    tag = data[at]
    if tag & 0x1F == 0x1F:
        raise DerError("multi-byte tag")
    first = data[at + 1]
    head = at + 2
    if first < 0x80:
        size = first
    else:
        count = first & 0x7F
        if count == 0 or count > 4 or head + count > len(data):
            raise DerError("length is indefinite, too long or cut off")
        size = int.from_bytes(data[head : head + count], "big")
        if size < 0x80 or data[head] == 0:
            raise DerError("length is not minimal")
        head += count
    if head + size > len(data):
        raise DerError("cut off")
    return Node(tag, data[head : head + size], data[at : head + size]), head + size


def read_one(data):
    node, end = read(data)
    if end != len(data):
        raise DerError("trailing bytes")
    return node


def read_all(data):
    nodes, at = [], 0
    while at < len(data):
        node, at = read(data, at)
        nodes.append(node)
    return nodes


def as_int(node):
    body = node.expect(0x02).body
    if not body or (len(body) > 1 and (body[0], body[1] >> 7) in ((0, 0), (0xFF, 1))):
        raise DerError("integer is not minimal")
    return int.from_bytes(body, "big", signed=True)


def as_oid(node):
    body = node.expect(0x06).body
    if not body or body[-1] & 0x80:
        raise DerError("object identifier is cut off")
    arcs, value = [], 0
    for byte in body:
        if value == 0 and byte == 0x80:
            raise DerError("object identifier is not minimal")
        value = value << 7 | (byte & 0x7F)
        if not byte & 0x80:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(str(arc) for arc in [first, arcs[0] - 40 * first] + arcs[1:])
