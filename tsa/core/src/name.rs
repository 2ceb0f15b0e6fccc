//! Distinguished names: compared for chaining, written for people.
//!
//! Two names are equal when their bytes are, or when their attributes are after the string
//! preparation of RFC 5280 §7.1: string type, letter case and white space do not matter.
//! Unicode normalization (NFKC, RFC 4518 §2.3) is deliberately left out, because it needs large
//! tables: a name that needs it is taken as different, and the path is then not found.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write as _};

use crate::der::{Element, Reader, tag};
use crate::error::{Error, ErrorKind};
use crate::limits::MAX_NAME_PARTS;
use crate::oid;

/// A distinguished name, as it stands in a certificate.
///
/// ```text
/// Name ::= CHOICE { rdnSequence SEQUENCE OF SET SIZE (1..MAX) OF AttributeTypeAndValue }
/// AttributeTypeAndValue ::= SEQUENCE { type OBJECT IDENTIFIER, value ANY }
/// ```
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name<'a> {
    raw: &'a [u8],
}

/// One attribute of a name, and whether it shares its relative distinguished name with the last.
struct Part<'a> {
    oid: &'a [u8],
    value: Element<'a>,
    joined: bool,
}

impl<'a> Name<'a> {
    /// Checks the structure and keeps the bytes.
    pub(crate) fn parse(element: &Element<'a>) -> Result<Self, Error> {
        if element.tag != tag::SEQUENCE {
            return Err(element.error(ErrorKind::TagUnexpected));
        }
        let name = Self { raw: element.raw };
        parts(element.reader())?;
        Ok(name)
    }

    pub(crate) const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    pub(crate) fn matches(&self, other: &Name<'_>) -> bool {
        if self.raw == other.raw {
            return true;
        }
        let (mine, theirs) = (self.parts(), other.parts());
        mine.len() == theirs.len() && mine.iter().zip(&theirs).all(|(a, b)| a.matches(b))
    }

    /// Octets that are equal for two names exactly where the names match, to find names by.
    pub(crate) fn comparison_key(&self) -> Vec<u8> {
        let mut key = Vec::new();
        for part in self.parts() {
            let (kind, value) = match text(&part.value) {
                Some(text) => (1, prepared(&text).into_bytes()),
                None => (0, part.value.raw.to_vec()),
            };
            key.extend([kind, u8::from(part.joined)]);
            for octets in [part.oid, &value] {
                key.extend(
                    u32::try_from(octets.len())
                        .unwrap_or(u32::MAX)
                        .to_be_bytes(),
                );
                key.extend_from_slice(octets);
            }
        }
        key
    }

    /// The same for the bytes of two names.
    pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
        Name { raw: a }.matches(&Name { raw: b })
    }

    /// Whether `base` is this name or stands above it (RFC 5280 §7.1).
    pub(crate) fn is_within(&self, base: &Name<'_>) -> bool {
        let (mine, theirs) = (self.parts(), base.parts());
        // A relative name that goes on beyond the base is not the one that the base has there.
        let ends_there = mine.get(theirs.len()).is_none_or(|next| !next.joined);
        mine.len() >= theirs.len()
            && ends_there
            && mine.iter().zip(&theirs).all(|(a, b)| a.matches(b))
    }

    /// Whether the name has no attribute, as the subject of a certificate that is named elsewhere.
    pub(crate) fn is_empty(&self) -> bool {
        self.parts().is_empty()
    }

    /// The values of all attributes of one type.
    pub(crate) fn values(&self, oid: &[u8]) -> Vec<Element<'a>> {
        let parts = self.parts();
        let of_type = parts.iter().filter(|part| part.oid == oid);
        of_type.map(|part| part.value).collect()
    }

    fn parts(&self) -> Vec<Part<'a>> {
        Reader::new(self.raw)
            .sequence()
            .and_then(parts)
            .unwrap_or_default()
    }
}

impl Part<'_> {
    fn matches(&self, other: &Part<'_>) -> bool {
        self.oid == other.oid
            && self.joined == other.joined
            && (self.value.raw == other.value.raw
                || match (text(&self.value), text(&other.value)) {
                    (Some(mine), Some(theirs)) => prepared(&mine) == prepared(&theirs),
                    _ => false,
                })
    }
}

fn parts(mut names: Reader<'_>) -> Result<Vec<Part<'_>>, Error> {
    let mut parts = Vec::new();
    while !names.is_empty() {
        let mut attributes = names.expect(tag::SET)?.reader();
        let mut joined = false;
        loop {
            if parts.len() == MAX_NAME_PARTS {
                return Err(names.error(ErrorKind::TooMany));
            }
            let mut attribute = attributes.sequence()?;
            let oid = attribute.expect(tag::OID)?.oid()?;
            let value = attribute.any()?;
            attribute.finish()?;
            parts.push(Part { oid, value, joined });
            joined = true;
            if attributes.is_empty() {
                break;
            }
        }
    }
    Ok(parts)
}

/// Decodes a directory string; `None` for other types and for invalid characters.
pub(crate) fn text(value: &Element<'_>) -> Option<String> {
    match value.tag {
        tag::UTF8_STRING | tag::PRINTABLE_STRING | tag::IA5_STRING => {
            core::str::from_utf8(value.value).ok().map(String::from)
        }
        // T.61 as it is used in certificates: Latin-1.
        tag::TELETEX_STRING => Some(value.value.iter().copied().map(char::from).collect()),
        tag::BMP_STRING => {
            let (pairs, rest) = value.value.as_chunks::<2>();
            let units = pairs.iter().copied().map(u16::from_be_bytes);
            let decoded: Result<String, _> = char::decode_utf16(units).collect();
            decoded.ok().filter(|_| rest.is_empty())
        }
        _ => None,
    }
}

/// RFC 4518 §2, normalization apart: what is not shown is dropped, white space in any number is one
/// space and none at the ends, letters are small.
fn prepared(text: &str) -> String {
    let is_space = |c: char| c.is_whitespace() && c != '\u{200b}';
    let mut out = String::new();
    for word in text.split(is_space) {
        let mut letters = word.chars().filter(|c| !is_dropped(*c)).peekable();
        if letters.peek().is_some() && !out.is_empty() {
            out.push(' ');
        }
        out.extend(letters.flat_map(char::to_lowercase));
    }
    out
}

/// RFC 4518 §2.2: mapped to nothing.
fn is_dropped(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{1806}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2063}' | '\u{206a}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffc}')
        || c.is_control()
}

/// RFC 4514: the last part first, parts separated by commas, special characters escaped.
impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self.parts();
        // Parts of one multi-valued RDN stay in their order; the RDNs are reversed.
        let mut groups: Vec<Vec<&Part<'_>>> = Vec::new();
        for part in &parts {
            match groups.last_mut() {
                Some(group) if part.joined => group.push(part),
                _ => groups.push(alloc::vec![part]),
            }
        }
        for (i, group) in groups.iter().rev().enumerate() {
            for (j, part) in group.iter().enumerate() {
                if j > 0 {
                    f.write_char('+')?;
                } else if i > 0 {
                    f.write_char(',')?;
                }
                write_part(f, part)?;
            }
        }
        Ok(())
    }
}

fn write_part(f: &mut fmt::Formatter<'_>, part: &Part<'_>) -> fmt::Result {
    match short_name(part.oid) {
        Some(name) => f.write_str(name)?,
        None => f.write_str(&oid::dotted(part.oid))?,
    }
    f.write_char('=')?;
    let Some(text) = text(&part.value) else {
        return write!(f, "#{}", crate::hex::encode(part.value.raw));
    };
    let last = text.chars().count().saturating_sub(1);
    for (i, c) in text.chars().enumerate() {
        let escaped = match c {
            ' ' => i == 0 || i == last,
            '#' => i == 0,
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' | '=' => true,
            _ => false,
        };
        if escaped {
            write!(f, "\\{c}")?;
        } else if c.is_control() {
            let mut octets = [0; 4];
            for octet in c.encode_utf8(&mut octets).bytes() {
                write!(f, "\\{octet:02X}")?;
            }
        } else {
            f.write_char(c)?;
        }
    }
    Ok(())
}

/// RFC 4514 §3, and the three further names that certificates of time-stamp authorities use.
const fn short_name(oid: &[u8]) -> Option<&'static str> {
    Some(match oid {
        [0x55, 0x04, 0x03] => "CN",
        [0x55, 0x04, 0x05] => "serialNumber",
        [0x55, 0x04, 0x06] => "C",
        [0x55, 0x04, 0x07] => "L",
        [0x55, 0x04, 0x08] => "ST",
        [0x55, 0x04, 0x09] => "STREET",
        [0x55, 0x04, 0x0a] => "O",
        [0x55, 0x04, 0x0b] => "OU",
        [0x55, 0x04, 0x61] => "organizationIdentifier",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x19] => "DC",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x01] => "UID",
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01] => "emailAddress",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;
    use crate::der;

    fn name(parts: &[(u8, u8, &[u8])]) -> Vec<u8> {
        let rdns: Vec<u8> = parts
            .iter()
            .flat_map(|(kind, string, value)| {
                let mut content = der::write(tag::OID, &[0x55, 0x04, *kind]);
                content.extend(der::write(*string, value));
                der::write(tag::SET, &der::write(tag::SEQUENCE, &content))
            })
            .collect();
        der::write(tag::SEQUENCE, &rdns)
    }

    fn parse(bytes: &[u8]) -> Name<'_> {
        Name::parse(&der::only(bytes, tag::SEQUENCE).unwrap()).unwrap()
    }

    #[test]
    fn written_last_part_first_and_escaped() {
        let bytes = name(&[
            (0x06, tag::PRINTABLE_STRING, b"DE"),
            (0x0a, tag::UTF8_STRING, b" A, B+\x1b[2J"),
            (0x03, tag::BMP_STRING, &[0, b'#', 0, b'x']),
            (0x2a, tag::OCTET_STRING, &[1, 2]),
        ]);
        let text = parse(&bytes).to_string();
        assert_eq!(
            text,
            "2.5.4.42=#04020102,CN=\\#x,O=\\ A\\, B\\+\\1B[2J,C=DE"
        );
    }

    #[test]
    fn string_type_case_and_spaces_do_not_matter() {
        let a = name(&[(3, tag::PRINTABLE_STRING, b"Time  Stamping CA")]);
        let b = name(&[(3, tag::UTF8_STRING, b" time stamping ca")]);
        let c = name(&[(3, tag::UTF8_STRING, b"timestamping ca")]);
        let d = name(&[(10, tag::UTF8_STRING, b"time stamping ca")]);
        assert!(parse(&a).matches(&parse(&b)));
        assert!(!parse(&a).matches(&parse(&c)));
        assert!(!parse(&a).matches(&parse(&d)));
    }

    #[test]
    fn names_have_the_same_key_exactly_where_they_match() {
        let names = [
            name(&[(3, tag::PRINTABLE_STRING, b"Time  Stamping CA")]),
            name(&[(3, tag::UTF8_STRING, b" time stamping ca")]),
            name(&[(3, tag::UTF8_STRING, b"timestamping ca")]),
            name(&[(10, tag::UTF8_STRING, b"time stamping ca")]),
            name(&[(3, tag::OCTET_STRING, b"time stamping ca")]),
            name(&[(3, tag::UTF8_STRING, b"time"), (3, tag::UTF8_STRING, b"x")]),
            name(&[(3, tag::UTF8_STRING, b"time")]),
            name(&[]),
        ];
        for a in &names {
            for b in &names {
                let (a, b) = (parse(a), parse(b));
                let same = a.comparison_key() == b.comparison_key();
                assert_eq!(same, a.matches(&b), "{a} and {b}");
            }
        }
    }

    #[test]
    fn letters_and_spaces_of_other_scripts_do_not_matter() {
        let a = name(&[(
            3,
            tag::UTF8_STRING,
            "Z\u{c4}HLWERK\u{a0}\u{ad}EINS".as_bytes(),
        )]);
        let b = name(&[(3, tag::UTF8_STRING, "z\u{e4}hlwerk eins ".as_bytes())]);
        assert!(parse(&a).matches(&parse(&b)));
    }

    #[test]
    fn a_name_is_within_its_beginnings_only() {
        let whole = name(&[
            (6, tag::PRINTABLE_STRING, b"DE"),
            (10, tag::PRINTABLE_STRING, b"Org"),
            (3, tag::PRINTABLE_STRING, b"Unit"),
        ]);
        let above = name(&[
            (6, tag::PRINTABLE_STRING, b"de"),
            (10, tag::UTF8_STRING, b"ORG"),
        ]);
        let beside = name(&[(10, tag::UTF8_STRING, b"Org")]);
        assert!(parse(&whole).is_within(&parse(&above)));
        assert!(parse(&whole).is_within(&parse(&whole)));
        assert!(!parse(&above).is_within(&parse(&whole)));
        assert!(!parse(&whole).is_within(&parse(&beside)));
    }

    #[test]
    fn an_empty_relative_name_is_refused() {
        let bytes = der::write(tag::SEQUENCE, &der::write(tag::SET, &[]));
        let element = der::only(&bytes, tag::SEQUENCE).unwrap();
        assert_eq!(
            Name::parse(&element).unwrap_err().kind(),
            ErrorKind::Truncated
        );
    }
}
