//! RFC 3161 time-stamp tokens, read and verified without I/O, clock or environment.
//!
//! A time-stamp authority signs a statement: *these bytes, known to me only by their hash,
//! existed at this time.*
//! The statement is a [`TSTInfo`](Claims), wrapped as CMS `SignedData` into a token, which an
//! authority returns inside a [`Response`] to a [`Request`].
//!
//! ```text
//! TimeStampResp                 response.rs      status, and usually a token
//! └ ContentInfo                 token.rs         the token: CMS SignedData
//!   └ SignedData
//!     ├ eContent: TSTInfo       tst_info.rs      imprint, time, accuracy, serial, policy, nonce
//!     ├ certificates            certificate.rs   unsigned, unordered, never trusted
//!     └ SignerInfo
//!       ├ sid                   signer.rs        names the one certificate that matters
//!       ├ signedAttrs           verify/signed.rs content type, digest, certificate binding
//!       └ signature             signature.rs     over the exact bytes of signedAttrs
//! ```
//!
//! [`verify`] applies every rule and returns a [`Report`]: findings with stable codes, what the
//! token claims, and, only if nothing stands against it, a [`VerifiedToken`].
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
//!
//! # Beside tokens
//!
//! [`find_path`] finds a certification path (RFC 5280 §6) for any certificate, and
//! [`check_revocation`] looks its certificates up in revocation lists and OCSP responses that the
//! caller has. [`TokenStanding`] says what a revocation means for a token (RFC 3161 §4).
//!
//! # What it does not do
//!
//! It knows no RSASSA-PSS, P-521 or Ed25519 (indeterminate), and reads no BER.
//! A token is judged at its own time, not now, so it never needs a clock.
//!
//! # Example
//!
//! ```
//! use proofline_tsa::{Expected, HashAlgorithm, Imprint, Options, Outcome, verify};
//!
//! let imprint = Imprint::of(HashAlgorithm::Sha256, b"what was stamped");
//! let report = verify(b"not a token", Expected::Imprint(&imprint), &[], &Options::default());
//! assert_eq!(report.outcome(), Outcome::Invalid);
//! assert_eq!(report.findings()[0].code().as_str(), "malformed");
//! assert!(report.verified().is_none());
//! ```

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
pub use digest::{HashAlgorithm, Imprint};
pub use error::{Error, ErrorKind};
pub use finding::{Code, Finding, Severity};
pub use ocsp::OcspResponse;
pub use oid::from_dotted as oid_from_dotted;
pub use path::{CertificationPath, PathReport, PathRules, Purpose, find_path};
pub use request::{CertificateRequest, Request, RequestedImprint};
pub use response::{FailInfo, Response, Status};
pub use revocation::{
    CertificateRevocation, Revocation, RevocationEvidence, RevocationReport, RevocationSource,
    RevocationSourceKind, RevocationStatus, TokenStanding, UnknownCause, check_revocation,
};
pub use time::{GenTime, rfc3339, rfc3339_micros};
pub use trust_anchor::TrustAnchor;
pub use tst_info::{Accuracy, Claims};
pub use verify::{
    EmbeddedRevocation, Encoding, Expected, Options, Outcome, Report, RevocationFormat, Sha1Use,
    SignatureState, VerifiedToken, verify,
};
