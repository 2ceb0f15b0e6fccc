//! `data/holes.json`: which indexes a partial bundle shows, and the subtrees of what it does not.

use alloc::vec::Vec;

use crate::digest::Hash;
use crate::error::{ErrorKind, ParseError};
use crate::json::{Value, canonical, parse_canonical};
use crate::merkle::aligned_subtrees;

/// The shape of a partial bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holes {
    /// Shown index ranges, inclusive, ascending, not adjacent.
    pub present: Vec<(u64, u64)>,
    /// Subtrees of what is not shown: start, level, root; ascending.
    pub subtrees: Vec<(u64, u32, Hash)>,
}

impl Holes {
    /// One past the last shown index.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.present
            .last()
            .map_or(0, |&(_, last)| last.saturating_add(1))
    }

    /// Number of shown entries.
    #[must_use]
    pub fn count(&self) -> u64 {
        let width = |&(first, last): &(u64, u64)| last.saturating_sub(first).saturating_add(1);
        self.present.iter().map(width).fold(0, u64::saturating_add)
    }

    /// The gaps before and between the shown ranges, as `[start, end)`.
    pub fn gaps(present: &[(u64, u64)]) -> impl Iterator<Item = (u64, u64)> {
        let ends =
            core::iter::once(0).chain(present.iter().map(|&(_, last)| last.saturating_add(1)));
        ends.zip(present.iter().map(|&(first, _)| first))
            .filter(|(start, end)| start < end)
    }

    /// The canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let range = |&(first, last): &(u64, u64)| [first, last].into_iter().collect::<Value>();
        let subtree = |&(start, level, hash): &(u64, u32, Hash)| {
            let end = start.saturating_add(1_u64.checked_shl(level).unwrap_or(0));
            Value::object([
                ("end", end.into()),
                ("hash", hash.into()),
                ("start", start.into()),
            ])
        };
        canonical(&Value::object([
            ("present", self.present.iter().map(range).collect()),
            ("schema_version", 1_u64.into()),
            ("size", self.size().into()),
            ("subtrees", self.subtrees.iter().map(subtree).collect()),
        ]))
    }

    /// Reads the file: ranges ascending and apart, subtrees exactly those that the gaps need.
    ///
    /// # Errors
    /// What is wrong, and in which member.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let value = parse_canonical(bytes)?;
        value.require_exactly(&["present", "schema_version", "size", "subtrees"])?;
        if value.require_count("schema_version")? != 1 {
            return Err(ParseError::of(ErrorKind::Value, "schema_version"));
        }
        let present = parse_ranges(value.require_array("present")?)?;
        let mut want = Vec::new();
        for (start, end) in Self::gaps(&present) {
            want.extend(aligned_subtrees(start, end));
        }
        let given = value.require_array("subtrees")?;
        let refused = ParseError::of(ErrorKind::Value, "subtrees");
        if given.len() != want.len() {
            return Err(refused);
        }
        let mut subtrees = Vec::with_capacity(want.len());
        for (subtree, (start, level)) in given.iter().zip(want) {
            let end = start.saturating_add(1_u64.checked_shl(level).unwrap_or(0));
            subtree.require_exactly(&["end", "hash", "start"])?;
            if (
                subtree.require_count("start")?,
                subtree.require_count("end")?,
            ) != (start, end)
            {
                return Err(refused);
            }
            subtrees.push((start, level, subtree.require_hash("hash")?));
        }
        let holes = Self { present, subtrees };
        if value.require_count("size")? == holes.size() {
            Ok(holes)
        } else {
            Err(ParseError::of(ErrorKind::Value, "size"))
        }
    }
}

fn parse_ranges(values: &[Value]) -> Result<Vec<(u64, u64)>, ParseError> {
    let refused = ParseError::of(ErrorKind::Value, "present");
    let index = |value: &Value| value.as_integer().and_then(|n| u64::try_from(n).ok());
    let mut ranges: Vec<(u64, u64)> = Vec::with_capacity(values.len());
    for value in values {
        let [first, last] = value.as_array().ok_or(refused)? else {
            return Err(refused);
        };
        let (first, last) = (index(first).ok_or(refused)?, index(last).ok_or(refused)?);
        // Adjacent ranges are one range, written once.
        let apart = ranges
            .last()
            .is_none_or(|&(_, end)| first > end.saturating_add(1));
        if first > last || !apart {
            return Err(refused);
        }
        ranges.push((first, last));
    }
    Ok(ranges)
}
