//! The hunk header `@@ -o,ol +n,nl @@` and the line columns that follow from it.

use alloc::string::String;

use crate::error::{ErrorKind, ParseError};
use crate::limits::MAX_INTEGER;

/// One hunk with zero context: which lines of the old side became which of the new.
///
/// A side of zero lines is numbered as in unified diffs: by the line after which it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hunk {
    /// First old line, 1-based; with `old_lines` 0 the line before the insertion.
    pub old_start: u64,
    /// Number of old lines.
    pub old_lines: u64,
    /// First new line, 1-based; with `new_lines` 0 the line before the deletion.
    pub new_start: u64,
    /// Number of new lines.
    pub new_lines: u64,
}

impl Hunk {
    /// The header text.
    #[must_use]
    pub fn header(&self) -> String {
        let Self {
            old_start,
            old_lines,
            new_start,
            new_lines,
        } = self;
        alloc::format!("@@ -{old_start},{old_lines} +{new_start},{new_lines} @@")
    }

    /// `line_start` and `line_end`, on the new side; a pure deletion has `line_end` one less.
    #[must_use]
    pub const fn line_range(&self) -> (u64, u64) {
        if self.new_lines == 0 {
            (self.new_start.saturating_add(1), self.new_start)
        } else {
            (
                self.new_start,
                self.new_start
                    .saturating_add(self.new_lines)
                    .saturating_sub(1),
            )
        }
    }

    /// Reads a header in its one spelling.
    #[must_use]
    pub fn parse(header: &str) -> Option<Self> {
        let body = header.strip_prefix("@@ -")?.strip_suffix(" @@")?;
        let (old, new) = body.split_once(" +")?;
        let (old_start, old_lines) = pair(old)?;
        let (new_start, new_lines) = pair(new)?;
        let hunk = Self {
            old_start,
            old_lines,
            new_start,
            new_lines,
        };
        let starts = (old_lines == 0 || old_start > 0) && (new_lines == 0 || new_start > 0);
        (starts && (old_lines, new_lines) != (0, 0)).then_some(hunk)
    }
}

fn pair(text: &str) -> Option<(u64, u64)> {
    let (start, lines) = text.split_once(',')?;
    Some((decimal(start)?, decimal(lines)?))
}

/// A decimal without sign or leading zero, at most 2^53 − 1.
fn decimal(text: &str) -> Option<u64> {
    let canonical = text == "0" || !text.starts_with('0');
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number: u64 = text.parse().ok()?;
    (canonical && digits && number <= MAX_INTEGER.unsigned_abs()).then_some(number)
}

/// Checks the three hunk columns against each other: all null, or a header and its line range.
///
/// # Errors
/// [`ErrorKind::Hunk`] if they do not fit.
pub fn hunk_of_columns(
    header: Option<&str>,
    line_start: Option<u64>,
    line_end: Option<u64>,
) -> Result<Option<Hunk>, ParseError> {
    let refused = ParseError::of(ErrorKind::Hunk, "hunk_header");
    match (header, line_start, line_end) {
        (None, None, None) => Ok(None),
        (Some(header), Some(start), Some(end)) => {
            let hunk = Hunk::parse(header).ok_or(refused)?;
            if hunk.line_range() == (start, end) {
                Ok(Some(hunk))
            } else {
                Err(refused)
            }
        }
        _ => Err(refused),
    }
}
