//! One checkpoint: the note over all entries so far, and the entry that commits to it.

use std::time::Instant;

use proofline_format::checkpoint::Checkpoint;
use proofline_format::digest::{Hash, sha256};
use proofline_format::limits::MAX_ITEMS;
use proofline_format::merkle::{Tree, leaf_hash};
use proofline_format::note::Note;
use proofline_format::object::{self, Evidence, EvidenceItem};

use crate::guard::Guarded;
use crate::keys::KeyRing;
use crate::store::{Item, Store, StoreError, StoredNote, Writer, system_event};

/// A checkpoint that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Number of entries that its note covers, and index of its entry.
    pub size: u64,
    /// Hash of the note.
    pub note_sha256: Hash,
    /// Chain hash of its entry: what an authority stamps.
    pub chain_hash: Hash,
}

/// What is ground enough for a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// Something but a checkpoint was appended since the last one.
    Entries,
    /// That, or something was received that no evidence object lists yet: a renewal is to cover
    /// it, and must not wait for somebody to work.
    Evidence,
}

/// Signs where the log stands. `None` if nothing but the last checkpoint was appended since it.
///
/// # Errors
/// If the key cannot be had, or what the store says.
pub fn seal(
    store: &mut Store,
    keys: &KeyRing,
    until: Instant,
) -> Result<Option<Sealed>, StoreError> {
    seal_on(Ground::Entries, store, keys, until)
}

/// The same, on a ground of one's choice. `None` if there is none.
///
/// # Errors
/// If the key cannot be had, or what the store says.
pub fn seal_on(
    ground: Ground,
    store: &mut Store,
    keys: &KeyRing,
    until: Instant,
) -> Result<Option<Sealed>, StoreError> {
    // Most of the new entries are hashed before the write lock is taken.
    let mut tree = store.last_note()?.map(|note| note.tree).unwrap_or_default();
    let end = store.tip()?.index.saturating_add(1);
    store.scan(tree.size(), end, |entry| {
        tree.append(leaf_hash(&entry.entry.line()));
        Ok(())
    })?;
    let writer = store.write(until)?;
    let last = writer.last_note()?;
    let size = writer.next_index();
    if let Some(last) = &last
        && last.size.saturating_add(1) >= size
        && (ground == Ground::Entries || writer.unlisted_items(last.listed_to, 1)?.is_empty())
    {
        return Ok(None);
    }
    writer.scan(tree.size(), size, &mut |entry| {
        tree.append(leaf_hash(&entry.entry.line()));
        Ok(())
    })?;
    append(writer, keys, last.as_ref(), tree).map(Some)
}

fn append(
    mut writer: Writer<'_>,
    keys: &KeyRing,
    last: Option<&StoredNote>,
    tree: Tree,
) -> Result<Sealed, StoreError> {
    let size = writer.next_index();
    let note = sign_note(&writer, keys, &tree)?;
    let note_sha256 = sha256(&note);
    let listed_to = last.map_or(0, |last| last.listed_to);
    let items = writer.unlisted_items(listed_to, MAX_ITEMS)?;
    let previous = match last {
        Some(last) => last.evidence,
        None => writer.genesis_evidence()?,
    };
    let evidence = put_evidence(&writer, &items, previous)?;
    let mut event = system_event("checkpoint", "checkpoint-scheduler")?;
    event.content_hash_before = last.map(|last| last.sha256);
    event.content_hash_after = Some(note_sha256);
    event.diff_hash = evidence;
    let entered = writer.append(Guarded::new(event)?, keys)?;
    writer.put_note(&StoredNote {
        size,
        bytes: note,
        sha256: note_sha256,
        tree,
        evidence: evidence.or(previous),
        listed_to: items.last().map_or(listed_to, |item| item.arrival),
    })?;
    writer.commit()?;
    Ok(Sealed {
        size,
        note_sha256,
        chain_hash: entered.chain_hash,
    })
}

fn sign_note(writer: &Writer<'_>, keys: &KeyRing, tree: &Tree) -> Result<Vec<u8>, StoreError> {
    let text = Checkpoint {
        origin: writer.origin().into(),
        size: tree.size(),
        root: tree.root(),
    }
    .text();
    // A note of size n is signed by the key valid at index n, which signs its entry too.
    let key = keys.load(&writer.valid_key().fingerprint())?;
    let signature = key.sign(text.as_bytes());
    Ok(Note::with_signature(&text, writer.origin(), key.public(), &signature).to_bytes())
}

fn put_evidence(
    writer: &Writer<'_>,
    items: &[Item],
    previous: Option<Hash>,
) -> Result<Option<Hash>, StoreError> {
    if items.is_empty() {
        return Ok(None);
    }
    let mut listed: Vec<EvidenceItem> = items
        .iter()
        .map(|item| EvidenceItem {
            for_size: item.size,
            kind: item.kind,
            sha256: item.sha256,
        })
        .collect();
    listed.sort_unstable();
    listed.dedup();
    let evidence = Evidence {
        items: listed,
        previous,
    };
    let (address, bytes) = object::seal(&evidence.to_value());
    writer.put_object(&address, &bytes)?;
    Ok(Some(address))
}
