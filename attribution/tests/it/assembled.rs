//! From entries and objects to events: whatever of the two disagrees is refused.

use std::collections::BTreeMap;

use proofline_attribution::{Assembler, Code, Fault, Fold, Policy};
use proofline_format::digest::{Hash, sha256};
use proofline_format::entry::{Entry, EventId, Fidelity, Hunk};
use proofline_format::object::{FileState, WitnessFile, seal, witness_index};
use proofline_format::timestamp::Timestamp;

use crate::samples::{hunk, named, story};

#[derive(Default)]
struct Log {
    entries: Vec<Entry>,
    objects: BTreeMap<[u8; 32], Vec<u8>>,
}

fn entry(number: u8, kind: &str) -> Entry {
    Entry {
        id: EventId::from_random([number; 16]),
        parent_event_id: None,
        session_id: None,
        agent_id: "claude".into(),
        model_id: None,
        event_type: kind.into(),
        tool_name: None,
        file_path: None,
        content_hash_before: None,
        content_hash_after: None,
        diff_hash: None,
        line_start: None,
        line_end: None,
        hunk_header: None,
        git_head: None,
        source: "test".into(),
        previous_hash: None,
        chain_hash: Hash([0; 32]),
        capture_fidelity: Fidelity::Observed,
        created_at: Timestamp::from_millis(0).unwrap(),
    }
}

fn witness(path: &str, sides: [Option<FileState>; 2], hunks: &[Hunk]) -> WitnessFile {
    let [before, after] = sides;
    WitnessFile {
        path: path.into(),
        path_before: None,
        before,
        after,
        hunks: hunks.to_vec(),
        moves: Vec::new(),
        reflows: Vec::new(),
        copies: Vec::new(),
        salt: "0".repeat(32),
    }
}

impl Log {
    fn put(&mut self, bytes: (Hash, Vec<u8>)) -> Hash {
        self.objects.insert(bytes.0.0, bytes.1);
        bytes.0
    }

    fn next(&self) -> u8 {
        u8::try_from(self.entries.len()).unwrap()
    }

    /// An event as the recorder writes it.
    fn record(&mut self, kind: &str, witnesses: &[WitnessFile]) {
        let addresses: Vec<Hash> = witnesses
            .iter()
            .map(|w| self.put(seal(&w.to_value())))
            .collect();
        let mut parent = entry(self.next(), kind);
        parent.diff_hash = Some(self.put(seal(&witness_index(&addresses))));
        let cause = parent.id;
        self.entries.push(parent);
        for file in witnesses {
            let kind = match (&file.after, &file.path_before) {
                (None, _) => "file_delete",
                (_, Some(_)) => "file_rename",
                _ => "file_write",
            };
            let hash = |state: &Option<FileState>| state.as_ref().map(|state| state.sha256);
            let child = |number, parent| Entry {
                parent_event_id: Some(parent),
                file_path: Some(file.path.clone()),
                content_hash_before: hash(&file.before),
                content_hash_after: hash(&file.after),
                ..entry(number, kind)
            };
            let mut parent = cause;
            if let Some(path_before) = &file.path_before {
                let mut old = child(self.next(), parent);
                old.file_path = Some(path_before.clone());
                old.content_hash_after = None;
                parent = old.id;
                self.entries.push(old);
            }
            let hunks: Vec<Option<&Hunk>> = if file.hunks.is_empty() {
                vec![None]
            } else {
                file.hunks.iter().map(Some).collect()
            };
            for hunk in hunks {
                let mut next = child(self.next(), parent);
                next.hunk_header = hunk.map(Hunk::header);
                next.line_start = hunk.map(|hunk| hunk.line_range().0);
                next.line_end = hunk.map(|hunk| hunk.line_range().1);
                next.diff_hash = hunk.map(|_| sha256(b"patch"));
                self.entries.push(next);
            }
        }
    }

    fn fold(&self) -> (Fold, Vec<Fault>) {
        let (mut fold, mut assembler) = (Fold::default(), Assembler::default());
        let mut faults = Vec::new();
        for (index, entry) in (0..).zip(&self.entries) {
            let object = |address: &Hash| self.objects.get(&address.0);
            faults.extend(assembler.push(&mut fold, index, entry, object).unwrap());
        }
        faults.extend(assembler.finish(&mut fold).unwrap());
        (fold, faults)
    }
}

/// Entries 1 and 2 create `a`, 4 and 5 edit it, 7 to 9 rename it with an edit.
fn log() -> Log {
    let mut log = Log::default();
    log.entries.push(entry(0, "session_start"));
    let ten = Some(named("ten", 10));
    log.record(
        "tool_use",
        &[witness("a", [None, ten.clone()], &[hunk(0, 0, 1, 10)])],
    );
    let hunks = [hunk(1, 1, 1, 1), hunk(5, 1, 5, 1)];
    let edited = Some(named("edited", 10));
    log.record("command", &[witness("a", [ten, edited.clone()], &hunks)]);
    let mut rename = witness(
        "b",
        [edited, Some(named("renamed", 9))],
        &[hunk(10, 1, 9, 0)],
    );
    rename.path_before = Some("a".into());
    log.record("tool_use", &[rename]);
    log
}

#[test]
fn what_the_recorder_writes_is_read() {
    let (fold, faults) = log().fold();
    assert_eq!(faults, Vec::new());
    assert_eq!(fold.live("a"), None);
    assert_eq!(
        story(&fold, "b", Policy::Strict),
        "4:1 2:2 2:3 2:4 5:5 2:6 2:7 2:8 2:9"
    );
}

fn codes(log: &Log) -> Vec<Code> {
    log.fold().1.iter().map(|fault| fault.code).collect()
}

fn check(want: Code, change: impl Fn(&mut Log)) {
    let mut log = log();
    change(&mut log);
    let (fold, faults) = log.fold();
    let codes: Vec<Code> = faults.iter().map(|fault| fault.code).collect();
    assert!(codes.contains(&want), "{}: {codes:?}", want.as_str());
    // No line is given to an entry that was refused.
    let edited = fold.state("a", named("edited", 0).sha256);
    let map = edited.map(|id| fold.map(id).unwrap());
    let of_4 = |map: &proofline_attribution::LineMap| {
        let four = proofline_attribution::Provenance::Entry { index: 4, line: 1 };
        map.line(1).is_some_and(|piece| piece.strict == four)
    };
    assert!(!map.is_some_and(|map| of_4(&map)), "{}", want.as_str());
}

#[test]
fn entries_that_disagree_with_their_witness() {
    check(Code::EntryPathMismatch, |log| {
        log.entries[4].file_path = Some("c".into());
    });
    check(Code::WitnessHashMismatch, |log| {
        log.entries[4].content_hash_before = Some(sha256(b"x"));
    });
    check(Code::WitnessHashMismatch, |log| {
        log.entries[5].content_hash_after = None;
    });
    check(Code::EntryHunkMismatch, |log| {
        log.entries[4].hunk_header = Some("@@ -1,1 +1,2 @@".into());
    });
    check(Code::EntryHunkMismatch, |log| {
        log.entries[4].hunk_header = None;
    });
    check(Code::EntryLinesMismatch, |log| {
        log.entries[4].line_end = Some(2);
    });
    check(Code::EntryLinesMismatch, |log| {
        log.entries[4].line_start = None;
    });
    check(Code::EntryTypeMismatch, |log| {
        log.entries[4].event_type = "file_rename".into();
    });
    // Two hunks that changed places.
    check(Code::EntryHunkMismatch, |log| log.entries.swap(4, 5));
    check(Code::EntryMissing, |log| drop(log.entries.remove(5)));
    // A second entry for one place.
    check(Code::EntrySurplus, |log| {
        let mut twin = log.entries[5].clone();
        twin.id = EventId::from_random([99; 16]);
        log.entries.insert(6, twin);
    });
    // The cause is cut out, or is another.
    check(Code::EntryWithoutWitness, |log| drop(log.entries.remove(3)));
    check(Code::EntryWithoutWitness, |log| {
        log.entries[4].parent_event_id = Some(log.entries[1].id);
    });
}

#[test]
fn the_new_path_of_a_rename_names_the_old_one() {
    let mut log = log();
    log.entries[8].parent_event_id = Some(log.entries[6].id);
    assert_eq!(codes(&log), vec![Code::EntryParentMismatch]);
}

#[test]
fn a_withheld_witness_is_absent_and_not_wrong() {
    let withhold = |log: &mut Log, address: Hash| drop(log.objects.remove(&address.0));
    check(Code::WitnessMissing, |log| {
        let index = log.entries[3].diff_hash.unwrap();
        withhold(log, index);
    });
    check(Code::WitnessMissing, |log| {
        let index = log.entries[3].diff_hash.unwrap();
        let files = proofline_format::object::witness_index_files(&log.objects[&index.0]).unwrap();
        withhold(log, files[0]);
    });
    check(Code::WitnessMalformed, |log| {
        let index = log.entries[3].diff_hash.unwrap();
        log.objects.insert(index.0, b"{}".to_vec());
    });
    assert!(Code::WitnessMissing.is_absence() && !Code::WitnessMalformed.is_absence());
}

/// One withheld file of an event must not take the others along.
#[test]
fn the_files_beside_a_withheld_one_are_read() {
    let mut log = Log::default();
    let file = |path: &str| witness(path, [None, Some(named(path, 2))], &[hunk(0, 0, 1, 2)]);
    log.record("tool_use", &[file("a"), file("b"), file("c")]);
    let (address, _) = seal(&file("b").to_value());
    log.objects.remove(&address.0);
    let (fold, faults) = log.fold();
    let codes: Vec<Code> = faults.iter().map(|fault| fault.code).collect();
    assert_eq!(codes, vec![Code::WitnessMissing]);
    assert_eq!(story(&fold, "a", Policy::Strict), "1:1 1:2");
    assert_eq!(story(&fold, "c", Policy::Strict), "3:1 3:2");
    assert_eq!(fold.live("b"), None);
}

#[test]
fn every_code_has_a_name_of_its_own() {
    let mut names: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    names.sort_unstable();
    let sorted: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(names, sorted);
    names.dedup();
    assert_eq!(names.len(), Code::ALL.len());
}
