//! Lines of a file: how many, where they end, and the part of two files that differs.

/// Files larger than this are not compared line by line.
pub const MAX_DIFF_BYTES: usize = 4 << 20;
/// Files of more lines than this are not compared line by line.
pub const MAX_DIFF_LINES: u64 = 100_000;
/// A NUL in this many leading bytes makes a file binary.
const BINARY_PROBE_BYTES: usize = 8 << 10;
/// Equal lines kept around the part that differs, so that hunks can slide to a readable place.
const CONTEXT_LINES: usize = 32;

/// What a witness says about one side of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    /// Whether a NUL stands near the start.
    pub binary: bool,
    /// Whether the last line ends in LF; true for an empty file.
    pub final_newline: bool,
    /// Number of lines; a rest without LF is a line.
    pub lines: u64,
    bytes: usize,
}

impl Profile {
    /// Counts.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        let head = content.get(..BINARY_PROBE_BYTES).unwrap_or(content);
        let final_newline = content.last().is_none_or(|&byte| byte == b'\n');
        let rest = u64::from(!final_newline);
        Self {
            binary: head.contains(&0),
            final_newline,
            lines: u64::try_from(count_newlines(content))
                .unwrap_or(u64::MAX)
                .saturating_add(rest),
            bytes: content.len(),
        }
    }

    /// Whether line by line is how to compare it.
    #[must_use]
    pub const fn is_diffable(&self) -> bool {
        !self.binary && self.bytes <= MAX_DIFF_BYTES && self.lines <= MAX_DIFF_LINES
    }
}

/// Number of LF. A step is as long as a sum of octets cannot overflow: the machine then adds many
/// at once, which matters for a file that an agent waits for.
pub(super) fn count_newlines(content: &[u8]) -> usize {
    let in_step = |step: &[u8]| -> u8 {
        step.iter()
            .fold(0_u8, |sum, &byte| sum.wrapping_add(u8::from(byte == b'\n')))
    };
    content
        .chunks(usize::from(u8::MAX))
        .map(|step| usize::from(in_step(step)))
        .fold(0, usize::saturating_add)
}

/// The lines of a text: each ends after LF, CR belongs to the line.
pub(super) fn split_lines(content: &[u8]) -> Vec<&[u8]> {
    content.split_inclusive(|&byte| byte == b'\n').collect()
}

/// The part of two texts that differs, with a little around it.
pub(super) struct Window<'a> {
    pub(super) before: &'a [u8],
    pub(super) after: &'a [u8],
    /// Lines of both texts above the window.
    pub(super) lines_above: usize,
}

impl<'a> Window<'a> {
    pub(super) fn of(before: &'a [u8], after: &'a [u8]) -> Self {
        let top = start_of_context(before, common_prefix(before, after));
        let lines_above = count_newlines(before.get(..top).unwrap_or_default());
        let before = before.get(top..).unwrap_or_default();
        let after = after.get(top..).unwrap_or_default();
        let below = common_suffix(before, after);
        let kept = before
            .len()
            .checked_sub(below)
            .and_then(|from| before.get(from..))
            .map_or(0, end_of_context);
        let cut = |side: &'a [u8]| {
            let end = side.len().saturating_sub(below).saturating_add(kept);
            side.get(..end).unwrap_or(side)
        };
        Self {
            before: cut(before),
            after: cut(after),
            lines_above,
        }
    }
}

/// Where the line begins that stands `CONTEXT_LINES` above the one that holds this position.
fn start_of_context(content: &[u8], position: usize) -> usize {
    let head = content.get(..position).unwrap_or(content);
    head.iter()
        .enumerate()
        .rev()
        .filter(|(_, byte)| **byte == b'\n')
        .nth(CONTEXT_LINES)
        .map_or(0, |(at, _)| at.saturating_add(1))
}

/// How many leading bytes of an equal rest stay in the window. The rest may begin inside a line,
/// whose end is the first line end counted.
fn end_of_context(rest: &[u8]) -> usize {
    rest.iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\n')
        .nth(CONTEXT_LINES)
        .map_or(rest.len(), |(at, _)| at.saturating_add(1))
}

const STEP: usize = 256;

fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    let equal_chunks = a
        .chunks_exact(STEP)
        .zip(b.chunks_exact(STEP))
        .take_while(|(x, y)| x == y)
        .count();
    let start = equal_chunks.saturating_mul(STEP);
    let equal_bytes = a
        .iter()
        .skip(start)
        .zip(b.iter().skip(start))
        .take_while(|(x, y)| x == y)
        .count();
    start.saturating_add(equal_bytes)
}

fn common_suffix(a: &[u8], b: &[u8]) -> usize {
    let equal_chunks = a
        .rchunks_exact(STEP)
        .zip(b.rchunks_exact(STEP))
        .take_while(|(x, y)| x == y)
        .count();
    let done = equal_chunks.saturating_mul(STEP);
    let head = |side: &[u8]| side.len().saturating_sub(done);
    let equal_bytes = a
        .get(..head(a))
        .unwrap_or_default()
        .iter()
        .rev()
        .zip(b.get(..head(b)).unwrap_or_default().iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    done.saturating_add(equal_bytes)
}
