//! Which states the moves and copies of a change are about.

use alloc::vec::Vec;

use proofline_format::object::{CopiedLines, CopySource};

use super::StateId;
use super::table::Table;
use crate::change::{Event, FileChange};
use crate::check::{Elsewhere, Overlay};
use crate::derive::{Place, Placed};
use crate::fault::{Code, Fault};
use crate::line_map::{Piece, Provenance};

/// Finds the state of every overlay.
pub(super) fn all(
    table: &Table,
    event: &Event,
    file: &FileChange,
    overlays: &[Overlay],
    befores: &[Option<StateId>],
) -> Result<Vec<Placed>, Fault> {
    let fault = |code, line| Fault {
        claimed: Some(line),
        ..Fault::new(code, event.index, &file.path)
    };
    let mut placed = Vec::new();
    for overlay in overlays {
        let from = match overlay.from {
            Elsewhere::Reflow { old_lines } => Place::Reflowed { old_lines },
            Elsewhere::Move { file: source } => {
                let state = befores.get(source).copied().flatten();
                // A file whose state before was refused gives nothing away.
                Place::Moved(state.ok_or(fault(Code::MoveSourceUnknown, overlay.new_start))?)
            }
            Elsewhere::Copy { item } => {
                let copied = file.copies.get(item);
                let copied = copied.ok_or(fault(Code::CopyOutOfRange, overlay.new_start))?;
                copy(table, copied).ok_or(fault(Code::CopyOutOfRange, copied.old_start))?
            }
        };
        placed.push(Placed {
            new_start: overlay.new_start,
            new_lines: overlay.new_lines,
            old_start: overlay.old_start,
            from,
        });
    }
    Ok(placed)
}

/// The source of copied lines; `None` where they lie past its end.
fn copy(table: &Table, copied: &CopiedLines) -> Option<Place> {
    let state = table
        .known_path(&copied.source_path)
        .and_then(|path| match &copied.source {
            CopySource::GitOid(oid) => table.find_oid(path, oid),
            CopySource::Sha256(hash) => table.find(path, *hash),
        });
    if let Some(state) = state {
        let last = copied.old_start.checked_add(copied.lines)?.checked_sub(1)?;
        return (last <= table.lines(state)).then_some(Place::Copied(state));
    }
    // A state that is not recorded: older than the log, if nothing of its path is.
    let provenance = if table.is_seen(&copied.source_path) {
        Provenance::Unrecorded
    } else {
        let line = copied.old_start;
        Provenance::Carried { line }
    };
    Some(Place::CopiedAs(Piece::of(provenance)))
}
