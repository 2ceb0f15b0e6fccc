//! What only the order of the entries shows: links, ids, tree, checkpoints, sessions, time spans.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proofline_format::digest::Hash;
use proofline_format::entry::Fidelity;
use proofline_format::holes::Holes;
use proofline_format::merkle::Tree;
use proofline_format::timestamp::Timestamp;

use super::batch::{Outcome, Parsed, SignatureOutcome};
use super::ids::Ids;
use crate::finding::{Code, Place};
use crate::report::Report;

/// Sessions that are followed; beyond that their ends are not checked, and the report says so.
const MAX_SESSIONS: usize = 100_000;
/// Distinct values of `source` and `agent_id` that are kept.
const MAX_DISTINCT: usize = 1_000;

/// A checkpoint entry of the bundle.
#[derive(Debug, Clone)]
pub(crate) struct CheckpointEntry {
    pub(crate) index: u64,
    pub(crate) note: Option<Hash>,
    pub(crate) previous_note: Option<Hash>,
    pub(crate) chain_hash: Hash,
    /// Root over every entry before it.
    pub(crate) computed_root: Hash,
}

/// Entries between which nothing changes for the time ring: all share one bracket.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch {
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) earliest: (Timestamp, u64),
    pub(crate) latest: (Timestamp, u64),
    /// Whether the entry before `first` is in the bundle.
    pub(crate) continues: bool,
}

/// A `session_end` entry with what the session's lines give.
#[derive(Debug, Clone)]
pub(crate) struct SessionEnd {
    pub(crate) index: u64,
    pub(crate) session_id: String,
    pub(crate) summary: Option<Hash>,
    pub(crate) computed: Option<(u64, u64, u64, Hash)>,
}

#[derive(Debug, Default)]
struct Session {
    first: u64,
    last: u64,
    tree: Tree,
    open: bool,
}

/// What the entries of a bundle come to.
#[derive(Debug, Default)]
pub(crate) struct Run {
    pub(crate) count: u64,
    pub(crate) range: Option<(u64, u64)>,
    present: Vec<(u64, u64)>,
    pub(crate) tip: Option<Hash>,
    pub(crate) tree: Tree,
    pub(crate) period: Option<(Timestamp, Timestamp)>,
    pub(crate) gaps: Vec<u64>,
    pub(crate) sources: BTreeSet<String>,
    pub(crate) checkpoints: Vec<CheckpointEntry>,
    /// Index and address of every evidence object that an entry names.
    pub(crate) evidence: Vec<(u64, Hash)>,
    /// Index and leaf of every key event.
    pub(crate) key_entries: Vec<(u64, Hash)>,
    pub(crate) genesis_object: Option<Hash>,
    pub(crate) stretches: Vec<Stretch>,
    pub(crate) session_ends: Vec<SessionEnd>,
    pub(crate) sessions_open: u64,
    /// Entries of sessions beyond the limit, which are not followed.
    pub(crate) sessions_dropped: u64,
    /// How many times an entry addresses an object that is not in the bundle.
    pub(crate) withheld_objects: u64,
}

impl Run {
    /// A run that holds these indexes and nothing else.
    #[cfg(test)]
    pub(crate) fn of_ranges(present: &[(u64, u64)]) -> Self {
        Self {
            present: present.to_vec(),
            ..Self::default()
        }
    }

    /// Whether that key event stands at that index of the bundle.
    pub(crate) fn has_key_entry(&self, index: u64, leaf: &Hash) -> bool {
        let at = self
            .key_entries
            .binary_search_by_key(&index, |&(index, _)| index);
        at.ok()
            .and_then(|at| self.key_entries.get(at))
            .is_some_and(|(_, known)| known == leaf)
    }

    /// Whether an index is in the bundle.
    pub(crate) fn is_present(&self, index: u64) -> bool {
        let next = self.present.partition_point(|&(first, _)| first <= index);
        let range = next.checked_sub(1).and_then(|at| self.present.get(at));
        range.is_some_and(|&(_, last)| index <= last)
    }

    /// Whether every index from one to another is in the bundle.
    pub(crate) fn is_contiguous(&self, first: u64, last: u64) -> bool {
        let next = self.present.partition_point(|&(start, _)| start <= first);
        let range = next.checked_sub(1).and_then(|at| self.present.get(at));
        range.is_some_and(|&(_, end)| last <= end && first <= last)
    }

    pub(crate) fn checkpoint(&self, index: u64) -> Option<&CheckpointEntry> {
        let at = self
            .checkpoints
            .binary_search_by_key(&index, |entry| entry.index)
            .ok()?;
        self.checkpoints.get(at)
    }
}

/// The fold in progress.
pub(crate) struct Fold<'a> {
    run: Run,
    holes: Option<&'a Holes>,
    subtrees_taken: usize,
    ids: Ids,
    previous: Option<(u64, Option<Hash>)>,
    sessions: BTreeMap<Arc<str>, Session>,
    /// A stretch ends before and after an entry that changes a bracket.
    stretch_open: bool,
}

impl<'a> Fold<'a> {
    pub(crate) fn new(holes: Option<&'a Holes>) -> Self {
        Self {
            run: Run::default(),
            holes,
            subtrees_taken: 0,
            ids: Ids::default(),
            previous: None,
            sessions: BTreeMap::new(),
            stretch_open: false,
        }
    }

    pub(crate) const fn count(&self) -> u64 {
        self.run.count
    }

    /// Takes in the next line.
    pub(crate) fn take(&mut self, outcome: &Outcome, report: &mut Report) {
        let index = outcome.index;
        report_signature(index, outcome.signature, report);
        self.fill_gap(index);
        let continues = self.is_adjacent(index);
        self.run.count = self.run.count.saturating_add(1);
        self.note_present(index, continues);
        match &outcome.line {
            Ok(entry) => {
                self.entry((index, continues), outcome.leaf, entry, report);
                self.previous = Some((index, Some(entry.chain_hash)));
            }
            Err(error) => {
                let text = format!("entry {index}: {error}");
                report.found(Code::EntryMalformed, Place::Entry(index), text);
                self.previous = Some((index, None));
            }
        }
        self.run.tree.append(outcome.leaf);
    }

    fn is_adjacent(&self, index: u64) -> bool {
        self.previous
            .is_some_and(|(previous, _)| previous.checked_add(1) == Some(index))
    }

    fn note_present(&mut self, index: u64, continues: bool) {
        match self.run.present.last_mut() {
            Some(range) if continues => range.1 = index,
            _ => self.run.present.push((index, index)),
        }
        let first = self.run.range.map_or(index, |(first, _)| first);
        self.run.range = Some((first, index));
    }

    /// Appends the subtrees of what is not shown before an index.
    fn fill_gap(&mut self, index: u64) {
        let Some(holes) = self.holes else { return };
        while self.run.tree.size() < index
            && let Some(&(_, level, root)) = holes.subtrees.get(self.subtrees_taken)
        {
            // `Holes` guarantees that the subtrees are exactly those of the gaps.
            if !self.run.tree.append_subtree(level, root) {
                return;
            }
            self.subtrees_taken = self.subtrees_taken.saturating_add(1);
        }
    }

    fn entry(
        &mut self,
        (index, continues): (u64, bool),
        leaf: Hash,
        entry: &Parsed,
        report: &mut Report,
    ) {
        self.check_chain(index, entry, report);
        self.check_ids(index, entry, report);
        if let Some(column) = entry.role_mismatch {
            let text = format!(
                "entry {index} of type `{}` has a `{column}` that its type does not allow",
                entry.event_type
            );
            report.found(Code::EntryRoleMismatch, Place::Entry(index), text);
        }
        self.stretch(index, continues, entry);
        self.special(index, leaf, entry);
        self.session(index, leaf, entry);
        let withheld = entry.withheld_objects;
        self.run.withheld_objects = self.run.withheld_objects.saturating_add(withheld);
        self.count_facts(entry, report);
    }

    fn check_chain(&self, index: u64, entry: &Parsed, report: &mut Report) {
        let place = Place::Entry(index);
        if entry.chain_hash != entry.computed_chain_hash {
            let text = format!(
                "entry {index} claims chain_hash {}, computed {}",
                entry.chain_hash, entry.computed_chain_hash
            );
            report.found(Code::EntryHashMismatch, place.clone(), text);
        }
        // Where the line before is not in the bundle, only null is known to be wrong.
        let computed = match self.previous {
            _ if index == 0 => Some(None),
            Some((previous, hash)) if previous.checked_add(1) == Some(index) => hash.map(Some),
            _ => None,
        };
        let show = |hash: Option<Hash>| hash.map_or("null".into(), |hash| hash.to_string());
        let claimed = entry.previous_hash;
        if let Some(computed) = computed
            && computed != claimed
        {
            let (claimed, computed) = (show(claimed), show(computed));
            let text = format!("entry {index} claims previous_hash {claimed}, computed {computed}");
            report.found(Code::EntryLinkMismatch, place, text);
        } else if index > 0 && claimed.is_none() {
            let text = format!("entry {index} claims previous_hash null, which only entry 0 has");
            report.found(Code::EntryLinkMismatch, place, text);
        }
        if (index == 0) != (entry.event_type == "genesis") {
            let text = format!("entry {index} has type `{}`", entry.event_type);
            report.found(Code::EntryRoleMismatch, Place::Entry(index), text);
        }
    }

    fn check_ids(&mut self, index: u64, entry: &Parsed, report: &mut Report) {
        if let Some(parent) = entry.parent_event_id
            && !self.ids.contains(parent)
        {
            // In a part, the parent may lie in what is not shown.
            let hidden = self.run.tree.size() > self.run.count.saturating_sub(1);
            if !hidden || parent == entry.id {
                let text =
                    format!("entry {index} names parent {parent}, which no earlier entry is");
                report.found(Code::EntryParentUnknown, Place::Entry(index), text);
            }
        }
        if !self.ids.insert(entry.id) {
            let text = format!("entry {index} repeats id {}", entry.id);
            report.found(Code::EntryIdRepeated, Place::Entry(index), text);
        }
    }

    /// Checkpoint entries and those with evidence stand in a stretch of their own: a bracket
    /// changes at them.
    fn stretch(&mut self, index: u64, continues: bool, entry: &Parsed) {
        let alone = matches!(entry.event_type.as_ref(), "checkpoint" | "genesis");
        let at = (entry.created_at, index);
        match self.run.stretches.last_mut() {
            Some(stretch) if self.stretch_open && continues && !alone => {
                stretch.last = index;
                stretch.earliest = stretch.earliest.min(at);
                stretch.latest = stretch.latest.max(at);
            }
            _ => self.run.stretches.push(Stretch {
                first: index,
                last: index,
                earliest: at,
                latest: at,
                continues,
            }),
        }
        self.stretch_open = !alone;
    }

    /// Entries that other checks come back to.
    fn special(&mut self, index: u64, leaf: Hash, entry: &Parsed) {
        match entry.event_type.as_ref() {
            "genesis" => self.run.genesis_object = entry.content_hash_after,
            "checkpoint" => self.run.checkpoints.push(CheckpointEntry {
                index,
                note: entry.content_hash_after,
                previous_note: entry.content_hash_before,
                chain_hash: entry.chain_hash,
                computed_root: self.run.tree.root(),
            }),
            "capture_gap" => self.run.gaps.push(index),
            _ => {}
        }
        if matches!(
            entry.event_type.as_ref(),
            "genesis" | "key_rotate" | "key_revoke"
        ) {
            self.run.key_entries.push((index, leaf));
        }
        if matches!(entry.event_type.as_ref(), "genesis" | "checkpoint")
            && let Some(address) = entry.diff_hash
        {
            self.run.evidence.push((index, address));
        }
    }

    fn session(&mut self, index: u64, leaf: Hash, entry: &Parsed) {
        let Some(id) = &entry.session_id else { return };
        if self.sessions.len() == MAX_SESSIONS && !self.sessions.contains_key(id) {
            self.run.sessions_dropped = self.run.sessions_dropped.saturating_add(1);
            return;
        }
        let session = self.sessions.entry(Arc::clone(id)).or_default();
        if entry.event_type == "session_end" {
            let computed = (session.tree.size() > 0).then(|| {
                (
                    session.tree.size(),
                    session.first,
                    session.last,
                    session.tree.root(),
                )
            });
            self.run.session_ends.push(SessionEnd {
                index,
                session_id: String::from(&**id),
                summary: entry.content_hash_after,
                computed,
            });
        }
        if session.tree.size() == 0 {
            session.first = index;
        }
        session.last = index;
        session.open = entry.event_type != "session_end";
        session.tree.append(leaf);
    }

    fn count_facts(&mut self, entry: &Parsed, report: &mut Report) {
        let facts = &mut report.facts;
        let slot = match entry.capture_fidelity {
            Fidelity::Observed => 0,
            Fidelity::Inferred => 1,
            Fidelity::Declared => 2,
        };
        if let Some(count) = facts.fidelity.get_mut(slot) {
            *count = count.saturating_add(1);
        }
        if facts.agents.len() < MAX_DISTINCT && !facts.agents.contains(&*entry.agent_id) {
            facts.agents.insert(String::from(&*entry.agent_id));
        }
        if self.run.sources.len() < MAX_DISTINCT && !self.run.sources.contains(&*entry.source) {
            self.run.sources.insert(String::from(&*entry.source));
        }
        let first = self.run.period.map_or(entry.created_at, |(first, _)| first);
        self.run.period = Some((first, entry.created_at));
        self.run.tip = Some(entry.chain_hash);
    }

    /// Ends the fold.
    pub(crate) fn finish(mut self, report: &mut Report) -> Run {
        if self.run.count == 0 {
            report.found(Code::BundleEmpty, Place::Bundle, "bundle holds no entry");
        }
        let promised = self.holes.map_or(self.run.count, Holes::count);
        if promised != self.run.count {
            let text = format!(
                "holes.json promises {promised} entries, {} read",
                self.run.count
            );
            report.found(Code::EntryCountMismatch, Place::Bundle, text);
        }
        self.run.sessions_open =
            u64::try_from(self.sessions.values().filter(|s| s.open).count()).unwrap_or(u64::MAX);
        let facts = &mut report.facts;
        facts.entries = self.run.count;
        facts.range = self.run.range;
        facts.tip = self.run.tip;
        facts.sessions = u64::try_from(self.sessions.len()).unwrap_or(u64::MAX);
        facts.sessions_open = self.run.sessions_open;
        facts.checkpoints = u64::try_from(self.run.checkpoints.len()).unwrap_or(u64::MAX);
        facts.gaps = u64::try_from(self.run.gaps.len()).unwrap_or(u64::MAX);
        facts.period = self
            .run
            .period
            .map(|(from, to)| (from.to_string(), to.to_string()));
        self.run
    }
}

fn report_signature(index: u64, outcome: SignatureOutcome, report: &mut Report) {
    let (code, text) = match outcome {
        SignatureOutcome::Valid => {
            report.facts.signatures = report.facts.signatures.saturating_add(1);
            return;
        }
        // The count of the whole file says it once.
        SignatureOutcome::Missing => return,
        SignatureOutcome::Malformed => (
            Code::SignatureMalformed,
            "signature line is not base64 of 64 bytes",
        ),
        SignatureOutcome::Retired => (
            Code::SignatureKeyRevoked,
            "signed by a key that was rotated out or revoked before",
        ),
        SignatureOutcome::Invalid => (
            Code::SignatureInvalid,
            "signature is not by the key valid at its place",
        ),
        SignatureOutcome::NoKey => (Code::SignatureInvalid, "no key is known for its place"),
    };
    report.found(code, Place::Entry(index), format!("entry {index}: {text}"));
}
