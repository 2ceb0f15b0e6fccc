//! A writer of DER: just enough for certificates and tokens.
//!
//! It is separate from the reader of the verification core on purpose: what one side writes, the
//! other has to read by the standard and not by a shared mistake.

use std::time::SystemTime;

use crate::calendar::Date;

pub(crate) const BOOLEAN_TRUE: &[u8] = &[0x01, 0x01, 0xff];
pub(crate) const NULL: &[u8] = &[0x05, 0x00];

/// One value: tag, minimal length, content.
pub(crate) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant: Vec<u8> = length.into_iter().skip_while(|octet| *octet == 0).collect();
    let mut out = vec![tag];
    match significant.as_slice() {
        [] => out.push(0),
        [short] if *short < 0x80 => out.push(*short),
        long => {
            out.push(0x80 | u8::try_from(long.len()).unwrap_or(0x7f));
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
    out
}

/// A SEQUENCE of values that are already encoded.
pub(crate) fn sequence(items: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &items.concat())
}

/// A SET OF, its items sorted as DER has it.
pub(crate) fn set_of(tag: u8, items: &[Vec<u8>]) -> Vec<u8> {
    let mut sorted: Vec<&[u8]> = items.iter().map(Vec::as_slice).collect();
    sorted.sort_unstable();
    tlv(tag, &sorted.concat())
}

/// `[number] EXPLICIT`, or `[number] IMPLICIT` of a constructed type.
pub(crate) fn context(number: u8, content: &[u8]) -> Vec<u8> {
    tlv(0xa0 | number, content)
}

/// An INTEGER from big-endian octets, not negative.
pub(crate) fn unsigned(octets: &[u8]) -> Vec<u8> {
    tlv(0x02, &unsigned_octets(octets))
}

/// The content of a non-negative INTEGER: minimal, with a zero in front where the sign needs it.
pub(crate) fn unsigned_octets(octets: &[u8]) -> Vec<u8> {
    let significant = octets.iter().copied().skip_while(|octet| *octet == 0);
    let mut content: Vec<u8> = significant.collect();
    if content.first().is_none_or(|first| *first >= 0x80) {
        content.insert(0, 0);
    }
    content
}

/// A small INTEGER.
pub(crate) fn integer(value: u32) -> Vec<u8> {
    unsigned(&value.to_be_bytes())
}

/// An OBJECT IDENTIFIER from content octets.
pub(crate) fn oid(content: &[u8]) -> Vec<u8> {
    tlv(0x06, content)
}

/// An OCTET STRING.
pub(crate) fn octets(content: &[u8]) -> Vec<u8> {
    tlv(0x04, content)
}

/// A BIT STRING of whole octets.
pub(crate) fn bits(content: &[u8]) -> Vec<u8> {
    tlv(0x03, &[&[0], content].concat())
}

/// A named bit list, trailing zeros removed as DER has it; bit 0 is the first.
pub(crate) fn named_bits(set: &[u8]) -> Vec<u8> {
    let Some(highest) = set.iter().max() else {
        return tlv(0x03, &[0]);
    };
    let mut content = vec![0_u8; usize::from(highest / 8).saturating_add(2)];
    if let Some(unused) = content.first_mut() {
        *unused = 7_u8.saturating_sub(highest % 8);
    }
    for bit in set {
        if let Some(octet) = content.get_mut(usize::from(bit / 8).saturating_add(1)) {
            *octet |= 0x80 >> (bit % 8);
        }
    }
    tlv(0x03, &content)
}

/// A UTF8String.
pub(crate) fn utf8(text: &str) -> Vec<u8> {
    tlv(0x0c, text.as_bytes())
}

/// An `AlgorithmIdentifier` with NULL parameters.
pub(crate) fn algorithm_null(content: &[u8]) -> Vec<u8> {
    sequence(&[&oid(content), NULL])
}

/// A certificate's time: `UTCTime` to 2049, `GeneralizedTime` beyond (RFC 5280 §4.1.2.5).
pub(crate) fn certificate_time(at: SystemTime) -> Vec<u8> {
    let date = Date::of(at);
    if (1950..2050).contains(&date.year) {
        tlv(0x17, date.compact().get(2..).unwrap_or_default().as_bytes())
    } else {
        tlv(0x18, date.compact().as_bytes())
    }
}

/// A `GeneralizedTime` of whole seconds, as OCSP has it (RFC 6960 §4.2.2.1).
pub(crate) fn whole_seconds(at: SystemTime) -> Vec<u8> {
    tlv(0x18, Date::of(at).compact().as_bytes())
}

/// A token's time: milliseconds, without trailing zeros (RFC 3161 §2.4.2).
pub(crate) fn gen_time(at: SystemTime) -> Vec<u8> {
    let date = Date::of(at);
    let mut text = date.compact();
    let fraction = format!("{:03}", date.millis);
    let fraction = fraction.trim_end_matches('0');
    if !fraction.is_empty() {
        text.truncate(14);
        text.push('.');
        text.push_str(fraction);
        text.push('Z');
    }
    tlv(0x18, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn named_bits_are_trimmed() {
        assert_eq!(named_bits(&[0]), [3, 2, 7, 0x80]);
        assert_eq!(named_bits(&[5, 6]), [3, 2, 1, 0x06]);
        assert_eq!(named_bits(&[15]), [3, 3, 0, 0, 0x01]);
        assert_eq!(named_bits(&[25]), [3, 5, 6, 0, 0, 0, 0x40]);
    }

    #[test]
    fn times_take_the_form_of_their_year() {
        let at = |millis| SystemTime::UNIX_EPOCH + Duration::from_millis(millis);
        assert_eq!(certificate_time(at(0)), tlv(0x17, b"700101000000Z"));
        assert_eq!(
            certificate_time(at(2_524_608_000_000)),
            tlv(0x18, b"20500101000000Z")
        );
        assert_eq!(
            gen_time(at(1_795_255_872_000)),
            tlv(0x18, b"20261121101112Z")
        );
        assert_eq!(
            gen_time(at(1_795_255_872_050)),
            tlv(0x18, b"20261121101112.05Z")
        );
    }
}
