//! Asking a time-stamp authority, behind one trait.

use proofline_tsa::{HashAlgorithm, Imprint};
use proofline_tsa_client::{Client, DEFAULT_MAX_RESPONSE_BYTES, Timeouts};

/// A request and the answer to it, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamped {
    /// The `TimeStampReq`.
    pub request: Vec<u8>,
    /// The `TimeStampResp`.
    pub response: Vec<u8>,
}

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct StampError {
    /// What happened; names the authority.
    pub message: String,
    /// Whether asking again may help.
    pub may_pass: bool,
}

/// Somebody who can obtain tokens.
pub trait Stamper {
    /// Obtains a token over an imprint (SHA-256) from the authority at a URL. What is returned was
    /// checked: granted, for this imprint, with the request's nonce, its signature good.
    ///
    /// # Errors
    /// Why there is none.
    fn stamp(&self, url: &str, imprint: [u8; 32]) -> Result<Stamped, StampError>;
}

/// Over HTTP.
#[derive(Debug, Clone)]
pub struct HttpStamper {
    client: Client,
}

impl HttpStamper {
    /// A client that waits this long at most.
    #[must_use]
    pub const fn new(timeouts: Timeouts) -> Self {
        Self {
            client: Client::new(timeouts, DEFAULT_MAX_RESPONSE_BYTES),
        }
    }
}

impl Default for HttpStamper {
    fn default() -> Self {
        Self::new(Timeouts::default())
    }
}

impl Stamper for HttpStamper {
    fn stamp(&self, url: &str, imprint: [u8; 32]) -> Result<Stamped, StampError> {
        let imprint = Imprint::new(HashAlgorithm::Sha256, &imprint).ok_or_else(|| StampError {
            message: "imprint is not a SHA-256 value".into(),
            may_pass: false,
        })?;
        match self.client.stamp(url, &imprint) {
            Ok(stamped) => Ok(Stamped {
                request: stamped.request,
                response: stamped.response,
            }),
            Err(error) => Err(StampError {
                may_pass: error.is_retryable(),
                message: error.to_string(),
            }),
        }
    }
}
