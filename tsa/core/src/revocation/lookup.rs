//! The certificates of one path, looked up in what was read, at any time.
//!
//! What a genuine source says of a certificate does not depend on the time that is asked about;
//! whether it is fresh enough does. The first is kept, the second is decided for each time.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

use sha2::{Digest as _, Sha256};

use super::crl::CrlWord;
use super::ocsp::OcspWord;
use super::sources::{Memo, Read};
use super::tally::{SourceAt, Tally};
use super::{CertificateRevocation, RevocationStatus, UnknownCause};
use crate::certificate::Certificate;
use crate::path::CertificationPath;
use crate::signature::{self, Scheme, SignatureCheck};
use crate::trust_anchor::TrustAnchor;

/// The certificates of a path and the sources that speak of them.
pub struct PathRevocation<'s, 'a> {
    pub(super) read: &'s Read<'a>,
    pub(super) memo: &'s mut Memo,
    /// The path first, signer to anchor; then what else may have signed.
    pub(super) pool: Vec<Certificate<'s>>,
    pub(super) path_len: usize,
    pub(super) anchor: Option<TrustAnchor>,
    /// By the position of a list: the position of its signer, or why it has none.
    pub(super) crl_signers: BTreeMap<usize, Result<usize, UnknownCause>>,
    /// By certificate and issuer, and how far the search for signers had gone.
    words: BTreeMap<([u8; 32], [u8; 32], u8), Words>,
}

impl fmt::Debug for PathRevocation<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PathRevocation").finish_non_exhaustive()
    }
}

/// What the sources say of one certificate, whenever it is asked about.
#[derive(Default)]
pub(super) struct Words {
    pub(super) crls: Vec<CrlWord>,
    pub(super) answers: Vec<OcspWord>,
    pub(super) why: Option<UnknownCause>,
}

impl Words {
    pub(super) fn unknown(&mut self, why: UnknownCause) {
        self.why = self.why.max(Some(why));
    }

    /// Weighs what was said for one time.
    pub(super) fn at(&self, certificate: &Certificate<'_>, at: i64) -> Tally {
        let mut tally = Tally::default();
        if let Some(why) = self.why {
            tally.unknown(why);
        }
        for word in &self.answers {
            word.weigh(certificate, at, &mut tally);
        }
        CrlWord::weigh_all(&self.crls, certificate, at, &mut tally);
        tally
    }
}

impl<'s, 'a> PathRevocation<'s, 'a> {
    pub(super) fn new(read: &'s Read<'a>, memo: &'s mut Memo, path: &'s CertificationPath) -> Self {
        let mut pool: Vec<Certificate<'s>> = path
            .certificates()
            .iter()
            .filter_map(|der| Certificate::parse(der).ok())
            .collect();
        let path_len = pool.len();
        pool.extend(read.certificates.iter().cloned());
        Self {
            read,
            memo,
            pool,
            path_len,
            anchor: path
                .certificates()
                .last()
                .and_then(|der| TrustAnchor::from_der(der).ok()),
            crl_signers: BTreeMap::new(),
            words: BTreeMap::new(),
        }
    }

    /// What is known of every certificate for a time of interest, in seconds since 1970: the
    /// signer first, the anchor left out.
    ///
    /// For a token it is its own time. What it says is as in
    /// [`check_revocation`](crate::check_revocation).
    pub fn at(&mut self, unix_seconds: i64) -> Vec<CertificateRevocation> {
        let ends: Vec<(Certificate<'s>, Certificate<'s>)> = self
            .pool
            .iter()
            .zip(self.pool.iter().skip(1))
            .take(self.path_len.saturating_sub(1))
            .map(|(certificate, issuer)| (certificate.clone(), issuer.clone()))
            .collect();
        ends.iter()
            .map(|(certificate, issuer)| CertificateRevocation {
                certificate: certificate.summary(),
                status: if self.read.is_empty() {
                    RevocationStatus::NotChecked
                } else {
                    let tally = self.tally(certificate, issuer, unix_seconds, 0);
                    tally.conclude(|source| self.memo.name(self.read, source))
                },
            })
            .collect()
    }

    /// What everything says of one certificate at one time.
    pub(super) fn tally(
        &mut self,
        certificate: &Certificate<'_>,
        issuer: &Certificate<'_>,
        at: i64,
        depth: u8,
    ) -> Tally {
        let key = (certificate.fingerprint(), issuer.fingerprint(), depth);
        if let Some(words) = self.words.get(&key) {
            return words.at(certificate, at);
        }
        let mut words = Words::default();
        self.ask_responses(certificate, issuer, depth, &mut words);
        self.ask_crls(certificate, depth, &mut words);
        let tally = words.at(certificate, at);
        self.words.insert(key, words);
        tally
    }

    /// Whether a certificate of the pool is one that the path vouches for.
    pub(super) fn is_issuer_in_path(&self, position: usize) -> bool {
        (1..self.path_len).contains(&position)
    }

    /// Checks a source's signature under a key, each pair once.
    pub(super) fn signature_by(
        &mut self,
        source: SourceAt,
        signer: &Certificate<'_>,
        scheme: Scheme,
        signed: (&[u8], &[u8]),
    ) -> Result<(), UnknownCause> {
        let key = (source, key_hash(signer));
        if let Some(known) = self.memo.signatures.get(&key) {
            return *known;
        }
        let checked = self.check(signer, scheme, signed)?;
        self.memo.signatures.insert(key, checked);
        checked
    }

    /// Checks that an issuer signed the certificate of a responder, each pair once.
    pub(super) fn is_responder_of(
        &mut self,
        responder: &Certificate<'_>,
        issuer: &Certificate<'_>,
    ) -> bool {
        let key = (responder.fingerprint(), key_hash(issuer));
        if let Some(known) = self.memo.responders.get(&key) {
            return known.is_ok();
        }
        let sha1 = self.memo.budget.sha1();
        let algorithm = responder.signature_algorithm();
        let Ok(scheme) = Scheme::from_identifier(algorithm, None, sha1) else {
            return false;
        };
        let signed = (responder.tbs(), responder.signature());
        let Ok(checked) = self.check(issuer, scheme, signed) else {
            return false;
        };
        self.memo.responders.insert(key, checked);
        checked.is_ok()
    }

    /// What a signature check comes to; an error if there is none left.
    fn check(
        &mut self,
        signer: &Certificate<'_>,
        scheme: Scheme,
        (message, signature): (&[u8], &[u8]),
    ) -> Result<Result<(), UnknownCause>, UnknownCause> {
        if !self.memo.budget.take() {
            return Err(UnknownCause::ChecksExhausted);
        }
        let key = signer.public_key();
        Ok(match signature::verify(key, scheme, message, signature) {
            SignatureCheck::Good => Ok(()),
            SignatureCheck::Bad => Err(UnknownCause::BadSignature),
            SignatureCheck::KeyRefused(_) => Err(UnknownCause::SignatureUnsupported),
        })
    }
}

fn key_hash(certificate: &Certificate<'_>) -> [u8; 32] {
    Sha256::digest(certificate.public_key_der()).into()
}
