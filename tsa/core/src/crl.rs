//! Certificate revocation lists (RFC 5280 §5), as slices of the bytes that they were read from.
//!
//! Reading goes over every entry once and keeps none: a list of some megabytes is walked again for
//! each certificate that is looked up, which costs less than an allocation for each entry.
//! Whose list it is and what it is worth is decided in `revocation`.

use alloc::string::{String, ToString as _};

use crate::certificate::distribution_point::IssuingDistributionPoint;
use crate::certificate::{Extension, key_identifier};
use crate::der::{self, Element, Reader, tag};
use crate::digest::{self, AlgorithmIdentifier};
use crate::error::{Error, ErrorKind};
use crate::limits::{MAX_CRL_BYTES, MAX_EXTENSIONS};
use crate::name::Name;
use crate::oid;
use crate::time::parse_certificate_time;

mod entry;
mod reason;

pub(crate) use entry::{Entries, Entry};
pub use reason::RevocationReason;

/// A revocation list.
///
/// ```text
/// CertificateList ::= SEQUENCE {
///     tbsCertList         TBSCertList,
///     signatureAlgorithm  AlgorithmIdentifier,
///     signature           BIT STRING }
///
/// TBSCertList ::= SEQUENCE {
///     version              INTEGER OPTIONAL,
///     signature            AlgorithmIdentifier,
///     issuer               Name,
///     thisUpdate           Time,
///     nextUpdate           Time OPTIONAL,
///     revokedCertificates  SEQUENCE OF SEQUENCE { … } OPTIONAL,
///     crlExtensions        [0] EXPLICIT Extensions OPTIONAL }
/// ```
#[derive(Clone, Debug)]
pub struct Crl<'a> {
    raw: &'a [u8],
    pub(crate) tbs: &'a [u8],
    pub(crate) issuer: Name<'a>,
    this_update: i64,
    next_update: Option<i64>,
    revoked: Option<Element<'a>>,
    entry_count: u32,
    pub(crate) extensions: CrlExtensions<'a>,
    pub(crate) signature_algorithm: AlgorithmIdentifier<'a>,
    pub(crate) signature: &'a [u8],
}

/// What the extensions of a list say (RFC 5280 §5.2).
#[derive(Clone, Debug, Default)]
pub(crate) struct CrlExtensions<'a> {
    /// `cRLNumber` without leading zeros.
    pub(crate) number: Option<&'a [u8]>,
    /// `BaseCRLNumber`: the list is a delta to one of this number or a later one.
    pub(crate) base_number: Option<&'a [u8]>,
    pub(crate) issuing_distribution_point: Option<IssuingDistributionPoint<'a>>,
    pub(crate) authority_key_identifier: Option<&'a [u8]>,
    /// `expiredCertsOnCRL`: certificates that expired since then stay on the list.
    pub(crate) expired_since: Option<i64>,
    /// A critical extension of the list or of one of its entries that is not known: the list must
    /// not be used.
    pub(crate) has_unknown_critical: bool,
}

impl<'a> Crl<'a> {
    /// Reads one revocation list in DER that fills `bytes`, every entry of it.
    ///
    /// # Errors
    ///
    /// When the bytes are not one revocation list, or more than [`MAX_CRL_BYTES`] or than
    /// [`MAX_CRL_ENTRIES`](crate::limits::MAX_CRL_ENTRIES).
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_CRL_BYTES {
            return Err(Error::new(ErrorKind::TooLarge, 0));
        }
        let element = der::only(bytes, tag::SEQUENCE)?;
        let mut reader = element.reader();
        let tbs = reader.expect(tag::SEQUENCE)?;
        let signature_algorithm = AlgorithmIdentifier::parse(&reader.any()?)?;
        let signature = reader.expect(tag::BIT_STRING)?.whole_bits()?;
        reader.finish()?;

        let mut fields = tbs.reader();
        // RFC 5280 §5.1.2.1: v2 is written as 1, v1 is not written.
        let version = match fields.optional(tag::INTEGER)? {
            Some(version) => version.small()?,
            None => 0,
        };
        if version > 1 {
            return Err(fields.error(ErrorKind::VersionUnsupported));
        }
        let inner_algorithm = fields.expect(tag::SEQUENCE)?;
        if inner_algorithm.raw != signature_algorithm.raw {
            return Err(inner_algorithm.error(ErrorKind::AlgorithmsDiffer));
        }
        let issuer = Name::parse(&fields.any()?)?;
        let this_update = parse_certificate_time(&fields.any()?)?;
        let next_update = match fields.peek() {
            Some(tag::UTC_TIME | tag::GENERALIZED_TIME) => {
                Some(parse_certificate_time(&fields.any()?)?)
            }
            _ => None,
        };
        let revoked = fields.optional(tag::SEQUENCE)?;
        let extensions = fields.optional(tag::constructed(0))?;
        fields.finish()?;
        let mut crl = Self {
            raw: bytes,
            tbs: tbs.raw,
            issuer,
            this_update,
            next_update,
            revoked,
            entry_count: 0,
            extensions: CrlExtensions::default(),
            signature_algorithm,
            signature,
        };
        if let Some(explicit) = extensions {
            crl.extensions = CrlExtensions::parse(&explicit)?;
        }
        crl.walk()?;
        Ok(crl)
    }

    /// Goes over every entry once, so that what is wrong anywhere is known before one is used.
    fn walk(&mut self) -> Result<(), Error> {
        for entry in self.entries() {
            self.extensions.has_unknown_critical |= entry?.has_unknown_critical;
            self.entry_count = self.entry_count.saturating_add(1);
        }
        Ok(())
    }

    pub(crate) fn entries(&self) -> Entries<'a> {
        Entries::new(self.revoked.as_ref().map(Element::reader))
    }

    /// The bytes of the list.
    #[must_use]
    pub const fn der(&self) -> &'a [u8] {
        self.raw
    }

    /// SHA-256 of the list's bytes.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        digest::fingerprint(self.raw)
    }

    /// The issuer of the list in the form of RFC 4514.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.issuer.to_string()
    }

    /// When the list was made, in seconds since 1970.
    #[must_use]
    pub const fn this_update(&self) -> i64 {
        self.this_update
    }

    /// When the next list is due at the latest, in seconds since 1970.
    #[must_use]
    pub const fn next_update(&self) -> Option<i64> {
        self.next_update
    }

    /// How many entries the list has.
    #[must_use]
    pub const fn entry_count(&self) -> u32 {
        self.entry_count
    }

    /// Whether the list only says what changed since another (RFC 5280 §5.2.4).
    #[must_use]
    pub const fn is_delta(&self) -> bool {
        self.extensions.base_number.is_some()
    }

    pub(crate) const fn point(&self) -> Option<&IssuingDistributionPoint<'a>> {
        self.extensions.issuing_distribution_point.as_ref()
    }

    /// RFC 5280 §5.2.4: `self` is a delta that may be put on top of `complete`: same issuer, same
    /// scope, same key, and a number that fits.
    pub(crate) fn is_delta_for(&self, complete: &Crl<'_>) -> bool {
        let (mine, theirs) = (&self.extensions, &complete.extensions);
        let scope = |crl: &Crl<'_>| crl.point().map(|point| point.raw.to_vec());
        let (Some(base), Some(number), Some(theirs_number)) =
            (mine.base_number, mine.number, theirs.number)
        else {
            return false;
        };
        self.issuer.matches(&complete.issuer)
            && scope(self) == scope(complete)
            && mine.authority_key_identifier == theirs.authority_key_identifier
            && is_at_most(base, theirs_number)
            && !is_at_most(number, theirs_number)
    }
}

/// Compares non-negative integers without leading zeros.
fn is_at_most(a: &[u8], b: &[u8]) -> bool {
    (a.len(), a) <= (b.len(), b)
}

impl<'a> CrlExtensions<'a> {
    fn parse(explicit: &Element<'a>) -> Result<Self, Error> {
        let mut outer = explicit.reader();
        let mut list = outer.sequence()?;
        outer.finish()?;
        let mut extensions = Self::default();
        for element in list.all(MAX_EXTENSIONS)? {
            extensions.take(&Extension::parse(&element)?)?;
        }
        Ok(extensions)
    }

    fn take(&mut self, extension: &Extension<'a>) -> Result<(), Error> {
        match extension.id {
            oid::CRL_NUMBER => {
                self.number = Some(extension.content(tag::INTEGER)?.unsigned()?);
            }
            oid::DELTA_CRL_INDICATOR => {
                self.base_number = Some(extension.content(tag::INTEGER)?.unsigned()?);
            }
            oid::ISSUING_DISTRIBUTION_POINT => {
                let content = extension.content(tag::SEQUENCE)?;
                self.issuing_distribution_point = Some(IssuingDistributionPoint::parse(&content)?);
            }
            oid::AUTHORITY_KEY_IDENTIFIER => {
                self.authority_key_identifier = key_identifier(extension);
            }
            oid::EXPIRED_CERTS_ON_CRL => {
                let time = extension.content(tag::GENERALIZED_TIME)?;
                self.expired_since = Some(parse_certificate_time(&time)?);
            }
            _ => self.has_unknown_critical |= extension.critical,
        }
        Ok(())
    }
}

/// Reads the extensions of one entry without keeping them.
fn each_extension<'a>(
    list: Option<Reader<'a>>,
    mut take: impl FnMut(&Extension<'a>) -> Result<(), Error>,
) -> Result<(), Error> {
    let Some(mut list) = list else {
        return Ok(());
    };
    let mut count = 0_usize;
    while !list.is_empty() {
        if count == MAX_EXTENSIONS {
            return Err(list.error(ErrorKind::TooMany));
        }
        count = count.saturating_add(1);
        take(&Extension::parse(&list.any()?)?)?;
    }
    Ok(())
}
