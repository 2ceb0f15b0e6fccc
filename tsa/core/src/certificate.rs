//! X.509 certificates (RFC 5280 §4), as slices of the bytes that they were read from.
//!
//! Reading decides nothing about trust: rules about usage, time and paths are in `signer` and
//! `path`.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use crate::der::{self, Element, Reader, tag};
use crate::digest::{self, AlgorithmIdentifier};
use crate::error::{Error, ErrorKind};
use crate::limits::MAX_SERIAL_BYTES;
use crate::name::Name;
use crate::time::parse_certificate_time;

pub(crate) mod distribution_point;
mod extensions;
mod location;
pub(crate) mod name_constraints;
pub(crate) mod policies;

pub(crate) use extensions::{Extension, Extensions, extension_list, key_identifier};

/// A parsed certificate.
///
/// ```text
/// Certificate ::= SEQUENCE {
///     tbsCertificate      TBSCertificate,
///     signatureAlgorithm  AlgorithmIdentifier,
///     signature           BIT STRING }
///
/// TBSCertificate ::= SEQUENCE {
///     version          [0] EXPLICIT INTEGER DEFAULT v1,
///     serialNumber     INTEGER,
///     signature        AlgorithmIdentifier,
///     issuer           Name,
///     validity         SEQUENCE { notBefore Time, notAfter Time },
///     subject          Name,
///     subjectPublicKeyInfo  SubjectPublicKeyInfo,
///     issuerUniqueID   [1] IMPLICIT BIT STRING OPTIONAL,
///     subjectUniqueID  [2] IMPLICIT BIT STRING OPTIONAL,
///     extensions       [3] EXPLICIT SEQUENCE OF Extension OPTIONAL }
/// ```
#[derive(Clone, Debug)]
pub struct Certificate<'a> {
    raw: &'a [u8],
    tbs: &'a [u8],
    serial: &'a [u8],
    issuer: Name<'a>,
    subject: Name<'a>,
    not_before: i64,
    not_after: i64,
    public_key: PublicKey<'a>,
    extensions: Extensions<'a>,
    signature_algorithm: AlgorithmIdentifier<'a>,
    signature: &'a [u8],
}

/// ```text
/// SubjectPublicKeyInfo ::= SEQUENCE { algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING }
/// ```
#[derive(Clone, Copy, Debug)]
pub(crate) struct PublicKey<'a> {
    pub(crate) raw: &'a [u8],
    pub(crate) algorithm: AlgorithmIdentifier<'a>,
    pub(crate) key: &'a [u8],
}

impl<'a> PublicKey<'a> {
    pub(crate) fn parse(element: &Element<'a>) -> Result<Self, Error> {
        let mut reader = element.reader();
        let algorithm = AlgorithmIdentifier::parse(&reader.any()?)?;
        let key = reader.expect(tag::BIT_STRING)?.whole_bits()?;
        reader.finish()?;
        Ok(Self {
            raw: element.raw,
            algorithm,
            key,
        })
    }
}

impl<'a> Certificate<'a> {
    /// Reads one certificate that fills `bytes`.
    ///
    /// # Errors
    ///
    /// When the bytes are not one certificate in DER.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let element = der::only(bytes, tag::SEQUENCE)?;
        let mut reader = element.reader();
        let tbs = reader.expect(tag::SEQUENCE)?;
        let signature_algorithm = AlgorithmIdentifier::parse(&reader.any()?)?;
        let signature = reader.expect(tag::BIT_STRING)?.whole_bits()?;
        reader.finish()?;
        Self::parse_tbs(bytes, &tbs, signature_algorithm, signature)
    }

    fn parse_tbs(
        raw: &'a [u8],
        tbs: &Element<'a>,
        signature_algorithm: AlgorithmIdentifier<'a>,
        signature: &'a [u8],
    ) -> Result<Self, Error> {
        let mut fields = tbs.reader();
        let version = parse_version(&mut fields)?;
        let serial = fields.expect(tag::INTEGER)?;
        if serial.integer()?.len() > MAX_SERIAL_BYTES {
            return Err(serial.error(ErrorKind::TooLarge));
        }
        let inner_algorithm = fields.expect(tag::SEQUENCE)?;
        // RFC 5280 §4.1.1.2: the unsigned outer algorithm is the signed inner one.
        if inner_algorithm.raw != signature_algorithm.raw {
            return Err(inner_algorithm.error(ErrorKind::AlgorithmsDiffer));
        }
        let issuer = Name::parse(&fields.any()?)?;
        let mut validity = fields.sequence()?;
        let not_before = parse_certificate_time(&validity.any()?)?;
        let not_after = parse_certificate_time(&validity.any()?)?;
        validity.finish()?;
        let subject = Name::parse(&fields.any()?)?;
        let public_key = PublicKey::parse(&fields.expect(tag::SEQUENCE)?)?;
        for number in [1, 2] {
            let _unique_id = fields.optional(tag::primitive(number))?;
        }
        let extensions = match fields.optional(tag::constructed(3))? {
            Some(explicit) if version == 2 => Extensions::parse(&explicit)?,
            Some(explicit) => return Err(explicit.error(ErrorKind::VersionUnsupported)),
            None => Extensions::default(),
        };
        fields.finish()?;
        Ok(Self {
            raw,
            tbs: tbs.raw,
            serial: serial.value,
            issuer,
            subject,
            not_before,
            not_after,
            public_key,
            extensions,
            signature_algorithm,
            signature,
        })
    }

    /// The bytes of the certificate.
    #[must_use]
    pub const fn der(&self) -> &'a [u8] {
        self.raw
    }

    /// SHA-256 of the certificate's bytes.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        digest::fingerprint(self.raw)
    }

    /// The subject in the form of RFC 4514.
    #[must_use]
    pub fn subject(&self) -> String {
        self.subject.to_string()
    }

    /// The issuer in the form of RFC 4514.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.issuer.to_string()
    }

    /// The serial number's octets in lower-case hexadecimal.
    #[must_use]
    pub fn serial_hex(&self) -> String {
        crate::hex::encode(self.serial)
    }

    /// First second of validity, since 1970.
    #[must_use]
    pub const fn not_before(&self) -> i64 {
        self.not_before
    }

    /// Last second of validity, since 1970.
    #[must_use]
    pub const fn not_after(&self) -> i64 {
        self.not_after
    }

    /// What identifies the certificate in a report.
    #[must_use]
    pub fn summary(&self) -> CertificateSummary {
        CertificateSummary {
            subject: self.subject(),
            issuer: self.issuer(),
            serial_hex: self.serial_hex(),
            fingerprint: self.fingerprint(),
            not_before: self.not_before,
            not_after: self.not_after,
        }
    }

    /// The subject's `Name` in DER.
    #[must_use]
    pub const fn subject_der(&self) -> &'a [u8] {
        self.subject.raw()
    }

    /// The issuer's `Name` in DER.
    #[must_use]
    pub const fn issuer_der(&self) -> &'a [u8] {
        self.issuer.raw()
    }

    /// The content octets of the serial number.
    #[must_use]
    pub const fn serial(&self) -> &'a [u8] {
        self.serial
    }

    /// The `SubjectPublicKeyInfo` in DER.
    #[must_use]
    pub const fn public_key_der(&self) -> &'a [u8] {
        self.public_key.raw
    }

    /// The value of the `qcStatements` extension in DER, for
    /// [`QcStatement::parse_all`](crate::QcStatement::parse_all); `None` if there is none.
    #[must_use]
    pub fn qc_statements_der(&self) -> Option<&'a [u8]> {
        self.extensions.qc_statements.map(|octets| octets.value)
    }

    /// Where the certificate says that revocation lists about it can be had: URIs, in its order,
    /// each once.
    ///
    /// They are the issuer's words and nothing else: whoever asks there decides whether to, and
    /// checks what comes.
    #[must_use]
    pub fn crl_uris(&self) -> Vec<&'a str> {
        location::crl_uris(&self.extensions)
    }

    /// Where it says that OCSP responders answer for it.
    #[must_use]
    pub fn ocsp_uris(&self) -> Vec<&'a str> {
        location::access_uris(&self.extensions, crate::oid::ACCESS_OCSP)
    }

    /// Where it says that the certificate of its issuer can be had.
    #[must_use]
    pub fn ca_issuer_uris(&self) -> Vec<&'a str> {
        location::access_uris(&self.extensions, crate::oid::ACCESS_CA_ISSUERS)
    }

    pub(crate) const fn tbs(&self) -> &'a [u8] {
        self.tbs
    }

    pub(crate) const fn issuer_name(&self) -> &Name<'a> {
        &self.issuer
    }

    pub(crate) const fn subject_name(&self) -> &Name<'a> {
        &self.subject
    }

    pub(crate) const fn public_key(&self) -> &PublicKey<'a> {
        &self.public_key
    }

    pub(crate) const fn extensions(&self) -> &Extensions<'a> {
        &self.extensions
    }

    pub(crate) const fn signature_algorithm(&self) -> &AlgorithmIdentifier<'a> {
        &self.signature_algorithm
    }

    pub(crate) const fn signature(&self) -> &'a [u8] {
        self.signature
    }

    /// Whether `unix_seconds` lies within the validity, both ends included (RFC 5280 §4.1.2.5).
    pub(crate) fn is_valid_at(&self, unix_seconds: i64) -> bool {
        (self.not_before..=self.not_after).contains(&unix_seconds)
    }

    /// RFC 5280 §6.1: the same name as subject and issuer.
    pub(crate) fn is_self_issued(&self) -> bool {
        self.subject.matches(&self.issuer)
    }
}

/// Reads the version: 0 for v1, 1 for v2, 2 for v3.
fn parse_version(fields: &mut Reader<'_>) -> Result<u32, Error> {
    let Some(explicit) = fields.optional(tag::constructed(0))? else {
        return Ok(0);
    };
    let mut reader = explicit.reader();
    let version = reader.expect(tag::INTEGER)?;
    reader.finish()?;
    match version.small()? {
        number @ 0..=2 => Ok(number),
        _ => Err(version.error(ErrorKind::VersionUnsupported)),
    }
}

/// What a report says of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateSummary {
    /// The subject in the form of RFC 4514.
    pub subject: String,
    /// The issuer in the form of RFC 4514.
    pub issuer: String,
    /// The serial number's octets in lower-case hexadecimal.
    pub serial_hex: String,
    /// SHA-256 of the certificate's bytes.
    pub fingerprint: [u8; 32],
    /// First second of validity, since 1970.
    pub not_before: i64,
    /// Last second of validity, since 1970.
    pub not_after: i64,
}

impl CertificateSummary {
    /// The fingerprint in lower-case hexadecimal.
    #[must_use]
    pub fn fingerprint_hex(&self) -> String {
        crate::hex::encode(&self.fingerprint)
    }
}

/// The directory names and raw general names that a certificate claims beside its subject.
///
/// ```text
/// GeneralNames ::= SEQUENCE SIZE (1..MAX) OF GeneralName
/// GeneralName  ::= CHOICE { … directoryName [4] EXPLICIT Name, … }
/// ```
pub(crate) fn general_names<'a>(names: &Element<'a>) -> Result<Vec<Element<'a>>, Error> {
    names.reader().all(crate::limits::MAX_NAME_PARTS)
}

/// Reads a general name as a directory name; `None` if it is of another kind.
pub(crate) fn directory_name<'a>(name: &Element<'a>) -> Result<Option<Name<'a>>, Error> {
    if name.tag != tag::constructed(4) {
        return Ok(None);
    }
    let mut reader = name.reader();
    let inner = Name::parse(&reader.any()?)?;
    reader.finish()?;
    Ok(Some(inner))
}
