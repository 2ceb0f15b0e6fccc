//! Level 2: the text of a hunk against its hash and header.
//!
//! Patch bytes are the header and LF, each removed line with `-`, each added one with `+`, every
//! one ended by LF, and `\ No newline at end of file` where a line has no LF in its file
//! (`docs/format.md` §4.2).

use alloc::vec::Vec;
use core::fmt;

use proofline_format::digest::{Hash, sha256};
use proofline_format::entry::Hunk;

const NO_NEWLINE: &[u8] = b"\\ No newline at end of file";

/// What of a patch does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PatchFault {
    /// The bytes have another SHA-256 than `diff_hash`.
    Hash,
    /// The first line is not the header of the hunk.
    Header,
    /// A line is neither removed nor added, or out of place, or the last has no LF.
    Line,
    /// There are not as many lines as the header says.
    Count,
}

impl PatchFault {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hash => "patch-hash-mismatch",
            Self::Header => "patch-header-mismatch",
            Self::Line => "patch-line-malformed",
            Self::Count => "patch-count-mismatch",
        }
    }
}

impl fmt::Display for PatchFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hash => "patch bytes have another SHA-256 than `diff_hash`",
            Self::Header => "patch bytes begin with another header than the entry's",
            Self::Line => "patch bytes hold a line that is neither removed nor added",
            Self::Count => "patch bytes hold another number of lines than the header",
        })
    }
}

impl core::error::Error for PatchFault {}

/// The lines of a patch that holds, without their terminating LF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch<'a> {
    /// The lines that were removed.
    pub removed: Vec<&'a [u8]>,
    /// The lines that were added.
    pub added: Vec<&'a [u8]>,
    /// Whether the last removed line has no LF in its file.
    pub removed_unended: bool,
    /// Whether the last added line has no LF in its file.
    pub added_unended: bool,
}

/// Checks patch bytes against the `diff_hash` and header of their entry.
///
/// # Errors
/// What does not hold.
pub fn check_patch<'a>(
    patch: &'a [u8],
    hunk: &Hunk,
    diff_hash: &Hash,
) -> Result<Patch<'a>, PatchFault> {
    if sha256(patch) != *diff_hash {
        return Err(PatchFault::Hash);
    }
    let body = patch.strip_suffix(b"\n").ok_or(PatchFault::Line)?;
    let mut lines = body.split(|byte| *byte == b'\n');
    if lines.next() != Some(hunk.header().as_bytes()) {
        return Err(PatchFault::Header);
    }
    let mut read = Patch {
        removed: Vec::new(),
        added: Vec::new(),
        removed_unended: false,
        added_unended: false,
    };
    for line in lines {
        match line.split_first() {
            Some((b'-', text)) if read.added.is_empty() && !read.removed_unended => {
                read.removed.push(text);
            }
            Some((b'+', text)) if !read.added_unended => read.added.push(text),
            Some((b'\\', _)) if line == NO_NEWLINE => {
                let unended = if !read.added.is_empty() {
                    &mut read.added_unended
                } else if !read.removed.is_empty() {
                    &mut read.removed_unended
                } else {
                    return Err(PatchFault::Line);
                };
                if core::mem::replace(unended, true) {
                    return Err(PatchFault::Line);
                }
            }
            _ => return Err(PatchFault::Line),
        }
    }
    let as_claimed = |lines: &[&[u8]], claimed| u64::try_from(lines.len()) == Ok(claimed);
    if as_claimed(&read.removed, hunk.old_lines) && as_claimed(&read.added, hunk.new_lines) {
        Ok(read)
    } else {
        Err(PatchFault::Count)
    }
}

impl Patch<'_> {
    /// Whether a reflow of this hunk holds: the text is the same without its white space, line by
    /// line where there are as many.
    #[must_use]
    pub fn holds(&self, hunk: &Hunk, reflow: &Hunk) -> bool {
        let part = |lines: &'_ [&[u8]], start: u64, of: u64, count: u64| {
            let from = usize::try_from(start.checked_sub(of)?).ok()?;
            let to = from.checked_add(usize::try_from(count).ok()?)?;
            let part = lines.get(from..to)?;
            Some(part.iter().map(|line| dense(line)).collect::<Vec<_>>())
        };
        let old = part(
            &self.removed,
            reflow.old_start,
            hunk.old_start,
            reflow.old_lines,
        );
        let new = part(
            &self.added,
            reflow.new_start,
            hunk.new_start,
            reflow.new_lines,
        );
        match (old, new) {
            (Some(old), Some(new)) if old.len() == new.len() => old == new,
            (Some(old), Some(new)) => old.concat() == new.concat(),
            _ => false,
        }
    }
}

/// A line without its white space.
fn dense(line: &[u8]) -> Vec<u8> {
    let kept = line.iter().filter(|byte| !byte.is_ascii_whitespace());
    kept.copied().collect()
}
