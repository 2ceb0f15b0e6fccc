//! The certification path: from the signer to a root that the caller gave (RFC 5280 §6).
//!
//! The search is by name and proved by signature: every certificate whose subject is the issuer
//! wanted is tried, because authorities re-issue the same name with other keys, and the first one
//! found may be the wrong one.
//! A budget of signature checks bounds what a hostile set of certificates can cost.
//!
//! Every certificate of the path, the root included, must be valid at the token's time.
//! The root's validity is checked although RFC 5280 leaves it to the caller: a root is given here
//! as a whole certificate, and one that had expired at the token's time vouches for nothing then.

use alloc::vec::Vec;

use crate::certificate::{Certificate, CertificateSummary};
use crate::digest::Sha1Leave;
use crate::finding::{Code, Finding, Findings, Severity};
use crate::limits::{MAX_PATH_LEN, MAX_SIGNATURE_CHECKS};
use crate::oid;
use crate::signature::{self, Scheme, SignatureCheck};
use crate::trust_anchor::TrustAnchor;

#[cfg(test)]
mod pkits;
pub(crate) mod rules;

/// The signature checks that are left for one token.
#[derive(Debug)]
pub(crate) struct Budget {
    left: u32,
    /// Whether signatures with SHA-1 are checked at all.
    sha1: Sha1Leave,
}

impl Budget {
    #[cfg(test)]
    pub(crate) const fn new() -> Self {
        Self::with_sha1(Sha1Leave::Refused)
    }

    pub(crate) const fn with_sha1(sha1: Sha1Leave) -> Self {
        Self {
            left: MAX_SIGNATURE_CHECKS,
            sha1,
        }
    }

    pub(crate) const fn sha1(&self) -> Sha1Leave {
        self.sha1
    }

    /// Takes one check; `false` when none is left.
    pub(crate) const fn take(&mut self) -> bool {
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }
}

/// A path that holds, from the signer to the anchor.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    pub(crate) signer: CertificateSummary,
    /// The signer's issuer first.
    pub(crate) intermediates: Vec<CertificateSummary>,
    pub(crate) anchor: CertificateSummary,
}

/// Looks for a path; what stands in the way is pushed to `findings` when there is none.
pub(crate) fn find(
    leaf: &Certificate<'_>,
    pool: &[Certificate<'_>],
    anchors: &[TrustAnchor],
    gen_time_seconds: i64,
    budget: &mut Budget,
    findings: &mut Findings,
) -> Option<Path> {
    if anchors.is_empty() {
        findings.push(
            Code::TrustAnchorNotGiven,
            "no root was given to verify against",
        );
        return None;
    }
    let anchors: Vec<Certificate<'_>> = anchors
        .iter()
        .filter_map(TrustAnchor::certificate)
        .collect();
    // A caller may trust a stamping unit itself: its certificate is then its own anchor, and no
    // signature by anyone else is needed.
    if anchors.iter().any(|anchor| anchor.der() == leaf.der()) {
        let signer = leaf.summary();
        return Some(Path {
            anchor: signer.clone(),
            signer,
            intermediates: Vec::new(),
        });
    }
    let mut search = Search {
        pool,
        anchors: &anchors,
        gen_time_seconds,
        budget,
        rejected: None,
        refused: Vec::new(),
        exhausted: false,
    };
    let mut chain = alloc::vec![leaf];
    let found = search.extend(&mut chain);
    if found.is_none() {
        search.explain(leaf, findings);
    }
    found
}

struct Search<'s, 'a> {
    pool: &'s [Certificate<'a>],
    anchors: &'s [Certificate<'s>],
    gen_time_seconds: i64,
    budget: &'s mut Budget,
    /// What is wrong with the least bad path whose signatures all hold.
    rejected: Option<Vec<Finding>>,
    /// Signatures of certificates that could not be checked.
    refused: Vec<Finding>,
    exhausted: bool,
}

impl<'s, 'a> Search<'s, 'a> {
    /// Extends a chain of verified signatures towards an anchor, depth first.
    ///
    /// Recursion is bounded by [`MAX_PATH_LEN`], work by the budget.
    fn extend(&mut self, chain: &mut Vec<&'s Certificate<'a>>) -> Option<Path>
    where
        'a: 's,
    {
        let last = *chain.last()?;
        for anchor in self.anchors {
            if self.is_issued_by(last, anchor) {
                let violations = rules::check(chain, anchor, self.gen_time_seconds);
                if violations.is_empty() {
                    return Some(Path {
                        signer: chain.first()?.summary(),
                        intermediates: chain.iter().skip(1).map(|c| c.summary()).collect(),
                        anchor: anchor.summary(),
                    });
                }
                self.reject(violations);
            }
        }
        if chain.len() >= MAX_PATH_LEN {
            return None;
        }
        for candidate in self.pool {
            let in_chain = chain.iter().any(|c| c.der() == candidate.der());
            if !in_chain && self.is_issued_by(last, candidate) {
                chain.push(candidate);
                let found = self.extend(chain);
                chain.pop();
                if found.is_some() {
                    return found;
                }
            }
            if self.exhausted {
                return None;
            }
        }
        None
    }

    /// Whether the names chain and the issuer's key verifies the signature.
    fn is_issued_by(&mut self, subject: &Certificate<'_>, issuer: &Certificate<'_>) -> bool {
        if !subject.issuer_name().matches(issuer.subject_name()) {
            return false;
        }
        let algorithm = subject.signature_algorithm();
        let scheme = Scheme::from_identifier(algorithm, None, self.budget.sha1());
        let Ok(scheme) = scheme else {
            let name = oid::dotted(algorithm.oid);
            self.refuse(subject, &alloc::format!("is signed with {name}"));
            return false;
        };
        if !self.budget.take() {
            self.exhausted = true;
            return false;
        }
        match signature::verify(
            issuer.public_key(),
            scheme,
            subject.tbs(),
            subject.signature(),
        ) {
            SignatureCheck::Good => true,
            SignatureCheck::Bad => false,
            SignatureCheck::KeyRefused(_) => {
                self.refuse(subject, "is signed by a key of a kind or size not accepted");
                false
            }
        }
    }

    fn refuse(&mut self, subject: &Certificate<'_>, what: &str) {
        let detail = alloc::format!("certificate `{}` {what}", subject.subject());
        let finding = Finding::new(Code::CertificateSignatureAlgorithmRefused, detail);
        if !self.refused.contains(&finding) {
            self.refused.push(finding);
        }
    }

    /// Keeps the violations of the path that comes closest: an indeterminate one before a failed
    /// one, then the shorter list, then the first found.
    fn reject(&mut self, violations: Vec<Finding>) {
        let weight = |list: &[Finding]| {
            let worst = list.iter().map(|f| f.code().severity()).max();
            (worst.unwrap_or(Severity::Note), list.len())
        };
        if self
            .rejected
            .as_ref()
            .is_none_or(|kept| weight(&violations) < weight(kept))
        {
            self.rejected = Some(violations);
        }
    }

    fn explain(self, leaf: &Certificate<'_>, findings: &mut Findings) {
        if let Some(violations) = self.rejected {
            findings.0.extend(violations);
        } else {
            let detail = alloc::format!(
                "no chain of signatures leads from signer `{}`, issued by `{}`, to one of {} given \
                 roots",
                leaf.subject(),
                leaf.issuer(),
                self.anchors.len()
            );
            findings.push(Code::PathNotFound, detail);
            findings.0.extend(self.refused);
        }
        if self.exhausted {
            let detail =
                alloc::format!("the search stopped after {MAX_SIGNATURE_CHECKS} signature checks");
            findings.push(Code::SignatureChecksExhausted, detail);
        }
    }
}
