//! Asks a time-stamp authority for a token, over HTTP (RFC 3161 §3.4).
//!
//! [`Client::stamp`] makes a request with a fresh nonce, posts it, and checks the answer before
//! it returns: granted, for this imprint, with this nonce, under the policy asked for, and with a
//! signature that matches the certificate in it.
//! Most authorities are reached over plain HTTP, so this is the moment at which a swapped or
//! damaged answer is noticed; whether the authority can be *trusted* is not decided here but by
//! whoever verifies, against a root of his own.
//! Who knows already which root it must be gives it in [`Terms`], and learns of an exchanged
//! authority today instead of at the audit.
//!
//! ```no_run
//! use proofline_tsa::{HashAlgorithm, Imprint};
//! use proofline_tsa_client::{Client, DEFAULT_MAX_RESPONSE_BYTES, Timeouts};
//!
//! let client = Client::new(Timeouts::default(), DEFAULT_MAX_RESPONSE_BYTES);
//! let imprint = Imprint::of(HashAlgorithm::Sha256, b"what is stamped");
//! match client.stamp("http://tsa.example/", &imprint) {
//!     Ok(stamped) => assert!(!stamped.response.is_empty()),
//!     Err(error) if error.is_retryable() => { /* try again later, or another authority */ }
//!     Err(error) => return Err(error),
//! }
//! # Ok::<(), proofline_tsa_client::Error>(())
//! ```
//!
//! [`Client::fetch_crl`], [`Client::ask_ocsp`] and [`Client::fetch_certificate`] obtain what says
//! whether the certificates of a token were revoked, from the places that those certificates name.
//!
//! Redirects are not followed, proxies of the environment are used except towards this machine,
//! and an answer is never longer than the limit given, nor later than the total time-out.

mod client;
mod error;
mod fetch;
mod retry_after;

pub use client::{Client, DEFAULT_MAX_RESPONSE_BYTES, Stamped, Terms, Timeouts};
pub use error::{Error, Passing};
pub use fetch::{Reach, reach};
