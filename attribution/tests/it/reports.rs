//! Reports and patches: what leaves the crate.

use proofline_attribution::report::{Coverage, claimed_policy, difference, report};
use proofline_attribution::{Cause, Fold, PatchFault, Policy, Status, check_patch};
use proofline_format::digest::sha256;

use crate::samples::{apply, change, event, hunk, moved, named};

#[test]
fn a_report_has_one_spelling() {
    let mut fold = Fold::default();
    let edit = change(
        "b",
        Some(named("old", 3)),
        Some(named("new", 3)),
        &[hunk(2, 1, 2, 1)],
    );
    apply(&mut fold, &event(1, Cause::Edit, vec![edit]));
    let made = change("a", None, Some(named("empty", 0)), &[]);
    apply(&mut fold, &event(10, Cause::Edit, vec![made]));
    let told = report(&fold, fold.all_live(), Policy::Strict).unwrap();
    let zero = r#"{"carried":0,"declared":0,"inferred":0,"observed":0,"unattested":0,"unknown":0}"#;
    let some = zero
        .replace(r#""carried":0"#, r#""carried":6667"#)
        .replace(r#""observed":0"#, r#""observed":3333"#);
    let run = |start: u64, entry: &str, status: &str| {
        format!(
            r#"{{"end":{start},"entry":{entry},"line":{start},"moved_by":null,"reflowed_by":null,"start":{start},"status":"{status}"}}"#
        )
    };
    let runs = [
        run(1, "null", "carried"),
        run(2, "2", "observed"),
        run(3, "null", "carried"),
    ]
    .join(",");
    let want = format!(
        r#"{{"files":[{{"coverage":{{"strict":{zero},"substantive":{zero}}},"lines":0,"path":"a","runs":[],"sha256":"{}"}},{{"coverage":{{"strict":{some},"substantive":{some}}},"lines":3,"path":"b","runs":[{runs}],"sha256":"{}"}}],"policy":"strict","schema_version":1,"status":"derived"}}"#,
        named("empty", 0).sha256,
        named("new", 0).sha256,
    );
    assert_eq!(String::from_utf8(told.to_bytes()).unwrap(), want);
    assert_eq!(told.files[1].run_of(2).unwrap().entry, Some(2));
    assert_eq!(told.files[1].run_of(4), None);
}

/// Under one policy, runs that differ only under the other are one; the mark of a move stays.
#[test]
fn runs_are_as_long_as_can_be() {
    let mut fold = Fold::default();
    let made = change("a", None, Some(named("ten", 10)), &[hunk(0, 0, 1, 10)]);
    apply(&mut fold, &event(1, Cause::Edit, vec![made]));
    let hunks = [hunk(1, 3, 0, 0), hunk(8, 0, 6, 4)];
    let mut edit = change("a", Some(named("ten", 10)), Some(named("m", 11)), &hunks);
    edit.moves = vec![moved(None, 1, 3, 6)];
    apply(&mut fold, &event(10, Cause::Edit, vec![edit]));
    let strict = report(&fold, fold.all_live(), Policy::Strict).unwrap();
    let starts = |file: &proofline_attribution::report::FileReport| {
        file.runs
            .iter()
            .map(|run| (run.start, run.entry))
            .collect::<Vec<_>>()
    };
    let want = vec![(1, Some(2)), (6, Some(12)), (9, Some(12)), (10, Some(2))];
    assert_eq!(starts(&strict.files[0]), want);
}

#[test]
fn basis_points_sum_up() {
    for lines in [[1, 1, 1], [1, 2, 4], [0, 0, 1], [u64::MAX / 4, 1, 7]] {
        let mut coverage = Coverage::default();
        coverage.add(Status::Observed, lines[0]);
        coverage.add(Status::Unattested, lines[1]);
        coverage.add(Status::Carried, lines[2]);
        let points = coverage.basis_points();
        assert_eq!(points.iter().sum::<u64>(), 10_000, "{lines:?}");
    }
    assert_eq!(Coverage::default().basis_points(), [0; 6]);
}

#[test]
fn a_patch_is_held_to_its_hash_and_header() {
    let at = hunk(4, 1, 4, 2);
    let check =
        |text: &str| check_patch(text.as_bytes(), &at, &sha256(text.as_bytes())).map(|_| ());
    let good = "@@ -4,1 +4,2 @@\n-old\n+new\n+last\n";
    assert_eq!(check(good), Ok(()));
    assert_eq!(
        check("@@ -4,1 +4,2 @@\n-old\n\\ No newline at end of file\n+new\n+x\n"),
        Ok(())
    );
    let other = check_patch(good.as_bytes(), &at, &sha256(b"other"));
    assert_eq!(other, Err(PatchFault::Hash));
    let cases = [
        ("@@ -4,1 +4,3 @@\n-old\n+new\n+last\n", PatchFault::Header),
        ("@@ -4,1 +4,2 @@\n-old\n+new\n", PatchFault::Count),
        ("@@ -4,1 +4,2 @@\n-old\n+new\n+a\n+b\n", PatchFault::Count),
        ("@@ -4,1 +4,2 @@\n+new\n-old\n+last\n", PatchFault::Line),
        ("@@ -4,1 +4,2 @@\n-old\n+new\n last\n", PatchFault::Line),
        ("@@ -4,1 +4,2 @@\n-old\n+new\n+last", PatchFault::Line),
        (
            "@@ -4,1 +4,2 @@\n\\ No newline at end of file\n-old\n+a\n+b\n",
            PatchFault::Line,
        ),
        ("", PatchFault::Line),
    ];
    for (text, want) in cases {
        assert_eq!(check(text), Err(want), "{text:?}");
    }
}

#[test]
fn a_reflow_is_held_to_its_text() {
    let at = hunk(4, 2, 4, 2);
    let text = b"@@ -4,2 +4,2 @@\n-a b\n-c\n+  a b\n+\tc\n";
    let patch = check_patch(text, &at, &sha256(text)).unwrap();
    assert!(patch.holds(&at, &at));
    assert!(patch.holds(&at, &hunk(5, 1, 5, 1)));
    assert!(!patch.holds(&at, &hunk(4, 1, 5, 1)));
    assert!(!patch.holds(&at, &hunk(4, 1, 4, 3)));
    assert!(!patch.holds(&at, &hunk(1, 1, 4, 1)));
    // Equal as a whole, and not line by line: nobody says which line went where.
    let shifted = b"@@ -4,2 +4,2 @@\n-a b\n-c\n+a\n+b c\n";
    let patch = check_patch(shifted, &at, &sha256(shifted)).unwrap();
    assert!(!patch.holds(&at, &at));
}

/// A bundle that is more generous to its agents than its entries are says where.
#[test]
fn a_claim_is_held_to_what_is_derived() {
    let mut fold = Fold::default();
    let edit = change(
        "b",
        Some(named("old", 3)),
        Some(named("new", 3)),
        &[hunk(2, 1, 2, 1)],
    );
    apply(&mut fold, &event(1, Cause::Edit, vec![edit]));
    let derived = report(&fold, fold.all_live(), Policy::Substantive).unwrap();
    let text = String::from_utf8(derived.to_bytes()).unwrap();
    assert_eq!(claimed_policy(text.as_bytes()), Ok(Policy::Substantive));
    assert_eq!(difference(text.as_bytes(), &derived), Ok(None));
    let check = |from: &str, to: &str, what: &str, line: Option<u64>| {
        assert!(text.contains(from), "{from}");
        let claimed = text.replacen(from, to, 1);
        let found = difference(claimed.as_bytes(), &derived).unwrap().unwrap();
        assert_eq!((found.what, found.line), (what, line), "{to}");
    };
    check(r#""entry":2"#, r#""entry":3"#, "run", Some(2));
    check(
        r#""status":"carried""#,
        r#""status":"observed""#,
        "run",
        Some(1),
    );
    check(r#"{"end":1,"#, r#"{"end":2,"#, "run", Some(2));
    check(r#""path":"b""#, r#""path":"a""#, "file", None);
    check(r#""observed":3333"#, r#""observed":9999"#, "coverage", None);
    check(
        r#""policy":"substantive""#,
        r#""policy":"strict""#,
        "policy",
        None,
    );
    check(r#""lines":3"#, r#""lines":4"#, "lines", None);
    let none = r#"{"files":[],"policy":"substantive","schema_version":1,"status":"derived"}"#;
    let found = difference(none.as_bytes(), &derived).unwrap().unwrap();
    assert_eq!((found.what, found.path.as_str()), ("file", "b"));
    for malformed in [
        "",
        "{}",
        "[]",
        &none.replace(":1", ":2"),
        &none.replace("derived", "x"),
        &format!("{none} "),
    ] {
        assert!(
            difference(malformed.as_bytes(), &derived).is_err(),
            "{malformed}"
        );
    }
}
