"""Tokens, each for itself, and brackets: docs/format.md §11 step 10 and §12."""

import datetime
from fractions import Fraction

from cryptography import x509

from proofline_py import der

from . import entry as entries
from .revocation import Sources
from .standing import Token
from .tokens import InvalidError, MalformedError, Response, UndeterminedError, claims_qualified, parse_request
from .trust import voices

RUNGS = ("well-formed", "to-your-root", "claims-qualified", "listed-qualified")


def policy_time(policy):
    """The time of verification that the policy fixes, in seconds since 1970."""
    text = policy.get("time")
    return text and Fraction(entries.parse_time(text[:-1] + ".000Z"), 1000)


def check_tokens(found, lines, genesis_address, trust, report, now=None):
    """Every `tsr` for itself: those that lead to a given root, with all that lies beside them."""
    leading, seen = [], False
    certificates = [one for line in found.values() for one in _parsed(line, "cert", x509.load_der_x509_certificate)]
    sources = Sources(certificates)
    for line in found.values():
        for one in line["items"]:
            if one["kind"] in ("crl", "ocsp"):
                _keep(sources, one["kind"], one["raw"], report)
    for size, line in found.items():
        requests = _requests(line, report)
        for one in line["items"]:
            if one["kind"] != "tsr":
                continue
            seen = True
            try:
                response = Response(one["raw"])
                for kind, raw in response.revocation:
                    _keep(sources, kind, raw, report)
                roots = trust.roots_for(response.certificates + certificates)
                paths = response.verify(roots, certificates, trust.legacy)
            except MalformedError as error:
                report.add("timestamp-malformed", "the token for size %d: %s" % (size, error))
                continue
            except UndeterminedError as error:
                report.add("timestamp-undetermined", "the token for size %d: %s" % (size, error))
                continue
            except InvalidError as error:
                report.add("timestamp-invalid", "the token for size %d: %s" % (size, error))
                continue
            info = response.info
            wanted = _imprint(size, lines, genesis_address)
            if wanted is not None and info.imprint != wanted:
                report.add("timestamp-imprint-mismatch", "the token for size %d" % size)
                continue
            asked = [nonce for imprint, nonce in requests if imprint == info.imprint]
            if asked and info.nonce not in asked:
                report.add("timestamp-request-mismatch", "the token for size %d" % size)
                continue
            if now is not None and info.gen_time - info.accuracy > now:
                report.add("timestamp-in-future", "the token for size %d" % size)
            if response.is_sha1():
                report.add("timestamp-sha1-allowed", "the token for size %d" % size)
            report.rungs.append(RUNGS[0])
            if trust.algorithm_has_ended(response.algorithms(), info.gen_time):
                report.add("timestamp-undetermined", "the token for size %d" % size)
                continue
            path, is_trusted = _admit(info, paths, trust, report)
            if path:
                token = Token(size, one["sha256"], info, path, trust.algorithm_end(response.algorithms(), path))
                token.is_trusted, token.place = is_trusted, len(report.rungs) - 1
                leading.append(token)
    if not seen:
        report.add("timestamp-missing", "no checkpoint here has a token")
    for token in leading:
        moment = datetime.datetime.fromtimestamp(int(token.info.gen_time), datetime.timezone.utc)
        token.statuses = sources.statuses(token.path, moment)
    return leading


def _keep(sources, kind, raw, report):
    try:
        sources.add(kind, raw)
    except ValueError as error:
        report.add("revocation-data-unread", "an item of kind %s: %s" % (kind, error))


def _admit(info, paths, trust, report):
    """(its path or None, whether it is trusted); its rung is that of the report's last."""
    if not paths:
        report.add("timestamp-untrusted" if trust.has_roots() else "timestamp-no-root", "a token")
        return None, False
    admitted = [(trust.admit(path[-1], info), path) for path in paths]
    good = [(who, path) for (who, code), path in admitted if code is None]
    if not good:
        report.add(admitted[0][0][1], "a token")
        return admitted[0][1], False
    who, path = good[0]
    info.marks = trust.marks(who, path)
    listed = trust.is_listed(path, info.gen_time)
    claimed = info.claims_qualified or claims_qualified(path[0])
    report.rungs[-1] = RUNGS[3 if listed else 2 if claimed else 1]
    if trust.calls_qualified(who) and not listed:
        report.add("timestamp-not-listed", "a token")
    return path, True


def _imprint(size, lines, genesis_address):
    if size == 0:
        return genesis_address and bytes.fromhex(genesis_address)
    return bytes.fromhex(lines[size]["chain_hash"]) if size in lines else None


def _requests(line, report):
    out = []
    for one in line["items"]:
        if one["kind"] == "tsq":
            try:
                _, imprint, nonce = parse_request(one["raw"])
                out.append((imprint, nonce))
            except (der.DerError, IndexError, ValueError) as error:
                report.add("timestamp-malformed", "a request for size %d: %s" % (line["size"], error))
    return out


def _parsed(line, kind, parse):
    """Items of a kind; one that does not parse is no help and no harm."""
    out = []
    for one in line["items"]:
        if one["kind"] == kind:
            try:
                out.append(parse(one["raw"]))
            except ValueError:
                continue
    return out


def _bounds(times, best, asked):
    """(the closest bound, the closest that so many voices agree on), each None if there is none.

    `times` are (token, time); `best` picks the closest of several: `max` from below, `min` from above.
    Tokens that hold by themselves are counted, and all are, where one is a voice with what saves it.
    """
    agreed = []
    for spoken in ([(token.alone, time) for token, time in times if not token.saver], [(token.joint, time) for token, time in times]):
        own = {voice: best(time for other, time in spoken if other == voice) for voice, _ in spoken}
        ordered = sorted(own.values(), reverse=best is max)
        agreed += ordered[asked - 1:asked]
    return best((time for _, time in times), default=None), best(agreed, default=None)


def _give_voices(counting):
    """Whose word every token is: by itself, and with those that save others."""
    alone, joint = voices(token.info.marks for token in counting), voices(token.marks_with_saver() for token in counting)
    for token in counting:
        token.alone, token.joint = alone[token.info.marks], joint[token.marks_with_saver()]


def check_brackets(lines, counting, listed, shown, is_contiguous, policy, report):
    """§12 for every entry; `lines` maps index to columns, `shown` are sizes whose root was computed."""
    asked = policy.get("independent_authorities", 1)
    _give_voices(counting)
    counted = {(token.size, token.digest): token for token in counting}
    max_skew = policy.get("max_skew_seconds", 300)
    max_bracket = policy.get("max_bracket_seconds", 86400)
    lowers = [
        (index, counted[key], counted[key].info.gen_time - counted[key].info.accuracy)
        for index, items in listed.items() for one in items
        for key in [(one["for_size"], one["sha256"])] if one["kind"] == "tsr" and key in counted
    ]
    uppers = [(token.size, token, token.upper) for token in counting if token.size > 0 and token.size in lines]
    offline = 0 in lines and lines[0]["diff_hash"] is None and "offline-genesis" in policy.get("accept", [])
    first_evidence = min(listed, default=None)
    for index in sorted(lines):
        lower, agreed_lower = _bounds([(who, time) for m, who, time in lowers if m <= index and is_contiguous(m, index)], max, asked)
        upper, agreed_upper = _bounds(
            [(who, time) for n, who, time in uppers if n >= index and (is_contiguous(index, n) or (n in shown and index < n))], min, asked)
        accepted = offline and is_contiguous(0, index) and (first_evidence is None or index < first_evidence)
        if lower is None and not accepted:
            report.add("time-lower-missing", "entry %d" % index)
        if upper is None:
            report.add("time-upper-missing", "entry %d" % index)
        if (lower is not None and agreed_lower is None) or (upper is not None and agreed_upper is None):
            report.add("time-authorities-too-few", "entry %d" % index)
        if lower is not None and upper is not None and lower > upper:
            report.add("time-bracket-inverted", "entry %d" % index)
        if agreed_lower is not None and agreed_upper is not None and agreed_upper - agreed_lower > max_bracket:
            report.add("time-bracket-too-wide", "entry %d: %s s" % (index, agreed_upper - agreed_lower))
        created = Fraction(entries.parse_time(lines[index]["created_at"]), 1000)
        if (lower is not None and created < lower - max_skew) or (upper is not None and created > upper + max_skew):
            report.add("time-outside-bracket", "entry %d" % index)
