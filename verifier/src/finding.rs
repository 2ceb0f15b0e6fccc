//! What a verification finds, as stable codes.
//!
//! A finding says that we looked and what we saw; not being able to look is an error and never
//! appears here. A code is never renamed and never used for another meaning.

mod code;

pub use self::code::Code;

/// The five questions of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ring {
    /// Container, canonical lines, chain, roots, digests.
    Integrity,
    /// Signatures by the key valid at each place, and a key that was given.
    Origin,
    /// Brackets by trusted time-stamp tokens.
    Time,
    /// Nothing left out.
    Completeness,
    /// The claims about who wrote what follow from the entries.
    Attribution,
}

impl Ring {
    /// Every ring, in the order of a report.
    pub const ALL: [Self; 5] = [
        Self::Integrity,
        Self::Origin,
        Self::Time,
        Self::Completeness,
        Self::Attribution,
    ];

    /// The name in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Integrity => "integrity",
            Self::Origin => "origin",
            Self::Time => "time",
            Self::Completeness => "completeness",
            Self::Attribution => "attribution",
        }
    }

    /// The ring of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ring| ring.as_str() == name)
    }
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; decides nothing.
    Note,
    /// Nothing is wrong, but something is not shown.
    Unproven,
    /// The evidence is bad.
    Fail,
}

impl Severity {
    /// The word in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Unproven => "unproven",
            Self::Fail => "fail",
        }
    }
}

/// Where a finding is: entries by index, other things after them by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The bundle as a whole.
    Bundle,
    /// A file of the archive.
    File(String),
    /// An entry, by its index in the log.
    Entry(u64),
    /// A checkpoint, by its tree size.
    Checkpoint(u64),
}

/// Something that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which kind.
    pub code: Code,
    /// How much it weighs here.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// What was seen: position, claimed and computed values. Text from the bundle in it is
    /// escaped by whoever shows it.
    pub message: String,
}
