//! Which entry wrote this line: entries with their witnesses, folded in chain order into a map
//! from the lines of every file state to the entries that first produced them.
//!
//! [`Assembler`] makes an [`Event`] of an entry, its witness objects and the entries that name it
//! as their cause; [`Fold`] takes events in and answers for states, which are named by path and
//! content hash and by nothing else; [`report`] writes the answers down.
//!
//! Hunks, moves, reflows and copies are witnesses: their arithmetic is checked and a difference is
//! never computed here. What does not hold is a [`Fault`], and no map is derived from it. Nothing
//! is concluded from neighbouring lines, times, names or likeness.
//!
//! The crate has no clock, no randomness and no I/O, and everything it reads may be hostile: its
//! [`limits`] have names.

#![no_std]

extern crate alloc;

mod assemble;
mod change;
mod check;
mod derive;
mod fault;
mod fold;
pub mod limits;
mod line_map;
mod patch;
pub mod report;
mod status;

pub use self::assemble::Assembler;
pub use self::change::{Cause, EntryRef, Event, FileChange};
pub use self::fault::{Budget, Code, Fault};
pub use self::fold::{Fold, State, StateId, Tally};
pub use self::limits::Limits;
pub use self::line_map::{LineMap, Piece, Policy, Provenance, Run};
pub use self::patch::{Patch, PatchFault, check_patch};
pub use self::status::Status;
