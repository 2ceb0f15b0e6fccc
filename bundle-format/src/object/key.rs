//! Key objects: how one device key hands over to the next.

use alloc::string::String;
use alloc::vec::Vec;

use super::parse_object;
use crate::dsse;
use crate::encoding;
use crate::error::{ErrorKind, ParseError};
use crate::json::{Value, canonical};
use crate::key::{PublicKey, SIGNATURE_BYTES};

/// DSSE payload type of what the new key signs.
pub const KEY_TYPE: &str = "application/vnd.proofline.key.v1+json";

/// Who signed a revocation entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevokedBy {
    /// The revoked key itself.
    Itself,
    /// The recovery key of the genesis object.
    Recovery,
}

/// What happened to the old key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyEvent {
    /// Replaced in good order.
    Rotated,
    /// Revoked.
    Revoked {
        /// Who signed the entry.
        by: RevokedBy,
        /// Why, in the words of RFC 5280 §5.3.1: `keyCompromise`, `superseded`, …
        reason: String,
    },
}

/// A change of the device key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyChange {
    /// What happened.
    pub event: KeyEvent,
    /// Index of the entry that addresses this object.
    pub index: u64,
    /// The log.
    pub origin: String,
    /// The key valid until and at `index`.
    pub old: PublicKey,
    /// The key valid after it.
    pub new: PublicKey,
    /// By the new key, over [`Self::signed_bytes`].
    pub signature: [u8; SIGNATURE_BYTES],
}

impl KeyChange {
    /// What the new key signs, so that nobody can name a key that he does not hold.
    #[must_use]
    pub fn signed_bytes(index: u64, origin: &str, old: &PublicKey, new: &PublicKey) -> Vec<u8> {
        let body = canonical(&Value::object([
            ("index", index.into()),
            ("new", new.to_hex().into()),
            ("old", old.to_hex().into()),
            ("origin", origin.into()),
        ]));
        dsse::pae(KEY_TYPE, &body)
    }

    /// Whether the new key agreed to this change.
    #[must_use]
    pub fn is_signed_by_new_key(&self) -> bool {
        let message = Self::signed_bytes(self.index, &self.origin, &self.old, &self.new);
        self.new.verify(&message, &self.signature)
    }

    /// The object.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut members = Vec::from([
            (String::from("index"), Value::from(self.index)),
            ("new".into(), self.new.to_hex().into()),
            ("old".into(), self.old.to_hex().into()),
            ("origin".into(), self.origin.as_str().into()),
            ("signature".into(), encoding::base64(&self.signature).into()),
        ]);
        match &self.event {
            KeyEvent::Rotated => members.push(("type".into(), "key_rotate".into())),
            KeyEvent::Revoked { by, reason } => {
                let by = if *by == RevokedBy::Itself {
                    "self"
                } else {
                    "recovery"
                };
                members.push(("by".into(), by.into()));
                members.push(("reason".into(), reason.as_str().into()));
                members.push(("type".into(), "key_revoke".into()));
            }
        }
        Value::Object(members)
    }

    /// Reads the object. Its signature is not checked here.
    ///
    /// # Errors
    /// What is wrong, and in which member.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let object = parse_object(bytes)?;
        let event = match object.require_text("type")? {
            "key_rotate" => KeyEvent::Rotated,
            "key_revoke" => KeyEvent::Revoked {
                by: match object.require_text("by")? {
                    "self" => RevokedBy::Itself,
                    "recovery" => RevokedBy::Recovery,
                    _ => return Err(ParseError::of(ErrorKind::Value, "by")),
                },
                reason: object.require_text("reason")?.into(),
            },
            _ => return Err(ParseError::of(ErrorKind::Value, "type")),
        };
        let key = |member| {
            PublicKey::from_hex(object.require_text(member)?)
                .ok_or(ParseError::of(ErrorKind::Value, member))
        };
        let signature = encoding::base64_decode(object.require_text("signature")?.as_bytes())
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or(ParseError::of(ErrorKind::Base64, "signature"))?;
        Ok(Self {
            event,
            index: object.require_count("index")?,
            origin: object.require_text("origin")?.into(),
            old: key("old")?,
            new: key("new")?,
            signature,
        })
    }
}
