//! Certificates looked up in OCSP responses (RFC 6960).
//!
//! Two may answer for a certificate: its issuer, and a responder that this very issuer certified
//! for it (RFC 6960 §4.2.2.2). A responder that a user trusts on his own is not known here.

use alloc::vec::Vec;

use super::UnknownCause;
use super::lookup::{PathRevocation, Words};
use super::tally::{SourceAt, Stated, Tally, freshness};
use crate::certificate::Certificate;
use crate::limits::MAX_REVOCATION_DEPTH;
use crate::ocsp::{OcspResponse, SingleStatus};
use crate::oid;
use crate::signature::Scheme;

/// What a response by who may answer says of one certificate.
pub(super) struct OcspWord {
    position: usize,
    status: SingleStatus,
    as_of: i64,
    next_update: Option<i64>,
    expired_since: Option<i64>,
}

impl OcspWord {
    /// Weighs the answer for one time.
    pub(super) fn weigh(&self, certificate: &Certificate<'_>, at: i64, tally: &mut Tally) {
        let source = SourceAt::Ocsp(self.position);
        match self.status {
            SingleStatus::Revoked { at, reason } => tally.revoked(Stated {
                at,
                reason,
                invalidity_date: None,
                as_of: self.as_of,
                source,
            }),
            SingleStatus::Unknown => tally.unknown(UnknownCause::ResponderDoesNotKnow),
            SingleStatus::Good => {
                let (next, since) = (self.next_update, self.expired_since);
                match freshness(certificate, at, self.as_of, next, since) {
                    Ok(()) => tally.good(self.as_of, source),
                    Err(why) => tally.unknown(why),
                }
            }
        }
    }
}

impl<'s> PathRevocation<'s, '_> {
    /// Collects what responses say of a certificate.
    pub(super) fn ask_responses(
        &mut self,
        certificate: &Certificate<'_>,
        issuer: &Certificate<'_>,
        depth: u8,
        words: &mut Words,
    ) {
        let read = self.read;
        for &position in read.responses_for(certificate.serial()) {
            let Some(response) = read.responses.get(position) else {
                continue;
            };
            let mut singles = response.responses.iter();
            let Some(first) = singles.find(|single| single.is_about(certificate, issuer)) else {
                continue;
            };
            if response.has_unknown_critical || first.has_unknown_critical {
                words.unknown(UnknownCause::CriticalExtension);
                continue;
            }
            match self.responder(position, response, issuer, depth) {
                Ok(()) => words.answers.push(OcspWord {
                    position,
                    status: first.status,
                    as_of: first.this_update,
                    next_update: first.next_update,
                    expired_since: first.archive_cutoff,
                }),
                Err(why) => words.unknown(why),
            }
        }
    }

    /// Whether the response was signed by who may answer for this issuer.
    fn responder(
        &mut self,
        position: usize,
        response: &OcspResponse<'_>,
        issuer: &Certificate<'_>,
        depth: u8,
    ) -> Result<(), UnknownCause> {
        let sha1 = self.memo.budget.sha1();
        let scheme = Scheme::from_identifier(&response.signature_algorithm, None, sha1)
            .map_err(|_| UnknownCause::SignatureUnsupported)?;
        let (source, signed) = (SourceAt::Ocsp(position), (response.tbs, response.signature));
        let mut why = UnknownCause::SignerNotAuthorized;
        if response.responder.is(issuer) {
            match self.signature_by(source, issuer, scheme, signed) {
                Ok(()) => return Ok(()),
                Err(cause) => why = cause,
            }
        }
        for candidate in self.responders(response) {
            if candidate.der() == issuer.der() {
                continue;
            }
            match self.signature_by(source, &candidate, scheme, signed) {
                Ok(()) => {}
                Err(UnknownCause::ChecksExhausted) => return Err(UnknownCause::ChecksExhausted),
                Err(cause) => {
                    why = why.max(cause).min(UnknownCause::SignerNotAuthorized);
                    continue;
                }
            }
            if self.is_delegated(&candidate, issuer, response.produced_at(), depth) {
                return Ok(());
            }
            why = UnknownCause::SignerNotAuthorized;
        }
        Err(why)
    }

    /// The certificates that a response may be signed by: those that it carries, then those that
    /// are known.
    fn responders<'r>(&self, response: &OcspResponse<'r>) -> Vec<Certificate<'r>>
    where
        's: 'r,
    {
        let carried = response.certificates.iter();
        let carried = carried.filter_map(|der| Certificate::parse(der).ok());
        let in_path = self.pool.iter().take(self.path_len).cloned();
        let mut candidates: Vec<Certificate<'r>> = carried.chain(in_path).collect();
        candidates.retain(|one| response.responder.is(one));
        let known = self.read.responders(&response.responder).iter();
        let known = known.filter_map(|at| self.read.certificates.get(*at));
        candidates.extend(known.cloned());
        candidates
    }

    /// RFC 6960 §4.2.2.2: the issuer itself certified the responder, for this purpose.
    fn is_delegated(
        &mut self,
        responder: &Certificate<'_>,
        issuer: &Certificate<'_>,
        produced_at: i64,
        depth: u8,
    ) -> bool {
        let extensions = responder.extensions();
        let has_purpose = extensions
            .purposes
            .as_ref()
            .is_some_and(|purposes| purposes.ids.contains(&oid::OCSP_SIGNING));
        let may_sign = extensions
            .key_usage
            .is_none_or(|usage| usage.may_sign_content());
        if !has_purpose
            || !may_sign
            || !extensions.unknown_critical.is_empty()
            || !responder.is_valid_at(produced_at)
            || !responder.issuer_name().matches(issuer.subject_name())
        {
            return false;
        }
        if !self.is_responder_of(responder, issuer) {
            return false;
        }
        if extensions.ocsp_no_check || depth >= MAX_REVOCATION_DEPTH {
            return true;
        }
        // Only lists are asked about the responder: what it says of itself proves nothing.
        let mut words = Words::default();
        self.ask_crls(responder, depth.saturating_add(1), &mut words);
        !words.at(responder, produced_at).is_revoked()
    }
}
