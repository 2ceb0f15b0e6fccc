//! Whether the certificates of a path were revoked, by the lists and answers that were given.
//!
//! ```text
//! revocation/sources.rs   what was given, read once, with the limits on it
//! revocation/lookup.rs    the certificates of one path, at any time
//! revocation/crl.rs       revocation lists (RFC 5280 §6.3): scope, signer, delta, freshness
//! revocation/scope.rs     for which certificates a list speaks
//! revocation/ocsp.rs      OCSP responses (RFC 6960): who may answer, freshness
//! revocation/standing.rs  what a revocation means for a token (RFC 3161 §4)
//! ```
//!
//! Nothing is fetched and no clock is read: what was given is judged for the time of interest,
//! which for a token is its own time.
//! A list or answer made at that time or later shows the state then; one made earlier shows it as
//! long as it says that nothing newer was due.
//! What lists a certificate as revoked counts however old it is.

use alloc::vec::Vec;

use crate::certificate::CertificateSummary;
use crate::digest::Sha1Leave;
use crate::finding::Finding;
#[cfg(doc)]
use crate::limits::{MAX_CRLS, MAX_OCSP_RESPONSES, MAX_REVOCATION_CERTIFICATES};
use crate::path::CertificationPath;

mod crl;
mod judge;
mod lookup;
mod ocsp;
mod scope;
mod sources;
mod standing;
mod status;
mod tally;
#[cfg(test)]
mod tests;

pub(crate) use judge::{Times, judge};
pub use lookup::PathRevocation;
pub use sources::{RevocationLimits, RevocationSources};
pub use standing::TokenStanding;
pub use status::{
    Revocation, RevocationSource, RevocationSourceKind, RevocationStatus, UnknownCause,
};

/// What was given to judge revocation by. Nothing of it is trusted before its signature is checked.
#[derive(Clone, Copy, Debug, Default)]
pub struct RevocationEvidence<'a> {
    /// Revocation lists in DER, at most [`MAX_CRLS`] where nothing else is said
    /// ([`RevocationLimits`]).
    pub crls: &'a [&'a [u8]],
    /// OCSP responses in DER, at most [`MAX_OCSP_RESPONSES`]; the inner `BasicOCSPResponse` alone
    /// is read too.
    pub ocsp_responses: &'a [&'a [u8]],
    /// Certificates in DER that may lead to those who signed them, at most
    /// [`MAX_REVOCATION_CERTIFICATES`].
    pub certificates: &'a [&'a [u8]],
}

impl RevocationEvidence<'_> {
    const fn is_empty(&self) -> bool {
        self.crls.is_empty() && self.ocsp_responses.is_empty()
    }
}

/// One certificate of a path and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateRevocation {
    /// The certificate.
    pub certificate: CertificateSummary,
    /// Its status.
    pub status: RevocationStatus,
}

/// What is known of every certificate of a path.
#[derive(Clone, Debug, Default)]
pub struct RevocationReport {
    certificates: Vec<CertificateRevocation>,
    findings: Vec<Finding>,
}

impl RevocationReport {
    /// The certificates, the signer first, the anchor left out: no one revokes a root but its user.
    #[must_use]
    pub fn certificates(&self) -> &[CertificateRevocation] {
        &self.certificates
    }

    /// Notes on what was given and could not be read.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

/// Looks up every certificate of a path.
///
/// `unix_seconds` is the time of interest, for a token its own time, in seconds since 1970.
/// RFC 5280 §6.3 and RFC 6960; what the status means for a token is
/// [`TokenStanding::of`]. [`verify`](crate::verify) does both, for the path that it finds.
#[must_use]
pub fn check_revocation(
    path: &CertificationPath,
    evidence: &RevocationEvidence<'_>,
    unix_seconds: i64,
) -> RevocationReport {
    look_up(path, evidence, unix_seconds, Sha1Leave::Refused)
}

fn look_up(
    path: &CertificationPath,
    evidence: &RevocationEvidence<'_>,
    unix_seconds: i64,
    sha1: Sha1Leave,
) -> RevocationReport {
    let mut sources = RevocationSources::read_with(evidence, &RevocationLimits::ONE_TOKEN, sha1);
    RevocationReport {
        certificates: sources.along(path).at(unix_seconds),
        findings: sources.into_findings(),
    }
}
