//! `data/checkpoints.jsonl`: notes, and what was received for them.

use std::collections::{BTreeMap, BTreeSet};

use proofline_format::digest::Hash;
use proofline_format::encoding::base64;
use proofline_format::json::{Value, canonical};
use proofline_format::limits::{MAX_CHECKPOINT_LINE_BYTES, MAX_ITEMS};
use proofline_format::manifest::Sized;
use proofline_format::object::ItemKind;

use super::ExportError;
use super::object_files::Objects;
use crate::store::{Item, Store};

/// What the walk over the chain met of checkpoints.
#[derive(Debug, Default)]
pub(super) struct Met {
    /// Indexes of checkpoint entries.
    pub(super) checkpoints: BTreeSet<u64>,
    /// Addresses of evidence objects.
    pub(super) evidence: Vec<Hash>,
    /// Whether the genesis entry is in the bundle.
    pub(super) has_genesis: bool,
}

/// The file's bytes and what the manifest states of them.
#[derive(Debug)]
pub(super) struct CheckpointLines {
    pub(super) bytes: Vec<u8>,
    pub(super) newest_token: Option<Sized>,
    pub(super) last_note: Option<Sized>,
}

/// Writes a line for every checkpoint in the bundle, and for every other that an evidence object
/// in the bundle lists something of.
pub(super) fn write(
    store: &Store,
    met: &Met,
    objects: &Objects,
) -> Result<CheckpointLines, ExportError> {
    let mut listed: BTreeMap<u64, BTreeSet<Hash>> = BTreeMap::new();
    for address in &met.evidence {
        for item in objects.evidence(address)?.into_iter().flat_map(|e| e.items) {
            listed.entry(item.for_size).or_default().insert(item.sha256);
        }
    }
    let mut sizes = met.checkpoints.clone();
    sizes.extend(listed.keys());
    let notes = store.note_sizes()?;
    let mut lines = CheckpointLines {
        bytes: Vec::new(),
        newest_token: None,
        last_note: None,
    };
    for size in sizes {
        let is_shown = met.checkpoints.contains(&size) || size == 0 && met.has_genesis;
        let mut items = store.items(size)?;
        if !is_shown {
            let named = listed.get(&size);
            items.retain(|item| named.is_some_and(|named| named.contains(&item.sha256)));
        }
        // A note is worth something where an entry in the bundle commits to it.
        let next = notes.get(notes.partition_point(|&note| note <= size));
        let is_committed = next.is_some_and(|next| met.checkpoints.contains(next));
        let note = match store.note(size)? {
            Some(note) if is_shown || is_committed => {
                if is_shown {
                    lines.last_note = Some(Sized {
                        sha256: note.sha256,
                        size,
                    });
                }
                Some(note.bytes)
            }
            _ => None,
        };
        lines.add(size, note.as_deref(), items)?;
    }
    Ok(lines)
}

impl CheckpointLines {
    fn add(
        &mut self,
        size: u64,
        note: Option<&[u8]>,
        mut items: Vec<Item>,
    ) -> Result<(), ExportError> {
        items.sort_by_key(|item| (item.kind, item.sha256));
        let tokens = items
            .iter()
            .filter(|i| i.kind == ItemKind::TimeStampResponse);
        for token in tokens {
            self.newest_token = Some(Sized {
                sha256: token.sha256,
                size,
            });
        }
        let value = |item: &Item| {
            Value::object([
                ("b64", base64(&item.bytes).into()),
                ("kind", item.kind.as_str().into()),
                ("sha256", item.sha256.into()),
            ])
        };
        let note = note.map(String::from_utf8_lossy);
        let line = canonical(&Value::object([
            ("items", items.iter().map(value).collect()),
            ("note", Value::text_or_null(note.as_deref())),
            ("size", size.into()),
        ]));
        if line.len() > MAX_CHECKPOINT_LINE_BYTES || items.len() > MAX_ITEMS {
            return Err(ExportError::PartTooLarge {
                file: "data/checkpoints.jsonl",
            });
        }
        self.bytes.extend(line);
        self.bytes.push(b'\n');
        Ok(())
    }
}
