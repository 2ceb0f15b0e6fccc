//! Capture: turns what agents and git report, and what is on disk, into entries to be.
//!
//! An adapter reads one report, looks at the files it concerns, and gives a [`Captured`]: the
//! batch for the door of the write path, and the notes for the next hook (what was last seen,
//! which calls are open) that are written only once the batch is durable. So a crash in between
//! shows up as a change that nobody observed, never as one that nobody records.
//!
//! Nothing here knows of keys, chain or store.

mod agent;
mod blobs;
mod cache;
mod change;
pub mod claude_code;
pub mod git;
pub(crate) mod git_process;
mod model;
mod notes;
mod payload;
mod pending;
mod place;
pub(crate) mod private_file;
mod scene;
mod state;
mod work_tree;

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

pub use self::notes::{Contents, gap_batch, note_gap};
use crate::event::Batch;
use crate::repository::Repository;

/// Most bytes of a hook's standard input.
pub const MAX_INPUT_BYTES: u64 = 64 << 20;

/// What one report came to.
#[derive(Debug)]
pub struct Captured {
    /// The repository whose store takes it.
    pub repository: Repository,
    /// What to record; it may be empty.
    pub batch: Batch,
    /// What went wrong on the way, for the log; the batch holds a `capture_gap` where an event
    /// was lost by it.
    pub remarks: Vec<String>,
    effects: notes::Effects,
}

impl Captured {
    /// Takes out what was seen of files, to be written by another thread while this one records.
    /// What is not taken out is written by [`Self::settle`].
    pub fn take_contents(&mut self) -> Contents {
        self.effects.take_contents()
    }

    /// Writes the notes for the next hook. To be called once the batch is durable.
    ///
    /// # Errors
    /// When a note could not be written; the next difference is then coarser, nothing is lost.
    pub fn settle(self) -> io::Result<()> {
        self.effects.write()
    }
}

/// Why a report came to nothing.
#[derive(Debug, Error)]
pub enum CaptureError {
    /// The report is not what the agent's hooks send.
    #[error("hook input of {bytes} bytes is not a JSON object: {reason}")]
    Input {
        /// Length of the input.
        bytes: usize,
        /// What the parser says.
        reason: String,
    },
    /// The report does not say what happened.
    #[error("hook input has no `{0}`")]
    Missing(&'static str),
    /// The system gave no randomness.
    #[error("no randomness: {0}")]
    Random(#[from] getrandom::Error),
    /// A file of the store itself, which must not be opened beside it.
    #[error("a file of the store itself is not looked at")]
    OwnFile,
    /// A note or file could not be used.
    #[error("cannot use `{}`: {source}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl CaptureError {
    /// What went wrong without the path: for gap objects, which no export leaves out.
    fn without_path(&self) -> String {
        match self {
            Self::File { source, .. } => format!("a file cannot be read: {source}"),
            other => other.to_string(),
        }
    }

    fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::File { path, source }
    }
}
