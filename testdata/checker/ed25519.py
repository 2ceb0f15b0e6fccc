"""Strict, cofactorless Ed25519: OpenSSL's check, and no point of small order."""

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def _decompress(raw):
    """The affine point of an encoding, or None if it is not canonical or not on the curve."""
    number = int.from_bytes(raw, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x - u) % P:
        x = x * SQRT_M1 % P
    if (v * x * x - u) % P or (x == 0 and sign):
        return None
    return (P - x if x & 1 != sign else x), y


def _double(point):
    x, y = point
    common = D * x * x * y * y % P
    return (
        2 * x * y * pow(1 + common, P - 2, P) % P,
        (y * y + x * x) * pow(1 - common, P - 2, P) % P,
    )


@lru_cache(maxsize=4096)
def is_sound_point(raw):
    point = _decompress(raw)
    if point is None:
        return False
    for _ in range(3):
        point = _double(point)
    return point != (0, 1)


def verify(public, message, signature):
    if len(public) != 32 or len(signature) != 64 or int.from_bytes(signature[32:], "little") >= L:
        return False
    if not is_sound_point(public) or not is_sound_point(signature[:32]):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True
