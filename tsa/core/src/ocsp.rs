//! OCSP responses (RFC 6960), as slices of the bytes that they were read from.
//!
//! A nonce is not looked at: it protects who asks against an old answer, and here the time of an
//! answer is judged instead.
//! Who may answer for whom is decided in `revocation`.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use sha1::{Digest as _, Sha1};

use crate::certificate::{Certificate, Extension};
use crate::crl::RevocationReason;
use crate::der::{self, Element, Reader, tag};
use crate::digest::{self, AlgorithmIdentifier, HashAlgorithm, Sha1Leave};
use crate::error::{Error, ErrorKind};
use crate::limits::{
    MAX_EXTENSIONS, MAX_OCSP_BYTES, MAX_OCSP_CERTIFICATES, MAX_OCSP_SINGLE_RESPONSES,
    MAX_SERIAL_BYTES,
};
use crate::name::Name;
use crate::oid;
use crate::time::parse_certificate_time;

mod request;

pub use request::ocsp_request;

const ENUMERATED: u8 = 0x0a;

/// An OCSP response that gives an answer.
///
/// ```text
/// OCSPResponse ::= SEQUENCE {
///     responseStatus  ENUMERATED { successful (0), … },
///     responseBytes   [0] EXPLICIT SEQUENCE {
///         responseType  OBJECT IDENTIFIER (id-pkix-ocsp-basic),
///         response      OCTET STRING (BasicOCSPResponse) } OPTIONAL }
///
/// BasicOCSPResponse ::= SEQUENCE {
///     tbsResponseData     ResponseData,
///     signatureAlgorithm  AlgorithmIdentifier,
///     signature           BIT STRING,
///     certs               [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL }
///
/// ResponseData ::= SEQUENCE {
///     version             [0] EXPLICIT INTEGER DEFAULT v1,
///     responderID         ResponderID,
///     producedAt          GeneralizedTime,
///     responses           SEQUENCE OF SingleResponse,
///     responseExtensions  [1] EXPLICIT Extensions OPTIONAL }
/// ```
#[derive(Clone, Debug)]
pub struct OcspResponse<'a> {
    raw: &'a [u8],
    pub(crate) tbs: &'a [u8],
    pub(crate) responder: ResponderId<'a>,
    produced_at: i64,
    pub(crate) responses: Vec<SingleResponse<'a>>,
    /// A critical extension that is not known.
    pub(crate) has_unknown_critical: bool,
    pub(crate) signature_algorithm: AlgorithmIdentifier<'a>,
    pub(crate) signature: &'a [u8],
    /// Certificates that may lead to the responder, as raw bytes.
    pub(crate) certificates: Vec<&'a [u8]>,
}

/// ```text
/// ResponderID ::= CHOICE {
///     byName  [1] EXPLICIT Name,
///     byKey   [2] EXPLICIT OCTET STRING }   -- SHA-1 of the public key
/// ```
#[derive(Clone, Copy, Debug)]
pub(crate) enum ResponderId<'a> {
    Name(Name<'a>),
    KeyHash(&'a [u8]),
}

/// What a response says of one certificate.
///
/// ```text
/// SingleResponse ::= SEQUENCE {
///     certID            CertID,
///     certStatus        CHOICE {
///         good     [0] IMPLICIT NULL,
///         revoked  [1] IMPLICIT SEQUENCE {
///             revocationTime    GeneralizedTime,
///             revocationReason  [0] EXPLICIT CRLReason OPTIONAL },
///         unknown  [2] IMPLICIT NULL },
///     thisUpdate        GeneralizedTime,
///     nextUpdate        [0] EXPLICIT GeneralizedTime OPTIONAL,
///     singleExtensions  [1] EXPLICIT Extensions OPTIONAL }
///
/// CertID ::= SEQUENCE {
///     hashAlgorithm   AlgorithmIdentifier,
///     issuerNameHash  OCTET STRING,
///     issuerKeyHash   OCTET STRING,
///     serialNumber    INTEGER }
/// ```
#[derive(Clone, Debug)]
pub(crate) struct SingleResponse<'a> {
    /// `None` if it is not one that is computed here.
    hash: Option<HashAlgorithm>,
    issuer_name_hash: &'a [u8],
    issuer_key_hash: &'a [u8],
    serial: &'a [u8],
    pub(crate) status: SingleStatus,
    pub(crate) this_update: i64,
    pub(crate) next_update: Option<i64>,
    /// Certificates that expired since then are still answered for (RFC 6960 §4.4.4).
    pub(crate) archive_cutoff: Option<i64>,
    pub(crate) has_unknown_critical: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SingleStatus {
    Good,
    Revoked {
        at: i64,
        reason: Option<RevocationReason>,
    },
    Unknown,
}

impl<'a> OcspResponse<'a> {
    /// Reads one `OCSPResponse` in DER that fills `bytes`.
    ///
    /// # Errors
    ///
    /// When the bytes are not one response, when the responder gave no answer (any status but
    /// `successful`), or when there are more of them than [`MAX_OCSP_BYTES`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_OCSP_BYTES {
            return Err(Error::new(ErrorKind::TooLarge, 0));
        }
        let mut outer = der::only(bytes, tag::SEQUENCE)?.reader();
        let status = outer.expect(ENUMERATED)?;
        if status.small()? != 0 {
            return Err(status.error(ErrorKind::StatusNotSuccessful));
        }
        let mut explicit = outer.expect(tag::constructed(0))?.reader();
        outer.finish()?;
        let mut fields = explicit.sequence()?;
        explicit.finish()?;
        let kind = fields.expect(tag::OID)?;
        if kind.oid()? != oid::OCSP_BASIC {
            return Err(kind.error(ErrorKind::TagUnexpected));
        }
        let mut inner = fields.expect(tag::OCTET_STRING)?.reader();
        fields.finish()?;
        let basic = inner.expect(tag::SEQUENCE)?;
        inner.finish()?;
        Self::read(bytes, &basic)
    }

    /// Reads one `BasicOCSPResponse` in DER, as archives of revocation data hold it without the
    /// status around it.
    ///
    /// # Errors
    ///
    /// When the bytes are not one response, or more than [`MAX_OCSP_BYTES`].
    pub fn parse_basic(bytes: &'a [u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_OCSP_BYTES {
            return Err(Error::new(ErrorKind::TooLarge, 0));
        }
        Self::read(bytes, &der::only(bytes, tag::SEQUENCE)?)
    }

    fn read(raw: &'a [u8], basic: &Element<'a>) -> Result<Self, Error> {
        let mut fields = basic.reader();
        let tbs = fields.expect(tag::SEQUENCE)?;
        let signature_algorithm = AlgorithmIdentifier::parse(&fields.any()?)?;
        let signature = fields.expect(tag::BIT_STRING)?.whole_bits()?;
        let certificates = match fields.optional(tag::constructed(0))? {
            Some(explicit) => {
                let mut reader = explicit.reader();
                let list = reader.sequence()?.all(MAX_OCSP_CERTIFICATES)?;
                reader.finish()?;
                list.iter().map(|certificate| certificate.raw).collect()
            }
            None => Vec::new(),
        };
        fields.finish()?;

        let mut inner = tbs.reader();
        if let Some(explicit) = inner.optional(tag::constructed(0))? {
            let version = explicit.reader().expect(tag::INTEGER)?;
            if version.small()? != 0 {
                return Err(version.error(ErrorKind::VersionUnsupported));
            }
        }
        let responder = ResponderId::parse(&inner.any()?)?;
        let produced_at = parse_certificate_time(&inner.expect(tag::GENERALIZED_TIME)?)?;
        let responses = inner
            .sequence()?
            .all(MAX_OCSP_SINGLE_RESPONSES)?
            .iter()
            .map(SingleResponse::parse)
            .collect::<Result<_, _>>()?;
        let mut has_unknown_critical = false;
        extensions(&mut inner, |extension| {
            has_unknown_critical |= extension.critical && extension.id != oid::OCSP_NONCE;
            Ok(())
        })?;
        inner.finish()?;
        Ok(Self {
            raw,
            tbs: tbs.raw,
            responder,
            produced_at,
            responses,
            has_unknown_critical,
            signature_algorithm,
            signature,
            certificates,
        })
    }

    /// The bytes of the response.
    #[must_use]
    pub const fn der(&self) -> &'a [u8] {
        self.raw
    }

    /// SHA-256 of the response's bytes.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        digest::fingerprint(self.raw)
    }

    /// Who answers, as the response says: a name in the form of RFC 4514, or the hash of a key in
    /// hexadecimal.
    #[must_use]
    pub fn responder(&self) -> String {
        match self.responder {
            ResponderId::Name(name) => name.to_string(),
            ResponderId::KeyHash(hash) => crate::hex::encode(hash),
        }
    }

    /// When the response was signed, in seconds since 1970.
    #[must_use]
    pub const fn produced_at(&self) -> i64 {
        self.produced_at
    }

    /// When newer information about all that it speaks of is promised at the latest, in seconds
    /// since 1970: the earliest that any part of it names.
    #[must_use]
    pub fn next_update(&self) -> Option<i64> {
        let named = self.responses.iter().filter_map(|one| one.next_update);
        named.min()
    }

    /// How many certificates the response speaks of.
    #[must_use]
    pub const fn response_count(&self) -> usize {
        self.responses.len()
    }
}

impl<'a> ResponderId<'a> {
    fn parse(explicit: &Element<'a>) -> Result<Self, Error> {
        let mut reader = explicit.reader();
        let value = reader.any()?;
        reader.finish()?;
        match explicit.tag {
            tag if tag == tag::constructed(1) => Ok(Self::Name(Name::parse(&value)?)),
            tag if tag == tag::constructed(2) && value.tag == tag::OCTET_STRING => {
                Ok(Self::KeyHash(value.value))
            }
            _ => Err(explicit.error(ErrorKind::TagUnexpected)),
        }
    }

    /// Whether the identifier fits a certificate.
    pub(crate) fn is(&self, certificate: &Certificate<'_>) -> bool {
        match self {
            Self::Name(name) => certificate.subject_name().matches(name),
            Self::KeyHash(hash) => Self::key_hash(certificate) == *hash,
        }
    }

    /// The hash by which a responder names itself.
    pub(crate) fn key_hash(certificate: &Certificate<'_>) -> Vec<u8> {
        Sha1::digest(certificate.public_key().key).to_vec()
    }
}

impl<'a> SingleResponse<'a> {
    fn parse(element: &Element<'a>) -> Result<Self, Error> {
        if element.tag != tag::SEQUENCE {
            return Err(element.error(ErrorKind::TagUnexpected));
        }
        let mut fields = element.reader();
        let mut id = fields.sequence()?;
        // SHA-1 only finds the answer here: who may give it follows from signatures.
        let hash = AlgorithmIdentifier::parse(&id.any()?)?;
        let hash = HashAlgorithm::from_identifier_with(&hash, Sha1Leave::Allowed).ok();
        let issuer_name_hash = id.expect(tag::OCTET_STRING)?.value;
        let issuer_key_hash = id.expect(tag::OCTET_STRING)?.value;
        let serial = id.expect(tag::INTEGER)?;
        if serial.integer()?.len() > MAX_SERIAL_BYTES {
            return Err(serial.error(ErrorKind::TooLarge));
        }
        id.finish()?;
        let status = SingleStatus::parse(&fields.any()?)?;
        let this_update = parse_certificate_time(&fields.expect(tag::GENERALIZED_TIME)?)?;
        let next_update = match fields.optional(tag::constructed(0))? {
            Some(explicit) => Some(explicit_time(&explicit)?),
            None => None,
        };
        let (mut archive_cutoff, mut has_unknown_critical) = (None, false);
        extensions(&mut fields, |extension| {
            match extension.id {
                oid::OCSP_ARCHIVE_CUTOFF => {
                    let time = extension.content(tag::GENERALIZED_TIME)?;
                    archive_cutoff = Some(parse_certificate_time(&time)?);
                }
                _ => has_unknown_critical |= extension.critical,
            }
            Ok(())
        })?;
        fields.finish()?;
        Ok(Self {
            hash,
            issuer_name_hash,
            issuer_key_hash,
            serial: serial.value,
            status,
            this_update,
            next_update,
            archive_cutoff,
            has_unknown_critical,
        })
    }

    /// The content octets of the serial number that the answer is about.
    pub(crate) const fn serial(&self) -> &'a [u8] {
        self.serial
    }

    /// RFC 6960 §4.1.1: whether the answer is about this certificate of this issuer.
    pub(crate) fn is_about(&self, certificate: &Certificate<'_>, issuer: &Certificate<'_>) -> bool {
        if self.serial != certificate.serial() {
            return false;
        }
        let hash = |bytes: &[u8]| self.hash.map(|algorithm| algorithm.digest(bytes));
        // The name is hashed as the certificate has it; the issuer may write itself otherwise.
        hash(certificate.issuer_der()).as_deref() == Some(self.issuer_name_hash)
            && hash(issuer.public_key().key).as_deref() == Some(self.issuer_key_hash)
    }
}

impl SingleStatus {
    fn parse(element: &Element<'_>) -> Result<Self, Error> {
        match element.tag {
            tag if tag == tag::primitive(0) => Ok(Self::Good),
            tag if tag == tag::primitive(2) => Ok(Self::Unknown),
            tag if tag == tag::constructed(1) => {
                let mut fields = element.reader();
                let at = parse_certificate_time(&fields.expect(tag::GENERALIZED_TIME)?)?;
                let reason = match fields.optional(tag::constructed(0))? {
                    Some(explicit) => {
                        let number = explicit.reader().expect(ENUMERATED)?.small()?;
                        RevocationReason::from_number(number)
                    }
                    None => None,
                };
                fields.finish()?;
                Ok(Self::Revoked { at, reason })
            }
            _ => Err(element.error(ErrorKind::TagUnexpected)),
        }
    }
}

fn explicit_time(explicit: &Element<'_>) -> Result<i64, Error> {
    let mut reader = explicit.reader();
    let time = parse_certificate_time(&reader.expect(tag::GENERALIZED_TIME)?)?;
    reader.finish()?;
    Ok(time)
}

/// Reads `[1] EXPLICIT Extensions OPTIONAL`.
fn extensions<'a>(
    fields: &mut Reader<'a>,
    mut take: impl FnMut(&Extension<'a>) -> Result<(), Error>,
) -> Result<(), Error> {
    let Some(explicit) = fields.optional(tag::constructed(1))? else {
        return Ok(());
    };
    let mut outer = explicit.reader();
    let list = outer.sequence()?.all(MAX_EXTENSIONS)?;
    outer.finish()?;
    list.iter()
        .try_for_each(|element| take(&Extension::parse(element)?))
}
