//! A strict reader of DER (X.690) over slices, and the few writers that a request needs.
//!
//! Every value keeps the exact bytes that it was read from, because signatures and hashes are
//! computed over those and never over a re-encoding.
//! It reads definite, minimal lengths and tag numbers up to 30, which is all that CMS, X.509 and
//! RFC 3161 use.
//! It deliberately does not read BER: a token in indefinite-length form is named as such.

use alloc::vec::Vec;

use crate::error::{Error, ErrorKind};
use crate::limits::{MAX_DEPTH, MAX_OID_BYTES};

/// Identifier octets, by the names of the standard.
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const NULL: u8 = 0x05;
    pub(crate) const OID: u8 = 0x06;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
    pub(crate) const PRINTABLE_STRING: u8 = 0x13;
    pub(crate) const TELETEX_STRING: u8 = 0x14;
    pub(crate) const IA5_STRING: u8 = 0x16;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const BMP_STRING: u8 = 0x1e;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;

    /// `[n] EXPLICIT`, or `[n] IMPLICIT` of a constructed type.
    pub(crate) const fn constructed(number: u8) -> u8 {
        0xa0 | number
    }

    /// `[n] IMPLICIT` of a primitive type.
    pub(crate) const fn primitive(number: u8) -> u8 {
        0x80 | number
    }
}

/// One tag-length-value, as it stands in the input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    /// Header and content.
    pub(crate) raw: &'a [u8],
    /// Content.
    pub(crate) value: &'a [u8],
    /// Where `value` begins in the outermost input.
    pub(crate) offset: usize,
    depth: u8,
}

impl<'a> Element<'a> {
    /// Reads the content as a sequence of values.
    pub(crate) const fn reader(&self) -> Reader<'a> {
        Reader {
            rest: self.value,
            offset: self.offset,
            depth: self.depth.saturating_add(1),
        }
    }

    pub(crate) const fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, self.offset)
    }

    /// The two's complement octets of an INTEGER, checked to be minimal.
    pub(crate) fn integer(&self) -> Result<&'a [u8], Error> {
        match self.value {
            [] | [0x00, 0x00..=0x7f, ..] | [0xff, 0x80..=0xff, ..] => {
                Err(self.error(ErrorKind::IntegerInvalid))
            }
            value => Ok(value),
        }
    }

    /// The octets of a non-negative INTEGER without a leading zero (`00` stays).
    pub(crate) fn unsigned(&self) -> Result<&'a [u8], Error> {
        match self.integer()? {
            [0x80..=0xff, ..] => Err(self.error(ErrorKind::IntegerInvalid)),
            [0x00, rest @ ..] if !rest.is_empty() => Ok(rest),
            value => Ok(value),
        }
    }

    /// A non-negative INTEGER of at most 32 bits.
    pub(crate) fn small(&self) -> Result<u32, Error> {
        let octets = self.unsigned()?;
        if octets.len() > 4 {
            return Err(self.error(ErrorKind::IntegerInvalid));
        }
        Ok(octets
            .iter()
            .fold(0_u32, |n, octet| (n << 8) | u32::from(*octet)))
    }

    /// The content octets of an object identifier, checked to be well formed.
    pub(crate) fn oid(&self) -> Result<&'a [u8], Error> {
        if crate::oid::is_well_formed(self.value) && self.value.len() <= MAX_OID_BYTES {
            Ok(self.value)
        } else {
            Err(self.error(ErrorKind::OidInvalid))
        }
    }

    /// A BOOLEAN; DER has exactly two.
    pub(crate) fn boolean(&self) -> Result<bool, Error> {
        match self.value {
            [0x00] => Ok(false),
            [0xff] => Ok(true),
            _ => Err(self.error(ErrorKind::BooleanInvalid)),
        }
    }

    /// A BIT STRING: the count of unused bits and the octets, unused bits being zero.
    pub(crate) fn bits(&self) -> Result<(u8, &'a [u8]), Error> {
        let Some((&unused, octets)) = self.value.split_first() else {
            return Err(self.error(ErrorKind::BitStringInvalid));
        };
        let mask = match unused {
            0..=7 => !(0xff_u8 << unused),
            _ => return Err(self.error(ErrorKind::BitStringInvalid)),
        };
        let padding = octets.last().map_or(unused, |last| last & mask);
        if padding != 0 {
            return Err(self.error(ErrorKind::BitStringInvalid));
        }
        Ok((unused, octets))
    }

    /// A BIT STRING of whole octets, as keys and signatures are.
    pub(crate) fn whole_bits(&self) -> Result<&'a [u8], Error> {
        match self.bits()? {
            (0, octets) => Ok(octets),
            _ => Err(self.error(ErrorKind::BitStringInvalid)),
        }
    }
}

/// Reads values one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    offset: usize,
    depth: u8,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            offset: 0,
            depth: 0,
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) const fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, self.offset)
    }

    /// The tag of the next value, if there is one.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Reads one value of any tag.
    pub(crate) fn any(&mut self) -> Result<Element<'a>, Error> {
        if self.depth > MAX_DEPTH {
            return Err(self.error(ErrorKind::TooDeep));
        }
        let truncated = self.error(ErrorKind::Truncated);
        let tag = self.peek().ok_or(truncated)?;
        if tag & 0x1f == 0x1f {
            return Err(self.error(ErrorKind::TagNumberHigh));
        }
        let (header_len, length) = self.length()?;
        let end = header_len.checked_add(length).ok_or(truncated)?;
        let (raw, rest) = self.rest.split_at_checked(end).ok_or(truncated)?;
        let value = raw.get(header_len..).ok_or(truncated)?;
        let offset = self.offset.saturating_add(header_len);
        let element = Element {
            tag,
            raw,
            value,
            offset,
            depth: self.depth,
        };
        self.rest = rest;
        self.offset = self.offset.saturating_add(end);
        Ok(element)
    }

    /// Reads the length after the tag: the size of the whole header, and of the content.
    fn length(&self) -> Result<(usize, usize), Error> {
        let truncated = self.error(ErrorKind::Truncated);
        let first = *self.rest.get(1).ok_or(truncated)?;
        match first {
            0x00..=0x7f => Ok((2, usize::from(first))),
            0x80 => Err(self.error(ErrorKind::LengthIndefinite)),
            0x81..=0x84 => {
                let header_len = usize::from(first & 0x7f).saturating_add(2);
                let octets = self.rest.get(2..header_len).ok_or(truncated)?;
                let length = octets
                    .iter()
                    .fold(0_u32, |n, octet| (n << 8) | u32::from(*octet));
                if length < 0x80 || octets.first() == Some(&0) {
                    return Err(self.error(ErrorKind::LengthNotMinimal));
                }
                let length =
                    usize::try_from(length).map_err(|_| self.error(ErrorKind::LengthTooLarge))?;
                Ok((header_len, length))
            }
            _ => Err(self.error(ErrorKind::LengthTooLarge)),
        }
    }

    /// Reads one value of the given tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Result<Element<'a>, Error> {
        match self.peek() {
            Some(found) if found != tag => Err(self.error(ErrorKind::TagUnexpected)),
            _ => self.any(),
        }
    }

    /// Reads one value if it has the given tag.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, Error> {
        if self.peek() == Some(tag) {
            self.any().map(Some)
        } else {
            Ok(None)
        }
    }

    /// Reads one SEQUENCE and steps into it.
    pub(crate) fn sequence(&mut self) -> Result<Self, Error> {
        self.expect(tag::SEQUENCE).map(|element| element.reader())
    }

    /// Reads every remaining value, at most `max` of them.
    pub(crate) fn all(&mut self, max: usize) -> Result<Vec<Element<'a>>, Error> {
        let mut elements = Vec::new();
        while !self.is_empty() {
            if elements.len() == max {
                return Err(self.error(ErrorKind::TooMany));
            }
            elements.push(self.any()?);
        }
        Ok(elements)
    }

    /// Requires that nothing is left.
    pub(crate) const fn finish(&self) -> Result<(), Error> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(self.error(ErrorKind::TrailingBytes))
        }
    }
}

/// Reads exactly one value of the given tag that fills `bytes`.
pub(crate) fn only(bytes: &[u8], tag: u8) -> Result<Element<'_>, Error> {
    let mut reader = Reader::new(bytes);
    let element = reader.expect(tag)?;
    reader.finish()?;
    Ok(element)
}

/// Writes one value: tag, minimal length, content.
pub(crate) fn write(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = alloc::vec![tag];
    let length = content.len();
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let octets = length.to_be_bytes();
            let skip = octets.iter().take_while(|octet| **octet == 0).count();
            let significant = octets.get(skip..).unwrap_or_default();
            out.push(0x80 | u8::try_from(significant.len()).unwrap_or(0x7f));
            out.extend_from_slice(significant);
        }
    }
    out.extend_from_slice(content);
    out
}

/// Writes a non-negative INTEGER from big-endian octets.
pub(crate) fn write_unsigned(octets: &[u8]) -> Vec<u8> {
    let skip = octets.iter().take_while(|octet| **octet == 0).count();
    let mut content = Vec::new();
    let significant = octets.get(skip..).unwrap_or_default();
    if significant.first().is_none_or(|first| *first >= 0x80) {
        content.push(0);
    }
    content.extend_from_slice(significant);
    write(tag::INTEGER, &content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], want: Result<usize, ErrorKind>) {
        let got = Reader::new(bytes).any().map(|element| element.value.len());
        assert_eq!(got.map_err(|error| error.kind()), want, "{bytes:02x?}");
    }

    #[test]
    fn lengths_are_definite_and_minimal() {
        check(&[0x04, 0x01, 0xaa], Ok(1));
        check(&[0x04, 0x00], Ok(0));
        check(&[0x30, 0x80, 0x00, 0x00], Err(ErrorKind::LengthIndefinite));
        check(&[0x04, 0x81, 0x01, 0xaa], Err(ErrorKind::LengthNotMinimal));
        check(&[0x04, 0x82, 0x00, 0x80], Err(ErrorKind::LengthNotMinimal));
        check(&[0x04, 0x85, 1, 1, 1, 1, 1], Err(ErrorKind::LengthTooLarge));
        check(
            &[0x04, 0x84, 0xff, 0xff, 0xff, 0xff],
            Err(ErrorKind::Truncated),
        );
        check(&[0x1f, 0x81, 0x01, 0x00], Err(ErrorKind::TagNumberHigh));
        check(&[0x04], Err(ErrorKind::Truncated));
        check(&[], Err(ErrorKind::Truncated));
    }

    #[test]
    fn integers_are_minimal() {
        let integer = |bytes: &[u8]| {
            let element = only(bytes, tag::INTEGER).unwrap();
            element.small().map_err(|error| error.kind())
        };
        assert_eq!(integer(&[2, 1, 5]), Ok(5));
        assert_eq!(integer(&[2, 2, 0, 0x80]), Ok(128));
        assert_eq!(integer(&[2, 2, 0, 5]), Err(ErrorKind::IntegerInvalid));
        assert_eq!(integer(&[2, 1, 0x80]), Err(ErrorKind::IntegerInvalid));
        assert_eq!(integer(&[2, 0]), Err(ErrorKind::IntegerInvalid));
        assert_eq!(
            integer(&[2, 5, 1, 0, 0, 0, 0]),
            Err(ErrorKind::IntegerInvalid)
        );
    }

    #[test]
    fn what_is_written_is_read_back() {
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let content = alloc::vec![0x55; length];
            let written = write(tag::OCTET_STRING, &content);
            assert_eq!(only(&written, tag::OCTET_STRING).unwrap().value, content);
        }
        assert_eq!(write_unsigned(&[0, 0, 0x80]), [2, 2, 0, 0x80]);
        assert_eq!(write_unsigned(&[]), [2, 1, 0]);
    }

    #[test]
    fn nesting_is_bounded() {
        let mut bytes = alloc::vec![0x30, 0x00];
        for _ in 0..40 {
            bytes = write(tag::SEQUENCE, &bytes);
        }
        let mut reader = Reader::new(&bytes);
        let mut result = reader.sequence();
        while let Ok(mut inner) = result {
            result = inner.sequence();
        }
        assert_eq!(result.unwrap_err().kind(), ErrorKind::TooDeep);
    }

    #[test]
    fn unused_bits_are_zero() {
        let bits = |bytes: &[u8]| only(bytes, tag::BIT_STRING).unwrap().bits().is_ok();
        assert!(bits(&[3, 2, 5, 0xe0]));
        assert!(!bits(&[3, 2, 5, 0xff]));
        assert!(!bits(&[3, 2, 8, 0x00]));
        assert!(!bits(&[3, 1, 1]));
        assert!(!bits(&[3, 0]));
    }
}
