"""RFC 3161 responses: the token, its signer, its path to a root the policy gives."""

import datetime
import re
from dataclasses import dataclass
from fractions import Fraction

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from proofline_py import der
from proofline_py.codec import sha256

HASHES = {"2.16.840.1.101.3.4.2.1": hashes.SHA256, "2.16.840.1.101.3.4.2.2": hashes.SHA384, "2.16.840.1.101.3.4.2.3": hashes.SHA512}
ECDSA = {"1.2.840.10045.4.3.2": hashes.SHA256, "1.2.840.10045.4.3.3": hashes.SHA384, "1.2.840.10045.4.3.4": hashes.SHA512}
RSA = {"1.2.840.113549.1.1.1": None, "1.2.840.113549.1.1.11": hashes.SHA256, "1.2.840.113549.1.1.12": hashes.SHA384, "1.2.840.113549.1.1.13": hashes.SHA512}
TST_INFO = "1.2.840.113549.1.9.16.1.4"
SHA1 = "1.3.14.3.2.26"
ECDSA_SHA1 = "1.2.840.10045.4.1"
QC_STATEMENTS, QUALIFIED = "1.3.6.1.5.5.7.1.3", "0.4.0.19422.1.1"
# Names of algorithms in policies.
NAMES = {SHA1: "sha1", "2.16.840.1.101.3.4.2.1": "sha256", "2.16.840.1.101.3.4.2.2": "sha384", "2.16.840.1.101.3.4.2.3": "sha512",
         "1.2.840.10045.4.3.2": "ecdsa-sha256", "1.2.840.113549.1.1.1": "rsa-pkcs1", "1.2.840.113549.1.1.11": "rsa-pkcs1-sha256"}
TIME = re.compile(r"(\d{14})(\.\d*[1-9])?Z", re.ASCII)
PATH_MAX = 8


class MalformedError(ValueError):
    """The bytes are not a response of the form."""


class InvalidError(ValueError):
    """The token is one, and a rule rejects it."""


class UndeterminedError(ValueError):
    """Something that is needed is not there, so nothing is shown either way."""


@dataclass
class TokenInfo:
    imprint: bytes
    imprint_algorithm: str
    gen_time: Fraction  # seconds since 1970
    granularity: Fraction
    accuracy: Fraction
    nonce: int
    policy: str
    claims_qualified: bool  # in an extension
    marks: frozenset = frozenset()  # by which a trusted token is told from others


def _time(text):
    match = TIME.fullmatch(text)
    if not match:
        raise MalformedError("genTime is not of the form")
    try:
        moment = datetime.datetime.strptime(match.group(1), "%Y%m%d%H%M%S")
    except ValueError:
        raise MalformedError("genTime is not a real time") from None
    seconds = Fraction((moment - datetime.datetime(1970, 1, 1)) // datetime.timedelta(seconds=1))
    fraction = match.group(2) or ""
    digits = len(fraction[1:])
    return seconds + (Fraction(int(fraction[1:]), 10**digits) if digits else 0), Fraction(1, 10**digits)


def _imprint(node):
    algorithm, digest = node.expect(0x30).children()
    return der.as_oid(algorithm.expect(0x30).children()[0]), digest.expect(0x04).body


def parse_tst_info(raw):
    parts = der.read_one(raw).expect(0x30).children()
    if der.as_int(parts[0]) != 1:
        raise MalformedError("version of TSTInfo")
    policy = der.as_oid(parts[1])
    algorithm, imprint = _imprint(parts[2])
    der.as_int(parts[3])
    gen_time, granularity = _time(parts[4].expect(0x18).body.decode("ascii", "replace"))
    accuracy, nonce, qualified = Fraction(0), None, False
    for part in parts[5:]:
        if part.tag == 0x30:
            for field in part.children():
                scale = {0x02: 1, 0x80: 1000, 0x81: 1000000}[field.tag]
                accuracy += Fraction(int.from_bytes(field.body, "big"), scale)
        elif part.tag == 0x02:
            nonce = der.as_int(part)
        elif part.tag == 0xA1:
            for extension in part.children():
                fields = extension.expect(0x30).children()
                if der.as_oid(fields[0]) == QC_STATEMENTS:
                    qualified = qualified or _states_qualified(fields[-1].expect(0x04).body)
    return TokenInfo(imprint, algorithm, gen_time, granularity, accuracy, nonce, policy, qualified)


def _states_qualified(value):
    statements = der.read_one(value).expect(0x30).children()
    return QUALIFIED in [der.as_oid(one.expect(0x30).children()[0]) for one in statements]


def parse_request(raw):
    """(algorithm, imprint, nonce or None) of a TimeStampReq."""
    parts = der.read_one(raw).expect(0x30).children()
    algorithm, imprint = _imprint(parts[1])
    nonce = next((der.as_int(part) for part in parts[2:] if part.tag == 0x02), None)
    return algorithm, imprint, nonce


class Response:
    """A parsed TimeStampResp; `verify` decides about its signature and its path."""

    def __init__(self, raw):
        try:
            self._parse(raw)
        except (der.DerError, IndexError, ValueError, KeyError) as error:
            if isinstance(error, InvalidError):
                raise
            raise MalformedError(str(error)) from None

    def _parse(self, raw):
        parts = der.read_one(raw).expect(0x30).children()
        status = der.as_int(parts[0].expect(0x30).children()[0])
        if status not in (0, 1):
            raise InvalidError("status %d" % status)
        content_type, wrapped = parts[1].expect(0x30).children()
        if der.as_oid(content_type) != "1.2.840.113549.1.7.2":
            raise MalformedError("not signed data")
        fields = der.read_one(wrapped.expect(0xA0).body).expect(0x30).children()
        kind, content = fields[2].expect(0x30).children()
        if der.as_oid(kind) != TST_INFO:
            raise MalformedError("content is not TSTInfo")
        self.content = der.read_one(content.expect(0xA0).body).expect(0x04).body
        self.info = parse_tst_info(self.content)
        self.certificates, self.revocation = [], []  # certificates; (kind, DER) of revocation data
        for field in fields[3:]:
            if field.tag == 0xA0:
                self.certificates = [x509.load_der_x509_certificate(node.raw) for node in field.children()]
            if field.tag == 0xA1:
                self.revocation = [one for one in map(_revocation_info, field.children()) if one]
        signers = fields[-1].expect(0x31).children()
        if len(signers) != 1:
            raise MalformedError("%d signers" % len(signers))
        self._parse_signer(signers[0].expect(0x30).children())

    def _parse_signer(self, parts):
        self.identifier = parts[1]
        self.digest_algorithm = der.as_oid(parts[2].expect(0x30).children()[0])
        attributes = parts[3]
        attributes.expect(0xA0)
        self.signed = der.tlv(0x31, attributes.body)
        self.attributes = {}
        for attribute in attributes.children():
            name, values = attribute.expect(0x30).children()
            if der.as_oid(name) in self.attributes:
                raise MalformedError("an attribute stands twice")
            self.attributes[der.as_oid(name)] = values.expect(0x31).children()
        self.signature_algorithm = der.as_oid(parts[4].expect(0x30).children()[0])
        self.signature = parts[5].expect(0x04).body

    def _signer(self, extra):
        """The certificate that the signer identifier names; never by position."""
        for certificate in self.certificates + extra:
            if self.identifier.tag == 0x30:
                issuer, serial = self.identifier.children()
                if issuer.raw == certificate.issuer.public_bytes() and der.as_int(serial) == certificate.serial_number:
                    return certificate
        raise UndeterminedError("the signer's certificate is not there")

    def verify(self, roots, extra=(), legacy=()):
        """The paths that end at given roots, one for each; InvalidError when a rule rejects the token.

        `extra` are further certificates from beside the token; `legacy` are uses of SHA-1 that are let
        pass. Revocation is looked at elsewhere.
        """
        extra = list(extra)
        signer = self._signer(extra)
        if self.info.imprint_algorithm not in HASHES:
            raise InvalidError("the imprint's algorithm is not allowed")
        self._check_attributes(signer, legacy)
        self._check_signature(signer, legacy)
        self._check_profile(signer)
        moment = datetime.datetime.fromtimestamp(int(self.info.gen_time), datetime.timezone.utc)
        pool = self.certificates + extra
        return [path for path in (_path(signer, pool, root, moment) for root in roots) if path]

    def algorithms(self):
        """Names of the algorithms of the token itself. Limit: not those of its path."""
        return {NAMES.get(one) for one in (self.info.imprint_algorithm, self.digest_algorithm, self.signature_algorithm)}

    def is_sha1(self):
        return self.digest_algorithm == SHA1

    def _check_attributes(self, signer, legacy):
        content_type = self.attributes.get("1.2.840.113549.1.9.3", [])
        digest = self.attributes.get("1.2.840.113549.1.9.4", [])
        if len(content_type) != 1 or der.as_oid(content_type[0]) != TST_INFO or len(digest) != 1:
            raise InvalidError("content type or message digest is not there")
        allowed = dict(HASHES, **{SHA1: hashes.SHA1}) if "sha1-digest" in legacy else HASHES
        if self.digest_algorithm not in allowed:
            raise InvalidError("the digest algorithm is not allowed")
        hasher = hashes.Hash(allowed[self.digest_algorithm]())
        hasher.update(self.content)
        if digest[0].expect(0x04).body != hasher.finalize():
            raise InvalidError("the message digest is not that of the content")
        binding = self.attributes.get("1.2.840.113549.1.9.16.2.47")
        if not binding:
            raise InvalidError("no ESSCertIDv2")
        first = binding[0].children()[0].children()[0].children()
        if first[0].tag == 0x30:
            raise InvalidError("ESSCertIDv2 of another algorithm")
        from cryptography.hazmat.primitives.serialization import Encoding
        if first[0].expect(0x04).body != sha256(signer.public_bytes(Encoding.DER)):
            raise InvalidError("ESSCertIDv2 names another certificate")

    def _check_signature(self, signer, legacy):
        public = signer.public_key()
        ecdsa = dict(ECDSA, **{ECDSA_SHA1: hashes.SHA1}) if "sha1-signature" in legacy else ECDSA
        try:
            if isinstance(public, rsa.RSAPublicKey) and self.signature_algorithm in RSA:
                algorithm = RSA[self.signature_algorithm] or HASHES[self.digest_algorithm]
                public.verify(self.signature, self.signed, padding.PKCS1v15(), algorithm())
            elif isinstance(public, ec.EllipticCurvePublicKey) and self.signature_algorithm in ecdsa:
                public.verify(self.signature, self.signed, ec.ECDSA(ecdsa[self.signature_algorithm]()))
            else:
                raise InvalidError("the signature algorithm is not allowed")
        except InvalidSignature:
            raise InvalidError("the signature does not verify") from None

    def _check_profile(self, signer):
        usage = _extension(signer, x509.ExtendedKeyUsage)
        if usage is None or not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
            raise InvalidError("the extended key usage is not critical and solely timeStamping")
        constraints = _extension(signer, x509.BasicConstraints)
        if constraints is not None and constraints.value.ca:
            raise InvalidError("the signer is a certification authority")
        key_usage = _extension(signer, x509.KeyUsage)
        if key_usage is not None and not (key_usage.value.digital_signature or key_usage.value.content_commitment):
            raise InvalidError("the signer's key usage does not sign")
        moment = datetime.datetime.fromtimestamp(int(self.info.gen_time), datetime.timezone.utc)
        if not _is_in_force(signer, moment):
            raise InvalidError("the signer's certificate is not in force at genTime")


def _extension(certificate, kind):
    try:
        return certificate.extensions.get_extension_for_class(kind)
    except x509.ExtensionNotFound:
        return None


def _is_in_force(certificate, moment):
    return certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc


def _revocation_info(node):
    """RFC 5652 §10.2.1: a list, or another format under its name; None for one that is not known."""
    if node.tag == 0x30:
        return "crl", node.raw
    name, value = node.expect(0xA1).children()
    return ("ocsp", value.raw) if der.as_oid(name) == "1.3.6.1.5.5.7.16.2" else None


def claims_qualified(certificate):
    """The statement of ETSI EN 319 422 annex B among a certificate's qcStatements."""
    for extension in certificate.extensions:
        if extension.oid.dotted_string == QC_STATEMENTS:
            return _states_qualified(extension.value.public_bytes())
    return False


def _path(signer, pool, root, moment):
    """The certificates from the signer to the root, or None."""
    def walk(certificate, depth):
        if certificate == root:
            return [certificate]
        if _issued(certificate, root, depth) and _is_in_force(root, moment):
            return [certificate, root]
        if depth >= PATH_MAX:
            return None
        for issuer in pool:
            if issuer != certificate and _issued(certificate, issuer, depth) and _is_in_force(issuer, moment):
                rest = walk(issuer, depth + 1)
                if rest:
                    return [certificate, *rest]
        return None
    return walk(signer, 0)


def _issued(certificate, issuer, below):
    constraints, usage = _extension(issuer, x509.BasicConstraints), _extension(issuer, x509.KeyUsage)
    if constraints is None or not constraints.value.ca or (usage is not None and not usage.value.key_cert_sign):
        return False
    if constraints.value.path_length is not None and constraints.value.path_length < below:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
