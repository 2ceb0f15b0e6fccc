//! The entries that a witness asks for, and whether an entry is the one.

use alloc::collections::VecDeque;

use proofline_format::digest::Hash;
use proofline_format::entry::{Entry, Hunk};
use proofline_format::object::FileState;

use crate::change::FileChange;
use crate::fault::Code;

/// What comes next among the entries of an event.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// Entries of a file whose witness cannot be read, nobody knows how many.
    Unread,
    /// The entry for the old path of a rename.
    OldPath { file: usize },
    /// The entry of a hunk, or of a change without hunks.
    Change { file: usize, hunk: Option<Hunk> },
}

fn hash_of(state: Option<&FileState>) -> Option<Hash> {
    state.map(|state| state.sha256)
}

/// Adds the places of a file's entries.
pub(super) fn add(places: &mut VecDeque<Place>, file: usize, change: &FileChange) {
    if change.is_statement() {
        return;
    }
    if change.path_before.is_some() {
        places.push_back(Place::OldPath { file });
    }
    if change.hunks.is_empty() {
        places.push_back(Place::Change { file, hunk: None });
    }
    let hunks = change.hunks.iter().map(|hunk| Some(*hunk));
    places.extend(hunks.map(|hunk| Place::Change { file, hunk }));
}

impl Place {
    pub(super) const fn file(&self) -> Option<usize> {
        match self {
            Self::Unread => None,
            Self::OldPath { file } | Self::Change { file, .. } => Some(*file),
        }
    }

    /// What of an entry does not fit this place of that file.
    pub(super) fn mismatch<Text: AsRef<str>>(
        &self,
        change: &FileChange,
        entry: &Entry<Text>,
    ) -> Option<Code> {
        let (path, after, hunk) = match self {
            Self::Unread => return None,
            Self::OldPath { .. } => (change.old_path(), None, None),
            Self::Change { hunk, .. } => {
                let after = hash_of(change.after.as_ref());
                (change.path.as_str(), after, *hunk)
            }
        };
        let event_type = match (&change.after, &change.path_before) {
            (None, _) => "file_delete",
            (Some(_), Some(_)) => "file_rename",
            (Some(_), None) => "file_write",
        };
        let before = hash_of(change.before.as_ref());
        if entry.file_path.as_ref().map(AsRef::as_ref) != Some(path) {
            return Some(Code::EntryPathMismatch);
        }
        if entry.event_type.as_ref() != event_type {
            return Some(Code::EntryTypeMismatch);
        }
        if (entry.content_hash_before, entry.content_hash_after) != (before, after) {
            return Some(Code::WitnessHashMismatch);
        }
        let header = entry.hunk_header.as_ref().map(AsRef::as_ref);
        if header != hunk.map(|hunk| hunk.header()).as_deref() {
            return Some(Code::EntryHunkMismatch);
        }
        let lines = hunk.map(|hunk| hunk.line_range());
        if entry.line_start.zip(entry.line_end) != lines
            || entry.line_start.is_some() != entry.line_end.is_some()
        {
            return Some(Code::EntryLinesMismatch);
        }
        None
    }
}
