"""Authorities that stop, keys that get into other hands, and later tokens that help or do not.

Every log here has a birth token and a checkpoint every second entry: 2, 4, 6.
"""

from dataclasses import replace

from cryptography.x509 import ReasonFlags

from .bundle import export
from .log import Log, Tweaks
from .revocation import ocsp_response, revocation_list
from .scripts import A, B, C, D0
from .tsa import intermediate_der, leaf_der
from .vector import Group, bundle, policy

G = Group()
AB = policy(tsa_roots=[A.root_pem, B.root_pem])
ABC = policy(tsa_roots=[A.root_pem, B.root_pem, C.root_pem])
COMPROMISE = ReasonFlags.key_compromise
REQUIRED = {"revocation": "required"}
DAY = 86400


def build():
    _lists()
    _compromise()
    _in_parts()
    _keys_and_issuers()
    _sources()
    _answers()
    _required()
    _ended()
    return G.vectors


def recorded(*stamps, birth=A, received=None, apart=600, inside=None, bare=(), word="revocation"):
    """A log with a checkpoint for each authority of `stamps`; `apart` seconds between them.

    `received` is what came beside the token for a size, `inside` the revocation data inside it;
    `bare` are sizes whose tokens carry no certificate.
    """
    received, inside = received or {}, inside or {}
    sizes = [0] + [2 * (number + 1) for number in range(len(stamps))]

    def by(size, authority):
        return lambda _, token: (
            authority, replace(token, revocation=inside.get(size, ()), with_certificates=size not in bare))

    tweaks = Tweaks(token={size: by(size, authority) for size, authority in zip(sizes, (birth, *stamps))})
    log = Log(word, D0, tweaks=tweaks)
    for size in sizes[1:]:
        log.tick(apart)
        log.append("prompt", content_hash_after=None)
        log.checkpoint()
        for kind, raw in received.get(size, ()):
            log.receive(size, kind, raw)
    return log


def made(*stamps, **options):
    return bundle(export(recorded(*stamps, **options), disclose=False))


def with_list(*stamps, **options):
    """The last checkpoint holds the list."""
    size = 2 * len(stamps)
    raw = options.pop("raw")
    return made(*stamps, received={size: [("crl", raw)]}, **options)


def crl(date, reason, authority=A, **options):
    return revocation_list(authority, (date, reason), **options)


def _lists():
    G.good("crl-clean", "a revocation list kept with the token revokes nobody", with_list(A, raw=revocation_list(A, None)))
    G.good("crl-superseded-later", "the signer was superseded after genTime: the tokens stay good",
           with_list(A, raw=crl("2026-11-05", ReasonFlags.superseded)), findings=("timestamp-revoked-since",))
    G.good("crl-unspecified-later", "the reason is given, and is `unspecified`: the tokens stay good",
           with_list(A, raw=crl("2026-11-05", ReasonFlags.unspecified)), findings=("timestamp-revoked-since",))
    G.fail("revoked-before", "timestamp-revoked", "the signer had been superseded the day before the token",
           with_list(A, raw=crl("2026-11-01", ReasonFlags.superseded)))
    G.fail("revoked-between", "timestamp-revoked", "the signer was revoked between its birth token and the next",
           with_list(A, apart=DAY, raw=crl("2026-11-03", ReasonFlags.superseded)), policy(max_bracket_seconds=7 * DAY))
    G.fail("revoked-in-the-second", "timestamp-revoked", "the signer was superseded in the second of the token's time",
           with_list(A, raw=crl("2026-11-02T10:10:04", ReasonFlags.superseded)))
    G.good("revoked-a-second-later", "the signer was superseded in the second after the token's time",
           with_list(A, raw=crl("2026-11-02T10:10:05", ReasonFlags.superseded)), findings=("timestamp-revoked-since",))
    G.fail("revoked-listed-later", "timestamp-revoked", "the list came with the last checkpoint, and speaks against the tokens of the first",
           with_list(A, B, raw=crl("2026-11-02", ReasonFlags.cessation_of_operation)), AB)
    stale = crl("2026-11-01", ReasonFlags.superseded, issued="2026-11-01", due="2026-11-02")
    G.fail("revoked-stale-list", "timestamp-revoked", "the list was due for replacement before the token, and proves what it lists all the same",
           with_list(A, raw=stale))
    G.fail("revoked-inside-token", "timestamp-revoked", "the list lies inside the token",
           made(A, inside={2: (("crl", crl("2026-11-01", ReasonFlags.superseded)),)}))
    log = recorded(A, B, received={2: [("crl", revocation_list(A, None))]})
    parts = export(log, disclose=False)
    parts.checkpoint(2)["items"] = [one for one in parts.checkpoint(2)["items"] if one["kind"] != "crl"]
    G.fail("crl-listed-absent", "evidence-item-missing", "an entry lists a revocation list that was taken out; sealed anew by the owner", bundle(parts), AB)
    G.good("crl-unreadable", "text in place of a revocation list says nothing", with_list(A, raw=b"nobody was revoked"), findings=("revocation-data-unread",))


def _compromise():
    code = "timestamp-key-compromised"
    later = crl("2026-11-05", COMPROMISE)
    G.indeterminate("compromise-uncovered", code, "the only signer's key was compromised later, and nothing else shows that its tokens are older",
                    with_list(A, raw=later))
    G.indeterminate("compromise-without-reason", code, "a revocation without a reason is taken for a compromise (RFC 3161 §4)",
                    with_list(A, raw=crl("2026-11-05", None)))
    G.indeterminate("compromise-own-cover", code, "only tokens by the same key cover those of the compromised key",
                    with_list(A, A, A, raw=later))
    G.good("compromise-covered", "a second authority stamped the chain that holds the tokens before the compromise",
           with_list(A, B, raw=later), AB, ("timestamp-proved-earlier",))
    G.good("compromise-no-reason-covered", "no reason was given, and a second authority stamped before",
           with_list(A, B, raw=crl("2026-11-05", None)), AB, ("timestamp-proved-earlier",))
    wide = dict(AB, max_bracket_seconds=30 * DAY)
    G.indeterminate("compromise-covered-late", code, "the second authority stamped only after the compromise",
                    with_list(A, B, apart=4 * DAY, raw=crl("2026-11-07", COMPROMISE)), wide)
    G.indeterminate("compromise-covered-too-late-by-a-second", code, "the latest moment of the second authority's token is the second of the compromise",
                    with_list(A, B, raw=crl("2026-11-02T10:20:10", COMPROMISE)), AB)
    G.good("compromise-covered-in-time-by-a-second", "the key was compromised a second later",
           with_list(A, B, raw=crl("2026-11-02T10:20:11", COMPROMISE)), AB, ("timestamp-proved-earlier",))
    edge = revocation_list(A, ("2026-11-05", COMPROMISE), invalid_since="2026-11-02")
    G.indeterminate("compromise-suspected-earlier", code, "the key was suspected from before the second authority's token on",
                    with_list(A, B, apart=600, raw=edge), wide)
    G.indeterminate("compromise-of-both", code, "the second authority's key was compromised as well",
                    made(A, B, received={4: [("crl", later), ("crl", crl("2026-11-06", COMPROMISE, B))]}), AB)
    both = {6: [("crl", later), ("crl", crl("2026-11-06", COMPROMISE, B))]}
    G.good("compromise-of-both-covered", "both keys were compromised, and a third authority stamped after both and before it",
           made(A, B, C, received=both), ABC, ("timestamp-proved-earlier",))
    order = {6: [("crl", crl("2026-11-05", COMPROMISE)), ("crl", crl("2026-11-05", COMPROMISE, B))]}
    wider = dict(ABC, max_bracket_seconds=30 * DAY)
    G.indeterminate("compromise-cover-not-covered", code, "what would save the first authority's tokens is by a key that was compromised too, and the third stamped only after that",
                    made(A, B, C, received=order, apart=DAY + 3600), wider)
    unlisted = {2: [("crl", later)]}
    G.indeterminate("compromise-newest-unlisted", code, "the newest token is by the compromised key and no entry lists it; the second authority stamped before it",
                    made(B, A, birth=B, received=unlisted), AB)
    G.indeterminate("compromise-cover-unknown-root", code, "what would save the tokens leads to no root that was given",
                    with_list(A, C, raw=later), AB)


def _in_parts():
    """Checkpoints 2, 4, 6 by the compromised authority, 8 by the second; 5 to 7 are not shown."""
    log = recorded(A, A, A, B, received={8: [("crl", crl("2026-11-05", COMPROMISE))]})
    part = export(log, [0, 1, 2, 3, 4, 8], kind="scattered", disclose=False)
    G.good(
        "compromise-covered-by-note",
        "the second authority's token reaches what entry 4 lists by its note; entry 6, which lists the token of 4, is not shown",
        bundle(part), AB, ("timestamp-proved-earlier", "timestamp-key-compromised"))


def _keys_and_issuers():
    again = replace(A, leaf_until="2035-01-01")
    G.indeterminate("compromise-same-key-other-certificate", "timestamp-key-compromised time-upper-missing",
                    "the newest token's certificate is on no list and has the key of one that was revoked for a compromise; the tokens of that one are covered",
                    made(A, B, again, birth=B, received={6: [("crl", crl("2026-11-05", COMPROMISE))]}), AB)
    both = {4: [("crl", crl("2026-11-05", COMPROMISE)), ("crl", crl("2026-11-03T12:00:00", COMPROMISE, again))]}
    G.indeterminate("compromise-same-key-earlier", "timestamp-key-compromised time-lower-missing",
                    "two certificates of one key were revoked, and the second authority stamped after the first of the two",
                    made(A, B, birth=again, apart=DAY, received=both), dict(AB, max_bracket_seconds=30 * DAY))
    G.indeterminate("compromise-of-issuer", "timestamp-key-compromised", "the key of the signer's issuer was compromised later",
                    with_list(A, raw=crl("2026-11-05", ReasonFlags.ca_compromise, about="intermediate")))
    G.fail("revoked-issuer", "timestamp-revoked", "the certificate of the signer's issuer had been revoked before the token",
           with_list(A, raw=crl("2026-11-01", ReasonFlags.ca_compromise, about="intermediate")))
    G.good("compromise-of-issuer-covered", "the issuer's key was compromised later, and a second authority stamped before",
           with_list(A, B, raw=crl("2026-11-05", ReasonFlags.ca_compromise, about="intermediate")), AB, ("timestamp-proved-earlier",))


def _sources():
    before = ("2026-11-01", ReasonFlags.superseded)
    G.good("crl-wrong-key", "a list in the issuer's name that another key signed says nothing",
           with_list(A, raw=revocation_list(A, before, key="c-intermediate")))
    G.good("crl-wrong-issuer", "a list of another authority says nothing of this one's certificates",
           with_list(A, raw=revocation_list(B, before)), AB)


    certificates = [("cert", leaf_der(A)), ("cert", intermediate_der(A))]
    G.good("cert-at-other-checkpoint", "the newest token carries no certificate; those that it needs lie at the checkpoint before it",
           made(A, A, bare=(4,), received={2: certificates}))


def _answers():
    def answer(revoked, **options):
        return [("ocsp", ocsp_response(A, revoked, **options))]
    G.good("ocsp-good", "an OCSP response by the issuer says that the signer is good", made(A, received={2: answer(None)}))
    G.fail("ocsp-revoked", "timestamp-revoked", "an OCSP response by the issuer says that the signer had been revoked before the token",
           made(A, received={2: answer(("2026-11-01", 4))}))
    G.good("ocsp-revoked-later", "the same for after the token, superseded", made(A, received={2: answer(("2026-11-05", 4))}),
           findings=("timestamp-revoked-since",))
    G.indeterminate("ocsp-compromise", "timestamp-key-compromised", "an OCSP response says that the key was compromised later",
                    made(A, received={2: answer(("2026-11-05", 1))}))
    G.fail("ocsp-revoked-delegated", "timestamp-revoked", "a responder that the issuer certified for it says so",
           made(A, received={2: answer(("2026-11-01", 4), responder="delegated")}))
    G.good("ocsp-unauthorised", "a responder that the issuer certified for nothing of the kind says that the signer had been revoked",
           made(A, received={2: answer(("2026-11-01", 4), responder="unauthorised")}))
    G.fail("ocsp-revoked-inside-token", "timestamp-revoked", "the response lies inside the token",
           made(A, inside={2: tuple(answer(("2026-11-01", 4)))}))


def _required():
    code = "timestamp-revocation-unknown"
    strict = policy(**REQUIRED)
    issuer = ("crl", revocation_list(A, None, about="intermediate"))
    G.indeterminate("revocation-required-absent", code, "the policy requires that revocation is known, and the bundle holds nothing of it",
                    made(A), strict)
    G.indeterminate("revocation-required-issuer-absent", code, "the signer is known to be good, its issuer is not",
                    with_list(A, raw=revocation_list(A, None)), strict)
    G.good("revocation-required-lists", "lists of issuer and root tell every certificate's status",
           made(A, received={2: [("crl", revocation_list(A, None)), issuer]}), strict)
    G.good("revocation-required-ocsp", "an OCSP response and the root's list tell every certificate's status",
           made(A, received={2: [("ocsp", ocsp_response(A, None)), issuer]}), strict)
    G.indeterminate("revocation-required-ocsp-unauthorised", code, "the responder has no right to answer",
                    made(A, received={2: [("ocsp", ocsp_response(A, None, responder="unauthorised")), issuer]}), strict)
    stale = revocation_list(A, None, issued="2026-10-01", due="2026-11-01")
    G.indeterminate("revocation-required-stale", code, "the list was due for replacement before the token: that it names nobody tells nothing",
                    made(A, received={2: [("crl", stale), issuer]}), strict)
    other = dict(AB, **REQUIRED)
    G.indeterminate("revocation-required-other-authority", code, "only the first authority's certificates are known; the second's token does not count",
                    made(A, B, received={4: [("crl", revocation_list(A, None)), issuer]}), other)
    G.good("revocation-if-present", "the same for a policy that says `if-present`",
           made(A, B, received={4: [("crl", revocation_list(A, None)), issuer]}), dict(AB, revocation="if-present"))


def _ended():
    code = ("timestamp-not-renewed",)
    G.good("ended-certificate", "the signer's certificate has expired by the time of verification, and nothing renews the tokens",
           made(A), policy(time="2037-01-01T00:00:00Z"), code)
    G.good("ended-algorithm", "RSA with PKCS#1 v1.5 padding is no longer trusted at the time of verification, and nothing renews the tokens",
           made(B, birth=B), policy(tsa_roots=[B.root_pem], time="2030-01-01T00:00:00Z"), code)
    short = replace(A, leaf_until="2026-12-01")
    G.good("ended-renewed", "the first signer's certificate has expired, and the second authority renewed its tokens before",
           made(short, B, birth=short), dict(AB, time="2027-01-01T00:00:00Z"))
    G.good("ended-not-yet", "a time of verification before every end", made(A), policy(time="2027-01-01T00:00:00Z"))
