"""A time-stamp authority (RFC 3161) that can also be made to do one thing wrong.

Tokens are written with our own DER writer; certificates through cryptography.x509.
Everything is a function of the committed keys and the arguments.
"""

import datetime
import hashlib
from dataclasses import dataclass, field, replace
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from proofline_py import der

from .testkeys import pem_key

UTC = datetime.timezone.utc
SHA256 = "2.16.840.1.101.3.4.2.1"
SHA1 = "1.3.14.3.2.26"
POLICY = "2.25.98765432101"
QC_STATEMENTS = "1.3.6.1.5.5.7.1.3"
QUALIFIED = "0.4.0.19422.1.1"
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    """One authority: which keys, and what its leaf certificate says."""

    name: str
    leaf_is_ca: bool = False
    eku: str = "critical"  # critical, uncritical, extra, absent
    leaf_from: str = "2026-01-01"
    leaf_until: str = "2036-01-01"
    # Not shown: serial numbers are made from what is shown.
    leaf_key: str = field(default=None, repr=False)  # another authority whose leaf key this one certifies
    claims_qualified: bool = field(default=False, repr=False)  # in the leaf's qcStatements

    @property
    def root(self):
        return certificates(self)[0]

    @property
    def intermediate(self):
        return certificates(self)[1]

    @property
    def leaf(self):
        return certificates(self)[2]

    @property
    def root_sha256(self):
        return hashlib.sha256(der_of(self.root)).hexdigest()

    @property
    def root_pem(self):
        return self.root.public_bytes(serialization.Encoding.PEM).decode("ascii")


@dataclass(frozen=True)
class Token:
    """What one response says; the defaults are right."""

    imprint: bytes
    gen_time: str  # as written: YYYYMMDDhhmmss[.f]Z
    serial: int
    nonce: int = None
    accuracy_seconds: int = 1
    imprint_algorithm: str = SHA256
    policy: str = POLICY
    claims_qualified: bool = False  # esi4-qtstStatement-1 in an extension
    sha1: bool = False  # as digest and in the signature
    status: int = 0
    ess: str = "v2"  # v2, absent, wrong
    break_signature: bool = False
    break_message_digest: bool = False
    with_certificates: bool = True
    with_root: bool = False
    rewritten_gen_time: str = None  # the signed content is changed after signing
    revocation: tuple = ()  # (kind, DER) of what lies in the token's field `crls`; kinds crl, ocsp


def _day(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=UTC)


def _serial(*words):
    return int.from_bytes(hashlib.sha256("/".join(words).encode()).digest()[:15], "big") | 1 << 119


def _sign_certificate(builder, key):
    if isinstance(key, rsa.RSAPrivateKey):
        return builder.sign(key, hashes.SHA256())
    return builder.sign(key, hashes.SHA256(), ecdsa_deterministic=True)


def _name(authority, role):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority %s %s" % (authority.name.upper(), role))])


def _builder(authority, role, issuer_role, dates, key):
    return (
        x509.CertificateBuilder()
        .subject_name(_name(authority, role))
        .issuer_name(_name(authority, issuer_role))
        .public_key(key.public_key())
        .serial_number(_serial(repr(authority), role))
        .not_valid_before(dates[0])
        .not_valid_after(dates[1])
    )


def _usage(*, sign_certificates):
    flags = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
         "encipher_only", "decipher_only"), False)
    return x509.KeyUsage(
        digital_signature=not sign_certificates, key_cert_sign=sign_certificates,
        crl_sign=sign_certificates, **flags)


@lru_cache(maxsize=None)
def certificates(authority):
    keys = {role: pem_key("%s-%s" % (authority.name, role)) for role in ("root", "intermediate", "leaf")}
    if authority.leaf_key:
        keys["leaf"] = pem_key("%s-leaf" % authority.leaf_key)
    plain = Authority(authority.name)
    long_life = (_day("2025-01-01"), _day("2045-01-01"))
    builder = (
        _builder(plain, "root", "root", long_life, keys["root"])
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage(sign_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(keys["root"].public_key()), critical=False)
    )
    root = _sign_certificate(builder, keys["root"])
    stamping = ExtendedKeyUsageOID.TIME_STAMPING
    builder = (
        _builder(plain, "intermediate", "root", long_life, keys["intermediate"])
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign_certificates=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([stamping]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(keys["root"].public_key()), critical=False)
    )
    intermediate = _sign_certificate(builder, keys["root"])
    builder = (
        _builder(authority, "leaf", "intermediate", (_day(authority.leaf_from), _day(authority.leaf_until)), keys["leaf"])
        .add_extension(x509.BasicConstraints(ca=authority.leaf_is_ca, path_length=None), critical=True)
        .add_extension(_usage(sign_certificates=False), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(keys["intermediate"].public_key()), critical=False)
    )
    if authority.eku != "absent":
        purposes = [stamping] + ([ExtendedKeyUsageOID.CODE_SIGNING] if authority.eku == "extra" else [])
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=authority.eku != "uncritical")
    if authority.claims_qualified:
        builder = builder.add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier(QC_STATEMENTS), _statements()), critical=False)
    leaf = _sign_certificate(builder, keys["intermediate"])
    return root, intermediate, leaf, keys["leaf"]


def der_of(certificate):
    return certificate.public_bytes(serialization.Encoding.DER)


def algorithm_identifier(dotted, *, with_null=False):
    return der.seq(der.oid(dotted), der.null()) if with_null else der.seq(der.oid(dotted))


def _imprint(token):
    data = token.imprint
    if token.imprint_algorithm == SHA1:
        data = hashlib.sha1(data).digest()
    return der.seq(algorithm_identifier(token.imprint_algorithm), der.octets(data))


def _statements():
    return der.seq(der.seq(der.oid(QUALIFIED)))


def _tst_info(token):
    parts = [
        der.integer(1),
        der.oid(token.policy),
        _imprint(token),
        der.integer(token.serial),
        der.generalized_time(token.gen_time),
    ]
    if token.accuracy_seconds is not None:
        parts.append(der.seq(der.integer(token.accuracy_seconds)))
    if token.nonce is not None:
        parts.append(der.integer(token.nonce))
    if token.claims_qualified:
        parts.append(der.tlv(0xA1, der.seq(der.oid(QC_STATEMENTS), der.octets(_statements()))))
    return der.seq(*parts)


def _attribute(dotted, value):
    return der.seq(der.oid(dotted), der.set_of(value))


def _signed_attributes(token, leaf_der, content):
    digest = (hashlib.sha1 if token.sha1 else hashlib.sha256)(content).digest()
    if token.break_message_digest:
        digest = bytes(32)
    parts = [
        _attribute("1.2.840.113549.1.9.3", der.oid("1.2.840.113549.1.9.16.1.4")),
        _attribute("1.2.840.113549.1.9.4", der.octets(digest)),
    ]
    if token.ess != "absent":
        cert_hash = hashlib.sha256(leaf_der if token.ess == "v2" else b"another certificate").digest()
        # RFC 5816: hashAlgorithm is DEFAULT sha256 and so, in DER, absent.
        parts.append(_attribute("1.2.840.113549.1.9.16.2.47", der.seq(der.seq(der.seq(der.octets(cert_hash))))))
    return der.set_of(*parts)


def sign(key, message, hash_algorithm=hashes.SHA256):
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, padding.PKCS1v15(), hash_algorithm())
    return key.sign(message, ec.ECDSA(hash_algorithm(), deterministic_signing=True))


def respond(authority, token):
    """A DER TimeStampResp."""
    root, intermediate, leaf, key = certificates(authority)
    content = _tst_info(token)
    attributes = _signed_attributes(token, der_of(leaf), content)
    signature = sign(key, attributes, hashes.SHA1 if token.sha1 else hashes.SHA256)
    if token.break_signature:
        signature = sign(key, attributes + b"another message")
    if token.rewritten_gen_time:
        content = _tst_info(replace(token, gen_time=token.rewritten_gen_time))
    is_rsa = isinstance(key, rsa.RSAPrivateKey)
    digest = SHA1 if token.sha1 else SHA256
    signature_algorithm = (
        algorithm_identifier("1.2.840.113549.1.1.1", with_null=True) if is_rsa
        else algorithm_identifier("1.2.840.10045.4.1" if token.sha1 else "1.2.840.10045.4.3.2")
    )
    signer = der.seq(
        der.integer(1),
        der.seq(leaf.issuer.public_bytes(), der.integer(leaf.serial_number)),
        algorithm_identifier(digest),
        der.tlv(0xA0, der.read_one(attributes).body),
        signature_algorithm,
        der.octets(signature),
    )
    others = any(kind != "crl" for kind, _ in token.revocation)
    parts = [
        der.integer(5 if others else 3),
        der.set_of(algorithm_identifier(digest)),
        der.seq(der.oid("1.2.840.113549.1.9.16.1.4"), der.tlv(0xA0, der.octets(content))),
    ]
    if token.with_certificates:
        carried = [der_of(leaf), der_of(intermediate)] + ([der_of(root)] if token.with_root else [])
        parts.append(der.tlv(0xA0, b"".join(sorted(carried))))
    if token.revocation:
        parts.append(der.tlv(0xA1, b"".join(sorted(_revocation_info(kind, raw) for kind, raw in token.revocation))))
    parts.append(der.set_of(signer))
    content_info = der.seq(der.oid("1.2.840.113549.1.7.2"), der.tlv(0xA0, der.seq(*parts)))
    return der.seq(der.seq(der.integer(token.status)), content_info)


def _revocation_info(kind, raw):
    """RFC 5652 §10.2.1: a list as it is, anything else under its name (RFC 5940 §2.1)."""
    return raw if kind == "crl" else der.tlv(0xA1, der.oid("1.3.6.1.5.5.7.16.2") + raw)


def request(imprint, nonce):
    """A DER TimeStampReq with a nonce and certReq."""
    return der.seq(
        der.integer(1),
        der.seq(algorithm_identifier(SHA256), der.octets(imprint)),
        der.integer(nonce),
        der.boolean(True),
    )


def intermediate_der(authority):
    return der_of(certificates(authority)[1])


def leaf_der(authority):
    return der_of(certificates(authority)[2])
