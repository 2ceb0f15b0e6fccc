//! Reading a line that is in canonical form, and no other.
//!
//! The reader walks the one spelling that the writer has, so "equals the canonical form of what
//! it parses to" holds by construction and costs no second pass: any other order, escape, number
//! or white space is refused at its byte.

use alloc::borrow::Cow;
use alloc::string::String;
use core::ops::Range;

use super::{Entry, EventId, Fidelity, hunk_of_columns};
use crate::digest::{Hash, Hasher};
use crate::encoding::is_hex;
use crate::error::{ErrorKind, ParseError};
use crate::limits::{MAX_COLUMN_BYTES, MAX_INTEGER, MAX_LINE_BYTES, MAX_PATH_BYTES};
use crate::path;
use crate::timestamp::Timestamp;

/// An entry together with the very bytes it was read from.
#[derive(Debug, Clone)]
pub struct ParsedLine<'a> {
    /// The claimed columns.
    pub entry: Entry<Cow<'a, str>>,
    line: &'a [u8],
    /// Where `"chain_hash":"…",` stands in the line.
    chain_hash_member: Range<usize>,
}

/// SHA-256 over the previous hash as hex text (nothing at index 0) and the parts of `pre(e)`.
pub(super) fn chain_hash(previous: Option<Hash>, pre: &[&[u8]]) -> Hash {
    let mut hasher = Hasher::default();
    if let Some(previous) = previous {
        hasher.update(&previous.to_hex());
    }
    for part in pre {
        hasher.update(part);
    }
    hasher.finish()
}

impl<'a> ParsedLine<'a> {
    /// Reads one line without its LF.
    ///
    /// # Errors
    /// What is wrong, in which column, at which byte.
    pub fn parse(line: &'a [u8]) -> Result<Self, ParseError> {
        if line.len() > MAX_LINE_BYTES {
            return Err(ParseError::at(ErrorKind::Limit, MAX_LINE_BYTES));
        }
        let text = core::str::from_utf8(line)
            .map_err(|error| ParseError::at(ErrorKind::NotUtf8, error.valid_up_to()))?;
        let mut reader = Reader { text, at: 0 };
        let agent_id = reader.text("{\"agent_id\":")?;
        let capture_fidelity = reader.fidelity()?;
        let chain_start = reader.at.saturating_add(1);
        let chain_hash = reader.required_hash(",\"chain_hash\":")?;
        let chain_end = reader.at.saturating_add(1);
        let content_hash_after = reader.hash(",\"content_hash_after\":")?;
        let content_hash_before = reader.hash(",\"content_hash_before\":")?;
        let created_at = reader.time()?;
        let diff_hash = reader.hash(",\"diff_hash\":")?;
        let event_type = reader.text(",\"event_type\":")?;
        let file_path = reader.path()?;
        let git_head = reader.git_head()?;
        let hunk_header = reader.text_or_null(",\"hunk_header\":")?;
        let id = reader.id(",\"id\":")?;
        let line_end = reader.count(",\"line_end\":")?;
        let line_start = reader.count(",\"line_start\":")?;
        let model_id = reader.text_or_null(",\"model_id\":")?;
        let parent_event_id = reader.id_or_null(",\"parent_event_id\":")?;
        let previous_hash = reader.hash(",\"previous_hash\":")?;
        let session_id = reader.text_or_null(",\"session_id\":")?;
        let source = reader.text(",\"source\":")?;
        let tool_name = reader.text_or_null(",\"tool_name\":")?;
        reader.literal("}")?;
        if reader.at != line.len() {
            return Err(reader.error(ErrorKind::TrailingBytes));
        }
        hunk_of_columns(hunk_header.as_deref(), line_start, line_end)?;
        let entry = Entry {
            id,
            parent_event_id,
            session_id,
            agent_id,
            model_id,
            event_type,
            tool_name,
            file_path,
            content_hash_before,
            content_hash_after,
            diff_hash,
            line_start,
            line_end,
            hunk_header,
            git_head,
            source,
            previous_hash,
            chain_hash,
            capture_fidelity,
            created_at,
        };
        Ok(Self {
            entry,
            line,
            chain_hash_member: chain_start..chain_end,
        })
    }

    /// The bytes this was read from, without LF.
    #[must_use]
    pub const fn line(&self) -> &'a [u8] {
        self.line
    }

    /// The chain hash over the bytes that were read, the claimed one cut out.
    #[must_use]
    pub fn computed_chain_hash(&self) -> Hash {
        let head = self
            .line
            .get(..self.chain_hash_member.start)
            .unwrap_or_default();
        let tail = self
            .line
            .get(self.chain_hash_member.end..)
            .unwrap_or_default();
        chain_hash(self.entry.previous_hash, &[head, tail])
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

/// The column's name inside `,"name":`.
fn place(key: &'static str) -> &'static str {
    key.trim_matches(|c: char| matches!(c, '{' | ',' | '"' | ':'))
}

/// What is wrong with a column's value, at a byte.
fn refused(kind: ErrorKind, at: usize, key: &'static str) -> ParseError {
    ParseError::at(kind, at).in_place(place(key))
}

/// Bytes before the quote, escape or control character that ends a stretch of plain text.
fn plain_bytes(text: &str) -> Option<usize> {
    text.bytes()
        .position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f))
}

impl<'a> Reader<'a> {
    const fn error(&self, kind: ErrorKind) -> ParseError {
        ParseError::at(kind, self.at)
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn literal(&mut self, literal: &str) -> Result<(), ParseError> {
        if self.rest().starts_with(literal) {
            self.skip(literal.len());
            return Ok(());
        }
        // Point at the first byte that differs.
        let same = self
            .rest()
            .bytes()
            .zip(literal.bytes())
            .take_while(|(a, b)| a == b)
            .count();
        self.skip(same);
        let ended = self.at >= self.text.len();
        Err(self.error(if ended {
            ErrorKind::UnexpectedEnd
        } else {
            ErrorKind::Key
        }))
    }

    fn key(&mut self, key: &'static str) -> Result<(), ParseError> {
        self.literal(key)
            .map_err(|error| error.in_place(place(key)))
    }

    fn null(&mut self) -> bool {
        let is_null = self.rest().starts_with("null");
        if is_null {
            self.skip(4);
        }
        is_null
    }

    /// A string that needs no unescaping, as a slice.
    fn plain(&mut self, key: &'static str) -> Result<&'a str, ParseError> {
        let start = self.at;
        let body = self
            .rest()
            .strip_prefix('"')
            .ok_or_else(|| refused(ErrorKind::Type, start, key))?;
        let end = plain_bytes(body).ok_or_else(|| refused(ErrorKind::UnexpectedEnd, start, key))?;
        if body.as_bytes().get(end) != Some(&b'"') {
            return Err(refused(ErrorKind::Escape, start, key));
        }
        self.skip(end.saturating_add(2));
        Ok(body.get(..end).unwrap_or_default())
    }

    /// A string of a fixed form. Where it does not have that form, [`Self::plain`] says whether it
    /// is a string at all.
    fn fixed<const N: usize, T>(
        &mut self,
        (key, kind): (&'static str, ErrorKind),
        read: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<T, ParseError> {
        let start = self.at;
        if let Some((b"\"", rest)) = self.rest().as_bytes().split_at_checked(1)
            && let Some((text, [b'"', ..])) = rest.split_at_checked(N)
            && let Some(value) = read(text)
        {
            self.skip(N.saturating_add(2));
            return Ok(value);
        }
        self.plain(key)?;
        Err(refused(kind, start, key))
    }

    fn string(&mut self, key: &'static str, bytes_max: usize) -> Result<Cow<'a, str>, ParseError> {
        let start = self.at;
        let body = self
            .rest()
            .strip_prefix('"')
            .ok_or_else(|| refused(ErrorKind::Type, start, key))?;
        self.skip(1);
        let plain = plain_bytes(body).unwrap_or(body.len());
        let text = if body.as_bytes().get(plain) == Some(&b'"') {
            self.skip(plain.saturating_add(1));
            Cow::Borrowed(body.get(..plain).unwrap_or_default())
        } else {
            Cow::Owned(self.escaped(key)?)
        };
        if text.is_empty() {
            return Err(refused(ErrorKind::Value, start, key));
        }
        if text.len() > bytes_max {
            return Err(refused(ErrorKind::Limit, start, key));
        }
        Ok(text)
    }

    /// The rest of a string, up to its closing quote, unescaped.
    fn escaped(&mut self, key: &'static str) -> Result<String, ParseError> {
        let mut rest = self.rest();
        let mut out = String::new();
        loop {
            let plain = plain_bytes(rest)
                .ok_or_else(|| refused(ErrorKind::UnexpectedEnd, self.text.len(), key))?;
            out.push_str(rest.get(..plain).unwrap_or_default());
            self.skip(plain);
            rest = rest.get(plain..).unwrap_or_default();
            if rest.starts_with('"') {
                self.skip(1);
                return Ok(out);
            }
            let (character, length) =
                escape(rest).ok_or_else(|| refused(ErrorKind::Escape, self.at, key))?;
            out.push(character);
            self.skip(length);
            rest = rest.get(length..).unwrap_or_default();
        }
    }

    fn text(&mut self, key: &'static str) -> Result<Cow<'a, str>, ParseError> {
        self.key(key)?;
        self.string(key, MAX_COLUMN_BYTES)
    }

    fn text_or_null(&mut self, key: &'static str) -> Result<Option<Cow<'a, str>>, ParseError> {
        self.key(key)?;
        if self.null() {
            Ok(None)
        } else {
            self.string(key, MAX_COLUMN_BYTES).map(Some)
        }
    }

    fn required_hash(&mut self, key: &'static str) -> Result<Hash, ParseError> {
        self.key(key)?;
        self.fixed::<64, _>((key, ErrorKind::Hex), Hash::from_hex)
    }

    fn hash(&mut self, key: &'static str) -> Result<Option<Hash>, ParseError> {
        self.key(key)?;
        if self.null() {
            return Ok(None);
        }
        self.fixed::<64, _>((key, ErrorKind::Hex), Hash::from_hex)
            .map(Some)
    }

    fn id(&mut self, key: &'static str) -> Result<EventId, ParseError> {
        self.key(key)?;
        self.fixed::<36, _>((key, ErrorKind::Uuid), EventId::parse)
    }

    fn id_or_null(&mut self, key: &'static str) -> Result<Option<EventId>, ParseError> {
        self.key(key)?;
        if self.null() {
            return Ok(None);
        }
        self.fixed::<36, _>((key, ErrorKind::Uuid), EventId::parse)
            .map(Some)
    }

    fn count(&mut self, key: &'static str) -> Result<Option<u64>, ParseError> {
        self.key(key)?;
        if self.null() {
            return Ok(None);
        }
        let refused = || refused(ErrorKind::Number, self.at, key);
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        let number = self.rest().get(..digits).unwrap_or_default();
        if number.is_empty() || number.len() > 1 && number.starts_with('0') {
            return Err(refused());
        }
        let count: u64 = number.parse().map_err(|_| refused())?;
        if count > MAX_INTEGER.unsigned_abs() {
            return Err(refused());
        }
        self.skip(digits);
        Ok(Some(count))
    }

    fn fidelity(&mut self) -> Result<Fidelity, ParseError> {
        let key = ",\"capture_fidelity\":";
        self.key(key)?;
        let start = self.at;
        Fidelity::parse(self.plain(key)?).ok_or_else(|| refused(ErrorKind::Value, start, key))
    }

    fn time(&mut self) -> Result<Timestamp, ParseError> {
        let key = ",\"created_at\":";
        self.key(key)?;
        self.fixed::<24, _>((key, ErrorKind::Time), Timestamp::parse)
    }

    fn path(&mut self) -> Result<Option<Cow<'a, str>>, ParseError> {
        let key = ",\"file_path\":";
        self.key(key)?;
        if self.null() {
            return Ok(None);
        }
        let start = self.at;
        let text = self.string(key, MAX_PATH_BYTES)?;
        if path::is_valid(&text) {
            Ok(Some(text))
        } else {
            Err(refused(ErrorKind::Path, start, key))
        }
    }

    fn git_head(&mut self) -> Result<Option<Cow<'a, str>>, ParseError> {
        let key = ",\"git_head\":";
        self.key(key)?;
        if self.null() {
            return Ok(None);
        }
        let start = self.at;
        let text = self.plain(key)?;
        let is_object_id = is_hex(text.as_bytes(), 40) || is_hex(text.as_bytes(), 64);
        if is_object_id {
            Ok(Some(text.into()))
        } else {
            Err(refused(ErrorKind::Hex, start, key))
        }
    }
}

/// The character of a canonical escape at the start of the text, and the escape's length.
fn escape(text: &str) -> Option<(char, usize)> {
    let bytes = text.as_bytes();
    if bytes.first() != Some(&b'\\') {
        return None;
    }
    let short = match bytes.get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'b' => '\u{8}',
        b't' => '\t',
        b'n' => '\n',
        b'f' => '\u{c}',
        b'r' => '\r',
        b'u' => {
            let value: [u8; 2] = crate::encoding::hex_array(bytes.get(2..6)?)?;
            let character = char::from(value[1]);
            let has_short = matches!(character, '\u{8}' | '\t' | '\n' | '\u{c}' | '\r');
            return (value[0] == 0 && value[1] < 0x20 && !has_short).then_some((character, 6));
        }
        _ => return None,
    };
    Some((short, 2))
}
