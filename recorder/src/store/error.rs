//! Why the store could not do what it was asked.

use std::io;
use std::path::PathBuf;

use proofline_format::digest::Hash;
use proofline_format::error::ParseError;
use rusqlite::ErrorCode;

use crate::keys::KeyError;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no store.
    #[error("there is no store at `{path}`")]
    Missing {
        /// Where it would be.
        path: PathBuf,
    },
    /// A file is in its place that holds no log.
    #[error("`{path}` holds no log")]
    NotAStore {
        /// Which.
        path: PathBuf,
    },
    /// `SQLite` refused.
    #[error("store: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// Other writers held the store for too long.
    #[error("store: other writers held it for {waited_ms} ms")]
    Busy {
        /// How long was waited.
        waited_ms: u128,
    },
    /// The store was made by a newer version.
    #[error("store has schema version {found}, this program knows {known}")]
    NewerSchema {
        /// What it has.
        found: i64,
        /// What is known here.
        known: i64,
    },
    /// A file or folder beside the store.
    #[error("`{path}`: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The store holds something that the recorder never writes.
    #[error("store: {what} at index {index} is not in the form that the recorder writes")]
    Form {
        /// What.
        what: &'static str,
        /// Where in the chain.
        index: u64,
    },
    /// An object is not the one that entries address.
    #[error("store: object {address} does not match its address")]
    ObjectAltered {
        /// Its address.
        address: Hash,
    },
    /// The store holds something that does not parse.
    #[error("store: {what}: {source}")]
    Parse {
        /// What.
        what: &'static str,
        /// Why.
        source: ParseError,
    },
    /// The key that has to sign cannot be had.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// No randomness.
    #[error("the system gives no randomness: {0}")]
    Random(#[from] getrandom::Error),
    /// An entry that no reader would accept.
    #[error("event `{event_type}` is not recorded: {source}")]
    Refused {
        /// Its type.
        event_type: String,
        /// What is wrong with it.
        source: ParseError,
    },
}

impl StoreError {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }

    pub(crate) const fn parse(what: &'static str) -> impl FnOnce(ParseError) -> Self {
        move |source| Self::Parse { what, source }
    }

    /// Whether waiting may help.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self, Self::Sqlite(error) if is_busy(error))
    }

    /// Whether the store's folder does not take bytes: full, read-only or out of order.
    #[must_use]
    pub fn is_unwritable(&self) -> bool {
        match self {
            Self::Sqlite(error) => matches!(
                error.sqlite_error_code(),
                Some(
                    ErrorCode::DiskFull
                        | ErrorCode::ReadOnly
                        | ErrorCode::CannotOpen
                        | ErrorCode::PermissionDenied
                        | ErrorCode::SystemIoFailure
                )
            ),
            Self::Io { .. } => true,
            _ => false,
        }
    }
}

/// Whether another connection is in the way.
pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::FileLockingProtocolFailed
        )
    )
}
