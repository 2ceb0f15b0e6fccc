//! An event whose entries are still coming.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use proofline_format::digest::Hash;
use proofline_format::entry::{Entry, EventId};
use proofline_format::object::{WitnessFile, witness_index_files};

use super::place::{self, Place};
use crate::change::{Cause, EntryRef, Event, FileChange};
use crate::fault::{Budget, Code, Fault};
use crate::fold::Fold;
use crate::limits::MAX_EVENT_FILES;
use crate::status::Status;

#[derive(Debug, Clone)]
pub(super) struct Open {
    id: EventId,
    index: u64,
    cause: Cause,
    files: Vec<FileChange>,
    /// By the place of a file: why nothing is derived from it.
    refused: Vec<Option<Fault>>,
    places: VecDeque<Place>,
    /// The last entry for an old path: the parent of those for the new one.
    old_path: Option<EventId>,
    /// Paths that entries change which no witness speaks of.
    lost: Vec<String>,
    faults: Vec<Fault>,
}

impl Open {
    /// Reads the witnesses of an entry.
    pub(super) fn read<Text: AsRef<str>, Bytes: AsRef<[u8]>>(
        index: u64,
        entry: &Entry<Text>,
        address: &Hash,
        mut object: impl FnMut(&Hash) -> Option<Bytes>,
    ) -> Self {
        let mut open = Self {
            id: entry.id,
            index,
            cause: Cause::of_type(entry.event_type.as_ref()),
            files: Vec::new(),
            refused: Vec::new(),
            places: VecDeque::new(),
            old_path: None,
            lost: Vec::new(),
            faults: Vec::new(),
        };
        let addresses = match object(address) {
            None => return open.unread(Code::WitnessMissing),
            Some(bytes) => witness_index_files(bytes.as_ref()),
        };
        let Ok(addresses) = addresses else {
            return open.unread(Code::WitnessMalformed);
        };
        if addresses.len() > MAX_EVENT_FILES {
            return open.unread(Code::EventFiles);
        }
        for address in &addresses {
            let witness = match object(address) {
                None => Err(Code::WitnessMissing),
                Some(bytes) => {
                    WitnessFile::parse(bytes.as_ref()).map_err(|_| Code::WitnessMalformed)
                }
            };
            match witness {
                Ok(witness) => open.add(witness),
                Err(code) => open = open.unread(code),
            }
        }
        open
    }

    fn unread(mut self, code: Code) -> Self {
        self.faults.push(Fault::new(code, self.index, ""));
        self.places.push_back(Place::Unread);
        self
    }

    fn add(&mut self, witness: WitnessFile) {
        let change = FileChange {
            path: witness.path,
            path_before: witness.path_before,
            before: witness.before,
            after: witness.after,
            hunks: witness.hunks,
            entries: Vec::new(),
            moves: witness.moves,
            reflows: witness.reflows,
            copies: witness.copies,
        };
        place::add(&mut self.places, self.files.len(), &change);
        self.files.push(change);
        self.refused.push(None);
    }

    /// Whether an entry names this event as its cause, itself or by the old path of a rename.
    pub(super) fn is_cause_of<Text>(&self, entry: &Entry<Text>) -> bool {
        let parent = entry.parent_event_id;
        parent == Some(self.id) || (parent.is_some() && parent == self.old_path)
    }

    /// Takes an entry to the next place.
    pub(super) fn take<Text: AsRef<str>>(&mut self, index: u64, entry: &Entry<Text>) {
        let path = entry.file_path.as_ref().map_or("", AsRef::as_ref);
        self.skip_unread(entry);
        let Some(place) = self.places.pop_front() else {
            return self.surplus(index, path);
        };
        let Some((at, change)) = place.file().and_then(|at| Some((at, self.files.get(at)?))) else {
            self.places.push_front(place);
            self.lost.push(path.into());
            return;
        };
        let mut code = place.mismatch(change, entry);
        let parent = match &place {
            Place::Change { .. } if change.path_before.is_some() => self.old_path,
            _ => Some(self.id),
        };
        if code.is_none() && entry.parent_event_id != parent {
            code = Some(Code::EntryParentMismatch);
        }
        match place {
            Place::OldPath { .. } => self.old_path = Some(entry.id),
            _ => {
                let status = Status::of_entry(entry, self.cause);
                if let Some(change) = self.files.get_mut(at) {
                    change.entries.push(EntryRef { index, status });
                }
            }
        }
        if let Some(code) = code {
            self.refuse(at, Fault::new(code, index, path));
            self.lost.push(path.into());
        }
    }

    /// Entries of an unread witness end where the next witness's begin.
    fn skip_unread<Text: AsRef<str>>(&mut self, entry: &Entry<Text>) {
        let unread = |place: &&Place| matches!(place, Place::Unread);
        let skipped = self.places.iter().take_while(unread).count();
        if skipped == 0 {
            return;
        }
        let next = self.places.get(skipped);
        let file = next.and_then(Place::file);
        let change = file.and_then(|file| self.files.get(file));
        if let (Some(place), Some(change)) = (next, change)
            && place.mismatch(change, entry).is_none()
        {
            self.places.drain(..skipped);
        }
    }

    /// An entry too many contradicts the witness of its path: neither is believed.
    fn surplus(&mut self, index: u64, path: &str) {
        let fault = Fault::new(Code::EntrySurplus, index, path);
        let at = self.files.iter().position(|file| file.path == path);
        match at {
            Some(at) => self.refuse(at, fault),
            None => self.faults.push(fault),
        }
        self.lost.push(path.into());
    }

    fn refuse(&mut self, at: usize, fault: Fault) {
        if let Some(slot) = self.refused.get_mut(at)
            && slot.is_none()
        {
            *slot = Some(fault);
        }
    }

    /// Gives the event to the fold.
    pub(super) fn close(mut self, fold: &mut Fold) -> Result<Vec<Fault>, Budget> {
        for place in core::mem::take(&mut self.places) {
            if let Some(at) = place.file()
                && let Some(file) = self.files.get(at)
            {
                let fault = Fault::new(Code::EntryMissing, self.index, &file.path);
                self.refuse(at, fault);
            }
        }
        let mut faults = self.faults;
        let mut files = Vec::new();
        for (file, refused) in self.files.into_iter().zip(self.refused) {
            match refused {
                None => files.push(file),
                Some(fault) => {
                    self.lost.push(file.path);
                    self.lost.extend(file.path_before);
                    faults.push(fault);
                }
            }
        }
        faults.extend(fold.apply(&Event {
            index: self.index,
            cause: self.cause,
            files,
        })?);
        for path in self.lost.iter().filter(|path| !path.is_empty()) {
            fold.lose(path)?;
        }
        Ok(faults)
    }
}
