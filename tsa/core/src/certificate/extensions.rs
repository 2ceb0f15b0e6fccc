//! The certificate extensions that time-stamp verification acts on.
//!
//! An extension that is not understood is remembered only if it is critical, because then the
//! certificate must not be used (RFC 5280 §4.2).

use alloc::vec::Vec;

use crate::der::{Element, tag};
use crate::error::{Error, ErrorKind};
use crate::limits::{MAX_EXTENSIONS, MAX_PURPOSES};
use crate::oid;

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
    pub(crate) subject_alt_names: Vec<Element<'a>>,
    /// Critical, and unknown to this crate.
    pub(crate) unknown_critical: Vec<&'a [u8]>,
    /// Known by name, but its rules are not applied here: such a path is never taken as verified.
    // Limit: name constraints and policy constraints are recognised and not processed.
    pub(crate) unprocessed: Vec<&'a [u8]>,
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
            oid::EXTENDED_KEY_USAGE => {
                let mut ids = Vec::new();
                for id in extension
                    .content(tag::SEQUENCE)?
                    .reader()
                    .all(MAX_PURPOSES)?
                {
                    if id.tag != tag::OID {
                        return Err(id.error(ErrorKind::TagUnexpected));
                    }
                    ids.push(id.oid()?);
                }
                self.purposes = Some(Purposes {
                    critical: extension.critical,
                    ids,
                });
            }
            oid::SUBJECT_KEY_IDENTIFIER => {
                self.subject_key_identifier = Some(extension.content(tag::OCTET_STRING)?.value);
            }
            oid::SUBJECT_ALT_NAME => {
                self.subject_alt_names = super::general_names(&extension.content(tag::SEQUENCE)?)?;
            }
            oid::NAME_CONSTRAINTS => self.unprocessed.push(extension.id),
            oid::POLICY_CONSTRAINTS | oid::POLICY_MAPPINGS | oid::INHIBIT_ANY_POLICY
                if extension.critical =>
            {
                self.unprocessed.push(extension.id);
            }
            // Any policy is acceptable to a caller who asks for none, so the list decides nothing
            // as long as no constraint makes it matter (RFC 5280 §6.1.1 (c)).
            oid::CERTIFICATE_POLICIES => {}
            _ if extension.critical => self.unknown_critical.push(extension.id),
            _ => {}
        }
        Ok(())
    }
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
pub(crate) struct Extension<'a> {
    pub(crate) id: &'a [u8],
    pub(crate) critical: bool,
    value: Element<'a>,
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
    fn content(&self, tag: u8) -> Result<Element<'a>, Error> {
        let mut reader = self.value.reader();
        let element = reader.expect(tag)?;
        reader.finish()?;
        Ok(element)
    }
}

/// Reads the `[1] IMPLICIT Extensions` of a `TSTInfo`: the identifiers that are critical.
pub(crate) fn critical_ids<'a>(extensions: &Element<'a>) -> Result<Vec<&'a [u8]>, Error> {
    let mut critical = Vec::new();
    for element in extensions.reader().all(MAX_EXTENSIONS)? {
        let extension = Extension::parse(&element)?;
        if extension.critical {
            critical.push(extension.id);
        }
    }
    Ok(critical)
}
