//! The JSON-LD context that every bundle carries: one spelling, and a term for every member.

use std::collections::BTreeSet;
use std::path::Path;

use proofline_format::integrity::{proof_options, with_proof};
use proofline_format::json::Value;
use proofline_format::key::PublicKey;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;

use crate::round_trip::any_manifest;

fn context() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/evidence-v1.jsonld");
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_context_is_canonical() {
    let text = context();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json_canon::to_string(&value).unwrap(), text);
}

/// Every key that is not JSON-LD's own.
fn keys(value: &Value, out: &mut BTreeSet<String>) {
    for (key, member) in value.members().unwrap_or_default() {
        if !key.starts_with('@') {
            out.insert(key.clone());
        }
        keys(member, out);
    }
    for item in value.as_array().unwrap_or_default() {
        keys(item, out);
    }
}

fn terms(value: &serde_json::Value, out: &mut BTreeSet<String>) {
    if let Some(members) = value.as_object() {
        for (key, member) in members {
            out.insert(key.clone());
            terms(member, out);
        }
    }
}

#[test]
fn every_member_of_a_manifest_is_a_term() {
    let mut defined = BTreeSet::new();
    terms(&serde_json::from_str(&context()).unwrap(), &mut defined);
    let key = "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025";
    let key = PublicKey::from_hex(key).unwrap();
    let mut runner = TestRunner::deterministic();
    let mut used = BTreeSet::new();
    for _ in 0..32 {
        let manifest = any_manifest().new_tree(&mut runner).unwrap().current();
        let document = manifest.to_value();
        let context = document.member("@context").unwrap();
        let options = proof_options(context, "2026-01-01T00:00:00Z", &key);
        keys(&with_proof(&document, &options, &[0; 64]), &mut used);
    }
    let missing: Vec<_> = used.difference(&defined).collect();
    assert!(missing.is_empty(), "without a term: {missing:?}");
    assert!(used.len() > 40, "the samples hold too little: {used:?}");
}
