"""What authorities say of certificates: revocation lists (RFC 5280 §5) and OCSP responses (RFC 6960)."""

import datetime
import hashlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from proofline_py import der

from .testkeys import pem_key
from .tsa import algorithm_identifier, certificates, der_of, sign

UTC = datetime.timezone.utc
SHA1 = "1.3.14.3.2.26"
OCSP_BASIC = "1.3.6.1.5.5.7.48.1.1"
ISSUER = {"leaf": "intermediate", "intermediate": "root"}


def _moment(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=UTC)


def _of(authority, role):
    root, intermediate, leaf, _ = certificates(authority)
    return {"root": root, "intermediate": intermediate, "leaf": leaf}[role]


def _sign_list(builder, key):
    if isinstance(key, rsa.RSAPrivateKey):
        return der_of(builder.sign(key, hashes.SHA256()))
    return der_of(builder.sign(key, hashes.SHA256(), ecdsa_deterministic=True))


def revocation_list(authority, revoked, issued="2026-11-10", *, due="2036-01-01", about="leaf", key=None, invalid_since=None):
    """A DER CRL of the issuer of `about`; `revoked` is (date, reason or None) of it, or None.

    `key` names another key that signs in place of the issuer's.
    """
    subject, issuer = _of(authority, about), _of(authority, ISSUER[about])
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(_moment(issued))
        .next_update(_moment(due))
        .add_extension(x509.CRLNumber(1), critical=False)
    )
    if revoked:
        date, reason = revoked
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(subject.serial_number)
            .revocation_date(_moment(date))
        )
        if reason:
            entry = entry.add_extension(x509.CRLReason(reason), critical=False)
        if invalid_since:
            entry = entry.add_extension(x509.InvalidityDate(_moment(invalid_since)), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    return _sign_list(builder, pem_key(key or "%s-%s" % (authority.name, ISSUER[about])))


def _generalized(text):
    return der.generalized_time(_moment(text).strftime("%Y%m%d%H%M%SZ"))


def _key_octets(certificate):
    """The content of the key's BIT STRING: what responders are named by."""
    info = der.read_one(certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    return info.children()[1].expect(0x03).body[1:]


def _responder(authority, key_name, purpose):
    """A certificate by the issuer of `authority`'s leaf for another key, to answer in its place."""
    key, issuer = pem_key(key_name), _of(authority, "intermediate")
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test responder %s" % authority.name.upper())]))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(hashlib.sha256(repr((authority, key_name, purpose)).encode()).digest()[:15], "big") | 1 << 119)
        .not_valid_before(_moment("2026-01-01"))
        .not_valid_after(_moment("2036-01-01"))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    if purpose:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
    issuer_key = pem_key("%s-intermediate" % authority.name)
    return builder.sign(issuer_key, hashes.SHA256(), ecdsa_deterministic=True), key


def ocsp_response(authority, revoked, issued="2026-11-10", *, due="2036-01-01", responder="issuer"):
    """A DER OCSPResponse about the leaf; `revoked` is (date, number of a reason or None), or None.

    `responder`: the issuer; delegated, a key that the issuer certified for this; unauthorised, one
    that it certified for nothing of the kind.
    """
    leaf, issuer = _of(authority, "leaf"), _of(authority, "intermediate")
    if responder == "issuer":
        signer, key, carried = issuer, pem_key("%s-intermediate" % authority.name), b""
    else:
        signer, key = _responder(authority, "c-leaf", responder == "delegated")
        carried = der.tlv(0xA0, der.seq(der_of(signer)))
    certificate_id = der.seq(
        der.seq(der.oid(SHA1), der.null()),
        der.octets(hashlib.sha1(leaf.issuer.public_bytes()).digest()),
        der.octets(hashlib.sha1(_key_octets(issuer)).digest()),
        der.integer(leaf.serial_number),
    )
    status = der.tlv(0x80, b"")
    if revoked:
        date, reason = revoked
        why = b"" if reason is None else der.tlv(0xA0, der.tlv(0x0A, bytes([reason])))
        status = der.tlv(0xA1, _generalized(date) + why)
    answer = der.seq(certificate_id, status, _generalized(issued), der.tlv(0xA0, _generalized(due)))
    data = der.seq(
        der.tlv(0xA2, der.octets(hashlib.sha1(_key_octets(signer)).digest())),
        _generalized(issued),
        der.seq(answer),
    )
    signature = der.tlv(0x03, b"\0" + sign(key, data))
    basic = der.seq(data, algorithm_identifier("1.2.840.10045.4.3.2"), signature + carried)
    return der.seq(der.tlv(0x0A, b"\0"), der.tlv(0xA0, der.seq(der.oid(OCSP_BASIC), der.octets(basic))))
