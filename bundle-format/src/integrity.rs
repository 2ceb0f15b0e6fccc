//! W3C Data Integrity, cryptosuite `eddsa-jcs-2022`: the proof inside a JSON-LD document.
//!
//! ```text
//! signed = SHA-256(JCS(proof without proofValue)) || SHA-256(JCS(document without proof))
//! ```

use alloc::string::String;
use alloc::vec::Vec;

use crate::digest::sha256;
use crate::encoding;
use crate::error::{ErrorKind, ParseError};
use crate::json::{Value, canonical};
use crate::key::{PublicKey, SIGNATURE_BYTES};

const CRYPTOSUITE: &str = "eddsa-jcs-2022";
const MEMBERS: [&str; 7] = [
    "@context",
    "created",
    "cryptosuite",
    "proofPurpose",
    "proofValue",
    "type",
    "verificationMethod",
];

/// A document whose proof has the form of the format; not yet verified.
#[derive(Debug, Clone)]
pub struct Proof {
    /// When the document says it was signed.
    pub created: String,
    /// The key that the proof names.
    pub key: PublicKey,
    /// The 64 bytes of the signature.
    pub signature: [u8; SIGNATURE_BYTES],
    signed_bytes: Vec<u8>,
}

/// A proof without `proofValue`, to be signed with [`signed_bytes`].
#[must_use]
pub fn proof_options(context: &Value, created: &str, key: &PublicKey) -> Value {
    Value::object([
        ("@context", context.clone()),
        ("created", created.into()),
        ("cryptosuite", CRYPTOSUITE.into()),
        ("proofPurpose", "assertionMethod".into()),
        ("type", "DataIntegrityProof".into()),
        ("verificationMethod", key.verification_method().into()),
    ])
}

/// The 64 bytes that the proof signs: proof options first, then the document.
#[must_use]
pub fn signed_bytes(document_without_proof: &Value, options: &Value) -> Vec<u8> {
    let mut out = sha256(&canonical(options)).0.to_vec();
    out.extend(sha256(&canonical(document_without_proof)).0);
    out
}

/// The document with its proof.
#[must_use]
pub fn with_proof(
    document_without_proof: &Value,
    options: &Value,
    signature: &[u8; SIGNATURE_BYTES],
) -> Value {
    let mut proof = options.members().unwrap_or_default().to_vec();
    let value = alloc::format!("z{}", encoding::base58(signature));
    proof.push(("proofValue".into(), value.into()));
    let mut members = document_without_proof
        .members()
        .unwrap_or_default()
        .to_vec();
    members.push(("proof".into(), Value::Object(proof)));
    Value::Object(members)
}

impl Proof {
    /// Reads the proof of a document: exactly one, with exactly the members of the format, its
    /// context equal to the document's, its value in the one spelling of 64 bytes.
    ///
    /// # Errors
    /// Which member is wrong.
    pub fn of(document: &Value) -> Result<Self, ParseError> {
        let proof = document.require("proof")?;
        proof.require_exactly(&MEMBERS)?;
        for (member, want) in [
            ("cryptosuite", CRYPTOSUITE),
            ("proofPurpose", "assertionMethod"),
            ("type", "DataIntegrityProof"),
        ] {
            if proof.require_text(member)? != want {
                return Err(ParseError::of(ErrorKind::Value, member));
            }
        }
        if proof.require("@context")? != document.require("@context")? {
            return Err(ParseError::of(ErrorKind::Value, "@context"));
        }
        let method = proof.require_text("verificationMethod")?;
        let key = method
            .split_once('#')
            .and_then(|(did, _)| PublicKey::from_did(did))
            .filter(|key| key.verification_method() == method)
            .ok_or(ParseError::of(ErrorKind::Value, "verificationMethod"))?;
        let text = proof.require_text("proofValue")?;
        let refused = ParseError::of(ErrorKind::Base64, "proofValue");
        let encoded = text.strip_prefix('z').ok_or(refused)?;
        let bytes = encoding::base58_decode(encoded.as_bytes()).ok_or(refused)?;
        let signature = <[u8; SIGNATURE_BYTES]>::try_from(bytes).map_err(|_| refused)?;
        if encoding::base58(&signature) != encoded {
            return Err(refused);
        }
        let without = |value: &Value, key: &str| {
            let members = value.members().unwrap_or_default();
            Value::Object(
                members
                    .iter()
                    .filter(|(name, _)| name != key)
                    .cloned()
                    .collect(),
            )
        };
        let signed_bytes = signed_bytes(&without(document, "proof"), &without(proof, "proofValue"));
        Ok(Self {
            created: proof.require_text("created")?.into(),
            key,
            signature,
            signed_bytes,
        })
    }

    /// Whether the signature holds under the key that the proof itself names. Whether that key is
    /// to be trusted is another question.
    #[must_use]
    pub fn verifies(&self) -> bool {
        self.key.verify(&self.signed_bytes, &self.signature)
    }
}
