//! RFC 3161 time-stamp tokens, read and verified without I/O, clock or environment.
//!
//! A time-stamp authority signs a statement: *these bytes, known to me only by their hash,
//! existed at this time.*
//! This crate says whether a token is such a statement, by whom, and what else there is to know of
//! it, from bytes alone: what it trusts, compares with and takes for "now" are arguments.
//! It is `no_std`, forbids `unsafe`, and has limits with names on everything that hostile bytes can
//! choose ([`limits`]).
//!
//! # Example
//!
//! A response, the data that it should be about, and a root that the caller chose:
//!
//! ```
//! use proofline_tsa::{Expected, Imprint, HashAlgorithm, Options, Outcome, TrustAnchor, verify};
//!
//! fn stamped_at(response: &[u8], data: &[u8], root_pem: &[u8]) -> Result<String, String> {
//!     let roots = TrustAnchor::all_from_pem(root_pem).map_err(|error| error.to_string())?;
//!     let imprint = Imprint::of(HashAlgorithm::Sha256, data);
//!     let report = verify(response, Expected::Imprint(&imprint), &roots, &Options::default());
//!     match report.verified() {
//!         Some(token) => Ok(format!(
//!             "{} by {} under policy {}",
//!             token.gen_time(),
//!             token.signer().subject,
//!             token.policy()
//!         )),
//!         None => Err(report.findings().iter().map(|finding| format!("{finding}\n")).collect()),
//!     }
//! }
//!
//! # use std::time::SystemTime;
//! # use proofline_tsa::Request;
//! # use proofline_tsa_authority::{Algorithm, Authority, Profile};
//! # let now = SystemTime::now();
//! # let authority = Authority::generate(Algorithm::P256, &Profile::ten_years("Docs", now))?;
//! # let request = Request::new(Imprint::of(HashAlgorithm::Sha256, b"contract"), &[7; 16])?;
//! # let response = authority.respond(&request.to_der().ok_or("no request")?, now);
//! # let root_pem = authority.root_pem();
//! let stamped = stamped_at(&response, b"contract", root_pem.as_bytes())?;
//! assert!(stamped.contains("by CN="), "{stamped}");
//!
//! let why_not = stamped_at(&response, b"another contract", root_pem.as_bytes()).unwrap_err();
//! assert!(why_not.starts_with("imprint-mismatch: "), "{why_not}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The example `verify_token` is a program that does this for files.
//!
//! # Three outcomes
//!
//! | [`Outcome`] | means | example |
//! |---|---|---|
//! | `Valid` | every rule holds and a path leads to a root **that the caller gave** | |
//! | `Indeterminate` | nothing is wrong, but something needed is missing or not understood | no root given, an algorithm not known here |
//! | `Invalid` | the token is broken, or breaks its profile | imprint or signature mismatch, expired at its own time |
//!
//! A root that came inside the token, or beside it, is never trusted because it came there.
//! A token is judged at its own time, not now, so it never needs a clock.
//! Only a valid token gives a [`VerifiedToken`]; everything else in a [`Report`] is a claim.
//!
//! # Anatomy
//!
//! ```text
//! TimeStampResp                 response.rs      status, and usually a token
//! └ ContentInfo                 token.rs         the token: CMS SignedData (from BER: ber.rs)
//!   └ SignedData
//!     ├ eContent: TSTInfo       tst_info.rs      imprint, time, accuracy, serial, policy, nonce
//!     ├ certificates            certificate.rs   unsigned, unordered, never trusted
//!     ├ crls                    token.rs         unsigned, handed on as bytes
//!     └ SignerInfo
//!       ├ sid                   signer.rs        names the one certificate that matters
//!       ├ signedAttrs           verify/signed.rs content type, digest, certificate binding
//!       └ signature             signature.rs     over the exact bytes of signedAttrs
//! ```
//!
//! # What is checked
//!
//! | what | rule | finding if not |
//! |---|---|---|
//! | status | granted, or granted with modifications, which is noted | `status-not-granted`, `status-granted-with-mods` |
//! | encoding | DER; BER is converted once under limits, and noted; what is hashed must be DER | `malformed`, `encoding-ber`, `padding-skipped`, `encoding-not-der` |
//! | content | present, and a `TSTInfo` of version 1 | `content-missing`, `content-type-unexpected`, `malformed` |
//! | imprint | that of the data given; as long as its hash; SHA-2 | `imprint-mismatch`, `imprint-length-wrong`, `imprint-algorithm-weak`, `imprint-algorithm-unsupported` |
//! | request | nonce, imprint and policy are those of the stored request, if one is given | `nonce-mismatch`, `imprint-mismatch`, `policy-mismatch`, `request-unreadable` |
//! | policy | one of those that the caller allows, if any are named | `policy-not-allowed` |
//! | time | `GeneralizedTime` in Z, a fraction without trailing zero; the accuracy's parts in range ([`Claims::lower_micros`], [`Claims::upper_micros`]); not after the caller's now | `malformed`, `gen-time-after-now` |
//! | extensions of the token | none critical | `tst-extension-critical` |
//! | signer | exactly one; its certificate found once, by its identifier and the signed reference | `signer-count-wrong`, `signer-certificate-missing`, `signer-ambiguous` |
//! | signed attributes | there; each once with one value; content type and digest those of the content | `signed-attributes-missing`, `attribute-…`, `content-type-attribute-mismatch`, `message-digest-mismatch` |
//! | certificate reference | `ESSCertID` version 1 or 2, or both: hash, and issuer and serial number where given, of the signer; further ones are not compared | `ess-cert-id-…` |
//! | algorithms | digest, signature and their signed copy (RFC 6211) agree; known; trusted at the token's time | `digest-algorithm-…`, `algorithm-protection-mismatch`, `signature-algorithm-…`, `algorithm-trust-ended` |
//! | signature | over the attributes as they were sent, or else in the order of DER | `signature-mismatch`, `signed-attributes-reordered` |
//! | name | the `tsa` field is a subject name of the signer | `tsa-name-mismatch` |
//! | signer's certificate | purpose time-stamping, critical and sole; may sign content; no authority | `signer-purpose-…`, `signer-key-usage`, `signer-is-ca` |
//! | path | RFC 5280 §6, every certificate valid at the token's time, to a root given; see [`TrustAnchor`] and [`PathRules`] | `path-…`, `certificate-…`, `issuer-…`, `trust-anchor-not-given` |
//! | revocation | RFC 3161 §4, by the lists and OCSP responses given; see [`Options::revocation`] | `certificate-revoked`, `certificate-key-compromised`, `certificate-revoked-since`, `revocation-unknown` |
//!
//! # Algorithms
//!
//! RSA with PKCS#1 v1.5 and RSASSA-PSS padding, ECDSA over P-256, P-384 and P-521 with any SHA-2,
//! Ed25519; [`Algorithm::ALL`] has them with their parameters and the ends of their trust, which a
//! [`TrustDate`] overrides.
//! SHA-1 is refused as imprint, digest and in signatures unless [`Options::allow_sha1`] names the
//! use, and is then noted; MD5 and RSA below 2,048 bits are always refused.
//!
//! # Beside tokens
//!
//! [`find_path`] finds a certification path (RFC 5280 §6) for any certificate, and
//! [`check_revocation`] looks its certificates up in revocation lists and OCSP responses that the
//! caller has; [`RevocationSources`] reads them once for the tokens of years.
//! [`TokenStanding`] says what a revocation means for a token (RFC 3161 §4).
//! [`Certificate::crl_uris`] and its siblings say where such data can be had, and [`ocsp_request`]
//! writes the question for a responder.
//!
//! [`TokenChain`] says when what a token rests on ends, so that it can be renewed before, and
//! [`EvidenceRecord`] with [`verify_evidence_record`] is the form in which archives keep and renew
//! time stamps (RFC 4998); what is found about a record is a [`RecordCode`].
//!
//! # What it does not do
//!
//! Extensions of a token are handed on as bytes ([`Claims::extensions`]), and so is what an issuer
//! states about a certificate ([`Certificate::qc_statements_der`]); [`QcStatement`] reads them.
//! Nothing is fetched. Revocation data inside a token is handed on as bytes
//! ([`Report::embedded_revocation`]) and judged only if the caller gives it back as
//! [`Options::revocation`].
//!
//! # Findings
//!
//! The outcome is that of the heaviest finding; notes weigh nothing.
//!
//! | code | weight | seen |
//! |---|---|---|
//! | `algorithm-protection-mismatch` | failed | The signed copy of the algorithms (RFC 6211) differs from the algorithms used |
//! | `algorithm-trust-ended` | indeterminate | An algorithm of the token or its path was no longer trusted at the token's time |
//! | `algorithm-trust-ended-since` | note | An algorithm of the token or its path was trusted at the token's time, and is no longer |
//! | `attribute-invalid` | failed | A signed attribute has no value, several, or one that cannot be read |
//! | `attribute-missing` | failed | A signed attribute that must be there is absent |
//! | `attribute-repeated` | failed | The same signed attribute stands twice |
//! | `certificate-constraints-unprocessed` | indeterminate | A certificate of the path restricts names or policies in a way that is not processed here |
//! | `certificate-critical-extension-unknown` | failed | A certificate of the path has a critical extension that is not known |
//! | `certificate-form-skipped` | note | The token carries attribute certificates or other forms, which were left out |
//! | `certificate-key-compromised` | indeterminate | A certificate of the path was revoked after the token's time, for a reason that leaves no token of its key trusted, and no earlier proof covers this one |
//! | `certificate-name-constraint-violated` | failed | A name in the path is one that an issuer above it does not permit, or excludes |
//! | `certificate-not-valid-at-gen-time` | failed | A certificate of the path had expired, or was not yet valid, at the token's time |
//! | `certificate-policy-mapping-invalid` | failed | A certificate of the path maps the policy that stands for all |
//! | `certificate-policy-missing` | failed | The path must be valid for a policy, and is for none, or for none of those asked for |
//! | `certificate-revoked` | failed | A certificate of the path had been revoked by the token's time |
//! | `certificate-revoked-since` | note | A certificate of the path was revoked after the token's time, and the token stays good: by the reason, or by an earlier proof |
//! | `certificate-signature-algorithm-refused` | indeterminate | The signature of a certificate, or its issuer's key, uses an algorithm or size that is not accepted |
//! | `certificate-unreadable` | note | A certificate in the token, or beside it, cannot be read and was left out |
//! | `content-missing` | failed | The token carries no content |
//! | `content-type-attribute-mismatch` | failed | The signed content type is not that of the content |
//! | `content-type-unexpected` | failed | The content of the token is not a `TSTInfo` |
//! | `digest-algorithm-mismatch` | failed | The signer's digest algorithm is not the one of its signature, or is not listed |
//! | `digest-algorithm-unsupported` | indeterminate | The signer's digest algorithm is not one that is computed here |
//! | `digest-algorithm-weak` | failed | The signer's digest algorithm is MD5 or SHA-1 |
//! | `encoding-ber` | note | The token was in BER, and was converted to DER once before it was read |
//! | `encoding-not-der` | indeterminate | A part that must be DER, as it is hashed or signed, is in BER |
//! | `ess-cert-id-algorithm-unsupported` | indeterminate | The signed certificate identifier uses a hash that is not computed here |
//! | `ess-cert-id-algorithm-weak` | failed | The signed certificate identifier, version 2, uses MD5 or SHA-1 |
//! | `ess-cert-id-mismatch` | failed | The signed certificate identifier is not that of the signer's certificate |
//! | `ess-cert-id-missing` | failed | No signed attribute binds the signer's certificate |
//! | `ess-cert-id-sha1` | note | The signer's certificate is bound by version 1 only, whose hash is SHA-1 |
//! | `gen-time-after-now` | note | The token's time is later than the time of verification that the caller gave |
//! | `imprint-algorithm-unsupported` | indeterminate | The imprint's hash algorithm is not one that is computed here |
//! | `imprint-algorithm-weak` | failed | The imprint's hash algorithm is MD5 or SHA-1 |
//! | `imprint-length-wrong` | failed | The imprint's digest is not as long as its algorithm makes it |
//! | `imprint-mismatch` | failed | The token stamps something else than what was given |
//! | `imprint-not-compared` | note | No imprint was given to compare with |
//! | `issuer-key-usage` | failed | An issuing certificate's key usage does not allow signing certificates |
//! | `issuer-not-ca` | failed | An issuing certificate is not one of a certification authority |
//! | `issuer-purpose` | failed | An issuing certificate is limited to purposes other than time-stamping |
//! | `malformed` | failed | The bytes are not a response or token |
//! | `message-digest-mismatch` | failed | The signed digest is not that of the content |
//! | `nonce-mismatch` | failed | The token's nonce is not the one that was sent, or is absent |
//! | `padding-skipped` | note | Zero octets follow a token in BER, as a PDF has them; they were left out |
//! | `path-depth-exceeded` | indeterminate | The search for a path stopped at the limit of its length |
//! | `path-length-exceeded` | failed | More certification authorities follow than a certificate allows |
//! | `path-not-found` | indeterminate | No chain of signatures leads from the signer to a given root |
//! | `policy-mismatch` | failed | The token's policy is not the one that was asked for |
//! | `policy-not-allowed` | failed | The token's policy is not one of those that the caller allows |
//! | `request-unreadable` | failed | The stored request cannot be read |
//! | `revocation-data-in-token` | note | The token carries revocation data; it is handed on as raw bytes |
//! | `revocation-data-unreadable` | note | A revocation list or an OCSP response cannot be read and was left out |
//! | `revocation-unknown` | note | What was given does not tell whether a certificate of the path was revoked |
//! | `sha1-allowed` | note | SHA-1 was used, because the caller allowed it for this |
//! | `signature-algorithm-unsupported` | indeterminate | The token's signature uses an algorithm or key that is not checked here |
//! | `signature-algorithm-weak` | failed | The token's signature uses MD5 or SHA-1, or a key that is too short |
//! | `signature-checks-exhausted` | indeterminate | The search for a path stopped at the limit of signature checks |
//! | `signature-mismatch` | failed | The token's signature does not match the signer's key |
//! | `signed-attributes-missing` | failed | The signer signed no attributes |
//! | `signed-attributes-reordered` | note | The signature is over the signed attributes in the order of DER, not as they were sent |
//! | `signer-ambiguous` | indeterminate | Several certificates match the signer's identifier, and the signed reference names none of them or several |
//! | `signer-certificate-missing` | indeterminate | No certificate matches the signer's identifier |
//! | `signer-count-wrong` | failed | The token has no signer, or more than one |
//! | `signer-is-ca` | failed | The signer's certificate is one of a certification authority |
//! | `signer-key-usage` | failed | The signer's key usage allows no signatures over content |
//! | `signer-purpose-missing` | failed | The signer's certificate is not for time-stamping |
//! | `signer-purpose-not-critical` | failed | The signer's extended key usage is not critical |
//! | `signer-purpose-not-sole` | failed | The signer's certificate has purposes beside time-stamping |
//! | `status-granted-with-mods` | note | The authority granted the request with modifications |
//! | `status-not-granted` | failed | The authority did not grant the request |
//! | `token-missing` | failed | The response carries no token |
//! | `trust-anchor-not-given` | indeterminate | No root was given, so nothing can be trusted |
//! | `tsa-name-mismatch` | failed | The name in the token is not one of the signer's certificate |
//! | `tst-extension-critical` | failed | The token has a critical extension that is not known |
//! | `version-odd` | note | The unsigned version number of the token's structure is 1, not 3 |

#![no_std]

extern crate alloc;

mod algorithm;
pub mod ber;
mod certificate;
mod crl;
mod der;
mod digest;
mod error;
mod ess;
mod evidence_record;
mod finding;
mod hex;
pub mod limits;
mod name;
mod ocsp;
mod oid;
mod path;
pub mod pem;
#[cfg(test)]
mod pkits;
mod qc_statement;
mod request;
mod response;
mod revocation;
mod signature;
mod signer;
#[cfg(test)]
mod testing;
mod time;
mod token;
mod trust_anchor;
mod tst_info;
mod verify;

pub use algorithm::{Algorithm, Trust, TrustDate};
pub use certificate::{Certificate, CertificateSummary};
pub use crl::{Crl, RevocationReason};
pub use digest::{HashAlgorithm, Hasher, Imprint};
pub use error::{Error, ErrorKind};
pub use evidence_record::{
    EvidenceRecord, RecordCode, RecordFinding, RecordReport, RecordTimeStamp,
    verify_evidence_record,
};
pub use finding::{Code, Finding, Severity};
pub use ocsp::{OcspResponse, ocsp_request};
pub use oid::from_dotted as oid_from_dotted;
pub use path::{CertificationPath, PathReport, PathRules, Purpose, find_path};
pub use qc_statement::QcStatement;
pub use request::{CertificateRequest, Request, RequestedImprint};
pub use response::{FailInfo, Response, Status};
pub use revocation::{
    CertificateRevocation, PathRevocation, Revocation, RevocationEvidence, RevocationLimits,
    RevocationReport, RevocationSource, RevocationSourceKind, RevocationSources, RevocationStatus,
    TokenStanding, UnknownCause, check_revocation,
};
pub use time::{GenTime, rfc3339, rfc3339_micros};
pub use trust_anchor::TrustAnchor;
pub use tst_info::{Accuracy, Claims, TokenExtension};
pub use verify::{
    AlgorithmEnd, EmbeddedRevocation, Encoding, Expected, Options, Outcome, Report,
    RevocationFormat, Sha1Use, SignatureState, TokenChain, VerifiedToken, embedded_certificates,
    verify,
};
