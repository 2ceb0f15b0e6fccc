"""Which tokens count, once all of a bundle is known (docs/format.md §12.1 to §12.3)."""

import datetime
from fractions import Fraction

from .revocation import key_of

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def seconds(moment):
    return (moment - EPOCH) // datetime.timedelta(seconds=1)


class Token:
    """One that leads to a given root, and what is known of the certificates under it."""

    def __init__(self, size, digest, info, path, algorithm_end):
        self.size, self.digest, self.info, self.path, self.algorithm_end = size, digest, info, path, algorithm_end
        self.statuses, self.listed_at, self.is_trusted, self.place = [], None, True, None
        self.saver = None  # another that shows that it is older than the compromise of its key
        self.alone = self.joint = None

    def marks_with_saver(self):
        return self.info.marks | self.saver.marks_with_saver() if self.saver else self.info.marks

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
        return min(ends + ([] if self.algorithm_end is None else [self.algorithm_end]))


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
        """The earliest of these that shows that the token existed."""
        at = token.listed_at
        if at is None:
            return None
        reaching = [other for other in among if other.size in lines and other.size >= max(at, 1)
                    and (is_contiguous(at, other.size) or (other.size in shown and at < other.size))]
        return min(reaching, key=lambda other: (other.upper, other.size), default=None)

    # A token is listed after it is made: whatever shows that it existed has a greater size.
    for token in sorted(tokens, key=lambda one: -one.size):
        by = proof(token, counting)
        code = _standing(token, keys, by and by.upper, policy)
        if code and (token.is_trusted or code == "timestamp-revoked"):
            report.add(code, "the token for size %d" % token.size)
        if not token.is_trusted or code not in (None, "timestamp-proved-earlier", "timestamp-revoked-since"):
            report.rungs[token.place] = None if code == "timestamp-revoked" else "well-formed"
            continue
        if code == "timestamp-proved-earlier":
            token.saver = by
        if now is not None and now >= token.end():
            renewed = proof(token, in_force)
            if renewed is None or renewed.upper >= token.end():
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
