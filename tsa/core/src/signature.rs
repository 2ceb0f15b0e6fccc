//! Signatures: RSA with both paddings, ECDSA over three curves, Ed25519.
//!
//! One function decides every signature, those of tokens and those of certificates.
//! The arithmetic is that of the `rsa`, `p256`, `p384`, `p521` and `ed25519-dalek` crates; what is
//! here is the choice of algorithm, the reading of keys and parameters, and the refusal of those
//! that are weak.

use crate::algorithm::{self, Mechanism};
use crate::certificate::PublicKey;
use crate::digest::{AlgorithmIdentifier, HashAlgorithm, Refusal, Sha1Leave};
use crate::oid;

mod curve;
mod edwards;
mod modulus;
mod pss;
#[cfg(test)]
mod vectors;
#[cfg(test)]
mod wycheproof;

pub(crate) use pss::PssParameters;

/// How a signature is made: the kind of key and the hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).
    RsaPkcs1(HashAlgorithm),
    /// RSASSA-PSS (RFC 8017 §8.1).
    RsaPss(PssParameters),
    /// ECDSA (FIPS 186-5) over the curve of the key.
    Ecdsa(HashAlgorithm),
    /// Ed25519 (RFC 8032 §5.1), over the message itself.
    Ed25519,
}

impl Scheme {
    /// Reads a signature algorithm; `digest` is what `rsaEncryption` and `id-ecPublicKey` leave
    /// open, where the context names it (a CMS signer does, a certificate does not).
    pub(crate) fn from_identifier(
        identifier: &AlgorithmIdentifier<'_>,
        digest: Option<HashAlgorithm>,
        sha1: Sha1Leave,
    ) -> Result<Self, Refusal> {
        let left_open = digest.ok_or(Refusal::Unsupported);
        let scheme = match algorithm::mechanism(identifier)? {
            Mechanism::RsaPkcs1(Some(hash)) => Self::RsaPkcs1(hash),
            Mechanism::RsaPkcs1(None) => Self::RsaPkcs1(left_open?),
            Mechanism::RsaPss => Self::RsaPss(PssParameters::parse(identifier, sha1)?),
            Mechanism::Ecdsa(Some(hash)) => Self::Ecdsa(hash),
            Mechanism::Ecdsa(None) => Self::Ecdsa(left_open?),
            Mechanism::Ed25519 => Self::Ed25519,
            Mechanism::Hash(_) | Mechanism::Nothing => return Err(Refusal::Unsupported),
        };
        match scheme.hash() {
            Some(HashAlgorithm::Sha1) if sha1 == Sha1Leave::Refused => Err(Refusal::Weak),
            _ => Ok(scheme),
        }
    }

    /// The hash of the message; `None` where the scheme takes the message itself.
    pub(crate) const fn hash(self) -> Option<HashAlgorithm> {
        match self {
            Self::RsaPkcs1(hash) | Self::Ecdsa(hash) => Some(hash),
            Self::RsaPss(parameters) => Some(parameters.hash()),
            Self::Ed25519 => None,
        }
    }

    /// The digest algorithm that a CMS signer must name beside this scheme.
    ///
    /// RFC 5652 §5.4 hashes the attributes with it; RFC 8419 §3.1 demands SHA-512 for Ed25519.
    pub(crate) const fn digest_algorithm(self) -> HashAlgorithm {
        match self.hash() {
            Some(hash) => hash,
            None => HashAlgorithm::Sha512,
        }
    }
}

/// What a check of a signature came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignatureCheck {
    /// The key made the signature over these bytes.
    Good,
    /// It did not, or the signature or key is not well formed.
    Bad,
    /// The key is of a kind, curve or size that is not used here.
    KeyRefused(Refusal),
}

/// Checks a signature over `message`.
pub(crate) fn verify(
    key: &PublicKey<'_>,
    scheme: Scheme,
    message: &[u8],
    signature: &[u8],
) -> SignatureCheck {
    let result = match (scheme, key.algorithm.oid) {
        (Scheme::RsaPkcs1(hash), oid::RSA_ENCRYPTION) => {
            modulus::verify_pkcs1(key, hash, &hash.digest(message), signature)
        }
        (Scheme::RsaPss(parameters), oid::RSA_ENCRYPTION | oid::RSASSA_PSS) => {
            let digest = parameters.hash().digest(message);
            modulus::verify_pss(key, parameters, &digest, signature)
        }
        (Scheme::Ecdsa(hash), oid::EC_PUBLIC_KEY) => {
            curve::verify(key, &hash.digest(message), signature)
        }
        (Scheme::Ed25519, oid::ED25519) => edwards::verify(key, message, signature),
        // A key of another kind than the algorithm names made no such signature. RFC 4055 §1.2:
        // a key that is limited to RSASSA-PSS makes no other.
        (_, oid::RSA_ENCRYPTION | oid::RSASSA_PSS | oid::EC_PUBLIC_KEY | oid::ED25519) => Ok(false),
        _ => Err(Refusal::Unsupported),
    };
    match result {
        Ok(true) => SignatureCheck::Good,
        Ok(false) => SignatureCheck::Bad,
        Err(refusal) => SignatureCheck::KeyRefused(refusal),
    }
}

/// The size that the registry's rows ask about, in bits: of the modulus for RSA; for other keys
/// no row asks.
pub(crate) fn key_bits(key: &PublicKey<'_>) -> usize {
    match key.algorithm.oid {
        oid::RSA_ENCRYPTION | oid::RSASSA_PSS => modulus::bits(key),
        _ => 0,
    }
}
