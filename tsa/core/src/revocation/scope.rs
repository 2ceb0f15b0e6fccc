//! For which certificates a revocation list speaks (RFC 5280 §6.3.3 (b) and (d)).

use alloc::vec::Vec;

use super::UnknownCause;
use crate::certificate::distribution_point::{DistributionPoint, Reasons};
use crate::certificate::{Certificate, directory_name};
use crate::crl::Crl;
use crate::der::Reader;

/// The distribution points of a certificate, and the one that stands for none.
pub(super) fn distribution_points<'c>(
    certificate: &Certificate<'c>,
    issuer_general_name: &'c [u8],
) -> Vec<DistributionPoint<'c>> {
    let named = certificate.extensions().crl_distribution_points.as_ref();
    let mut points = named
        .and_then(|octets| DistributionPoint::all(octets).ok())
        .unwrap_or_default();
    if let Ok(name) = Reader::new(issuer_general_name).any() {
        points.push(DistributionPoint::assumed(name));
    }
    points
}

/// RFC 5280 §6.3.3 (b) and (d): for which reasons a list speaks of a certificate.
pub(super) fn scope(
    crl: &Crl<'_>,
    certificate: &Certificate<'_>,
    points: &[DistributionPoint<'_>],
) -> Result<Reasons, UnknownCause> {
    let mut why = UnknownCause::WrongIssuer;
    let mut reasons = Reasons::NONE;
    for point in points {
        if !is_by_issuer(crl, certificate, point) {
            continue;
        }
        why = UnknownCause::OutOfScope;
        let some = crl.point().and_then(|point| point.only_some_reasons);
        // A delta says nothing without the list that it belongs to.
        if !crl.is_delta() && is_for(crl, certificate, point) {
            reasons = reasons.or(point.reasons.and(some.unwrap_or(Reasons::ALL)));
        }
    }
    if reasons == Reasons::NONE {
        return Err(why);
    }
    Ok(reasons)
}

/// (b)(1): the list is by who issued the certificate, or by who the certificate says issues it.
fn is_by_issuer(
    crl: &Crl<'_>,
    certificate: &Certificate<'_>,
    point: &DistributionPoint<'_>,
) -> bool {
    if point.crl_issuer.is_empty() {
        return crl.issuer.matches(certificate.issuer_name());
    }
    crl.point().is_some_and(|idp| idp.indirect)
        && point.crl_issuer.iter().any(|name| {
            directory_name(name).is_ok_and(|name| name.is_some_and(|n| n.matches(&crl.issuer)))
        })
}

/// (b)(2): the list is for this point and this kind of certificate.
fn is_for(crl: &Crl<'_>, certificate: &Certificate<'_>, point: &DistributionPoint<'_>) -> bool {
    let Some(idp) = crl.point() else {
        return true;
    };
    let meets = match (&idp.name, &point.name) {
        (None, _) => true,
        (Some(theirs), Some(ours)) => theirs.meets(ours, &crl.issuer),
        (Some(theirs), None) => theirs.meets_any(&point.crl_issuer, &crl.issuer),
    };
    let is_ca = certificate
        .extensions()
        .basic_constraints
        .is_some_and(|constraints| constraints.ca);
    let is_for_its_kind = match is_ca {
        true => !idp.only_user_certificates,
        false => !idp.only_ca_certificates,
    };
    meets && is_for_its_kind && !idp.only_attribute_certificates
}
