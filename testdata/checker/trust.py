"""What a policy trusts: roots, authorities with windows and policies, trusted lists; docs/format.md §12."""

import base64
import hashlib
import xml.etree.ElementTree as ElementTree
from datetime import datetime, timezone
from fractions import Fraction

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import SignatureAlgorithmOID

from . import entry as entries

TSL = "{http://uri.etsi.org/02231/v2#}"
QTST = "http://uri.etsi.org/TrstSvc/Svctype/TSA/QTST"
GRANTED = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"

RSA_PKCS1 = (SignatureAlgorithmOID.RSA_WITH_SHA256, SignatureAlgorithmOID.RSA_WITH_SHA384, SignatureAlgorithmOID.RSA_WITH_SHA512)
REGISTRY = {"rsa-pkcs1": 1861920000}  # trusted up to the end of 2028


def load(policy, folder):
    """The policy with the files that it names in place of their names."""
    def root(one):
        return (folder / one["file"]).read_text() if isinstance(one, dict) else one
    policy = dict(policy)
    if "tsa_roots" in policy:
        policy["tsa_roots"] = [root(one) for one in policy["tsa_roots"]]
    if "authorities" in policy:
        policy["authorities"] = [dict(one, roots=[root(r) for r in one["roots"]]) for one in policy["authorities"]]
    if "trusted_lists" in policy:
        policy["trusted_lists"] = [(folder / name).read_text() for name in policy["trusted_lists"]]
    return policy


def _seconds(text):
    return Fraction(entries.parse_time(text if "." in text else text[:-1] + ".000Z"), 1000)


def _der(certificate):
    return certificate.public_bytes(Encoding.DER)


def _digest(certificate):
    return hashlib.sha256(_der(certificate)).hexdigest()


def _key(certificate):
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


class Trust:
    def __init__(self, policy):
        self.certificates, self.digests = [], set()
        for root in policy.get("tsa_roots", []):
            self._root(root)
        self.authorities = [dict(one, digests=[self._root(root) for root in one["roots"]]) for one in policy.get("authorities", [])]
        self.lists = [_List(text) for text in policy.get("trusted_lists", [])]
        self.asked = policy.get("independent_authorities", 1)
        self.legacy = set(policy.get("legacy", []))
        self.endless = {name for name, until in policy.get("algorithms", {}).items() if until is None}
        self.ends = {name: _seconds(until) for name, until in policy.get("algorithms", {}).items() if until}

    def _root(self, text):
        """Takes a root in, and gives its digest."""
        if "BEGIN" in text:
            certificate = x509.load_pem_x509_certificate(text.encode())
            self.certificates.append(certificate)
            text = _digest(certificate)
        self.digests.add(text)
        return text

    def has_roots(self):
        return bool(self.digests)

    def roots_for(self, came_along):
        return self.certificates + [one for one in came_along if _digest(one) in self.digests]

    def admit(self, root, info):
        """(who, None) or (None, code of what stands against it)."""
        codes = []
        for place, authority in enumerate(self.authorities):
            if _digest(root) not in authority["digests"]:
                continue
            opens, closes = authority.get("valid_from"), authority.get("valid_until")
            if (opens and info.gen_time < _seconds(opens)) or (closes and info.gen_time > _seconds(closes)):
                codes.append("timestamp-outside-window")
            elif authority.get("policies") and info.policy not in authority["policies"]:
                codes.append("timestamp-policy-not-allowed")
            else:
                return place, None
        return (None, codes[0]) if codes else ("root", None)

    def marks(self, who, path):
        named = set() if who == "root" else {("authority", who)}
        return frozenset(named | {("key", _key(certificate)) for certificate in path})

    def is_listed(self, path, gen_time):
        return any(one.shows(path, int(gen_time // 1)) for one in self.lists)

    def calls_qualified(self, who):
        return who != "root" and self.authorities[who].get("class") == "qualified"

    def algorithm_has_ended(self, names, gen_time):
        return any(name in self.ends and int(gen_time // 1) >= self.ends[name] for name in names)


    def algorithm_end(self, names, path):
        """The first end of trust in an algorithm of a token, of the names given, and of its path; None if none ends.

        Limit: of the paths' algorithms only RSA with PKCS#1 v1.5 padding, and no hash, is looked at.
        """
        uses_rsa = isinstance(path[0].public_key(), rsa.RSAPublicKey) or any(
            certificate.signature_algorithm_oid in RSA_PKCS1 for certificate in path[:-1])
        names = (set(names) - {"rsa-pkcs1-sha256"}) | ({"rsa-pkcs1"} if uses_rsa else set())
        ends = [self.ends.get(name, REGISTRY.get(name)) for name in names if name not in self.endless]
        return min((end for end in ends if end is not None), default=None)


class _List:
    """Qualified time-stamp services of a trusted list: [(certificates, [(since, granted)])]."""

    def __init__(self, text):
        root = ElementTree.fromstring(text.encode())
        scheme = root.find(TSL + "SchemeInformation")
        following = scheme.findtext(TSL + "NextUpdate/" + TSL + "dateTime")
        self.until = self._time(following or scheme.findtext(TSL + "ListIssueDateTime"))
        self.services = []
        for service in root.iter(TSL + "TSPService"):
            states = [service.find(TSL + "ServiceInformation"), *service.iter(TSL + "ServiceHistoryInstance")]
            identities = {base64.b64decode(one.text) for state in states for one in state.iter(TSL + "X509Certificate")}
            self.services.append((
                [x509.load_der_x509_certificate(raw) for raw in identities],
                [(self._time(state.findtext(TSL + "StatusStartingTime")),
                  state.findtext(TSL + "ServiceTypeIdentifier") == QTST and state.findtext(TSL + "ServiceStatus") == GRANTED) for state in states]))

    @staticmethod
    def _time(text):
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp()

    def shows(self, path, at):
        if at > self.until:
            return False
        for identities, states in self.services:
            here = {(one.subject, _key(one)) for one in identities} & {(one.subject, _key(one)) for one in path}
            begun = [state for state in states if state[0] <= at]
            if here and begun and all(granted for since, granted in begun if since == max(begun)[0]):
                return True
        return False


def voices(marks):
    """For every set of marks the voice that it belongs to: sets that share a mark are one."""
    marks, groups = set(marks), []
    for one in marks:
        joined = [group for group in groups if group & one]
        groups = [group for group in groups if not group & one] + [one.union(*joined)]
    return {one: next(number for number, group in enumerate(groups) if one <= group) for one in marks}
