//! What it takes to fold 100,000 hunks, and to ask for a state.
//!
//! `cargo bench -p proofline-attribution`

#![expect(
    clippy::arithmetic_side_effects,
    reason = "the numbers of a benchmark are small and its own"
)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use proofline_attribution::report::report;
use proofline_attribution::{Cause, EntryRef, Event, FileChange, Fold, Policy, Status};
use proofline_format::digest::sha256;
use proofline_format::entry::Hunk;
use proofline_format::object::FileState;

const HUNKS: u64 = 100_000;
const FILES: u64 = 200;
const LINES: u64 = 2_000;

fn state(file: u64, version: u64) -> FileState {
    FileState {
        binary: false,
        final_newline: true,
        git_oid: None,
        lines: LINES,
        sha256: sha256(format!("{file} {version}").as_bytes()),
    }
}

/// Events of two hunks each, in files of 2,000 lines, spread over them.
fn events() -> Vec<Event> {
    let hunk = |line: u64| Hunk {
        old_start: line,
        old_lines: 2,
        new_start: line,
        new_lines: 2,
    };
    let event = |number: u64| {
        let (file, version) = (number % FILES, number / FILES);
        let line = (version.wrapping_mul(7919) % (LINES / 2)).max(1);
        let index = number * 3;
        let entry = |index| EntryRef {
            index,
            status: Status::Observed,
        };
        Event {
            index,
            cause: Cause::Edit,
            files: vec![FileChange {
                path: format!("src/{file}.rs"),
                path_before: None,
                before: Some(state(file, version)),
                after: Some(state(file, version + 1)),
                hunks: vec![hunk(line), hunk(line + LINES / 2 - 2)],
                entries: vec![entry(index + 1), entry(index + 2)],
                moves: Vec::new(),
                reflows: Vec::new(),
                copies: Vec::new(),
            }],
        }
    };
    (0..HUNKS / 2).map(event).collect()
}

fn folded(events: &[Event]) -> Fold {
    let mut fold = Fold::default();
    for event in events {
        let applied = fold.apply(event);
        assert_eq!(applied, Ok(Vec::new()));
    }
    fold
}

fn bench(c: &mut Criterion) {
    let events = events();
    let mut group = c.benchmark_group("fold");
    group
        .throughput(Throughput::Elements(HUNKS))
        .sample_size(10);
    group.bench_function("100,000 hunks", |b| b.iter(|| folded(black_box(&events))));
    group.finish();
    let fold = folded(&events);
    c.bench_function("map of an old state", |b| {
        let id = fold.state("src/7.rs", state(7, 163).sha256);
        b.iter(|| id.map(|id| fold.map(black_box(id))));
    });
    c.bench_function("report on 200 live files", |b| {
        b.iter(|| report(&fold, fold.all_live(), Policy::Substantive).map(|r| r.to_bytes()));
    });
}

criterion_group!(benches, bench);
criterion_main!(benches);
