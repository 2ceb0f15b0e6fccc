//! Checkpoint lines: notes against entries, and received evidence against what was promised.

mod line;
mod promised;

use std::collections::BTreeSet;

use proofline_format::archive::Source;
use proofline_format::checkpoint::Checkpoint;
use proofline_format::digest::{Hash, sha256};
use proofline_format::limits::MAX_CHECKPOINT_LINE_BYTES;
use proofline_format::manifest::{Sized, paths};
use proofline_format::note::Note;
use proofline_format::object::ItemKind;

use self::line::CheckpointLine;
pub(crate) use self::line::Item;
use self::promised::Promised;
use super::container::Container;
use super::entries::Run;
use super::entries::lines::{Ending, Lines};
use super::keys::{KeySequence, is_origin};
use super::objects::Objects;
use super::timestamp::{Bound, Job, Tokens, Voices};
use crate::CouldNotLook;
use crate::finding::{Code, Place};
use crate::policy::Policy;
use crate::report::{Check, Report};

/// Token jobs that are collected before they are judged on all threads.
const JOBS_PER_ROUND: usize = 64;

/// The tree head of the last note whose entry is in the bundle.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LastNote {
    pub(crate) size: u64,
    pub(crate) root: Hash,
    pub(crate) sha256: Hash,
}

/// What the checkpoint lines come to.
#[derive(Debug, Default)]
pub(crate) struct Checkpoints {
    pub(crate) last_note: Option<LastNote>,
    pub(crate) newest_token: Option<Sized>,
    /// At the entry whose evidence lists a trusted token, its lower bound.
    pub(crate) lower: Vec<Bound>,
    /// At the entry that a trusted token stamps, its upper bound.
    pub(crate) upper: Vec<Bound>,
    /// Who is independent of whom.
    pub(crate) voices: Voices,
    /// Checkpoint entries whose note's root equals the computed one.
    pub(crate) rooted: BTreeSet<u64>,
    pub(crate) tokens: u64,
}

struct Reader<'a> {
    run: &'a Run,
    keys: &'a KeySequence,
    policy: &'a Policy,
    promised: Promised,
    out: Checkpoints,
    noted: BTreeSet<u64>,
    jobs: Vec<Job>,
    tokens: Tokens,
}

/// Reads `data/checkpoints.jsonl`.
pub(crate) fn run<S: Source + ?std::marker::Sized>(
    container: &Container<'_, S>,
    run: &Run,
    (keys, objects): (&KeySequence, &Objects),
    policy: &Policy,
    report: &mut Report,
) -> Result<Checkpoints, CouldNotLook> {
    let mut reader = Reader {
        run,
        keys,
        policy,
        promised: Promised::of(run, objects, report),
        out: Checkpoints::default(),
        noted: BTreeSet::new(),
        jobs: Vec::new(),
        tokens: Tokens::default(),
    };
    let Some(mut lines) = Lines::open(
        container,
        (paths::CHECKPOINTS, Code::CheckpointMalformed),
        MAX_CHECKPOINT_LINE_BYTES,
    ) else {
        return Ok(reader.finish(report));
    };
    let mut last_size = None;
    while let Some(bytes) = lines.next(report)? {
        let line = match CheckpointLine::parse(bytes) {
            Ok(line) => line,
            Err(error) => {
                let after = last_size.map_or("the start".into(), |size| format!("size {size}"));
                let text = format!("checkpoint line after {after}: {error}");
                let place = Place::File(paths::CHECKPOINTS.into());
                report.found(Code::CheckpointMalformed, place, text);
                continue;
            }
        };
        if last_size.is_some_and(|last| last >= line.size) {
            let text = format!("checkpoint line of size {} is out of order", line.size);
            report.found(
                Code::CheckpointMalformed,
                Place::Checkpoint(line.size),
                text,
            );
        }
        last_size = Some(line.size);
        reader.line(line, report);
    }
    let ending = lines.finish(container, report)?;
    let checkpoints = reader.finish(report);
    if ending == Ending::Whole {
        report.performed(Check::CheckpointRoots);
        report.performed(Check::NoteSignatures);
        report.performed(Check::EvidenceItems);
        if checkpoints.tokens > 0 {
            report.performed(Check::Tokens);
        }
    }
    Ok(checkpoints)
}

impl Reader<'_> {
    fn line(&mut self, line: CheckpointLine, report: &mut Report) {
        let size = line.size;
        let entry = self.run.checkpoint(size);
        let birth = size == 0 && self.run.genesis_object.is_some();
        match &line.note {
            Some(note) => self.note(size, note.as_bytes(), report),
            None if entry.is_some() => {
                let text = format!("checkpoint entry {size} has no note");
                report.found(Code::CheckpointNoteMissing, Place::Checkpoint(size), text);
            }
            None => {}
        }
        let promised = self.promised.sizes.contains(&size);
        let is_previous = self.noted.contains(&size);
        if entry.is_none() && !birth && !promised && !is_previous {
            let text = format!("checkpoint line of size {size} belongs to nothing in the bundle");
            report.found(Code::CheckpointUnreferenced, Place::Checkpoint(size), text);
        }
        self.items(size, line.items);
        if self.jobs.len() >= JOBS_PER_ROUND {
            self.judge();
        }
    }

    /// Form, origin, signature, root, and the entries that commit to it.
    fn note(&mut self, size: u64, bytes: &[u8], report: &mut Report) {
        let place = || Place::Checkpoint(size);
        let head = Note::parse(bytes).and_then(|note| Ok((Checkpoint::parse(&note.text)?, note)));
        let (head, note) = match head {
            Ok(head) => head,
            Err(error) => {
                let text = format!("note of size {size}: {error}");
                return report.found(Code::CheckpointNoteMalformed, place(), text);
            }
        };
        if head.size != size {
            let text = format!("note claims size {}, stands at size {size}", head.size);
            report.found(Code::CheckpointIndexMismatch, place(), text);
        }
        if Some(&head.origin) != self.keys.origin.as_ref() || !is_origin(&head.origin) {
            let computed = self.keys.origin.as_deref().unwrap_or("unknown");
            let text = format!("note claims origin {}, computed {computed}", head.origin);
            report.found(Code::CheckpointOriginMismatch, place(), text);
        }
        if note.signatures.len() != 1 {
            let text = format!(
                "note of size {size} has {} signature lines",
                note.signatures.len()
            );
            report.found(Code::CheckpointNoteMalformed, place(), text);
        }
        let key = self.keys.valid_at(size);
        if !key.is_some_and(|key| note.is_signed_by(&head.origin, key)) {
            let text = format!("note of size {size} is not signed by the key valid there");
            report.found(Code::CheckpointNoteSignatureInvalid, place(), text);
        }
        self.compare(size, &head, sha256(bytes), report);
    }

    fn compare(&mut self, size: u64, head: &Checkpoint, hash: Hash, report: &mut Report) {
        let place = || Place::Checkpoint(size);
        let mut mismatch = |claimed: Option<Hash>, whose: u64| {
            if claimed != Some(hash) {
                let claimed = claimed.map_or("null".into(), |hash| hash.to_string());
                let text = format!("entry {whose} claims note {claimed}, computed {hash}");
                report.found(Code::CheckpointNoteMismatch, place(), text);
            }
        };
        // A note whose entry is not shown is held to the next entry, which commits to it.
        let next = self
            .run
            .checkpoints
            .partition_point(|entry| entry.index <= size);
        if let Some(entry) = self.run.checkpoint(size) {
            mismatch(entry.note, size);
        } else if let Some(next) = self.run.checkpoints.get(next) {
            mismatch(next.previous_note, next.index);
            self.noted.insert(size);
        }
        let Some(entry) = self.run.checkpoint(size) else {
            return;
        };
        self.noted.insert(size);
        if entry.computed_root == head.root {
            self.out.rooted.insert(size);
        } else {
            let text = format!(
                "note claims root {}, computed {}",
                head.root, entry.computed_root
            );
            report.found(Code::CheckpointRootMismatch, place(), text);
        }
        self.out.last_note = Some(LastNote {
            size,
            root: head.root,
            sha256: hash,
        });
    }

    fn items(&mut self, size: u64, items: Vec<Item>) {
        let of_kind = |kind: ItemKind| -> Vec<Vec<u8>> {
            let items = items.iter().filter(|item| item.kind == kind);
            items.map(|item| item.bytes.clone()).collect()
        };
        let requests = of_kind(ItemKind::TimeStampRequest);
        let certificates = of_kind(ItemKind::Certificate);
        for item in items {
            let listed_at = self.promised.take(size, item.kind, item.sha256);
            self.tokens.shelf.keep(item.kind, &item.bytes);
            if item.kind != ItemKind::TimeStampResponse {
                continue;
            }
            self.out.newest_token = Some(Sized {
                sha256: item.sha256,
                size,
            });
            self.out.tokens = self.out.tokens.saturating_add(1);
            let imprint = match size {
                0 => self.run.genesis_object,
                _ => self.run.checkpoint(size).map(|entry| entry.chain_hash),
            };
            self.jobs.push(Job {
                size,
                sha256: item.sha256,
                bytes: item.bytes,
                requests: requests.clone(),
                certificates: certificates.clone(),
                imprint,
                listed_at,
            });
        }
    }

    fn judge(&mut self) {
        let jobs = std::mem::take(&mut self.jobs);
        self.tokens.judge(jobs, self.policy);
    }

    /// Settles which tokens count, and takes their bounds.
    fn settle(&mut self, report: &mut Report) {
        let tokens = std::mem::take(&mut self.tokens);
        for token in tokens.settle((self.run, &self.out.rooted), self.policy, report) {
            let (size, listed_at, bounds) = (token.size, token.listed_at, token.bounds());
            let voice = token.voice(&mut self.out.voices);
            token.record(report);
            let Some((lower, upper)) = bounds else {
                continue;
            };
            let at = |index: u64, micros: i64| Bound {
                index,
                micros,
                voice,
            };
            let listed = listed_at.map(|index| at(index, lower));
            self.out.lower.extend(listed);
            // A token counts for what is in the bundle only if it was compared with it.
            if size > 0 && self.run.checkpoint(size).is_some() {
                self.out.upper.push(at(size, upper));
            }
        }
    }

    fn finish(mut self, report: &mut Report) -> Checkpoints {
        self.judge();
        self.settle(report);
        for entry in &self.run.checkpoints {
            if !self.noted.contains(&entry.index) {
                let text = format!("checkpoint entry {} has no note", entry.index);
                report.found(
                    Code::CheckpointNoteMissing,
                    Place::Checkpoint(entry.index),
                    text,
                );
            }
        }
        self.promised.report_missing(report);
        self.out
    }
}
