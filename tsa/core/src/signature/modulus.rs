//! RSA keys and both paddings of RFC 8017.

use rsa::traits::{PublicKeyParts as _, SignatureScheme};
use rsa::{BoxedUint, Pkcs1v15Sign, Pss, RsaPublicKey};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use crate::certificate::PublicKey;
use crate::der::{self, tag};
use crate::digest::{HashAlgorithm, Refusal};
use crate::error::Error;
use crate::limits::RSA_MODULUS_BITS;
use crate::oid;

use super::pss::PssParameters;

/// RFC 8017 §8.2.2.
pub(super) fn verify_pkcs1(
    key: &PublicKey<'_>,
    hash: HashAlgorithm,
    digest: &[u8],
    signature: &[u8],
) -> Result<bool, Refusal> {
    let padding = match hash {
        HashAlgorithm::Sha1 => Pkcs1v15Sign::new::<Sha1>(),
        HashAlgorithm::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
        HashAlgorithm::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
        HashAlgorithm::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
    };
    verify(key, padding, digest, signature)
}

/// RFC 8017 §8.1.2, with the salt exactly as long as the parameters say.
pub(super) fn verify_pss(
    key: &PublicKey<'_>,
    parameters: PssParameters,
    digest: &[u8],
    signature: &[u8],
) -> Result<bool, Refusal> {
    if !parameters.are_allowed_by(key)? {
        return Ok(false);
    }
    let salt_bytes = parameters.salt_bytes();
    match parameters.hash() {
        HashAlgorithm::Sha1 => {
            let padding = Pss::<Sha1>::new_with_salt(salt_bytes);
            verify(key, padding, digest, signature)
        }
        HashAlgorithm::Sha256 => {
            let padding = Pss::<Sha256>::new_with_salt(salt_bytes);
            verify(key, padding, digest, signature)
        }
        HashAlgorithm::Sha384 => {
            let padding = Pss::<Sha384>::new_with_salt(salt_bytes);
            verify(key, padding, digest, signature)
        }
        HashAlgorithm::Sha512 => {
            let padding = Pss::<Sha512>::new_with_salt(salt_bytes);
            verify(key, padding, digest, signature)
        }
    }
}

fn verify(
    key: &PublicKey<'_>,
    padding: impl SignatureScheme,
    digest: &[u8],
    signature: &[u8],
) -> Result<bool, Refusal> {
    let Ok((modulus, exponent)) = numbers(key) else {
        return Ok(false);
    };
    // The parameters of a PSS key were read with those of the signature.
    if key.algorithm.oid == oid::RSA_ENCRYPTION && !key.algorithm.has_no_parameters() {
        return Err(Refusal::Unsupported);
    }
    let bits = bit_length(modulus);
    if bits < *RSA_MODULUS_BITS.start() {
        return Err(Refusal::Weak);
    }
    if bits > *RSA_MODULUS_BITS.end() {
        return Err(Refusal::Unsupported);
    }
    // An exponent of 3 occurs in roots still in use. The attacks on small exponents needed
    // verifiers that skipped part of the padding; here the whole encoded block is compared.
    if !(2..=33).contains(&bit_length(exponent)) {
        return Err(Refusal::Unsupported);
    }
    let public = RsaPublicKey::new_with_size_limits(
        BoxedUint::from_be_slice_vartime(modulus),
        BoxedUint::from_be_slice_vartime(exponent),
        RSA_MODULUS_BITS,
    );
    let Ok(public) = public else {
        return Ok(false);
    };
    // RFC 8017 §8.1.2 and §8.2.2, step 1: the signature is exactly as long as the modulus.
    if signature.len() != public.size() {
        return Ok(false);
    }
    Ok(public.verify(padding, digest, signature).is_ok())
}

/// Bits in the modulus; 0 if the key cannot be read.
pub(super) fn bits(key: &PublicKey<'_>) -> usize {
    numbers(key).map_or(0, |(modulus, _)| bit_length(modulus))
}

/// ```text
/// RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }
/// ```
fn numbers<'a>(key: &PublicKey<'a>) -> Result<(&'a [u8], &'a [u8]), Error> {
    let mut reader = der::only(key.key, tag::SEQUENCE)?.reader();
    let modulus = reader.expect(tag::INTEGER)?.unsigned()?;
    let exponent = reader.expect(tag::INTEGER)?.unsigned()?;
    reader.finish()?;
    Ok((modulus, exponent))
}

fn bit_length(octets: &[u8]) -> usize {
    let leading = octets.first().map_or(8, |first| first.leading_zeros());
    octets
        .len()
        .saturating_mul(8)
        .saturating_sub(usize::try_from(leading).unwrap_or_default())
}
