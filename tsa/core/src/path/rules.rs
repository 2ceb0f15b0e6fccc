//! The rules for a path whose signatures hold (RFC 5280 §6.1.3 and §6.1.4).
//!
//! The signer's own rules are in `signer`; these are for those who vouch for it, and for what
//! holds along the whole path: names and policies.

use alloc::vec::Vec;

use super::{PathRules, Purpose, names, policy};
use crate::certificate::Certificate;
use crate::finding::{Code, Finding, Findings};
use crate::oid;
use crate::time::rfc3339;

pub(super) fn check(
    chain: &[&Certificate<'_>],
    anchor: &Certificate<'_>,
    gen_time_seconds: i64,
    path_rules: &PathRules<'_>,
) -> Vec<Finding> {
    let mut findings = Findings::default();
    for certificate in chain.iter().copied().skip(1).chain([anchor]) {
        validity(certificate, gen_time_seconds, &mut findings);
        extensions(certificate, &mut findings);
    }
    // Issuers below the one at hand that count towards its path length: RFC 5280 §4.2.1.9
    // leaves out the signer itself and self-issued certificates.
    let mut issuers_below = 0_u32;
    for issuer in chain.iter().copied().skip(1) {
        authority(issuer, issuers_below, &mut findings);
        if path_rules.purpose == Purpose::TimeStamping {
            purposes(issuer, &mut findings);
        }
        if !issuer.is_self_issued() {
            issuers_below = issuers_below.saturating_add(1);
        }
    }
    root(anchor, issuers_below, &mut findings);
    names::check(chain, anchor, &mut findings);
    policy::check(chain, path_rules, &mut findings);
    findings.0
}

pub(crate) fn validity(
    certificate: &Certificate<'_>,
    gen_time_seconds: i64,
    findings: &mut Findings,
) {
    if !certificate.is_valid_at(gen_time_seconds) {
        let detail = alloc::format!(
            "certificate `{}` is valid from {} to {}, the token's time is {}",
            certificate.subject(),
            rfc3339(certificate.not_before()),
            rfc3339(certificate.not_after()),
            rfc3339(gen_time_seconds)
        );
        findings.push(Code::CertificateNotValidAtGenTime, detail);
    }
}

pub(crate) fn extensions(certificate: &Certificate<'_>, findings: &mut Findings) {
    let subject = certificate.subject();
    for id in &certificate.extensions().unknown_critical {
        let detail = alloc::format!("certificate `{subject}` has critical {}", oid::dotted(id));
        findings.push(Code::CertificateCriticalExtensionUnknown, detail);
    }
}

/// RFC 5280 §6.1.4 (k) to (n): an intermediate is an authority, and says so.
fn authority(issuer: &Certificate<'_>, issuers_below: u32, findings: &mut Findings) {
    match issuer.extensions().basic_constraints {
        Some(constraints) if constraints.ca => {}
        _ => {
            let detail = alloc::format!("certificate `{}` has issued another", issuer.subject());
            findings.push(Code::IssuerNotCa, detail);
        }
    }
    path_length(issuer, issuers_below, findings);
    key_usage(issuer, findings);
}

/// A root may be of version 1 and say nothing; what it does say is held against it.
fn root(anchor: &Certificate<'_>, issuers_below: u32, findings: &mut Findings) {
    if anchor
        .extensions()
        .basic_constraints
        .is_some_and(|constraints| !constraints.ca)
    {
        let detail = alloc::format!("root `{}` has issued another", anchor.subject());
        findings.push(Code::IssuerNotCa, detail);
    }
    path_length(anchor, issuers_below, findings);
    key_usage(anchor, findings);
}

fn path_length(issuer: &Certificate<'_>, issuers_below: u32, findings: &mut Findings) {
    let limit = issuer
        .extensions()
        .basic_constraints
        .and_then(|c| c.path_len);
    if let Some(limit) = limit
        && issuers_below > limit
    {
        let detail = alloc::format!(
            "certificate `{}` allows {limit} authorities below it, the path has {issuers_below}",
            issuer.subject()
        );
        findings.push(Code::PathLengthExceeded, detail);
    }
}

fn key_usage(issuer: &Certificate<'_>, findings: &mut Findings) {
    if issuer
        .extensions()
        .key_usage
        .is_some_and(|usage| !usage.may_sign_certificates())
    {
        let detail = alloc::format!(
            "certificate `{}` may not sign certificates",
            issuer.subject()
        );
        findings.push(Code::IssuerKeyUsage, detail);
    }
}

/// An intermediate that names purposes passes on only those (CA/Browser practice; RFC 5280
/// leaves it open, and every verifier in the field reads it this way or ignores it).
fn purposes(issuer: &Certificate<'_>, findings: &mut Findings) {
    if let Some(purposes) = &issuer.extensions().purposes {
        let allowed = purposes
            .ids
            .iter()
            .any(|id| matches!(*id, oid::TIME_STAMPING | oid::ANY_EXTENDED_KEY_USAGE));
        if !allowed {
            let listed: Vec<_> = purposes.ids.iter().map(|id| oid::dotted(id)).collect();
            let detail = alloc::format!(
                "certificate `{}` is limited to purposes {}",
                issuer.subject(),
                listed.join(", ")
            );
            findings.push(Code::IssuerPurpose, detail);
        }
    }
}
