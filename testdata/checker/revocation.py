"""Whether the certificates under a token were revoked (docs/format.md §12.1).

Limit: no deltas, no indirect lists, no holds that end; those are the token core's own tests.
"""

import datetime
import hashlib
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

# RFC 3161 §4: after these the tokens from before stay good; a missing reason is none of them.
SPARING = (
    x509.ReasonFlags.unspecified, x509.ReasonFlags.affiliation_changed,
    x509.ReasonFlags.superseded, x509.ReasonFlags.cessation_of_operation)


@dataclass(frozen=True)
class Revoked:
    """One revocation; times are datetimes in UTC."""

    at: datetime.datetime
    spares: bool
    suspected: datetime.datetime


@dataclass(frozen=True)
class Status:
    """What is known of one certificate: `revoked` is the gravest revocation, or None."""

    certificate: x509.Certificate
    revoked: Revoked
    is_known: bool


def key_of(certificate):
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


class Sources:
    """Every list, response and certificate of a bundle, wherever it lies."""

    def __init__(self, certificates):
        self.lists, self.responses, self.certificates = [], [], certificates

    def add(self, kind, raw):
        """Reads one; ValueError if it is none."""
        if kind == "crl":
            self.lists.append(x509.load_der_x509_crl(raw))
            return
        response = ocsp.load_der_ocsp_response(raw)
        if response.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise ValueError("the response gives no answer")
        self.responses.append(response)

    def statuses(self, path, moment):
        """One for each certificate of a path but the root."""
        return [self._status(certificate, issuer, moment) for certificate, issuer in zip(path, path[1:])]

    def _status(self, certificate, issuer, moment):
        revocations, is_good = [], False
        for one in self.lists:
            if not one.issuer == issuer.subject == certificate.issuer or not _is_list_of(one, issuer):
                continue
            found = one.get_revoked_certificate_by_serial_number(certificate.serial_number)
            if found is not None:
                revocations.append(_listed(found))
            elif _tells(certificate, moment, one.last_update_utc, one.next_update_utc):
                is_good = True
        for response in self.responses:
            for single in response.responses:
                if not _is_about(single, certificate, issuer) or not self._may_answer(response, issuer):
                    continue
                if single.certificate_status == ocsp.OCSPCertStatus.REVOKED:
                    at = single.revocation_time_utc
                    revocations.append(Revoked(at, single.revocation_reason in SPARING, at))
                elif single.certificate_status == ocsp.OCSPCertStatus.GOOD:
                    is_good = is_good or _tells(certificate, moment, single.this_update_utc, single.next_update_utc)
        gravest = min(revocations, key=lambda one: (one.spares, one.at), default=None)
        return Status(certificate, gravest, is_good or gravest is not None)

    def _may_answer(self, response, issuer):
        """The issuer itself, or whom it certified for this (RFC 6960 §4.2.2.2)."""
        if _is_responder(response, issuer) and _signed(response, issuer):
            return True
        for candidate in list(response.certificates) + self.certificates:
            if not _is_responder(response, candidate) or not _signed(response, candidate):
                continue
            try:
                usage = candidate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
                candidate.verify_directly_issued_by(issuer)
            except (x509.ExtensionNotFound, ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
                continue
            in_force = candidate.not_valid_before_utc <= response.produced_at_utc <= candidate.not_valid_after_utc
            if in_force and ExtendedKeyUsageOID.OCSP_SIGNING in usage:
                return True
        return False


def _listed(found):
    try:
        reason = found.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        reason = None
    at = suspected = found.revocation_date_utc
    try:
        suspected = min(at, found.extensions.get_extension_for_class(x509.InvalidityDate).value.invalidity_date_utc)
    except x509.ExtensionNotFound:
        pass
    return Revoked(at, reason in SPARING, suspected)


def _tells(certificate, moment, made, due):
    """Whether it means anything for a moment that a certificate is not called revoked."""
    is_fresh = made >= moment or (due is not None and due >= moment)
    return is_fresh and certificate.not_valid_after_utc >= made


def _is_list_of(one, issuer):
    try:
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
        if not usage.crl_sign:
            return False
    except x509.ExtensionNotFound:
        pass
    try:
        return one.is_signature_valid(issuer.public_key())
    except (TypeError, UnsupportedAlgorithm):
        return False


def _key_octets(certificate):
    public = certificate.public_key()
    if isinstance(public, ec.EllipticCurvePublicKey):
        return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return public.public_bytes(Encoding.DER, PublicFormat.PKCS1)


def _is_about(single, certificate, issuer):
    def digest(raw):
        return hashlib.new(single.hash_algorithm.name, raw).digest()
    return (
        single.serial_number == certificate.serial_number
        and single.issuer_name_hash == digest(certificate.issuer.public_bytes())
        and single.issuer_key_hash == digest(_key_octets(issuer)))


def _is_responder(response, certificate):
    if response.responder_name is not None:
        return response.responder_name == certificate.subject
    return response.responder_key_hash == hashlib.sha1(_key_octets(certificate)).digest()


def _signed(response, certificate):
    public, algorithm = certificate.public_key(), response.signature_hash_algorithm
    try:
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), algorithm)
        elif isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(algorithm))
        else:
            return False
    except InvalidSignature:
        return False
    return True
