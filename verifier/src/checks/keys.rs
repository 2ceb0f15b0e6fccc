//! The key history: which key is valid at which index, from genesis and key events alone.

use proofline_format::archive::Source;
use proofline_format::checkpoint;
use proofline_format::digest::Hash;
use proofline_format::encoding;
use proofline_format::entry::{ParsedLine, signed_bytes};
use proofline_format::error::{ErrorKind, ParseError};
use proofline_format::json::{self, Value, canonical};
use proofline_format::key::{KeyTable, PublicKey, SIGNATURE_BYTES};
use proofline_format::limits::{MAX_KEY_EVENTS, MAX_KEY_LINE_BYTES, MAX_PROOF_HASHES};
use proofline_format::manifest::paths;
use proofline_format::merkle::{leaf_hash, proof::verify_inclusion};
use proofline_format::object::{KeyEvent, RevokedBy};

use super::checkpoint::Checkpoints;
use super::container::Container;
use super::entries::Run;
use super::entries::lines::Lines;
use super::objects::Objects;
use crate::CouldNotLook;
use crate::finding::{Code, Place};
use crate::policy::Policy;
use crate::report::{Check, Report};

/// Retired keys that a bad signature is tried against.
const MAX_RETIRED_TRIED: usize = 8;
/// From so many signatures on a table of a key's multiples saves more than it costs.
const TABLE_MIN_ENTRIES: u64 = 512;

/// One key event of the history.
#[derive(Debug, Clone)]
pub(crate) struct KeyEntry {
    pub(crate) index: u64,
    pub(crate) leaf: Hash,
    inclusion: Option<Vec<Hash>>,
}

/// Which key signs which index.
#[derive(Debug, Default)]
pub(crate) struct KeySequence {
    /// The log, as the genesis object gives it.
    pub(crate) origin: Option<String>,
    /// First index of each key's epoch, ascending.
    epochs: Vec<(u64, PublicKey)>,
    /// Revocations that the recovery key signed.
    recovered: Vec<u64>,
    recovery_key: Option<PublicKey>,
    pub(crate) events: Vec<KeyEntry>,
}

impl KeySequence {
    /// The key valid at an index.
    pub(crate) fn valid_at(&self, index: u64) -> Option<&PublicKey> {
        let next = self.epochs.partition_point(|&(first, _)| first <= index);
        self.epochs.get(next.checked_sub(1)?).map(|(_, key)| key)
    }

    /// The key that signs the entry at an index: the valid one, or for a revocation by it the
    /// recovery key.
    pub(crate) fn signer_at(&self, index: u64) -> Option<&PublicKey> {
        if self.recovered.binary_search(&index).is_ok() {
            return self.recovery_key.as_ref();
        }
        self.valid_at(index)
    }

    /// The key that is valid for the most of so many entries, if it is worth a table.
    pub(crate) fn busiest(&self, entries: u64) -> Option<KeyTable> {
        let ends = self.epochs.iter().skip(1).map(|&(first, _)| first);
        let ends = ends.chain([entries]);
        let (count, key) = self
            .epochs
            .iter()
            .zip(ends)
            .map(|((first, key), end)| (end.saturating_sub(*first), key))
            .max_by_key(|&(count, _)| count)?;
        (count >= TABLE_MIN_ENTRIES).then(|| KeyTable::new(key))
    }

    /// The last keys whose epoch had ended before an index. Only a few: a signature by none of
    /// them fails all the same, and a hostile history could name thousands.
    pub(crate) fn retired_at(&self, index: u64) -> impl Iterator<Item = &PublicKey> {
        let current = self
            .epochs
            .partition_point(|&(first, _)| first <= index)
            .saturating_sub(1);
        let retired = self.epochs.get(..current).unwrap_or_default();
        retired
            .iter()
            .rev()
            .take(MAX_RETIRED_TRIED)
            .map(|(_, key)| key)
    }

    /// Compares the history with the entries, and checks what lies outside them.
    pub(crate) fn check_inclusion(
        &self,
        run: &Run,
        checkpoints: &Checkpoints,
        report: &mut Report,
    ) {
        for event in &self.events {
            let place = Place::Entry(event.index);
            let inside = run.is_present(event.index);
            match (&event.inclusion, inside, &checkpoints.last_note) {
                (None, true, _) if run.has_key_entry(event.index, &event.leaf) => {}
                (_, true, _) => {
                    let text = format!(
                        "key event {} is not the entry that stands at its index, or has a proof \
                         although that entry is in the bundle",
                        event.index
                    );
                    report.found(Code::KeyHistoryMalformed, place, text);
                }
                (Some(proof), false, Some(note))
                    if verify_inclusion(&event.leaf, event.index, note.size, proof, &note.root) => {
                }
                _ => {
                    let text = format!("key event {} is not shown to be in the log", event.index);
                    report.found(Code::KeyInclusionInvalid, place, text);
                }
            }
        }
        for (index, leaf) in &run.key_entries {
            let listed = self.events.binary_search_by_key(index, |event| event.index);
            let listed = listed.ok().and_then(|at| self.events.get(at));
            if listed.is_none_or(|event| event.leaf != *leaf) {
                let text = format!("key event {index} is not in data/keys.jsonl");
                report.found(Code::KeyHistoryIncomplete, Place::Entry(*index), text);
            }
        }
    }
}

/// Reads `data/keys.jsonl`. A history that breaks ends where it breaks.
pub(crate) fn read<S: Source + ?Sized>(
    container: &Container<'_, S>,
    objects: &Objects,
    report: &mut Report,
) -> Result<KeySequence, CouldNotLook> {
    let mut sequence = KeySequence::default();
    let place = || Place::File(paths::KEYS.into());
    let Some(mut lines) = Lines::open(
        container,
        (paths::KEYS, Code::KeyHistoryMalformed),
        MAX_KEY_LINE_BYTES,
    ) else {
        report.found(
            Code::KeyHistoryMalformed,
            place(),
            "bundle has no data/keys.jsonl",
        );
        return Ok(sequence);
    };
    report.performed(Check::KeyHistory);
    let mut holds = true;
    while let Some(line) = lines.next(report)? {
        if sequence.events.len() == MAX_KEY_EVENTS {
            report.found(
                Code::LimitExceeded,
                place(),
                "data/keys.jsonl has too many lines",
            );
            break;
        }
        if let Err((code, text)) = sequence.add(line, objects) {
            let number = sequence.events.len().saturating_add(1);
            report.found(
                code,
                place(),
                format!("data/keys.jsonl line {number}: {text}"),
            );
            holds = false;
            break;
        }
    }
    lines.finish(container, report)?;
    if sequence.events.is_empty() && holds {
        report.found(
            Code::KeyHistoryMalformed,
            place(),
            "data/keys.jsonl has no genesis",
        );
    }
    Ok(sequence)
}

type Refusal = (Code, String);

fn malformed(error: &ParseError) -> Refusal {
    (Code::KeyHistoryMalformed, error.to_string())
}

struct KeyLine {
    index: u64,
    line: Vec<u8>,
    signature: [u8; SIGNATURE_BYTES],
    inclusion: Option<Vec<Hash>>,
}

impl KeyLine {
    fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let value = json::parse_canonical(bytes)?;
        value.require_exactly(&["entry", "inclusion", "index", "signature"])?;
        let signature = encoding::base64_decode(value.require_text("signature")?.as_bytes())
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or(ParseError::of(ErrorKind::Base64, "signature"))?;
        let refused = ParseError::of(ErrorKind::Base64, "inclusion");
        let inclusion = match value.require("inclusion")? {
            Value::Null => None,
            Value::Array(items) if items.len() > MAX_PROOF_HASHES => {
                return Err(ParseError::of(ErrorKind::Limit, "inclusion"));
            }
            Value::Array(items) => {
                let hash = |item: &Value| {
                    let bytes = encoding::base64_decode(item.as_text()?.as_bytes())?;
                    bytes.try_into().ok().map(Hash)
                };
                Some(
                    items
                        .iter()
                        .map(hash)
                        .collect::<Option<_>>()
                        .ok_or(refused)?,
                )
            }
            _ => return Err(ParseError::of(ErrorKind::Type, "inclusion")),
        };
        let line = canonical(value.require("entry")?);
        Ok(Self {
            index: value.require_count("index")?,
            line,
            signature,
            inclusion,
        })
    }
}

impl KeySequence {
    /// Takes in the next key event.
    fn add(&mut self, bytes: &[u8], objects: &Objects) -> Result<(), Refusal> {
        let key_line = KeyLine::parse(bytes).map_err(|error| malformed(&error))?;
        let index = key_line.index;
        if self.events.last().is_some_and(|last| last.index >= index) {
            return Err((
                Code::KeyHistoryMalformed,
                format!("index {index} is out of order"),
            ));
        }
        // Kept even where the event itself is refused: its proof is checked all the same.
        let (leaf, inclusion) = (leaf_hash(&key_line.line), key_line.inclusion);
        let first = self.events.is_empty();
        self.events.push(KeyEntry {
            index,
            leaf,
            inclusion,
        });
        let parsed = ParsedLine::parse(&key_line.line).map_err(|error| malformed(&error))?;
        if parsed.computed_chain_hash() != parsed.entry.chain_hash {
            let text = format!("entry {index} does not match its chain hash");
            return Err((Code::KeyHistoryMalformed, text));
        }
        let message = signed_bytes(&key_line.line);
        let signed_by = |key: Option<&PublicKey>| {
            key.is_some_and(|key| key.verify(&message, &key_line.signature))
        };
        let address = parsed.entry.content_hash_after;
        let is_key_event = matches!(
            parsed.entry.event_type.as_ref(),
            "genesis" | "key_rotate" | "key_revoke"
        );
        if let Some(address) = address.filter(|a| is_key_event && !objects.contains(a)) {
            let text = format!("entry {index} names object {address}, which is not there");
            return Err((Code::ObjectMissing, text));
        }
        match (parsed.entry.event_type.as_ref(), first) {
            ("genesis", true) => self.begin(index, address, objects, signed_by),
            ("key_rotate", false) => self.rotate(index, address, objects, signed_by),
            ("key_revoke", false) => self.revoke(index, address, objects, signed_by),
            (other, _) => {
                let text = format!("entry {index} of type `{other}` has no place here");
                Err((Code::KeyHistoryMalformed, text))
            }
        }
    }

    fn begin(
        &mut self,
        index: u64,
        address: Option<Hash>,
        objects: &Objects,
        signed_by: impl Fn(Option<&PublicKey>) -> bool,
    ) -> Result<(), Refusal> {
        let genesis = address.and_then(|address| objects.genesis.get(&address));
        let Some(genesis) = genesis.filter(|_| index == 0) else {
            let text = "genesis is not entry 0, or its object is not in the bundle";
            return Err((Code::KeyHistoryMalformed, text.into()));
        };
        if !signed_by(Some(&genesis.public_key)) {
            let text = "genesis is not signed by the key that it names";
            return Err((Code::SignatureInvalid, text.into()));
        }
        self.origin = Some(genesis.origin());
        self.recovery_key = genesis.recovery_key;
        self.epochs.push((0, genesis.public_key));
        Ok(())
    }

    fn rotate(
        &mut self,
        index: u64,
        address: Option<Hash>,
        objects: &Objects,
        signed_by: impl Fn(Option<&PublicKey>) -> bool,
    ) -> Result<(), Refusal> {
        let refused = |text: &str| (Code::KeyRotationInvalid, format!("entry {index}: {text}"));
        let new = self.successor(index, address, objects).map_err(refused)?;
        if objects
            .keys
            .get(&address.unwrap_or(Hash([0; 32])))
            .map(|change| &change.event)
            != Some(&KeyEvent::Rotated)
        {
            return Err(refused("its object is not a rotation"));
        }
        if !signed_by(self.valid_at(index)) {
            return Err(refused("it is not signed by the key that it replaces"));
        }
        self.epochs.push((index.saturating_add(1), new));
        Ok(())
    }

    fn revoke(
        &mut self,
        index: u64,
        address: Option<Hash>,
        objects: &Objects,
        signed_by: impl Fn(Option<&PublicKey>) -> bool,
    ) -> Result<(), Refusal> {
        let refused = |text: &str| (Code::KeyRevocationInvalid, format!("entry {index}: {text}"));
        let new = self.successor(index, address, objects).map_err(refused)?;
        let change = address.and_then(|address| objects.keys.get(&address));
        let Some(KeyEvent::Revoked { by, .. }) = change.map(|change| &change.event) else {
            return Err(refused("its object is not a revocation"));
        };
        let signer = match by {
            RevokedBy::Itself => self.valid_at(index),
            RevokedBy::Recovery => self.recovery_key.as_ref(),
        };
        if !signed_by(signer) {
            return Err(refused("it is not signed by a key that may revoke"));
        }
        if *by == RevokedBy::Recovery {
            self.recovered.push(index);
        }
        self.epochs.push((index.saturating_add(1), new));
        Ok(())
    }

    /// The new key of a change that fits its place in this log and that the new key agreed to.
    fn successor(
        &self,
        index: u64,
        address: Option<Hash>,
        objects: &Objects,
    ) -> Result<PublicKey, &'static str> {
        let change = address.and_then(|address| objects.keys.get(&address));
        let change = change.ok_or("its object is not in the bundle")?;
        if change.index != index {
            return Err("its object names another index");
        }
        if self.origin.as_deref() != Some(change.origin.as_str()) {
            return Err("its object names another log");
        }
        if self.valid_at(index) != Some(&change.old) {
            return Err("its object replaces a key that is not valid here");
        }
        if self.epochs.iter().any(|(_, key)| *key == change.new) {
            return Err("its object returns to a key that was replaced");
        }
        if !change.is_signed_by_new_key() {
            return Err("the new key did not sign the handover");
        }
        Ok(change.new)
    }
}

/// Whether a key of the sequence that speaks for its end is one that was given. A given key
/// vouches for itself and its successors: whoever holds only a key that was replaced cannot make
/// a bundle that passes under the key that replaced it.
pub(crate) fn check_pin(keys: &KeySequence, policy: &Policy, report: &mut Report) {
    let Some((_, tip_key)) = keys.epochs.last() else {
        return;
    };
    report.performed(Check::DevicePin);
    report.facts.device_fingerprint = Some(tip_key.fingerprint());
    let given = |key: &PublicKey| {
        let fingerprint = key.fingerprint();
        policy
            .device_keys
            .iter()
            .any(|given| given.fingerprint() == fingerprint)
    };
    if let Some((_, pinned)) = keys.epochs.iter().find(|(_, key)| given(key)) {
        report.facts.pinned_fingerprint = Some(pinned.fingerprint());
        return;
    }
    let fingerprint = tip_key.fingerprint();
    if policy.device_keys.is_empty() {
        let text = format!(
            "no device key was given; compare {fingerprint} with the one from the device's owner, \
             then pass --device-key {fingerprint}"
        );
        report.found(Code::KeyNotPinned, Place::Bundle, text);
    } else {
        let text = format!("the bundle's key is {fingerprint}, which is none of the keys given");
        report.found(Code::KeyMismatch, Place::Bundle, text);
    }
}

/// Whether an origin has the form that the format gives it.
pub(crate) fn is_origin(text: &str) -> bool {
    text.starts_with(checkpoint::ORIGIN_PREFIX)
}
