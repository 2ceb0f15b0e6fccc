//! Moves, reflows and copies: each lies in what a hunk adds, and takes from what may be taken.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{Checked, Elsewhere, Found, Overlay, Segment, Shape, Verdict, end_of};
use crate::change::{Cause, Event, FileChange};
use crate::fault::{Code, Fault};

type Shapes = [Result<Shape, Fault>];

pub(super) fn check(event: &Event, shapes: Vec<Result<Shape, Fault>>) -> Vec<Verdict> {
    let by_old_path: BTreeMap<&str, usize> = (0..)
        .zip(&event.files)
        .filter(|(_, file)| file.before.is_some())
        .map(|(at, file)| (file.old_path(), at))
        .collect();
    let overlays: Vec<Result<Vec<Overlay>, Found>> = (0..)
        .zip(&event.files)
        .map(|(at, file)| overlays_of(event, &shapes, &by_old_path, at, file))
        .collect();
    let moved_twice = files_that_move_again(&overlays);
    let files = (0_usize..).zip(&event.files);
    let found = files.zip(shapes.into_iter().zip(overlays));
    found
        .map(|((at, file), (shape, overlays))| {
            let shape = shape?;
            let fault = |found: Found| Fault {
                claimed: found.claimed,
                computed: found.computed,
                ..Fault::new(found.code, event.index, &file.path)
            };
            let overlays = overlays.map_err(fault)?;
            if moved_twice.binary_search(&at).is_ok() {
                return Err(fault(Code::MoveOverlap.into()));
            }
            Ok(Checked { shape, overlays })
        })
        .collect()
}

fn overlays_of(
    event: &Event,
    shapes: &Shapes,
    by_old_path: &BTreeMap<&str, usize>,
    at: usize,
    file: &FileChange,
) -> Result<Vec<Overlay>, Found> {
    let added = match shapes.get(at) {
        Some(Ok(Shape::Lines(segments))) => segments.as_slice(),
        _ => &[],
    };
    if !file.copies.is_empty() && event.cause != Cause::Commit {
        return Err(Code::CopyOutsideCommit.into());
    }
    let mut overlays = Vec::new();
    ascending(
        file.moves
            .iter()
            .map(|moved| (moved.new_start, moved.lines)),
        Code::MoveOverlap,
    )?;
    for moved in &file.moves {
        let range = (moved.new_start, moved.lines);
        segment_of(added, range).ok_or(Found::at(Code::MoveNotInserted, moved.new_start))?;
        let source = match &moved.from_path {
            None => Some(at),
            Some(path) => by_old_path.get(path.as_str()).copied(),
        };
        let source = source.filter(|source| matches!(shapes.get(*source), Some(Ok(_))));
        let source = source.ok_or(Found::at(Code::MoveSourceUnknown, moved.new_start))?;
        if !is_removed(event, shapes, source, (moved.old_start, moved.lines)) {
            return Err(Found::at(Code::MoveNotDeleted, moved.old_start));
        }
        overlays.push(Overlay {
            new_start: moved.new_start,
            new_lines: moved.lines,
            old_start: moved.old_start,
            from: Elsewhere::Move { file: source },
        });
    }
    reflows(file, added, &mut overlays)?;
    ascending(
        file.copies
            .iter()
            .map(|copied| (copied.new_start, copied.lines)),
        Code::CopyOverlap,
    )?;
    for (item, copied) in (0..).zip(&file.copies) {
        let range = (copied.new_start, copied.lines);
        segment_of(added, range).ok_or(Found::at(Code::CopyNotInserted, copied.new_start))?;
        if copied.old_start == 0 || end_of(copied.old_start, copied.lines).is_none() {
            return Err(Found::at(Code::CopyOutOfRange, copied.old_start));
        }
        overlays.push(Overlay {
            new_start: copied.new_start,
            new_lines: copied.lines,
            old_start: copied.old_start,
            from: Elsewhere::Copy { item },
        });
    }
    sorted_and_disjoint(overlays)
}

fn reflows(file: &FileChange, added: &[Segment], overlays: &mut Vec<Overlay>) -> Result<(), Found> {
    ascending(
        file.reflows
            .iter()
            .map(|reflow| (reflow.new_start, reflow.new_lines)),
        Code::ReflowOverlap,
    )?;
    let mut old_next = 1;
    for reflow in &file.reflows {
        let (old, new) = (reflow.old_lines, reflow.new_lines);
        let simple = old > 0 && new > 0 && (old == new || old == 1 || new == 1);
        if !simple {
            return Err(Found::at(Code::ReflowNotSimple, reflow.new_start));
        }
        let outside = Found::at(Code::ReflowOutsideHunk, reflow.new_start);
        let Some(segment) = segment_of(added, (reflow.new_start, new)) else {
            return Err(outside);
        };
        if !is_within(
            (reflow.old_start, old),
            (segment.old_start, segment.old_lines),
        ) {
            return Err(outside);
        }
        if reflow.old_start < old_next {
            return Err(Found::at(Code::ReflowOverlap, reflow.old_start));
        }
        old_next = reflow.old_start.saturating_add(old);
        overlays.push(Overlay {
            new_start: reflow.new_start,
            new_lines: new,
            old_start: reflow.old_start,
            from: Elsewhere::Reflow { old_lines: old },
        });
    }
    Ok(())
}

/// Each range begins after the one before has ended.
fn ascending(ranges: impl Iterator<Item = (u64, u64)>, code: Code) -> Result<(), Found> {
    let mut next = 0;
    for (start, lines) in ranges {
        if start < next {
            return Err(Found::at(code, start));
        }
        next = start.saturating_add(lines);
    }
    Ok(())
}

fn sorted_and_disjoint(mut overlays: Vec<Overlay>) -> Result<Vec<Overlay>, Found> {
    overlays.sort_by_key(|overlay| overlay.new_start);
    let mut next = 0;
    for overlay in &overlays {
        if overlay.new_start < next {
            let code = match overlay.from {
                Elsewhere::Move { .. } => Code::MoveOverlap,
                Elsewhere::Reflow { .. } => Code::ReflowOverlap,
                Elsewhere::Copy { .. } => Code::CopyOverlap,
            };
            return Err(Found::at(code, overlay.new_start));
        }
        next = overlay.new_start.saturating_add(overlay.new_lines);
    }
    Ok(overlays)
}

/// Whether a range of at least one line lies in another.
fn is_within(inner: (u64, u64), outer: (u64, u64)) -> bool {
    let (Some(inner_end), Some(outer_end)) = (end_of(inner.0, inner.1), end_of(outer.0, outer.1))
    else {
        return false;
    };
    inner.1 > 0 && inner.0 >= outer.0 && inner_end <= outer_end
}

/// The segment that adds these lines. No two segments touch, so a block lies in one of them.
fn segment_of(segments: &[Segment], range: (u64, u64)) -> Option<&Segment> {
    let after = segments.partition_point(|segment| segment.new_start <= range.0);
    let segment = segments.get(after.checked_sub(1)?)?;
    is_within(range, (segment.new_start, segment.new_lines)).then_some(segment)
}

/// Whether the event removes these lines of the state before of that file.
fn is_removed(event: &Event, shapes: &Shapes, file: usize, range: (u64, u64)) -> bool {
    let before = event.files.get(file).and_then(|file| file.before.as_ref());
    match (shapes.get(file), before) {
        (Some(Ok(Shape::Gone)), Some(state)) => is_within(range, (1, state.lines)),
        (Some(Ok(Shape::Lines(segments))), Some(_)) => {
            let after = segments.partition_point(|segment| segment.old_start <= range.0);
            let segment = after.checked_sub(1).and_then(|at| segments.get(at));
            segment.is_some_and(|segment| is_within(range, (segment.old_start, segment.old_lines)))
        }
        _ => false,
    }
}

/// Files that take lines which an earlier place of the event has taken already.
fn files_that_move_again(overlays: &[Result<Vec<Overlay>, Found>]) -> Vec<usize> {
    let mut taken = Vec::new();
    for (at, overlays) in (0_usize..).zip(overlays) {
        for overlay in overlays.iter().flatten() {
            if let Elsewhere::Move { file } = overlay.from {
                taken.push((file, overlay.old_start, overlay.new_lines, at));
            }
        }
    }
    taken.sort_unstable();
    let mut again = Vec::new();
    let mut last = (usize::MAX, 0);
    for (file, start, lines, at) in taken {
        if file == last.0 && start < last.1 {
            again.push(at);
        }
        let end = start.saturating_add(lines);
        last = (file, if file == last.0 { end.max(last.1) } else { end });
    }
    again.sort_unstable();
    again
}
