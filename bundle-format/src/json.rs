//! The JSON profile of the format: a strict reader, and the RFC 8785 (JCS) writer.
//!
//! The reader refuses what different parsers read differently: duplicate keys, floats, large
//! integers, lone surrogates, trailing bytes, deep nesting. It does not map to Rust types; callers
//! pick members by name and say what they require.

mod parse;
mod write;

use alloc::string::String;
use alloc::vec::Vec;

pub use self::parse::{parse, parse_canonical};
pub(crate) use self::write::write_string;
pub use self::write::{canonical, write_value};
use crate::digest::Hash;
use crate::error::{ErrorKind, ParseError};

/// A JSON value of the profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer in ±(2^53 − 1).
    Integer(i64),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Self>),
    /// An object; the reader keeps the order of the text, the writer sorts.
    Object(Vec<(String, Self)>),
}

impl Value {
    /// An object from members in any order.
    #[must_use]
    pub fn object<const N: usize>(members: [(&str, Self); N]) -> Self {
        Self::Object(
            members
                .into_iter()
                .map(|(key, value)| (String::from(key), value))
                .collect(),
        )
    }

    /// A string, or null for `None`.
    #[must_use]
    pub fn text_or_null(text: Option<&str>) -> Self {
        text.map_or(Self::Null, Self::from)
    }

    /// The members, if this is an object.
    #[must_use]
    pub fn members(&self) -> Option<&[(String, Self)]> {
        if let Self::Object(members) = self {
            Some(members)
        } else {
            None
        }
    }

    /// The member of that name, if this is an object that has it.
    #[must_use]
    pub fn member(&self, key: &str) -> Option<&Self> {
        self.members()?
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    /// The text, if this is a string.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Self::String(text) = self {
            Some(text)
        } else {
            None
        }
    }

    /// The number, if this is an integer.
    #[must_use]
    pub const fn as_integer(&self) -> Option<i64> {
        if let Self::Integer(number) = self {
            Some(*number)
        } else {
            None
        }
    }

    /// The items, if this is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        if let Self::Array(items) = self {
            Some(items)
        } else {
            None
        }
    }

    /// A required member.
    ///
    /// # Errors
    /// [`ErrorKind::Key`] if it is not there.
    pub fn require(&self, key: &'static str) -> Result<&Self, ParseError> {
        self.member(key).ok_or(ParseError::of(ErrorKind::Key, key))
    }

    /// A required string member.
    ///
    /// # Errors
    /// [`ErrorKind::Key`] or [`ErrorKind::Type`].
    pub fn require_text(&self, key: &'static str) -> Result<&str, ParseError> {
        self.require(key)?
            .as_text()
            .ok_or(ParseError::of(ErrorKind::Type, key))
    }

    /// A required member that is a string or null.
    ///
    /// # Errors
    /// [`ErrorKind::Key`] or [`ErrorKind::Type`].
    pub fn require_text_or_null(&self, key: &'static str) -> Result<Option<&str>, ParseError> {
        match self.require(key)? {
            Self::Null => Ok(None),
            Self::String(text) => Ok(Some(text)),
            _ => Err(ParseError::of(ErrorKind::Type, key)),
        }
    }

    /// A required array member.
    ///
    /// # Errors
    /// [`ErrorKind::Key`] or [`ErrorKind::Type`].
    pub fn require_array(&self, key: &'static str) -> Result<&[Self], ParseError> {
        self.require(key)?
            .as_array()
            .ok_or(ParseError::of(ErrorKind::Type, key))
    }

    /// A required integer member that is not negative.
    ///
    /// # Errors
    /// [`ErrorKind::Key`], [`ErrorKind::Type`] or [`ErrorKind::Value`].
    pub fn require_count(&self, key: &'static str) -> Result<u64, ParseError> {
        let number = self
            .require(key)?
            .as_integer()
            .ok_or(ParseError::of(ErrorKind::Type, key))?;
        u64::try_from(number).map_err(|_| ParseError::of(ErrorKind::Value, key))
    }

    /// A required member of 64 hex characters.
    ///
    /// # Errors
    /// [`ErrorKind::Key`], [`ErrorKind::Type`] or [`ErrorKind::Hex`].
    pub fn require_hash(&self, key: &'static str) -> Result<Hash, ParseError> {
        Hash::from_hex(self.require_text(key)?.as_bytes())
            .ok_or(ParseError::of(ErrorKind::Hex, key))
    }

    /// A required member of 64 hex characters or null.
    ///
    /// # Errors
    /// [`ErrorKind::Key`], [`ErrorKind::Type`] or [`ErrorKind::Hex`].
    pub fn require_hash_or_null(&self, key: &'static str) -> Result<Option<Hash>, ParseError> {
        match self.require_text_or_null(key)? {
            None => Ok(None),
            Some(text) => match Hash::from_hex(text.as_bytes()) {
                Some(hash) => Ok(Some(hash)),
                None => Err(ParseError::of(ErrorKind::Hex, key)),
            },
        }
    }

    /// Refuses an object whose keys are not exactly these, or any other value.
    ///
    /// # Errors
    /// [`ErrorKind::Type`] or [`ErrorKind::Key`].
    pub fn require_exactly(&self, keys: &[&'static str]) -> Result<(), ParseError> {
        let members = self.members().ok_or(ParseError::at(ErrorKind::Type, 0))?;
        for key in keys {
            self.require(key)?;
        }
        if members.len() == keys.len() {
            Ok(())
        } else {
            Err(ParseError::at(ErrorKind::Key, 0))
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<u64> for Value {
    /// Counts beyond 2^63 cannot occur: archives and logs are far smaller.
    fn from(count: u64) -> Self {
        Self::Integer(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl From<Hash> for Value {
    fn from(hash: Hash) -> Self {
        Self::String(alloc::format!("{hash}"))
    }
}

impl From<Option<Hash>> for Value {
    fn from(hash: Option<Hash>) -> Self {
        hash.map_or(Self::Null, Self::from)
    }
}

impl<T: Into<Self>> FromIterator<T> for Value {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self::Array(items.into_iter().map(Into::into).collect())
    }
}
