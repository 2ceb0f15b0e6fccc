//! The canonical line of an entry.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{Display, Write as _};

use super::Entry;
use crate::digest::Hash;
use crate::json::write_string;

/// Whether the line holds `chain_hash`: the line of an entry does, what it is a hash of does not.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ChainHash {
    Written,
    LeftOut,
}

/// Members in the order of RFC 8785 §3.2.3.
pub(super) fn line<Text: AsRef<str>>(entry: &Entry<Text>, chain_hash: ChainHash) -> Vec<u8> {
    let mut out = Line(String::with_capacity(1_024));
    out.text("agent_id", entry.agent_id.as_ref());
    out.text("capture_fidelity", entry.capture_fidelity.as_str());
    if chain_hash == ChainHash::Written {
        out.plain("chain_hash", entry.chain_hash);
    }
    out.hash("content_hash_after", entry.content_hash_after);
    out.hash("content_hash_before", entry.content_hash_before);
    out.plain("created_at", entry.created_at);
    out.hash("diff_hash", entry.diff_hash);
    out.text("event_type", entry.event_type.as_ref());
    out.text_or_null("file_path", entry.file_path.as_ref());
    out.text_or_null("git_head", entry.git_head.as_ref());
    out.text_or_null("hunk_header", entry.hunk_header.as_ref());
    out.plain("id", entry.id);
    out.count("line_end", entry.line_end);
    out.count("line_start", entry.line_start);
    out.text_or_null("model_id", entry.model_id.as_ref());
    match entry.parent_event_id {
        Some(id) => out.plain("parent_event_id", id),
        None => out.null("parent_event_id"),
    }
    out.hash("previous_hash", entry.previous_hash);
    out.text_or_null("session_id", entry.session_id.as_ref());
    out.text("source", entry.source.as_ref());
    out.text_or_null("tool_name", entry.tool_name.as_ref());
    out.0.push('}');
    out.0.into_bytes()
}

struct Line(String);

impl Line {
    fn key(&mut self, key: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push('"');
        self.0.push_str(key);
        self.0.push_str("\":");
    }

    fn null(&mut self, key: &str) {
        self.key(key);
        self.0.push_str("null");
    }

    fn text(&mut self, key: &str, text: &str) {
        self.key(key);
        write_string(&mut self.0, text);
    }

    fn text_or_null(&mut self, key: &str, text: Option<&impl AsRef<str>>) {
        match text {
            Some(text) => self.text(key, text.as_ref()),
            None => self.null(key),
        }
    }

    /// A string whose text needs no escape.
    fn plain(&mut self, key: &str, value: impl Display) {
        self.key(key);
        let written = write!(self.0, "\"{value}\"");
        debug_assert!(written.is_ok(), "writing to a String cannot fail");
    }

    fn hash(&mut self, key: &str, hash: Option<Hash>) {
        match hash {
            Some(hash) => self.plain(key, hash),
            None => self.null(key),
        }
    }

    fn count(&mut self, key: &str, count: Option<u64>) {
        match count {
            Some(count) => {
                self.key(key);
                let written = write!(self.0, "{count}");
                debug_assert!(written.is_ok(), "writing to a String cannot fail");
            }
            None => self.null(key),
        }
    }
}
