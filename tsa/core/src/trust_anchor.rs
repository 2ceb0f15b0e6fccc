//! Trust anchors: the root certificates that a caller chose.
//!
//! An anchor is only ever made from bytes that the caller passes in for this purpose.
//! Nothing in this crate turns a certificate that came inside a token into one.

use alloc::string::String;
use alloc::vec::Vec;

use crate::certificate::{Certificate, CertificateSummary};
use crate::error::Error;
use crate::pem;

/// A root certificate that the caller trusts to say who may tell the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustAnchor {
    der: Vec<u8>,
    summary: CertificateSummary,
}

impl TrustAnchor {
    /// Reads one certificate in DER.
    ///
    /// # Errors
    ///
    /// When the bytes are not one certificate.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let summary = Certificate::parse(der)?.summary();
        Ok(Self {
            der: der.to_vec(),
            summary,
        })
    }

    /// Reads every certificate of a PEM text.
    ///
    /// # Errors
    ///
    /// When the text has no certificate, or one that cannot be read.
    pub fn all_from_pem(text: &[u8]) -> Result<Vec<Self>, Error> {
        pem::certificates(text)?
            .iter()
            .map(|der| Self::from_der(der))
            .collect()
    }

    /// The bytes of the certificate.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// SHA-256 of the certificate's bytes.
    #[must_use]
    pub const fn fingerprint(&self) -> &[u8; 32] {
        &self.summary.fingerprint
    }

    /// The fingerprint in lower-case hexadecimal.
    #[must_use]
    pub fn fingerprint_hex(&self) -> String {
        self.summary.fingerprint_hex()
    }

    /// The subject in the form of RFC 4514.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.summary.subject
    }

    /// What identifies the certificate in a report.
    #[must_use]
    pub const fn summary(&self) -> &CertificateSummary {
        &self.summary
    }

    /// The parsed certificate; always there, because it was parsed when the anchor was made.
    pub(crate) fn certificate(&self) -> Option<Certificate<'_>> {
        Certificate::parse(&self.der).ok()
    }
}
