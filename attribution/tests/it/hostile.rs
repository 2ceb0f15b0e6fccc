//! Witnesses that lie: each is refused with its code, and nothing is derived from it.

use proofline_attribution::{Budget, Cause, Code, Event, FileChange, Fold, Limits};
use proofline_format::entry::Hunk;
use proofline_format::object::{CopiedLines, CopySource};
use proptest::prelude::*;

use crate::samples::{apply, change, event, hunk, moved, named, refusal, story};

fn ten() -> Fold {
    let mut fold = Fold::default();
    let made = change("a", None, Some(named("ten", 10)), &[hunk(0, 0, 1, 10)]);
    apply(&mut fold, &event(1, Cause::Edit, vec![made]));
    fold
}

fn edit(lines_after: u64, hunks: &[Hunk]) -> FileChange {
    change(
        "a",
        Some(named("ten", 10)),
        Some(named("after", lines_after)),
        hunks,
    )
}

/// Holds the change to its code, and the fold to not having believed it.
fn check(want: Code, file: FileChange) {
    let mut fold = ten();
    let path = file.path.clone();
    let after = file.after.clone();
    let found = refusal(&mut fold, &event(10, Cause::Edit, vec![file]));
    assert_eq!(found, Some(want));
    let derived = after.and_then(|after| fold.state(&path, after.sha256));
    assert_eq!(derived, None, "{}", want.as_str());
}

#[test]
fn hunks_that_lie() {
    let u = u64::MAX;
    let cases: [(Code, u64, &[Hunk]); 14] = [
        (
            Code::HunksUnsorted,
            10,
            &[hunk(8, 1, 8, 1), hunk(2, 1, 2, 1)],
        ),
        (
            Code::HunksOverlap,
            10,
            &[hunk(2, 4, 2, 4), hunk(5, 1, 5, 1)],
        ),
        (
            Code::HunksAdjacent,
            10,
            &[hunk(2, 1, 2, 1), hunk(3, 1, 3, 1)],
        ),
        (Code::HunkShifted, 11, &[hunk(2, 1, 3, 2)]),
        (Code::HunkShifted, 12, &[hunk(2, 1, 2, 2), hunk(5, 1, 5, 2)]),
        (Code::HunkPastEnd, 10, &[hunk(10, 2, 10, 2)]),
        (Code::HunkPastEnd, 10, &[hunk(11, 0, 12, 1)]),
        (Code::HunkPastEnd, 10, &[hunk(10, 1, 10, 3)]),
        (Code::LineCountMismatch, 12, &[hunk(2, 1, 2, 2)]),
        (Code::LineCountMismatch, 10, &[hunk(2, 1, 1, 0)]),
        (Code::HunkOverflow, 10, &[hunk(u, 1, u, 1)]),
        (Code::HunkOverflow, 10, &[hunk(2, u, 2, u)]),
        (Code::HunkEmpty, 10, &[hunk(2, 0, 2, 0)]),
        (Code::HunkEmpty, 10, &[hunk(0, 1, 0, 1)]),
    ];
    for (want, lines, hunks) in cases {
        check(want, edit(lines, hunks));
    }
    // Past the end in a way that leaves the numbers of lines equal.
    check(Code::HunkPastEnd, edit(10, &[hunk(11, 1, 11, 1)]));
    // A widened range: the agent claims one line more than the counts allow.
    check(Code::LineCountMismatch, edit(11, &[hunk(4, 2, 4, 2)]));
    // Hunks between equal contents.
    let same = named("same", 10);
    check(
        Code::HunksOfNothing,
        change("b", Some(same.clone()), Some(same), &[hunk(1, 1, 1, 1)]),
    );
}

#[test]
fn states_that_lie() {
    let other_count = change(
        "a",
        Some(named("ten", 9)),
        Some(named("x", 9)),
        &[hunk(1, 1, 1, 1)],
    );
    check(Code::BeforeLinesMismatch, other_count);
    check(Code::StateNone, change("a", None, None, &[]));
    check(
        Code::HunksOfNothing,
        change("a", Some(named("ten", 10)), None, &[hunk(1, 1, 1, 1)]),
    );
    let mut fold = ten();
    apply(
        &mut fold,
        &event(10, Cause::Edit, vec![edit(10, &[hunk(1, 1, 1, 1)])]),
    );
    let other_count = change(
        "a",
        Some(named("after", 10)),
        Some(named("ten", 11)),
        &[hunk(1, 1, 1, 2)],
    );
    let found = refusal(&mut fold, &event(20, Cause::Edit, vec![other_count]));
    assert_eq!(found, Some(Code::AfterLinesMismatch));
}

#[test]
fn moves_that_lie() {
    let hunks = [hunk(1, 3, 0, 0), hunk(8, 0, 6, 3)];
    let with = |moves: &[(Option<&str>, u64, u64, u64)]| {
        let mut file = edit(10, &hunks);
        let all = moves.iter().map(|(from, o, l, n)| moved(*from, *o, *l, *n));
        file.moves = all.collect();
        file
    };
    check(Code::MoveNotDeleted, with(&[(None, 4, 3, 6)]));
    check(Code::MoveNotDeleted, with(&[(None, 2, 3, 6)]));
    check(Code::MoveNotDeleted, with(&[(None, 0, 1, 6)]));
    check(Code::MoveNotInserted, with(&[(None, 1, 3, 5)]));
    check(Code::MoveNotInserted, with(&[(None, 1, 3, 7)]));
    check(Code::MoveNotInserted, with(&[(None, 1, 0, 6)]));
    check(Code::MoveNotInserted, with(&[(None, 1, u64::MAX, 6)]));
    check(
        Code::MoveSourceUnknown,
        with(&[(Some("elsewhere"), 1, 3, 6)]),
    );
    check(Code::MoveOverlap, with(&[(None, 1, 2, 6), (None, 2, 2, 7)]));
    check(Code::MoveOverlap, with(&[(None, 1, 1, 7), (None, 2, 1, 6)]));
    // One line of the old side stands at two places of the new one: that is a copy.
    check(Code::MoveOverlap, with(&[(None, 1, 1, 6), (None, 1, 1, 7)]));
    // By two files of the event.
    let mut fold = ten();
    let mut paste = change("b", None, Some(named("paste", 3)), &[hunk(0, 0, 1, 3)]);
    paste.moves = vec![moved(Some("a"), 1, 3, 1)];
    let both = event(10, Cause::Edit, vec![with(&[(None, 1, 3, 6)]), paste]);
    assert_eq!(refusal(&mut fold, &both), Some(Code::MoveOverlap));
}

#[test]
fn reflows_that_lie() {
    let hunks = [hunk(3, 2, 3, 3)];
    let with = |reflows: &[Hunk]| {
        let mut file = edit(11, &hunks);
        file.reflows = reflows.to_vec();
        file
    };
    check(Code::ReflowNotSimple, with(&[hunk(3, 2, 3, 3)]));
    check(Code::ReflowNotSimple, with(&[hunk(3, 0, 3, 1)]));
    check(Code::ReflowOutsideHunk, with(&[hunk(2, 1, 3, 1)]));
    check(Code::ReflowOutsideHunk, with(&[hunk(3, 1, 5, 2)]));
    check(Code::ReflowOutsideHunk, with(&[hunk(u64::MAX, 1, 3, 1)]));
    check(
        Code::ReflowOverlap,
        with(&[hunk(3, 1, 3, 2), hunk(4, 1, 4, 1)]),
    );
    check(
        Code::ReflowOverlap,
        with(&[hunk(4, 1, 3, 1), hunk(3, 1, 4, 1)]),
    );
}

#[test]
fn copies_that_lie() {
    let with = |copies: &[(u64, u64, u64)]| {
        let mut file = edit(11, &[hunk(3, 1, 3, 2)]);
        let copy = |(old_start, lines, new_start): &(u64, u64, u64)| CopiedLines {
            source: CopySource::Sha256(named("ten", 10).sha256),
            source_path: "a".into(),
            old_start: *old_start,
            lines: *lines,
            new_start: *new_start,
        };
        file.copies = copies.iter().map(copy).collect();
        file
    };
    check(Code::CopyOutsideCommit, with(&[(1, 1, 3)]));
    let in_commit = |want, copies| {
        let mut fold = ten();
        let commit = event(10, Cause::Commit, vec![with(copies)]);
        assert_eq!(refusal(&mut fold, &commit), Some(want));
    };
    in_commit(Code::CopyOutOfRange, &[(10, 2, 3)]);
    in_commit(Code::CopyOutOfRange, &[(0, 1, 3)]);
    in_commit(Code::CopyOutOfRange, &[(u64::MAX, 1, 3)]);
    in_commit(Code::CopyNotInserted, &[(1, 1, 5)]);
    in_commit(Code::CopyNotInserted, &[(1, 0, 3)]);
    in_commit(Code::CopyOverlap, &[(1, 2, 3), (1, 1, 4)]);
    in_commit(Code::CopyOverlap, &[(1, 1, 4), (1, 1, 3)]);
}

#[test]
fn two_changes_of_one_path_in_one_event() {
    let mut fold = ten();
    let first = edit(10, &[hunk(1, 1, 1, 1)]);
    let second = change(
        "a",
        Some(named("ten", 10)),
        Some(named("b", 10)),
        &[hunk(2, 1, 2, 1)],
    );
    let both = event(10, Cause::Edit, vec![first, second]);
    assert_eq!(refusal(&mut fold, &both), Some(Code::PathTwice));
    assert_eq!(fold.tally().refused, 2);
}

/// `A` and `a` are two files to git, whatever a disk makes of them: no map crosses over.
#[test]
fn twin_paths_are_kept_apart() {
    let mut fold = ten();
    for twin in ["A", "a ", "./a", "a\u{301}"] {
        let edit = change(
            twin,
            Some(named("ten", 10)),
            Some(named("t", 10)),
            &[hunk(1, 1, 1, 1)],
        );
        let index = 10 + 10 * u64::try_from(twin.len() + usize::from(twin.as_bytes()[0])).unwrap();
        let mut copy = fold.clone();
        apply(&mut copy, &event(index, Cause::Edit, vec![edit]));
        assert!(story(&copy, twin, proofline_attribution::Policy::Strict).ends_with("c:9 c:10"));
    }
    assert!(fold.live("A").is_none());
    fold.lose("A").unwrap();
    assert!(fold.live("a").is_some());
}

#[test]
fn entries_out_of_order_or_twice() {
    let mut fold = ten();
    let again = event(1, Cause::Edit, vec![edit(10, &[hunk(1, 1, 1, 1)])]);
    assert_eq!(refusal(&mut fold, &again), Some(Code::EntriesUnordered));
    let mut twice = event(
        10,
        Cause::Edit,
        vec![edit(10, &[hunk(1, 1, 1, 1), hunk(5, 1, 5, 1)])],
    );
    twice.files[0].entries[1].index = 11;
    assert_eq!(refusal(&mut fold, &twice), Some(Code::EntriesUnordered));
    let mut short = event(
        20,
        Cause::Edit,
        vec![edit(10, &[hunk(1, 1, 1, 1), hunk(5, 1, 5, 1)])],
    );
    short.files[0].entries.pop();
    assert_eq!(refusal(&mut fold, &short), Some(Code::EntryMissing));
}

#[test]
fn what_follows_a_refused_change_is_charged_to_nobody() {
    let mut fold = ten();
    let lie = event(10, Cause::Edit, vec![edit(10, &[hunk(1, 1, 2, 1)])]);
    assert_eq!(refusal(&mut fold, &lie), Some(Code::HunkShifted));
    assert_eq!(fold.live("a"), None);
    let next = change(
        "a",
        Some(named("after", 10)),
        Some(named("next", 10)),
        &[hunk(1, 1, 1, 1)],
    );
    apply(&mut fold, &event(20, Cause::Edit, vec![next]));
    let text = story(&fold, "a", proofline_attribution::Policy::Substantive);
    assert_eq!(text, format!("21:1{}", " unrecorded".repeat(9)));
}

#[test]
fn limits_end_the_fold_for_good() {
    let full = Limits::default();
    let cases = [
        (
            "paths",
            Limits {
                paths_max: 0,
                ..full
            },
        ),
        (
            "file states",
            Limits {
                states_max: 0,
                ..full
            },
        ),
        (
            "hunks, moves, reflows and copies",
            Limits {
                witnesses_max: 0,
                ..full
            },
        ),
        (
            "runs",
            Limits {
                runs_max: 0,
                ..full
            },
        ),
        (
            "runs of one file",
            Limits {
                map_runs_max: 0,
                ..full
            },
        ),
        (
            "steps",
            Limits {
                steps_max: 0,
                ..full
            },
        ),
    ];
    let made = change("a", None, Some(named("ten", 10)), &[hunk(0, 0, 1, 10)]);
    let made = event(1, Cause::Edit, vec![made]);
    for (what, limits) in cases {
        let mut fold = Fold::with_limits(limits);
        let limit = 0;
        assert_eq!(fold.apply(&made), Err(Budget { what, limit }));
        let nothing = event(20, Cause::Edit, Vec::new());
        assert_eq!(fold.apply(&nothing), Err(Budget { what, limit }));
    }
}

fn small() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0..12_u64, 1 => Just(u64::MAX), 1 => Just((1 << 53) - 1)]
}

fn any_change() -> impl Strategy<Value = FileChange> {
    let path = || prop_oneof![Just("a"), Just("b"), Just("c")];
    let side = || proptest::option::of((0..5_u8, small()));
    let four = || prop::collection::vec((small(), small(), small(), small()), 0..3);
    let paths = (path(), proptest::option::of(path()));
    (paths, side(), side(), four(), four(), four(), four()).prop_map(
        |(paths, before, after, hunks, moves, reflows, copies)| {
            let state =
                |side: Option<(u8, u64)>| side.map(|(name, lines)| named(&name.to_string(), lines));
            let all = |list: &[(u64, u64, u64, u64)]| -> Vec<Hunk> {
                list.iter()
                    .map(|(o, ol, n, nl)| hunk(*o, *ol, *n, *nl))
                    .collect()
            };
            let mut file = change(paths.0, state(before), state(after), &all(&hunks));
            file.path_before = paths.1.map(String::from);
            file.reflows = all(&reflows);
            let from = |at: u64| {
                ["a", "b", "c"]
                    .get(usize::try_from(at % 4).unwrap())
                    .copied()
            };
            file.moves = moves
                .iter()
                .map(|(o, l, n, f)| moved(from(*f), *o, *l, *n))
                .collect();
            let copy = |(old_start, lines, new_start, at): &(u64, u64, u64, u64)| CopiedLines {
                source: CopySource::Sha256(named(&(at % 5).to_string(), 0).sha256),
                source_path: from(*at).unwrap_or("d").into(),
                old_start: *old_start,
                lines: *lines,
                new_start: *new_start,
            };
            file.copies = copies.iter().map(copy).collect();
            file
        },
    )
}

fn any_events() -> impl Strategy<Value = Vec<Event>> {
    let cause = prop_oneof![
        Just(Cause::Edit),
        Just(Cause::Commit),
        Just(Cause::Unobserved)
    ];
    let event_of = (cause, prop::collection::vec(any_change(), 0..3));
    prop::collection::vec(event_of, 0..8).prop_map(|events| {
        let numbered = events.into_iter().zip(0..);
        numbered
            .map(|((cause, files), at)| event(at * 100, cause, files))
            .collect()
    })
}

proptest! {
    /// Whatever is claimed: no panic, and every map that there is partitions its file.
    #[test]
    fn any_witness_at_all(events in any_events()) {
        let limits = Limits { map_runs_max: 100, ..Limits::default() };
        let mut fold = Fold::with_limits(limits);
        for event in &events {
            if fold.apply(event).is_err() {
                return Ok(());
            }
            for id in fold.all_live().collect::<Vec<_>>() {
                let map = fold.map(id).unwrap();
                prop_assert_eq!(map.lines(), fold.describe(id).unwrap().lines);
                let mut next = 1;
                for run in map.runs() {
                    prop_assert_eq!(run.start, next);
                    prop_assert!(run.end >= run.start);
                    next = run.end + 1;
                }
            }
        }
    }
}
