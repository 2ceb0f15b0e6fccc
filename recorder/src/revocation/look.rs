//! One chain: what is known of its certificates, what to ask about them, what to keep.

use std::collections::BTreeSet;
use std::fmt::Display;

use proofline_format::digest::{Hash, sha256};
use proofline_format::limits::MAX_ITEM_BYTES;
use proofline_format::object::ItemKind;
use proofline_tsa::{
    Certificate, CertificationPath, Crl, OcspResponse, PathRules, RevocationEvidence,
    RevocationStatus, TokenChain, TrustAnchor, UnknownCause, check_revocation, find_path,
    ocsp_request, rfc3339,
};

use super::state::State;
use super::{Budget, Fetched, Fetcher, PUBLISHED_WITHIN_MS, Question, Token, WRITE_WAIT};
use crate::authority::Roots;
use crate::config::Config;
use crate::recorder::deadline;
use crate::store::{Item, Store, StoreError};

/// Items looked at, the last that came first.
const SHELF_ITEMS: usize = 64;
/// Places of one kind that are asked about one certificate.
const PLACES_MAX: usize = 2;
/// Certificates fetched to complete one chain.
const ISSUERS_MAX: usize = 4;
/// Items of one checkpoint, and their octets: a line of `checkpoints.jsonl` holds 256 items and
/// 8 MiB of base64, and a token may still come.
const ITEMS_MAX: u64 = 128;
const ITEM_BYTES_MAX: u64 = 5 << 20;

/// What must be known of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Its status at the token's time.
    Known,
    /// The same, from something made when a revocation of that time had been published.
    Published,
}

/// The certificates, lists and answers that the store holds.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    certificates: Vec<Vec<u8>>,
    crls: Vec<Vec<u8>>,
    ocsp_responses: Vec<Vec<u8>>,
    known: BTreeSet<Hash>,
}

fn slices(all: &[Vec<u8>]) -> Vec<&[u8]> {
    all.iter().map(Vec::as_slice).collect()
}

impl Shelf {
    pub(crate) fn of(store: &Store) -> Result<Self, StoreError> {
        let mut shelf = Self::default();
        for Item { kind, bytes, .. } in store.revocation_items(SHELF_ITEMS)? {
            shelf.put(kind, bytes);
        }
        Ok(shelf)
    }

    /// Adds what the configuration names as roots of its authorities: many tokens carry no root, and
    /// whether an intermediate was revoked is asked of its issuer.
    pub(crate) fn with_roots_of(mut self, config: &Config) -> Self {
        let files = config
            .authorities
            .iter()
            .filter_map(|one| one.root.as_ref());
        // A file that cannot be read is reported where tokens are checked against it.
        for roots in files.filter_map(|file| Roots::read(file).ok()) {
            let anchors = roots.anchors.iter().map(|anchor| anchor.der().to_vec());
            for certificate in anchors.chain(roots.helpers) {
                self.put(ItemKind::Certificate, certificate);
            }
        }
        self
    }

    pub(crate) fn certificates(&self) -> Vec<&[u8]> {
        slices(&self.certificates)
    }

    /// What is known of each certificate of a path but its end.
    fn statuses(&self, path: &CertificationPath, at: i64) -> Vec<RevocationStatus> {
        let (crls, ocsp_responses) = (slices(&self.crls), slices(&self.ocsp_responses));
        let certificates = self.certificates();
        let evidence = RevocationEvidence {
            crls: &crls,
            ocsp_responses: &ocsp_responses,
            certificates: &certificates,
        };
        let report = check_revocation(path, &evidence, at);
        let certificates = report.certificates().iter();
        certificates.map(|one| one.status.clone()).collect()
    }

    fn put(&mut self, kind: ItemKind, bytes: Vec<u8>) {
        if !self.known.insert(sha256(&bytes)) {
            return;
        }
        match kind {
            ItemKind::Certificate => self.certificates.push(bytes),
            ItemKind::Crl => self.crls.push(bytes),
            ItemKind::Ocsp => self.ocsp_responses.push(bytes),
            _ => {}
        }
    }
}

/// The path along a chain, its end taken as given: what a verifier would find, were that his root.
fn path_along(chain: &TokenChain) -> Option<CertificationPath> {
    let (signer, above) = chain.certificates().split_first()?;
    let (end, between) = above.split_last()?;
    let anchor = TrustAnchor::from_der(end).ok()?;
    let at = chain.gen_time().unix_seconds();
    let found = find_path(
        signer,
        &slices(between),
        &[anchor],
        at,
        &PathRules::default(),
    );
    found.path().cloned()
}

/// Which certificate of a chain was revoked, when and why, by what is kept; `None` if none was, as
/// far as that tells.
pub(crate) fn revocation_in(chain: &TokenChain, shelf: &Shelf) -> Option<String> {
    let path = path_along(chain)?;
    let statuses = shelf.statuses(&path, chain.gen_time().unix_seconds());
    let mut known = statuses.iter().zip(chain.summaries());
    known.find_map(|(status, one)| {
        let words = revoked_in_words(status)?;
        Some(format!("{} {words}", one.subject))
    })
}

/// When and why, in words.
fn revoked_in_words(status: &RevocationStatus) -> Option<String> {
    let RevocationStatus::Revoked(revocation) = status else {
        return None;
    };
    let at = rfc3339(revocation.at);
    Some(match revocation.reason {
        Some(reason) => format!("revoked at {at}, {reason}"),
        None => format!("revoked at {at}, no reason given"),
    })
}

/// A look at one token.
pub(super) struct Look<'l> {
    pub(super) store: &'l mut Store,
    pub(super) shelf: &'l mut Shelf,
    pub(super) state: &'l mut State,
    pub(super) budget: &'l mut Budget,
    pub(super) fetcher: &'l dyn Fetcher,
    pub(super) fetched: &'l mut Fetched,
}

impl Look<'_> {
    /// Fetches what is missing for a token. `true` if nothing is missing, or nothing can be had.
    pub(super) fn at(&mut self, token: &Token, need: Need) -> Result<bool, StoreError> {
        let chain = self.complete(token)?;
        // A chain that ends with its signer, or breaks a rule, is nothing to ask about.
        let Some(path) = path_along(&chain) else {
            return Ok(true);
        };
        let at = chain.gen_time().unix_seconds();
        let mut is_covered = chain.is_complete() || !may_be_completed(&chain);
        for place in 0..path.certificates().len().saturating_sub(1) {
            let status = |look: &Self| look.shelf.statuses(&path, at).into_iter().nth(place);
            if !is_satisfied(status(self).as_ref(), need, at) {
                self.ask_about(token.size, &path, place, need, at)?;
            }
            let status = status(self);
            is_covered &= is_satisfied(status.as_ref(), need, at);
            let words = status.as_ref().and_then(revoked_in_words);
            if let (Some(words), Some(one)) = (words, chain.summaries().get(place)) {
                let found = (one.subject.clone(), words);
                if !self.fetched.revoked.contains(&found) {
                    self.fetched.revoked.push(found);
                }
            }
        }
        Ok(is_covered)
    }

    /// Fetches the issuers that a chain lacks.
    fn complete(&mut self, token: &Token) -> Result<TokenChain, StoreError> {
        let mut chain = token.chain.clone();
        for _ in 0..ISSUERS_MAX {
            if chain.is_complete() {
                break;
            }
            let Some(last) = chain.certificates().last().cloned() else {
                break;
            };
            let Ok(last) = Certificate::parse(&last) else {
                break;
            };
            let mut found = None;
            for url in last.ca_issuer_uris().into_iter().take(PLACES_MAX) {
                let question = Question::new(ItemKind::Certificate, url, &last);
                if !self.may_ask(&question) {
                    continue;
                }
                let issuer = match self.fetcher.certificate(url) {
                    Ok(issuer) => issuer,
                    Err(why) => {
                        self.failed(&question, why);
                        continue;
                    }
                };
                let mut beside = self.shelf.certificates();
                beside.push(&issuer);
                let longer = TokenChain::of_token(&token.bytes, &beside, &[]);
                let length = chain.certificates().len();
                match longer.filter(|longer| longer.certificates().len() > length) {
                    Some(longer) => {
                        self.keep(token.size, &question, issuer)?;
                        found = Some(longer);
                        break;
                    }
                    None => self.failed(&question, "its certificate did not issue this one"),
                }
            }
            match found {
                Some(longer) => chain = longer,
                None => break,
            }
        }
        Ok(chain)
    }

    /// Asks about one certificate of a path: responders first, whose answers are small and about it
    /// alone, then for lists.
    fn ask_about(
        &mut self,
        size: u64,
        path: &CertificationPath,
        place: usize,
        need: Need,
        at: i64,
    ) -> Result<(), StoreError> {
        let mut pair = path.certificates().iter().skip(place);
        let (Some(subject), Some(issuer)) = (pair.next(), pair.next()) else {
            return Ok(());
        };
        let (Ok(subject), Ok(issuer)) = (Certificate::parse(subject), Certificate::parse(issuer))
        else {
            return Ok(());
        };
        let question = |kind| {
            let subject = &subject;
            move |url: &str| Question::new(kind, url, subject)
        };
        let responders = subject.ocsp_uris().into_iter().take(PLACES_MAX);
        let lists = subject.crl_uris().into_iter().take(PLACES_MAX);
        let questions = responders
            .map(question(ItemKind::Ocsp))
            .chain(lists.map(question(ItemKind::Crl)));
        for question in questions {
            if !self.may_ask(&question) {
                continue;
            }
            let got = match question.kind {
                ItemKind::Ocsp => {
                    let request = ocsp_request(&subject, &issuer, None);
                    self.fetcher.ocsp(&question.url, request)
                }
                _ => self.fetcher.crl(&question.url),
            };
            match got {
                Err(why) => self.failed(&question, why),
                Ok(bytes) => {
                    let status = self.take(size, path, place, at, &question, bytes)?;
                    if is_satisfied(status.as_ref(), need, at) {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    /// Keeps what came if it is genuine and says more of the certificate than what is there.
    fn take(
        &mut self,
        size: u64,
        path: &CertificationPath,
        place: usize,
        at: i64,
        question: &Question,
        bytes: Vec<u8>,
    ) -> Result<Option<RevocationStatus>, StoreError> {
        let mut alone = Shelf {
            certificates: self.shelf.certificates.clone(),
            ..Shelf::default()
        };
        let next_update = next_update(question.kind, &bytes);
        alone.put(question.kind, bytes.clone());
        let new = alone.statuses(path, at).into_iter().nth(place);
        let made_at = |status: Option<&RevocationStatus>| match status {
            Some(RevocationStatus::Good { as_of, .. }) => Some(*as_of),
            Some(RevocationStatus::Revoked(revocation)) => Some(revocation.as_of),
            _ => None,
        };
        let Some(new_as_of) = made_at(new.as_ref()) else {
            self.failed(question, unused(new.as_ref()));
            return Ok(None);
        };
        let old = self.shelf.statuses(path, at).into_iter().nth(place);
        let is_revoked = |status: Option<&RevocationStatus>| {
            matches!(status, Some(RevocationStatus::Revoked(_)))
        };
        let says_more = made_at(old.as_ref()).is_none_or(|old_as_of| new_as_of > old_as_of)
            || is_revoked(new.as_ref()) && !is_revoked(old.as_ref());
        if says_more {
            self.keep(size, question, bytes)?;
        } else {
            let now = self.store.now().millis();
            self.state.said_no_more(&question.name, now, next_update);
        }
        Ok(new)
    }

    fn may_ask(&mut self, question: &Question) -> bool {
        let now = self.store.now();
        self.budget.take(question, self.state, now)
    }

    fn failed(&mut self, question: &Question, why: impl Display) {
        let now = self.store.now().millis();
        self.state.failed(&question.name, now);
        let failure = (question.url.clone(), why.to_string());
        self.fetched.failures.push(failure);
    }

    fn keep(&mut self, size: u64, question: &Question, bytes: Vec<u8>) -> Result<(), StoreError> {
        let (count, octets) = self.store.item_load(size)?;
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let is_too_much = count >= ITEMS_MAX || octets.saturating_add(length) > ITEM_BYTES_MAX;
        if is_too_much || bytes.len() > MAX_ITEM_BYTES {
            let why = format!("no room for {length} bytes beside checkpoint {size}");
            self.failed(question, why);
            return Ok(());
        }
        let writer = self.store.write(deadline(WRITE_WAIT))?;
        writer.put_item(size, question.kind, &bytes)?;
        writer.commit()?;
        self.state.helped(&question.name);
        let kept = (size, question.kind, question.url.clone());
        self.fetched.kept.push(kept);
        self.shelf.put(question.kind, bytes);
        Ok(())
    }
}

/// Whether somebody names the place of the issuer that a chain lacks.
fn may_be_completed(chain: &TokenChain) -> bool {
    let last = chain.certificates().last();
    let last = last.and_then(|der| Certificate::parse(der).ok());
    last.is_some_and(|last| !last.ca_issuer_uris().is_empty())
}

fn is_satisfied(status: Option<&RevocationStatus>, need: Need, at: i64) -> bool {
    match status {
        Some(RevocationStatus::Revoked(_)) => true,
        Some(RevocationStatus::Good { as_of, .. }) => match need {
            Need::Known => true,
            Need::Published => *as_of >= at.saturating_add(PUBLISHED_WITHIN_MS / 1_000),
        },
        // Whoever speaks of certificates after they have expired is not to be waited for.
        Some(RevocationStatus::Unknown {
            why: UnknownCause::CertificateExpired,
        }) => true,
        _ => false,
    }
}

/// Why something that came is of no use.
fn unused(status: Option<&RevocationStatus>) -> String {
    match status {
        Some(RevocationStatus::Unknown { why }) => {
            format!("what came does not tell the status: {}", why.as_str())
        }
        _ => "what came does not tell the status".into(),
    }
}

/// When something newer is promised, in milliseconds since 1970.
fn next_update(kind: ItemKind, bytes: &[u8]) -> Option<i64> {
    let seconds = match kind {
        ItemKind::Ocsp => OcspResponse::parse(bytes).ok()?.next_update(),
        _ => Crl::parse(bytes).ok()?.next_update(),
    };
    seconds.map(|seconds| seconds.saturating_mul(1_000))
}
