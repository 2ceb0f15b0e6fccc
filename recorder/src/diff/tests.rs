//! Fixed cases of the format, and the properties every difference must have.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "small numbers that the test made itself"
)]

use proptest::prelude::*;

use super::*;

/// Applies hunks as a reader of the evidence would: by the numbers alone.
fn apply(before: &[u8], after: &[u8], hunks: &[LineHunk]) -> Vec<u8> {
    let (old, new) = (split_lines(before), split_lines(after));
    let mut out: Vec<u8> = Vec::new();
    let mut at = 0;
    for LineHunk { hunk, .. } in hunks {
        let first = usize::try_from(hunk.old_start).unwrap() - usize::from(hunk.old_lines > 0);
        out.extend(old[at..first].concat());
        at = first + usize::try_from(hunk.old_lines).unwrap();
        let first = usize::try_from(hunk.new_start).unwrap() - usize::from(hunk.new_lines > 0);
        let end = first + usize::try_from(hunk.new_lines).unwrap();
        out.extend(new[first..end].concat());
    }
    out.extend(old[at..].concat());
    out
}

fn check(before: &[u8], after: &[u8], want: &[&str]) {
    let hunks = line_hunks(before, after);
    let headers: Vec<String> = hunks.iter().map(|h| h.hunk.header()).collect();
    assert_eq!(headers, want);
    assert_eq!(apply(before, after, &hunks), after);
}

#[test]
fn headers_number_an_empty_side_by_the_line_before_it() {
    check(b"", b"a\nb\n", &["@@ -0,0 +1,2 @@"]);
    check(b"a\nb\n", b"", &["@@ -1,2 +0,0 @@"]);
    check(b"a\nb\nc\n", b"a\nc\n", &["@@ -2,1 +1,0 @@"]);
    check(b"a\nc\n", b"a\nb\nc\n", &["@@ -1,0 +2,1 @@"]);
    check(b"a\n", b"a\n", &[]);
    check(b"", b"", &[]);
}

#[test]
fn terminators_are_part_of_a_line() {
    check(b"a\r\nb\r\n", b"a\r\nb\n", &["@@ -2,1 +2,1 @@"]);
    check(b"a\nb", b"a\nb\n", &["@@ -2,1 +2,1 @@"]);
    check(b"a", b"a\n", &["@@ -1,1 +1,1 @@"]);
    check(b"a\rb\n", b"a\rc\n", &["@@ -1,1 +1,1 @@"]);
}

#[test]
fn far_hunks_keep_their_line_numbers() {
    let text = |middle: &str| {
        let mut lines: Vec<String> = (0..5_000).map(|n| format!("line {n}\n")).collect();
        lines[2_500] = middle.into();
        lines.concat().into_bytes()
    };
    check(
        &text("old\n"),
        &text("new\nand more\n"),
        &["@@ -2501,1 +2501,2 @@"],
    );
}

#[test]
fn lines_replaced_throughout_a_file_are_hunks_of_their_own() {
    let text = |name: &str| {
        let line = |n: usize| match n % 700 {
            0 => format!("call {name}\n"),
            _ => format!("line {n}\n"),
        };
        (1..=2_100).map(line).collect::<String>().into_bytes()
    };
    let want = [
        "@@ -700,1 +700,1 @@",
        "@@ -1400,1 +1400,1 @@",
        "@@ -2100,1 +2100,1 @@",
    ];
    check(&text("old"), &text("new"), &want);
    // Two lines that changed places are one removed and one added, not two replaced.
    check(
        b"a\nb\nc\n",
        b"a\nc\nb\n",
        &["@@ -2,1 +1,0 @@", "@@ -3,0 +3,1 @@"],
    );
}

#[test]
fn patch_bytes_are_those_of_the_format() {
    let mut patch = Vec::new();
    let hunk = Hunk::parse("@@ -2,1 +2,2 @@").unwrap();
    write_patch(&hunk, &[b"b"], &[b"b\n", b"c\r\n"], |bytes| {
        patch.extend_from_slice(bytes);
    });
    let want = b"@@ -2,1 +2,2 @@\n-b\n\\ No newline at end of file\n+b\n+c\r\n";
    assert_eq!(patch, want);
    let hunks = line_hunks(b"a\nb", b"a\nb\nc\r\n");
    assert_eq!(hunks.len(), 1);
    assert_eq!(
        hunks[0].patch_sha256,
        proofline_format::digest::sha256(want)
    );
}

#[test]
fn limits_and_binaries_are_told_apart() {
    assert!(Profile::of(b"text\n").is_diffable());
    assert!(!Profile::of(b"a\0b").is_diffable());
    assert!(!Profile::of(&b"\n".repeat(100_001)).is_diffable());
    assert!(!Profile::of(&vec![b'a'; MAX_DIFF_BYTES + 1]).is_diffable());
    let empty = Profile::of(b"");
    assert_eq!((empty.lines, empty.final_newline), (0, true));
    assert_eq!(Profile::of(b"a\nb").lines, 2);
}

/// Few distinct lines, so that repeats and slides are common; some texts end without LF.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let line = prop::sample::select(vec!["a\n", "b\n", "\n", "  c\n", "}\n", "d\r\n", "a\r"]);
    (
        prop::collection::vec(line, 0..120),
        prop::sample::select(vec!["", "a", "z\r", "x\n"]),
    )
        .prop_map(|(lines, end)| (lines.concat() + end).into_bytes())
}

proptest! {
    #[test]
    fn hunks_lead_from_before_to_after(before in text(), after in text()) {
        let hunks = line_hunks(&before, &after);
        prop_assert_eq!(apply(&before, &after, &hunks), after.clone());
        let grown = Profile::of(&after).lines as i64 - Profile::of(&before).lines as i64;
        let sum: i64 = hunks
            .iter()
            .map(|h| h.hunk.new_lines as i64 - h.hunk.old_lines as i64)
            .sum();
        prop_assert_eq!(sum, grown);
        for pair in hunks.windows(2) {
            let end = |h: &LineHunk| {
                let h = h.hunk;
                (h.old_start + h.old_lines - u64::from(h.old_lines > 0),
                 h.new_start + h.new_lines - u64::from(h.new_lines > 0))
            };
            let begin = |h: &LineHunk| {
                let h = h.hunk;
                (h.old_start - u64::from(h.old_lines > 0), h.new_start - u64::from(h.new_lines > 0))
            };
            prop_assert!(end(&pair[0]).0 < begin(&pair[1]).0, "adjacent hunks {:?}", hunks);
            prop_assert!(end(&pair[0]).1 < begin(&pair[1]).1, "adjacent hunks {:?}", hunks);
        }
        for hunk in &hunks {
            prop_assert_eq!(Hunk::parse(&hunk.hunk.header()), Some(hunk.hunk));
        }
    }

    #[test]
    fn a_small_edit_in_a_long_text_is_found(
        head in prop::collection::vec(0_u8..6, 0..200),
        edit in text(),
        tail in prop::collection::vec(0_u8..6, 0..200),
    ) {
        let lines = |ids: &[u8]| ids.iter().map(|id| format!("{id}\n")).collect::<String>();
        let before = [lines(&head).as_bytes(), lines(&tail).as_bytes()].concat();
        let after = [lines(&head).as_bytes(), &edit, lines(&tail).as_bytes()].concat();
        let hunks = line_hunks(&before, &after);
        prop_assert_eq!(apply(&before, &after, &hunks), after);
    }
}
