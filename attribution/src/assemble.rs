//! From entries in chain order, and the objects they address, to events.
//!
//! The parent of file changes names its witness index in `diff_hash`. Its files stand in the order
//! of their entries, which follow the parent: none for a file that did not change, one for each
//! hunk, one for a change without hunks, and one more before these for the old path of a rename.

mod open;
mod place;

use alloc::vec::Vec;

use proofline_format::digest::Hash;
use proofline_format::entry::Entry;
use proofline_format::registry::{Role, event_type};

use self::open::Open;
use crate::fault::{Budget, Code, Fault};
use crate::fold::Fold;

/// Takes entries in chain order and gives events to a fold.
///
/// An event ends with the first entry that is no change of a file by it, so the fold lags behind
/// by the last event until [`Assembler::finish`].
#[derive(Debug, Clone, Default)]
pub struct Assembler {
    open: Option<Open>,
}

impl Assembler {
    /// Takes an entry in; `object` gives the bytes of an address, if they are there.
    ///
    /// The faults are of the event that ended before this entry, or of the entry itself.
    ///
    /// # Errors
    /// A limit of the fold was exceeded.
    pub fn push<Text: AsRef<str>, Bytes: AsRef<[u8]>>(
        &mut self,
        fold: &mut Fold,
        index: u64,
        entry: &Entry<Text>,
        object: impl FnMut(&Hash) -> Option<Bytes>,
    ) -> Result<Vec<Fault>, Budget> {
        let kind = entry.event_type.as_ref();
        let is_change = matches!(kind, "file_write" | "file_delete" | "file_rename");
        if is_change
            && let Some(open) = &mut self.open
            && open.is_cause_of(entry)
        {
            open.take(index, entry);
            return Ok(Vec::new());
        }
        let mut faults = self.finish(fold)?;
        let has_witness = event_type(kind).is_some_and(|known| known.diff == Role::Witness);
        if is_change {
            let path = entry.file_path.as_ref().map_or("", AsRef::as_ref);
            faults.push(Fault::new(Code::EntryWithoutWitness, index, path));
            fold.lose(path)?;
        } else if let (true, Some(address)) = (has_witness, &entry.diff_hash) {
            self.open = Some(Open::read(index, entry, address, object));
        }
        Ok(faults)
    }

    /// Ends the event whose entries were still coming.
    ///
    /// # Errors
    /// A limit of the fold was exceeded.
    pub fn finish(&mut self, fold: &mut Fold) -> Result<Vec<Fault>, Budget> {
        match self.open.take() {
            Some(open) => open.close(fold),
            None => Ok(Vec::new()),
        }
    }
}
