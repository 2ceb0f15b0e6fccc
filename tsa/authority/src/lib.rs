//! A real RFC 3161 time-stamp authority, for tests and demonstrations.
//!
//! It makes a root, an intermediate and a stamping unit, keeps them in a folder, answers requests
//! with tokens that `openssl ts -verify` accepts, and serves them over HTTP.
//! In [`fault`] it gives answers with one thing wrong each, so that a verifier can be shown to
//! refuse them; in [`http_fault`] what is wrong is the transport, so that a client can be.
//!
//! ```
//! use std::time::SystemTime;
//! use proofline_tsa::{Expected, HashAlgorithm, Imprint, Options, Outcome, Request, verify};
//! use proofline_tsa_authority::{Algorithm, Authority, Profile};
//!
//! let now = SystemTime::now();
//! let authority = Authority::generate(Algorithm::P256, &Profile::ten_years("Example", now))?;
//! let imprint = Imprint::of(HashAlgorithm::Sha256, b"what is stamped");
//! let request = Request::new(imprint.clone(), &[7; 16])?.to_der().unwrap_or_default();
//! let response = authority.respond(&request, now);
//!
//! let options = Options { request: Some(&request), ..Options::default() };
//! let anchors = [authority.trust_anchor()?];
//! let report = verify(&response, Expected::Imprint(&imprint), &anchors, &options);
//! assert_eq!(report.outcome(), Outcome::Valid);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What it is not
//!
//! Nobody trusts its root, its clock is the machine's, and its keys lie in files.
//! Its RSA signatures are made by the `rsa` crate, whose private-key operations can leak timing
//! to whoever measures them closely (RUSTSEC-2023-0071, without a fix); signing is blinded, but
//! do not put an RSA key of this authority where that matters.
//! The advisory does not concern verification, which is all that a verifier uses of that crate.

mod authority;
mod calendar;
mod der;
mod error;
pub mod fault;
pub mod http_fault;
mod issue;
mod key;
mod oid;
mod repository;
mod revocation;
mod server;
mod store;
mod token;

pub use authority::{Authority, DEFAULT_POLICY, Profile};
pub use error::Error;
pub use key::Algorithm;
pub use repository::serve_revocation;
pub use revocation::{Revoked, Standing, Subject};
pub use server::{MAX_CONNECTIONS, MAX_HEAD_BYTES, SILENCE_SECONDS, serve};
