//! From BER to DER, once, under limits (X.690 §8 and §10).
//!
//! A time-stamp authority answers in DER, but tools that embed a token in a document sometimes
//! write it again with indefinite lengths, and with the content cut into segments.
//! [`to_der`] undoes that and nothing else: lengths become definite and minimal, and a constructed
//! OCTET STRING becomes one.
//! What was DER comes out byte for byte: the order of sets, default values that were written out
//! and odd booleans are left as they are, because signatures are over those bytes.
//!
//! No DER input goes through here: the verification converts only what it could not read.

use alloc::vec::Vec;

use crate::der::{self, tag};
use crate::error::{Error, ErrorKind};
use crate::limits::{MAX_BER_ELEMENTS, MAX_BER_GROWTH_BYTES, MAX_DEPTH, MAX_TOKEN_BYTES};

/// The bit of a tag that says "constructed".
const CONSTRUCTED: u8 = 0x20;
const CONSTRUCTED_OCTET_STRING: u8 = tag::OCTET_STRING | CONSTRUCTED;

/// Writes one BER value that fills `bytes` in DER.
///
/// # Errors
///
/// When the bytes are not one BER value, or beyond a limit:
/// [`MAX_TOKEN_BYTES`],
/// [`MAX_DEPTH`],
/// [`MAX_BER_ELEMENTS`],
/// [`MAX_BER_GROWTH_BYTES`].
pub fn to_der(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    match first_to_der(bytes)? {
        (der, end) if end == bytes.len() => Ok(der),
        (_, end) => Err(Error::new(ErrorKind::TrailingBytes, end)),
    }
}

/// The same for the first value in `bytes`; and where it ends.
pub(crate) fn first_to_der(bytes: &[u8]) -> Result<(Vec<u8>, usize), Error> {
    if bytes.len() > MAX_TOKEN_BYTES {
        return Err(Error::new(ErrorKind::TooLarge, MAX_TOKEN_BYTES));
    }
    let mut converter = Converter {
        input: bytes,
        at: 0,
        elements_left: MAX_BER_ELEMENTS,
    };
    let out = converter.value(bytes.len(), 0)?;
    // A header of indefinite length takes four octets with its end, one of definite length at most
    // five at this size; the content must be beyond 65,535 octets for that, so the sum is small.
    if out.len() > bytes.len().saturating_add(MAX_BER_GROWTH_BYTES) {
        return Err(Error::new(ErrorKind::TooLarge, bytes.len()));
    }
    Ok((out, converter.at))
}

struct Converter<'a> {
    input: &'a [u8],
    at: usize,
    elements_left: usize,
}

/// Where the content of a value ends.
#[derive(Clone, Copy)]
enum End {
    At(usize),
    /// At the end-of-contents octets, somewhere before this place.
    Marked {
        before: usize,
    },
}

impl Converter<'_> {
    const fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, self.at)
    }

    /// The octet at hand; the value that it belongs to ends before `limit`.
    fn octet(&mut self, limit: usize) -> Result<u8, Error> {
        let octet = self.input.get(self.at).copied();
        match octet {
            Some(octet) if self.at < limit => {
                self.at = self.at.saturating_add(1);
                Ok(octet)
            }
            _ => Err(self.error(ErrorKind::Truncated)),
        }
    }

    /// Converts the value at hand, which ends at or before `limit`.
    fn value(&mut self, limit: usize, depth: u8) -> Result<Vec<u8>, Error> {
        if depth > MAX_DEPTH {
            return Err(self.error(ErrorKind::TooDeep));
        }
        self.elements_left = self
            .elements_left
            .checked_sub(1)
            .ok_or(self.error(ErrorKind::TooMany))?;
        let tag = self.octet(limit)?;
        if tag & 0x1f == 0x1f {
            return Err(self.error(ErrorKind::TagNumberHigh));
        }
        let end = self.length(limit)?;
        match (tag, end) {
            // X.690 §8.7.3: the segments of an OCTET STRING are octet strings, cut or whole.
            (CONSTRUCTED_OCTET_STRING, end) => {
                let mut octets = Vec::new();
                self.each(end, |converter, limit| {
                    let segment = converter.value(limit, depth.saturating_add(1))?;
                    let segment = der::only(&segment, tag::OCTET_STRING);
                    let segment = segment.map_err(|error| converter.error(error.kind()))?;
                    octets.extend_from_slice(segment.value);
                    Ok(())
                })?;
                Ok(der::write(tag::OCTET_STRING, &octets))
            }
            (tag, end) if tag & CONSTRUCTED != 0 => {
                let mut content = Vec::new();
                self.each(end, |converter, limit| {
                    content.extend(converter.value(limit, depth.saturating_add(1))?);
                    Ok(())
                })?;
                Ok(der::write(tag, &content))
            }
            (tag, End::At(end)) => {
                let truncated = self.error(ErrorKind::Truncated);
                let content = self.input.get(self.at..end).ok_or(truncated)?;
                self.at = end;
                Ok(der::write(tag, content))
            }
            // X.690 §8.1.3.2: a primitive value has a definite length.
            (_, End::Marked { .. }) => Err(self.error(ErrorKind::LengthIndefinite)),
        }
    }

    /// Calls `convert` for each value up to `end`, and steps over the end-of-contents octets.
    fn each(
        &mut self,
        end: End,
        mut convert: impl FnMut(&mut Self, usize) -> Result<(), Error>,
    ) -> Result<(), Error> {
        match end {
            End::At(end) => {
                while self.at < end {
                    convert(self, end)?;
                }
            }
            End::Marked { before } => {
                while !self.is_at_end_of_contents(before) {
                    convert(self, before)?;
                }
                self.at = self.at.saturating_add(2);
            }
        }
        Ok(())
    }

    fn is_at_end_of_contents(&self, before: usize) -> bool {
        let end = self.at.saturating_add(2);
        end <= before && self.input.get(self.at..end) == Some(&[0, 0])
    }

    /// Reads a length in any form of X.690 §8.1.3: where the content ends, at or before `limit`.
    fn length(&mut self, limit: usize) -> Result<End, Error> {
        let first = self.octet(limit)?;
        let length = match first {
            0x00..=0x7f => usize::from(first),
            0x80 => return Ok(End::Marked { before: limit }),
            // X.690 §8.1.3.5 (c): FF is reserved.
            0xff => return Err(self.error(ErrorKind::LengthTooLarge)),
            _ => {
                let mut length = 0_usize;
                for _ in 0..(first & 0x7f) {
                    let octet = self.octet(limit)?;
                    length = length
                        .checked_mul(256)
                        .and_then(|shifted| shifted.checked_add(usize::from(octet)))
                        .ok_or(self.error(ErrorKind::LengthTooLarge))?;
                }
                length
            }
        };
        let end = self.at.saturating_add(length);
        if end > limit {
            return Err(self.error(ErrorKind::Truncated));
        }
        Ok(End::At(end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], want: Result<&[u8], ErrorKind>) {
        let got = to_der(bytes);
        let got = got.as_deref().map_err(Error::kind);
        assert_eq!(got, want, "{bytes:02x?}");
    }

    #[test]
    fn lengths_become_definite_and_minimal() {
        check(&[0x30, 0x80, 2, 1, 5, 0, 0], Ok(&[0x30, 3, 2, 1, 5]));
        check(&[0x30, 0x80, 0, 0], Ok(&[0x30, 0]));
        check(&[0x30, 0x82, 0, 5, 4, 0x83, 0, 0, 0], Ok(&[0x30, 2, 4, 0]));
        check(&[0x04, 0x81, 1, 0xaa], Ok(&[4, 1, 0xaa]));
    }

    #[test]
    fn segments_are_joined() {
        let segments = [0x24, 0x80, 4, 1, 1, 0x24, 4, 4, 2, 2, 3, 4, 0, 0, 0];
        check(&segments, Ok(&[4, 3, 1, 2, 3]));
        check(&[0x24, 0], Ok(&[4, 0]));
        check(&[0x24, 3, 2, 1, 5], Err(ErrorKind::TagUnexpected));
    }

    /// A signature is over the bytes that were signed: what was DER must come out as it was.
    #[test]
    fn der_comes_out_byte_for_byte() {
        // A set out of order, a boolean that is neither 00 nor FF, a default written out.
        let odd = [0x31, 9, 2, 1, 9, 2, 1, 5, 1, 1, 0x01];
        check(&odd, Ok(&odd));
        let long = der::write(tag::SEQUENCE, &der::write(tag::OCTET_STRING, &[7; 70_000]));
        assert_eq!(to_der(&long).unwrap(), long);
    }

    #[test]
    fn what_is_not_ber_is_refused() {
        check(&[], Err(ErrorKind::Truncated));
        check(&[0x30, 0x80], Err(ErrorKind::Truncated));
        check(&[0x30, 0x80, 0], Err(ErrorKind::Truncated));
        check(&[0x30, 2, 0x30, 0x80, 0, 0], Err(ErrorKind::Truncated));
        check(&[0x30, 3, 4, 2, 1], Err(ErrorKind::Truncated));
        check(&[0x04, 0x80, 0, 0], Err(ErrorKind::LengthIndefinite));
        check(&[0x04, 0xff, 0], Err(ErrorKind::LengthTooLarge));
        check(&[0x30, 0, 0], Err(ErrorKind::TrailingBytes));
        check(&[0x1f, 0x81, 1, 0], Err(ErrorKind::TagNumberHigh));
        let endless = [&[0x04, 0xfe][..], &[0xff; 126]].concat();
        check(&endless, Err(ErrorKind::LengthTooLarge));
    }

    /// Input of a few octets must not cost more than its size.
    #[test]
    fn depth_and_number_are_limited() {
        let deep = [0x30, 0x80].repeat(1000);
        check(&deep, Err(ErrorKind::TooDeep));
        let many = der::write(tag::SEQUENCE, &[5, 0].repeat(MAX_BER_ELEMENTS));
        check(&many, Err(ErrorKind::TooMany));
    }

    /// The bound on what comes out, at its worst: nested large values of indefinite length.
    #[test]
    fn the_output_hardly_grows() {
        let depth = usize::from(MAX_DEPTH);
        let mut bytes = [0x30, 0x80].repeat(depth);
        bytes.extend(der::write(tag::OCTET_STRING, &[1; 70_000]));
        bytes.extend([0, 0].repeat(depth));
        let out = to_der(&bytes).unwrap();
        assert_eq!(out.len(), bytes.len().saturating_add(depth));
        assert!(depth <= MAX_BER_GROWTH_BYTES);
    }
}
