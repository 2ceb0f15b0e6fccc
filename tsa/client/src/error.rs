//! Why there is no token, and whether it is worth trying again.

use std::error::Error as _;
use std::time::Duration;

use proofline_tsa::Finding;

/// A failure to obtain a token. Every one names the URL, without credentials, and the reason.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The URL cannot be used.
    #[error("`{url}` is not an http or https URL")]
    UrlInvalid {
        /// What was given.
        url: String,
    },
    /// The policy is not an object identifier in dotted form.
    #[error("policy `{policy}` is not an object identifier")]
    PolicyInvalid {
        /// What was given.
        policy: String,
    },
    /// The operating system gave no random numbers for a nonce.
    #[error("no random numbers from the operating system")]
    Random,
    /// The HTTP client could not be set up, as without any root certificate for https.
    #[error("cannot prepare a connection to `{url}`: {reason}")]
    Setup {
        /// The authority.
        url: String,
        /// The innermost cause.
        reason: String,
    },
    /// No connection, or one that broke.
    #[error("cannot reach `{url}`: {reason}")]
    Unreachable {
        /// The authority.
        url: String,
        /// The innermost cause.
        reason: String,
    },
    /// No complete answer in time.
    #[error("`{url}` did not answer within {} s", after.as_secs_f32())]
    Timeout {
        /// The authority.
        url: String,
        /// The limit.
        after: Duration,
    },
    /// An HTTP status other than 200.
    #[error("`{url}` answered with HTTP status {status}")]
    Status {
        /// The authority.
        url: String,
        /// The status.
        status: u16,
    },
    /// An HTTP status of 429 or 503 with the time after which to ask again.
    #[error("`{url}` answered with HTTP status {status} and asks to wait {} s", after.as_secs())]
    AskedToWait {
        /// The authority.
        url: String,
        /// The status.
        status: u16,
        /// How long; as claimed, and without a limit.
        after: Duration,
    },
    /// A redirect, which is not followed.
    #[error("`{url}` answered with a redirect (HTTP status {status}), which is not followed")]
    Redirect {
        /// The authority.
        url: String,
        /// The status.
        status: u16,
    },
    /// Another content type than `application/timestamp-reply`.
    #[error("`{url}` answered with content type `{claimed}`, not `application/timestamp-reply`")]
    ContentType {
        /// The authority.
        url: String,
        /// The type claimed, escaped.
        claimed: String,
    },
    /// An answer that is not what was asked for.
    #[error("`{url}` sent no {what}: {source}")]
    NotAsked {
        /// Who was asked.
        url: String,
        /// What for.
        what: &'static str,
        /// Why it is none.
        source: proofline_tsa::Error,
    },
    /// More octets than the limit.
    #[error("`{url}` answered with more than {max_bytes} bytes")]
    TooLarge {
        /// The authority.
        url: String,
        /// The limit.
        max_bytes: usize,
    },
    /// The authority refused (`PKIStatus` other than granted).
    #[error("`{url}` refused: {status}")]
    Refused {
        /// The authority.
        url: String,
        /// The status, its reasons and its text.
        status: String,
        /// Whether the reason given may pass.
        passing: Passing,
    },
    /// The answer is not a good token for the request.
    #[error("`{url}` sent a token that is not good: {}", list(findings))]
    TokenNotGood {
        /// The authority.
        url: String,
        /// What is wrong with it.
        findings: Vec<Finding>,
    },
}

/// Whether a refusal may pass by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passing {
    /// `timeNotAvailable`, `systemFailure`, or no reason but waiting.
    MayPass,
    /// The same request will be refused again.
    Stays,
}

impl Error {
    /// Whether the same request may succeed later: no connection, a time-out, a server error
    /// (5xx), too many requests (429), or a refusal for a passing reason.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Timeout { .. } | Self::AskedToWait { .. } => true,
            Self::Status { status, .. } => matches!(*status, 429 | 500..=599),
            Self::Refused { passing, .. } => matches!(passing, Passing::MayPass),
            _ => false,
        }
    }

    /// How long the authority asks to be left alone, if it does.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::AskedToWait { after, .. } => Some(*after),
            _ => None,
        }
    }

    pub(crate) fn from_http(url: &str, after: Duration, error: &reqwest::Error) -> Self {
        let url = url.to_owned();
        if error.is_timeout() {
            return Self::Timeout { url, after };
        }
        let reason = innermost(error);
        if error.is_builder() {
            Self::Setup { url, reason }
        } else {
            Self::Unreachable { url, reason }
        }
    }
}

/// The last of a chain of causes: the one that says what happened.
pub(crate) fn innermost(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    let mut text = error.to_string();
    while let Some(inner) = cause {
        text = inner.to_string();
        cause = inner.source();
    }
    text
}

fn list(findings: &[Finding]) -> String {
    let texts: Vec<String> = findings
        .iter()
        .map(|finding| finding.to_string().escape_debug().to_string())
        .collect();
    texts.join("; ")
}
