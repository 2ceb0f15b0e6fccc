//! The entries of a revocation list, one after the other.

use super::{RevocationReason, each_extension};
use crate::certificate;
use crate::der::{Reader, tag};
use crate::error::{Error, ErrorKind};
use crate::limits::{MAX_CRL_ENTRIES, MAX_SERIAL_BYTES};
use crate::name::Name;
use crate::oid;
use crate::time::parse_certificate_time;

const ENUMERATED: u8 = 0x0a;

/// ```text
/// SEQUENCE {
///     userCertificate     INTEGER,
///     revocationDate      Time,
///     crlEntryExtensions  Extensions OPTIONAL }
/// ```
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    /// The content octets of the serial number.
    pub(crate) serial: &'a [u8],
    /// In seconds since 1970.
    pub(crate) revoked_at: i64,
    pub(crate) reason: Option<RevocationReason>,
    /// When the certificate became invalid, by what the issuer knows (RFC 5280 §5.3.2).
    pub(crate) invalidity_date: Option<i64>,
    /// Whose certificate it is: from this entry or the nearest one before that says so; the issuer
    /// of the list if none does (RFC 5280 §5.3.3).
    pub(crate) certificate_issuer: Option<Name<'a>>,
    pub(crate) has_unknown_critical: bool,
}

/// Walks over the entries; an error ends the walk.
#[derive(Clone, Debug)]
pub(crate) struct Entries<'a> {
    list: Option<Reader<'a>>,
    issuer: Option<Name<'a>>,
    left: u32,
}

impl<'a> Entries<'a> {
    pub(super) const fn new(list: Option<Reader<'a>>) -> Self {
        Self {
            list,
            issuer: None,
            left: MAX_CRL_ENTRIES,
        }
    }

    fn read(&mut self, list: &mut Reader<'a>) -> Result<Entry<'a>, Error> {
        self.left = self
            .left
            .checked_sub(1)
            .ok_or(list.error(ErrorKind::TooMany))?;
        let mut fields = list.sequence()?;
        let serial = fields.expect(tag::INTEGER)?;
        if serial.integer()?.len() > MAX_SERIAL_BYTES {
            return Err(serial.error(ErrorKind::TooLarge));
        }
        let revoked_at = parse_certificate_time(&fields.any()?)?;
        let extensions = fields.optional(tag::SEQUENCE)?.map(|list| list.reader());
        fields.finish()?;
        let mut entry = Entry {
            serial: serial.value,
            revoked_at,
            reason: None,
            invalidity_date: None,
            certificate_issuer: self.issuer,
            has_unknown_critical: false,
        };
        each_extension(extensions, |extension| {
            match extension.id {
                oid::REASON_CODE => {
                    let number = extension.content(ENUMERATED)?.small()?;
                    entry.reason = RevocationReason::from_number(number);
                }
                oid::INVALIDITY_DATE => {
                    let time = extension.content(tag::GENERALIZED_TIME)?;
                    entry.invalidity_date = Some(parse_certificate_time(&time)?);
                }
                oid::CERTIFICATE_ISSUER => {
                    let names = extension.content(tag::SEQUENCE)?;
                    let mut names = names.reader();
                    let mut issuer = None;
                    while !names.is_empty() && issuer.is_none() {
                        issuer = certificate::directory_name(&names.any()?)?;
                    }
                    // Whose the entry is cannot be told without a directory name.
                    entry.certificate_issuer = issuer;
                    entry.has_unknown_critical |= issuer.is_none();
                }
                _ => entry.has_unknown_critical |= extension.critical,
            }
            Ok(())
        })?;
        self.issuer = entry.certificate_issuer;
        Ok(entry)
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut list = self.list.take().filter(|list| !list.is_empty())?;
        let entry = self.read(&mut list);
        if entry.is_ok() {
            self.list = Some(list);
        }
        Some(entry)
    }
}
