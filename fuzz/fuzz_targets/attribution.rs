//! Witness objects, one a line, as the files of one event each: whatever they claim, every map that
//! comes of them partitions its file.

#![no_main]

use proofline_attribution::{Cause, EntryRef, Event, FileChange, Fold, Limits, Status};
use proofline_format::object::WitnessFile;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut fold = Fold::with_limits(Limits {
        map_runs_max: 10_000,
        ..Limits::default()
    });
    let mut index = 0;
    for line in bytes.split(|byte| *byte == b'\n') {
        let Ok(witness) = WitnessFile::parse(line) else {
            continue;
        };
        index += 1;
        let cause = [Cause::Edit, Cause::Commit, Cause::Unobserved][index as usize % 3];
        let event = index;
        let entries = (0..witness.hunks.len().max(1)).map(|_| {
            index += 1;
            EntryRef {
                index,
                status: Status::Observed,
            }
        });
        let change = FileChange {
            entries: entries.collect(),
            path: witness.path,
            path_before: witness.path_before,
            before: witness.before,
            after: witness.after,
            hunks: witness.hunks,
            moves: witness.moves,
            reflows: witness.reflows,
            copies: witness.copies,
        };
        let event = Event {
            index: event,
            cause,
            files: vec![change],
        };
        if fold.apply(&event).is_err() {
            return;
        }
    }
    for id in fold.all_live() {
        let Ok(map) = fold.map(id) else { return };
        assert_eq!(Some(map.lines()), fold.describe(id).map(|state| state.lines));
        let mut next = 1;
        for run in map.runs() {
            assert_eq!(run.start, next);
            next = run.end + 1;
        }
    }
});
