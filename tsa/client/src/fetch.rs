//! Revocation lists, OCSP answers and certificates of issuers, from where certificates say they are.
//!
//! What comes is read once, so that a page of HTML is not taken for a list; whether it is genuine is
//! for the caller to find out, who has the certificates.
//! The places are named by certificates that nobody has vouched for yet: [`reach`] says what a caller
//! should know of an address before it is asked.

use std::net::IpAddr;

use proofline_tsa::{Certificate, Crl, OcspResponse, pem};
use reqwest::Url;
use reqwest::blocking::RequestBuilder;
use reqwest::header::{ACCEPT, CONTENT_TYPE};

use crate::client::{Client, is_this_machine, parse_url};
use crate::error::{Error, innermost};

/// Where an address leads, as far as the URL itself tells. Names are not looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Not a URL of HTTP.
    Nowhere,
    /// This machine: loopback, or `localhost`.
    ThisMachine,
    /// The link only, where machines keep services for their own guests, or no host at all.
    Link,
    /// A private network.
    Private,
    /// Anywhere else.
    Elsewhere,
}

/// Says where a URL leads.
#[must_use]
pub fn reach(url: &str) -> Reach {
    let Ok((target, _)) = parse_url(url) else {
        return Reach::Nowhere;
    };
    if is_this_machine(&target) {
        return Reach::ThisMachine;
    }
    let host = target.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let address = address
        .parse::<IpAddr>()
        .map(|address| address.to_canonical());
    match address {
        Ok(address) if address.is_loopback() => Reach::ThisMachine,
        Ok(IpAddr::V4(v4)) if v4.is_link_local() || v4.is_unspecified() || v4.is_broadcast() => {
            Reach::Link
        }
        Ok(IpAddr::V6(v6)) if v6.is_unicast_link_local() || v6.is_unspecified() => Reach::Link,
        Ok(address) if address.is_multicast() => Reach::Link,
        Ok(IpAddr::V4(v4)) if v4.is_private() => Reach::Private,
        Ok(IpAddr::V6(v6)) if v6.is_unique_local() => Reach::Private,
        _ if host.ends_with(".localhost") => Reach::ThisMachine,
        _ => Reach::Elsewhere,
    }
}

impl Client {
    /// Fetches a revocation list, in DER or PEM; returned in DER.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one that is not a revocation list.
    pub fn fetch_crl(&self, url: &str) -> Result<Vec<u8>, Error> {
        let (bytes, shown) = self.get(url, "application/pkix-crl")?;
        let der = from_pem(bytes, "X509 CRL");
        let read = Crl::parse(&der).map(drop);
        asked_for(der, read, shown, "revocation list")
    }

    // Limit: a PKCS #7 file with several certificates (`.p7c`) is not read.
    /// Fetches a certificate, in DER or PEM; returned in DER.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one that is not a certificate.
    pub fn fetch_certificate(&self, url: &str) -> Result<Vec<u8>, Error> {
        let (bytes, shown) = self.get(url, "application/pkix-cert")?;
        let der = from_pem(bytes, "CERTIFICATE");
        let read = Certificate::parse(&der).map(drop);
        asked_for(der, read, shown, "certificate")
    }

    /// Asks an OCSP responder, by POST (RFC 6960, Appendix A.1). `request` is what
    /// [`ocsp_request`](proofline_tsa::ocsp_request) writes.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one without a status.
    pub fn ask_ocsp(&self, url: &str, request: Vec<u8>) -> Result<Vec<u8>, Error> {
        let (target, shown) = parse_url(url)?;
        let client = self.http(&target, &shown)?;
        let call = client
            .post(target)
            .header(CONTENT_TYPE, "application/ocsp-request")
            .header(ACCEPT, "application/ocsp-response")
            .body(request);
        let bytes = self.send(call, &shown)?;
        let read = OcspResponse::parse(&bytes).map(drop);
        asked_for(bytes, read, shown, "OCSP answer")
    }

    fn get(&self, url: &str, accept: &str) -> Result<(Vec<u8>, String), Error> {
        let (target, shown) = parse_url(url)?;
        let client = self.http(&target, &shown)?;
        let bytes = self.send(client.get(target).header(ACCEPT, accept), &shown)?;
        Ok((bytes, shown))
    }

    fn http(&self, target: &Url, shown: &str) -> Result<reqwest::blocking::Client, Error> {
        self.builder(target).build().map_err(|error| Error::Setup {
            url: shown.to_owned(),
            reason: innermost(&error),
        })
    }

    fn send(&self, call: RequestBuilder, shown: &str) -> Result<Vec<u8>, Error> {
        let after = self.timeouts().total;
        let answer = call
            .timeout(after)
            .send()
            .map_err(|error| Error::from_http(shown, after, &error.without_url()))?;
        let (status, url) = (answer.status(), shown.to_owned());
        let number = status.as_u16();
        if status.is_redirection() {
            let status = number;
            return Err(Error::Redirect { url, status });
        }
        if number != 200 {
            let status = number;
            return Err(Error::Status { url, status });
        }
        self.read(answer, shown)
    }
}

fn asked_for(
    bytes: Vec<u8>,
    read: Result<(), proofline_tsa::Error>,
    url: String,
    what: &'static str,
) -> Result<Vec<u8>, Error> {
    match read {
        Ok(()) => Ok(bytes),
        Err(source) => Err(Error::NotAsked { url, what, source }),
    }
}

/// The first block of that label, where the bytes are PEM.
fn from_pem(bytes: Vec<u8>, label: &str) -> Vec<u8> {
    if !bytes.starts_with(b"-----BEGIN ") {
        return bytes;
    }
    let blocks = pem::blocks(&bytes).unwrap_or_default();
    let mut found = blocks.into_iter().filter(|block| block.label == label);
    found.next().map_or(bytes, |block| block.der)
}
