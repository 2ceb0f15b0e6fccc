//! Level 1: the arithmetic of one event's witnesses, without any file's content.

mod overlays;

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use proofline_format::entry::Hunk;
use proofline_format::limits::MAX_INTEGER;

use crate::change::{Event, FileChange};
use crate::fault::{Code, Fault};
use crate::limits::MAX_EVENT_FILES;

/// A hunk by its first lines: a side without lines is numbered by the line that follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) old_start: u64,
    pub(crate) old_lines: u64,
    pub(crate) new_start: u64,
    pub(crate) new_lines: u64,
    /// The entry that its new lines are of.
    pub(crate) entry: u64,
}

/// New lines that have their origin from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overlay {
    pub(crate) new_start: u64,
    pub(crate) new_lines: u64,
    pub(crate) old_start: u64,
    pub(crate) from: Elsewhere,
}

/// Where the origin of such lines is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Elsewhere {
    /// In the state before of that file of the event.
    Move { file: usize },
    /// In so many lines of the state before of the same file.
    Reflow { old_lines: u64 },
    /// In the source of that item of `copies`.
    Copy { item: usize },
}

/// How a change leads from one side to the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The lines stay as they are.
    Same,
    /// Some lines changed, nobody says which.
    Coarse { entry: u64 },
    /// These lines were replaced; nothing else was.
    Lines(Vec<Segment>),
    /// The file is gone.
    Gone,
}

/// A change whose arithmetic holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checked {
    pub(crate) shape: Shape,
    /// Ascending by their new lines, disjoint, each within one segment.
    pub(crate) overlays: Vec<Overlay>,
}

pub(crate) type Verdict = Result<Checked, Fault>;

/// Checks every file of an event; the verdicts are in the order of the files.
pub(crate) fn check_event(event: &Event) -> Vec<Verdict> {
    let fault = |code, file: &FileChange| Fault::new(code, event.index, &file.path);
    if event.files.len() > MAX_EVENT_FILES {
        let refused = |file| Err(fault(Code::EventFiles, file));
        return event.files.iter().map(refused).collect();
    }
    if !in_chain_order(event) {
        let refused = |file| Err(fault(Code::EntriesUnordered, file));
        return event.files.iter().map(refused).collect();
    }
    let twice = paths_named_twice(event);
    let shapes: Vec<Result<Shape, Fault>> = event
        .files
        .iter()
        .map(|file| {
            if twice.contains(file.path.as_str()) || twice.contains(file.old_path()) {
                return Err(fault(Code::PathTwice, file));
            }
            shape_of(file).map_err(|found| Fault {
                claimed: found.claimed,
                computed: found.computed,
                ..fault(found.code, file)
            })
        })
        .collect();
    overlays::check(event, shapes)
}

/// What is wrong with one change, before it is known whose.
pub(super) struct Found {
    code: Code,
    claimed: Option<u64>,
    computed: Option<u64>,
}

impl Found {
    const fn at(code: Code, claimed: u64) -> Self {
        Self {
            code,
            claimed: Some(claimed),
            computed: None,
        }
    }
}

impl From<Code> for Found {
    fn from(code: Code) -> Self {
        Self {
            code,
            claimed: None,
            computed: None,
        }
    }
}

/// Entries are later than their cause, and each later than the one before.
fn in_chain_order(event: &Event) -> bool {
    let entries = event.files.iter().flat_map(|file| &file.entries);
    let mut last = event.index;
    for entry in entries {
        if entry.index <= last {
            return false;
        }
        last = entry.index;
    }
    true
}

/// Paths that two changes of the event have on the same side.
fn paths_named_twice(event: &Event) -> BTreeSet<&str> {
    let (mut olds, mut news, mut twice) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for file in &event.files {
        if file.before.is_some() && !olds.insert(file.old_path()) {
            twice.insert(file.old_path());
        }
        if file.after.is_some() && !news.insert(file.path.as_str()) {
            twice.insert(file.path.as_str());
        }
    }
    twice
}

fn shape_of(file: &FileChange) -> Result<Shape, Found> {
    let (before, after) = match (&file.before, &file.after) {
        (None, None) => return Err(Code::StateNone.into()),
        (_, None) => {
            return if file.hunks.is_empty() {
                Ok(Shape::Gone)
            } else {
                Err(Code::HunksOfNothing.into())
            };
        }
        (before, Some(after)) => (before, after),
    };
    let old_lines = before.as_ref().map_or(0, |state| state.lines);
    if file.is_same_content() {
        if !file.hunks.is_empty() {
            return Err(Code::HunksOfNothing.into());
        }
        return if old_lines == after.lines {
            Ok(Shape::Same)
        } else {
            Err(mismatch(Code::LineCountMismatch, after.lines, old_lines))
        };
    }
    let wanted = file.hunks.len().max(1);
    if file.entries.len() < wanted {
        return Err(Code::EntryMissing.into());
    }
    if file.entries.len() > wanted {
        return Err(Code::EntrySurplus.into());
    }
    if after.lines > max_line() || old_lines > max_line() {
        return Err(Code::HunkOverflow.into());
    }
    let entry = file.entries.first().map_or(0, |entry| entry.index);
    if !file.hunks.is_empty() {
        return segments(file, old_lines, after.lines).map(Shape::Lines);
    }
    if before.is_some() && file.copies.is_empty() {
        return Ok(Shape::Coarse { entry });
    }
    // All of the file is new, or stated anew by what a commit copies.
    Ok(Shape::Lines(alloc::vec![Segment {
        old_start: 1,
        old_lines,
        new_start: 1,
        new_lines: after.lines,
        entry,
    }]))
}

const fn mismatch(code: Code, claimed: u64, computed: u64) -> Found {
    Found {
        code,
        claimed: Some(claimed),
        computed: Some(computed),
    }
}

pub(super) const fn max_line() -> u64 {
    MAX_INTEGER.unsigned_abs()
}

/// The line after a range, if that is a line number at all.
pub(super) fn end_of(start: u64, lines: u64) -> Option<u64> {
    start.checked_add(lines).filter(|end| *end <= max_line())
}

/// The first lines of a hunk, and the lines after its last.
struct Ends {
    old: (u64, u64),
    new: (u64, u64),
}

fn ends(hunk: &Hunk) -> Result<Ends, Found> {
    let empty = hunk.old_lines == 0 && hunk.new_lines == 0;
    let from_zero = |start, lines| lines > 0 && start == 0;
    if empty
        || from_zero(hunk.old_start, hunk.old_lines)
        || from_zero(hunk.new_start, hunk.new_lines)
    {
        return Err(Found::at(Code::HunkEmpty, hunk.new_start));
    }
    let side = |start: u64, lines: u64| {
        let first = if lines == 0 {
            start.saturating_add(1)
        } else {
            start
        };
        end_of(first, lines)
            .map(|end| (first, end))
            .ok_or(Found::at(Code::HunkOverflow, start))
    };
    Ok(Ends {
        old: side(hunk.old_start, hunk.old_lines)?,
        new: side(hunk.new_start, hunk.new_lines)?,
    })
}

fn segments(file: &FileChange, old_lines: u64, new_lines: u64) -> Result<Vec<Segment>, Found> {
    let mut segments: Vec<Segment> = Vec::new();
    // The lines after what was consumed so far.
    let (mut old_next, mut new_next) = (1_u64, 1_u64);
    for (hunk, entry) in file.hunks.iter().zip(&file.entries) {
        let Ends { old, new } = ends(hunk)?;
        let line = hunk.old_start;
        if old.0 < old_next {
            let before = segments.last().map_or(1, |segment| segment.old_start);
            let code = if old.1 <= before {
                Code::HunksUnsorted
            } else {
                Code::HunksOverlap
            };
            return Err(Found::at(code, line));
        }
        let unchanged = old.0.saturating_sub(old_next);
        if unchanged == 0 && !segments.is_empty() {
            return Err(Found::at(Code::HunksAdjacent, line));
        }
        let computed = new_next.saturating_add(unchanged);
        if new.0 != computed {
            return Err(mismatch(Code::HunkShifted, new.0, computed));
        }
        for (end, lines) in [(old.1, old_lines), (new.1, new_lines)] {
            let last = end.saturating_sub(1);
            if last > lines {
                return Err(mismatch(Code::HunkPastEnd, last, lines));
            }
        }
        (old_next, new_next) = (old.1, new.1);
        segments.push(Segment {
            old_start: old.0,
            old_lines: hunk.old_lines,
            new_start: new.0,
            new_lines: hunk.new_lines,
            entry: entry.index,
        });
    }
    let unchanged = old_lines.saturating_add(1).saturating_sub(old_next);
    let computed = new_next.saturating_sub(1).saturating_add(unchanged);
    if computed != new_lines {
        return Err(mismatch(Code::LineCountMismatch, new_lines, computed));
    }
    Ok(segments)
}
