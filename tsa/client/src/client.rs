//! The exchange: request out, answer in, answer checked.

use std::io::{self, Read as _};
use std::time::{Duration, SystemTime};

use proofline_tsa::{
    CertificationPath, Code, Expected, FailInfo, Finding, Imprint, Options, Report, Request,
    Response, Severity, SignatureState, TrustAnchor, limits, verify,
};
use reqwest::Url;
use reqwest::blocking::ClientBuilder;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::redirect;

use crate::error::{Error, Passing, innermost};
use crate::retry_after;

/// Octets in an answer, unless another limit is given.
pub const DEFAULT_MAX_RESPONSE_BYTES: usize = limits::MAX_TOKEN_BYTES;

/// Octets in a nonce: 128 bits.
const NONCE_BYTES: usize = 16;

const QUERY: &str = "application/timestamp-query";
const REPLY: &str = "application/timestamp-reply";

/// How long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// For everything, from the first packet to the last octet of the answer.
    pub total: Duration,
}

impl Default for Timeouts {
    /// 5 seconds to connect, 15 in all.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            total: Duration::from_secs(15),
        }
    }
}

/// A client for any number of authorities.
#[derive(Clone, Debug)]
pub struct Client {
    timeouts: Timeouts,
    max_response_bytes: usize,
}

/// A request and the answer to it, byte for byte as they were sent and received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamped {
    /// The `TimeStampReq`: keep it, it proves the nonce.
    pub request: Vec<u8>,
    /// The `TimeStampResp`.
    pub response: Vec<u8>,
    /// The certificates in DER between signer and root, the signer's issuer first; empty where no
    /// root was given.
    pub intermediates: Vec<Vec<u8>>,
}

/// What an answer must satisfy beside being a good token for its request.
///
/// The default asks for nothing: trust is then left to whoever verifies.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terms<'a> {
    /// The policy to ask for, in dotted form.
    pub policy: Option<&'a str>,
    /// Roots to one of which the signer's path must lead; none asks for no path.
    pub anchors: &'a [TrustAnchor],
    /// Certificates in DER that may help to build that path. They are not trusted.
    pub certificates: &'a [&'a [u8]],
}

impl Client {
    /// Makes a client; no connection is opened before it is used.
    #[must_use]
    pub const fn new(timeouts: Timeouts, max_response_bytes: usize) -> Self {
        Self {
            timeouts,
            max_response_bytes,
        }
    }

    pub(crate) const fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// Obtains a token over `imprint` from the authority at `url`.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one that is not a good token for this request;
    /// [`Error::is_retryable`] tells which of the two.
    pub fn stamp(&self, url: &str, imprint: &Imprint) -> Result<Stamped, Error> {
        self.stamp_on_terms(url, imprint, &Terms::default())
    }

    /// The same, for a token under one policy, given in dotted form.
    ///
    /// # Errors
    ///
    /// As [`stamp`](Self::stamp), and when the policy is not an object identifier.
    pub fn stamp_under_policy(
        &self,
        url: &str,
        imprint: &Imprint,
        policy: &str,
    ) -> Result<Stamped, Error> {
        let terms = Terms {
            policy: Some(policy),
            ..Terms::default()
        };
        self.stamp_on_terms(url, imprint, &terms)
    }

    /// The same, for a token that also satisfies some terms.
    ///
    /// # Errors
    ///
    /// As [`stamp_under_policy`](Self::stamp_under_policy), and when no path leads from the
    /// token's signer to one of the roots, where some are given.
    pub fn stamp_on_terms(
        &self,
        url: &str,
        imprint: &Imprint,
        terms: &Terms<'_>,
    ) -> Result<Stamped, Error> {
        let (target, shown) = parse_url(url)?;
        let mut request = Request::new(imprint.clone(), &nonce()?).map_err(|_| Error::Random)?;
        if let Some(policy) = terms.policy {
            request = request
                .with_policy(policy)
                .map_err(|_| Error::PolicyInvalid {
                    policy: policy.escape_debug().to_string(),
                })?;
        }
        let request = request.to_der().ok_or(Error::Random)?;
        let response = self.post(&target, &shown, request.clone())?;
        let intermediates = check(&shown, imprint, terms, &request, &response)?;
        Ok(Stamped {
            request,
            response,
            intermediates,
        })
    }

    /// Posts the request and reads the answer within both limits.
    fn post(&self, target: &Url, shown: &str, request: Vec<u8>) -> Result<Vec<u8>, Error> {
        let after = self.timeouts.total;
        let http_error =
            |error: reqwest::Error| Error::from_http(shown, after, &error.without_url());
        let client = self.builder(target).build().map_err(|error| Error::Setup {
            url: shown.to_owned(),
            reason: innermost(&error),
        })?;
        let answer = client
            .post(target.clone())
            .header(CONTENT_TYPE, QUERY)
            .header(ACCEPT, REPLY)
            // Set on the request, not on the client: only so does it cover the body as a whole.
            .timeout(after)
            .body(request)
            .send()
            .map_err(http_error)?;
        let status = answer.status();
        let url = shown.to_owned();
        if status.is_redirection() {
            return Err(Error::Redirect {
                url,
                status: status.as_u16(),
            });
        }
        if status.as_u16() != 200 {
            return Err(refused_by_status(url, status.as_u16(), answer.headers()));
        }
        let claimed = answer.headers().get(CONTENT_TYPE);
        let claimed = claimed.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let claimed = claimed.unwrap_or_default();
        let essence = claimed.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case(REPLY) {
            return Err(Error::ContentType {
                url,
                claimed: claimed.escape_debug().to_string(),
            });
        }
        self.read(answer, shown)
    }

    pub(crate) fn read(
        &self,
        answer: reqwest::blocking::Response,
        shown: &str,
    ) -> Result<Vec<u8>, Error> {
        let max_bytes = self.max_response_bytes;
        let one_more = u64::try_from(max_bytes)
            .unwrap_or(u64::MAX)
            .saturating_add(1);
        let mut response = Vec::new();
        answer
            .take(one_more)
            .read_to_end(&mut response)
            .map_err(|error| {
                let url = shown.to_owned();
                match http_cause(&error) {
                    Some(http) => Error::from_http(shown, self.timeouts.total, http),
                    None if error.kind() == io::ErrorKind::TimedOut => Error::Timeout {
                        url,
                        after: self.timeouts.total,
                    },
                    None => Error::Unreachable {
                        url,
                        reason: error.to_string(),
                    },
                }
            })?;
        if response.len() > max_bytes {
            return Err(Error::TooLarge {
                url: shown.to_owned(),
                max_bytes,
            });
        }
        Ok(response)
    }

    pub(crate) fn builder(&self, target: &Url) -> ClientBuilder {
        // Fails only if the process already has a provider, which then is used.
        let _already_set = rustls::crypto::ring::default_provider().install_default();
        let builder = ClientBuilder::new()
            .connect_timeout(self.timeouts.connect)
            .redirect(redirect::Policy::none())
            .user_agent(concat!("proofline/", env!("CARGO_PKG_VERSION")));
        // Without TLS no root certificates are needed, and a machine may have none.
        let builder = if target.scheme() == "http" {
            builder.tls_certs_only([])
        } else {
            builder
        };
        if is_this_machine(target) {
            builder.no_proxy()
        } else {
            builder
        }
    }
}

/// The cause of a failed read, if it came from the HTTP client.
fn http_cause(error: &io::Error) -> Option<&reqwest::Error> {
    error.get_ref()?.downcast_ref()
}

/// Reads a URL: as it is used, and as messages show it, without credentials.
pub(crate) fn parse_url(url: &str) -> Result<(Url, String), Error> {
    let shown_raw = || url.escape_debug().to_string();
    let target = Url::parse(url).map_err(|_| Error::UrlInvalid { url: shown_raw() })?;
    if !matches!(target.scheme(), "http" | "https") || target.host_str().is_none() {
        return Err(Error::UrlInvalid { url: shown_raw() });
    }
    let mut shown = target.clone();
    let _cannot_fail_with_a_host = (shown.set_username(""), shown.set_password(None));
    Ok((target, shown.to_string()))
}

pub(crate) fn is_this_machine(target: &Url) -> bool {
    let host = target.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn nonce() -> Result<[u8; NONCE_BYTES], Error> {
    let mut octets = [0; NONCE_BYTES];
    getrandom::fill(&mut octets).map_err(|_| Error::Random)?;
    Ok(octets)
}

/// An error status; 429 and 503 may say how long to wait (RFC 9110 §10.2.3).
fn refused_by_status(url: String, status: u16, headers: &HeaderMap) -> Error {
    let wait = headers
        .get(RETRY_AFTER)
        .filter(|_| matches!(status, 429 | 503))
        .and_then(|value| retry_after::parse(value.as_bytes(), SystemTime::now()));
    match wait {
        Some(after) => Error::AskedToWait { url, status, after },
        None => Error::Status { url, status },
    }
}

/// Checks an answer on arrival; gives the certificates between signer and root, where roots are
/// given. Without any, trust is not decided here.
fn check(
    shown: &str,
    imprint: &Imprint,
    terms: &Terms<'_>,
    request: &[u8],
    response: &[u8],
) -> Result<Vec<Vec<u8>>, Error> {
    refusal(shown, response)?;
    let options = Options {
        request: Some(request),
        certificates: terms.certificates,
        ..Options::default()
    };
    let report = verify(
        response,
        Expected::Imprint(imprint),
        terms.anchors,
        &options,
    );
    let bad = || Error::TokenNotGood {
        url: shown.to_owned(),
        findings: against(&report).cloned().collect(),
    };
    if report.signature() != SignatureState::MatchesSigner || against(&report).next().is_some() {
        return Err(bad());
    }
    match report.verified() {
        Some(token) => Ok(intermediates(token.path())),
        None if terms.anchors.is_empty() => Ok(Vec::new()),
        None => Err(bad()),
    }
}

/// The certificates of a path without its two ends.
fn intermediates(path: &CertificationPath) -> Vec<Vec<u8>> {
    let all = path.certificates();
    let inner = all.get(1..all.len().saturating_sub(1));
    inner.unwrap_or_default().to_vec()
}

/// What speaks against a token: any finding that weighs, also one that only says that something
/// could not be checked, but for the absence of a root where none was given.
fn against(report: &Report) -> impl Iterator<Item = &Finding> {
    report.findings().iter().filter(|finding| {
        finding.code().severity() > Severity::Note && finding.code() != Code::TrustAnchorNotGiven
    })
}

fn refusal(shown: &str, response: &[u8]) -> Result<(), Error> {
    let Ok(parsed) = Response::parse(response) else {
        return Ok(());
    };
    match parsed.status() {
        Some(status) if !status.is_granted() => {
            let may_pass = status.code() == 3
                || status
                    .failures()
                    .any(|f| matches!(f, FailInfo::TimeNotAvailable | FailInfo::SystemFailure));
            let passing = if may_pass {
                Passing::MayPass
            } else {
                Passing::Stays
            };
            Err(Error::Refused {
                url: shown.to_owned(),
                status: status.to_string(),
                passing,
            })
        }
        _ => Ok(()),
    }
}
