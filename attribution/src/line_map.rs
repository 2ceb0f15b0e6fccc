//! The run-length map from the lines of one file state to where they come from.

use alloc::vec::Vec;

use crate::fault::Budget;

/// Where a line comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Provenance {
    /// An entry first produced it.
    Entry {
        /// The entry's index in the chain.
        index: u64,
        /// The line's number in that entry's state after, 1-based.
        line: u64,
    },
    /// It was there when its file was first seen.
    Carried {
        /// The line's number in that first state, 1-based.
        line: u64,
    },
    /// It is in a state that appeared without a record of how.
    Unrecorded,
    /// An entry changed the file and does not say which lines.
    Unresolved {
        /// The entry's index in the chain.
        index: u64,
    },
}

impl Provenance {
    /// What a line so many further down in the same run has.
    const fn advanced(self, lines: u64) -> Self {
        match self {
            Self::Entry { index, line } => Self::Entry {
                index,
                line: line.saturating_add(lines),
            },
            Self::Carried { line } => Self::Carried {
                line: line.saturating_add(lines),
            },
            other => other,
        }
    }

    /// Whether the same entry, or the same kind of nobody, stands behind both.
    pub(crate) fn is_same_source(self, other: Self) -> bool {
        match (self, other) {
            (Self::Entry { index, .. }, Self::Entry { index: of, .. }) => index == of,
            (Self::Carried { .. }, Self::Carried { .. }) => true,
            _ => self == other,
        }
    }
}

/// What counts as writing a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Policy {
    /// Every change of a byte: who moves or reflows a line has written it.
    Strict,
    /// Changes of substance: moved, reflowed and differently terminated lines keep their origin.
    Substantive,
}

impl Policy {
    /// The name in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Substantive => "substantive",
        }
    }

    /// The policy of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Strict, Self::Substantive]
            .into_iter()
            .find(|policy| policy.as_str() == text)
    }
}

/// What is known of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Piece {
    /// Where it comes from, every change of a byte counted.
    pub strict: Provenance,
    /// Where it comes from, moves and changes of white space honoured.
    pub substantive: Provenance,
    /// The entry that moved it last.
    pub moved_by: Option<u64>,
    /// The entry that changed its white space last.
    pub reflowed_by: Option<u64>,
}

impl Piece {
    /// A line that comes from there under either policy.
    #[must_use]
    pub const fn of(provenance: Provenance) -> Self {
        Self {
            strict: provenance,
            substantive: provenance,
            moved_by: None,
            reflowed_by: None,
        }
    }

    /// Where it comes from under that policy.
    #[must_use]
    pub const fn provenance(&self, policy: Policy) -> Provenance {
        match policy {
            Policy::Strict => self.strict,
            Policy::Substantive => self.substantive,
        }
    }

    pub(crate) const fn advanced(self, lines: u64) -> Self {
        Self {
            strict: self.strict.advanced(lines),
            substantive: self.substantive.advanced(lines),
            ..self
        }
    }
}

/// Consecutive lines whose origins are consecutive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Its first line, 1-based.
    pub start: u64,
    /// Its last line.
    pub end: u64,
    /// What is known of its first line; those of the others follow.
    pub piece: Piece,
}

impl Run {
    /// What is known of that line of the run.
    #[must_use]
    pub const fn at(&self, line: u64) -> Piece {
        self.piece.advanced(line.saturating_sub(self.start))
    }

    /// Its number of lines.
    #[must_use]
    pub const fn lines(&self) -> u64 {
        self.end.saturating_sub(self.start).saturating_add(1)
    }
}

/// The map of one file state. Its runs are ascending, without a gap, and as long as can be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LineMap {
    runs: Vec<Run>,
}

impl LineMap {
    /// So many lines of one kind.
    #[must_use]
    pub fn uniform(lines: u64, piece: Piece) -> Self {
        let mut map = Self::default();
        map.push_unbounded(lines, piece);
        map
    }

    /// Its number of lines.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.runs.last().map_or(0, |run| run.end)
    }

    /// Its runs.
    #[must_use]
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// What is known of a line, 1-based.
    #[must_use]
    pub fn line(&self, line: u64) -> Option<Piece> {
        let run = self.runs.get(self.position(line))?;
        (line >= run.start).then(|| run.at(line))
    }

    /// The runs of so many lines from that one, cut to them.
    pub(crate) fn slice(&self, start: u64, lines: u64) -> impl Iterator<Item = Run> {
        let end = start.saturating_add(lines).saturating_sub(1);
        let from = if lines == 0 {
            self.runs.len()
        } else {
            self.position(start)
        };
        let runs = self.runs.get(from..).unwrap_or_default();
        let runs = runs.iter().take_while(move |run| run.start <= end);
        runs.map(move |run| {
            let first = run.start.max(start);
            Run {
                start: first,
                end: run.end.min(end),
                piece: run.at(first),
            }
        })
    }

    fn position(&self, line: u64) -> usize {
        self.runs.partition_point(|run| run.end < line)
    }

    /// Adds lines at the end.
    pub(crate) fn push(&mut self, lines: u64, piece: Piece, runs_max: u64) -> Result<(), Budget> {
        self.push_unbounded(lines, piece);
        let count = u64::try_from(self.runs.len()).unwrap_or(u64::MAX);
        if count > runs_max {
            return Err(Budget {
                what: "runs of one file",
                limit: runs_max,
            });
        }
        Ok(())
    }

    fn push_unbounded(&mut self, lines: u64, piece: Piece) {
        if lines == 0 {
            return;
        }
        let before = self.lines();
        let end = before.saturating_add(lines);
        if let Some(last) = self.runs.last_mut()
            && last.piece.advanced(last.lines()) == piece
        {
            last.end = end;
        } else {
            self.runs.push(Run {
                start: before.saturating_add(1),
                end,
                piece,
            });
        }
    }
}
