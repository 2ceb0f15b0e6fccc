//! PEM (RFC 7468): the certificates and other blocks in a text.
//!
//! Text outside the blocks is ignored, as tools write it there; blocks of other kinds are skipped.
//! Inside a block the base64 is read strictly: one alphabet, padding at the end, no spare bits.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::{Error, ErrorKind};
use crate::limits::{MAX_CERTIFICATES, MAX_PEM_BYTES};

const LABEL: &str = "CERTIFICATE";

/// A block of a PEM text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What stands between `BEGIN` and the dashes, such as `CERTIFICATE` or `X509 CRL`.
    pub label: String,
    /// The decoded bytes.
    pub der: Vec<u8>,
}

/// Whether bytes are a PEM text: they hold the beginning of a block.
#[must_use]
pub fn is_pem(bytes: &[u8]) -> bool {
    bytes.windows(11).any(|window| window == b"-----BEGIN ")
}

/// Decodes every `CERTIFICATE` block of a PEM text, in order.
///
/// # Errors
///
/// As [`blocks`], or when there is no certificate at all.
pub fn certificates(text: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
    let found = blocks_where(text, |label| label == LABEL.as_bytes())?;
    if found.is_empty() {
        return Err(Error::new(ErrorKind::PemInvalid, text.len()));
    }
    Ok(found.into_iter().map(|block| block.der).collect())
}

/// Decodes every block of a PEM text, whatever its label, in order; none is no error.
///
/// # Errors
///
/// When a block has no end or is not base64, or beyond [`MAX_PEM_BYTES`] or [`MAX_CERTIFICATES`]
/// blocks.
pub fn blocks(text: &[u8]) -> Result<Vec<Block>, Error> {
    blocks_where(text, |_| true)
}

fn blocks_where(text: &[u8], wanted: impl Fn(&[u8]) -> bool) -> Result<Vec<Block>, Error> {
    if text.len() > MAX_PEM_BYTES {
        return Err(Error::new(ErrorKind::TooLarge, MAX_PEM_BYTES));
    }
    let mut found = Vec::new();
    let mut open: Option<(&[u8], usize, Vec<u8>)> = None;
    let mut offset = 0_usize;
    for line in text.split_inclusive(|octet| *octet == b'\n') {
        let start = offset;
        offset = offset.saturating_add(line.len());
        let line = line.trim_ascii();
        if let Some(label) = boundary(line, b"-----BEGIN ") {
            if let Some((_, at, _)) = open {
                return Err(Error::new(ErrorKind::PemInvalid, at));
            }
            open = Some((label, start, Vec::new()));
        } else if let Some(label) = boundary(line, b"-----END ") {
            match open.take() {
                Some((opened, at, body)) if opened == label => {
                    if wanted(label) {
                        let der = base64(&body).ok_or(Error::new(ErrorKind::Base64Invalid, at))?;
                        if found.len() == MAX_CERTIFICATES {
                            return Err(Error::new(ErrorKind::TooMany, at));
                        }
                        let label = String::from_utf8_lossy(label).into_owned();
                        found.push(Block { label, der });
                    }
                }
                _ => return Err(Error::new(ErrorKind::PemInvalid, start)),
            }
        } else if let Some((_, _, body)) = &mut open {
            body.extend_from_slice(line);
        }
    }
    match open {
        Some((_, at, _)) => Err(Error::new(ErrorKind::PemInvalid, at)),
        None => Ok(found),
    }
}

/// Encodes one certificate as a PEM block with lines of 64 characters.
#[must_use]
pub fn encode_certificate(der: &[u8]) -> String {
    let mut text = alloc::format!("-----BEGIN {LABEL}-----\n");
    for line in der.chunks(48) {
        for group in line.chunks(3) {
            let word = group
                .iter()
                .chain(&[0, 0])
                .take(3)
                .fold(0_u32, |word, octet| (word << 8) | u32::from(*octet));
            for (i, shift) in [18, 12, 6, 0].into_iter().enumerate() {
                let index = usize::try_from((word >> shift) & 0x3f).unwrap_or_default();
                let character = ALPHABET.get(index).copied().unwrap_or(b'=');
                text.push(if i <= group.len() {
                    char::from(character)
                } else {
                    '='
                });
            }
        }
        text.push('\n');
    }
    text.push_str("-----END ");
    text.push_str(LABEL);
    text.push_str("-----\n");
    text
}

fn boundary<'a>(line: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    line.strip_prefix(prefix)?.strip_suffix(b"-----")
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let (groups, rest) = text.as_chunks::<4>();
    if !rest.is_empty() {
        return None;
    }
    let mut out = Vec::new();
    let (last, full) = groups.split_last()?;
    for group in full {
        push_group(&mut out, group, 3)?;
    }
    match last {
        [_, _, b'=', b'='] => push_group(&mut out, &[last[0], last[1], b'A', b'A'], 1)?,
        [_, _, _, b'='] => push_group(&mut out, &[last[0], last[1], last[2], b'A'], 2)?,
        _ => push_group(&mut out, last, 3)?,
    }
    Some(out)
}

/// Decodes four characters and keeps `kept` octets; those not kept must be zero.
fn push_group(out: &mut Vec<u8>, group: &[u8; 4], kept: usize) -> Option<()> {
    let mut word = 0_u32;
    for character in group {
        let value = ALPHABET.iter().position(|known| known == character)?;
        word = (word << 6) | u32::try_from(value).ok()?;
    }
    let octets = word.to_be_bytes();
    let (keep, spare) = octets.get(1..)?.split_at_checked(kept)?;
    if spare.iter().any(|octet| *octet != 0) {
        return None;
    }
    out.extend_from_slice(keep);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_among_text() {
        let mut text = String::from("subject=CN\n");
        let bodies: [&[u8]; 4] = [b"a", b"ab", b"abc", &[0xff; 100]];
        for body in bodies {
            text.push_str(&encode_certificate(body));
            text.push_str(
                "between\r\n-----BEGIN X509 CRL-----\r\nAAAA\r\n-----END X509 CRL-----\r\n",
            );
        }
        assert_eq!(certificates(text.as_bytes()).unwrap(), bodies);
        let all = blocks(text.as_bytes()).unwrap();
        let lists = all.iter().filter(|block| block.label == "X509 CRL");
        assert_eq!(
            lists.map(|block| block.der.as_slice()).collect::<Vec<_>>(),
            [[0; 3]; 4]
        );
        assert_eq!(blocks(b"no block").unwrap(), []);
    }

    #[test]
    fn damaged_blocks_are_refused() {
        let kind = |text: &str| certificates(text.as_bytes()).unwrap_err().kind();
        assert_eq!(kind(""), ErrorKind::PemInvalid);
        assert_eq!(
            kind("-----BEGIN CERTIFICATE-----\nAAAA\n"),
            ErrorKind::PemInvalid
        );
        assert_eq!(kind("-----END CERTIFICATE-----\n"), ErrorKind::PemInvalid);
        let body = |b: &str| {
            kind(&alloc::format!(
                "-----BEGIN CERTIFICATE-----\n{b}\n-----END CERTIFICATE-----\n"
            ))
        };
        for damaged in ["", "A", "AA=A", "AB==", "====", "A*AA", "AAAA AAAA"] {
            assert_eq!(body(damaged), ErrorKind::Base64Invalid, "{damaged:?}");
        }
    }
}
