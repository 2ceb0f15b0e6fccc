//! ECDSA over P-256, P-384 and P-521 (FIPS 186-5, SEC 1 §4.1.4).
//!
//! Any hash goes with any curve: the `ecdsa` crate takes the leftmost bits of a digest that is
//! longer than the order, and a shorter one as the number that it is (SEC 1 §4.1.4, step 3).
//! Its sums of two multiples are in variable time, which signatures and keys that anyone may see
//! can bear; the tests hold every verdict against sums in constant time, which are other code.

use p256::ecdsa::signature::hazmat::PrehashVerifier as _;

use crate::certificate::PublicKey;
use crate::der::tag;
use crate::digest::Refusal;
use crate::oid;

#[cfg(test)]
mod tests;

/// ```text
/// ECParameters    ::= CHOICE { namedCurve OBJECT IDENTIFIER }
/// ECDSA-Sig-Value ::= SEQUENCE { r INTEGER, s INTEGER }
/// ```
pub(super) fn verify(
    key: &PublicKey<'_>,
    digest: &[u8],
    signature: &[u8],
) -> Result<bool, Refusal> {
    // RFC 5480 §2.1.1: curves by name only; parameters spelled out could be any curve.
    let curve = match key.algorithm.parameters {
        Some(parameters) if parameters.tag == tag::OID => parameters.value,
        _ => return Err(Refusal::Unsupported),
    };
    Ok(match curve {
        oid::P256 => {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(key.key);
            let signature = p256::ecdsa::Signature::from_der(signature);
            matches!((key, signature), (Ok(key), Ok(signature))
                if key.verify_prehash(digest, &signature).is_ok())
        }
        oid::P384 => {
            let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(key.key);
            let signature = p384::ecdsa::Signature::from_der(signature);
            matches!((key, signature), (Ok(key), Ok(signature))
                if key.verify_prehash(digest, &signature).is_ok())
        }
        oid::P521 => {
            let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(key.key);
            let signature = p521::ecdsa::Signature::from_der(signature);
            matches!((key, signature), (Ok(key), Ok(signature))
                if key.verify_prehash(digest, &signature).is_ok())
        }
        _ => return Err(Refusal::Unsupported),
    })
}
