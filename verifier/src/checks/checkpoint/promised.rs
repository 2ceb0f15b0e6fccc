//! What the evidence objects of the entries promise: that nothing received was left out.

use std::collections::{BTreeMap, BTreeSet};

use proofline_format::digest::Hash;
use proofline_format::object::{Evidence, ItemKind};

use crate::checks::entries::Run;
use crate::checks::objects::Objects;
use crate::finding::{Code, Place};
use crate::report::Report;

/// Items that must be in the bundle, by size, kind and digest, with the entry that lists them.
#[derive(Debug, Default)]
pub(super) struct Promised {
    items: BTreeMap<(u64, ItemKind, Hash), u64>,
    taken: BTreeSet<(u64, ItemKind, Hash)>,
    /// Sizes for which something is promised.
    pub(super) sizes: BTreeSet<u64>,
}

/// What is known of the evidence object before an entry.
#[derive(Clone, Copy)]
enum Before {
    Unknown,
    Known(Option<Hash>),
}

impl Promised {
    /// Reads the evidence objects that entries of the bundle name, in order, and checks that each
    /// continues the one before it.
    pub(super) fn of(run: &Run, objects: &Objects, report: &mut Report) -> Self {
        let mut promised = Self::default();
        let mut evidence = run.evidence.iter().peekable();
        let mut before = Before::Unknown;
        if run.genesis_object.is_some() {
            before = Before::Known(None);
            if let Some(&(index, address)) = evidence.next_if(|(index, _)| *index == 0) {
                before = promised.add(index, address, before, objects, report);
            }
        }
        let mut last_note: Option<Option<Hash>> = run.genesis_object.map(|_| None);
        for entry in &run.checkpoints {
            // Where a checkpoint in between is not shown, nothing is known.
            if last_note != Some(entry.previous_note) {
                before = Before::Unknown;
                report_skipped(run, entry.index, last_note, entry.previous_note, report);
            }
            last_note = Some(entry.note);
            if let Some(&(index, address)) = evidence.next_if(|(index, _)| *index == entry.index) {
                before = promised.add(index, address, before, objects, report);
            }
        }
        promised
    }

    fn add(
        &mut self,
        index: u64,
        address: Hash,
        before: Before,
        objects: &Objects,
        report: &mut Report,
    ) -> Before {
        let place = Place::Entry(index);
        let Some(Evidence { items, previous }) = objects.evidence.get(&address) else {
            let (code, what) = if objects.contains(&address) {
                (Code::EvidenceObjectMalformed, "is no evidence object")
            } else {
                (Code::EvidenceObjectMissing, "is not there")
            };
            let text = format!("entry {index} names evidence {address}, which {what}");
            report.found(code, place, text);
            return Before::Known(Some(address));
        };
        if let Before::Known(computed) = before
            && computed != *previous
        {
            let show = |hash: Option<Hash>| hash.map_or("null".into(), |hash| hash.to_string());
            let (claimed, computed) = (show(*previous), show(computed));
            let text =
                format!("evidence of entry {index} claims prev {claimed}, computed {computed}");
            report.found(Code::EvidenceChainMismatch, place.clone(), text);
        }
        for item in items {
            if item.for_size > index {
                let text = format!("evidence of entry {index} lists an item for a later size");
                report.found(Code::EvidenceObjectMalformed, place.clone(), text);
            }
            // The first entry that lists an item bounds the most.
            self.items
                .entry((item.for_size, item.kind, item.sha256))
                .or_insert(index);
            self.sizes.insert(item.for_size);
        }
        Before::Known(Some(address))
    }

    /// Takes note of an item that is there; gives the entry that lists it.
    pub(super) fn take(&mut self, size: u64, kind: ItemKind, sha256: Hash) -> Option<u64> {
        let item = (size, kind, sha256);
        self.taken.insert(item);
        self.items.get(&item).copied()
    }

    pub(super) fn report_missing(&self, report: &mut Report) {
        for (item, index) in &self.items {
            if !self.taken.contains(item) {
                let (size, kind, sha256) = item;
                let kind = kind.as_str();
                let text = format!(
                    "entry {index} lists {kind} {sha256} for size {size}, which is not there"
                );
                report.found(Code::EvidenceItemMissing, Place::Entry(*index), text);
            }
        }
    }
}

/// In a stretch without gaps every checkpoint entry names the note of the one before.
fn report_skipped(
    run: &Run,
    index: u64,
    last_note: Option<Option<Hash>>,
    claimed: Option<Hash>,
    report: &mut Report,
) {
    let Some(computed) = last_note else { return };
    let contiguous = run
        .checkpoints
        .iter()
        .map(|entry| entry.index)
        .rfind(|&before| before < index)
        .or(Some(0))
        .is_some_and(|before| run.is_contiguous(before, index));
    if contiguous {
        let show = |hash: Option<Hash>| hash.map_or("null".into(), |hash| hash.to_string());
        let (claimed, computed) = (show(claimed), show(computed));
        let text = format!("entry {index} claims note {claimed} before it, computed {computed}");
        report.found(Code::CheckpointNoteMismatch, Place::Entry(index), text);
    }
}
