//! Certificates looked up in revocation lists (RFC 5280 §6.3.3).
//!
//! The lists are taken as they are given: every complete list in whose scope a certificate lies is
//! looked at, not only those that its distribution points would have led to.
//! A certificate counts as good when lists that are fresh and do not name it cover every reason.

use alloc::vec::Vec;

use super::UnknownCause;
use super::lookup::{PathRevocation, Words};
use super::scope::{distribution_points, scope};
use super::tally::{SourceAt, Stated, Tally, freshness};
use crate::certificate::Certificate;
use crate::certificate::distribution_point::Reasons;
use crate::crl::{Crl, Entry, RevocationReason};
use crate::der::{self, tag};
use crate::finding::Findings;
use crate::limits::MAX_REVOCATION_DEPTH;
use crate::path::{PathRules, Purpose, find_for};
use crate::signature::Scheme;

/// Entries from which on a list is indexed before it is asked.
const ENTRIES_INDEXED_MIN: u32 = 64;

/// What a genuine list, with its delta, says of one certificate.
pub(super) struct CrlWord {
    position: usize,
    reasons: Reasons,
    listed: Option<Listed>,
    as_of: i64,
    next_update: Option<i64>,
    expired_since: Option<i64>,
    delta: Option<DeltaWord>,
    signer_not_after: i64,
}

struct DeltaWord {
    listed: Option<Listed>,
    as_of: i64,
    next_update: Option<i64>,
}

#[derive(Clone, Copy)]
struct Listed {
    at: i64,
    reason: Option<RevocationReason>,
    invalidity_date: Option<i64>,
}

impl CrlWord {
    /// Weighs what lists say of a certificate for one time.
    pub(super) fn weigh_all(
        words: &[Self],
        certificate: &Certificate<'_>,
        at: i64,
        tally: &mut Tally,
    ) {
        let mut covered = Reasons::NONE;
        let mut good: Option<(i64, usize)> = None;
        for word in words {
            let fresh_as_of = match word.weigh(certificate, at, tally) {
                Ok(Some(as_of)) => as_of,
                Ok(None) => continue,
                Err(why) => {
                    tally.unknown(why);
                    continue;
                }
            };
            if !covered.contains(word.reasons) {
                covered = covered.or(word.reasons);
                // Several lists together know as much as the oldest of them.
                if good.is_none_or(|(as_of, _)| fresh_as_of < as_of) {
                    good = Some((fresh_as_of, word.position));
                }
            }
        }
        match good {
            Some((as_of, position)) if covered == Reasons::ALL => {
                tally.good(as_of, SourceAt::Crl(position));
            }
            Some(_) => tally.unknown(UnknownCause::ReasonsNotCovered),
            None => {}
        }
    }

    /// Counts a revocation; otherwise gives when the list was made, if it is fresh enough.
    fn weigh(
        &self,
        certificate: &Certificate<'_>,
        at: i64,
        tally: &mut Tally,
    ) -> Result<Option<i64>, UnknownCause> {
        let since = self.expired_since;
        let (mut listed, mut as_of, mut next_update) = (self.listed, self.as_of, self.next_update);
        if let Some(delta) = &self.delta {
            let fresh = freshness(certificate, at, delta.as_of, delta.next_update, since).is_ok();
            match delta.listed {
                // RFC 5280 §5.2.4: the entry of the base no longer holds, unless something newer
                // than this delta was due.
                Some(entry) if entry.reason == Some(RevocationReason::RemoveFromCrl) => {
                    listed = listed.filter(|_| !fresh);
                }
                Some(entry) => listed = Some(entry),
                None => {}
            }
            if fresh {
                (as_of, next_update) = (delta.as_of, delta.next_update);
            }
        }
        if let Some(listed) = listed {
            tally.revoked(Stated {
                at: listed.at,
                reason: listed.reason,
                invalidity_date: listed.invalidity_date,
                as_of,
                source: SourceAt::Crl(self.position),
            });
            return Ok(None);
        }
        if as_of > self.signer_not_after {
            return Err(UnknownCause::SignerNotAuthorized);
        }
        freshness(certificate, at, as_of, next_update, since).map(|()| Some(as_of))
    }
}

impl PathRevocation<'_, '_> {
    /// Collects what the lists say of a certificate.
    pub(super) fn ask_crls(&mut self, certificate: &Certificate<'_>, depth: u8, words: &mut Words) {
        let issuer_name = der::write(tag::constructed(4), certificate.issuer_der());
        let points = distribution_points(certificate, &issuer_name);
        let read = self.read;
        for position in read.crls_for(certificate.issuer_name()) {
            let Some(crl) = read.crls.get(position) else {
                continue;
            };
            let word = scope(crl, certificate, &points)
                .and_then(|reasons| self.word(position, crl, certificate, (reasons, depth)));
            match word {
                Ok(word) => words.crls.push(word),
                Err(why) => words.unknown(why),
            }
        }
    }

    /// Looks a certificate up in a list whose scope it is in, once the list is known to be genuine.
    fn word(
        &mut self,
        position: usize,
        crl: &Crl<'_>,
        certificate: &Certificate<'_>,
        (reasons, depth): (Reasons, u8),
    ) -> Result<CrlWord, UnknownCause> {
        if crl.extensions.has_unknown_critical {
            return Err(UnknownCause::CriticalExtension);
        }
        let signer = self.crl_signer(position, depth)?;
        let signer = self
            .pool
            .get(signer)
            .cloned()
            .ok_or(UnknownCause::SignerNotAuthorized)?;
        let delta = self
            .delta(crl, &signer)
            .and_then(|at| Some((at, self.read.crls.get(at)?)));
        Ok(CrlWord {
            position,
            reasons,
            listed: self.listed(position, crl, certificate),
            as_of: crl.this_update(),
            next_update: crl.next_update(),
            expired_since: crl.extensions.expired_since,
            delta: delta.map(|(at, delta)| DeltaWord {
                listed: self.listed(at, delta, certificate),
                as_of: delta.this_update(),
                next_update: delta.next_update(),
            }),
            signer_not_after: signer.not_after(),
        })
    }

    /// The newest delta to a list that the same key signed (RFC 5280 §6.3.3 (c) and (h)).
    fn delta(&mut self, complete: &Crl<'_>, signer: &Certificate<'_>) -> Option<usize> {
        let read = self.read;
        let mut deltas = read.deltas.iter().copied();
        deltas.find(|&position| {
            read.crls.get(position).is_some_and(|delta| {
                delta.is_delta_for(complete)
                    && !delta.extensions.has_unknown_critical
                    && self.crl_signature(position, delta, signer) == Ok(())
            })
        })
    }

    fn crl_signature(
        &mut self,
        position: usize,
        crl: &Crl<'_>,
        signer: &Certificate<'_>,
    ) -> Result<(), UnknownCause> {
        let algorithm = &crl.signature_algorithm;
        let scheme = Scheme::from_identifier(algorithm, None, self.memo.budget.sha1())
            .map_err(|_| UnknownCause::SignatureUnsupported)?;
        let signed = (crl.tbs, crl.signature);
        self.signature_by(SourceAt::Crl(position), signer, scheme, signed)
    }

    /// RFC 5280 §6.3.3 (i) and (j): the entry for a certificate.
    fn listed(
        &mut self,
        position: usize,
        crl: &Crl<'_>,
        certificate: &Certificate<'_>,
    ) -> Option<Listed> {
        if crl.entry_count() >= ENTRIES_INDEXED_MIN {
            let indexes = &mut self.memo.indexes;
            let index = indexes.entry(position).or_insert_with(|| Index::of(crl));
            if !index.may_list(certificate.serial()) {
                return None;
            }
        }
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
        let read = self.read;
        let mut why = UnknownCause::WrongIssuer;
        let Some(crl) = read.crls.get(position) else {
            return Err(why);
        };
        for at in self.candidates(crl) {
            let Some(candidate) = self.pool.get(at).cloned() else {
                continue;
            };
            match self.crl_signature(position, crl, &candidate) {
                Ok(()) => {}
                // None of those that follow can be checked either.
                Err(UnknownCause::ChecksExhausted) => {
                    return Err(why.max(UnknownCause::ChecksExhausted));
                }
                Err(cause) => {
                    why = why.max(cause);
                    continue;
                }
            }
            let allowed = candidate
                .extensions()
                .key_usage
                .is_none_or(|usage| usage.may_sign_crls());
            if allowed
                && (self.is_issuer_in_path(at)
                    || self.has_own_path(&candidate, crl.this_update(), depth))
            {
                return Ok(at);
            }
            why = why.max(UnknownCause::SignerNotAuthorized);
        }
        Err(why)
    }

    /// The positions of the certificates that have the name of a list's issuer, those of the path
    /// first.
    fn candidates(&self, crl: &Crl<'_>) -> Vec<usize> {
        let in_path = self.pool.iter().take(self.path_len).enumerate();
        let in_path = in_path.filter(|(_, c)| c.subject_name().matches(&crl.issuer));
        let beside = self.read.certificates_of(&crl.issuer).iter();
        let beside = beside.map(|at| at.saturating_add(self.path_len));
        in_path.map(|(at, _)| at).chain(beside).collect()
    }

    /// Whether a signer outside of the path leads to the same anchor and is not itself revoked.
    fn has_own_path(&mut self, signer: &Certificate<'_>, made_at: i64, depth: u8) -> bool {
        let anchor = self.anchor.clone();
        let Some(anchor) = anchor.filter(|_| depth < MAX_REVOCATION_DEPTH) else {
            return false;
        };
        // A search that ends before its first signature has its price as well.
        if !self.memo.budget.take() {
            return false;
        }
        // A list says nothing of time-stamping, nor does a certificate that signs lists.
        let path_rules = PathRules {
            purpose: Purpose::Any,
            ..PathRules::default()
        };
        let path = find_for(
            signer,
            &self.pool,
            core::slice::from_ref(&anchor),
            made_at,
            &path_rules,
            &mut self.memo.budget,
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
            let is_in_path = self
                .pool
                .iter()
                .take(self.path_len)
                .any(|known| known.der() == certificate.der());
            if !is_in_path {
                let deeper = depth.saturating_add(1);
                if self
                    .tally(certificate, issuer, made_at, deeper)
                    .is_revoked()
                {
                    return false;
                }
            }
        }
        true
    }
}

/// The serial numbers of a list, to know at once which certificates are not on it.
///
/// Eight octets for an entry: the end of the serial number, where it differs most.
#[derive(Debug)]
pub(super) struct Index(Vec<u64>);

impl Index {
    fn of(crl: &Crl<'_>) -> Self {
        let entries = crl.entries().filter_map(Result::ok);
        let mut ends: Vec<u64> = entries.map(|entry: Entry<'_>| end(entry.serial)).collect();
        ends.sort_unstable();
        ends.dedup();
        Self(ends)
    }

    fn may_list(&self, serial: &[u8]) -> bool {
        self.0.binary_search(&end(serial)).is_ok()
    }
}

/// The last eight octets as a number.
fn end(serial: &[u8]) -> u64 {
    let octets = serial.iter().rev().take(8).rev();
    octets.fold(0, |number, octet| (number << 8) | u64::from(*octet))
}
