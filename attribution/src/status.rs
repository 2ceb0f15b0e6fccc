//! How far the entry that a line comes from speaks for somebody.

use proofline_format::entry::{Entry, Fidelity};

use crate::change::Cause;

/// On what evidence a line is somebody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// The recorder saw the bytes before and after the change that made the line.
    Observed,
    /// The change was reconstructed from traces.
    Inferred,
    /// Somebody says who made the change.
    Declared,
    /// The log was kept, and nothing in it says who made the line.
    Unattested,
    /// The file changed without a word on which lines.
    Unknown,
    /// The line was there when the file was first seen.
    Carried,
}

impl Status {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 6] = [
        Self::Observed,
        Self::Inferred,
        Self::Declared,
        Self::Unattested,
        Self::Unknown,
        Self::Carried,
    ];

    /// The name in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Observed => "observed",
            Self::Inferred => "inferred",
            Self::Declared => "declared",
            Self::Unattested => "unattested",
            Self::Unknown => "unknown",
            Self::Carried => "carried",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// What the lines have that an entry produced.
    ///
    /// An unobserved change and a commit are nobody's, whatever agent their entries name: the
    /// first was not seen, and who commits has not for that reason written.
    #[must_use]
    pub fn of_entry<Text: AsRef<str>>(entry: &Entry<Text>, cause: Cause) -> Self {
        if cause != Cause::Edit || matches!(entry.agent_id.as_ref(), "unknown" | "system") {
            return Self::Unattested;
        }
        match entry.capture_fidelity {
            Fidelity::Observed => Self::Observed,
            Fidelity::Inferred => Self::Inferred,
            Fidelity::Declared => Self::Declared,
        }
    }
}
