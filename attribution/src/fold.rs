//! The fold: states by path and content, each with the way its map is derived.
//!
//! A state is named by its path and the SHA-256 of its content, never by a time, commit, branch or
//! work tree, and the first map that a state gets is the one it keeps. So whatever brings a content
//! back (a checkout, a stash, a revert, an undo) brings its map back, and nobody has to know what
//! it was. Maps of live states are kept; those of old ones are derived again when they are asked
//! for, which takes a bounded number of changes.

mod place;
mod table;

use alloc::sync::Arc;
use alloc::vec::Vec;

use proofline_format::digest::Hash;

use self::table::Table;
use crate::change::{Event, FileChange};
use crate::check::{self, Checked, Shape};
use crate::derive::{Derivation, Recipe};
use crate::fault::{Budget, Code, Fault};
use crate::limits::Limits;
use crate::line_map::{LineMap, Piece, Provenance};
use crate::status::Status;

/// A state of one fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateId(pub(crate) u32);

/// What is known of a state besides its map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State<'a> {
    /// The path, as in `file_path`.
    pub path: &'a str,
    /// SHA-256 of the raw bytes.
    pub sha256: Hash,
    /// Number of lines.
    pub lines: u64,
}

/// What a fold has taken in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Changes from which a state was derived, or found again.
    pub changes: u64,
    /// Changes that were refused.
    pub refused: u64,
    /// States that were there when their path was first seen.
    pub carried: u64,
    /// States that appeared later without a record of how.
    pub unrecorded: u64,
}

/// Entries with their witnesses, folded in chain order.
#[derive(Debug, Clone, Default)]
pub struct Fold {
    table: Table,
    /// Ascending by index.
    statuses: Vec<(u64, Status)>,
    last_index: Option<u64>,
    tally: Tally,
    spent: Option<Budget>,
}

impl Fold {
    /// A fold with limits of its own.
    #[must_use]
    pub fn with_limits(limits: Limits) -> Self {
        Self {
            table: Table::with_limits(limits),
            ..Self::default()
        }
    }

    /// Takes in an event. What does not hold is returned, and no map is derived from it.
    ///
    /// # Errors
    /// A limit was exceeded; from then on every call says so.
    pub fn apply(&mut self, event: &Event) -> Result<Vec<Fault>, Budget> {
        if let Some(budget) = self.spent {
            return Err(budget);
        }
        let applied = self.try_apply(event);
        self.spent = applied.as_ref().err().copied();
        applied
    }

    /// Takes note that an entry changed a path, and that there is no witness of how.
    ///
    /// # Errors
    /// A limit was exceeded.
    pub fn lose(&mut self, path: &str) -> Result<(), Budget> {
        let path = self.table.path(path)?;
        self.table.set_live(path, None);
        Ok(())
    }

    fn try_apply(&mut self, event: &Event) -> Result<Vec<Fault>, Budget> {
        let mut faults = Vec::new();
        let mut verdicts = check::check_event(event);
        if self.last_index.is_some_and(|last| event.index <= last) {
            let late = |file: &FileChange| {
                let fault = Fault::new(Code::EntriesUnordered, event.index, &file.path);
                Err(fault)
            };
            verdicts = event.files.iter().map(late).collect();
        } else {
            let entries = event.files.iter().flat_map(|file| &file.entries);
            let last = entries
                .map(|entry| entry.index)
                .max()
                .unwrap_or(event.index);
            self.last_index = Some(last.max(event.index));
        }
        let mut befores = Vec::new();
        for (file, verdict) in event.files.iter().zip(&mut verdicts) {
            befores.push(self.before(event.index, file, verdict)?);
        }
        // What was there before is gone before what is there after comes: names may change places.
        let leaving = |file: &&FileChange| file.path_before.is_some() || file.after.is_none();
        for file in event.files.iter().filter(leaving) {
            let path = self.table.path(file.old_path())?;
            self.table.set_live(path, None);
        }
        for (at, (file, verdict)) in event.files.iter().zip(verdicts).enumerate() {
            let placed = match verdict {
                Ok(checked) => {
                    let before = befores.get(at).copied().flatten();
                    self.take(event, file, checked, before, &befores)?
                }
                Err(fault) => Err(fault),
            };
            match placed {
                Ok(()) => self.tally.changes = self.tally.changes.saturating_add(1),
                Err(fault) => {
                    self.tally.refused = self.tally.refused.saturating_add(1);
                    let path = self.table.path(&file.path)?;
                    let known = file.after.as_ref();
                    let known = known.and_then(|after| self.table.find(path, after.sha256));
                    self.table.set_live(path, known);
                    faults.push(fault);
                }
            }
        }
        Ok(faults)
    }

    /// The state before of a change; where it is new to the fold, its lines are nobody's.
    fn before(
        &mut self,
        entry: u64,
        file: &FileChange,
        verdict: &mut check::Verdict,
    ) -> Result<Option<StateId>, Budget> {
        let seen = self.table.is_seen(file.old_path());
        let path = self.table.path(file.old_path())?;
        let (Some(before), Ok(_)) = (&file.before, &verdict) else {
            return Ok(None);
        };
        if let Some(id) = self.table.find_or_adopt(path, before)? {
            let computed = self.table.lines(id);
            if computed != before.lines {
                *verdict = Err(Fault {
                    claimed: Some(before.lines),
                    computed: Some(computed),
                    ..Fault::new(Code::BeforeLinesMismatch, entry, &file.path)
                });
                return Ok(None);
            }
            return Ok(Some(id));
        }
        let (provenance, count) = if seen {
            (Provenance::Unrecorded, &mut self.tally.unrecorded)
        } else {
            (Provenance::Carried { line: 1 }, &mut self.tally.carried)
        };
        *count = count.saturating_add(1);
        let recipe = Recipe::Uniform(Piece::of(provenance));
        self.table.insert(path, before, recipe).map(Some)
    }

    fn take(
        &mut self,
        event: &Event,
        file: &FileChange,
        checked: Checked,
        before: Option<StateId>,
        befores: &[Option<StateId>],
    ) -> Result<Result<(), Fault>, Budget> {
        let path = self.table.path(&file.path)?;
        if let Some(after) = &file.after {
            let id = match self.table.find(path, after.sha256) {
                Some(id) if self.table.lines(id) != after.lines => {
                    return Ok(Err(Fault {
                        claimed: Some(after.lines),
                        computed: Some(self.table.lines(id)),
                        ..Fault::new(Code::AfterLinesMismatch, event.index, &file.path)
                    }));
                }
                Some(id) => {
                    self.table.learn_oid(id, after)?;
                    id
                }
                None => match self.recipe(event, file, checked, before, befores)? {
                    Ok(recipe) => self.table.insert(path, after, recipe)?,
                    Err(fault) => return Ok(Err(fault)),
                },
            };
            self.table.set_live(path, Some(id));
        }
        for entry in &file.entries {
            self.statuses.push((entry.index, entry.status));
        }
        Ok(Ok(()))
    }

    fn recipe(
        &mut self,
        event: &Event,
        file: &FileChange,
        checked: Checked,
        before: Option<StateId>,
        befores: &[Option<StateId>],
    ) -> Result<Result<Recipe, Fault>, Budget> {
        let segments = match checked.shape {
            Shape::Coarse { entry } => {
                let piece = Piece::of(Provenance::Unresolved { index: entry });
                return Ok(Ok(Recipe::Uniform(piece)));
            }
            Shape::Lines(segments) => segments,
            Shape::Same | Shape::Gone => Vec::new(),
        };
        let placed = match place::all(&self.table, event, file, &checked.overlays, befores) {
            Ok(placed) => placed,
            Err(fault) => return Ok(Err(fault)),
        };
        let derivation = Derivation {
            before,
            segments,
            placed,
        };
        self.table.charge(derivation.weight())?;
        Ok(Ok(Recipe::Derived(derivation.into())))
    }
}

/// Look-ups.
impl Fold {
    /// The state of a path with a content.
    #[must_use]
    pub fn state(&self, path: &str, sha256: Hash) -> Option<StateId> {
        self.table.find(self.table.known_path(path)?, sha256)
    }

    /// The state of a path with a content of that git object id, 40 or 64 hex.
    #[must_use]
    pub fn state_by_oid(&self, path: &str, oid: &str) -> Option<StateId> {
        self.table.find_oid(self.table.known_path(path)?, oid)
    }

    /// The states of any path with that git object id. That a content stands at another path is no
    /// evidence that it comes from there: only a witness says so.
    pub fn states_by_oid(&self, oid: &str) -> impl Iterator<Item = StateId> {
        self.table.all_with_oid(oid)
    }

    /// The state that a path was in last, if it is there and known.
    #[must_use]
    pub fn live(&self, path: &str) -> Option<StateId> {
        self.table.live(self.table.known_path(path)?)
    }

    /// The states that paths were in last, by path.
    pub fn all_live(&self) -> impl Iterator<Item = StateId> {
        self.table.all_live()
    }

    /// What is known of a state.
    #[must_use]
    pub fn describe(&self, id: StateId) -> Option<State<'_>> {
        self.table.describe(id)
    }

    /// The map of a state.
    ///
    /// # Errors
    /// Deriving it again takes more than a limit allows.
    pub fn map(&self, id: StateId) -> Result<Arc<LineMap>, Budget> {
        self.table.map(id, &mut 0)
    }

    /// What a line from there has.
    #[must_use]
    pub fn status(&self, provenance: Provenance) -> Status {
        match provenance {
            Provenance::Entry { index, .. } => {
                let found = self.statuses.binary_search_by_key(&index, |(at, _)| *at);
                let found = found.ok().and_then(|at| self.statuses.get(at));
                found.map_or(Status::Unattested, |(_, status)| *status)
            }
            Provenance::Carried { .. } => Status::Carried,
            Provenance::Unrecorded => Status::Unattested,
            Provenance::Unresolved { .. } => Status::Unknown,
        }
    }

    /// What it has taken in.
    #[must_use]
    pub const fn tally(&self) -> Tally {
        self.tally
    }
}
