//! What the bundle's lists and answers say of the certificates under its tokens.
//!
//! The paths of all tokens are looked up together, each list read and each signature checked once.
//! A key is compromised for every token that rests on it, whatever certificate names it there.

use std::collections::BTreeMap;

use proofline_format::digest::{Hash, sha256};
use proofline_tsa::{
    Certificate, CertificateRevocation, CertificationPath, RevocationEvidence, RevocationSources,
    RevocationStatus,
};

use super::Judged;
use super::limits::REVOCATION_LIMITS;
use super::shelf::Shelf;
use crate::finding::{Code, Place, Severity};
use crate::policy::Policy;
use crate::report::Report;

/// The certification paths of a bundle's tokens, each once.
#[derive(Debug, Default)]
pub(super) struct Paths {
    all: Vec<PathKeys>,
    known: BTreeMap<Hash, usize>,
}

/// A path and the keys of its certificates.
#[derive(Debug)]
struct PathKeys {
    path: CertificationPath,
    /// SHA-256 of the key of each certificate but the root's, the signer's first.
    keys: Vec<Hash>,
}

impl Paths {
    /// The number of a path.
    pub(super) fn number(&mut self, path: &CertificationPath) -> usize {
        let name = sha256(&path.certificates().concat());
        let next = self.all.len();
        let number = *self.known.entry(name).or_insert(next);
        if number == next {
            let below_root = path.certificates().iter();
            let below_root = below_root.take(path.certificates().len().saturating_sub(1));
            let key = |der: &Vec<u8>| {
                let certificate = Certificate::parse(der).ok()?;
                Some(sha256(certificate.public_key_der()))
            };
            self.all.push(PathKeys {
                path: path.clone(),
                keys: below_root.filter_map(key).collect(),
            });
        }
        number
    }

    /// The path of that number.
    pub(super) fn get(&self, number: usize) -> Option<&CertificationPath> {
        self.all.get(number).map(|known| &known.path)
    }

    /// SHA-256 of the key of each certificate of that path but the root's.
    pub(super) fn keys(&self, number: usize) -> &[Hash] {
        self.all.get(number).map_or(&[], |known| &known.keys)
    }
}

/// From when on a key is not to be trusted, and by which certificate that is known.
#[derive(Debug, Clone)]
pub(super) struct Compromise {
    /// In seconds since 1970.
    pub(super) suspected_at: i64,
    pub(super) subject: String,
}

/// A certificate under a token: what is known of it, its key, and what is known of that by any
/// certificate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Under<'k> {
    pub(super) one: &'k CertificateRevocation,
    pub(super) key: &'k Hash,
    pub(super) compromise: Option<&'k Compromise>,
}

/// What is known of the certificates under all tokens.
#[derive(Debug, Default)]
pub(super) struct Knowledge {
    /// For each token, its path's certificates, the signer first and the root left out; none where
    /// no path leads to a given root.
    statuses: Vec<Vec<CertificateRevocation>>,
    compromised: BTreeMap<Hash, Compromise>,
}

impl Knowledge {
    /// Looks everything up, and says what could not be looked at.
    pub(super) fn gather(
        tokens: &[Judged],
        paths: &Paths,
        shelf: &Shelf,
        policy: &Policy,
        report: &mut Report,
    ) -> Self {
        let (crls, ocsp_responses) = (shelf.crls(&policy.crls), shelf.ocsp_responses());
        let certificates = shelf.certificates();
        let evidence = RevocationEvidence {
            crls: &crls,
            ocsp_responses: &ocsp_responses,
            certificates: &certificates,
        };
        let mut sources = RevocationSources::read(&evidence, &REVOCATION_LIMITS);
        let mut statuses = vec![Vec::new(); tokens.len()];
        let mut by_path: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (position, token) in tokens.iter().enumerate() {
            if let Some(verified) = &token.verified {
                by_path.entry(verified.path).or_default().push(position);
            }
        }
        for (number, positions) in by_path {
            let Some(path) = paths.get(number) else {
                continue;
            };
            let mut along = sources.along(path);
            for position in positions {
                let verified = tokens
                    .get(position)
                    .and_then(|token| token.verified.as_ref());
                if let (Some(verified), Some(slot)) = (verified, statuses.get_mut(position)) {
                    *slot = along.at(verified.gen_time_seconds);
                }
            }
        }
        report_unread(&sources, shelf, report);
        let mut knowledge = Self {
            statuses,
            compromised: BTreeMap::new(),
        };
        knowledge.collect_compromised(tokens, paths);
        knowledge
    }

    fn collect_compromised(&mut self, tokens: &[Judged], paths: &Paths) {
        for (token, statuses) in tokens.iter().zip(&self.statuses) {
            let Some(verified) = &token.verified else {
                continue;
            };
            for (key, one) in paths.keys(verified.path).iter().zip(statuses) {
                let RevocationStatus::Revoked(revocation) = &one.status else {
                    continue;
                };
                if revocation.spares_earlier_tokens() {
                    continue;
                }
                let new = Compromise {
                    suspected_at: revocation.suspected_at(),
                    subject: one.certificate.subject.clone(),
                };
                let known = self.compromised.entry(*key).or_insert_with(|| new.clone());
                if new.suspected_at < known.suspected_at {
                    *known = new;
                }
            }
        }
    }

    /// The certificates under a token.
    pub(super) fn of<'k>(
        &'k self,
        position: usize,
        path: usize,
        paths: &'k Paths,
    ) -> impl Iterator<Item = Under<'k>> {
        let statuses = self.statuses.get(position).map_or(&[][..], Vec::as_slice);
        let keys = paths.keys(path).iter();
        statuses.iter().zip(keys).map(|(one, key)| Under {
            one,
            key,
            compromise: self.compromised.get(key),
        })
    }

    /// The certificate under a token that stands worst.
    pub(super) fn worst(&self, position: usize) -> Option<&CertificateRevocation> {
        let statuses = self.statuses.get(position)?;
        statuses.iter().min_by_key(|one| rank(&one.status))
    }
}

/// The worst first; of two that are alike the one that is known for the shorter time.
const fn rank(status: &RevocationStatus) -> (u8, i64) {
    match status {
        RevocationStatus::Revoked(revocation) if !revocation.spares_earlier_tokens() => {
            (0, revocation.at)
        }
        RevocationStatus::Revoked(revocation) => (1, revocation.at),
        RevocationStatus::Good { as_of, .. } => (4, *as_of),
        RevocationStatus::NotChecked => (3, 0),
        _ => (2, 0),
    }
}

/// Says what of the revocation data was not looked at.
fn report_unread(sources: &RevocationSources<'_>, shelf: &Shelf, report: &mut Report) {
    let code = Code::RevocationDataUnread;
    for finding in sources.findings() {
        report.found_as(code, Severity::Note, Place::Bundle, finding.detail());
    }
    let unread = u64::try_from(sources.left_out()).unwrap_or(u64::MAX);
    let left_out = shelf.left_out().saturating_add(unread);
    if left_out > 0 {
        let text = format!("{left_out} items of revocation data are beyond the limits");
        report.found(code, Place::Bundle, text);
    }
    if sources.is_exhausted() {
        let max = REVOCATION_LIMITS.signature_checks;
        let text = format!("revocation data needs more than {max} signature checks");
        report.found(code, Place::Bundle, text);
    }
}
