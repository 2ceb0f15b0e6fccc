//! What the fold takes in: an event, and what it did to files.

use alloc::string::String;
use alloc::vec::Vec;

use proofline_format::entry::Hunk;
use proofline_format::object::{CopiedLines, FileState, MovedLines};

use crate::status::Status;

/// What kind of entry the changes have as their parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A tool call, a command, or whatever else somebody did.
    Edit,
    /// A commit: what it holds was written before, or nobody knows by whom.
    Commit,
    /// A change that nobody observed.
    Unobserved,
}

impl Cause {
    /// The kind of an event type.
    #[must_use]
    pub fn of_type(event_type: &str) -> Self {
        match event_type {
            "commit" => Self::Commit,
            "unobserved_change" => Self::Unobserved,
            _ => Self::Edit,
        }
    }
}

/// An entry of the chain, as a change names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryRef {
    /// Its index in the chain.
    pub index: u64,
    /// What the lines have that it produces.
    pub status: Status,
}

/// Changes of files with one cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The index of the entry that caused them; those of the changes are later.
    pub index: u64,
    /// What kind of entry that is.
    pub cause: Cause,
    /// What happened to files, in the order of their entries.
    pub files: Vec<FileChange>,
}

/// What happened to one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// The path, as in `file_path`.
    pub path: String,
    /// The path before, where it was renamed.
    pub path_before: Option<String>,
    /// The state before; `None` where the file did not exist.
    pub before: Option<FileState>,
    /// The state after; `None` where it was deleted.
    pub after: Option<FileState>,
    /// The hunks, ascending.
    pub hunks: Vec<Hunk>,
    /// The entry of each hunk; of the change, where it has no hunks; none where nothing changed
    /// and the witness only says which state the path is in.
    pub entries: Vec<EntryRef>,
    /// Blocks that were moved here.
    pub moves: Vec<MovedLines>,
    /// Parts of hunks in which only white space changed.
    pub reflows: Vec<Hunk>,
    /// Blocks that stand in other states.
    pub copies: Vec<CopiedLines>,
}

impl FileChange {
    /// The path that the state before is named by.
    #[must_use]
    pub fn old_path(&self) -> &str {
        self.path_before.as_deref().unwrap_or(&self.path)
    }

    /// Whether the bytes are the same on both sides.
    pub(crate) fn is_same_content(&self) -> bool {
        self.before.as_ref().map(|state| state.sha256)
            == self.after.as_ref().map(|state| state.sha256)
    }

    /// Whether it only says which state the path is in.
    pub(crate) fn is_statement(&self) -> bool {
        self.is_same_content() && self.path_before.is_none()
    }
}
