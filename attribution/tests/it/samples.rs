//! Short ways to write events.

use proofline_attribution::{
    Cause, Code, EntryRef, Event, FileChange, Fold, Piece, Policy, Provenance, Status,
};
use proofline_format::digest::sha256;
use proofline_format::entry::Hunk;
use proofline_format::object::{FileState, MovedLines};

pub(crate) fn state(content: &str) -> FileState {
    FileState {
        binary: false,
        final_newline: true,
        git_oid: None,
        lines: content.lines().count() as u64,
        sha256: sha256(content.as_bytes()),
    }
}

/// A state by its name alone, with so many lines.
pub(crate) fn named(name: &str, lines: u64) -> FileState {
    FileState {
        lines,
        ..state(name)
    }
}

pub(crate) fn hunk(old_start: u64, old_lines: u64, new_start: u64, new_lines: u64) -> Hunk {
    Hunk {
        old_start,
        old_lines,
        new_start,
        new_lines,
    }
}

pub(crate) fn moved(from: Option<&str>, old_start: u64, lines: u64, new_start: u64) -> MovedLines {
    MovedLines {
        from_path: from.map(String::from),
        old_start,
        lines,
        new_start,
    }
}

/// A change whose entries follow its event's at `index + 1`.
pub(crate) fn change(
    path: &str,
    before: Option<FileState>,
    after: Option<FileState>,
    hunks: &[Hunk],
) -> FileChange {
    FileChange {
        path: path.into(),
        path_before: None,
        before,
        after,
        hunks: hunks.to_vec(),
        entries: Vec::new(),
        moves: Vec::new(),
        reflows: Vec::new(),
        copies: Vec::new(),
    }
}

/// An event with entries numbered after its own.
pub(crate) fn event(index: u64, cause: Cause, mut files: Vec<FileChange>) -> Event {
    let mut next = index;
    let status = match cause {
        Cause::Edit => Status::Observed,
        Cause::Commit | Cause::Unobserved => Status::Unattested,
    };
    for file in &mut files {
        let same = file.before.as_ref().map(|state| state.sha256)
            == file.after.as_ref().map(|state| state.sha256);
        let count = if same && file.path_before.is_none() {
            0
        } else {
            file.hunks.len().max(1)
        };
        for _ in 0..count {
            next += 1;
            file.entries.push(EntryRef {
                index: next,
                status,
            });
        }
    }
    Event {
        index,
        cause,
        files,
    }
}

pub(crate) fn apply(fold: &mut Fold, event: &Event) {
    assert_eq!(fold.apply(event), Ok(Vec::new()), "{event:?}");
}

/// The code that an event of one change is refused with.
pub(crate) fn refusal(fold: &mut Fold, event: &Event) -> Option<Code> {
    let faults = fold.apply(event).unwrap();
    faults.first().map(|fault| fault.code)
}

/// Every line of the live state of a path.
pub(crate) fn lines(fold: &Fold, path: &str) -> Vec<Piece> {
    let map = fold.map(fold.live(path).unwrap()).unwrap();
    (1..=map.lines())
        .map(|line| map.line(line).unwrap())
        .collect()
}

/// `entry:line`, `carried:line`, `unrecorded` or `unresolved:entry` for every line.
pub(crate) fn story(fold: &Fold, path: &str, policy: Policy) -> String {
    let word = |piece: Piece| match piece.provenance(policy) {
        Provenance::Entry { index, line } => format!("{index}:{line}"),
        Provenance::Carried { line } => format!("c:{line}"),
        Provenance::Unrecorded => "unrecorded".into(),
        Provenance::Unresolved { index } => format!("unresolved:{index}"),
    };
    let words: Vec<String> = lines(fold, path).into_iter().map(word).collect();
    words.join(" ")
}
