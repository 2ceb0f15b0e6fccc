//! The genesis object, which names a log, and the summary that closes a session.

use alloc::string::String;

use super::parse_typed;
use crate::checkpoint;
use crate::digest::Hash;
use crate::encoding::is_hex;
use crate::error::{ErrorKind, ParseError};
use crate::json::Value;
use crate::key::PublicKey;

/// Value of `format` in the genesis object.
const LOG_FORMAT: &str = "proofline-log/1";

/// The genesis object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genesis {
    /// 32 hex characters of fresh randomness.
    pub log_id: String,
    /// The first device key.
    pub public_key: PublicKey,
    /// A key that may revoke device keys, kept elsewhere.
    pub recovery_key: Option<PublicKey>,
    /// What the repository is called, for people.
    pub repository: String,
}

impl Genesis {
    /// The origin of the log.
    #[must_use]
    pub fn origin(&self) -> String {
        checkpoint::origin(&self.public_key, &self.log_id)
    }

    /// The object.
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::object([
            ("format", LOG_FORMAT.into()),
            ("log_id", self.log_id.as_str().into()),
            ("public_key", self.public_key.to_hex().into()),
            (
                "recovery_key",
                self.recovery_key
                    .map_or(Value::Null, |key| key.to_hex().into()),
            ),
            ("repository", self.repository.as_str().into()),
            ("type", "genesis".into()),
        ])
    }

    /// Reads the object.
    ///
    /// # Errors
    /// What is wrong, and in which member.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let object = parse_typed(bytes, "genesis")?;
        if object.require_text("format")? != LOG_FORMAT {
            return Err(ParseError::of(ErrorKind::Value, "format"));
        }
        let log_id = object.require_text("log_id")?;
        if !is_hex(log_id.as_bytes(), 32) {
            return Err(ParseError::of(ErrorKind::Hex, "log_id"));
        }
        let key = |text, member| {
            PublicKey::from_hex(text).ok_or(ParseError::of(ErrorKind::Value, member))
        };
        Ok(Self {
            log_id: log_id.into(),
            public_key: key(object.require_text("public_key")?, "public_key")?,
            recovery_key: object
                .require_text_or_null("recovery_key")?
                .map(|text| key(text, "recovery_key"))
                .transpose()?,
            repository: object.require_text("repository")?.into(),
        })
    }
}

/// What `session_end` commits to: every line of its session, in chain order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionSummary {
    /// The session.
    pub session_id: String,
    /// Number of its lines before the `session_end` entry.
    pub count: u64,
    /// Index of the first of them.
    pub first_index: u64,
    /// Index of the last of them.
    pub last_index: u64,
    /// RFC 6962 root over them.
    pub root: Hash,
}

impl SessionSummary {
    /// The object.
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::object([
            ("count", self.count.into()),
            ("first_index", self.first_index.into()),
            ("last_index", self.last_index.into()),
            ("root", self.root.into()),
            ("session_id", self.session_id.as_str().into()),
            ("type", "session_summary".into()),
        ])
    }

    /// Reads the object.
    ///
    /// # Errors
    /// What is wrong, and in which member.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let object = parse_typed(bytes, "session_summary")?;
        Ok(Self {
            session_id: object.require_text("session_id")?.into(),
            count: object.require_count("count")?,
            first_index: object.require_count("first_index")?,
            last_index: object.require_count("last_index")?,
            root: object.require_hash("root")?,
        })
    }
}
