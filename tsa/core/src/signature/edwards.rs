//! Ed25519 (RFC 8032 §5.1), in its strict form.
//!
//! `verify_strict` refuses keys and points of small order, with which one signature fits several
//! messages.

use ed25519_dalek::{Signature, VerifyingKey};

use crate::certificate::PublicKey;
use crate::digest::Refusal;

pub(super) fn verify(
    key: &PublicKey<'_>,
    message: &[u8],
    signature: &[u8],
) -> Result<bool, Refusal> {
    // RFC 8410 §3: the parameters are absent.
    if key.algorithm.parameters.is_some() {
        return Err(Refusal::Unsupported);
    }
    let key = <[u8; 32]>::try_from(key.key)
        .ok()
        .and_then(|octets| VerifyingKey::from_bytes(&octets).ok());
    let signature = Signature::from_slice(signature);
    Ok(matches!((key, signature), (Some(key), Ok(signature))
        if key.verify_strict(message, &signature).is_ok()))
}
