//! Asking a time-stamp authority, behind one trait.

use std::path::PathBuf;
use std::time::Duration;

use proofline_tsa::{Expected, HashAlgorithm, Imprint, Options, verify};
use proofline_tsa_client::{Client, Error, Terms};

use crate::authority::{Authority, Roots};
use crate::clock::{self, Clock};
use crate::config::Config;

/// A request and the answer to it, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamped {
    /// The `TimeStampReq`.
    pub request: Vec<u8>,
    /// The `TimeStampResp`.
    pub response: Vec<u8>,
    /// The certificates of its path that the response lacks, without the root, in DER.
    pub certificates: Vec<Vec<u8>>,
}

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct StampError {
    /// What happened; names the authority.
    pub message: String,
    /// Whether asking again may help.
    pub may_pass: bool,
    /// How long the authority asks to be left alone, if it does.
    pub wait: Option<Duration>,
    /// Whether the authority never heard of it: the network is not there, or its machine.
    pub is_unheard: bool,
}

impl StampError {
    fn lasting(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            may_pass: false,
            wait: None,
            is_unheard: false,
        }
    }
}

/// Somebody who can obtain tokens.
pub trait Stamper {
    /// Obtains a token over an imprint (SHA-256) from an authority. What is returned was checked:
    /// granted, for this imprint, with the request's nonce and the policy asked for, its signature
    /// good, and its path leading to the authority's root where one is configured.
    ///
    /// # Errors
    /// Why there is none.
    fn stamp(&self, authority: &Authority, imprint: [u8; 32]) -> Result<Stamped, StampError>;

    /// The clock by which pauses between requests are kept.
    fn clock(&self) -> Clock {
        clock::now
    }
}

/// Over HTTP.
#[derive(Debug, Clone, Default)]
pub struct HttpStamper {
    /// Files of certificates that may help to build a path.
    known: Vec<PathBuf>,
}

impl HttpStamper {
    /// One that knows the certificates of every configured authority.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let roots = config.authorities.iter().filter_map(|a| a.root.clone());
        Self {
            known: roots.collect(),
        }
    }

    /// What helps beside an authority's own file. One that cannot be read helps nobody.
    fn helpers(&self, own: &Roots) -> Vec<Vec<u8>> {
        let others = self.known.iter().filter_map(|path| Roots::read(path).ok());
        let mut helpers = own.helpers.clone();
        helpers.extend(others.flat_map(|roots| roots.helpers));
        helpers
    }
}

impl Stamper for HttpStamper {
    fn stamp(&self, authority: &Authority, imprint: [u8; 32]) -> Result<Stamped, StampError> {
        let imprint = Imprint::new(HashAlgorithm::Sha256, &imprint)
            .ok_or_else(|| StampError::lasting("imprint is not a SHA-256 value"))?;
        self.stamp_imprint(authority, &imprint)
    }
}

impl HttpStamper {
    /// The same over an imprint by any algorithm.
    ///
    /// # Errors
    /// Why there is no token.
    pub fn stamp_imprint(
        &self,
        authority: &Authority,
        imprint: &Imprint,
    ) -> Result<Stamped, StampError> {
        // A root that cannot be read is an authority that cannot be checked: it is not asked.
        let own = match &authority.root {
            Some(path) => {
                Roots::read(path).map_err(|error| StampError::lasting(error.to_string()))?
            }
            None => Roots::default(),
        };
        let helpers = self.helpers(&own);
        let helpers: Vec<&[u8]> = helpers.iter().map(Vec::as_slice).collect();
        let terms = Terms {
            policy: authority.policy.as_deref(),
            anchors: &own.anchors,
            certificates: &helpers,
        };
        let client = Client::new(authority.timeouts, authority.max_response_bytes);
        let stamped = client
            .stamp_on_terms(&authority.url, imprint, &terms)
            .map_err(|error| StampError {
                may_pass: error.is_retryable(),
                wait: error.retry_after(),
                is_unheard: matches!(error, Error::Unreachable { .. }),
                message: error.to_string(),
            })?;
        let is_missing = |der: &Vec<u8>| {
            let mut inside = stamped.response.windows(der.len().max(1));
            !inside.any(|bytes| bytes == der)
        };
        let certificates = stamped.intermediates.into_iter().filter(is_missing);
        Ok(Stamped {
            certificates: certificates.collect(),
            request: stamped.request,
            response: stamped.response,
        })
    }
}

/// SHA-256 of the certificate that a response names as its signer's, if it is in there.
#[must_use]
pub fn signer_of(response: &[u8]) -> Option<[u8; 32]> {
    let report = verify(response, Expected::NotGiven, &[], &Options::default());
    report.signer().map(|signer| signer.fingerprint)
}
