//! Strategies: whatever the format can hold.

use proofline_format::digest::{Hash, sha256};
use proofline_format::entry::{Entry, EventId, Fidelity, Hunk};
use proofline_format::json::Value;
use proofline_format::limits::MAX_INTEGER;
use proofline_format::timestamp::Timestamp;
use proptest::char;
use proptest::option;
use proptest::prelude::*;

/// Text with everything that JSON writers differ on: controls, quotes, U+007F, astral characters,
/// private use.
pub(crate) fn any_text() -> impl Strategy<Value = String> {
    let odd = prop_oneof![
        Just('"'),
        Just('\\'),
        Just('/'),
        Just('\u{7f}'),
        Just('\u{e000}'),
        Just('\u{1f600}'),
        Just('\u{2028}'),
        char::range('\0', ' '),
    ];
    let character = prop_oneof![3 => any::<char>(), 1 => odd, 3 => char::range(' ', '~')];
    prop::collection::vec(character, 0..12).prop_map(|text| text.into_iter().collect())
}

pub(crate) fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-MAX_INTEGER..=MAX_INTEGER).prop_map(Value::Integer),
        Just(Value::Integer(MAX_INTEGER)),
        Just(Value::Integer(-MAX_INTEGER)),
        any_text().prop_map(Value::String),
    ];
    leaf.prop_recursive(5, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::btree_map(any_text(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

pub(crate) fn any_hash() -> impl Strategy<Value = Hash> {
    any::<[u8; 8]>().prop_map(|seed| sha256(&seed))
}

fn column() -> impl Strategy<Value = String> {
    let not_reserved =
        |text: &String| !text.is_empty() && !proofline_format::path::is_reserved(text);
    any_text().prop_filter("empty or reserved", not_reserved)
}

/// Hunks whose numbers fit, whatever they would say of a file.
pub(crate) fn any_hunk() -> impl Strategy<Value = Hunk> {
    let side = || (1..1_000_000_u64, 0..5_000_u64);
    (side(), side())
        .prop_filter("changes nothing", |(old, new)| (old.1, new.1) != (0, 0))
        .prop_map(|((old_start, old_lines), (new_start, new_lines))| Hunk {
            old_start,
            old_lines,
            new_start,
            new_lines,
        })
}

fn any_moment() -> impl Strategy<Value = Timestamp> {
    let year_9999 = 253_402_300_799_999_i64;
    (0..=year_9999).prop_map(|millis| Timestamp::from_millis(millis).unwrap())
}

pub(crate) fn any_entry() -> impl Strategy<Value = Entry> {
    let ids = (any::<[u8; 16]>(), option::of(any::<[u8; 16]>()));
    let texts = (
        option::of(column()),
        column(),
        option::of(column()),
        column(),
        option::of(column()),
        column(),
    );
    let path = option::of(prop::collection::vec("[a-zü ]{1,5}", 1..4).prop_map(|p| p.join("/")));
    let hashes = prop::collection::vec(option::of(any_hash()), 4);
    let head = option::of("[0-9a-f]{40}|[0-9a-f]{64}");
    let fidelity = prop_oneof![
        Just(Fidelity::Observed),
        Just(Fidelity::Inferred),
        Just(Fidelity::Declared)
    ];
    let rest = (option::of(any_hunk()), head, fidelity, any_moment());
    (ids, texts, path, hashes, rest).prop_map(|(ids, texts, file_path, hashes, rest)| {
        let (session_id, agent_id, model_id, event_type, tool_name, source) = texts;
        let (hunk, git_head, capture_fidelity, created_at) = rest;
        Entry {
            id: EventId::from_random(ids.0),
            parent_event_id: ids.1.map(EventId::from_random),
            session_id,
            agent_id,
            model_id,
            event_type,
            tool_name,
            file_path,
            content_hash_before: hashes[0],
            content_hash_after: hashes[1],
            diff_hash: hashes[2],
            line_start: hunk.map(|hunk| hunk.line_range().0),
            line_end: hunk.map(|hunk| hunk.line_range().1),
            hunk_header: hunk.map(|hunk| hunk.header()),
            git_head,
            source,
            previous_hash: None,
            chain_hash: Hash([0; 32]),
            capture_fidelity,
            created_at,
        }
        .linked(hashes[3])
    })
}
