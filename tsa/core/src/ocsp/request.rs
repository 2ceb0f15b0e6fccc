//! `OCSPRequest`: what is sent to a responder (RFC 6960 §4.1), written only.

use alloc::vec::Vec;

use crate::certificate::Certificate;
use crate::der::{self, tag};
use crate::digest::HashAlgorithm;
use crate::oid;

/// Writes the question whether `certificate`, issued by `issuer`, is revoked.
///
/// ```text
/// OCSPRequest ::= SEQUENCE { tbsRequest TBSRequest }
/// TBSRequest  ::= SEQUENCE {
///     requestList        SEQUENCE OF SEQUENCE { reqCert CertID },
///     requestExtensions  [2] EXPLICIT Extensions OPTIONAL }
/// ```
///
/// The identifier of the certificate is made with SHA-1, which is what every responder knows (RFC
/// 5019 §2.1.1 knows nothing else); it only says what is asked about, and nothing rests on it.
/// The nonce, if one is given, is the caller's: 1 to 32 octets (RFC 8954 §2.1). Many responders
/// sign their answers in advance and leave it out.
#[must_use]
pub fn ocsp_request(
    certificate: &Certificate<'_>,
    issuer: &Certificate<'_>,
    nonce: Option<&[u8]>,
) -> Vec<u8> {
    let hash = HashAlgorithm::Sha1;
    let algorithm = [der::write(tag::OID, hash.oid()), der::write(tag::NULL, &[])].concat();
    let octets = |bytes: &[u8]| der::write(tag::OCTET_STRING, &hash.digest(bytes));
    let id = [
        der::write(tag::SEQUENCE, &algorithm),
        // The name is hashed as the certificate has it (RFC 6960 §4.1.1).
        octets(certificate.issuer_der()),
        octets(issuer.public_key().key),
        der::write(tag::INTEGER, certificate.serial()),
    ]
    .concat();
    let request = der::write(tag::SEQUENCE, &der::write(tag::SEQUENCE, &id));
    let mut tbs = der::write(tag::SEQUENCE, &request);
    if let Some(nonce) = nonce {
        let value = der::write(tag::OCTET_STRING, nonce);
        let extension = [
            der::write(tag::OID, oid::OCSP_NONCE),
            der::write(tag::OCTET_STRING, &value),
        ]
        .concat();
        let list = der::write(tag::SEQUENCE, &der::write(tag::SEQUENCE, &extension));
        tbs.extend(der::write(tag::constructed(2), &list));
    }
    der::write(tag::SEQUENCE, &der::write(tag::SEQUENCE, &tbs))
}
