//! Revocation lists and OCSP responses, read once and asked for many certificates.
//!
//! Whoever judges one token asks once. Whoever judges the tokens of years asks for each of them,
//! of the same few certificates and the same lists: what costs (reading, signatures, walking over
//! entries) is done once for each list, and found again by issuer, subject and serial number.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

use super::crl::Index;
use super::lookup::PathRevocation;
use super::tally::SourceAt;
use super::{RevocationEvidence, RevocationSource, RevocationSourceKind, UnknownCause};
use crate::certificate::Certificate;
use crate::crl::Crl;
use crate::digest::Sha1Leave;
use crate::finding::{Code, Finding, Findings};
use crate::limits::{
    MAX_CRLS, MAX_OCSP_RESPONSES, MAX_REVOCATION_CERTIFICATES, MAX_SIGNATURE_CHECKS,
};
use crate::name::Name;
use crate::ocsp::{OcspResponse, ResponderId};
use crate::path::{Budget, CertificationPath};

/// How much of what was given is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevocationLimits {
    /// Revocation lists.
    pub crls: usize,
    /// OCSP responses.
    pub ocsp_responses: usize,
    /// Certificates beside them.
    pub certificates: usize,
    /// Signature checks, whatever is asked; a signature that was checked is not checked again.
    pub signature_checks: u32,
}

impl RevocationLimits {
    /// For one token.
    pub const ONE_TOKEN: Self = Self {
        crls: MAX_CRLS,
        ocsp_responses: MAX_OCSP_RESPONSES,
        certificates: MAX_REVOCATION_CERTIFICATES,
        signature_checks: MAX_SIGNATURE_CHECKS,
    };
}

/// Revocation lists, OCSP responses and certificates, read once to be asked about many paths and
/// times.
///
/// ```
/// use proofline_tsa::{CertificationPath, RevocationEvidence, RevocationLimits, RevocationSources};
///
/// fn known_good(path: &CertificationPath, times: &[i64], lists: &[&[u8]]) -> usize {
///     let evidence = RevocationEvidence { crls: lists, ..RevocationEvidence::default() };
///     let mut sources = RevocationSources::read(&evidence, &RevocationLimits::ONE_TOKEN);
///     let mut along = sources.along(path);
///     let is_good = |at: &&i64| along.at(**at).iter().all(|one| one.status.is_good());
///     times.iter().filter(is_good).count()
/// }
/// # let _ = known_good;
/// ```
#[derive(Debug)]
pub struct RevocationSources<'a> {
    read: Read<'a>,
    memo: Memo,
    findings: Findings,
    left_out: usize,
}

/// What was given, read, and ways to find it.
#[derive(Debug, Default)]
pub(super) struct Read<'a> {
    /// The newest first.
    pub(super) crls: Vec<Crl<'a>>,
    /// Positions by [`Name::comparison_key`] of the issuer, ascending.
    by_issuer: BTreeMap<Vec<u8>, Vec<usize>>,
    /// Positions of lists that may speak of certificates of other issuers.
    indirect: Vec<usize>,
    pub(super) deltas: Vec<usize>,
    pub(super) responses: Vec<OcspResponse<'a>>,
    /// Positions by the serial numbers that they speak of, ascending.
    by_serial: BTreeMap<Vec<u8>, Vec<usize>>,
    pub(super) certificates: Vec<Certificate<'a>>,
    by_subject: BTreeMap<Vec<u8>, Vec<usize>>,
    /// By the SHA-1 of the key, which is how responders name themselves.
    by_key_hash: BTreeMap<Vec<u8>, Vec<usize>>,
}

/// What was found out about the sources, whoever asked.
pub(super) struct Memo {
    pub(super) budget: Budget,
    /// By source and SHA-256 of a key.
    pub(super) signatures: BTreeMap<(SourceAt, [u8; 32]), Result<(), UnknownCause>>,
    /// By SHA-256 of a responder's certificate and of its issuer's key.
    pub(super) responders: BTreeMap<([u8; 32], [u8; 32]), Result<(), UnknownCause>>,
    pub(super) indexes: BTreeMap<usize, Index>,
    names: BTreeMap<SourceAt, RevocationSource>,
}

impl fmt::Debug for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memo").finish_non_exhaustive()
    }
}

impl<'a> RevocationSources<'a> {
    /// Reads what was given, as far as the limits go.
    #[must_use]
    pub fn read(evidence: &RevocationEvidence<'a>, limits: &RevocationLimits) -> Self {
        Self::read_with(evidence, limits, Sha1Leave::Refused)
    }

    pub(super) fn read_with(
        evidence: &RevocationEvidence<'a>,
        limits: &RevocationLimits,
        sha1: Sha1Leave,
    ) -> Self {
        let mut findings = Findings::default();
        let mut unreadable = |what: &str, detail: &dyn fmt::Display| {
            let detail = alloc::format!("{what}: {detail}");
            findings.push(Code::RevocationDataUnreadable, detail);
        };
        let mut read = Read::default();
        for der in evidence.crls.iter().take(limits.crls) {
            match Crl::parse(der) {
                Ok(crl) => read.crls.push(crl),
                Err(error) => unreadable("revocation list", &error),
            }
        }
        for der in evidence.ocsp_responses.iter().take(limits.ocsp_responses) {
            match OcspResponse::parse(der).or_else(|error| {
                // The error of the usual form is the one to tell.
                OcspResponse::parse_basic(der).map_err(|_| error)
            }) {
                Ok(response) => read.responses.push(response),
                Err(error) => unreadable("OCSP response", &error),
            }
        }
        let mut left_out = 0_usize;
        for (what, given, max) in [
            ("revocation lists", evidence.crls.len(), limits.crls),
            (
                "OCSP responses",
                evidence.ocsp_responses.len(),
                limits.ocsp_responses,
            ),
        ] {
            if given > max {
                unreadable(what, &format_args!("{given} given, {max} looked at"));
                left_out = left_out.saturating_add(given.saturating_sub(max));
            }
        }
        let certificates = evidence.certificates.iter().take(limits.certificates);
        read.certificates = certificates
            .filter_map(|der| Certificate::parse(der).ok())
            .collect();
        read.index();
        Self {
            read,
            memo: Memo {
                budget: Budget::of(limits.signature_checks, sha1),
                signatures: BTreeMap::new(),
                responders: BTreeMap::new(),
                indexes: BTreeMap::new(),
                names: BTreeMap::new(),
            },
            findings,
            left_out,
        }
    }

    /// The certificates of a path, to be asked about at any time.
    pub fn along<'s>(&'s mut self, path: &'s CertificationPath) -> PathRevocation<'s, 'a> {
        PathRevocation::new(&self.read, &mut self.memo, path)
    }

    /// Notes on what was given and could not be read.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings.0
    }

    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.findings.0
    }

    /// How many lists and responses were not looked at, because a limit was reached.
    #[must_use]
    pub const fn left_out(&self) -> usize {
        self.left_out
    }

    /// Whether a signature was not checked, because the limit of checks was reached.
    #[must_use]
    pub const fn is_exhausted(&self) -> bool {
        self.memo.budget.is_exhausted()
    }
}

impl<'a> Read<'a> {
    fn index(&mut self) {
        self.crls
            .sort_by_key(|crl| core::cmp::Reverse(crl.this_update()));
        for (position, crl) in self.crls.iter().enumerate() {
            let issuer = crl.issuer.comparison_key();
            self.by_issuer.entry(issuer).or_default().push(position);
            if crl.point().is_some_and(|point| point.indirect) {
                self.indirect.push(position);
            }
            if crl.is_delta() {
                self.deltas.push(position);
            }
        }
        for (position, response) in self.responses.iter().enumerate() {
            for single in &response.responses {
                let known = self.by_serial.entry(single.serial().to_vec()).or_default();
                // One response may speak of a serial number of several issuers.
                if known.last() != Some(&position) {
                    known.push(position);
                }
            }
        }
        for (position, certificate) in self.certificates.iter().enumerate() {
            let subject = certificate.subject_name().comparison_key();
            self.by_subject.entry(subject).or_default().push(position);
            let key_hash = ResponderId::key_hash(certificate);
            self.by_key_hash.entry(key_hash).or_default().push(position);
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.crls.is_empty() && self.responses.is_empty()
    }

    /// The lists that may speak of certificates of an issuer, the newest first.
    pub(super) fn crls_for(&self, issuer: &Name<'_>) -> Vec<usize> {
        let own = self.by_issuer.get(&issuer.comparison_key());
        let mut positions: Vec<usize> = own.into_iter().flatten().copied().collect();
        positions.extend(&self.indirect);
        positions.sort_unstable();
        positions.dedup();
        positions
    }

    /// The responses that speak of a serial number.
    pub(super) fn responses_for(&self, serial: &[u8]) -> &[usize] {
        self.by_serial.get(serial).map_or(&[], Vec::as_slice)
    }

    /// The certificates of a responder.
    pub(super) fn responders(&self, responder: &ResponderId<'_>) -> &[usize] {
        match responder {
            ResponderId::Name(name) => self.certificates_of(name),
            ResponderId::KeyHash(hash) => self.by_key_hash.get(*hash).map_or(&[], Vec::as_slice),
        }
    }

    /// The certificates of a subject.
    pub(super) fn certificates_of(&self, subject: &Name<'_>) -> &[usize] {
        let positions = self.by_subject.get(&subject.comparison_key());
        positions.map_or(&[], Vec::as_slice)
    }
}

impl Memo {
    /// How reports name a source; its hash is computed once.
    pub(super) fn name(&mut self, read: &Read<'_>, source: SourceAt) -> RevocationSource {
        let make = || match source {
            SourceAt::Crl(position) => read.crls.get(position).map(|crl| RevocationSource {
                kind: RevocationSourceKind::Crl,
                issuer: crl.issuer(),
                fingerprint: crl.fingerprint(),
            }),
            SourceAt::Ocsp(position) => {
                read.responses
                    .get(position)
                    .map(|response| RevocationSource {
                        kind: RevocationSourceKind::Ocsp,
                        issuer: response.responder(),
                        fingerprint: response.fingerprint(),
                    })
            }
        };
        let nobody = || RevocationSource {
            kind: RevocationSourceKind::Crl,
            issuer: alloc::string::String::new(),
            fingerprint: [0; 32],
        };
        let named = self.names.entry(source);
        named
            .or_insert_with(|| make().unwrap_or_else(nobody))
            .clone()
    }
}
