//! The entry: twenty columns, their canonical line, and the hashes over it.
//!
//! ```text
//! pre(e)       = JCS(e without chain_hash)
//! chain_hash 0 = hex SHA-256(pre(e0))
//! chain_hash i = hex SHA-256(ascii(previous_hash) || pre(ei))
//! line(e)      = JCS(e)
//! leaf(e)      = SHA-256(0x00 || line(e))                       RFC 6962 §2.1
//! signature(e) = Ed25519(DSSE PAE(ENTRY_TYPE, line(e)))
//! ```

mod hunk;
mod id;
mod parse;
mod write;

use alloc::string::String;
use alloc::vec::Vec;

pub use self::hunk::{Hunk, hunk_of_columns};
pub use self::id::EventId;
pub use self::parse::ParsedLine;
use crate::digest::Hash;
use crate::dsse;
use crate::timestamp::Timestamp;

/// DSSE payload type of an entry's line.
pub const ENTRY_TYPE: &str = "application/vnd.proofline.entry.v1+json";

/// Who saw what an entry states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fidelity {
    /// The recorder itself saw the bytes.
    Observed,
    /// Reconstructed from traces.
    Inferred,
    /// Somebody says so.
    Declared,
}

impl Fidelity {
    /// The column's text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Observed => "observed",
            Self::Inferred => "inferred",
            Self::Declared => "declared",
        }
    }

    /// The fidelity of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Observed, Self::Inferred, Self::Declared]
            .into_iter()
            .find(|f| f.as_str() == text)
    }
}

/// One entry of the chain: exactly the twenty columns, in the order of the contract.
///
/// Its texts are its own, or lie in the line it was read from: a reader of millions of lines keeps
/// few of them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "docs/format.md §4 defines the columns once")]
pub struct Entry<Text = String> {
    pub id: EventId,
    pub parent_event_id: Option<EventId>,
    pub session_id: Option<Text>,
    pub agent_id: Text,
    pub model_id: Option<Text>,
    pub event_type: Text,
    pub tool_name: Option<Text>,
    pub file_path: Option<Text>,
    pub content_hash_before: Option<Hash>,
    pub content_hash_after: Option<Hash>,
    pub diff_hash: Option<Hash>,
    pub line_start: Option<u64>,
    pub line_end: Option<u64>,
    pub hunk_header: Option<Text>,
    pub git_head: Option<Text>,
    pub source: Text,
    pub previous_hash: Option<Hash>,
    pub chain_hash: Hash,
    pub capture_fidelity: Fidelity,
    pub created_at: Timestamp,
}

impl<Text: AsRef<str>> Entry<Text> {
    /// The canonical line of the twenty columns as they are, without LF.
    #[must_use]
    pub fn line(&self) -> Vec<u8> {
        write::line(self, write::ChainHash::Written)
    }

    /// The chain hash that the other nineteen columns give.
    #[must_use]
    pub fn computed_chain_hash(&self) -> Hash {
        let pre = write::line(self, write::ChainHash::LeftOut);
        parse::chain_hash(self.previous_hash, &[&pre])
    }

    /// The entry linked to the one before it: `previous_hash` set, `chain_hash` computed.
    #[must_use]
    pub fn linked(mut self, previous_hash: Option<Hash>) -> Self {
        self.previous_hash = previous_hash;
        self.chain_hash = self.computed_chain_hash();
        self
    }
}

impl<Text: Into<String>> Entry<Text> {
    /// The same entry with texts of its own.
    #[must_use]
    pub fn into_owned(self) -> Entry {
        Entry {
            id: self.id,
            parent_event_id: self.parent_event_id,
            session_id: self.session_id.map(Into::into),
            agent_id: self.agent_id.into(),
            model_id: self.model_id.map(Into::into),
            event_type: self.event_type.into(),
            tool_name: self.tool_name.map(Into::into),
            file_path: self.file_path.map(Into::into),
            content_hash_before: self.content_hash_before,
            content_hash_after: self.content_hash_after,
            diff_hash: self.diff_hash,
            line_start: self.line_start,
            line_end: self.line_end,
            hunk_header: self.hunk_header.map(Into::into),
            git_head: self.git_head.map(Into::into),
            source: self.source.into(),
            previous_hash: self.previous_hash,
            chain_hash: self.chain_hash,
            capture_fidelity: self.capture_fidelity,
            created_at: self.created_at,
        }
    }
}

/// The bytes that an entry's signature is over.
#[must_use]
pub fn signed_bytes(line: &[u8]) -> Vec<u8> {
    dsse::pae(ENTRY_TYPE, line)
}

#[cfg(test)]
mod tests;
