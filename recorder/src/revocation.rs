//! Keeping what says that the certificates under a token were not revoked, while it can be had.
//!
//! An authority's answers about its certificates end with the certificates; a token is meant to
//! last longer. So after stamping, and once more some days later when a revocation of that moment
//! would have become known, the lists and OCSP answers that cover a token's path are fetched from
//! the places that its certificates name, and kept as items of its checkpoint. The next evidence
//! object lists them, and the next token covers them.
//!
//! ```text
//! revocation/look.rs     one chain: what is known of it, what to ask, what to keep
//! revocation/fetcher.rs  over HTTP
//! revocation/state.rs    how far the tokens were looked at; back-off
//! ```
//!
//! Nothing here decides about trust: what is kept was signed by who may speak for the certificates
//! of the chain, and whose root that chain leads to is for a verifier to judge.
//! What one answer shows, it shows for every token of the same chain; it is kept once, not once for
//! each checkpoint.
//! It never runs in a hook. A failure is remembered, asked again by a later run, and blocks nothing.

mod fetcher;
mod look;
mod state;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use proofline_format::object::ItemKind;
use proofline_format::timestamp::Timestamp;
use proofline_tsa::{Certificate, TokenChain};
use proofline_tsa_client::{Reach, reach};

pub use self::fetcher::{Fetcher, HttpFetcher};
use self::look::{Look, Need};
pub(crate) use self::look::{Shelf, revocation_in};
use self::state::{Progress, State};
use crate::checkpoint::Occasion;
use crate::config::Config;
use crate::recorder::deadline;
use crate::store::{Item, Store, StoreError};

/// Longest wait for the store's write lock.
const WRITE_WAIT: Duration = Duration::from_secs(10);
/// Tokens looked at in one step.
const TOKENS_AT_ONCE: usize = 64;
/// Questions that one run asks.
const QUESTIONS_MAX: usize = 16;
/// After this no further question is asked in a run.
const TIME_MAX: Duration = Duration::from_secs(20);
/// A revocation is published within a day: what was made a day after a token says what was to be
/// said about it then.
const PUBLISHED_WITHIN_MS: i64 = 86_400_000;
/// A token that is still not covered after this long is given up.
const GIVEN_UP_AFTER_MS: i64 = 30 * 86_400_000;

/// When revocation data is fetched: the table `[revocation]` of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevocationRule {
    /// Whether at all.
    pub enabled: bool,
    /// How long after a token it is fetched again.
    pub again_after: Duration,
}

impl Default for RevocationRule {
    fn default() -> Self {
        Self {
            enabled: true,
            again_after: Duration::from_secs(3 * 86_400),
        }
    }
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fetched {
    /// What was kept: for the checkpoint of which size, of which kind, and where it came from.
    pub kept: Vec<(u64, ItemKind, String)>,
    /// Places that gave nothing of use, and why.
    pub failures: Vec<(String, String)>,
    /// Certificates of authorities that were found revoked: subject, and in words when and why.
    pub revoked: Vec<(String, String)>,
}

impl Fetched {
    /// What went wrong and what was found revoked, a line each, for a log.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let failures = self.failures.iter();
        let failures = failures.map(|(url, why)| format!("no revocation data from {url}: {why}"));
        let revoked = self.revoked.iter();
        failures.chain(revoked.map(|(subject, how)| format!("certificate {subject} is {how}")))
    }

    /// Takes what a later run did behind its own.
    pub fn extend(&mut self, later: Self) {
        self.kept.extend(later.kept);
        self.failures.extend(later.failures);
        self.revoked.extend(later.revoked);
    }
}

/// Looks at the tokens that were not looked at yet, and fetches what is missing.
///
/// # Errors
/// What the store says. A place that cannot be reached is in the outcome.
pub fn run(
    store: &mut Store,
    store_dir: &Path,
    config: &Config,
    fetcher: &dyn Fetcher,
    occasion: Occasion,
) -> Result<Fetched, StoreError> {
    let rule = &config.revocation;
    let mut fetched = Fetched::default();
    if !rule.enabled {
        return Ok(fetched);
    }
    let mut state = State::load(store_dir);
    let before = state.clone();
    let mut authorities = config.authorities.iter();
    let mut budget = Budget {
        questions: QUESTIONS_MAX,
        until: deadline(TIME_MAX),
        is_by_hand: occasion != Occasion::IfDue,
        // Certificates of an authority on this machine may name this machine, and no others.
        asks_this_machine: authorities.any(|one| reach(&one.url) == Reach::ThisMachine),
        asked: BTreeSet::new(),
    };
    let now = store.now();
    let mut shelf: Option<Shelf> = None;
    let again_ms = i64::try_from(rule.again_after.as_millis()).unwrap_or(i64::MAX);
    let due_before = Timestamp::from_millis(now.millis().saturating_sub(again_ms));
    for (need, not_after) in [(Need::Known, Some(now)), (Need::Published, due_before)] {
        let Some(not_after) = not_after else { continue };
        let mut progress = match need {
            Need::Known => state.first.clone(),
            Need::Published => state.again.clone(),
        };
        loop {
            let batch = store.responses_from(progress.from, not_after, TOKENS_AT_ONCE)?;
            let is_last = batch.len() < TOKENS_AT_ONCE;
            let (batch, from) = whole_sizes(batch, is_last, progress.from);
            progress.from = from;
            if batch.is_empty() && progress.waiting.is_empty() {
                break;
            }
            let shelf = match &mut shelf {
                Some(shelf) => shelf,
                None => shelf.insert(Shelf::of(store)?.with_roots_of(config)),
            };
            let tokens = newest_of_each_chain(store, batch, &progress, shelf)?;
            progress.waiting.clear();
            for token in tokens {
                let mut look = Look {
                    store: &mut *store,
                    shelf: &mut *shelf,
                    state: &mut state,
                    budget: &mut budget,
                    fetcher,
                    fetched: &mut fetched,
                };
                let age = now
                    .millis()
                    .saturating_sub(token.chain.gen_time().unix_millis());
                let is_young = age < GIVEN_UP_AFTER_MS.saturating_add(again_ms);
                if !look.at(&token, need)? && is_young {
                    progress.waiting.insert(token.size);
                }
            }
            if is_last {
                break;
            }
        }
        match need {
            Need::Known => state.first = progress,
            Need::Published => state.again = progress,
        }
    }
    if state != before {
        // Forgotten, a token is only looked at again.
        state.save(store_dir).ok();
    }
    Ok(fetched)
}

/// Leaves the tokens of the last size to the next step, which may have more of that size, and says
/// where that begins.
fn whole_sizes(mut batch: Vec<Item>, is_last: bool, from: u64) -> (Vec<Item>, u64) {
    let (Some(first), Some(last)) = (batch.first(), batch.last()) else {
        return (batch, from);
    };
    let (first, last) = (first.size, last.size);
    if is_last || first == last {
        return (batch, last.saturating_add(1));
    }
    batch.retain(|item| item.size < last);
    (batch, last)
}

/// A token to be covered.
struct Token {
    size: u64,
    bytes: Vec<u8>,
    chain: TokenChain,
}

/// Of the tokens that rest on the same certificate the newest: what covers it covers them.
fn newest_of_each_chain(
    store: &Store,
    batch: Vec<Item>,
    progress: &Progress,
    shelf: &Shelf,
) -> Result<Vec<Token>, StoreError> {
    let mut newest: BTreeMap<[u8; 32], Token> = BTreeMap::new();
    let mut responses = Vec::new();
    for size in &progress.waiting {
        let items = store.items(*size)?.into_iter();
        responses.extend(items.filter(|item| item.kind == ItemKind::TimeStampResponse));
    }
    for item in responses.into_iter().chain(batch) {
        let beside = shelf.certificates();
        let Some(chain) = TokenChain::of_token(&item.bytes, &beside, &[]) else {
            continue;
        };
        let Some(signer) = chain.summaries().first().map(|one| one.fingerprint) else {
            continue;
        };
        let time = chain.gen_time().unix_micros();
        let is_newer = newest
            .get(&signer)
            .is_none_or(|known| known.chain.gen_time().unix_micros() < time);
        if is_newer {
            let token = Token {
                size: item.size,
                bytes: item.bytes,
                chain,
            };
            newest.insert(signer, token);
        }
    }
    Ok(newest.into_values().collect())
}

/// What a run may still do.
struct Budget {
    questions: usize,
    until: Instant,
    is_by_hand: bool,
    asks_this_machine: bool,
    /// Nothing is asked twice in a run.
    asked: BTreeSet<String>,
}

impl Budget {
    /// Takes one question; `false` if it is not to be asked now.
    fn take(&mut self, question: &Question, state: &State, now: Timestamp) -> bool {
        let may_reach = match reach(&question.url) {
            Reach::Elsewhere | Reach::Private => true,
            Reach::ThisMachine => self.asks_this_machine,
            Reach::Link | Reach::Nowhere => false,
        };
        let is_time = self.is_by_hand || state.may_ask(&question.name, now.millis());
        let is_left = self.questions > 0 && Instant::now() < self.until;
        if !may_reach || !is_time || !is_left || !self.asked.insert(question.name.clone()) {
            return false;
        }
        self.questions = self.questions.saturating_sub(1);
        true
    }
}

/// Something to ask at a place.
struct Question {
    url: String,
    /// What is remembered by: a list answers for everybody, a responder for one certificate.
    name: String,
    kind: ItemKind,
}

impl Question {
    fn new(kind: ItemKind, url: &str, about: &Certificate<'_>) -> Self {
        let name = match kind {
            ItemKind::Ocsp => format!("{url} {}", about.serial_hex()),
            _ => url.to_owned(),
        };
        Self {
            url: url.to_owned(),
            name,
            kind,
        }
    }
}

#[cfg(test)]
mod tests {
    use proofline_format::digest::sha256;

    use super::*;

    /// A size that is cut in two by a step would lose the tokens of its second half.
    #[test]
    fn a_step_ends_between_sizes() {
        let item = |size| Item {
            arrival: 0,
            size,
            kind: ItemKind::TimeStampResponse,
            bytes: Vec::new(),
            sha256: sha256(b""),
        };
        let check = |sizes: &[u64], is_last, want: (usize, u64)| {
            let batch = sizes.iter().copied().map(item).collect();
            let (batch, from) = whole_sizes(batch, is_last, 9);
            assert_eq!((batch.len(), from), want, "{sizes:?}");
        };
        check(&[], true, (0, 9));
        check(&[2, 4, 4], true, (3, 5));
        check(&[2, 4, 4], false, (1, 4));
        check(&[4, 4, 4], false, (3, 5));
    }
}
