//! Decides whether a Proofline evidence bundle holds.
//!
//! [`verify`] reads a bundle from a random-access source, holds it against a [`Policy`] and gives
//! a [`Report`] of five rings. It contains no recorder code, does no I/O of its own, reads no
//! clock, and trusts nothing that came inside the bundle. `docs/format.md` §11 numbers its steps.
//!
//! Two things are never mixed: a *finding* says that we looked and the evidence is bad or not
//! shown; a [`CouldNotLook`] says that we could not look.

pub mod finding;
pub mod limits;
pub mod policy;
pub mod record;
pub mod report;
pub mod text;
pub mod timestamps;
pub mod token;
pub mod trust;
pub mod trusted_list;

mod checks;

use std::fmt;

pub use proofline_format::archive::{Source, SourceError};

pub use crate::checks::Progress;
pub use crate::finding::{Code, Finding, Place, Ring, Severity};
pub use crate::policy::Policy;
pub use crate::report::{Report, RingState, Verdict};

/// Why there is no report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CouldNotLook {
    /// The bytes of the bundle could not be read.
    Source(SourceError),
    /// The manifest verifies under a given key and states a format version that is not known
    /// here: a newer verifier is needed.
    FormatVersion(u64),
}

impl From<SourceError> for CouldNotLook {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl fmt::Display for CouldNotLook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(error) => error.fmt(f),
            Self::FormatVersion(version) => write!(
                f,
                "the bundle has format version {version}, this verifier knows version {}",
                proofline_format::manifest::FORMAT_VERSION
            ),
        }
    }
}

impl std::error::Error for CouldNotLook {}

/// Verifies a bundle.
///
/// # Errors
/// [`CouldNotLook`] if there is nothing to report on. A malformed bundle is a report.
pub fn verify<S: Source + Sync + ?Sized>(
    source: &S,
    policy: &Policy,
) -> Result<Report, CouldNotLook> {
    verify_with_progress(source, policy, &mut |_| {})
}

/// Verifies a bundle and tells how far it is.
///
/// # Errors
/// As [`verify`].
pub fn verify_with_progress<S: Source + Sync + ?Sized>(
    source: &S,
    policy: &Policy,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, CouldNotLook> {
    checks::run(source, policy, progress)
}
