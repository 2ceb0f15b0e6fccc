//! Why nothing was exported.

use std::io;
use std::path::PathBuf;

use proofline_format::digest::Hash;

use crate::keys::KeyError;
use crate::store::StoreError;

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// What the store says.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bundle's file cannot be written.
    #[error("cannot write `{path}`: {source}")]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No entry was appended in the period.
    #[error("no entry was appended in that period")]
    NothingInPeriod,
    /// A session of which nothing is recorded, in the period if one is given.
    #[error("session `{session}` has no entry there")]
    UnknownSession {
        /// Which.
        session: String,
    },
    /// A part needs a checkpoint after it, to prove that it is one.
    #[error("no checkpoint covers what was asked for")]
    NotCheckpointed,
    /// Everything asked for lies after the last stamped checkpoint.
    #[error("what was asked for lies after the last stamped checkpoint, entry {last}")]
    NotStamped {
        /// Index of that checkpoint's entry.
        last: u64,
    },
    /// The key that has to sign is not on this device.
    #[error("device key {fingerprint} cannot be had: {source}")]
    Key {
        /// Which.
        fingerprint: Hash,
        /// Why.
        source: KeyError,
    },
    /// Beyond 4 GiB or 60,000 files.
    #[error("bundle would be larger than the format allows (4 GiB, 60,000 files)")]
    TooLarge,
    /// A file of the bundle beyond its own limit.
    #[error("`{file}` of the bundle would be larger than the format allows")]
    PartTooLarge {
        /// Which.
        file: &'static str,
    },
}

impl ExportError {
    /// What to do about it, where there is one thing to do.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NothingInPeriod => Some("`proofline list` shows when sessions ran"),
            Self::UnknownSession { .. } => Some("`proofline list` shows the sessions"),
            Self::NotCheckpointed => Some("run it again without `--no-checkpoint`"),
            Self::NotStamped { .. } => Some("`--include-tail` exports it with its time unproven"),
            Self::Key { .. } => Some("export on the device that recorded"),
            Self::TooLarge | Self::PartTooLarge { .. } => {
                Some("export shorter periods with `--since` and `--until`")
            }
            Self::Store(_) | Self::Write { .. } => None,
        }
    }
}
