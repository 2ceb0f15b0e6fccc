"""Tokens, each for itself, and brackets: docs/format.md §11 step 10 and §12."""

import datetime
from fractions import Fraction

from cryptography import x509

from proofline_py import der

from . import entry as entries
from .revocation import Sources
from .standing import Token
from .tokens import InvalidError, MalformedError, Response, UndeterminedError, parse_request


def load_roots(policy):
    return [x509.load_pem_x509_certificate(pem.encode()) for pem in policy.get("tsa_roots", [])]


def policy_time(policy):
    """The time of verification that the policy fixes, in seconds since 1970."""
    text = policy.get("time")
    return text and Fraction(entries.parse_time(text[:-1] + ".000Z"), 1000)


def check_tokens(found, lines, genesis_address, roots, report, now=None):
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
                path = response.verify(roots, certificates)
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
            if path:
                leading.append(Token(size, one["sha256"], info, path, None))
            else:
                report.add("timestamp-untrusted" if roots else "timestamp-no-root", "the token for size %d" % size)
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


def check_brackets(lines, counting, listed, shown, is_contiguous, policy, report):
    """§12 for every entry; `lines` maps index to columns, `shown` are sizes whose root was computed."""
    counted = {(token.size, token.digest): token.info for token in counting}
    max_skew = policy.get("max_skew_seconds", 300)
    max_bracket = policy.get("max_bracket_seconds", 86400)
    lowers = [
        (index, counted[key].gen_time - counted[key].accuracy)
        for index, items in listed.items() for one in items
        for key in [(one["for_size"], one["sha256"])] if one["kind"] == "tsr" and key in counted
    ]
    uppers = [
        (size, info.gen_time + info.accuracy + info.granularity)
        for (size, _), info in counted.items() if size > 0 and size in lines
    ]
    offline = 0 in lines and lines[0]["diff_hash"] is None and "offline-genesis" in policy.get("accept", [])
    first_evidence = min(listed, default=None)
    for index in sorted(lines):
        lower = max((time for m, time in lowers if m <= index and is_contiguous(m, index)), default=None)
        upper = min((time for n, time in uppers if n >= index and (is_contiguous(index, n) or (n in shown and index < n))), default=None)
        accepted = offline and is_contiguous(0, index) and (first_evidence is None or index < first_evidence)
        if lower is None and not accepted:
            report.add("time-lower-missing", "entry %d" % index)
        if upper is None:
            report.add("time-upper-missing", "entry %d" % index)
        if lower is not None and upper is not None:
            if lower > upper:
                report.add("time-bracket-inverted", "entry %d" % index)
            elif upper - lower > max_bracket:
                report.add("time-bracket-too-wide", "entry %d: %s s" % (index, upper - lower))
        created = Fraction(entries.parse_time(lines[index]["created_at"]), 1000)
        if (lower is not None and created < lower - max_skew) or (upper is not None and created > upper + max_skew):
            report.add("time-outside-bracket", "entry %d" % index)
