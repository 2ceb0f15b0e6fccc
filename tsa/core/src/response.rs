//! `TimeStampResp`: the answer of an authority, a status and usually a token (RFC 3161 §2.4.2).

use alloc::string::String;
use core::fmt;

use crate::der::{self, Element, tag};
use crate::error::{Error, ErrorKind};
use crate::limits::{MAX_STATUS_TEXT_BYTES, MAX_TOKEN_BYTES};
use crate::name;

/// A response taken apart; the token in it is not yet looked at.
///
/// ```text
/// TimeStampResp ::= SEQUENCE {
///     status          PKIStatusInfo,
///     timeStampToken  ContentInfo OPTIONAL }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response<'a> {
    status: Option<Status>,
    token: Option<&'a [u8]>,
}

/// ```text
/// PKIStatusInfo ::= SEQUENCE {
///     status        INTEGER,
///     statusString  SEQUENCE SIZE (1..MAX) OF UTF8String OPTIONAL,
///     failInfo      BIT STRING OPTIONAL }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    code: u32,
    text: Option<String>,
    failures: u32,
}

impl<'a> Response<'a> {
    /// Reads a `TimeStampResp`, or a bare token (`ContentInfo`), that fills `bytes`.
    ///
    /// The two differ in the first value inside: a status is a SEQUENCE, a content type an
    /// OBJECT IDENTIFIER.
    ///
    /// # Errors
    ///
    /// When the bytes are neither, or beyond
    /// [`MAX_TOKEN_BYTES`](crate::limits::MAX_TOKEN_BYTES).
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_TOKEN_BYTES {
            return Err(Error::new(ErrorKind::TooLarge, MAX_TOKEN_BYTES));
        }
        let mut fields = der::only(bytes, tag::SEQUENCE)?.reader();
        if fields.peek() == Some(tag::OID) {
            return Ok(Self {
                status: None,
                token: Some(bytes),
            });
        }
        let status = Status::parse(&fields.expect(tag::SEQUENCE)?)?;
        let token = fields.optional(tag::SEQUENCE)?.map(|element| element.raw);
        fields.finish()?;
        Ok(Self {
            status: Some(status),
            token,
        })
    }

    /// The status; `None` for a bare token.
    #[must_use]
    pub const fn status(&self) -> Option<&Status> {
        self.status.as_ref()
    }

    /// The exact bytes of the token.
    #[must_use]
    pub const fn token(&self) -> Option<&'a [u8]> {
        self.token
    }
}

impl Status {
    fn parse(element: &Element<'_>) -> Result<Self, Error> {
        let mut fields = element.reader();
        let code = fields.expect(tag::INTEGER)?.small()?;
        let text = match fields.optional(tag::SEQUENCE)? {
            Some(list) => free_text(&list)?,
            None => None,
        };
        let failures = match fields.optional(tag::BIT_STRING)? {
            Some(bits) => fail_bits(&bits)?,
            None => 0,
        };
        fields.finish()?;
        Ok(Self {
            code,
            text,
            failures,
        })
    }

    /// The number: 0 granted, 1 granted with modifications, 2 rejection, 3 waiting,
    /// 4 revocation warning, 5 revocation notification.
    #[must_use]
    pub const fn code(&self) -> u32 {
        self.code
    }

    /// Whether a token was granted: `granted(0)` or `grantedWithMods(1)`.
    #[must_use]
    pub const fn is_granted(&self) -> bool {
        self.code <= 1
    }

    /// The first text of the authority, cut to
    /// [`MAX_STATUS_TEXT_BYTES`](crate::limits::MAX_STATUS_TEXT_BYTES).
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// The reasons for a refusal, in the order of their bits.
    pub fn failures(&self) -> impl Iterator<Item = FailInfo> {
        let bits = self.failures;
        FailInfo::ALL
            .iter()
            .copied()
            .filter(move |reason| bits & (1_u32 << reason.bit()) != 0)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.code {
            0 => "granted",
            1 => "granted with modifications",
            2 => "rejection",
            3 => "waiting",
            4 => "revocation warning",
            5 => "revocation notification",
            _ => "unknown",
        };
        write!(f, "{name} ({})", self.code)?;
        for reason in self.failures() {
            write!(f, ", {}", reason.as_str())?;
        }
        if let Some(text) = &self.text {
            write!(f, ", text `{}`", text.escape_debug())?;
        }
        Ok(())
    }
}

/// ```text
/// PKIFreeText ::= SEQUENCE SIZE (1..MAX) OF UTF8String
/// ```
fn free_text(list: &Element<'_>) -> Result<Option<String>, Error> {
    let mut reader = list.reader();
    let mut first = None;
    while !reader.is_empty() {
        let item = reader.expect(tag::UTF8_STRING)?;
        if first.is_none() {
            first = Some(item);
        }
    }
    Ok(first.and_then(|item| name::text(&item)).map(|mut text| {
        text.truncate(text.floor_char_boundary(MAX_STATUS_TEXT_BYTES));
        text
    }))
}

/// Collects the bits of a named bit list, bit 0 being the lowest of the result.
fn fail_bits(element: &Element<'_>) -> Result<u32, Error> {
    let (_, octets) = element.bits()?;
    if octets.len() > 4 {
        return Err(element.error(ErrorKind::BitStringInvalid));
    }
    let padded = octets.iter().chain(&[0; 4]).take(4);
    Ok(padded
        .fold(0_u32, |bits, octet| (bits << 8) | u32::from(*octet))
        .reverse_bits())
}

/// Why a request was refused.
///
/// ```text
/// PKIFailureInfo ::= BIT STRING { badAlg (0), badRequest (2), badDataFormat (5),
///     timeNotAvailable (14), unacceptedPolicy (15), unacceptedExtension (16),
///     addInfoNotAvailable (17), systemFailure (25) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailInfo {
    /// The hash algorithm is not accepted.
    BadAlg,
    /// The request is not permitted or supported.
    BadRequest,
    /// The request has the wrong format.
    BadDataFormat,
    /// The authority's time source is not available.
    TimeNotAvailable,
    /// The requested policy is not supported.
    UnacceptedPolicy,
    /// The requested extension is not supported.
    UnacceptedExtension,
    /// The additional information could not be understood or is not available.
    AddInfoNotAvailable,
    /// The request cannot be handled because of a system failure.
    SystemFailure,
}

impl FailInfo {
    /// Every reason.
    pub const ALL: &[Self] = &[
        Self::BadAlg,
        Self::BadRequest,
        Self::BadDataFormat,
        Self::TimeNotAvailable,
        Self::UnacceptedPolicy,
        Self::UnacceptedExtension,
        Self::AddInfoNotAvailable,
        Self::SystemFailure,
    ];

    /// The number of its bit.
    #[must_use]
    pub const fn bit(self) -> u8 {
        match self {
            Self::BadAlg => 0,
            Self::BadRequest => 2,
            Self::BadDataFormat => 5,
            Self::TimeNotAvailable => 14,
            Self::UnacceptedPolicy => 15,
            Self::UnacceptedExtension => 16,
            Self::AddInfoNotAvailable => 17,
            Self::SystemFailure => 25,
        }
    }

    /// The standard's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadAlg => "badAlg",
            Self::BadRequest => "badRequest",
            Self::BadDataFormat => "badDataFormat",
            Self::TimeNotAvailable => "timeNotAvailable",
            Self::UnacceptedPolicy => "unacceptedPolicy",
            Self::UnacceptedExtension => "unacceptedExtension",
            Self::AddInfoNotAvailable => "addInfoNotAvailable",
            Self::SystemFailure => "systemFailure",
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn a_refusal_is_written_out() {
        let mut status = der::write_unsigned(&[2]);
        let text = der::write(tag::UTF8_STRING, b"no\n");
        status.extend(der::write(tag::SEQUENCE, &text));
        status.extend(der::write(tag::BIT_STRING, &[6, 0x80, 0x00, 0x00, 0x40]));
        let response = der::write(tag::SEQUENCE, &der::write(tag::SEQUENCE, &status));
        let response = Response::parse(&response).unwrap();
        let status = response.status().unwrap();
        assert!(!status.is_granted());
        assert_eq!(response.token(), None);
        let failures: Vec<FailInfo> = status.failures().collect();
        assert_eq!(failures, [FailInfo::BadAlg, FailInfo::SystemFailure]);
        assert_eq!(
            status.to_string(),
            "rejection (2), badAlg, systemFailure, text `no\\n`"
        );
    }
}
