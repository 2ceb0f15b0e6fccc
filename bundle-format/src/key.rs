//! The Ed25519 device key as verifiers see it: raw bytes, fingerprint, `did:key`, PEM.

mod table;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use ed25519_dalek::{Signature, VerifyingKey};

pub use self::table::KeyTable;
use crate::digest::{Hash, sha256};
use crate::encoding;

/// Bytes of an Ed25519 signature.
pub const SIGNATURE_BYTES: usize = 64;
/// Multicodec prefix of an Ed25519 public key (`ed25519-pub`, varint 0xed).
const MULTICODEC: [u8; 2] = [0xed, 0x01];
/// RFC 8410 §4: everything of a `SubjectPublicKeyInfo` for Ed25519 before the 32 key bytes.
const SPKI_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];
const PEM_BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const PEM_END: &str = "-----END PUBLIC KEY-----";

/// An Ed25519 public key that is a valid curve point.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// A key from its 32 bytes; `None` if they are not a point of the curve.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        VerifyingKey::from_bytes(bytes).ok().map(Self)
    }

    /// A key from 64 lower-case hex characters.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        Self::from_bytes(&encoding::hex_array(text.as_bytes())?)
    }

    /// A key from `did:key:z…`.
    #[must_use]
    pub fn from_did(did: &str) -> Option<Self> {
        let bytes = encoding::base58_decode(did.strip_prefix("did:key:z")?.as_bytes())?;
        let key: [u8; 32] = bytes.strip_prefix(&MULTICODEC)?.try_into().ok()?;
        let key = Self::from_bytes(&key)?;
        // One spelling only.
        (key.did() == did).then_some(key)
    }

    /// A key from a PEM `PUBLIC KEY` (RFC 7468 §13, RFC 8410 §4). Text around it is ignored.
    #[must_use]
    pub fn from_pem(pem: &str) -> Option<Self> {
        let (_, rest) = pem.split_once(PEM_BEGIN)?;
        let (body, _) = rest.split_once(PEM_END)?;
        let body: Vec<u8> = body.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
        let der = encoding::base64_decode(&body)?;
        Self::from_bytes(der.strip_prefix(&SPKI_PREFIX)?.try_into().ok()?)
    }

    /// The key as PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        let der = [SPKI_PREFIX.as_slice(), self.as_bytes()].concat();
        alloc::format!("{PEM_BEGIN}\n{}\n{PEM_END}\n", encoding::base64(&der))
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The 32 bytes as hex.
    #[must_use]
    pub fn to_hex(&self) -> String {
        encoding::hex(self.as_bytes())
    }

    /// SHA-256 of the 32 bytes: what people compare.
    #[must_use]
    pub fn fingerprint(&self) -> Hash {
        sha256(self.as_bytes())
    }

    /// The key as a DID: `did:key:z6Mk…`.
    #[must_use]
    pub fn did(&self) -> String {
        let mut bytes = Vec::from(MULTICODEC);
        bytes.extend_from_slice(self.as_bytes());
        alloc::format!("did:key:z{}", encoding::base58(&bytes))
    }

    /// The DID URL of the key: `did:key:z…#z…`.
    #[must_use]
    pub fn verification_method(&self) -> String {
        let did = self.did();
        let fragment = did.strip_prefix("did:key:").unwrap_or_default();
        alloc::format!("{did}#{fragment}")
    }

    /// Strict, cofactorless Ed25519 verification: canonical `s`, no small-order point. Batch
    /// verification accepts some inputs that this refuses, so it never decides anything here.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> bool {
        self.0
            .verify_strict(message, &Signature::from_bytes(signature))
            .is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.to_hex())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032 §7.1, test 3.
    const RFC_8032_KEY: &str = "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025";

    #[test]
    fn rfc_8032_example_verifies() {
        let key = PublicKey::from_hex(RFC_8032_KEY).unwrap();
        let signature = concat!(
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac",
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        );
        let signature = encoding::hex_array(signature.as_bytes()).unwrap();
        assert!(key.verify(&[0xaf, 0x82], &signature));
        assert!(!key.verify(&[0xaf, 0x83], &signature));
    }

    #[test]
    fn every_spelling_names_the_same_key() {
        let key = PublicKey::from_hex(RFC_8032_KEY).unwrap();
        assert!(key.did().starts_with("did:key:z6Mk"));
        assert_eq!(PublicKey::from_did(&key.did()), Some(key));
        assert_eq!(PublicKey::from_pem(&key.to_pem()), Some(key));
        assert_eq!(PublicKey::from_did("did:key:z6Mk"), None);
        assert_eq!(PublicKey::from_pem("no key here"), None);
    }
}
