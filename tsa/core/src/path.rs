//! The certification path: from the signer to a root that the caller gave (RFC 5280 §6).
//!
//! ```text
//! path/search.rs  every candidate issuer, proved by signature, under a budget
//! path/rules.rs   validity, critical extensions, authority, path length, key usage, purposes
//! path/names.rs   name constraints
//! path/policy.rs  certificate policies
//! ```
//!
//! Every certificate of the path, the root included, must be valid at the token's time.
//! The root's validity is checked although RFC 5280 leaves it to the caller: a root is given here
//! as a whole certificate, and one that had expired at the token's time vouches for nothing then.
//! What a root says about its own limits (basic constraints, key usage, name constraints) is held
//! against it as well.

use alloc::vec::Vec;

use crate::certificate::{Certificate, CertificateSummary};
use crate::digest::Sha1Leave;
use crate::finding::{Code, Finding, Findings, Severity};
use crate::limits::MAX_CERTIFICATES;
use crate::trust_anchor::TrustAnchor;

mod names;
mod policy;
pub(crate) mod rules;
mod search;
#[cfg(test)]
mod tests;

pub(crate) use search::Budget;
use search::Search;

/// What the certificates of a path are to be good for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Purpose {
    /// Time-stamping: an intermediate that names purposes names this one, or any. One that names
    /// none is accepted, as RFC 5280 §4.2.1.12 has it.
    #[default]
    TimeStamping,
    /// Anything: purposes of intermediates are not looked at.
    Any,
}

/// What a path must satisfy beside the fixed rules: the inputs of RFC 5280 §6.1.1.
///
/// The default is a path for time-stamping, under any policy, with all three policy switches off.
#[derive(Clone, Copy, Debug, Default)]
pub struct PathRules<'a> {
    /// What the path is to be good for.
    pub purpose: Purpose,
    /// `user-initial-policy-set`: policies as the content octets of their identifiers (see
    /// [`oid_from_dotted`](crate::oid_from_dotted)); empty for any policy.
    ///
    /// They decide only where a policy is required: by `initial_explicit_policy`, or by a
    /// certificate of the path.
    pub initial_policy_set: &'a [Vec<u8>],
    /// `initial-explicit-policy`: the path must be valid for one policy of the set.
    pub initial_explicit_policy: bool,
    /// `initial-policy-mapping-inhibit`: policies are not mapped.
    pub initial_policy_mapping_inhibit: bool,
    /// `initial-any-policy-inhibit`: `anyPolicy` in a certificate stands for nothing.
    pub initial_any_policy_inhibit: bool,
}

/// A path that holds, from the signer to the anchor.
#[derive(Clone, Debug)]
pub struct CertificationPath {
    pub(crate) signer: CertificateSummary,
    /// The signer's issuer first.
    pub(crate) intermediates: Vec<CertificateSummary>,
    pub(crate) anchor: CertificateSummary,
    certificates: Vec<Vec<u8>>,
}

/// The name under which the rest of the crate knows it.
pub(crate) use CertificationPath as Path;

impl CertificationPath {
    /// `None` for an empty chain, which there never is.
    fn of(chain: &[&Certificate<'_>], anchor: &Certificate<'_>) -> Option<Self> {
        let (signer, intermediates) = chain.split_first()?;
        let certificates = chain.iter().copied().chain([anchor]);
        Some(Self {
            signer: signer.summary(),
            intermediates: intermediates.iter().map(|c| c.summary()).collect(),
            anchor: anchor.summary(),
            certificates: certificates.map(|c| c.der().to_vec()).collect(),
        })
    }

    /// The certificate whose path it is.
    #[must_use]
    pub const fn signer(&self) -> &CertificateSummary {
        &self.signer
    }

    /// The certificates between signer and anchor, the signer's issuer first.
    #[must_use]
    pub fn intermediates(&self) -> &[CertificateSummary] {
        &self.intermediates
    }

    /// The root, one of those that the caller gave.
    #[must_use]
    pub const fn anchor(&self) -> &CertificateSummary {
        &self.anchor
    }

    /// The bytes of every certificate, the signer first and the anchor last. A signer that is
    /// itself the anchor stands once.
    #[must_use]
    pub fn certificates(&self) -> &[Vec<u8>] {
        &self.certificates
    }
}

/// What a search for a path came to.
#[derive(Clone, Debug)]
pub struct PathReport {
    findings: Vec<Finding>,
    path: Option<CertificationPath>,
}

impl PathReport {
    /// What stands in the way; beside a path only notes.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The path, if one holds.
    #[must_use]
    pub const fn path(&self) -> Option<&CertificationPath> {
        self.path.as_ref()
    }
}

/// Finds a path from any certificate to a root, at a time, by the rules of RFC 5280 §6.1.
///
/// Nothing is asked of `certificate` but its validity and that its critical extensions are known:
/// what a signer of time stamps must be is part of [`verify`](crate::verify).
/// `unix_seconds` is the time at which every certificate must be valid, in seconds since 1970.
/// The `beside` may help to build the path and are not trusted; at most
/// [`MAX_CERTIFICATES`] of them are looked at.
#[must_use]
pub fn find_path(
    certificate: &[u8],
    beside: &[&[u8]],
    anchors: &[TrustAnchor],
    unix_seconds: i64,
    path_rules: &PathRules<'_>,
) -> PathReport {
    let mut findings = Findings::default();
    let leaf = match Certificate::parse(certificate) {
        Ok(leaf) => leaf,
        Err(error) => {
            findings.push(Code::Malformed, alloc::format!("certificate: {error}"));
            return PathReport {
                findings: findings.0,
                path: None,
            };
        }
    };
    let pool: Vec<Certificate<'_>> = beside
        .iter()
        .take(MAX_CERTIFICATES)
        .filter_map(|der| Certificate::parse(der).ok())
        .collect();
    if pool.len() < beside.len() {
        let left_out = beside.len().saturating_sub(pool.len());
        let detail = alloc::format!("{left_out} certificates are unreadable or too many");
        findings.push(Code::CertificateUnreadable, detail);
    }
    let path = find_for(
        &leaf,
        &pool,
        anchors,
        unix_seconds,
        path_rules,
        &mut Budget::with_sha1(Sha1Leave::Refused),
        &mut findings,
    );
    PathReport {
        findings: findings.0,
        path,
    }
}

/// Finds a path and holds the certificate at its end to the rules for any certificate.
pub(crate) fn find_for(
    leaf: &Certificate<'_>,
    pool: &[Certificate<'_>],
    anchors: &[TrustAnchor],
    unix_seconds: i64,
    path_rules: &PathRules<'_>,
    budget: &mut Budget,
    findings: &mut Findings,
) -> Option<CertificationPath> {
    let mut own = Findings::default();
    rules::validity(leaf, unix_seconds, &mut own);
    rules::extensions(leaf, &mut own);
    let path = find(
        leaf,
        pool,
        anchors,
        unix_seconds,
        path_rules,
        budget,
        &mut own,
    );
    let holds = own.worst() == Severity::Note;
    findings.0.extend(own.0);
    path.filter(|_| holds)
}

/// Looks for a path; what stands in the way is pushed to `findings` when there is none.
///
/// The rules for the signer itself are the caller's.
pub(crate) fn find(
    leaf: &Certificate<'_>,
    pool: &[Certificate<'_>],
    anchors: &[TrustAnchor],
    gen_time_seconds: i64,
    path_rules: &PathRules<'_>,
    budget: &mut Budget,
    findings: &mut Findings,
) -> Option<CertificationPath> {
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
        let summary = leaf.summary();
        return Some(CertificationPath {
            anchor: summary.clone(),
            signer: summary,
            intermediates: Vec::new(),
            certificates: alloc::vec![leaf.der().to_vec()],
        });
    }
    let mut search = Search::new(pool, &anchors, gen_time_seconds, path_rules, budget);
    let found = search.extend(&mut alloc::vec![leaf]);
    if found.is_none() {
        search.explain(leaf, findings);
    }
    found
}
