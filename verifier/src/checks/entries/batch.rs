//! What a worker does with a stretch of lines: everything that needs no neighbour.

use std::borrow::Cow;
use std::sync::Arc;

use proofline_format::digest::Hash;
use proofline_format::encoding;
use proofline_format::entry::{EventId, Fidelity, ParsedLine, signed_bytes};
use proofline_format::error::ParseError;
use proofline_format::key::{KeyTable, SIGNATURE_BYTES};
use proofline_format::merkle::leaf_hash;
use proofline_format::registry;
use proofline_format::timestamp::Timestamp;

use super::super::keys::KeySequence;
use super::super::objects::Objects;

/// Lines with their indexes and signature lines.
#[derive(Debug)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    index: u64,
    line_end: usize,
    /// `None`: there is no line for it.
    signature_end: Option<usize>,
}

/// What a worker saw in one line.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) index: u64,
    pub(crate) leaf: Hash,
    pub(crate) line: Result<Parsed, ParseError>,
    pub(crate) signature: SignatureOutcome,
}

/// A line that is an entry: the columns that the fold reads, and what the worker made of the others.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) id: EventId,
    pub(crate) parent_event_id: Option<EventId>,
    pub(crate) session_id: Option<Arc<str>>,
    pub(crate) agent_id: Arc<str>,
    pub(crate) source: Arc<str>,
    pub(crate) event_type: Cow<'static, str>,
    pub(crate) content_hash_before: Option<Hash>,
    pub(crate) content_hash_after: Option<Hash>,
    pub(crate) diff_hash: Option<Hash>,
    pub(crate) previous_hash: Option<Hash>,
    pub(crate) chain_hash: Hash,
    pub(crate) computed_chain_hash: Hash,
    pub(crate) capture_fidelity: Fidelity,
    pub(crate) created_at: Timestamp,
    /// The first hash column that the entry's type does not allow as it is.
    pub(crate) role_mismatch: Option<&'static str>,
    /// How many objects it addresses that are not in the bundle.
    pub(crate) withheld_objects: u64,
}

/// Texts of the entry before: nearly every entry repeats them, and then shares them.
#[derive(Default)]
struct Texts {
    session_id: Option<Arc<str>>,
    agent_id: Option<Arc<str>>,
    source: Option<Arc<str>>,
}

fn shared(before: &mut Option<Arc<str>>, text: &str) -> Arc<str> {
    match before {
        Some(known) if **known == *text => Arc::clone(known),
        _ => Arc::clone(before.insert(text.into())),
    }
}

impl Parsed {
    fn of(line: &ParsedLine<'_>, texts: &mut Texts, objects: &Objects) -> Self {
        let entry = &line.entry;
        let event_type = match registry::event_type(&entry.event_type) {
            Some(known) => Cow::Borrowed(known.name),
            None => Cow::Owned(entry.event_type.clone().into_owned()),
        };
        let withheld = registry::addresses(entry)
            .filter(|(_, address)| !objects.contains(address))
            .count();
        let session_id = entry.session_id.as_deref();
        Self {
            id: entry.id,
            parent_event_id: entry.parent_event_id,
            session_id: session_id.map(|id| shared(&mut texts.session_id, id)),
            agent_id: shared(&mut texts.agent_id, &entry.agent_id),
            source: shared(&mut texts.source, &entry.source),
            event_type,
            content_hash_before: entry.content_hash_before,
            content_hash_after: entry.content_hash_after,
            diff_hash: entry.diff_hash,
            previous_hash: entry.previous_hash,
            chain_hash: entry.chain_hash,
            computed_chain_hash: line.computed_chain_hash(),
            capture_fidelity: entry.capture_fidelity,
            created_at: entry.created_at,
            role_mismatch: registry::role_mismatch(entry),
            withheld_objects: u64::try_from(withheld).unwrap_or(u64::MAX),
        }
    }
}

/// What a worker saw in one signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignatureOutcome {
    /// By the key valid at the entry's place.
    Valid,
    /// There is no signature line.
    Missing,
    /// Not base64 of 64 bytes.
    Malformed,
    /// By a key that was rotated out or revoked before.
    Retired,
    /// By no key of the sequence.
    Invalid,
    /// No key is known for this place.
    NoKey,
}

/// Bytes of a line with its signature, roughly: a batch that starts with enough is not copied.
const ROW_BYTES: usize = 1 << 10;

impl Batch {
    pub(crate) fn for_lines(count: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(count.saturating_mul(ROW_BYTES)),
            rows: Vec::with_capacity(count),
        }
    }

    pub(crate) const fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) const fn size_bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn push(&mut self, index: u64, line: &[u8], signature: Option<&[u8]>) {
        self.bytes.extend_from_slice(line);
        let line_end = self.bytes.len();
        let signature_end = signature.map(|signature| {
            self.bytes.extend_from_slice(signature);
            self.bytes.len()
        });
        self.rows.push(Row {
            index,
            line_end,
            signature_end,
        });
    }

    /// Lines with their rows and signature lines.
    fn lines(&self) -> impl Iterator<Item = (&Row, &[u8], Option<&[u8]>)> {
        let mut start = 0;
        self.rows.iter().map(move |row| {
            let line = self.bytes.get(start..row.line_end).unwrap_or_default();
            let signature = row
                .signature_end
                .and_then(|end| self.bytes.get(row.line_end..end));
            start = row.signature_end.unwrap_or(row.line_end);
            (row, line, signature)
        })
    }

    /// Checks every line for itself.
    pub(crate) fn check(&self, keys: Keys<'_>, objects: &Objects) -> Vec<Outcome> {
        // All signatures first: the code and the tables of the curve then stay in the cache.
        let signatures: Vec<SignatureOutcome> = self
            .lines()
            .map(|(row, line, signature)| check_signature(row.index, line, signature, keys))
            .collect();
        let mut texts = Texts::default();
        let mut outcomes = Vec::with_capacity(self.rows.len());
        for ((row, line, _), signature) in self.lines().zip(signatures) {
            let parsed = ParsedLine::parse(line);
            outcomes.push(Outcome {
                index: row.index,
                leaf: leaf_hash(line),
                line: parsed.map(|parsed| Parsed::of(&parsed, &mut texts, objects)),
                signature,
            });
        }
        outcomes
    }
}

/// The keys of the log, and a table for the one that signed the most.
pub(crate) type Keys<'a> = (&'a KeySequence, Option<&'a KeyTable>);

fn check_signature(
    index: u64,
    line: &[u8],
    signature: Option<&[u8]>,
    (keys, table): Keys<'_>,
) -> SignatureOutcome {
    let Some(text) = signature else {
        return SignatureOutcome::Missing;
    };
    let decoded = encoding::base64_decode(text)
        .and_then(|bytes| <[u8; SIGNATURE_BYTES]>::try_from(bytes).ok());
    let Some(signature) = decoded else {
        return SignatureOutcome::Malformed;
    };
    let Some(key) = keys.signer_at(index) else {
        return SignatureOutcome::NoKey;
    };
    let message = signed_bytes(line);
    let holds = match table.filter(|table| table.key() == key) {
        Some(table) => table.verify(&message, &signature),
        None => key.verify(&message, &signature),
    };
    if holds {
        SignatureOutcome::Valid
    } else if keys
        .retired_at(index)
        .any(|key| key.verify(&message, &signature))
    {
        SignatureOutcome::Retired
    } else {
        SignatureOutcome::Invalid
    }
}
