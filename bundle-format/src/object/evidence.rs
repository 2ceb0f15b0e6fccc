//! The evidence object: what arrived since the last checkpoint entry.

use alloc::vec::Vec;

use super::parse_typed;
use crate::digest::Hash;
use crate::error::{ErrorKind, ParseError};
use crate::json::Value;
use crate::limits::MAX_ITEMS;

/// What an item is, in the order in which items are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemKind {
    /// A DER certificate.
    Certificate,
    /// A consistency proof.
    Consistency,
    /// A cosignature line of a note.
    Cosignature,
    /// A certificate revocation list.
    Crl,
    /// An OCSP response.
    Ocsp,
    /// An RFC 3161 `TimeStampReq`.
    TimeStampRequest,
    /// An RFC 3161 `TimeStampResp`.
    TimeStampResponse,
}

impl ItemKind {
    const ALL: [Self; 7] = [
        Self::Certificate,
        Self::Consistency,
        Self::Cosignature,
        Self::Crl,
        Self::Ocsp,
        Self::TimeStampRequest,
        Self::TimeStampResponse,
    ];

    /// The name in files; the enum's order is the order of these names.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Certificate => "cert",
            Self::Consistency => "cons",
            Self::Cosignature => "cosig",
            Self::Crl => "crl",
            Self::Ocsp => "ocsp",
            Self::TimeStampRequest => "tsq",
            Self::TimeStampResponse => "tsr",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// One thing that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EvidenceItem {
    /// Size of the checkpoint that it concerns; 0 for the birth token.
    pub for_size: u64,
    /// What it is.
    pub kind: ItemKind,
    /// SHA-256 of its exact bytes.
    pub sha256: Hash,
}

/// The evidence object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Sorted, without repeats, never empty.
    pub items: Vec<EvidenceItem>,
    /// Address of the evidence object before it in the log.
    pub previous: Option<Hash>,
}

impl Evidence {
    /// The object.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let item = |item: &EvidenceItem| {
            Value::object([
                ("for_size", item.for_size.into()),
                ("kind", item.kind.as_str().into()),
                ("sha256", item.sha256.into()),
            ])
        };
        Value::object([
            ("items", self.items.iter().map(item).collect()),
            ("prev", self.previous.into()),
            ("type", "evidence".into()),
        ])
    }

    /// Reads the object.
    ///
    /// # Errors
    /// What is wrong, and in which member.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let object = parse_typed(bytes, "evidence")?;
        let values = object.require_array("items")?;
        if values.is_empty() || values.len() > MAX_ITEMS {
            return Err(ParseError::of(ErrorKind::Limit, "items"));
        }
        let mut items = Vec::with_capacity(values.len());
        for value in values {
            let kind = ItemKind::parse(value.require_text("kind")?);
            items.push(EvidenceItem {
                for_size: value.require_count("for_size")?,
                kind: kind.ok_or(ParseError::of(ErrorKind::Value, "kind"))?,
                sha256: value.require_hash("sha256")?,
            });
        }
        if !items.is_sorted_by(|a, b| a < b) {
            return Err(ParseError::of(ErrorKind::NotCanonical, "items"));
        }
        Ok(Self {
            items,
            previous: object.require_hash_or_null("prev")?,
        })
    }
}
