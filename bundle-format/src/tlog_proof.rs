//! C2SP tlog-proof (c2sp.org/tlog-proof): one entry's inclusion proof with its checkpoint.
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! [extra <base64>]
//! index <decimal>
//! <base64 hash>…
//!
//! <checkpoint note>
//! ```

use alloc::string::String;
use alloc::vec::Vec;

use crate::checkpoint::Checkpoint;
use crate::digest::Hash;
use crate::encoding;
use crate::error::{ErrorKind, ParseError};
use crate::key::PublicKey;
use crate::limits::{MAX_NOTE_BYTES, MAX_PROOF_HASHES};
use crate::merkle::{leaf_hash, proof};
use crate::note::Note;

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// An inclusion proof that travels alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    /// Bytes beside the proof that nothing authenticates.
    pub extra: Option<Vec<u8>>,
    /// Index of the entry.
    pub index: u64,
    /// Hashes from leaf to root.
    pub hashes: Vec<Hash>,
    /// The signed checkpoint.
    pub checkpoint: Note,
}

impl TlogProof {
    /// The proof's text.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = alloc::format!("{HEADER}\n");
        if let Some(extra) = &self.extra {
            out.push_str(&alloc::format!("extra {}\n", encoding::base64(extra)));
        }
        out.push_str(&alloc::format!("index {}\n", self.index));
        for hash in &self.hashes {
            out.push_str(&encoding::base64(&hash.0));
            out.push('\n');
        }
        out.push('\n');
        let mut out = out.into_bytes();
        out.extend(self.checkpoint.to_bytes());
        out
    }

    /// Reads a proof.
    ///
    /// # Errors
    /// Which line is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        if bytes.len() > MAX_NOTE_BYTES.saturating_mul(2) {
            return Err(ParseError::at(ErrorKind::Limit, 0));
        }
        let text = core::str::from_utf8(bytes)
            .map_err(|error| ParseError::at(ErrorKind::NotUtf8, error.valid_up_to()))?;
        let end = ParseError::of(ErrorKind::UnexpectedEnd, "proof");
        let (head, note) = text.split_once("\n\n").ok_or(end)?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(ParseError::of(ErrorKind::Value, "header"));
        }
        let extra_error = ParseError::of(ErrorKind::Base64, "extra");
        let extra = match lines.next_if(|line| line.starts_with("extra ")) {
            Some(line) => {
                let body = line.strip_prefix("extra ").unwrap_or_default();
                Some(encoding::base64_decode(body.as_bytes()).ok_or(extra_error)?)
            }
            None => None,
        };
        let index = lines
            .next()
            .and_then(|line| line.strip_prefix("index "))
            .ok_or(end)?;
        let canonical = index == "0" || !index.starts_with(['0', '+']);
        let index = index.parse().ok().filter(|_| canonical);
        let index = index.ok_or(ParseError::of(ErrorKind::Number, "index"))?;
        let mut hashes = Vec::new();
        for line in lines {
            if hashes.len() == MAX_PROOF_HASHES {
                return Err(ParseError::of(ErrorKind::Limit, "hash"));
            }
            let hash = encoding::base64_decode(line.as_bytes()).and_then(|b| b.try_into().ok());
            hashes.push(Hash(hash.ok_or(ParseError::of(ErrorKind::Base64, "hash"))?));
        }
        Ok(Self {
            extra,
            index,
            hashes,
            checkpoint: Note::parse(note.as_bytes())?,
        })
    }

    /// Whether the proof shows this line in the log of that origin, under a checkpoint signed by
    /// the key. Gives the checkpoint that shows it.
    #[must_use]
    pub fn verify(&self, line: &[u8], origin: &str, key: &PublicKey) -> Option<Checkpoint> {
        let checkpoint = Checkpoint::parse(&self.checkpoint.text).ok()?;
        let signed = checkpoint.origin == origin && self.checkpoint.is_signed_by(origin, key);
        let (leaf, size) = (leaf_hash(line), checkpoint.size);
        let included =
            proof::verify_inclusion(&leaf, self.index, size, &self.hashes, &checkpoint.root);
        (signed && included).then_some(checkpoint)
    }

    /// The base64 text of the hashes, one a line, as other tools take them.
    #[must_use]
    pub fn hash_lines(&self) -> String {
        self.hashes
            .iter()
            .map(|hash| alloc::format!("{}\n", encoding::base64(&hash.0)))
            .collect()
    }
}
