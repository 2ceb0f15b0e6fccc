//! DSSE v1: the pre-authentication encoding, and an envelope with exactly one signature.

use alloc::string::String;
use alloc::vec::Vec;

use crate::encoding;
use crate::error::{ErrorKind, ParseError};
use crate::json::{Value, canonical, parse_canonical};
use crate::key::SIGNATURE_BYTES;

/// `DSSEv1 SP len(type) SP type SP len(body) SP body`.
#[must_use]
pub fn pae(payload_type: &str, body: &[u8]) -> Vec<u8> {
    let (type_bytes, body_bytes) = (payload_type.len(), body.len());
    let head = alloc::format!("DSSEv1 {type_bytes} {payload_type} {body_bytes} ");
    [head.as_bytes(), body].concat()
}

/// An envelope as the bundle holds it: JCS, one signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The media type, which is signed too.
    pub payload_type: String,
    /// The payload's bytes.
    pub payload: Vec<u8>,
    /// A hint that nothing relies on.
    pub key_id: String,
    /// The signature over [`pae`].
    pub signature: [u8; SIGNATURE_BYTES],
}

impl Envelope {
    /// The bytes that are signed.
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        pae(&self.payload_type, &self.payload)
    }

    /// Reads an envelope in canonical form.
    ///
    /// # Errors
    /// What is wrong, and in which member.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let value = parse_canonical(bytes)?;
        value.require_exactly(&["payload", "payloadType", "signatures"])?;
        let [signature] = value.require_array("signatures")? else {
            return Err(ParseError::of(ErrorKind::Value, "signatures"));
        };
        signature.require_exactly(&["keyid", "sig"])?;
        let sig = encoding::base64_decode(signature.require_text("sig")?.as_bytes())
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or(ParseError::of(ErrorKind::Base64, "sig"))?;
        let payload = encoding::base64_decode(value.require_text("payload")?.as_bytes())
            .ok_or(ParseError::of(ErrorKind::Base64, "payload"))?;
        Ok(Self {
            payload_type: value.require_text("payloadType")?.into(),
            payload,
            key_id: signature.require_text("keyid")?.into(),
            signature: sig,
        })
    }

    /// The canonical bytes of the envelope.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let signature = Value::object([
            ("keyid", self.key_id.as_str().into()),
            ("sig", encoding::base64(&self.signature).into()),
        ]);
        canonical(&Value::object([
            ("payload", encoding::base64(&self.payload).into()),
            ("payloadType", self.payload_type.as_str().into()),
            ("signatures", [signature].into_iter().collect()),
        ]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pae_example_of_the_dsse_specification() {
        let got = pae("http://example.com/HelloWorld", b"hello world");
        assert_eq!(
            got,
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
    }
}
