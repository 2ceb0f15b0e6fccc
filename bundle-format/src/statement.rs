//! `statement.dsse.json`: the in-toto Statement v1 over the payload.

use alloc::vec::Vec;

use crate::json::{Value, canonical};
use crate::manifest::{Manifest, Sized, paths};

/// DSSE payload type of a statement.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
const PREDICATE_TYPE: &str = "https://w3id.org/proofline/evidence/v1";

/// Whether a file is a subject: directly under `data/`, or the payload manifest that covers the
/// rest.
fn is_subject(path: &str) -> bool {
    path == paths::PAYLOAD_MANIFEST
        || path
            .strip_prefix(paths::PAYLOAD)
            .is_some_and(|name| !name.contains('/'))
}

/// The statement that follows from a manifest, in canonical form. A verifier computes it from the
/// manifest and compares bytes: there is nothing else that it may say.
#[must_use]
pub fn statement(manifest: &Manifest) -> Vec<u8> {
    let subjects = manifest
        .files
        .iter()
        .filter(|file| is_subject(&file.path))
        .map(|file| {
            Value::object([
                ("digest", Value::object([("sha256", file.sha256.into())])),
                ("name", file.path.as_str().into()),
            ])
        });
    let last_note = manifest
        .last_note
        .as_ref()
        .map_or(Value::Null, Sized::to_value);
    let predicate = Value::object([
        ("last_note", last_note),
        ("origin", manifest.origin.as_str().into()),
        ("range", manifest.range_value()),
        ("tip", manifest.tip.into()),
        ("tree", manifest.tree_value()),
    ]);
    canonical(&Value::object([
        ("_type", STATEMENT_TYPE.into()),
        ("predicate", predicate),
        ("predicateType", PREDICATE_TYPE.into()),
        ("subject", subjects.collect()),
    ]))
}
