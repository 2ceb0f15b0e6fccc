//! C2SP signed notes (c2sp.org/signed-note): a text and signature lines.
//!
//! ```text
//! <text, ends in LF>
//! <blank line>
//! — <name> <base64(4-byte key ID || signature)>
//! ```

use alloc::string::String;
use alloc::vec::Vec;

use crate::digest::sha256_parts;
use crate::encoding;
use crate::error::{ErrorKind, ParseError};
use crate::key::{PublicKey, SIGNATURE_BYTES};
use crate::limits::{MAX_NOTE_BYTES, MAX_NOTE_SIGNATURES};

/// Signature type byte of Ed25519 over the note's text.
const ED25519: u8 = 0x01;

/// The key ID of an Ed25519 note key: the first four bytes of
/// `SHA-256(name || LF || 0x01 || key)`.
#[must_use]
pub fn key_id(name: &str, key: &PublicKey) -> [u8; 4] {
    let [a, b, c, d, ..] = sha256_parts(&[name.as_bytes(), b"\n", &[ED25519], key.as_bytes()]).0;
    [a, b, c, d]
}

/// The key as a C2SP verifier key: `<name>+<hex key ID>+<base64(0x01 || key)>`.
#[must_use]
pub fn verifier_key(name: &str, key: &PublicKey) -> String {
    let typed = [&[ED25519], key.as_bytes().as_slice()].concat();
    alloc::format!(
        "{name}+{}+{}",
        encoding::hex(&key_id(name, key)),
        encoding::base64(&typed)
    )
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// The key's name.
    pub name: String,
    /// First four bytes of the blob.
    pub key_id: [u8; 4],
    /// The rest of the blob; 64 bytes for Ed25519.
    pub signature: Vec<u8>,
}

/// A signed note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The signed text, its last LF included.
    pub text: String,
    /// The signature lines in order.
    pub signatures: Vec<NoteSignature>,
}

impl Note {
    /// A note with one Ed25519 signature that was made over `text`.
    #[must_use]
    pub fn with_signature(
        text: &str,
        name: &str,
        key: &PublicKey,
        signature: &[u8; SIGNATURE_BYTES],
    ) -> Self {
        let line = NoteSignature {
            name: name.into(),
            key_id: key_id(name, key),
            signature: signature.to_vec(),
        };
        Self {
            text: text.into(),
            signatures: [line].into(),
        }
    }

    /// Reads a note.
    ///
    /// # Errors
    /// What breaks the form, and where.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(ParseError::at(ErrorKind::Limit, MAX_NOTE_BYTES));
        }
        let note = core::str::from_utf8(bytes)
            .map_err(|error| ParseError::at(ErrorKind::NotUtf8, error.valid_up_to()))?;
        if let Some(at) = note
            .bytes()
            .position(|b| b < 0x20 && b != b'\n' || b == 0x7f)
        {
            return Err(ParseError::at(ErrorKind::UnexpectedByte, at));
        }
        let end = ParseError::at(ErrorKind::UnexpectedEnd, note.len());
        // The last blank line separates: the text itself may hold blank lines.
        let (head, block) = note.rsplit_once("\n\n").ok_or(end)?;
        let block_at = head.len().saturating_add(2);
        let block = block.strip_suffix('\n').ok_or(end)?;
        let mut signatures = Vec::new();
        for line in block.split('\n') {
            if signatures.len() == MAX_NOTE_SIGNATURES {
                return Err(ParseError::at(ErrorKind::Limit, block_at));
            }
            let signature = NoteSignature::parse(line)
                .ok_or(ParseError::at(ErrorKind::Base64, block_at).in_place("signature line"))?;
            signatures.push(signature);
        }
        Ok(Self {
            text: alloc::format!("{head}\n"),
            signatures,
        })
    }

    /// The note's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = alloc::format!("{}\n", self.text);
        for line in &self.signatures {
            let blob = [line.key_id.as_slice(), &line.signature].concat();
            out.push_str(&alloc::format!(
                "— {} {}\n",
                line.name,
                encoding::base64(&blob)
            ));
        }
        out.into_bytes()
    }

    /// Whether the note carries a signature by this key under this name, and no line that claims
    /// the key without verifying.
    #[must_use]
    pub fn is_signed_by(&self, name: &str, key: &PublicKey) -> bool {
        let id = key_id(name, key);
        let mut claimed = self
            .signatures
            .iter()
            .filter(|s| s.name == name && s.key_id == id);
        let verifies = |line: &NoteSignature| {
            <&[u8; SIGNATURE_BYTES]>::try_from(line.signature.as_slice())
                .is_ok_and(|signature| key.verify(self.text.as_bytes(), signature))
        };
        let first = claimed.next().is_some_and(verifies);
        first && claimed.all(verifies)
    }
}

impl NoteSignature {
    fn parse(line: &str) -> Option<Self> {
        let (name, blob) = line.strip_prefix("— ")?.split_once(' ')?;
        if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c == '+') {
            return None;
        }
        let blob = encoding::base64_decode(blob.as_bytes())?;
        let (id, signature) = blob.split_first_chunk::<4>()?;
        Some(Self {
            name: name.into(),
            key_id: *id,
            signature: signature.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of c2sp.org/signed-note.
    const EXAMPLE: &str = concat!(
        "This is an example message.\n",
        "\n",
        "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n",
    );

    #[test]
    fn a_note_reads_and_writes_the_same_bytes() {
        let note = Note::parse(EXAMPLE.as_bytes()).unwrap();
        assert_eq!(note.text, "This is an example message.\n");
        assert_eq!(note.to_bytes(), EXAMPLE.as_bytes());
    }

    #[test]
    fn malformed_notes_are_refused() {
        for bad in [
            "",
            "text\n",
            "text\n\n",
            "text\n\n— a b\n",
            "te\rxt\n\n— a AAAAAA==\n",
            "text\n\nx",
        ] {
            assert!(Note::parse(bad.as_bytes()).is_err(), "{bad:?}");
        }
        let many = alloc::format!("t\n\n{}", "— a AAAAAAA=\n".repeat(17));
        assert!(Note::parse(many.as_bytes()).is_err());
    }
}
