//! How a path of any bytes is written in the `file_path` column (`docs/format.md` §4.1).

use alloc::string::String;

use crate::digest::sha256_parts;
use crate::encoding;

/// Prefixes that mark a value as something other than itself.
pub const RESERVED_PREFIXES: [&str; 4] = ["bytes:", "sd:", "sha256:", "outside:"];

/// Whether a text begins with a reserved prefix.
#[must_use]
pub fn is_reserved(text: &str) -> bool {
    RESERVED_PREFIXES
        .iter()
        .any(|prefix| text.starts_with(prefix))
}

/// Writes a path inside the repository, given relative to its root with `/` between parts.
#[must_use]
pub fn inside(path: &[u8]) -> String {
    match core::str::from_utf8(path) {
        Ok(text) if !is_reserved(text) && !text.chars().any(is_control) => text.into(),
        _ => percent_encoded(path),
    }
}

/// Writes a path outside the repository as a salted hash: nobody learns the path from the entry.
#[must_use]
pub fn outside(salt: &[u8; 16], path: &[u8]) -> String {
    alloc::format!("outside:{}", sha256_parts(&[salt, path]))
}

const fn is_control(character: char) -> bool {
    matches!(character, '\0'..='\u{1f}' | '\u{7f}')
}

fn percent_encoded(path: &[u8]) -> String {
    let mut out = String::from("bytes:");
    for &byte in path {
        if byte.is_ascii_alphanumeric() || b"._/-".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&encoding::hex(&[byte]).to_ascii_uppercase());
        }
    }
    out
}

/// Whether a `file_path` has a form that the format allows.
#[must_use]
pub fn is_valid(text: &str) -> bool {
    if text.is_empty() || text.chars().any(is_control) {
        return false;
    }
    if let Some(hash) = text
        .strip_prefix("outside:")
        .or_else(|| text.strip_prefix("sha256:"))
    {
        return encoding::is_hex(hash.as_bytes(), 64);
    }
    if text.starts_with("sd:") {
        return true;
    }
    let body = match text.strip_prefix("bytes:") {
        Some(encoded) if !is_percent_encoded(encoded.as_bytes()) => return false,
        Some(encoded) => encoded,
        None => text,
    };
    body.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

fn is_percent_encoded(mut rest: &[u8]) -> bool {
    loop {
        rest = match rest {
            [] => return true,
            [b'%', high, low, tail @ ..] => {
                let hex = |c: &u8| matches!(c, b'0'..=b'9' | b'A'..=b'F');
                if !hex(high) || !hex(low) {
                    return false;
                }
                tail
            }
            [byte, tail @ ..] if byte.is_ascii_alphanumeric() || b"._/-".contains(byte) => tail,
            _ => return false,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_has_a_form_that_readers_accept() {
        let check = |path: &[u8], want: &str| {
            assert_eq!(inside(path), want);
            assert!(is_valid(want), "{want}");
        };
        check(b"src/lib.rs", "src/lib.rs");
        check("src/größe.rs".as_bytes(), "src/größe.rs");
        check(b"a\xff b", "bytes:a%FF%20b");
        check(b"a\nb", "bytes:a%0Ab");
        check(b"sd:x", "bytes:sd%3Ax");
        check(b"del\x7f", "bytes:del%7F");
    }

    #[test]
    fn a_reader_refuses_traversal_and_terminal_tricks() {
        for bad in [
            "",
            "/etc",
            "a//b",
            "../a",
            "a/./b",
            "a\u{1b}[2J",
            "bytes:a%0a",
            "bytes:a%",
            "bytes:a b",
        ] {
            assert!(!is_valid(bad), "{bad:?}");
        }
    }
}
