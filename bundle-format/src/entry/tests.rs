use alloc::string::ToString as _;

use super::*;
use crate::digest::sha256;
use crate::error::ErrorKind;

fn sample() -> Entry {
    Entry {
        id: EventId::from_random([7; 16]),
        parent_event_id: None,
        session_id: Some("s\u{1}\"\\/\u{7f}ü😀".into()),
        agent_id: "claude".into(),
        model_id: None,
        event_type: "file_write".into(),
        tool_name: Some("Edit".into()),
        file_path: Some("src/lib.rs".into()),
        content_hash_before: Some(sha256(b"a")),
        content_hash_after: Some(sha256(b"b")),
        diff_hash: None,
        line_start: Some(4),
        line_end: Some(5),
        hunk_header: Some("@@ -4,1 +4,2 @@".into()),
        git_head: Some("a".repeat(40)),
        source: "claude-code/PostToolUse".into(),
        previous_hash: None,
        chain_hash: sha256(b""),
        capture_fidelity: Fidelity::Observed,
        created_at: Timestamp::from_millis(1_700_000_000_123).unwrap(),
    }
}

#[test]
fn the_line_reads_back_and_hashes_the_same_from_bytes() {
    let entry = sample().linked(Some(sha256(b"previous")));
    let line = entry.line();
    let parsed = ParsedLine::parse(&line).unwrap();
    assert_eq!(parsed.entry.clone().into_owned(), entry);
    assert_eq!(parsed.computed_chain_hash(), entry.chain_hash);
    let value = crate::json::parse_canonical(&line).unwrap();
    assert_eq!(value.members().unwrap().len(), 20);
}

/// A reader that accepted a second spelling would show other words under the same hash.
#[test]
fn only_the_canonical_spelling_is_accepted() {
    let line = String::from_utf8(sample().line()).unwrap();
    let check = |from: &str, to: &str, kind: ErrorKind| {
        assert!(line.contains(from), "{from}");
        let changed = line.replace(from, to);
        let got = ParsedLine::parse(changed.as_bytes())
            .map(drop)
            .map_err(|e| e.kind);
        assert_eq!(got, Err(kind), "{changed}");
    };
    check("\\u0001", "\\u0001\\u0041", ErrorKind::Escape);
    check("\\u0001", "\\u000a", ErrorKind::Escape);
    check("\\u0001", "\\ud800", ErrorKind::Escape);
    check("/\u{7f}", "\\/\u{7f}", ErrorKind::Escape);
    check("\"line_end\":5", "\"line_end\":05", ErrorKind::Number);
    check("\"line_end\":5", "\"line_end\":5.0", ErrorKind::Key);
    check("\"line_end\":5", "\"line_end\":6", ErrorKind::Hunk);
    check(
        "\"line_end\":5",
        "\"line_end\":9007199254740992",
        ErrorKind::Number,
    );
    check("\"line_end\":5", "\"line_end\": 5", ErrorKind::Number);
    check(
        "\"line_end\":5,",
        "\"line_end\":5,\"line_end\":5,",
        ErrorKind::Key,
    );
    check("\"line_end\":5", "\"line_end\":null", ErrorKind::Hunk);
    check(
        "\"tool_name\":\"Edit\"}",
        "\"tool_name\":\"Edit\"} ",
        ErrorKind::TrailingBytes,
    );
    check(
        "\"tool_name\":\"Edit\"",
        "\"tool_name\":\"\"",
        ErrorKind::Value,
    );
    check("@@ -4,1 +4,2 @@", "@@ -4 +4,2 @@", ErrorKind::Hunk);
    check("observed", "seen", ErrorKind::Value);
    check("\"agent_id\"", "\"agent_ie\"", ErrorKind::Key);
    check("src/lib.rs", "src/../lib.rs", ErrorKind::Path);
    check("-4707-", "-1707-", ErrorKind::Uuid);
}

#[test]
fn no_single_bit_of_a_line_is_idle() {
    let entry = sample().linked(None);
    let mut line = entry.line();
    for at in 0..line.len() {
        for bit in 0..8 {
            line[at] ^= 1 << bit;
            if let Ok(parsed) = ParsedLine::parse(&line) {
                assert!(parsed.entry.clone().into_owned() != entry);
                assert_eq!(parsed.entry.line(), line);
                let same = parsed.computed_chain_hash() == parsed.entry.chain_hash;
                assert!(!same, "byte {at} bit {bit}");
            }
            line[at] ^= 1 << bit;
        }
    }
}

#[test]
fn hunk_columns_follow_from_the_header() {
    let check = |header: &str, want: Option<(u64, u64)>| {
        assert_eq!(
            Hunk::parse(header).map(|h| h.line_range()),
            want,
            "{header}"
        );
        if let Some(hunk) = Hunk::parse(header) {
            assert_eq!(hunk.header(), header);
        }
    };
    check("@@ -0,0 +1,3 @@", Some((1, 3)));
    check("@@ -5,2 +4,0 @@", Some((5, 4)));
    check("@@ -1,3 +0,0 @@", Some((1, 0)));
    check("@@ -0,1 +1,3 @@", None);
    check("@@ -1,0 +1,0 @@", None);
    check("@@ -01,1 +1,3 @@", None);
    check("@@ -1,1 +1,3 @@ fn x", None);
    check("@@ -1,+1 +1,3 @@", None);
}

#[test]
fn ids_are_uuid_v4_in_lower_case() {
    let id = EventId::from_random([0xff; 16]);
    assert_eq!(id.to_string(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    assert_eq!(EventId::parse(id.to_string().as_bytes()), Some(id));
    assert_eq!(
        EventId::parse(id.to_string().to_uppercase().as_bytes()),
        None
    );
    assert_eq!(
        EventId::parse(b"ffffffff-ffff-7fff-bfff-ffffffffffff"),
        None
    );
}
