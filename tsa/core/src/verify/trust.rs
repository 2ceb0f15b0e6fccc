//! Until when the algorithms of a token and of its path are trusted, and where SHA-1 was let pass.
//!
//! An algorithm is judged at the token's time, as everything is: what it shows to be signed then
//! was signed then, as long as nobody could break it *then*.
//! A token from after the end shows nothing; one from before it stands, but whoever relies on it
//! today should have renewed it, and the report says so if it is told what "today" is.

use alloc::string::String;
use alloc::vec::Vec;

use crate::algorithm::{Algorithm, Trust};
use crate::certificate::{Certificate, PublicKey};
use crate::digest::{AlgorithmIdentifier, HashAlgorithm, Sha1Leave};
use crate::finding::{Code, Findings};
use crate::path::Path;
use crate::signature::{self, Scheme};
use crate::time::rfc3339;
use crate::token::SignerInfo;
use crate::trust_anchor::TrustAnchor;
use crate::tst_info::TstInfo;

use super::{Options, Sha1Use};

/// The end of trust in an algorithm that a token or its path uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlgorithmEnd {
    /// Its name in the [registry](crate::Algorithm::ALL).
    pub name: &'static str,
    /// The first second at which it is no longer trusted, since 1970.
    pub unix_seconds: i64,
}

/// What was used, and for what, each once.
#[derive(Default)]
pub(super) struct Uses(Vec<Use>);

struct Use {
    row: &'static Algorithm,
    place: Sha1Use,
    /// In words, for a detail.
    what: String,
}

impl Uses {
    /// Notes the algorithms of the token itself.
    pub(super) fn of_token(tst: &TstInfo<'_>, info: &SignerInfo<'_>) -> Self {
        let mut uses = Self::default();
        uses.add(tst.imprint.algorithm.oid, 0, Sha1Use::Imprint, "imprint");
        uses.add(info.digest_algorithm.oid, 0, Sha1Use::Digest, "digest");
        uses
    }

    /// Notes the algorithms of one signature: its own, by the size of the key, and its hash.
    pub(super) fn add_signature(
        &mut self,
        identifier: &AlgorithmIdentifier<'_>,
        digest: Option<HashAlgorithm>,
        key: &PublicKey<'_>,
        what: &str,
    ) {
        let place = Sha1Use::Signature;
        self.add(identifier.oid, signature::key_bits(key), place, what);
        let scheme = Scheme::from_identifier(identifier, digest, Sha1Leave::Allowed);
        if let Some(hash) = scheme.ok().and_then(Scheme::hash) {
            self.add(hash.oid(), 0, place, what);
        }
    }

    /// Notes the signatures of a path, the anchor's own left out: nothing rests on it.
    pub(super) fn add_path(
        &mut self,
        path: &Path,
        pool: &[Certificate<'_>],
        anchors: &[TrustAnchor],
    ) {
        let anchors: Vec<Certificate<'_>> = anchors
            .iter()
            .filter_map(TrustAnchor::certificate)
            .collect();
        let summaries = [&path.signer].into_iter().chain(&path.intermediates);
        let mut chain: Vec<&Certificate<'_>> = Vec::new();
        for summary in summaries {
            let fingerprint = summary.fingerprint;
            chain.extend(pool.iter().find(|c| c.fingerprint() == fingerprint));
        }
        let anchor = path.anchor.fingerprint;
        chain.extend(anchors.iter().find(|c| c.fingerprint() == anchor));
        for pair in chain.windows(2) {
            let [subject, issuer] = pair else { continue };
            if subject.der() == issuer.der() {
                continue;
            }
            let what = alloc::format!("signature of certificate `{}`", subject.subject());
            let algorithm = subject.signature_algorithm();
            self.add_signature(algorithm, None, issuer.public_key(), &what);
        }
    }

    fn add(&mut self, oid: &[u8], key_bits: usize, place: Sha1Use, what: &str) {
        if let Some(row) = Algorithm::find(oid, key_bits) {
            let known = |other: &Use| other.row.name() == row.name() && other.what == what;
            if !self.0.iter().any(known) {
                let what = String::from(what);
                self.0.push(Use { row, place, what });
            }
        }
    }

    /// The first of the algorithms used to end, if any has an end.
    pub(super) fn first_end(&self, options: &Options<'_>) -> Option<AlgorithmEnd> {
        let ends = self.0.iter().filter_map(|Use { row, .. }| {
            match row.trust_under(options.trust_dates) {
                Trust::Until(unix_seconds) => Some(AlgorithmEnd {
                    name: row.name(),
                    unix_seconds,
                }),
                Trust::NoEnd | Trust::Refused => None,
            }
        });
        ends.min_by_key(|end| end.unix_seconds)
    }

    /// The same, where one that is never trusted has ended before all others: at second 0.
    pub(super) fn first_end_or_refused(&self, options: &Options<'_>) -> Option<AlgorithmEnd> {
        let mut rows = self.0.iter().map(|one| one.row);
        let refused = rows.find(|row| row.trust_under(options.trust_dates) == Trust::Refused);
        match refused {
            Some(row) => Some(AlgorithmEnd {
                name: row.name(),
                unix_seconds: 0,
            }),
            None => self.first_end(options),
        }
    }

    /// Judges every use at the token's time, and looks at what has ended since.
    pub(super) fn check(
        &self,
        gen_time_seconds: i64,
        options: &Options<'_>,
        findings: &mut Findings,
    ) {
        for Use { row, place, what } in &self.0 {
            let name = row.name();
            match row.trust_under(options.trust_dates) {
                Trust::NoEnd => {}
                Trust::Until(end) if gen_time_seconds >= end => {
                    let detail = alloc::format!(
                        "{what} uses {name}, which is trusted until {}, the token's time is {}",
                        rfc3339(end),
                        rfc3339(gen_time_seconds)
                    );
                    findings.push(Code::AlgorithmTrustEnded, detail);
                }
                Trust::Until(end) => {
                    if let Some(now) = options.now
                        && now >= end
                    {
                        let detail = alloc::format!(
                            "{what} uses {name}, which was trusted until {}, now is {}",
                            rfc3339(end),
                            rfc3339(now)
                        );
                        findings.push(Code::AlgorithmTrustEndedSince, detail);
                    }
                }
                // What is refused and not allowed has its own finding where it was met.
                Trust::Refused
                    if row.is_sha1_itself() && options.sha1(*place) == Sha1Leave::Allowed =>
                {
                    findings.push(Code::Sha1Allowed, alloc::format!("{what} uses sha1"));
                }
                Trust::Refused => {}
            }
        }
    }
}
