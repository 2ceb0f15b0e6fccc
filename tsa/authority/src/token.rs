//! Tokens: planned as plain values, then written and signed.
//!
//! The plan of an honest token is made by the authority; a fault changes one thing in a plan, or
//! names an [`Edit`] of a list of parts just before it is written. So there is no condition about
//! faults on the way from plan to bytes.

use std::time::SystemTime;

use proofline_tsa::FailInfo;
use sha2::{Digest as _, Sha256};

use crate::der;
use crate::error::Error;
use crate::issue::Issued;
use crate::key::PrivateKey;
use crate::oid;

/// Everything that goes into a response.
pub(crate) struct Plan {
    /// `PKIStatus`.
    pub(crate) status: u32,
    /// The stamping unit whose identifier is written.
    pub(crate) unit: Issued,
    /// The certificates that travel in the token.
    pub(crate) certificates: Vec<Vec<u8>>,
    pub(crate) tst: TstPlan,
    /// The hash in the signed certificate reference; `None` leaves the attribute out.
    pub(crate) ess_hash: Option<Vec<u8>>,
    /// Bits flipped in the last octet of the signature.
    pub(crate) signature_mask: u8,
    pub(crate) edits: Edits,
}

/// A change to a list of parts in DER.
pub(crate) type Edit = fn(&mut Vec<Vec<u8>>);

/// What is changed just before it is written; in an honest plan nothing.
#[derive(Clone, Copy)]
pub(crate) struct Edits {
    /// `TSTInfo`: version, policy, imprint, serial, genTime, accuracy, nonce.
    pub(crate) tst: Edit,
    /// The signed attributes: content type, message digest, certificate reference.
    pub(crate) attributes: Edit,
    /// `SignerInfo`: version, identifier, digest algorithm, attributes, signature algorithm,
    /// signature.
    pub(crate) signer: Edit,
    /// `SignedData`: version, digest algorithms, content, certificates, signers.
    pub(crate) signed_data: Edit,
    /// `ContentInfo`: content type, content.
    pub(crate) content_info: Edit,
    /// The response: status, token.
    pub(crate) response: Edit,
    /// The octets that are sent, as one part.
    pub(crate) sent: Edit,
}

impl Default for Edits {
    fn default() -> Self {
        const NONE: Edit = |_| {};
        Self {
            tst: NONE,
            attributes: NONE,
            signer: NONE,
            signed_data: NONE,
            content_info: NONE,
            response: NONE,
            sent: NONE,
        }
    }
}

fn edited(mut parts: Vec<Vec<u8>>, edit: Edit) -> Vec<Vec<u8>> {
    edit(&mut parts);
    parts
}

fn sequence_of(parts: &[Vec<u8>]) -> Vec<u8> {
    der::tlv(0x30, &parts.concat())
}

/// The fields of a `TSTInfo`.
pub(crate) struct TstPlan {
    /// Content octets.
    pub(crate) policy: Vec<u8>,
    /// The `AlgorithmIdentifier` in DER, as the request has it.
    pub(crate) imprint_algorithm: Vec<u8>,
    pub(crate) imprint: Vec<u8>,
    pub(crate) serial: Vec<u8>,
    pub(crate) gen_time: SystemTime,
    pub(crate) accuracy_millis: u32,
    /// The content of its `INTEGER`.
    pub(crate) nonce: Option<Vec<u8>>,
}

impl TstPlan {
    /// RFC 3161 §2.4.2.
    fn to_der(&self, edit: Edit) -> Vec<u8> {
        let imprint = der::sequence(&[&self.imprint_algorithm, &der::octets(&self.imprint)]);
        let nonce = self.nonce.as_deref();
        let nonce = nonce.map(|content| der::tlv(0x02, content));
        let parts = vec![
            der::integer(1),
            der::oid(&self.policy),
            imprint,
            der::tlv(0x02, &self.serial),
            der::gen_time(self.gen_time),
            accuracy(self.accuracy_millis),
            nonce.unwrap_or_default(),
        ];
        sequence_of(&edited(parts, edit))
    }
}

/// `Accuracy`, its zero parts left out.
fn accuracy(millis: u32) -> Vec<u8> {
    let (seconds, millis) = (millis / 1_000, millis % 1_000);
    let seconds = if seconds > 0 {
        der::integer(seconds)
    } else {
        Vec::new()
    };
    let millis = match millis {
        0 => Vec::new(),
        value => der::tlv(0x80, &der::unsigned_octets(&value.to_be_bytes())),
    };
    der::sequence(&[&seconds, &millis])
}

impl Plan {
    /// Writes and signs the response.
    pub(crate) fn to_response(&self, key: &PrivateKey) -> Result<Vec<u8>, Error> {
        let status = der::sequence(&[&der::integer(self.status)]);
        let response = vec![status, self.to_token(key)?];
        let sent = vec![sequence_of(&edited(response, self.edits.response))];
        Ok(edited(sent, self.edits.sent).concat())
    }

    /// RFC 5652 §5.1, with the versions and attributes that RFC 3161 §2.4.2 asks for.
    fn to_token(&self, key: &PrivateKey) -> Result<Vec<u8>, Error> {
        let content = self.tst.to_der(self.edits.tst);
        let sha256 = der::algorithm_null(oid::SHA256);
        let encapsulated = der::sequence(&[
            &der::oid(oid::TST_INFO),
            &der::context(0, &der::octets(&content)),
        ]);
        let certificates = match self.certificates.as_slice() {
            [] => Vec::new(),
            some => der::set_of(0xa0, some),
        };
        let attributes = edited(self.signed_attributes(&content), self.edits.attributes);
        // The signature covers the attributes as a SET; in the token they stand as [0].
        let mut signature = key.sign(&der::set_of(0x31, &attributes))?;
        if let Some(last) = signature.last_mut() {
            *last ^= self.signature_mask;
        }
        let signer = vec![
            der::integer(1),
            der::sequence(&[&self.unit.issuer, &der::tlv(0x02, &self.unit.serial)]),
            sha256.clone(),
            der::set_of(0xa0, &attributes),
            key.signature_algorithm(),
            der::octets(&signature),
        ];
        let signer = sequence_of(&edited(signer, self.edits.signer));
        let signed_data = vec![
            der::integer(3),
            der::set_of(0x31, &[sha256]),
            encapsulated,
            certificates,
            der::set_of(0x31, &[signer]),
        ];
        let signed_data = sequence_of(&edited(signed_data, self.edits.signed_data));
        let content_info = vec![der::oid(oid::SIGNED_DATA), der::context(0, &signed_data)];
        Ok(sequence_of(&edited(content_info, self.edits.content_info)))
    }

    fn signed_attributes(&self, content: &[u8]) -> Vec<Vec<u8>> {
        let attribute = |id: &[u8], value: Vec<u8>| {
            der::sequence(&[&der::oid(id), &der::set_of(0x31, &[value])])
        };
        let mut list = vec![
            attribute(oid::CONTENT_TYPE, der::oid(oid::TST_INFO)),
            attribute(oid::MESSAGE_DIGEST, der::octets(&Sha256::digest(content))),
        ];
        if let Some(hash) = &self.ess_hash {
            let issuer = der::sequence(&[&der::context(4, &self.unit.issuer)]);
            let issuer_serial = der::sequence(&[&issuer, &der::tlv(0x02, &self.unit.serial)]);
            // ESSCertIDv2 with SHA-256, its default, which DER therefore leaves out.
            let id = der::sequence(&[&der::octets(hash), &issuer_serial]);
            let value = der::sequence(&[&der::sequence(&[&id])]);
            list.push(attribute(oid::SIGNING_CERTIFICATE_V2, value));
        }
        list
    }
}

/// A response without a token (RFC 3161 §2.4.2): status rejection, text and reason.
pub(crate) fn rejection(reason: FailInfo, text: &str) -> Vec<u8> {
    let status = der::sequence(&[
        &der::integer(2),
        &der::sequence(&[&der::utf8(text)]),
        &der::named_bits(&[reason.bit()]),
    ]);
    der::sequence(&[&status])
}
