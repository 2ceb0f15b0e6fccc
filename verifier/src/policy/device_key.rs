//! Keys that may have signed a bundle.

use proofline_format::digest::Hash;
use proofline_format::key::PublicKey;

/// A key the verifier was given: all of it, or what people compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceKey {
    /// The key itself.
    Key(PublicKey),
    /// Its fingerprint.
    Fingerprint(Hash),
}

impl DeviceKey {
    /// Reads a fingerprint (64 hex), a `did:key` or a PEM public key.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let trimmed = text.trim();
        if let Some(hash) = Hash::from_hex(trimmed.to_ascii_lowercase().as_bytes()) {
            return Some(Self::Fingerprint(hash));
        }
        PublicKey::from_did(trimmed)
            .or_else(|| PublicKey::from_pem(text))
            .map(Self::Key)
    }

    /// The fingerprint.
    #[must_use]
    pub fn fingerprint(&self) -> Hash {
        match self {
            Self::Key(key) => key.fingerprint(),
            Self::Fingerprint(hash) => *hash,
        }
    }
}
