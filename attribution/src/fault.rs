//! What was found wrong, and what was too much.

use alloc::string::String;
use core::fmt;

macro_rules! codes {
    ($($name:ident $text:literal $meaning:literal)*) => {
        /// What does not hold. Codes are never renamed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $meaning] $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The stable name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// What was seen, as a phrase.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)* }
            }
        }
    };
}

codes! {
    AfterLinesMismatch "after-lines-mismatch" "the state after has another number of lines than it had before"
    BeforeLinesMismatch "before-lines-mismatch" "the state before has another number of lines than it had before"
    CopyNotInserted "copy-not-inserted" "copied lines lie outside of what the hunks add"
    CopyOutOfRange "copy-out-of-range" "copied lines lie past the end of their source"
    CopyOutsideCommit "copy-outside-commit" "lines are copied by an event that is no commit"
    CopyOverlap "copy-overlap" "copied lines are not in order, or overlap other lines with an origin"
    EntriesUnordered "entries-unordered" "entries of the event are not in chain order"
    EntryHunkMismatch "entry-hunk-mismatch" "the entry has another hunk than the witness"
    EntryLinesMismatch "entry-lines-mismatch" "the line columns do not follow from the hunk header"
    EntryMissing "entry-missing" "the witness names a change that has no entry"
    EntryParentMismatch "entry-parent-mismatch" "the entry has another parent than its place has"
    EntryPathMismatch "entry-path-mismatch" "the entry has another path than the witness"
    EntrySurplus "entry-surplus" "the entry has no place in the witness of its parent"
    EntryTypeMismatch "entry-type-mismatch" "the entry has another type than its change"
    EntryWithoutWitness "entry-without-witness" "the entry's parent shows no witness"
    EventFiles "event-files" "the event holds more files than the limit"
    HunkEmpty "hunk-empty" "the hunk has no lines, or lines that begin before the first"
    HunkOverflow "hunk-overflow" "the hunk's line numbers exceed 2^53"
    HunkPastEnd "hunk-past-end" "the hunk ends past the end of the file"
    HunkShifted "hunk-shifted" "the hunk's new lines do not follow from the hunks before it"
    HunksAdjacent "hunks-adjacent" "no unchanged line is between two hunks"
    HunksOfNothing "hunks-of-nothing" "the witness has hunks, and nothing changed or the file is gone"
    HunksOverlap "hunks-overlap" "two hunks overlap"
    HunksUnsorted "hunks-unsorted" "the hunks are not in order"
    LineCountMismatch "line-count-mismatch" "the hunks lead to another number of lines"
    MoveNotDeleted "move-not-deleted" "moved lines lie outside of what was removed at their old place"
    MoveNotInserted "move-not-inserted" "moved lines lie outside of what the hunks add"
    MoveOverlap "move-overlap" "moved lines are not in order, or lines are moved twice"
    MoveSourceUnknown "move-source-unknown" "lines are moved from a file that the event does not change"
    PathTwice "path-twice" "two changes of the event have one path"
    ReflowNotSimple "reflow-not-simple" "the reflow does not say which line went where"
    ReflowOutsideHunk "reflow-outside-hunk" "the reflow lies outside of a hunk"
    ReflowOverlap "reflow-overlap" "the reflow is not in order, or overlaps other lines with an origin"
    StateNone "state-none" "the file exists neither before nor after"
    WitnessHashMismatch "witness-hash-mismatch" "the entry has another content hash than the witness"
    WitnessMalformed "witness-malformed" "the witness cannot be read"
    WitnessMissing "witness-missing" "the witness is not there"
}

impl Code {
    /// Whether it says that evidence is not there, not that evidence is wrong.
    #[must_use]
    pub const fn is_absence(self) -> bool {
        matches!(self, Self::WitnessMissing | Self::EntryWithoutWitness)
    }
}

/// A change from which no map is derived, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What does not hold.
    pub code: Code,
    /// The entry that it was found at.
    pub entry: u64,
    /// The path of the change; empty where none is known.
    pub path: String,
    /// The number that was read, where it is about one.
    pub claimed: Option<u64>,
    /// The number that was derived.
    pub computed: Option<u64>,
}

impl Fault {
    pub(crate) fn new(code: Code, entry: u64, path: &str) -> Self {
        Self {
            code,
            entry,
            path: path.into(),
            claimed: None,
            computed: None,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry {}: ", self.entry)?;
        if !self.path.is_empty() {
            write!(f, "{:?}: ", self.path)?;
        }
        f.write_str(self.code.meaning())?;
        match (self.claimed, self.computed) {
            (Some(claimed), Some(computed)) => {
                write!(f, ": claims {claimed}, computed {computed}")
            }
            (Some(claimed), None) => write!(f, ": at {claimed}"),
            _ => Ok(()),
        }
    }
}

impl core::error::Error for Fault {}

/// The limit that was exceeded; the fold says nothing any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// The name of what there was too much of.
    pub what: &'static str,
    /// The most there may be.
    pub limit: u64,
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "attribution needs more than {} {}",
            self.limit, self.what
        )
    }
}

impl core::error::Error for Budget {}
