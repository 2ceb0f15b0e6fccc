//! The search for a path: by name, proved by signature, depth first, under a budget.
//!
//! Every certificate whose subject is the issuer wanted is tried, because authorities re-issue the
//! same name with other keys, and the first one found may be the wrong one.
//! Key identifiers only say which of several to try first: they are claims.

use alloc::vec::Vec;

use super::{CertificationPath, PathRules, rules};
use crate::certificate::Certificate;
use crate::digest::Sha1Leave;
use crate::finding::{Code, Finding, Findings, Severity};
use crate::limits::{MAX_PATH_LEN, MAX_SIGNATURE_CHECKS};
use crate::oid;
use crate::signature::{self, Scheme, SignatureCheck};

/// The signature checks that are left for one token.
#[derive(Debug)]
pub(crate) struct Budget {
    left: u32,
    /// Whether one was asked for when none was left.
    exhausted: bool,
    /// Whether signatures with SHA-1 are checked at all.
    sha1: Sha1Leave,
}

impl Budget {
    pub(crate) const fn with_sha1(sha1: Sha1Leave) -> Self {
        Self::of(MAX_SIGNATURE_CHECKS, sha1)
    }

    pub(crate) const fn of(checks: u32, sha1: Sha1Leave) -> Self {
        Self {
            left: checks,
            exhausted: false,
            sha1,
        }
    }

    pub(crate) const fn is_exhausted(&self) -> bool {
        self.exhausted
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
            None => {
                self.exhausted = true;
                false
            }
        }
    }
}

pub(super) struct Search<'s, 'a> {
    pool: &'s [Certificate<'a>],
    anchors: &'s [Certificate<'s>],
    gen_time_seconds: i64,
    path_rules: &'s PathRules<'s>,
    budget: &'s mut Budget,
    /// What is wrong with the least bad path whose signatures all hold.
    rejected: Option<Vec<Finding>>,
    /// Signatures of certificates that could not be checked.
    refused: Vec<Finding>,
    exhausted: bool,
    too_deep: bool,
}

impl<'s, 'a> Search<'s, 'a> {
    pub(super) const fn new(
        pool: &'s [Certificate<'a>],
        anchors: &'s [Certificate<'s>],
        gen_time_seconds: i64,
        path_rules: &'s PathRules<'s>,
        budget: &'s mut Budget,
    ) -> Self {
        Self {
            pool,
            anchors,
            gen_time_seconds,
            path_rules,
            budget,
            rejected: None,
            refused: Vec::new(),
            exhausted: false,
            too_deep: false,
        }
    }

    /// Extends a chain of verified signatures towards an anchor, depth first.
    ///
    /// Recursion is bounded by [`MAX_PATH_LEN`], work by the budget.
    pub(super) fn extend(
        &mut self,
        chain: &mut Vec<&'s Certificate<'a>>,
    ) -> Option<CertificationPath>
    where
        'a: 's,
    {
        let last = *chain.last()?;
        for anchor in candidates(last, self.anchors) {
            if self.is_issued_by(last, anchor) {
                let violations =
                    rules::check(chain, anchor, self.gen_time_seconds, self.path_rules);
                if violations.is_empty() {
                    return CertificationPath::of(chain, anchor);
                }
                self.reject(violations);
            }
        }
        for candidate in candidates(last, self.pool) {
            if chain
                .iter()
                .any(|known| is_same_authority(known, candidate))
            {
                continue;
            }
            if chain.len() >= MAX_PATH_LEN {
                self.too_deep = true;
                return None;
            }
            if self.is_issued_by(last, candidate) {
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

    /// Says why no path was found.
    pub(super) fn explain(self, leaf: &Certificate<'_>, findings: &mut Findings) {
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
        if self.too_deep {
            let detail = alloc::format!(
                "the search went no further than {MAX_PATH_LEN} certificates below a root"
            );
            findings.push(Code::PathDepthExceeded, detail);
        }
    }
}

/// The certificates that may have issued `subject` by their names, those first whose key has the
/// identifier that `subject` gives.
fn candidates<'c, 'a>(
    subject: &Certificate<'_>,
    list: &'c [Certificate<'a>],
) -> impl Iterator<Item = &'c Certificate<'a>> {
    let wanted = subject.extensions().authority_key_identifier;
    let mut named: Vec<&Certificate<'_>> = list
        .iter()
        .filter(|issuer| subject.issuer_name().matches(issuer.subject_name()))
        .collect();
    // Stable: the order given decides between equals.
    named.sort_by_key(|issuer| {
        wanted.is_none() || issuer.extensions().subject_key_identifier != wanted
    });
    named.into_iter()
}

/// A path that passes the same name and key twice holds without the loop as well, under fewer
/// constraints, so no path is lost by leaving it out.
fn is_same_authority(a: &Certificate<'_>, b: &Certificate<'_>) -> bool {
    a.public_key_der() == b.public_key_der() && a.subject_name().matches(b.subject_name())
}
