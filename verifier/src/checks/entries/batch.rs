//! What a worker does with a stretch of lines: everything that needs no neighbour.

use proofline_format::digest::Hash;
use proofline_format::encoding;
use proofline_format::entry::{Entry, ParsedLine, signed_bytes};
use proofline_format::error::ParseError;
use proofline_format::key::SIGNATURE_BYTES;
use proofline_format::merkle::leaf_hash;

use super::super::keys::KeySequence;

/// Lines with their indexes and signature lines.
#[derive(Debug, Default)]
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

/// A line that is an entry.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) entry: Entry,
    pub(crate) computed_chain_hash: Hash,
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

impl Batch {
    pub(crate) const fn len(&self) -> usize {
        self.rows.len()
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

    /// Checks every line for itself.
    pub(crate) fn check(&self, keys: &KeySequence) -> Vec<Outcome> {
        let mut start = 0;
        let mut outcomes = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let line = self.bytes.get(start..row.line_end).unwrap_or_default();
            let signature = row
                .signature_end
                .and_then(|end| self.bytes.get(row.line_end..end));
            start = row.signature_end.unwrap_or(row.line_end);
            let parsed = ParsedLine::parse(line).map(|parsed| Parsed {
                computed_chain_hash: parsed.computed_chain_hash(),
                entry: parsed.entry,
            });
            outcomes.push(Outcome {
                index: row.index,
                leaf: leaf_hash(line),
                line: parsed,
                signature: check_signature(row.index, line, signature, keys),
            });
        }
        outcomes
    }
}

fn check_signature(
    index: u64,
    line: &[u8],
    signature: Option<&[u8]>,
    keys: &KeySequence,
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
    if key.verify(&message, &signature) {
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
