//! The certificates on which a token rests as far as they are at hand, and until when they and the
//! algorithms last: what whoever keeps a token must know to renew it in time.
//!
//! It needs no root and decides nothing about trust: a chain is linked by signatures, and anybody
//! can make one.

use alloc::vec::Vec;

use crate::algorithm::TrustDate;
use crate::certificate::{Certificate, CertificateSummary};
use crate::digest::{HashAlgorithm, Sha1Leave};
use crate::finding::Findings;
use crate::limits::MAX_PATH_LEN;
use crate::path::Budget;
use crate::signature::{self, Scheme, SignatureCheck};
use crate::signer;
use crate::time::GenTime;

use super::trust::{AlgorithmEnd, Uses};
use super::{Options, certificates, opened, signed};

/// The chain of certificates that leads up from a token's signer, each issued by the next.
#[derive(Clone, Debug)]
pub struct TokenChain {
    gen_time: GenTime,
    certificates: Vec<Vec<u8>>,
    summaries: Vec<CertificateSummary>,
    is_complete: bool,
    algorithm_end: Option<AlgorithmEnd>,
}

impl TokenChain {
    /// Reads a response or token in DER; `None` if it is none, or its signer is not at hand.
    ///
    /// The `beside` are certificates in DER that are looked at together with those in the token;
    /// `dates` are ends of trust in place of those of the registry.
    #[must_use]
    pub fn of_token(bytes: &[u8], beside: &[&[u8]], dates: &[TrustDate]) -> Option<Self> {
        let mut ignored = Findings::default();
        let (token, tst) = opened::open(bytes, &mut ignored)?;
        let pool = certificates(&token, beside, &mut ignored);
        let [info] = token.signers.as_slice() else {
            return None;
        };
        let binding = |candidate: &Certificate<'_>| signed::binding(info, candidate);
        let signer = signer::find(&info.sid, &pool, binding, &mut ignored)?;
        let (chain, is_complete) = climb(signer, &pool);
        let mut uses = Uses::of_token(&tst, info);
        let digest =
            HashAlgorithm::from_identifier_with(&info.digest_algorithm, Sha1Leave::Allowed);
        let algorithm = &info.signature_algorithm;
        uses.add_signature(algorithm, digest.ok(), signer.public_key(), "signature");
        for pair in chain.windows(2) {
            if let [subject, issuer] = pair {
                let algorithm = subject.signature_algorithm();
                uses.add_signature(algorithm, None, issuer.public_key(), "certificate");
            }
        }
        let options = Options {
            trust_dates: dates,
            ..Options::default()
        };
        Some(Self {
            gen_time: tst.gen_time,
            certificates: chain.iter().map(|c| c.der().to_vec()).collect(),
            summaries: chain.iter().map(|c| c.summary()).collect(),
            is_complete,
            algorithm_end: uses.first_end_or_refused(&options),
        })
    }

    /// The token's time.
    #[must_use]
    pub const fn gen_time(&self) -> GenTime {
        self.gen_time
    }

    /// The certificates in DER, the signer's first.
    #[must_use]
    pub fn certificates(&self) -> &[Vec<u8>] {
        &self.certificates
    }

    /// The same, as reports name them.
    #[must_use]
    pub fn summaries(&self) -> &[CertificateSummary] {
        &self.summaries
    }

    /// Whether the last certificate is self-signed, so that nothing is above it.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// The certificate that expires first.
    #[must_use]
    pub fn first_to_expire(&self) -> Option<&CertificateSummary> {
        self.summaries.iter().min_by_key(|one| one.not_after)
    }

    /// The algorithm whose trust ends first, if one of them has an end; at second 0 if it is never
    /// trusted.
    #[must_use]
    pub const fn algorithm_end(&self) -> Option<AlgorithmEnd> {
        self.algorithm_end
    }

    /// The first second since 1970 at which one of the certificates or algorithms has ended: by
    /// then something younger must cover the token.
    #[must_use]
    pub fn ends_at(&self) -> i64 {
        let expires = self.first_to_expire().map(|one| one.not_after);
        let certificates = expires.map_or(i64::MIN, |last| last.saturating_add(1));
        self.algorithm_end
            .map_or(certificates, |end| certificates.min(end.unix_seconds))
    }
}

/// Follows signatures upwards, each certificate once, and says whether the end is self-signed.
///
/// Of several issuers the one with the latest end counts: the same authority is often certified
/// anew, and a chain lasts as long as its best link.
fn climb<'p, 'a>(
    signer: &'p Certificate<'a>,
    pool: &'p [Certificate<'a>],
) -> (Vec<&'p Certificate<'a>>, bool) {
    let mut budget = Budget::with_sha1(Sha1Leave::Allowed);
    let mut chain = alloc::vec![signer];
    let mut last = signer;
    while chain.len() <= MAX_PATH_LEN {
        if is_issued_by(last, last, &mut budget) {
            return (chain, true);
        }
        let issuers = pool.iter().filter(|candidate| {
            !chain.iter().any(|known| known.der() == candidate.der())
                && is_issued_by(last, candidate, &mut budget)
        });
        let Some(issuer) = issuers.max_by_key(|issuer| issuer.not_after()) else {
            return (chain, false);
        };
        chain.push(issuer);
        last = issuer;
    }
    (chain, false)
}

fn is_issued_by(subject: &Certificate<'_>, issuer: &Certificate<'_>, budget: &mut Budget) -> bool {
    if !subject.issuer_name().matches(issuer.subject_name()) {
        return false;
    }
    let algorithm = subject.signature_algorithm();
    let Ok(scheme) = Scheme::from_identifier(algorithm, None, budget.sha1()) else {
        return false;
    };
    let (key, tbs) = (issuer.public_key(), subject.tbs());
    budget.take()
        && signature::verify(key, scheme, tbs, subject.signature()) == SignatureCheck::Good
}
