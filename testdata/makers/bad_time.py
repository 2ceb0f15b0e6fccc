"""Tokens and times: swapped, foreign, re-dated, broken, weak; brackets that do not hold."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from proofline_py import der
from proofline_py.codec import sha256_hex

from .bundle import export, item
from .log import Tweaks, stamp_text
from .revocation import revocation_list
from .scripts import A, B, C, brief, small
from .tsa import SHA1, intermediate_der
from .vector import Group, base, brief_parts, bundle, policy, sealed

G = Group()


def build():
    _placed()
    _untrusted()
    _broken()
    _rewritten()
    _requests()
    _brackets()
    _kinds()
    return G.vectors


def newest(change):
    """The brief bundle; `change(authority, token)` makes the token on its checkpoint."""
    return bundle(brief_parts(Tweaks(token={5: change})))


def tsr(parts, size):
    return next(one for one in parts.checkpoint(size)["items"] if one["kind"] == "tsr")


def with_item(size, raw, kind="tsr", parts=None):
    """The small bundle with other bytes for one item of one checkpoint; sealed anew."""
    parts = parts or base()
    line = parts.checkpoint(size)
    line["items"] = sorted(
        [one for one in line["items"] if one["kind"] != kind] + [item(kind, raw)], key=lambda one: (one["kind"], one["sha256"]))
    return bundle(parts)


def _placed():
    log, other = small(), small(word="another-log")
    raw = {size: dict(log.items[size]) for size in log.items}
    G.fail("token-swapped", "timestamp-imprint-mismatch", "the token of the first checkpoint in the place of the newest; sealed anew by the owner",
           with_item(10, raw[6]["tsr"]))
    G.fail("token-foreign", "timestamp-imprint-mismatch", "a good token of the same authority over another log's tip; sealed anew by the owner",
           with_item(10, dict(other.items[10])["tsr"]))
    G.fail("token-listed-swapped", "evidence-item-missing", "the newest token in the place of one that an entry lists; sealed anew by the owner",
           with_item(6, raw[10]["tsr"]))
    parts = base()
    parts.checkpoint(10)["items"] = []
    G.indeterminate("token-dropped", "time-upper-missing",
                    "the newest token was taken out by the owner: nothing lists it yet, so only the upper bound goes", bundle(parts))
    swapped = {0: lambda a, t: (a, replace(t, imprint=bytes(32)))}
    G.fail("birth-token-imprint", "timestamp-imprint-mismatch", "the birth token is not over the genesis object; recorded so by the owner",
           bundle(base(Tweaks(token=swapped))))
    swapped = {6: lambda a, t: (a, replace(t, imprint=bytes(32)))}
    G.fail("token-listed-imprint", "timestamp-imprint-mismatch", "a token that an entry lists is not over its checkpoint; recorded so by the owner",
           bundle(base(Tweaks(token=swapped))))
    G.fail("token-imprint-of-hex", "timestamp-imprint-mismatch", "the imprint is the hash of the hash's hex digits, not its 32 bytes",
           newest(lambda a, t: (a, replace(t, imprint=bytes.fromhex(sha256_hex(t.imprint.hex().encode()))))))


def _untrusted():
    root = newest(lambda a, t: (C, replace(t, with_root=True)))
    G.indeterminate("token-root-only-inside", "timestamp-untrusted",
                    "the newest token is by an authority whose root lies in the token and in no policy", root)
    G.indeterminate("token-other-authority", "timestamp-untrusted", "the newest token is by an authority whose root is not given",
                    newest(lambda a, t: (B, t)))


def _broken():
    def broken(name, comment, change, code="timestamp-invalid"):
        G.fail("token-" + name, code, comment, newest(change))

    def leaf(**changes):
        return lambda a, t: (replace(a, **changes), t)

    def token(**changes):
        return lambda a, t: (a, replace(t, **changes))

    broken("leaf-is-ca", "the signer's certificate says CA:TRUE", leaf(leaf_is_ca=True))
    broken("eku-not-critical", "the extended key usage is not critical", leaf(eku="uncritical"))
    broken("eku-not-sole", "a second extended key usage", leaf(eku="extra"))
    broken("eku-absent", "no extended key usage", leaf(eku="absent"))
    broken("leaf-expired", "the signer's certificate had expired at genTime", leaf(leaf_until="2026-10-01"))
    broken("leaf-not-yet", "the signer's certificate was not yet in force at genTime", leaf(leaf_from="2026-12-01"))
    broken("imprint-sha1", "a SHA-1 imprint, signed by the authority", token(imprint_algorithm=SHA1))
    broken("signature-broken", "the signature is over something else", token(break_signature=True))
    broken("message-digest-wrong", "the signed message digest is not that of the content", token(break_message_digest=True))
    broken("ess-absent", "no ESSCertID binds the certificate", token(ess="absent"))
    broken("ess-wrong", "ESSCertIDv2 names another certificate", token(ess="wrong"))
    G.indeterminate("token-signer-absent", "timestamp-undetermined", "the signer's certificate is not there: nothing is wrong, nothing is shown",
                    newest(token(with_certificates=False)))
    broken("status-rejected", "the status says rejection", token(status=2))

    def second(a, t):
        return a, replace(t, break_signature=a.name == "b")
    G.fail("token-one-of-two-broken", "timestamp-invalid", "two authorities stamped the tip; one of the tokens does not verify",
           bundle(base(Tweaks(token={10: second}), authorities=(A, B), word="two-authorities")),
           policy(tsa_roots=[A.root_pem, B.root_pem]))


def spoilt(raw, kind="tsr"):
    """The brief bundle with other bytes for the token or the request of its checkpoint; sealed anew."""
    return with_item(5, raw, kind, brief_parts())


def _rewritten():
    made = dict(brief().items[5])["tsr"]
    at = made.index(b"\x18\x0f2026")
    redated = made[: at + 2] + b"20261102094500Z" + made[at + 17:]
    G.fail("token-redated", "timestamp-invalid", "genTime was moved back by an hour inside the newest token; sealed anew by the owner", spoilt( redated))
    G.fail("token-cut", "timestamp-malformed", "the last byte of the newest token is missing; sealed anew by the owner", spoilt( made[:-1]))
    G.fail("token-trailing-byte", "timestamp-malformed", "a byte after the newest token; sealed anew by the owner", spoilt( made + b"\0"))
    G.fail("token-not-der", "timestamp-malformed", "text in place of a token; sealed anew by the owner", spoilt( b"trust me, it was in time"))
    token = der.read_one(made).children()[1].raw
    G.fail("token-without-response", "timestamp-malformed", "a bare token where a response belongs; sealed anew by the owner", spoilt( token))
    flipped = made[:-1] + bytes([made[-1] ^ 1])
    G.fail("token-signature-bit", "timestamp-invalid", "the last bit of the newest token's signature; sealed anew by the owner", spoilt( flipped))
    naive = sealed(brief_parts())
    lines = naive.file("data/checkpoints.jsonl").content
    parts = brief_parts()
    right, wrong = tsr(parts, 5), item("tsr", redated)
    changed = lines.replace(right["b64"].encode(), wrong["b64"].encode())
    G.fail("token-redated-naive", "manifest-digest-mismatch checkpoint-malformed", "genTime was moved inside the newest token, nothing else changed",
           naive.replace("data/checkpoints.jsonl", changed).bytes())


def _requests():
    def nonce(a, t):
        return a, replace(t, nonce=t.nonce ^ 1)
    G.fail("token-nonce-wrong", "timestamp-request-mismatch", "the token's nonce is not the request's", newest(nonce))
    G.fail("token-nonce-absent", "timestamp-request-mismatch", "the request has a nonce, the token none", newest(lambda a, t: (a, replace(t, nonce=None))))
    G.fail("request-malformed", "timestamp-malformed", "text in place of the newest request; sealed anew by the owner", spoilt(b"please", "tsq"))


def _brackets():
    def at(text):
        return lambda a, t: (a, replace(t, gen_time=text))

    G.fail("time-bracket-inverted", "time-bracket-inverted", "the newest token says a time before the token that its chain already holds",
           bundle(brief_parts(Tweaks(token={5: at("20261102095500Z")}))))
    early = Tweaks(entry={3: lambda e: e.update(created_at="2026-11-02T08:00:00.000Z")})
    G.fail("time-back-dated", "time-outside-bracket", "an entry says two hours before the birth token; recorded so by the owner", bundle(brief_parts(early)))
    late = Tweaks(entry={4: lambda e: e.update(created_at="2026-11-02T12:00:00.000Z")})
    G.fail("time-forward-dated", "time-outside-bracket", "an entry says more than an hour after the token over it; recorded so by the owner", bundle(brief_parts(late)))
    _skew()
    wide = Tweaks(token={5: at("20261104120000Z")})
    G.indeterminate("time-bracket-too-wide", "time-bracket-too-wide", "the tip was stamped two days later", bundle(brief_parts(wide)))
    G.good("time-bracket-wide-allowed", "the same bundle under a policy that allows three days", bundle(brief_parts(wide)), policy(max_bracket_seconds=3 * 86400))
    G.indeterminate("time-bracket-policy", "time-bracket-too-wide", "a good bundle under a policy that allows a minute", bundle(brief_parts()),
                    policy(max_bracket_seconds=60))
    log = brief(Tweaks(token={0: at("20261031120000Z")}))
    G.good("time-of-verification", "the verifier's clock stands before the newest token: a note, because only the token is signed",
           bundle(brief_parts()), policy(time="2026-01-01T00:00:00Z"), ("timestamp-in-future",))
    G.indeterminate("birth-token-old", "time-bracket-too-wide", "the birth token is two days older than the first entries", bundle(export(log, disclose=False)))


def _skew():
    """The checkpoint is stamped half a second after it was made: its bracket is known to the second."""
    made = dict(brief().items[5])["tsr"]
    at = made.index(b"\x18\x0f2026") + 2
    gen_time = datetime.strptime(made[at : at + 14].decode(), "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)
    # Upper bound: one second of accuracy, one of granularity; then the skew.
    edge = gen_time + timedelta(seconds=1 + 1 + 300)
    G.good("time-skew-at-limit", "created_at is exactly the skew after its upper bound",
           bundle(brief_parts(Tweaks(entry={4: lambda e: e.update(created_at=stamp_text(edge))}))))
    over = edge + timedelta(milliseconds=1)
    G.fail("time-skew-over-limit", "time-outside-bracket", "created_at is a millisecond more than the skew after its upper bound",
           bundle(brief_parts(Tweaks(entry={4: lambda e: e.update(created_at=stamp_text(over))}))))
    G.fail("time-skew-policy", "time-outside-bracket", "a minute after its upper bound, under a policy that allows ten seconds",
           bundle(brief_parts(Tweaks(entry={4: lambda e: e.update(created_at=stamp_text(edge - timedelta(seconds=240)))}))), policy(max_skew_seconds=10))


def _with(*added):
    """The brief bundle with further items for its checkpoint; sealed anew."""
    parts = brief_parts()
    line = parts.checkpoint(5)
    line["items"] = sorted(line["items"] + [item(kind, raw) for kind, raw in added], key=lambda one: (one["kind"], one["sha256"]))
    return bundle(parts)


def _kinds():
    G.good("items-of-other-kinds", "a certificate and a revocation list lie beside the token",
           _with(("cert", intermediate_der(A)), ("crl", revocation_list(A, None))))
    log = small(authorities=(A, B), word="late-token")
    late = [one for one in log.pending if one[0] == 10][2:]
    log.pending = [one for one in log.pending if one not in late]
    log.tick(600)
    log.append("prompt", content_hash_after=None)
    log.checkpoint()
    log.pending = sorted(log.pending + late)
    log.append("prompt", content_hash_after=None)
    log.tick(600)
    log.checkpoint()
    parts = export(log, disclose=False)
    G.good("token-late", "the second authority's token on a checkpoint arrived after the next checkpoint: a later evidence object lists it",
           bundle(parts), policy(tsa_roots=[A.root_pem, B.root_pem]))
    last = len(log.records) - 1
    part = export(log, [last - 2, last - 1, last], kind="period", disclose=False)
    G.good("period-token-late", "a part lists a late token for a checkpoint two before it: its line has items and no note",
           bundle(part), policy(tsa_roots=[A.root_pem, B.root_pem]))
    part = export(log, [last - 2, last - 1, last], kind="period", disclose=False)
    part.checkpoints = [line for line in part.checkpoints if line["size"] != 10]
    G.fail("period-token-late-absent", "evidence-item-missing", "the line of the late token was taken out; sealed anew by the owner",
           bundle(part), policy(tsa_roots=[A.root_pem, B.root_pem]))
