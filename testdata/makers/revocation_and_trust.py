"""Where trust and revocation meet: whose word a token is that another stands in for, and who may stand in.

Every log here has a checkpoint every second entry; at each one or more authorities stamp.
"""

from dataclasses import replace

from cryptography.x509 import ReasonFlags

from .bad_revocation import COMPROMISE, REQUIRED, crl
from .bundle import export
from .log import Log, Tweaks
from .revocation import revocation_list
from .scripts import A, B, C, D0
from .trust import named, token, trusting
from .vector import Group, bundle

G = Group()
LATER = crl("2026-11-05", COMPROMISE)


def build():
    _voices()
    _refused()
    _required()
    return G.vectors


def stamped(birth, *rounds, received=(), tokens=None):
    """A log whose genesis and checkpoints these groups of authorities stamped; the last checkpoint received lists."""
    log = Log("revocation-and-trust", D0, authorities=birth, tweaks=Tweaks(token=tokens or {}))
    for authorities in rounds:
        log.tick(600)
        log.append("prompt", content_hash_after=None)
        log.authorities = authorities
        log.checkpoint()
    for raw in received:
        log.receive(2 * len(rounds), "crl", raw)
    return bundle(export(log, disclose=False))


def _voices():
    proved = "timestamp-proved-earlier"
    three = trusting(named(A), named(B), named(C), independent_authorities=2)
    G.indeterminate(
        "compromise-saved-is-one-voice", (proved, "time-authorities-too-few"),
        "two authorities were asked for; the first's key was compromised later, and its tokens hold by the word of the second alone",
        stamped((A, B), (A, B), (B, C), received=[LATER]), three)
    G.good(
        "compromise-saved-beside-a-third",
        "the same, and a third authority stamped from the first entry on: it and those two together are two voices",
        stamped((A, B, C), (A, B), (B, C), received=[LATER]), three, (proved,))
    other_key = replace(A, leaf_key="c", leaf_until="2035-01-01")
    G.good(
        "compromise-saved-beside-another-key",
        "the first authority also stamped with a key that nothing speaks against: it and the second are two voices without the tokens of the compromised key",
        stamped((A, other_key, B), (B,), (other_key, B), received=[LATER]), trusting(named(A), named(B), independent_authorities=2), (proved,))


def _refused():
    closed = named(B, valid_until="2026-11-02T10:15:00Z")
    G.indeterminate(
        "compromise-cover-outside-window", "timestamp-key-compromised timestamp-outside-window",
        "what would save the tokens is of a time at which its authority is not trusted",
        stamped((A,), (A,), (B,), received=[LATER]), trusting(named(A), closed))
    again = replace(A, leaf_until="2035-01-01")
    G.indeterminate(
        "compromise-known-by-refused", "timestamp-policy-not-allowed timestamp-key-compromised",
        "the newest token has the key of a certificate that was revoked for a compromise; that certificate is only under a token of a policy that is not allowed",
        stamped((B,), (A,), (again,), received=[LATER], tokens={2: token(policy="2.25.1")}),
        trusting(named(A, policies=["2.25.98765432101"]), named(B)))
    G.fail(
        "revoked-outside-window", "timestamp-outside-window timestamp-revoked",
        "the signer had been revoked before the token: that its authority is not trusted at that time hides nothing",
        stamped((B,), (A,), (B,), received=[crl("2026-11-01", ReasonFlags.superseded)]),
        trusting(named(A, valid_until="2026-11-01T00:00:00Z"), named(B)))


def _required():
    strict = trusting(named(A, valid_from="2026-11-02T00:00:00Z"), **REQUIRED)
    lists = [revocation_list(A, None), revocation_list(A, None, about="intermediate")]
    G.good("authority-revocation-required", "the authority is trusted at that time, and every certificate's status is told",
           stamped((A,), (A,), received=lists), strict, rung="to-your-root")
    G.indeterminate("authority-revocation-required-absent", "timestamp-revocation-unknown", "the same without any list: the tokens are no more than well-formed",
                    stamped((A,), (A,)), strict, rung="well-formed")
