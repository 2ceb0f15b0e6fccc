"""Which tokens count, once all of a bundle is known (docs/format.md §12.1 to §12.3)."""

import datetime
from fractions import Fraction

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import SignatureAlgorithmOID

from .revocation import key_of

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
RSA_PKCS1 = (SignatureAlgorithmOID.RSA_WITH_SHA256, SignatureAlgorithmOID.RSA_WITH_SHA384, SignatureAlgorithmOID.RSA_WITH_SHA512)
AFTER_2028 = 1861920000  # RSA with PKCS#1 v1.5 padding is trusted up to the end of 2028


def seconds(moment):
    return (moment - EPOCH) // datetime.timedelta(seconds=1)


class Token:
    """One that leads to a given root, and what is known of the certificates under it."""

    def __init__(self, size, digest, info, path, statuses):
        self.size, self.digest, self.info, self.path, self.statuses = size, digest, info, path, statuses
        self.listed_at = None

    @property
    def upper(self):
        return self.info.gen_time + self.info.accuracy + self.info.granularity

    @property
    def gen_seconds(self):
        return self.info.gen_time.numerator // self.info.gen_time.denominator

    def end(self):
        """The first second at which something that it rests on has ended."""
        below_root = self.path[:-1] or self.path
        ends = [seconds(certificate.not_valid_after_utc) + 1 for certificate in below_root]
        if isinstance(self.path[0].public_key(), rsa.RSAPublicKey):
            ends.append(AFTER_2028)
        ends += [AFTER_2028 for certificate in self.path[:-1] if certificate.signature_algorithm_oid in RSA_PKCS1]
        return min(ends)


def compromised_keys(tokens):
    """The keys, with the first second from which each is not trusted."""
    keys = {}
    for token in tokens:
        for status in token.statuses:
            if status.revoked and not status.revoked.spares:
                key, since = key_of(status.certificate), seconds(status.revoked.suspected)
                keys[key] = min(since, keys.get(key, since))
    return keys


def settle(tokens, lines, listed, shown, is_contiguous, policy, now, report):
    """Those that count, as a list; the findings go into the report."""
    for token in tokens:
        places = [index for index, items in listed.items() for one in items
                  if (one["kind"], one["for_size"], one["sha256"]) == ("tsr", token.size, token.digest)]
        token.listed_at = min(places, default=None)
    keys = compromised_keys(tokens)
    counting, in_force = [], []

    def proof(token, among):
        """The earliest time by which one of these shows that the token existed."""
        at = token.listed_at
        if at is None:
            return None
        reaching = [other.upper for other in among if other.size in lines and other.size >= max(at, 1)
                    and (is_contiguous(at, other.size) or (other.size in shown and at < other.size))]
        return min(reaching, default=None)

    # A token is listed after it is made: whatever shows that it existed has a greater size.
    for token in sorted(tokens, key=lambda one: -one.size):
        code = _standing(token, keys, proof(token, counting), policy)
        if code:
            report.add(code, "the token for size %d" % token.size)
        if code not in (None, "timestamp-proved-earlier", "timestamp-revoked-since"):
            continue
        if now is not None and now >= token.end():
            renewed = proof(token, in_force)
            if renewed is None or renewed >= token.end():
                report.add("timestamp-not-renewed", "the token for size %d" % token.size)
            else:
                in_force.append(token)
        else:
            in_force.append(token)
        counting.append(token)
    return counting


def _standing(token, keys, proof, policy):
    """RFC 3161 §4, for every certificate and for its key; the gravest."""
    codes = set()
    whole = None if proof is None else -(-Fraction(proof).numerator // Fraction(proof).denominator)
    for status in token.statuses:
        revoked, since = status.revoked, keys.get(key_of(status.certificate))
        if revoked and token.gen_seconds >= seconds(revoked.at):
            codes.add("timestamp-revoked")
        elif since is not None:
            saved = whole is not None and whole < since
            codes.add("timestamp-proved-earlier" if saved else "timestamp-key-compromised")
        elif revoked:
            codes.add("timestamp-revoked-since")
        elif not status.is_known and policy.get("revocation") == "required":
            codes.add("timestamp-revocation-unknown")
    gravest_first = (
        "timestamp-revoked", "timestamp-key-compromised", "timestamp-revocation-unknown",
        "timestamp-proved-earlier", "timestamp-revoked-since")
    return next((code for code in gravest_first if code in codes), None)
