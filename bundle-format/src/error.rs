//! The one parse error of this crate: what was wrong, and at which byte.

use core::fmt;

/// Why bytes were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A byte that the grammar does not allow here.
    UnexpectedByte,
    /// The input ended inside a value.
    UnexpectedEnd,
    /// Bytes after the end of the value.
    TrailingBytes,
    /// Not UTF-8.
    NotUtf8,
    /// A string escape that is not the canonical one, or not JSON at all.
    Escape,
    /// An escaped surrogate without its partner.
    LoneSurrogate,
    /// A number that is not an integer in ±(2^53 − 1) in its canonical form.
    Number,
    /// The same key twice in one object.
    DuplicateKey,
    /// A key out of order, missing, or unknown where the set is fixed.
    Key,
    /// Parsed, but not in canonical form.
    NotCanonical,
    /// A limit of [`crate::limits`] was exceeded.
    Limit,
    /// A value of the wrong type.
    Type,
    /// A string or number whose value is not allowed in its place.
    Value,
    /// Not lower-case hexadecimal of the right length.
    Hex,
    /// Not canonical base64 or base58.
    Base64,
    /// Not a UUIDv4 in lower case.
    Uuid,
    /// Not a real date and time in the fixed form.
    Time,
    /// A hunk header, or line numbers that disagree with it.
    Hunk,
    /// A path with a part or character that is not allowed.
    Path,
}

impl ErrorKind {
    /// What was wrong, as a phrase.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnexpectedByte => "unexpected byte",
            Self::UnexpectedEnd => "input ends inside a value",
            Self::TrailingBytes => "bytes after the end",
            Self::NotUtf8 => "not UTF-8",
            Self::Escape => "string escape is not canonical",
            Self::LoneSurrogate => "lone surrogate",
            Self::Number => "number is not a canonical integer within 2^53",
            Self::DuplicateKey => "duplicate key",
            Self::Key => "key missing, unknown or out of order",
            Self::NotCanonical => "not in canonical form",
            Self::Limit => "limit exceeded",
            Self::Type => "value has the wrong type",
            Self::Value => "value is not allowed here",
            Self::Hex => "not lower-case hexadecimal of the right length",
            Self::Base64 => "not canonical base64 or base58",
            Self::Uuid => "not a lower-case UUIDv4",
            Self::Time => "not a date and time in the fixed form",
            Self::Hunk => "hunk header and line numbers do not fit",
            Self::Path => "path holds a part or character that is not allowed",
        }
    }
}

/// A parse error: what and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseError {
    /// What was wrong.
    pub kind: ErrorKind,
    /// Byte offset into the input that was handed in.
    pub offset: usize,
    /// The member or column, where one is known.
    pub place: &'static str,
}

impl ParseError {
    /// An error at a byte offset.
    #[must_use]
    pub const fn at(kind: ErrorKind, offset: usize) -> Self {
        Self {
            kind,
            offset,
            place: "",
        }
    }

    /// An error in a named member or column, whose offset is not known.
    #[must_use]
    pub const fn of(kind: ErrorKind, place: &'static str) -> Self {
        Self {
            kind,
            offset: 0,
            place,
        }
    }

    /// The same error, with the member or column named.
    #[must_use]
    pub const fn in_place(self, place: &'static str) -> Self {
        Self {
            kind: self.kind,
            offset: self.offset,
            place,
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.place, self.offset) {
            ("", offset) => write!(f, "{} at byte {offset}", self.kind.as_str()),
            (place, 0) => write!(f, "`{place}`: {}", self.kind.as_str()),
            (place, offset) => write!(f, "`{place}`: {} at byte {offset}", self.kind.as_str()),
        }
    }
}

impl core::error::Error for ParseError {}
