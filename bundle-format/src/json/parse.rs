//! A strict RFC 8259 reader for the profile.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Value, canonical};
use crate::error::{ErrorKind, ParseError};
use crate::limits::{MAX_INTEGER, MAX_JSON_DEPTH};

/// Reads one JSON text. White space and any escape are accepted; what the profile forbids is not.
///
/// # Errors
/// The first offence, with its byte offset.
pub fn parse(bytes: &[u8]) -> Result<Value, ParseError> {
    Reader::of(bytes)?.whole()
}

/// Reads one JSON text that must equal the canonical form of what it parses to.
///
/// # Errors
/// As [`parse`], or [`ErrorKind::NotCanonical`] at the first byte that differs.
pub fn parse_canonical(bytes: &[u8]) -> Result<Value, ParseError> {
    let mut reader = Reader::of(bytes)?;
    let value = reader.whole()?;
    if reader.plain {
        debug_assert_eq!(canonical(&value), bytes, "plain text is canonical");
        return Ok(value);
    }
    let want = canonical(&value);
    if want == bytes {
        return Ok(value);
    }
    let offset = want.iter().zip(bytes).take_while(|(a, b)| a == b).count();
    Err(ParseError::at(ErrorKind::NotCanonical, offset))
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// So far there was no white space, no escape, and no key that is not ASCII or does not ascend.
    /// Such a text has no other spelling than the canonical one, and need not be written to know.
    plain: bool,
}

impl<'a> Reader<'a> {
    fn of(bytes: &'a [u8]) -> Result<Self, ParseError> {
        let text = core::str::from_utf8(bytes)
            .map_err(|error| ParseError::at(ErrorKind::NotUtf8, error.valid_up_to()))?;
        Ok(Self {
            text,
            at: 0,
            plain: true,
        })
    }

    /// The one value that the text holds.
    fn whole(&mut self) -> Result<Value, ParseError> {
        let value = self.value(0)?;
        self.skip_space();
        match self.peek() {
            None => Ok(value),
            Some(_) => Err(self.error(ErrorKind::TrailingBytes)),
        }
    }

    const fn error(&self, kind: ErrorKind) -> ParseError {
        ParseError::at(kind, self.at)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn next(&mut self) -> Result<u8, ParseError> {
        let byte = self.peek().ok_or(self.error(ErrorKind::UnexpectedEnd))?;
        self.at = self.at.saturating_add(1);
        Ok(byte)
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.plain = false;
            self.at = self.at.saturating_add(1);
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, ParseError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        if rest.starts_with(word) {
            self.at = self.at.saturating_add(word.len());
            Ok(value)
        } else {
            Err(self.error(ErrorKind::UnexpectedByte))
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, ParseError> {
        self.skip_space();
        match self.peek() {
            None => Err(self.error(ErrorKind::UnexpectedEnd)),
            Some(b'n') => self.word("null", Value::Null),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'"') => self.string().map(Value::String),
            Some(b'-' | b'0'..=b'9') => self.integer(),
            Some(b'[' | b'{') if depth >= MAX_JSON_DEPTH => Err(self.error(ErrorKind::Limit)),
            Some(b'[') => self.array(depth.saturating_add(1)),
            Some(b'{') => self.object(depth.saturating_add(1)),
            Some(_) => Err(self.error(ErrorKind::UnexpectedByte)),
        }
    }

    fn integer(&mut self) -> Result<Value, ParseError> {
        let start = self.at;
        while matches!(
            self.peek(),
            Some(b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')
        ) {
            self.at = self.at.saturating_add(1);
        }
        let digits = self.text.get(start..self.at).unwrap_or_default();
        let refused = ParseError::at(ErrorKind::Number, start);
        let unsigned = digits.strip_prefix('-').unwrap_or(digits);
        let canonical = unsigned.bytes().all(|b| b.is_ascii_digit())
            && (unsigned == "0" && unsigned == digits || !unsigned.starts_with('0'));
        let number: i64 = digits.parse().map_err(|_| refused)?;
        if canonical && (-MAX_INTEGER..=MAX_INTEGER).contains(&number) {
            Ok(Value::Integer(number))
        } else {
            Err(refused)
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, ParseError> {
        self.next()?;
        let mut items = Vec::new();
        self.skip_space();
        if self.peek() == Some(b']') {
            self.next()?;
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value(depth)?);
            self.skip_space();
            match self.next()? {
                b',' => {}
                b']' => return Ok(Value::Array(items)),
                _ => return Err(self.before(ErrorKind::UnexpectedByte)),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, ParseError> {
        let start = self.at;
        self.next()?;
        let mut members: Vec<(String, Value)> = Vec::new();
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.next()?;
            return Ok(Value::Object(members));
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.error(ErrorKind::UnexpectedByte));
            }
            let key = self.string()?;
            self.skip_space();
            if self.next()? != b':' {
                return Err(self.before(ErrorKind::UnexpectedByte));
            }
            members.push((key, self.value(depth)?));
            self.skip_space();
            match self.next()? {
                b',' => {}
                b'}' => break,
                _ => return Err(self.before(ErrorKind::UnexpectedByte)),
            }
        }
        // Sorting finds duplicates in n log n, however many members a hostile object has.
        if members.is_sorted_by(|(a, _), (b, _)| a < b) {
            // They cannot repeat, and UTF-16 gives ASCII no other order.
            self.plain &= members.iter().all(|(key, _)| key.is_ascii());
        } else {
            self.plain = false;
            let mut keys: Vec<&str> = members.iter().map(|(key, _)| key.as_str()).collect();
            keys.sort_unstable();
            if keys.windows(2).any(|pair| pair.first() == pair.last()) {
                return Err(ParseError::at(ErrorKind::DuplicateKey, start));
            }
        }
        Ok(Value::Object(members))
    }

    const fn before(&self, kind: ErrorKind) -> ParseError {
        ParseError::at(kind, self.at.saturating_sub(1))
    }

    fn string(&mut self) -> Result<String, ParseError> {
        self.next()?;
        let mut out = String::new();
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let plain = rest
                .bytes()
                .position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f))
                .ok_or(ParseError::at(ErrorKind::UnexpectedEnd, self.text.len()))?;
            out.push_str(rest.get(..plain).unwrap_or_default());
            self.at = self.at.saturating_add(plain);
            match self.next()? {
                b'"' => return Ok(out),
                b'\\' => out.push(self.escape()?),
                _ => return Err(self.before(ErrorKind::UnexpectedByte)),
            }
        }
    }

    fn escape(&mut self) -> Result<char, ParseError> {
        self.plain = false;
        Ok(match self.next()? {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return Err(self.before(ErrorKind::Escape)),
        })
    }

    fn unicode_escape(&mut self) -> Result<char, ParseError> {
        let start = self.at.saturating_sub(2);
        let lone = ParseError::at(ErrorKind::LoneSurrogate, start);
        let first = self.four_hex()?;
        if !(0xd800..0xe000).contains(&first) {
            return char::from_u32(first).ok_or(lone);
        }
        if first >= 0xdc00
            || !self
                .text
                .get(self.at..)
                .unwrap_or_default()
                .starts_with("\\u")
        {
            return Err(lone);
        }
        self.at = self.at.saturating_add(2);
        let second = self.four_hex()?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err(lone);
        }
        let (high, low) = (
            first.wrapping_sub(0xd800) << 10,
            second.wrapping_sub(0xdc00),
        );
        char::from_u32(0x1_0000_u32.wrapping_add(high | low)).ok_or(lone)
    }

    fn four_hex(&mut self) -> Result<u32, ParseError> {
        let end = self.at.saturating_add(4);
        let digits = self
            .text
            .get(self.at..end)
            .ok_or(self.error(ErrorKind::Escape))?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(self.error(ErrorKind::Escape));
        }
        self.at = end;
        u32::from_str_radix(digits, 16).map_err(|_| self.error(ErrorKind::Escape))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str, kind: ErrorKind) {
        assert_eq!(
            parse(text.as_bytes()).map_err(|e| e.kind),
            Err(kind),
            "{text}"
        );
    }

    #[test]
    fn readers_that_disagree_find_nothing_to_disagree_about() {
        refused(r#"{"a":1,"b":2,"a":3}"#, ErrorKind::DuplicateKey);
        refused(r#"{"a":1,"\u0061":3}"#, ErrorKind::DuplicateKey);
        refused(r#""\ud800""#, ErrorKind::LoneSurrogate);
        refused(r#""\udc00\ud800""#, ErrorKind::LoneSurrogate);
        refused(r#""\ud800A""#, ErrorKind::LoneSurrogate);
        for number in [
            "1.0",
            "1e3",
            "-0",
            "01",
            "9007199254740992",
            "-9007199254740992",
            "1E400",
        ] {
            refused(number, ErrorKind::Number);
        }
        refused("[1] ]", ErrorKind::TrailingBytes);
        refused("\u{feff}[]", ErrorKind::UnexpectedByte);
        refused("[1,]", ErrorKind::UnexpectedByte);
        refused("\"a\nb\"", ErrorKind::UnexpectedByte);
        refused("{\"a\"", ErrorKind::UnexpectedEnd);
    }

    #[test]
    fn depth_is_bounded_before_the_stack_is() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(parse(nested(MAX_JSON_DEPTH).as_bytes()).is_ok());
        refused(&nested(MAX_JSON_DEPTH + 1), ErrorKind::Limit);
        refused(&"[".repeat(1_000_000), ErrorKind::Limit);
    }

    #[test]
    fn canonical_means_equal_bytes() {
        let check = |text: &str, want: Result<(), ErrorKind>| {
            let got = parse_canonical(text.as_bytes())
                .map(drop)
                .map_err(|e| e.kind);
            assert_eq!(got, want, "{text}");
        };
        check(r#"{"a":"\n\u001f/","b":[1,-2,null,true]}"#, Ok(()));
        check(r#"{"b":1,"a":2}"#, Err(ErrorKind::NotCanonical));
        check(r#"{"a": 1}"#, Err(ErrorKind::NotCanonical));
        check(r#""\u001F""#, Err(ErrorKind::NotCanonical));
        check(r#""\/""#, Err(ErrorKind::NotCanonical));
        // U+1F600 sorts before U+E000 in UTF-16, after it in UTF-8.
        check("{\"\u{1f600}\":1,\"\u{e000}\":2}", Ok(()));
        check(
            "{\"\u{e000}\":2,\"\u{1f600}\":1}",
            Err(ErrorKind::NotCanonical),
        );
    }
}
