//! Certificates looked up in revocation lists (RFC 5280 §6.3.3).
//!
//! The lists are taken as they are given: every complete list in whose scope a certificate lies is
//! looked at, not only those that its distribution points would have led to.
//! A certificate counts as good when lists that are fresh and do not name it cover every reason.

use alloc::vec::Vec;

use super::{
    Checker, Revocation, RevocationSource, RevocationSourceKind, RevocationStatus, Tally,
    UnknownCause,
};
use crate::certificate::distribution_point::{DistributionPoint, Reasons};
use crate::certificate::{Certificate, directory_name};
use crate::crl::{Crl, RevocationReason};
use crate::der::{self, Reader, tag};
use crate::finding::Findings;
use crate::limits::MAX_REVOCATION_DEPTH;
use crate::path::{PathRules, Purpose, find_for};
use crate::signature::{self, Scheme, SignatureCheck};

/// What a list, with its delta, says of one certificate.
struct Lookup {
    listed: Option<Listed>,
    as_of: i64,
    next_update: Option<i64>,
}

struct Listed {
    at: i64,
    reason: Option<RevocationReason>,
    invalidity_date: Option<i64>,
}

impl<'m, 'a> Checker<'m, 'a> {
    pub(super) fn ask_crls(&mut self, certificate: &Certificate<'_>, depth: u8, tally: &mut Tally) {
        let issuer_name = der::write(tag::constructed(4), certificate.issuer_der());
        let points = distribution_points(certificate, &issuer_name);
        let mut covered = Reasons::NONE;
        let mut good: Option<(i64, &Crl<'_>)> = None;
        let material = self.material;
        for (position, crl) in material.crls.iter().enumerate() {
            let lookup = scope(crl, certificate, &points).and_then(|reasons| {
                let lookup = self.look_up(position, crl, certificate, depth)?;
                Ok((reasons, lookup))
            });
            let (reasons, lookup) = match lookup {
                Ok(found) => found,
                Err(why) => {
                    tally.unknown(why);
                    continue;
                }
            };
            if let Some(listed) = lookup.listed {
                tally.revoked(Revocation {
                    at: listed.at,
                    reason: listed.reason,
                    invalidity_date: listed.invalidity_date,
                    as_of: lookup.as_of,
                    source: source(crl),
                });
                continue;
            }
            let since = crl.extensions.expired_since;
            match self.freshness(certificate, lookup.as_of, lookup.next_update, since) {
                Ok(()) if !covered.contains(reasons) => {
                    covered = covered.or(reasons);
                    // Several lists together know as much as the oldest of them.
                    if good.is_none_or(|(as_of, _)| lookup.as_of < as_of) {
                        good = Some((lookup.as_of, crl));
                    }
                }
                Ok(()) => {}
                Err(why) => tally.unknown(why),
            }
        }
        match good {
            Some((as_of, crl)) if covered == Reasons::ALL => tally.good(as_of, source(crl)),
            Some(_) => tally.unknown(UnknownCause::ReasonsNotCovered),
            None => {}
        }
    }

    /// Looks a certificate up in a list whose scope it is in, once the list is known to be genuine.
    fn look_up(
        &mut self,
        position: usize,
        crl: &Crl<'_>,
        certificate: &Certificate<'_>,
        depth: u8,
    ) -> Result<Lookup, UnknownCause> {
        if crl.extensions.has_unknown_critical {
            return Err(UnknownCause::CriticalExtension);
        }
        let signer = self.crl_signer(position, depth)?;
        let signer = self
            .material
            .pool
            .get(signer)
            .ok_or(UnknownCause::SignerNotAuthorized)?;
        let mut lookup = Lookup {
            listed: listed(crl, certificate),
            as_of: crl.this_update(),
            next_update: crl.next_update(),
        };
        if let Some(delta) = self.delta(crl, signer) {
            let fresh = self
                .freshness(
                    certificate,
                    delta.this_update(),
                    delta.next_update(),
                    crl.extensions.expired_since,
                )
                .is_ok();
            match listed(delta, certificate) {
                // RFC 5280 §5.2.4: the entry of the base no longer holds, unless something newer
                // than this delta was due.
                Some(entry) if entry.reason == Some(RevocationReason::RemoveFromCrl) => {
                    lookup.listed = lookup.listed.filter(|_| !fresh);
                }
                Some(entry) => lookup.listed = Some(entry),
                None => {}
            }
            if fresh {
                lookup.as_of = delta.this_update();
                lookup.next_update = delta.next_update();
            }
        }
        if lookup.listed.is_none() && lookup.as_of > signer.not_after() {
            return Err(UnknownCause::SignerNotAuthorized);
        }
        Ok(lookup)
    }

    /// The newest delta to a list that the same key signed (RFC 5280 §6.3.3 (c) and (h)).
    fn delta(&mut self, complete: &Crl<'_>, signer: &Certificate<'_>) -> Option<&'m Crl<'a>> {
        let material = self.material;
        let mut deltas = material
            .crls
            .iter()
            .filter(|crl| crl.is_delta_for(complete));
        deltas.find(|delta| {
            !delta.extensions.has_unknown_critical && self.crl_signature(delta, signer) == Ok(())
        })
    }

    fn crl_signature(
        &mut self,
        crl: &Crl<'_>,
        signer: &Certificate<'_>,
    ) -> Result<(), UnknownCause> {
        let algorithm = &crl.signature_algorithm;
        let scheme = Scheme::from_identifier(algorithm, None, self.budget.sha1())
            .map_err(|_| UnknownCause::SignatureUnsupported)?;
        self.signature_by(signer, scheme, crl.tbs, crl.signature)
    }

    pub(super) fn signature_by(
        &mut self,
        signer: &Certificate<'_>,
        scheme: Scheme,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), UnknownCause> {
        if !self.budget.take() {
            return Err(UnknownCause::ChecksExhausted);
        }
        match signature::verify(signer.public_key(), scheme, message, signature) {
            SignatureCheck::Good => Ok(()),
            SignatureCheck::Bad => Err(UnknownCause::BadSignature),
            SignatureCheck::KeyRefused(_) => Err(UnknownCause::SignatureUnsupported),
        }
    }

    /// The position of the certificate that signed a list and had the right to.
    fn crl_signer(&mut self, position: usize, depth: u8) -> Result<usize, UnknownCause> {
        if let Some(known) = self.crl_signers.get(&position) {
            return *known;
        }
        // While the signer is looked for, its own status may lead back here: a list does not
        // vouch for its own signer.
        let circular = Err(UnknownCause::SignerNotAuthorized);
        self.crl_signers.insert(position, circular);
        let found = self.find_crl_signer(position, depth);
        self.crl_signers.insert(position, found);
        found
    }

    /// RFC 5280 §6.3.3 (f) and (g).
    fn find_crl_signer(&mut self, position: usize, depth: u8) -> Result<usize, UnknownCause> {
        let material = self.material;
        let mut why = UnknownCause::WrongIssuer;
        let Some(crl) = material.crls.get(position) else {
            return Err(why);
        };
        for (at, candidate) in material.pool.iter().enumerate() {
            if !candidate.subject_name().matches(&crl.issuer) {
                continue;
            }
            if let Err(cause) = self.crl_signature(crl, candidate) {
                why = why.max(cause);
                continue;
            }
            let allowed = candidate
                .extensions()
                .key_usage
                .is_none_or(|usage| usage.may_sign_crls());
            if allowed
                && (material.is_issuer_in_path(at)
                    || self.has_own_path(candidate, crl.this_update(), depth))
            {
                return Ok(at);
            }
            why = why.max(UnknownCause::SignerNotAuthorized);
        }
        Err(why)
    }

    /// Whether a signer outside of the path leads to the same anchor and is not itself revoked.
    fn has_own_path(&mut self, signer: &Certificate<'_>, made_at: i64, depth: u8) -> bool {
        let material = self.material;
        let Some(anchor) = material
            .anchor
            .as_ref()
            .filter(|_| depth < MAX_REVOCATION_DEPTH)
        else {
            return false;
        };
        // A list says nothing of time-stamping, nor does a certificate that signs lists.
        let path_rules = PathRules {
            purpose: Purpose::Any,
            ..PathRules::default()
        };
        let path = find_for(
            signer,
            &material.pool,
            core::slice::from_ref(anchor),
            made_at,
            &path_rules,
            &mut self.budget,
            &mut Findings::default(),
        );
        let Some(path) = path else {
            return false;
        };
        let certificates: Vec<Certificate<'_>> = path
            .certificates()
            .iter()
            .filter_map(|der| Certificate::parse(der).ok())
            .collect();
        let ends = certificates.iter().zip(certificates.iter().skip(1));
        for (certificate, issuer) in ends {
            let is_in_path = material
                .pool
                .iter()
                .take(material.path_len)
                .any(|known| known.der() == certificate.der());
            if !is_in_path {
                let status = self.status(certificate, issuer, depth.saturating_add(1));
                if matches!(status, RevocationStatus::Revoked(_)) {
                    return false;
                }
            }
        }
        true
    }
}

fn source(crl: &Crl<'_>) -> RevocationSource {
    RevocationSource {
        kind: RevocationSourceKind::Crl,
        issuer: crl.issuer(),
        fingerprint: crl.fingerprint(),
    }
}

/// The distribution points of a certificate, and the one that stands for none.
fn distribution_points<'c>(
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
fn scope(
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

/// RFC 5280 §6.3.3 (i) and (j): the entry for a certificate.
fn listed(crl: &Crl<'_>, certificate: &Certificate<'_>) -> Option<Listed> {
    let entry = crl.entries().filter_map(Result::ok).find(|entry| {
        entry.serial == certificate.serial()
            && entry
                .certificate_issuer
                .unwrap_or(crl.issuer)
                .matches(certificate.issuer_name())
    })?;
    Some(Listed {
        at: entry.revoked_at,
        reason: entry.reason,
        invalidity_date: entry.invalidity_date,
    })
}
