//! What a fold says, written down: `data/attribution.json`.
//!
//! ```text
//! {files: [{coverage, lines, path, runs, sha256}], policy, schema_version: 1, status: "derived"}
//! runs     [{end, entry or null, line or null, moved_by or null, reflowed_by or null, start, status}]
//! coverage {strict: shares, substantive: shares}
//! shares   {carried, declared, inferred, observed, unattested, unknown}     basis points
//! ```
//!
//! Files are sorted by path and hash; runs are ascending, cover every line, and are as long as can
//! be. The same fold, states and policy give the same bytes.

mod claimed;
mod coverage;

use alloc::string::String;
use alloc::vec::Vec;

use proofline_format::digest::Hash;
use proofline_format::json::{Value, canonical};

pub use self::claimed::{Difference, claimed_policy, difference};
pub use self::coverage::Coverage;
use crate::fault::Budget;
use crate::fold::{Fold, StateId};
use crate::line_map::{Policy, Provenance};
use crate::status::Status;

/// Consecutive lines that one entry produced one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportRun {
    /// First line, 1-based.
    pub start: u64,
    /// Last line.
    pub end: u64,
    /// On what evidence.
    pub status: Status,
    /// The entry that first produced the lines; or, with [`Status::Unknown`], the one that changed
    /// the file without a word on which lines.
    pub entry: Option<u64>,
    /// The number of the first line where it was first seen.
    pub line: Option<u64>,
    /// The entry that moved the lines last.
    pub moved_by: Option<u64>,
    /// The entry that changed their white space last.
    pub reflowed_by: Option<u64>,
}

/// What is said of one file state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReport {
    /// The path, as in `file_path`.
    pub path: String,
    /// SHA-256 of the raw bytes.
    pub sha256: Hash,
    /// Number of lines.
    pub lines: u64,
    /// The runs, from line 1 to the last without a gap.
    pub runs: Vec<ReportRun>,
    /// Shares of the lines under [`Policy::Strict`].
    pub strict: Coverage,
    /// Shares of the lines under [`Policy::Substantive`].
    pub substantive: Coverage,
}

/// What is said of some file states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Under which policy the runs are.
    pub policy: Policy,
    /// Sorted by path and hash.
    pub files: Vec<FileReport>,
}

/// The report on one state; `None` where the fold does not know it.
///
/// # Errors
/// A limit was exceeded.
pub fn file(fold: &Fold, id: StateId, policy: Policy) -> Result<Option<FileReport>, Budget> {
    let Some(state) = fold.describe(id) else {
        return Ok(None);
    };
    let map = fold.map(id)?;
    let mut report = FileReport {
        path: state.path.into(),
        sha256: state.sha256,
        lines: state.lines,
        runs: Vec::new(),
        strict: Coverage::default(),
        substantive: Coverage::default(),
    };
    for run in map.runs() {
        let lines = run.lines();
        report.strict.add(fold.status(run.piece.strict), lines);
        let status = fold.status(run.piece.substantive);
        report.substantive.add(status, lines);
        let provenance = run.piece.provenance(policy);
        let (entry, line) = match provenance {
            Provenance::Entry { index, line } => (Some(index), Some(line)),
            Provenance::Carried { line } => (None, Some(line)),
            Provenance::Unrecorded => (None, None),
            Provenance::Unresolved { index } => (Some(index), None),
        };
        let next = ReportRun {
            start: run.start,
            end: run.end,
            status: fold.status(provenance),
            entry,
            line,
            moved_by: run.piece.moved_by,
            reflowed_by: run.piece.reflowed_by,
        };
        // Runs that differ only under the other policy are one.
        match report.runs.last_mut() {
            Some(last) if last.continues_with(&next) => last.end = next.end,
            _ => report.runs.push(next),
        }
    }
    Ok(Some(report))
}

/// The report on some states; those that the fold does not know are left out.
///
/// # Errors
/// A limit was exceeded.
pub fn report(
    fold: &Fold,
    states: impl IntoIterator<Item = StateId>,
    policy: Policy,
) -> Result<Report, Budget> {
    let mut files = Vec::new();
    for id in states {
        files.extend(file(fold, id, policy)?);
    }
    files.sort_by(|a, b| (&a.path, a.sha256).cmp(&(&b.path, b.sha256)));
    files.dedup_by(|a, b| (&a.path, a.sha256) == (&b.path, b.sha256));
    Ok(Report { policy, files })
}

/// What is said of a line.
impl FileReport {
    /// The run that a line is in.
    #[must_use]
    pub fn run_of(&self, line: u64) -> Option<&ReportRun> {
        let at = self.runs.partition_point(|run| run.end < line);
        self.runs.get(at).filter(|run| run.start <= line)
    }

    fn to_value(&self) -> Value {
        Value::object([
            (
                "coverage",
                Value::object([
                    ("strict", self.strict.to_value()),
                    ("substantive", self.substantive.to_value()),
                ]),
            ),
            ("lines", self.lines.into()),
            ("path", self.path.as_str().into()),
            ("runs", self.runs.iter().map(|run| run.to_value()).collect()),
            ("sha256", self.sha256.into()),
        ])
    }
}

impl ReportRun {
    fn continues_with(&self, next: &Self) -> bool {
        let lines = self.end.saturating_sub(self.start).saturating_add(1);
        let line = self.line.map(|line| line.saturating_add(lines));
        let same = |run: &Self| (run.status, run.entry, run.moved_by, run.reflowed_by);
        same(self) == same(next) && line == next.line
    }

    fn to_value(self) -> Value {
        let number = |number: Option<u64>| number.map_or(Value::Null, Value::from);
        Value::object([
            ("end", self.end.into()),
            ("entry", number(self.entry)),
            ("line", number(self.line)),
            ("moved_by", number(self.moved_by)),
            ("reflowed_by", number(self.reflowed_by)),
            ("start", self.start.into()),
            ("status", self.status.as_str().into()),
        ])
    }
}

impl Report {
    /// The bytes of `data/attribution.json`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical(&Value::object([
            (
                "files",
                self.files.iter().map(FileReport::to_value).collect(),
            ),
            ("policy", self.policy.as_str().into()),
            ("schema_version", 1_u64.into()),
            ("status", "derived".into()),
        ]))
    }
}
