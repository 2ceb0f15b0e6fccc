//! What several sources say of one certificate, weighed against each other.

use super::{Revocation, RevocationSource, RevocationStatus, UnknownCause, standing};
use crate::certificate::Certificate;
use crate::crl::RevocationReason;

/// Whether absence of a revocation in something made at `as_of` tells anything for the time of
/// interest `at`.
pub(super) fn freshness(
    certificate: &Certificate<'_>,
    at: i64,
    as_of: i64,
    next_update: Option<i64>,
    expired_since: Option<i64>,
) -> Result<(), UnknownCause> {
    if as_of < at && next_update.is_none_or(|next| next < at) {
        return Err(UnknownCause::Stale);
    }
    // RFC 5280 §3.3: a certificate may leave the list once it has expired.
    let expired = certificate.not_after() < as_of;
    if expired && expired_since.is_none_or(|since| certificate.not_after() < since) {
        return Err(UnknownCause::CertificateExpired);
    }
    Ok(())
}

/// A source by its position among those that were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SourceAt {
    Crl(usize),
    Ocsp(usize),
}

/// A revocation that a source states.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stated {
    pub(super) at: i64,
    pub(super) reason: Option<RevocationReason>,
    pub(super) invalidity_date: Option<i64>,
    pub(super) as_of: i64,
    pub(super) source: SourceAt,
}

impl Stated {
    fn is_hold(&self) -> bool {
        self.reason == Some(RevocationReason::CertificateHold)
    }
}

/// What the sources say of one certificate so far.
#[derive(Default)]
pub(super) struct Tally {
    good: Option<(i64, SourceAt)>,
    revoked: Option<Stated>,
    why: Option<UnknownCause>,
}

impl Tally {
    pub(super) fn unknown(&mut self, why: UnknownCause) {
        self.why = self.why.max(Some(why));
    }

    pub(super) fn good(&mut self, as_of: i64, source: SourceAt) {
        if self.good.is_none_or(|(known, _)| known < as_of) {
            self.good = Some((as_of, source));
        }
    }

    /// Keeps the gravest: what makes the key worthless before what only ends its use, then the
    /// earliest. A hold ends with the next word about the certificate.
    pub(super) fn revoked(&mut self, new: Stated) {
        let replaces = match &self.revoked {
            None => true,
            Some(known) if known.is_hold() != new.is_hold() && known.as_of != new.as_of => {
                if known.is_hold() {
                    known.as_of < new.as_of
                } else {
                    new.as_of > known.as_of && !new.is_hold()
                }
            }
            Some(known) => {
                let rank = |stated: &Stated| {
                    let spares = standing::spares_earlier_tokens(stated.reason);
                    (spares, stated.at)
                };
                rank(&new) < rank(known)
            }
        };
        if replaces {
            self.revoked = Some(new);
        }
    }

    pub(super) fn is_revoked(&self) -> bool {
        self.standing_revocation().is_some()
    }

    /// The revocation, unless it was a hold and something newer calls the certificate good.
    fn standing_revocation(&self) -> Option<Stated> {
        let lifted = |stated: &Stated| {
            stated.is_hold() && self.good.is_some_and(|(as_of, _)| as_of > stated.as_of)
        };
        self.revoked.filter(|stated| !lifted(stated))
    }

    pub(super) fn conclude(
        self,
        mut name: impl FnMut(SourceAt) -> RevocationSource,
    ) -> RevocationStatus {
        if let Some(stated) = self.standing_revocation() {
            return RevocationStatus::Revoked(Revocation {
                at: stated.at,
                reason: stated.reason,
                invalidity_date: stated.invalidity_date,
                as_of: stated.as_of,
                source: name(stated.source),
            });
        }
        match self.good {
            Some((as_of, source)) => RevocationStatus::Good {
                as_of,
                source: name(source),
            },
            None => RevocationStatus::Unknown {
                why: self.why.unwrap_or(UnknownCause::WrongIssuer),
            },
        }
    }
}
