//! Zero-context hunks between two byte strings, and their patch bytes (`docs/format.md` §4.2).
//!
//! A difference is a witness, not an oracle: whoever reads it checks that it leads from one side
//! to the other and never runs a difference of his own. So any correct one may be written down;
//! this one is made to be readable (histogram, with hunks slid to indentation boundaries).

mod lines;

use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput};
use proofline_format::digest::{Hash, Hasher};
use proofline_format::entry::Hunk;

pub use self::lines::{MAX_DIFF_BYTES, MAX_DIFF_LINES, Profile};
use self::lines::{Window, split_lines};

/// One hunk and the SHA-256 of its patch bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineHunk {
    /// The header's numbers.
    pub hunk: Hunk,
    /// SHA-256 of the patch bytes, the value of `diff_hash`.
    pub patch_sha256: Hash,
}

/// The hunks that lead from one text to the other: ascending, and never adjacent.
///
/// The caller has checked both sides against [`Profile::is_diffable`].
#[must_use]
pub fn line_hunks(before: &[u8], after: &[u8]) -> Vec<LineHunk> {
    let window = Window::of(before, after);
    let old = split_lines(window.before);
    let new = split_lines(window.after);
    changed_ranges(&old, &new)
        .iter()
        .map(|(old_range, new_range)| {
            let hunk = numbered(window.lines_above, old_range, new_range);
            let mut hasher = Hasher::default();
            write_patch(
                &hunk,
                lines_of(&old, old_range),
                lines_of(&new, new_range),
                |bytes| hasher.update(bytes),
            );
            LineHunk {
                hunk,
                patch_sha256: hasher.finish(),
            }
        })
        .collect()
}

type Change = (Range<usize>, Range<usize>);

/// The changes where single lines apart from each other were replaced and nothing else, as when a
/// name is changed throughout a file: found without hashing every line between the first of them
/// and the last.
fn replaced_lines(old: &[&[u8]], new: &[&[u8]]) -> Option<Vec<Change>> {
    if old.len() != new.len() {
        return None;
    }
    let differing = old.iter().zip(new).enumerate();
    let differing = differing.filter(|(_, (old, new))| old != new);
    let mut changes: Vec<Change> = Vec::new();
    for (at, _) in differing {
        let end = at.saturating_add(1);
        if changes.last().is_some_and(|(last, _)| last.end == at) {
            return None;
        }
        changes.push((at..end, at..end));
    }
    Some(changes)
}

fn changed_ranges(old: &[&[u8]], new: &[&[u8]]) -> Vec<Change> {
    if let Some(changes) = replaced_lines(old, new) {
        return changes;
    }
    let mut input = InternedInput::default();
    input.update_before(old.iter().copied());
    input.update_after(new.iter().copied());
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let range = |range: Range<u32>| to_usize(range.start)..to_usize(range.end);
    let changes: Vec<Change> = diff
        .hunks()
        .map(|hunk| (range(hunk.before), range(hunk.after)))
        .collect();
    if leads_from_to(&changes, old, new) {
        changes
    } else {
        // Should the sliding ever go wrong, a coarse witness that holds beats a fine one that
        // does not.
        vec![(0..old.len(), 0..new.len())]
    }
}

/// Whether everything outside the changes is equal on both sides.
fn leads_from_to(changes: &[Change], old: &[&[u8]], new: &[&[u8]]) -> bool {
    let end = (old.len()..old.len(), new.len()..new.len());
    let (mut old_at, mut new_at) = (0, 0);
    changes.iter().chain([&end]).all(|(old_range, new_range)| {
        let kept_old = old.get(old_at..old_range.start);
        let kept_new = new.get(new_at..new_range.start);
        (old_at, new_at) = (old_range.end, new_range.end);
        kept_old.is_some() && kept_old == kept_new
    })
}

/// A side of zero lines is numbered by the line after which it stands.
fn numbered(lines_above: usize, old: &Range<usize>, new: &Range<usize>) -> Hunk {
    let start = |range: &Range<usize>| {
        let first = usize::from(!range.is_empty());
        to_u64(
            lines_above
                .saturating_add(range.start)
                .saturating_add(first),
        )
    };
    Hunk {
        old_start: start(old),
        old_lines: to_u64(old.len()),
        new_start: start(new),
        new_lines: to_u64(new.len()),
    }
}

fn lines_of<'a>(lines: &'a [&'a [u8]], range: &Range<usize>) -> &'a [&'a [u8]] {
    lines.get(range.clone()).unwrap_or_default()
}

/// Gives the patch bytes of a hunk piece by piece.
pub fn write_patch(hunk: &Hunk, removed: &[&[u8]], added: &[&[u8]], mut write: impl FnMut(&[u8])) {
    write(hunk.header().as_bytes());
    write(b"\n");
    for (mark, lines) in [(b"-", removed), (b"+", added)] {
        for line in lines {
            write(mark);
            write(line);
            if line.last() != Some(&b'\n') {
                write(b"\n\\ No newline at end of file\n");
            }
        }
    }
}

/// The patch bytes of a hunk, from both whole texts.
#[must_use]
pub fn patch_text(before: &[u8], after: &[u8], hunk: &Hunk) -> Vec<u8> {
    let mut out = Vec::new();
    let part = |text: &'_ [u8], start: u64, count: u64| {
        let skipped = usize::try_from(start.saturating_sub(1)).unwrap_or(usize::MAX);
        let count = usize::try_from(count).unwrap_or(0);
        let lines = split_lines(text).into_iter().skip(skipped).take(count);
        lines.map(<[u8]>::to_vec).collect::<Vec<_>>()
    };
    let removed = part(before, hunk.old_start, hunk.old_lines);
    let added = part(after, hunk.new_start, hunk.new_lines);
    let removed: Vec<&[u8]> = removed.iter().map(Vec::as_slice).collect();
    let added: Vec<&[u8]> = added.iter().map(Vec::as_slice).collect();
    write_patch(hunk, &removed, &added, |bytes| out.extend_from_slice(bytes));
    out
}

fn to_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn to_usize(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
