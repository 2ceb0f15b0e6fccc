//! Which entries a request selects.
//!
//! A complete bundle and a period are one stretch. A scattered bundle is chosen entries and every
//! checkpoint entry from the first that covers one of them, so that each is bounded in time.

use std::collections::BTreeSet;

use proofline_format::manifest::{Filter, FilterKind};

use super::{ExportError, Request, Tail};
use crate::store::Store;

/// What is exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selection {
    pub(super) filter: Filter,
    /// Index ranges, inclusive, ascending, apart.
    pub(super) ranges: Vec<(u64, u64)>,
    /// Index of the last entry of the store.
    pub(super) tip: u64,
    /// Greatest size of a note whose entry is selected.
    pub(super) last_note: Option<u64>,
    /// Whether the last selected entry is a checkpoint entry that has a token.
    pub(super) ends_stamped: bool,
}

/// Where checkpoint entries stand.
struct Anchors {
    tip: u64,
    /// All of them.
    notes: Vec<u64>,
    /// Those that have a token.
    stamped: Vec<u64>,
    /// Checkpoint entries, and genesis, that list something received before.
    evidence: Vec<u64>,
}

impl Anchors {
    /// The last entry that an export without tail reaches: stamped if any is, else the last
    /// checkpoint, else simply the last.
    fn end(&self, tail: Tail) -> u64 {
        let anchored = self.stamped.last().or(self.notes.last());
        match tail {
            Tail::Included => self.tip,
            Tail::Excluded => anchored.copied().unwrap_or(self.tip),
        }
    }

    /// The first anchor at or after an index, of the kind that [`Self::end`] ends at.
    fn at_or_after(&self, index: u64) -> Option<u64> {
        let anchors = if self.stamped.is_empty() {
            &self.notes
        } else {
            &self.stamped
        };
        anchors.iter().copied().find(|&anchor| anchor >= index)
    }

    /// Where a stretch begins that holds an index: at the last evidence at or before it, which
    /// bounds it from below in time; where there is none, at the last checkpoint entry.
    fn at_or_before(&self, index: u64) -> u64 {
        let last = |anchors: &[u64]| {
            let before = anchors.iter().rev().find(|&&anchor| anchor <= index);
            before.copied()
        };
        last(&self.evidence)
            .or_else(|| last(&self.notes))
            .unwrap_or(0)
    }
}

/// Selects.
pub(super) fn select(store: &Store, request: &Request) -> Result<Selection, ExportError> {
    let anchors = Anchors {
        tip: store.tip()?.index,
        notes: store.note_sizes()?,
        stamped: store.stamped_sizes()?,
        evidence: store.evidence_indexes()?,
    };
    let (kind, ranges) = if !request.sessions.is_empty() {
        (FilterKind::Scattered, scattered(store, request, &anchors)?)
    } else if request.since.is_some() || request.until.is_some() {
        (FilterKind::Period, vec![period(store, request, &anchors)?])
    } else {
        (FilterKind::Complete, vec![(0, anchors.end(request.tail))])
    };
    let is_selected = |index: &&u64| {
        let inside = |&(first, last): &(u64, u64)| (first..=last).contains(*index);
        ranges.iter().any(inside)
    };
    let last = ranges.last().map(|&(_, last)| last);
    Ok(Selection {
        filter: filter(request, kind),
        last_note: anchors.notes.iter().rev().find(is_selected).copied(),
        ends_stamped: last.is_some_and(|last| anchors.stamped.contains(&last)),
        tip: anchors.tip,
        ranges,
    })
}

fn filter(request: &Request, kind: FilterKind) -> Filter {
    let mut sessions = request.sessions.clone();
    sessions.sort_unstable();
    sessions.dedup();
    Filter {
        kind,
        include_tail: request.tail == Tail::Included,
        sessions,
        since: request.since.map(|time| time.to_string()),
        until: request.until.map(|time| time.to_string()),
    }
}

fn period(store: &Store, request: &Request, anchors: &Anchors) -> Result<(u64, u64), ExportError> {
    let span = store.span_in_time(request.since, request.until)?;
    let (first, last) = span.ok_or(ExportError::NothingInPeriod)?;
    let start = anchors.at_or_before(first);
    let end = anchors
        .at_or_after(last)
        .unwrap_or_else(|| anchors.end(request.tail));
    if end < first {
        return Err(ExportError::NotStamped { last: end });
    }
    Ok((start, end))
}

fn scattered(
    store: &Store,
    request: &Request,
    anchors: &Anchors,
) -> Result<Vec<(u64, u64)>, ExportError> {
    let end = anchors.end(request.tail);
    let period = if request.since.is_some() || request.until.is_some() {
        let span = store.span_in_time(request.since, request.until)?;
        span.ok_or(ExportError::NothingInPeriod)?
    } else {
        (0, anchors.tip)
    };
    let mut chosen = BTreeSet::new();
    let mut is_beyond_end = false;
    for session in &request.sessions {
        let mut indexes = store.session_indexes(session)?;
        indexes.retain(|index| (period.0..=period.1).contains(index));
        if indexes.is_empty() {
            let session = session.clone();
            return Err(ExportError::UnknownSession { session });
        }
        is_beyond_end |= indexes.iter().any(|&index| index > end);
        chosen.extend(indexes.into_iter().filter(|&index| index <= end));
    }
    let Some(&first) = chosen.first() else {
        return Err(match is_beyond_end {
            true => ExportError::NotStamped { last: end },
            false => ExportError::NothingInPeriod,
        });
    };
    let covering = |note: &u64| (first..=end).contains(note);
    chosen.extend(anchors.notes.iter().copied().filter(covering));
    let last_note = anchors.notes.iter().rev().find(|&note| covering(note));
    let Some(&last_note) = last_note else {
        return Err(ExportError::NotCheckpointed);
    };
    // A key event beyond the last note has no inclusion proof: it is shown itself.
    let changes = store
        .keys()?
        .into_iter()
        .filter_map(|(from, _)| from.checked_sub(1));
    chosen.extend(changes.filter(|index| (last_note..=end).contains(index)));
    Ok(ranges(&chosen))
}

/// Indexes as ranges.
fn ranges(indexes: &BTreeSet<u64>) -> Vec<(u64, u64)> {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for &index in indexes {
        match ranges.last_mut() {
            Some((_, last)) if last.saturating_add(1) == index => *last = index,
            _ => ranges.push((index, index)),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjacent_indexes_are_one_range() {
        let check = |indexes: &[u64], want: &[(u64, u64)]| {
            assert_eq!(ranges(&indexes.iter().copied().collect()), want);
        };
        check(&[], &[]);
        check(&[0], &[(0, 0)]);
        check(&[0, 1, 2, 4, 6, 7], &[(0, 2), (4, 4), (6, 7)]);
    }
}
