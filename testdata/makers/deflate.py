"""A deterministic deflate encoder (RFC 1951): one block, LZ77, dynamic or fixed Huffman.

zlib's output differs between builds; vectors must be the same bytes everywhere.
"""

import heapq

_LENGTH_BASE = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258]
_LENGTH_BITS = [0] * 8 + [1] * 4 + [2] * 4 + [3] * 4 + [4] * 4 + [5] * 4 + [0]
_DISTANCE_BASE = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577]
_DISTANCE_BITS = [0, 0, 0, 0] + [bits for bits in range(1, 14) for _ in (0, 1)]
_CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
_CHAIN_MAX = 32


class _Bits:
    def __init__(self):
        self.out, self.value, self.count = bytearray(), 0, 0

    def put(self, value, bits):
        self.value |= value << self.count
        self.count += bits
        while self.count >= 8:
            self.out.append(self.value & 0xFF)
            self.value >>= 8
            self.count -= 8

    def code(self, code):
        self.put(code[0], code[1])

    def finish(self):
        if self.count:
            self.put(0, 8 - self.count)
        return bytes(self.out)


def _symbols(data):
    """LZ77: a list of literals (byte,) and matches (length, distance), greedy."""
    chains, out, at = {}, [], 0
    while at < len(data):
        best, best_distance = 2, 0
        key = data[at : at + 3]
        for place in reversed(chains.get(key, [])[-_CHAIN_MAX:]):
            if at - place > 32768:
                break
            size = 3
            while size < 258 and at + size < len(data) and data[place + size] == data[at + size]:
                size += 1
            if size > best:
                best, best_distance = size, at - place
        step = best if best_distance else 1
        out.append((best, best_distance) if best_distance else (data[at],))
        for place in range(at, min(at + step, len(data) - 2)):
            chains.setdefault(data[place : place + 3], []).append(place)
        at += step
    return out


def _bucket(bases, value):
    place = len(bases) - 1
    while bases[place] > value:
        place -= 1
    return place


def _code_lengths(counts, limit):
    """Huffman code lengths, ties by order; counts are flattened until they fit the limit."""
    counts = list(counts)
    while True:
        heap = [(count, symbol, (symbol,)) for symbol, count in enumerate(counts) if count]
        lengths = [0] * len(counts)
        if len(heap) == 1:
            lengths[heap[0][1]] = 1
        heapq.heapify(heap)
        order = len(counts)
        while len(heap) > 1:
            first, second = heapq.heappop(heap), heapq.heappop(heap)
            for symbol in first[2] + second[2]:
                lengths[symbol] += 1
            heapq.heappush(heap, (first[0] + second[0], order, first[2] + second[2]))
            order += 1
        if max(lengths) <= limit:
            return lengths
        counts = [count // 2 + 1 if count else 0 for count in counts]


def _codes(lengths):
    """RFC 1951 §3.2.2: (code with its bits reversed, length) per symbol."""
    codes, code = {}, 0
    for bits in range(1, max(lengths) + 1):
        for symbol, length in enumerate(lengths):
            if length == bits:
                codes[symbol] = (int(format(code, "0%db" % bits)[::-1], 2), bits)
                code += 1
        code <<= 1
    return codes


def _run_lengths(lengths):
    """RFC 1951 §3.2.7: the code lengths, with runs of 16, 17 and 18."""
    out, at = [], 0
    while at < len(lengths):
        value, run = lengths[at], 1
        while at + run < len(lengths) and lengths[at + run] == value:
            run += 1
        if value == 0 and run >= 3:
            run = min(run, 138)
            out.append((17, run - 3, 3) if run <= 10 else (18, run - 11, 7))
        elif value and run >= 4:
            run = min(run, 7)
            out += [(value, 0, 0), (16, run - 4, 2)]
        else:
            run = 1
            out.append((value, 0, 0))
        at += run
    return out


def _body(bits, symbols, literal, distance):
    for symbol in symbols:
        if len(symbol) == 1:
            bits.code(literal[symbol[0]])
            continue
        place = _bucket(_LENGTH_BASE, symbol[0])
        bits.code(literal[257 + place])
        bits.put(symbol[0] - _LENGTH_BASE[place], _LENGTH_BITS[place])
        place = _bucket(_DISTANCE_BASE, symbol[1])
        bits.code(distance[place])
        bits.put(symbol[1] - _DISTANCE_BASE[place], _DISTANCE_BITS[place])
    bits.code(literal[256])
    return bits.finish()


def _dynamic(symbols):
    literals, distances = [0] * 286, [0] * 30
    literals[256] = 1
    for symbol in symbols:
        if len(symbol) == 1:
            literals[symbol[0]] += 1
        else:
            literals[257 + _bucket(_LENGTH_BASE, symbol[0])] += 1
            distances[_bucket(_DISTANCE_BASE, symbol[1])] += 1
    if not any(distances):
        distances[0] = 1
    literal_lengths, distance_lengths = _code_lengths(literals, 15), _code_lengths(distances, 15)
    while len(literal_lengths) > 257 and not literal_lengths[-1]:
        literal_lengths.pop()
    while len(distance_lengths) > 1 and not distance_lengths[-1]:
        distance_lengths.pop()
    runs = _run_lengths(literal_lengths + distance_lengths)
    counts = [0] * 19
    for symbol, _, _ in runs:
        counts[symbol] += 1
    meta_lengths = _code_lengths(counts, 7)
    ordered = [meta_lengths[symbol] for symbol in _CODE_ORDER]
    while len(ordered) > 4 and not ordered[-1]:
        ordered.pop()
    bits = _Bits()
    bits.put(1, 1)
    bits.put(2, 2)
    bits.put(len(literal_lengths) - 257, 5)
    bits.put(len(distance_lengths) - 1, 5)
    bits.put(len(ordered) - 4, 4)
    for length in ordered:
        bits.put(length, 3)
    meta = _codes(meta_lengths)
    for symbol, extra, extra_bits in runs:
        bits.code(meta[symbol])
        bits.put(extra, extra_bits)
    return _body(bits, symbols, _codes(literal_lengths), _codes(distance_lengths))


def _fixed(symbols):
    lengths = [8] * 144 + [9] * 112 + [7] * 24 + [8] * 8
    bits = _Bits()
    bits.put(1, 1)
    bits.put(1, 2)
    return _body(bits, symbols, _codes(lengths), _codes([5] * 30))


def deflate(data):
    """The smaller of one dynamic and one fixed block."""
    symbols = _symbols(data)
    return min(_dynamic(symbols), _fixed(symbols), key=len)


def deflate_fixed(data):
    """One fixed block: the same content in other octets."""
    return _fixed(_symbols(data))
