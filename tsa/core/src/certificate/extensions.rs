//! The certificate extensions that time-stamp verification acts on.
//!
//! An extension that is not understood is remembered only if it is critical, because then the
//! certificate must not be used (RFC 5280 §4.2).
//!
//! Where the distribution points of revocation lists stand is kept unread: they matter only when
//! such a list is at hand, and a mistake in them does not make a path worse. So is where the
//! certificate says that answers about it can be had.

use alloc::vec::Vec;

use crate::der::{Element, tag};
use crate::error::{Error, ErrorKind};
use crate::limits::{MAX_EXTENSIONS, MAX_PURPOSES};
use crate::oid;

use super::name_constraints::NameConstraints;
use super::policies::{self, Mapping, PolicyConstraints};

/// What the extensions of a certificate say.
///
/// ```text
/// Extension ::= SEQUENCE {
///     extnID     OBJECT IDENTIFIER,
///     critical   BOOLEAN DEFAULT FALSE,
///     extnValue  OCTET STRING }
/// ```
#[derive(Clone, Debug, Default)]
pub(crate) struct Extensions<'a> {
    pub(crate) basic_constraints: Option<BasicConstraints>,
    pub(crate) key_usage: Option<KeyUsage>,
    pub(crate) purposes: Option<Purposes<'a>>,
    pub(crate) subject_key_identifier: Option<&'a [u8]>,
    /// The key identifier in the authority key identifier; a hint for the search, never a proof.
    pub(crate) authority_key_identifier: Option<&'a [u8]>,
    pub(crate) subject_alt_names: Vec<Element<'a>>,
    pub(crate) name_constraints: Option<NameConstraints<'a>>,
    /// The policies without their qualifiers; `None` if the extension is absent.
    pub(crate) policies: Option<Vec<&'a [u8]>>,
    pub(crate) policy_mappings: Vec<Mapping<'a>>,
    pub(crate) policy_constraints: PolicyConstraints,
    /// `skipCerts` of `inhibitAnyPolicy`.
    pub(crate) inhibit_any_policy: Option<u32>,
    /// The octets that hold `CRLDistributionPoints`, unread.
    pub(crate) crl_distribution_points: Option<Element<'a>>,
    /// The octets that hold `AuthorityInfoAccessSyntax`, unread.
    pub(crate) authority_info_access: Option<Element<'a>>,
    /// RFC 6960 §4.2.2.2.1: the issuer says that this responder's certificate need not be checked.
    pub(crate) ocsp_no_check: bool,
    /// The octets that hold `QCStatements`, unread: nothing here acts on a statement, so a mistake
    /// in one does not make a path worse.
    pub(crate) qc_statements: Option<Element<'a>>,
    /// Critical, and unknown to this crate.
    pub(crate) unknown_critical: Vec<&'a [u8]>,
}

/// ```text
/// BasicConstraints ::= SEQUENCE {
///     cA                 BOOLEAN DEFAULT FALSE,
///     pathLenConstraint  INTEGER (0..MAX) OPTIONAL }
/// ```
#[derive(Clone, Copy, Debug)]
pub(crate) struct BasicConstraints {
    pub(crate) ca: bool,
    pub(crate) path_len: Option<u32>,
}

/// The bits of `KeyUsage`, the first named bit as the highest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyUsage(u8);

impl KeyUsage {
    /// `digitalSignature (0)` or `nonRepudiation (1)`.
    pub(crate) const fn may_sign_content(self) -> bool {
        self.0 & 0xc0 != 0
    }

    /// `keyCertSign (5)`.
    pub(crate) const fn may_sign_certificates(self) -> bool {
        self.0 & 0x04 != 0
    }

    /// `cRLSign (6)`.
    pub(crate) const fn may_sign_crls(self) -> bool {
        self.0 & 0x02 != 0
    }
}

/// ```text
/// ExtKeyUsageSyntax ::= SEQUENCE SIZE (1..MAX) OF KeyPurposeId
/// ```
#[derive(Clone, Debug)]
pub(crate) struct Purposes<'a> {
    pub(crate) critical: bool,
    pub(crate) ids: Vec<&'a [u8]>,
}

impl<'a> Extensions<'a> {
    /// Reads `[3] EXPLICIT SEQUENCE SIZE (1..MAX) OF Extension`.
    pub(crate) fn parse(explicit: &Element<'a>) -> Result<Self, Error> {
        let mut outer = explicit.reader();
        let mut list = outer.sequence()?;
        outer.finish()?;
        let mut seen: Vec<&[u8]> = Vec::new();
        let mut extensions = Self::default();
        for element in list.all(MAX_EXTENSIONS)? {
            let extension = Extension::parse(&element)?;
            if seen.contains(&extension.id) {
                return Err(element.error(ErrorKind::RepeatedExtension));
            }
            seen.push(extension.id);
            extensions.take(&extension)?;
        }
        Ok(extensions)
    }

    fn take(&mut self, extension: &Extension<'a>) -> Result<(), Error> {
        match extension.id {
            oid::BASIC_CONSTRAINTS => {
                self.basic_constraints =
                    Some(basic_constraints(&extension.content(tag::SEQUENCE)?)?);
            }
            oid::KEY_USAGE => {
                let (_, octets) = extension.content(tag::BIT_STRING)?.bits()?;
                self.key_usage = Some(KeyUsage(octets.first().copied().unwrap_or(0)));
            }
            oid::EXTENDED_KEY_USAGE => self.purposes = Some(Purposes::parse(extension)?),
            oid::SUBJECT_KEY_IDENTIFIER => {
                self.subject_key_identifier = Some(extension.content(tag::OCTET_STRING)?.value);
            }
            oid::AUTHORITY_KEY_IDENTIFIER => {
                self.authority_key_identifier = key_identifier(extension);
            }
            oid::SUBJECT_ALT_NAME => {
                self.subject_alt_names = super::general_names(&extension.content(tag::SEQUENCE)?)?;
            }
            oid::NAME_CONSTRAINTS => {
                let content = extension.content(tag::SEQUENCE)?;
                self.name_constraints = Some(NameConstraints::parse(&content, extension.critical)?);
            }
            oid::CERTIFICATE_POLICIES => {
                self.policies = Some(policies::parse(&extension.content(tag::SEQUENCE)?)?);
            }
            oid::POLICY_MAPPINGS => {
                self.policy_mappings = policies::mappings(&extension.content(tag::SEQUENCE)?)?;
            }
            oid::POLICY_CONSTRAINTS => {
                self.policy_constraints =
                    PolicyConstraints::parse(&extension.content(tag::SEQUENCE)?)?;
            }
            oid::INHIBIT_ANY_POLICY => {
                self.inhibit_any_policy = Some(extension.content(tag::INTEGER)?.small()?);
            }
            oid::CRL_DISTRIBUTION_POINTS => self.crl_distribution_points = Some(extension.value),
            // One that is critical is against RFC 5280 and counts as not known.
            oid::AUTHORITY_INFO_ACCESS if !extension.critical => {
                self.authority_info_access = Some(extension.value);
            }
            oid::OCSP_NO_CHECK => self.ocsp_no_check = true,
            // Not acted on, so a critical one stays unknown (RFC 5280 §4.2).
            oid::QC_STATEMENTS => {
                self.qc_statements = Some(extension.value);
                if extension.critical {
                    self.unknown_critical.push(extension.id);
                }
            }
            _ if extension.critical => self.unknown_critical.push(extension.id),
            _ => {}
        }
        Ok(())
    }
}

impl<'a> Purposes<'a> {
    fn parse(extension: &Extension<'a>) -> Result<Self, Error> {
        let mut ids = Vec::new();
        let mut list = extension.content(tag::SEQUENCE)?.reader();
        for id in list.all(MAX_PURPOSES)? {
            if id.tag != tag::OID {
                return Err(id.error(ErrorKind::TagUnexpected));
            }
            ids.push(id.oid()?);
        }
        Ok(Self {
            critical: extension.critical,
            ids,
        })
    }
}

/// ```text
/// AuthorityKeyIdentifier ::= SEQUENCE { keyIdentifier [0] IMPLICIT OCTET STRING OPTIONAL, … }
/// ```
///
/// One that cannot be read is as good as none: it orders the candidates and decides nothing.
pub(crate) fn key_identifier<'a>(extension: &Extension<'a>) -> Option<&'a [u8]> {
    let content = extension.content(tag::SEQUENCE).ok()?;
    let identifier = content.reader().optional(tag::primitive(0)).ok()??;
    Some(identifier.value)
}

fn basic_constraints(element: &Element<'_>) -> Result<BasicConstraints, Error> {
    let mut reader = element.reader();
    let ca = match reader.optional(tag::BOOLEAN)? {
        Some(boolean) => boolean.boolean()?,
        None => false,
    };
    let path_len = match reader.optional(tag::INTEGER)? {
        Some(integer) => Some(integer.small()?),
        None => None,
    };
    reader.finish()?;
    Ok(BasicConstraints { ca, path_len })
}

/// One extension, its content unread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extension<'a> {
    pub(crate) id: &'a [u8],
    pub(crate) critical: bool,
    /// The octet string; its content is read by [`content`](Self::content).
    pub(crate) value: Element<'a>,
}

impl<'a> Extension<'a> {
    pub(crate) fn parse(element: &Element<'a>) -> Result<Self, Error> {
        if element.tag != tag::SEQUENCE {
            return Err(element.error(ErrorKind::TagUnexpected));
        }
        let mut reader = element.reader();
        let id = reader.expect(tag::OID)?.oid()?;
        // An explicit FALSE is against DER and occurs in real certificates; it is under the
        // certificate's signature and means what it says.
        let critical = match reader.optional(tag::BOOLEAN)? {
            Some(boolean) => boolean.boolean()?,
            None => false,
        };
        let value = reader.expect(tag::OCTET_STRING)?;
        reader.finish()?;
        Ok(Self {
            id,
            critical,
            value,
        })
    }

    /// The DER value inside the octet string.
    pub(crate) fn content(&self, tag: u8) -> Result<Element<'a>, Error> {
        let mut reader = self.value.reader();
        let element = reader.expect(tag)?;
        reader.finish()?;
        Ok(element)
    }
}

/// Reads the `IMPLICIT Extensions` of a request or a `TSTInfo`, their content unread.
pub(crate) fn extension_list<'a>(extensions: &Element<'a>) -> Result<Vec<Extension<'a>>, Error> {
    let elements = extensions.reader().all(MAX_EXTENSIONS)?;
    elements.iter().map(Extension::parse).collect()
}
