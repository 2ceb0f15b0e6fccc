//! Signatures: RSA PKCS#1 v1.5 and ECDSA over P-256 and P-384, with SHA-2.
//!
//! One function decides every signature, those of tokens and those of certificates.
//! The arithmetic is that of the `rsa`, `p256` and `p384` crates; what is here is the choice of
//! algorithm, and the refusal of those that are weak.
// Limit: RSASSA-PSS, P-521 and Ed25519 are named as unsupported. Another algorithm is one more
// variant of `Scheme` and one more arm in `verify`.

use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use rsa::traits::PublicKeyParts as _;
use rsa::{BoxedUint, Pkcs1v15Sign, RsaPublicKey};
use sha2::{Sha256, Sha384, Sha512};

use crate::certificate::PublicKey;
use crate::der::{self, tag};
use crate::digest::{AlgorithmIdentifier, HashAlgorithm, Refusal};
use crate::limits::RSA_MODULUS_BITS;
use crate::oid;

#[cfg(test)]
mod wycheproof;

/// How a signature is made: the kind of key and the hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).
    RsaPkcs1(HashAlgorithm),
    /// ECDSA (FIPS 186-5) over the curve of the key.
    Ecdsa(HashAlgorithm),
}

impl Scheme {
    /// Reads a signature algorithm; `digest` is what `rsaEncryption` leaves open, where the
    /// context names it (a CMS signer does, a certificate does not).
    pub(crate) fn from_identifier(
        identifier: &AlgorithmIdentifier<'_>,
        digest: Option<HashAlgorithm>,
    ) -> Result<Self, Refusal> {
        let rsa = |hash| match identifier.has_no_parameters() {
            true => Ok(Self::RsaPkcs1(hash)),
            false => Err(Refusal::Unsupported),
        };
        // RFC 5758 §3.2: the parameters of ECDSA with SHA-2 are absent.
        let ecdsa = |hash| match identifier.parameters {
            None => Ok(Self::Ecdsa(hash)),
            Some(_) => Err(Refusal::Unsupported),
        };
        match identifier.oid {
            oid::SHA256_WITH_RSA => rsa(HashAlgorithm::Sha256),
            oid::SHA384_WITH_RSA => rsa(HashAlgorithm::Sha384),
            oid::SHA512_WITH_RSA => rsa(HashAlgorithm::Sha512),
            oid::RSA_ENCRYPTION => rsa(digest.ok_or(Refusal::Unsupported)?),
            oid::SHA256_WITH_ECDSA => ecdsa(HashAlgorithm::Sha256),
            oid::SHA384_WITH_ECDSA => ecdsa(HashAlgorithm::Sha384),
            oid::SHA512_WITH_ECDSA => ecdsa(HashAlgorithm::Sha512),
            oid::MD5_WITH_RSA | oid::SHA1_WITH_RSA | oid::SHA1_WITH_ECDSA => Err(Refusal::Weak),
            _ => Err(Refusal::Unsupported),
        }
    }

    pub(crate) const fn hash(self) -> HashAlgorithm {
        match self {
            Self::RsaPkcs1(hash) | Self::Ecdsa(hash) => hash,
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
    let digest = scheme.hash().digest(message);
    match (scheme, key.algorithm.oid) {
        (Scheme::RsaPkcs1(hash), oid::RSA_ENCRYPTION) => verify_rsa(key, hash, &digest, signature),
        (Scheme::Ecdsa(_), oid::EC_PUBLIC_KEY) => verify_ecdsa(key, &digest, signature),
        // A key of another kind than the algorithm names made no such signature.
        (_, oid::RSA_ENCRYPTION | oid::EC_PUBLIC_KEY) => SignatureCheck::Bad,
        _ => SignatureCheck::KeyRefused(Refusal::Unsupported),
    }
}

/// ```text
/// RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }
/// ```
fn verify_rsa(
    key: &PublicKey<'_>,
    hash: HashAlgorithm,
    digest: &[u8],
    signature: &[u8],
) -> SignatureCheck {
    let numbers = der::only(key.key, tag::SEQUENCE).and_then(|element| {
        let mut reader = element.reader();
        let modulus = reader.expect(tag::INTEGER)?.unsigned()?;
        let exponent = reader.expect(tag::INTEGER)?.unsigned()?;
        reader.finish()?;
        Ok((modulus, exponent))
    });
    let Ok((modulus, exponent)) = numbers else {
        return SignatureCheck::Bad;
    };
    if !key.algorithm.has_no_parameters() {
        return SignatureCheck::KeyRefused(Refusal::Unsupported);
    }
    let bits = bit_length(modulus);
    if bits < *RSA_MODULUS_BITS.start() {
        return SignatureCheck::KeyRefused(Refusal::Weak);
    }
    if bits > *RSA_MODULUS_BITS.end() {
        return SignatureCheck::KeyRefused(Refusal::Unsupported);
    }
    // An exponent of 3 occurs in roots still in use. The attacks on small exponents needed
    // verifiers that skipped part of the padding; here the whole encoded block is compared.
    if !(2..=33).contains(&bit_length(exponent)) {
        return SignatureCheck::KeyRefused(Refusal::Unsupported);
    }
    let public = RsaPublicKey::new_with_size_limits(
        BoxedUint::from_be_slice_vartime(modulus),
        BoxedUint::from_be_slice_vartime(exponent),
        RSA_MODULUS_BITS,
    );
    let Ok(public) = public else {
        return SignatureCheck::Bad;
    };
    // RFC 8017 §8.2.2 step 1: the signature is exactly as long as the modulus.
    if signature.len() != public.size() {
        return SignatureCheck::Bad;
    }
    let padding = match hash {
        HashAlgorithm::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
        HashAlgorithm::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
        HashAlgorithm::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
    };
    good_if(public.verify(padding, digest, signature).is_ok())
}

/// ```text
/// ECParameters    ::= CHOICE { namedCurve OBJECT IDENTIFIER }
/// ECDSA-Sig-Value ::= SEQUENCE { r INTEGER, s INTEGER }
/// ```
fn verify_ecdsa(key: &PublicKey<'_>, digest: &[u8], signature: &[u8]) -> SignatureCheck {
    let curve = match key.algorithm.parameters {
        Some(parameters) if parameters.tag == tag::OID => parameters.value,
        _ => return SignatureCheck::KeyRefused(Refusal::Unsupported),
    };
    match curve {
        oid::P256 => {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(key.key);
            let signature = p256::ecdsa::Signature::from_der(signature);
            let (Ok(key), Ok(signature)) = (key, signature) else {
                return SignatureCheck::Bad;
            };
            good_if(key.verify_prehash(digest, &signature).is_ok())
        }
        oid::P384 => {
            let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(key.key);
            let signature = p384::ecdsa::Signature::from_der(signature);
            let (Ok(key), Ok(signature)) = (key, signature) else {
                return SignatureCheck::Bad;
            };
            good_if(key.verify_prehash(digest, &signature).is_ok())
        }
        _ => SignatureCheck::KeyRefused(Refusal::Unsupported),
    }
}

const fn good_if(verified: bool) -> SignatureCheck {
    if verified {
        SignatureCheck::Good
    } else {
        SignatureCheck::Bad
    }
}

fn bit_length(octets: &[u8]) -> usize {
    let leading = octets.first().map_or(8, |first| first.leading_zeros());
    octets
        .len()
        .saturating_mul(8)
        .saturating_sub(usize::try_from(leading).unwrap_or_default())
}
