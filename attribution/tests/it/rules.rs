//! The rules of the fold, one example each: what a user reads in `blame` depends on them.

use proofline_attribution::{Cause, Fold, Policy, Status};
use proofline_format::object::{CopiedLines, CopySource};

use crate::samples::{apply, change, event, hunk, lines, moved, named, story};

const STRICT: Policy = Policy::Strict;
const SUBSTANTIVE: Policy = Policy::Substantive;

/// A file of ten lines, all by entry 2.
fn ten() -> Fold {
    let mut fold = Fold::default();
    let made = change("a", None, Some(named("ten", 10)), &[hunk(0, 0, 1, 10)]);
    apply(&mut fold, &event(1, Cause::Edit, vec![made]));
    fold
}

#[test]
fn lines_keep_their_origin_past_insertions_and_deletions() {
    let mut fold = ten();
    let hunks = [hunk(2, 1, 1, 0), hunk(5, 0, 5, 1), hunk(9, 2, 9, 1)];
    let edit = change("a", Some(named("ten", 10)), Some(named("nine", 9)), &hunks);
    apply(&mut fold, &event(10, Cause::Edit, vec![edit]));
    assert_eq!(
        story(&fold, "a", SUBSTANTIVE),
        "2:1 2:3 2:4 2:5 12:5 2:6 2:7 2:8 13:9"
    );
}

/// A checkout, a stash or an undo brings back a content; it must bring back its authors.
#[test]
fn a_content_that_comes_back_finds_its_map() {
    let mut fold = ten();
    let edit = change(
        "a",
        Some(named("ten", 10)),
        Some(named("x", 10)),
        &[hunk(3, 1, 3, 1)],
    );
    apply(&mut fold, &event(10, Cause::Edit, vec![edit]));
    let undo = change(
        "a",
        Some(named("x", 10)),
        Some(named("ten", 10)),
        &[hunk(3, 1, 3, 1)],
    );
    apply(&mut fold, &event(20, Cause::Unobserved, vec![undo]));
    assert_eq!(
        story(&fold, "a", SUBSTANTIVE),
        "2:1 2:2 2:3 2:4 2:5 2:6 2:7 2:8 2:9 2:10"
    );
    let gone = change("a", Some(named("ten", 10)), None, &[]);
    apply(&mut fold, &event(30, Cause::Edit, vec![gone]));
    assert_eq!(fold.live("a"), None);
    let again = change("a", None, Some(named("ten", 10)), &[hunk(0, 0, 1, 10)]);
    apply(&mut fold, &event(40, Cause::Edit, vec![again]));
    assert!(story(&fold, "a", SUBSTANTIVE).starts_with("2:1 2:2"));
}

#[test]
fn a_rename_takes_the_map_along() {
    let mut fold = ten();
    let mut rename = change(
        "b",
        Some(named("ten", 10)),
        Some(named("r", 10)),
        &[hunk(1, 1, 1, 1)],
    );
    rename.path_before = Some("a".into());
    apply(&mut fold, &event(10, Cause::Edit, vec![rename]));
    assert_eq!(fold.live("a"), None);
    assert!(story(&fold, "b", STRICT).starts_with("11:1 2:2 2:3"));
}

/// Two files that change names must not change authors.
#[test]
fn names_may_change_places() {
    let mut fold = ten();
    let other = change("b", None, Some(named("one", 1)), &[hunk(0, 0, 1, 1)]);
    apply(&mut fold, &event(10, Cause::Edit, vec![other]));
    let mut first = change("b", Some(named("ten", 10)), Some(named("ten", 10)), &[]);
    first.path_before = Some("a".into());
    let mut second = change("a", Some(named("one", 1)), Some(named("one", 1)), &[]);
    second.path_before = Some("b".into());
    apply(&mut fold, &event(20, Cause::Edit, vec![first, second]));
    assert!(story(&fold, "b", STRICT).starts_with("2:1 2:2"));
    assert_eq!(story(&fold, "a", STRICT), "11:1");
}

#[test]
fn what_was_there_first_is_carried_and_what_appears_later_is_unrecorded() {
    let mut fold = Fold::default();
    let edit = change(
        "a",
        Some(named("old", 3)),
        Some(named("new", 3)),
        &[hunk(2, 1, 2, 1)],
    );
    apply(&mut fold, &event(1, Cause::Edit, vec![edit]));
    assert_eq!(story(&fold, "a", STRICT), "c:1 2:2 c:3");
    let jump = change(
        "a",
        Some(named("jump", 2)),
        Some(named("end", 2)),
        &[hunk(1, 1, 1, 1)],
    );
    apply(&mut fold, &event(10, Cause::Edit, vec![jump]));
    assert_eq!(story(&fold, "a", STRICT), "11:1 unrecorded");
    assert_eq!((fold.tally().carried, fold.tally().unrecorded), (1, 1));
    let unrecorded = lines(&fold, "a")[1].strict;
    assert_eq!(fold.status(unrecorded), Status::Unattested);
}

#[test]
fn a_change_that_nobody_observed_is_charged_to_nobody() {
    let mut fold = ten();
    let by_hand = change(
        "a",
        Some(named("ten", 10)),
        Some(named("h", 10)),
        &[hunk(4, 1, 4, 1)],
    );
    apply(&mut fold, &event(10, Cause::Unobserved, vec![by_hand]));
    let line = lines(&fold, "a")[3].strict;
    assert_eq!(fold.status(line), Status::Unattested);
    assert_eq!(fold.status(lines(&fold, "a")[4].strict), Status::Observed);
}

#[test]
fn a_change_without_hunks_is_unknown_unless_all_of_it_is_new() {
    let mut fold = ten();
    let coarse = change("a", Some(named("ten", 10)), Some(named("big", 4)), &[]);
    apply(&mut fold, &event(10, Cause::Edit, vec![coarse]));
    assert_eq!(story(&fold, "a", STRICT), ["unresolved:11"; 4].join(" "));
    assert_eq!(fold.status(lines(&fold, "a")[0].strict), Status::Unknown);
    let made = change("b", None, Some(named("blob", 2)), &[]);
    apply(&mut fold, &event(20, Cause::Edit, vec![made]));
    assert_eq!(story(&fold, "b", STRICT), "21:1 21:2");
}

#[test]
fn a_moved_block_keeps_its_origin_where_substance_counts() {
    let mut fold = ten();
    let hunks = [hunk(1, 3, 0, 0), hunk(8, 0, 6, 3)];
    let mut edit = change("a", Some(named("ten", 10)), Some(named("m", 10)), &hunks);
    edit.moves = vec![moved(None, 1, 3, 6)];
    apply(&mut fold, &event(10, Cause::Edit, vec![edit]));
    assert_eq!(
        story(&fold, "a", SUBSTANTIVE),
        "2:4 2:5 2:6 2:7 2:8 2:1 2:2 2:3 2:9 2:10"
    );
    assert_eq!(
        story(&fold, "a", STRICT),
        "2:4 2:5 2:6 2:7 2:8 12:6 12:7 12:8 2:9 2:10"
    );
    assert_eq!(lines(&fold, "a")[5].moved_by, Some(12));
    assert_eq!(lines(&fold, "a")[0].moved_by, None);
}

#[test]
fn a_block_moves_between_files_of_an_event() {
    let mut fold = ten();
    let cut = change(
        "a",
        Some(named("ten", 10)),
        Some(named("cut", 8)),
        &[hunk(4, 2, 3, 0)],
    );
    let mut paste = change("b", None, Some(named("paste", 3)), &[hunk(0, 0, 1, 3)]);
    paste.moves = vec![moved(Some("a"), 4, 2, 2)];
    apply(&mut fold, &event(10, Cause::Edit, vec![cut, paste]));
    assert_eq!(story(&fold, "b", SUBSTANTIVE), "12:1 2:4 2:5");
    // All of a deleted file was removed.
    let gone = change("a", Some(named("cut", 8)), None, &[]);
    let mut kept = change("c", None, Some(named("kept", 8)), &[hunk(0, 0, 1, 8)]);
    kept.moves = vec![moved(Some("a"), 1, 8, 1)];
    apply(&mut fold, &event(20, Cause::Edit, vec![gone, kept]));
    assert_eq!(
        story(&fold, "c", SUBSTANTIVE),
        "2:1 2:2 2:3 2:6 2:7 2:8 2:9 2:10"
    );
}

#[test]
fn reflow_keeps_lines_where_it_says_which_went_where() {
    let mut fold = ten();
    // Line by line; one split in three; two joined.
    let hunks = [hunk(1, 2, 1, 2), hunk(4, 1, 4, 3), hunk(6, 2, 8, 1)];
    let mut edit = change("a", Some(named("ten", 10)), Some(named("f", 11)), &hunks);
    edit.reflows = hunks.to_vec();
    apply(&mut fold, &event(10, Cause::Edit, vec![edit]));
    assert_eq!(
        story(&fold, "a", SUBSTANTIVE),
        "2:1 2:2 2:3 2:4 2:4 2:4 2:5 2:6 2:8 2:9 2:10"
    );
    assert_eq!(
        story(&fold, "a", STRICT),
        "11:1 11:2 2:3 12:4 12:5 12:6 2:5 13:8 2:8 2:9 2:10"
    );
    assert_eq!(lines(&fold, "a")[7].reflowed_by, Some(13));
}

/// A joined line has text of two authors; neither may be given the other's.
#[test]
fn a_line_joined_from_two_authors_is_of_who_joined_it() {
    let mut fold = ten();
    let edit = change(
        "a",
        Some(named("ten", 10)),
        Some(named("e", 10)),
        &[hunk(6, 1, 6, 1)],
    );
    apply(&mut fold, &event(10, Cause::Edit, vec![edit]));
    let hunks = [hunk(5, 2, 5, 1)];
    let mut join = change("a", Some(named("e", 10)), Some(named("j", 9)), &hunks);
    join.reflows = hunks.to_vec();
    apply(&mut fold, &event(20, Cause::Edit, vec![join]));
    assert!(story(&fold, "a", SUBSTANTIVE).starts_with("2:1 2:2 2:3 2:4 21:5 2:7"));
}

fn copied(source: CopySource, path: &str, from: u64, count: u64, to: u64) -> CopiedLines {
    CopiedLines {
        source,
        source_path: path.into(),
        old_start: from,
        lines: count,
        new_start: to,
    }
}

/// A merge holds lines of both sides, and a resolution that neither has.
#[test]
fn a_commit_is_composed_of_what_it_copies() {
    let oid = "5".repeat(40);
    let mut fold = ten();
    let mut side = named("side", 10);
    side.git_oid = Some(oid.clone());
    let edit = change("a", Some(named("ten", 10)), Some(side), &[hunk(2, 1, 2, 1)]);
    apply(&mut fold, &event(10, Cause::Edit, vec![edit]));
    let id = fold.state_by_oid("a", &oid).unwrap();
    assert_eq!(fold.states_by_oid(&oid).collect::<Vec<_>>(), vec![id]);
    let mut merge = change("a", Some(named("side", 10)), Some(named("merge", 6)), &[]);
    let ten = CopySource::Sha256(named("ten", 10).sha256);
    let elsewhere = CopySource::GitOid("6".repeat(40));
    merge.copies = vec![
        copied(CopySource::GitOid(oid), "a", 2, 1, 1),
        copied(ten, "a", 2, 2, 2),
        copied(elsewhere.clone(), "a", 7, 1, 5),
        copied(elsewhere, "never seen", 7, 1, 6),
    ];
    apply(&mut fold, &event(20, Cause::Commit, vec![merge]));
    assert_eq!(
        story(&fold, "a", STRICT),
        "11:2 2:2 2:3 21:4 unrecorded c:7"
    );
    assert_eq!(fold.status(lines(&fold, "a")[3].strict), Status::Unattested);
}

/// Git's filters change terminators on checkout; the file is the same to git, and its authors are.
#[test]
fn a_state_is_also_known_by_its_git_object_id() {
    let oid = Some("5".repeat(40));
    let with_oid = |name, lines| {
        let mut state = named(name, lines);
        state.git_oid = oid.clone();
        state
    };
    let mut fold = Fold::default();
    let made = change("a", None, Some(with_oid("lf", 2)), &[hunk(0, 0, 1, 2)]);
    apply(&mut fold, &event(1, Cause::Edit, vec![made]));
    let edit = change(
        "a",
        Some(with_oid("crlf", 2)),
        Some(named("e", 2)),
        &[hunk(1, 1, 1, 1)],
    );
    apply(&mut fold, &event(10, Cause::Edit, vec![edit]));
    assert_eq!(story(&fold, "a", STRICT), "11:1 2:2");
    // Another path with the same content is another file: equal is not copied.
    let edit = change(
        "b",
        Some(with_oid("lf", 2)),
        Some(named("e", 2)),
        &[hunk(1, 1, 1, 1)],
    );
    apply(&mut fold, &event(20, Cause::Edit, vec![edit]));
    assert_eq!(story(&fold, "b", STRICT), "21:1 c:2");
}

/// Old states are derived again when they are asked for, however far back.
#[test]
fn every_old_state_can_be_asked_for() {
    let mut fold = ten();
    let name = |at: u64| format!("v{at}");
    let mut last = named("ten", 10);
    for at in 0..200_u64 {
        let next = named(&name(at), 11 + at);
        let edit = change("a", Some(last), Some(next.clone()), &[hunk(0, 0, 1, 1)]);
        apply(&mut fold, &event(10 + at * 10, Cause::Edit, vec![edit]));
        last = next;
    }
    for at in 0..200_u64 {
        let id = fold.state("a", named(&name(at), 0).sha256).unwrap();
        let map = fold.map(id).unwrap();
        assert_eq!(map.lines(), 11 + at);
        let first = map.line(1).unwrap().strict;
        assert_eq!(
            first,
            proofline_attribution::Provenance::Entry {
                index: 11 + at * 10,
                line: 1
            }
        );
        assert_eq!(map.runs().last().unwrap().lines(), 10);
    }
}
