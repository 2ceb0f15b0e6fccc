//! Certificates looked up in OCSP responses (RFC 6960).
//!
//! Two may answer for a certificate: its issuer, and a responder that this very issuer certified
//! for it (RFC 6960 §4.2.2.2). A responder that a user trusts on his own is not known here.

use super::{
    Checker, Revocation, RevocationSource, RevocationSourceKind, RevocationStatus, Tally,
    UnknownCause,
};
use crate::certificate::Certificate;
use crate::limits::MAX_REVOCATION_DEPTH;
use crate::ocsp::{OcspResponse, SingleStatus};
use crate::oid;
use crate::signature::Scheme;

impl Checker<'_, '_> {
    pub(super) fn ask_responses(
        &mut self,
        certificate: &Certificate<'_>,
        issuer: &Certificate<'_>,
        depth: u8,
        tally: &mut Tally,
    ) {
        let material = self.material;
        for response in &material.responses {
            let about = |single: &&_| {
                let single: &crate::ocsp::SingleResponse<'_> = single;
                single.is_about(certificate, issuer)
            };
            let Some(first) = response.responses.iter().find(about) else {
                continue;
            };
            if response.has_unknown_critical || first.has_unknown_critical {
                tally.unknown(UnknownCause::CriticalExtension);
                continue;
            }
            if let Err(why) = self.responder(response, issuer, depth) {
                tally.unknown(why);
                continue;
            }
            match first.status {
                SingleStatus::Revoked { at, reason } => tally.revoked(Revocation {
                    at,
                    reason,
                    invalidity_date: None,
                    as_of: first.this_update,
                    source: source(response),
                }),
                SingleStatus::Unknown => tally.unknown(UnknownCause::ResponderDoesNotKnow),
                SingleStatus::Good => {
                    let (next, since) = (first.next_update, first.archive_cutoff);
                    match self.freshness(certificate, first.this_update, next, since) {
                        Ok(()) => tally.good(first.this_update, source(response)),
                        Err(why) => tally.unknown(why),
                    }
                }
            }
        }
    }

    /// Whether the response was signed by who may answer for this issuer.
    fn responder(
        &mut self,
        response: &OcspResponse<'_>,
        issuer: &Certificate<'_>,
        depth: u8,
    ) -> Result<(), UnknownCause> {
        let scheme =
            Scheme::from_identifier(&response.signature_algorithm, None, self.budget.sha1())
                .map_err(|_| UnknownCause::SignatureUnsupported)?;
        let mut why = UnknownCause::SignerNotAuthorized;
        if response.responder.is(issuer) {
            match self.signature_by(issuer, scheme, response.tbs, response.signature) {
                Ok(()) => return Ok(()),
                Err(cause) => why = cause,
            }
        }
        let material = self.material;
        let carried = response
            .certificates
            .iter()
            .filter_map(|der| Certificate::parse(der).ok());
        for candidate in carried.chain(material.pool.iter().cloned()) {
            if candidate.der() == issuer.der() || !response.responder.is(&candidate) {
                continue;
            }
            let signed = self.signature_by(&candidate, scheme, response.tbs, response.signature);
            if let Err(cause) = signed {
                why = why.max(cause).min(UnknownCause::SignerNotAuthorized);
                continue;
            }
            if self.is_delegated(&candidate, issuer, response.produced_at(), depth) {
                return Ok(());
            }
            why = UnknownCause::SignerNotAuthorized;
        }
        Err(why)
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
        let Ok(scheme) =
            Scheme::from_identifier(responder.signature_algorithm(), None, self.budget.sha1())
        else {
            return false;
        };
        let signed = self.signature_by(issuer, scheme, responder.tbs(), responder.signature());
        if signed.is_err() {
            return false;
        }
        if extensions.ocsp_no_check || depth >= MAX_REVOCATION_DEPTH {
            return true;
        }
        // Only lists are asked about the responder: what it says of itself proves nothing.
        let mut tally = Tally::default();
        self.ask_crls(responder, depth.saturating_add(1), &mut tally);
        !matches!(tally.conclude(), RevocationStatus::Revoked(_))
    }
}

fn source(response: &OcspResponse<'_>) -> RevocationSource {
    RevocationSource {
        kind: RevocationSourceKind::Ocsp,
        issuer: response.responder(),
        fingerprint: response.fingerprint(),
    }
}
