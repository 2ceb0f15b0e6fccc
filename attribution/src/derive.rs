//! From the map of the state before to that of the state after, by the numbers of a witness.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::check::Segment;
use crate::fault::Budget;
use crate::fold::StateId;
use crate::limits::Limits;
use crate::line_map::{LineMap, Piece, Run};

/// How a state's map comes about.
#[derive(Debug, Clone)]
pub(crate) enum Recipe {
    /// Every line is of one kind.
    Uniform(Piece),
    /// From maps of earlier states.
    Derived(Box<Derivation>),
}

/// The numbers of a checked witness, with the states that they are about.
#[derive(Debug, Clone)]
pub(crate) struct Derivation {
    pub(crate) before: Option<StateId>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) placed: Vec<Placed>,
}

/// New lines with their origin from elsewhere.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) new_start: u64,
    pub(crate) new_lines: u64,
    pub(crate) old_start: u64,
    pub(crate) from: Place,
}

#[derive(Debug, Clone)]
pub(crate) enum Place {
    Moved(StateId),
    Reflowed {
        old_lines: u64,
    },
    Copied(StateId),
    /// From a state that is not recorded.
    CopiedAs(Piece),
}

pub(crate) type Maps = BTreeMap<StateId, Arc<LineMap>>;

impl Derivation {
    /// The states whose maps it needs.
    pub(crate) fn needs(&self) -> impl Iterator<Item = StateId> {
        let placed = self.placed.iter().filter_map(|placed| match placed.from {
            Place::Moved(state) | Place::Copied(state) => Some(state),
            Place::Reflowed { .. } | Place::CopiedAs(_) => None,
        });
        self.before.into_iter().chain(placed)
    }

    /// How many numbers are kept of it.
    pub(crate) fn weight(&self) -> u64 {
        let count = self.segments.len().saturating_add(self.placed.len());
        u64::try_from(count).unwrap_or(u64::MAX)
    }
}

/// Derives a map; the maps that it needs are all there.
pub(crate) fn derive(
    derivation: &Derivation,
    maps: &Maps,
    limits: &Limits,
    steps: &mut u64,
) -> Result<LineMap, Budget> {
    let empty = LineMap::default();
    let before = derivation.before.and_then(|id| maps.get(&id));
    let mut writer = Writer {
        before: before.map_or(&empty, |map| map),
        maps,
        map: LineMap::default(),
        limits,
        steps,
    };
    let mut next = 1_u64;
    let mut placed = derivation.placed.as_slice();
    for segment in &derivation.segments {
        writer.keep(next, segment.old_start.saturating_sub(next))?;
        let end = segment.new_start.saturating_add(segment.new_lines);
        let here = placed.partition_point(|item| item.new_start < end);
        let (inside, later) = placed.split_at_checked(here).unwrap_or((placed, &[]));
        writer.add(segment, inside)?;
        placed = later;
        next = segment.old_start.saturating_add(segment.old_lines);
    }
    let rest = writer.before.lines().saturating_add(1).saturating_sub(next);
    writer.keep(next, rest)?;
    Ok(writer.map)
}

struct Writer<'a> {
    before: &'a LineMap,
    maps: &'a Maps,
    map: LineMap,
    limits: &'a Limits,
    steps: &'a mut u64,
}

impl Writer<'_> {
    fn push(&mut self, lines: u64, piece: Piece) -> Result<(), Budget> {
        step(self.steps, self.limits)?;
        self.map.push(lines, piece, self.limits.map_runs_max)
    }

    fn push_each(
        &mut self,
        source: &LineMap,
        range: (u64, u64),
        change: impl Fn(&Run, u64) -> Piece,
    ) -> Result<(), Budget> {
        let mut offset = 0_u64;
        for run in source.slice(range.0, range.1) {
            self.push(run.lines(), change(&run, offset))?;
            offset = offset.saturating_add(run.lines());
        }
        Ok(())
    }

    fn keep(&mut self, start: u64, lines: u64) -> Result<(), Budget> {
        self.push_each(self.before, (start, lines), |run, _| run.piece)
    }

    /// The new lines of a segment: its entry's own, but for those with their origin elsewhere.
    fn add(&mut self, segment: &Segment, placed: &[Placed]) -> Result<(), Budget> {
        let mut next = segment.new_start;
        for item in placed {
            self.own(segment.entry, next, item.new_start.saturating_sub(next))?;
            self.place(segment.entry, item)?;
            next = item.new_start.saturating_add(item.new_lines);
        }
        let end = segment.new_start.saturating_add(segment.new_lines);
        self.own(segment.entry, next, end.saturating_sub(next))
    }

    fn own(&mut self, entry: u64, line: u64, lines: u64) -> Result<(), Budget> {
        self.push(lines, own(entry, line))
    }

    fn place(&mut self, entry: u64, item: &Placed) -> Result<(), Budget> {
        let range = (item.old_start, item.new_lines);
        let strict = |offset: u64| own(entry, item.new_start.saturating_add(offset)).strict;
        match &item.from {
            Place::Moved(state) => {
                let Some(source) = self.maps.get(state).cloned() else {
                    return self.own(entry, item.new_start, item.new_lines);
                };
                self.push_each(&source, range, |run, offset| Piece {
                    strict: strict(offset),
                    moved_by: Some(entry),
                    ..run.piece
                })
            }
            Place::Copied(state) => {
                let Some(source) = self.maps.get(state).cloned() else {
                    return self.own(entry, item.new_start, item.new_lines);
                };
                self.push_each(&source, range, |run, _| run.piece)
            }
            Place::CopiedAs(piece) => self.push(item.new_lines, *piece),
            Place::Reflowed { old_lines } if *old_lines == item.new_lines => {
                self.push_each(self.before, range, |run, offset| Piece {
                    strict: strict(offset),
                    reflowed_by: Some(entry),
                    ..run.piece
                })
            }
            Place::Reflowed { old_lines } => self.reflow(entry, item, *old_lines),
        }
    }

    /// One line that was split, or lines that were joined. A joined line has an origin only where
    /// all its parts have the same: else part of it would be given to somebody who wrote another.
    fn reflow(&mut self, entry: u64, item: &Placed, old_lines: u64) -> Result<(), Budget> {
        let mut parts = self.before.slice(item.old_start, old_lines);
        let Some(first) = parts.next() else {
            return self.own(entry, item.new_start, item.new_lines);
        };
        let source = first.piece.substantive;
        if !parts.all(|part| part.piece.substantive.is_same_source(source)) {
            return self.own(entry, item.new_start, item.new_lines);
        }
        let end = item.new_start.saturating_add(item.new_lines);
        for line in item.new_start..end {
            self.push(
                1,
                Piece {
                    strict: own(entry, line).strict,
                    reflowed_by: Some(entry),
                    ..first.piece
                },
            )?;
        }
        Ok(())
    }
}

const fn own(entry: u64, line: u64) -> Piece {
    Piece::of(crate::line_map::Provenance::Entry { index: entry, line })
}

/// Counts one step of work.
pub(crate) fn step(steps: &mut u64, limits: &Limits) -> Result<(), Budget> {
    *steps = steps.saturating_add(1);
    if *steps > limits.steps_max {
        return Err(Budget {
            what: "steps",
            limit: limits.steps_max,
        });
    }
    Ok(())
}
