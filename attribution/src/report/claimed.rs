//! A claimed report against the one that was derived.

use alloc::string::String;
use alloc::vec::Vec;

use proofline_format::digest::Hash;
use proofline_format::error::{ErrorKind, ParseError};
use proofline_format::json::{Value, canonical, parse_canonical};
use proofline_format::limits::MAX_DOCUMENT_BYTES;

use super::{FileReport, Report, ReportRun};
use crate::line_map::Policy;
use crate::status::Status;

/// The first thing that a claimed report says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What differs: `policy`, `file`, `lines`, `run`, `coverage`.
    pub what: &'static str,
    /// The path; empty for the policy.
    pub path: String,
    /// The first line that differs.
    pub line: Option<u64>,
    /// The run that is claimed for it; `None` where there is none.
    pub claimed: Option<ReportRun>,
    /// The run that was derived for it.
    pub computed: Option<ReportRun>,
}

impl Difference {
    fn of(what: &'static str, path: &str) -> Self {
        Self {
            what,
            path: path.into(),
            line: None,
            claimed: None,
            computed: None,
        }
    }
}

struct ClaimedFile<'a> {
    path: &'a str,
    sha256: Hash,
    lines: u64,
    runs: Vec<ReportRun>,
    coverage: &'a Value,
}

/// The policy under which a claimed report is, so that the same can be derived.
///
/// # Errors
/// What is wrong, and in which member.
pub fn claimed_policy(bytes: &[u8]) -> Result<Policy, ParseError> {
    policy_of(&document(bytes)?)
}

/// Compares a claimed report with the derived one; `None` says that they are equal to the byte.
///
/// # Errors
/// What is wrong with the form of the claimed one, and in which member.
pub fn difference(claimed: &[u8], computed: &Report) -> Result<Option<Difference>, ParseError> {
    let document = document(claimed)?;
    if policy_of(&document)? != computed.policy {
        return Ok(Some(Difference::of("policy", "")));
    }
    let claimed = document.require_array("files")?.iter().map(ClaimedFile::of);
    let claimed = claimed.collect::<Result<Vec<_>, _>>()?;
    for (claimed, computed) in claimed.iter().zip(&computed.files) {
        if let Some(found) = claimed.difference(computed) {
            return Ok(Some(found));
        }
    }
    let beyond = claimed.get(computed.files.len()).map(|file| file.path);
    let missing = computed.files.get(claimed.len());
    let path = beyond.or(missing.map(|file| file.path.as_str()));
    Ok(path.map(|path| Difference::of("file", path)))
}

fn document(bytes: &[u8]) -> Result<Value, ParseError> {
    if bytes.len() > MAX_DOCUMENT_BYTES {
        return Err(ParseError::at(ErrorKind::Limit, MAX_DOCUMENT_BYTES));
    }
    let document = parse_canonical(bytes)?;
    document.require_exactly(&["files", "policy", "schema_version", "status"])?;
    if document.require_count("schema_version")? != 1 {
        return Err(ParseError::of(ErrorKind::Value, "schema_version"));
    }
    if document.require_text("status")? != "derived" {
        return Err(ParseError::of(ErrorKind::Value, "status"));
    }
    Ok(document)
}

fn policy_of(document: &Value) -> Result<Policy, ParseError> {
    let policy = Policy::parse(document.require_text("policy")?);
    policy.ok_or(ParseError::of(ErrorKind::Value, "policy"))
}

fn count_or_null(value: &Value, member: &'static str) -> Result<Option<u64>, ParseError> {
    match value.require(member)? {
        Value::Null => Ok(None),
        _ => value.require_count(member).map(Some),
    }
}

fn run_of(value: &Value) -> Result<ReportRun, ParseError> {
    value.require_exactly(&[
        "end",
        "entry",
        "line",
        "moved_by",
        "reflowed_by",
        "start",
        "status",
    ])?;
    let status = Status::parse(value.require_text("status")?);
    Ok(ReportRun {
        start: value.require_count("start")?,
        end: value.require_count("end")?,
        status: status.ok_or(ParseError::of(ErrorKind::Value, "status"))?,
        entry: count_or_null(value, "entry")?,
        line: count_or_null(value, "line")?,
        moved_by: count_or_null(value, "moved_by")?,
        reflowed_by: count_or_null(value, "reflowed_by")?,
    })
}

impl<'a> ClaimedFile<'a> {
    fn of(value: &'a Value) -> Result<Self, ParseError> {
        value.require_exactly(&["coverage", "lines", "path", "runs", "sha256"])?;
        let runs = value.require_array("runs")?.iter().map(run_of);
        Ok(Self {
            path: value.require_text("path")?,
            sha256: value.require_hash("sha256")?,
            lines: value.require_count("lines")?,
            runs: runs.collect::<Result<_, _>>()?,
            coverage: value.require("coverage")?,
        })
    }

    fn difference(&self, computed: &FileReport) -> Option<Difference> {
        let (mine, theirs) = (
            (self.path, self.sha256),
            (computed.path.as_str(), computed.sha256),
        );
        if mine != theirs {
            // The lesser of the two is missing on the other side.
            return Some(Difference::of("file", mine.min(theirs).0));
        }
        if self.lines != computed.lines {
            return Some(Difference::of("lines", self.path));
        }
        let equal = self.runs.iter().zip(&computed.runs);
        let equal = equal.take_while(|(claimed, computed)| claimed == computed);
        let at = equal.count();
        let (claimed, derived) = (self.runs.get(at), computed.runs.get(at));
        if claimed.is_some() || derived.is_some() {
            return Some(Difference {
                line: first_line(claimed, derived),
                claimed: claimed.copied(),
                computed: derived.copied(),
                ..Difference::of("run", self.path)
            });
        }
        let Value::Object(members) = computed.to_value() else {
            return None;
        };
        let derived = members.iter().find(|(name, _)| name == "coverage");
        let differs =
            derived.is_some_and(|(_, coverage)| canonical(coverage) != canonical(self.coverage));
        differs.then(|| Difference::of("coverage", self.path))
    }
}

/// The first line that two runs at the same place say otherwise of.
fn first_line(claimed: Option<&ReportRun>, computed: Option<&ReportRun>) -> Option<u64> {
    let (Some(claimed), Some(computed)) = (claimed, computed) else {
        return claimed.or(computed).map(|run| run.start);
    };
    let alike = ReportRun {
        end: computed.end,
        ..*claimed
    };
    Some(if alike == *computed {
        claimed.end.min(computed.end).saturating_add(1)
    } else {
        claimed.start.min(computed.start)
    })
}
