//! `data/keys.jsonl`: the key events of the log, each in the chain or proven to be.

use proofline_format::digest::Hash;
use proofline_format::encoding::base64;
use proofline_format::json::{Value, canonical, parse_canonical};
use proofline_format::merkle::stored::StoredTree;
use proofline_format::registry;

use super::ExportError;
use super::object_files::Objects;
use super::selection::Selection;
use crate::store::{Signed, Store, StoreError};

/// Writes the file, and adds the objects of the key events to those of the bundle.
pub(super) fn write(
    store: &Store,
    selection: &Selection,
    nodes: Option<&StoredTree>,
    objects: &mut Objects,
) -> Result<Vec<u8>, ExportError> {
    let last = selection.ranges.last().map_or(0, |&(_, last)| last);
    let mut bytes = Vec::new();
    for (from, _) in store.keys()? {
        // A key is valid from the index after its event on; the first one from genesis on.
        let index = from.saturating_sub(1);
        if index > last {
            break;
        }
        let signed = store.entry(index)?.ok_or(StoreError::Form {
            what: "key event",
            index,
        })?;
        for (_, address) in registry::addresses(&signed.entry) {
            if Some(address) == signed.entry.content_hash_after {
                objects.add(store, address)?;
            }
        }
        let is_shown = selection
            .ranges
            .iter()
            .any(|&(first, last)| (first..=last).contains(&index));
        let proof = if is_shown {
            None
        } else {
            Some(inclusion(selection, nodes, index)?)
        };
        bytes.extend(line(&signed, proof)?);
        bytes.push(b'\n');
    }
    Ok(bytes)
}

fn inclusion(
    selection: &Selection,
    nodes: Option<&StoredTree>,
    index: u64,
) -> Result<Vec<Hash>, ExportError> {
    let size = selection.last_note.ok_or(ExportError::NotCheckpointed)?;
    let proof = nodes.and_then(|nodes| nodes.inclusion_proof(index, size));
    Ok(proof.ok_or(StoreError::Form {
        what: "tree",
        index,
    })?)
}

fn line(signed: &Signed, proof: Option<Vec<Hash>>) -> Result<Vec<u8>, ExportError> {
    let entry = parse_canonical(&signed.entry.line()).map_err(StoreError::parse("key event"))?;
    let hashes = |proof: Vec<Hash>| proof.iter().map(|hash| base64(&hash.0)).collect::<Value>();
    Ok(canonical(&Value::object([
        ("entry", entry),
        ("inclusion", proof.map_or(Value::Null, hashes)),
        ("index", signed.index.into()),
        ("signature", base64(&signed.signature).into()),
    ])))
}
