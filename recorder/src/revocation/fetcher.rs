//! Asking for revocation data, behind one trait.

use std::time::Duration;

use proofline_format::limits::MAX_ITEM_BYTES;
use proofline_tsa_client::{Client, Error, Timeouts};

/// How long one question may take; somebody may be waiting for the command.
const TIMEOUTS: Timeouts = Timeouts {
    connect: Duration::from_secs(4),
    total: Duration::from_secs(10),
};

/// Somebody who fetches what certificates name.
pub trait Fetcher {
    /// Fetches a revocation list.
    ///
    /// # Errors
    /// Why there is none, in words.
    fn crl(&self, url: &str) -> Result<Vec<u8>, String>;

    /// Asks an OCSP responder.
    ///
    /// # Errors
    /// Why there is no answer.
    fn ocsp(&self, url: &str, request: Vec<u8>) -> Result<Vec<u8>, String>;

    /// Fetches a certificate.
    ///
    /// # Errors
    /// Why there is none.
    fn certificate(&self, url: &str) -> Result<Vec<u8>, String>;
}

/// Over HTTP.
#[derive(Debug, Clone)]
pub struct HttpFetcher {
    client: Client,
}

impl Default for HttpFetcher {
    fn default() -> Self {
        Self {
            client: Client::new(TIMEOUTS, MAX_ITEM_BYTES),
        }
    }
}

impl Fetcher for HttpFetcher {
    fn crl(&self, url: &str) -> Result<Vec<u8>, String> {
        self.client.fetch_crl(url).map_err(in_words)
    }

    fn ocsp(&self, url: &str, request: Vec<u8>) -> Result<Vec<u8>, String> {
        self.client.ask_ocsp(url, request).map_err(in_words)
    }

    fn certificate(&self, url: &str) -> Result<Vec<u8>, String> {
        self.client.fetch_certificate(url).map_err(in_words)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "a function for `map_err`")]
fn in_words(error: Error) -> String {
    error.to_string()
}
