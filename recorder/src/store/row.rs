//! Entries as rows: every column as the text that the line has.

use proofline_format::digest::Hash;
use proofline_format::entry::{Entry, EventId, Fidelity};
use proofline_format::timestamp::Timestamp;
use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::StoreError;

/// The twenty columns in the order of the table.
pub(super) const COLUMNS: &str = "id, parent_event_id, session_id, agent_id, model_id, \
     event_type, tool_name, file_path, content_hash_before, content_hash_after, diff_hash, \
     line_start, line_end, hunk_header, git_head, source, previous_hash, chain_hash, \
     capture_fidelity, created_at";

/// Reads columns of a row from a position on.
struct Columns<'r, 's> {
    row: &'r Row<'s>,
    next: usize,
    index: u64,
}

impl<'r> Columns<'r, '_> {
    fn refused(&self, what: &'static str) -> StoreError {
        StoreError::Form {
            what,
            index: self.index,
        }
    }

    fn text(&mut self, what: &'static str) -> Result<Option<&'r str>, StoreError> {
        let value = self.row.get_ref(self.next)?;
        self.next = self.next.saturating_add(1);
        match value {
            ValueRef::Null => Ok(None),
            ValueRef::Text(text) => std::str::from_utf8(text)
                .map(Some)
                .map_err(|_| self.refused(what)),
            _ => Err(self.refused(what)),
        }
    }

    fn owned(&mut self, what: &'static str) -> Result<Option<String>, StoreError> {
        Ok(self.text(what)?.map(String::from))
    }

    fn required<T>(
        &mut self,
        what: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        let value = self.text(what)?.and_then(read);
        value.ok_or_else(|| self.refused(what))
    }

    fn optional<T>(
        &mut self,
        what: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, StoreError> {
        match self.text(what)? {
            None => Ok(None),
            Some(text) => match read(text) {
                Some(value) => Ok(Some(value)),
                None => Err(self.refused(what)),
            },
        }
    }

    fn count(&mut self, what: &'static str) -> Result<Option<u64>, StoreError> {
        let value = self.row.get_ref(self.next)?;
        self.next = self.next.saturating_add(1);
        match value {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(number) => match u64::try_from(number) {
                Ok(count) => Ok(Some(count)),
                Err(_) => Err(self.refused(what)),
            },
            _ => Err(self.refused(what)),
        }
    }
}

/// Reads the entry whose columns begin at `first`.
pub(super) fn entry(row: &Row<'_>, first: usize, index: u64) -> Result<Entry, StoreError> {
    let mut columns = Columns {
        row,
        next: first,
        index,
    };
    let id = |text: &str| EventId::parse(text.as_bytes());
    let hash = |text: &str| Hash::from_hex(text.as_bytes());
    let owned = |text: &str| Some(String::from(text));
    Ok(Entry {
        id: columns.required("id", id)?,
        parent_event_id: columns.optional("parent_event_id", id)?,
        session_id: columns.owned("session_id")?,
        agent_id: columns.required("agent_id", owned)?,
        model_id: columns.owned("model_id")?,
        event_type: columns.required("event_type", owned)?,
        tool_name: columns.owned("tool_name")?,
        file_path: columns.owned("file_path")?,
        content_hash_before: columns.optional("content_hash_before", hash)?,
        content_hash_after: columns.optional("content_hash_after", hash)?,
        diff_hash: columns.optional("diff_hash", hash)?,
        line_start: columns.count("line_start")?,
        line_end: columns.count("line_end")?,
        hunk_header: columns.owned("hunk_header")?,
        git_head: columns.owned("git_head")?,
        source: columns.required("source", owned)?,
        previous_hash: columns.optional("previous_hash", hash)?,
        chain_hash: columns.required("chain_hash", hash)?,
        capture_fidelity: columns.required("capture_fidelity", Fidelity::parse)?,
        created_at: columns.required("created_at", |text| Timestamp::parse(text.as_bytes()))?,
    })
}
