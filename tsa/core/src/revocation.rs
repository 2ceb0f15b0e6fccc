//! Whether the certificates of a path were revoked, by the lists and answers that were given.
//!
//! ```text
//! revocation/crl.rs       revocation lists (RFC 5280 §6.3): scope, signer, delta, freshness
//! revocation/ocsp.rs      OCSP responses (RFC 6960): who may answer, freshness
//! revocation/standing.rs  what a revocation means for a token (RFC 3161 §4)
//! ```
//!
//! Nothing is fetched and no clock is read: what was given is judged for the time of interest,
//! which for a token is its own time.
//! A list or answer made at that time or later shows the state then; one made earlier shows it as
//! long as it says that nothing newer was due.
//! What lists a certificate as revoked counts however old it is.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::certificate::{Certificate, CertificateSummary};
use crate::crl::{Crl, RevocationReason};
use crate::digest::Sha1Leave;
use crate::finding::{Code, Finding, Findings};
use crate::limits::{MAX_CRLS, MAX_OCSP_RESPONSES, MAX_REVOCATION_CERTIFICATES};
use crate::ocsp::OcspResponse;
use crate::path::{Budget, CertificationPath};
use crate::trust_anchor::TrustAnchor;

mod crl;
mod judge;
mod ocsp;
mod standing;
mod status;
#[cfg(test)]
mod tests;

pub(crate) use judge::{Times, judge};
pub use standing::TokenStanding;
pub use status::{
    Revocation, RevocationSource, RevocationSourceKind, RevocationStatus, UnknownCause,
};

/// What was given to judge revocation by. Nothing of it is trusted before its signature is checked.
#[derive(Clone, Copy, Debug, Default)]
pub struct RevocationEvidence<'a> {
    /// Revocation lists in DER, at most [`MAX_CRLS`].
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
    let mut findings = Findings::default();
    let material = Material::read(path, evidence, &mut findings);
    let mut checker = Checker::new(&material, unix_seconds, sha1);
    let ends = material.pool.iter().zip(material.pool.iter().skip(1));
    let certificates =
        ends.take(material.path_len.saturating_sub(1))
            .map(|(certificate, issuer)| CertificateRevocation {
                certificate: certificate.summary(),
                status: if evidence.is_empty() {
                    RevocationStatus::NotChecked
                } else {
                    checker.status(certificate, issuer, 0)
                },
            });
    RevocationReport {
        certificates: certificates.collect(),
        findings: findings.0,
    }
}

/// What was given, read.
struct Material<'a> {
    /// The path first, signer to anchor; then what else may have signed.
    pool: Vec<Certificate<'a>>,
    path_len: usize,
    anchor: Option<TrustAnchor>,
    /// The newest first.
    crls: Vec<Crl<'a>>,
    responses: Vec<OcspResponse<'a>>,
}

impl<'a> Material<'a> {
    fn read(
        path: &'a CertificationPath,
        evidence: &RevocationEvidence<'a>,
        findings: &mut Findings,
    ) -> Self {
        let mut unreadable = |what: &str, detail: &dyn core::fmt::Display| {
            findings.push(
                Code::RevocationDataUnreadable,
                alloc::format!("{what}: {detail}"),
            );
        };
        let parsed = |der: &'a [u8]| Certificate::parse(der).ok();
        let mut pool: Vec<Certificate<'_>> = path
            .certificates()
            .iter()
            .filter_map(|der| parsed(der))
            .collect();
        let path_len = pool.len();
        let beside = evidence
            .certificates
            .iter()
            .take(MAX_REVOCATION_CERTIFICATES);
        pool.extend(beside.filter_map(|der| parsed(der)));

        let mut crls = Vec::new();
        for der in evidence.crls.iter().take(MAX_CRLS) {
            match Crl::parse(der) {
                Ok(crl) => crls.push(crl),
                Err(error) => unreadable("revocation list", &error),
            }
        }
        crls.sort_by_key(|crl| core::cmp::Reverse(crl.this_update()));
        let mut responses = Vec::new();
        for der in evidence.ocsp_responses.iter().take(MAX_OCSP_RESPONSES) {
            match OcspResponse::parse(der).or_else(|error| {
                // The error of the usual form is the one to tell.
                OcspResponse::parse_basic(der).map_err(|_| error)
            }) {
                Ok(response) => responses.push(response),
                Err(error) => unreadable("OCSP response", &error),
            }
        }
        for (what, given, max) in [
            ("revocation lists", evidence.crls.len(), MAX_CRLS),
            (
                "OCSP responses",
                evidence.ocsp_responses.len(),
                MAX_OCSP_RESPONSES,
            ),
        ] {
            if given > max {
                unreadable(what, &format_args!("{given} given, {max} looked at"));
            }
        }
        Self {
            anchor: path
                .certificates()
                .last()
                .and_then(|der| TrustAnchor::from_der(der).ok()),
            pool,
            path_len,
            crls,
            responses,
        }
    }

    /// Whether a certificate of the pool is one that the path vouches for.
    fn is_issuer_in_path(&self, position: usize) -> bool {
        (1..self.path_len).contains(&position)
    }
}

/// Looks up certificates in the material.
struct Checker<'m, 'a> {
    material: &'m Material<'a>,
    /// The time of interest.
    at: i64,
    budget: Budget,
    /// By the position of a list: the position of its signer, or why it has none.
    crl_signers: BTreeMap<usize, Result<usize, UnknownCause>>,
}

impl<'m, 'a> Checker<'m, 'a> {
    const fn new(material: &'m Material<'a>, at: i64, sha1: Sha1Leave) -> Self {
        Self {
            material,
            at,
            budget: Budget::with_sha1(sha1),
            crl_signers: BTreeMap::new(),
        }
    }

    fn status(
        &mut self,
        certificate: &Certificate<'_>,
        issuer: &Certificate<'_>,
        depth: u8,
    ) -> RevocationStatus {
        let mut tally = Tally::default();
        self.ask_responses(certificate, issuer, depth, &mut tally);
        self.ask_crls(certificate, depth, &mut tally);
        tally.conclude()
    }

    /// Whether absence of a revocation in something made at `as_of` tells anything for the time of
    /// interest.
    fn freshness(
        &self,
        certificate: &Certificate<'_>,
        as_of: i64,
        next_update: Option<i64>,
        expired_since: Option<i64>,
    ) -> Result<(), UnknownCause> {
        if as_of < self.at && next_update.is_none_or(|next| next < self.at) {
            return Err(UnknownCause::Stale);
        }
        // RFC 5280 §3.3: a certificate may leave the list once it has expired.
        let expired = certificate.not_after() < as_of;
        if expired && expired_since.is_none_or(|since| certificate.not_after() < since) {
            return Err(UnknownCause::CertificateExpired);
        }
        Ok(())
    }
}

/// What the sources say of one certificate so far.
#[derive(Default)]
struct Tally {
    good: Option<(i64, RevocationSource)>,
    revoked: Option<Revocation>,
    why: Option<UnknownCause>,
}

impl Tally {
    fn unknown(&mut self, why: UnknownCause) {
        self.why = self.why.max(Some(why));
    }

    fn good(&mut self, as_of: i64, source: RevocationSource) {
        if self.good.as_ref().is_none_or(|(known, _)| *known < as_of) {
            self.good = Some((as_of, source));
        }
    }

    /// Keeps the gravest: what makes the key worthless before what only ends its use, then the
    /// earliest. A hold ends with the next word about the certificate.
    fn revoked(&mut self, new: Revocation) {
        let holds = |r: &Revocation| r.reason == Some(RevocationReason::CertificateHold);
        let replaces = match &self.revoked {
            None => true,
            Some(known) if holds(known) != holds(&new) && known.as_of != new.as_of => {
                if holds(known) {
                    known.as_of < new.as_of
                } else {
                    new.as_of > known.as_of && !holds(&new)
                }
            }
            Some(known) => {
                let rank = |r: &Revocation| (standing::spares_earlier_tokens(r.reason), r.at);
                rank(&new) < rank(known)
            }
        };
        if replaces {
            self.revoked = Some(new);
        }
    }

    fn conclude(self) -> RevocationStatus {
        match (self.revoked, self.good) {
            (Some(revocation), Some((as_of, source)))
                if revocation.reason == Some(RevocationReason::CertificateHold)
                    && as_of > revocation.as_of =>
            {
                RevocationStatus::Good { as_of, source }
            }
            (Some(revocation), _) => RevocationStatus::Revoked(revocation),
            (None, Some((as_of, source))) => RevocationStatus::Good { as_of, source },
            (None, None) => RevocationStatus::Unknown {
                why: self.why.unwrap_or(UnknownCause::WrongIssuer),
            },
        }
    }
}
