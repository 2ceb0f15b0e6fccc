//! When the tokens of a store end, and what renews them.
//!
//! A token rests on certificates and algorithms that end; something younger must cover it before.
//! In a log that is a later checkpoint: its entry lists the token in an evidence object, and an
//! authority stamps that entry. So every token is renewed by the next one, if that lasts longer,
//! and the newest is renewed by one more checkpoint ([`renew`](crate::checkpoint::renew)).
//!
//! Nothing here trusts a certificate: an end is read off the token itself, and an authority that
//! states a wrong one harms only its own tokens.

use std::collections::BTreeMap;

use proofline_format::timestamp::Timestamp;
use proofline_tsa::TokenChain;

use crate::revocation::{Shelf, revocation_in};
use crate::store::{Item, Store, StoreError};

/// Days before its end at which a token is due, unless somebody says otherwise: enough for a
/// machine that was off for a summer.
pub const WITHIN_DAYS: u32 = 90;

const DAY_SECONDS: i64 = 86_400;

/// How one token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It lasts, and nothing is to be done.
    Lasting,
    /// It ends, and a later one that lasts covers it.
    Renewed,
    /// It ends within the time given, and nothing that lasts longer covers it.
    Due,
    /// It has ended, and so has all that covers it.
    Ended,
}

impl Standing {
    /// The word that reports print.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lasting => "lasting",
            Self::Renewed => "renewed",
            Self::Due => "due",
            Self::Ended => "ended",
        }
    }
}

/// One token and its end. Times are in seconds since 1970.
#[derive(Debug, Clone)]
pub struct Life {
    /// Size of its checkpoint; 0 for the birth token.
    pub size: u64,
    /// What it rests on, and when that ends.
    pub chain: TokenChain,
    /// The end of the last of what covers it, itself included.
    pub lasts_to: i64,
    /// The checkpoint whose token covers it and lasts longer, the first of them.
    pub renewed_by: Option<u64>,
    /// A certificate of it that was revoked, as far as is known here, and how.
    pub revoked: Option<String>,
    /// How it stands.
    pub standing: Standing,
    arrival: u64,
}

/// How all tokens stand.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The tokens, the oldest checkpoint first.
    pub lives: Vec<Life>,
    /// Checkpoints with a response that cannot be read or whose signer is not in it.
    pub unreadable: Vec<u64>,
}

/// The end that comes first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// The checkpoint whose token it is.
    pub size: u64,
    /// When it ends, in seconds since 1970.
    pub ends_at: i64,
    /// A certificate of it that was revoked, and how.
    pub revoked: Option<String>,
}

impl Outlook {
    /// From when on it is due, in seconds since 1970.
    #[must_use]
    pub fn due_at(&self, within_days: u32) -> i64 {
        due_at(self.ends_at, within_days)
    }

    /// Whether it is due now.
    #[must_use]
    pub fn is_due(&self, now: Timestamp, within_days: u32) -> bool {
        self.revoked.is_some() || self.due_at(within_days) <= seconds(now)
    }
}

fn due_at(ends_at: i64, within_days: u32) -> i64 {
    ends_at.saturating_sub(i64::from(within_days).saturating_mul(DAY_SECONDS))
}

const fn seconds(time: Timestamp) -> i64 {
    time.millis().div_euclid(1_000)
}

fn read(item: &Item, shelf: &Shelf) -> Option<TokenChain> {
    TokenChain::of_token(&item.bytes, &shelf.certificates(), &[])
}

/// The end that comes first among the tokens that no other covers; `None` without a token.
///
/// What is covered lasts at least as long as the newest stamped checkpoint, so looking at the
/// others says nothing more: this costs a few tokens, whatever the size of the store.
///
/// # Errors
/// What the store says.
pub fn outlook(store: &Store) -> Result<Option<Outlook>, StoreError> {
    let newest = store.last_stamped_size()?.unwrap_or_default();
    let listed_to = store.note(newest)?.map_or(0, |note| note.listed_to);
    let shelf = Shelf::of(store)?;
    let mut ends: BTreeMap<u64, Outlook> = BTreeMap::new();
    for item in store.responses_since(listed_to)? {
        // The birth token is listed by the genesis entry, which every checkpoint covers.
        let is_covered = item.size == 0 && newest > 0;
        let Some(chain) = read(&item, &shelf).filter(|_| !is_covered) else {
            continue;
        };
        let found = Outlook {
            size: item.size,
            ends_at: chain.ends_at(),
            revoked: revocation_in(&chain, &shelf),
        };
        // Of several tokens of one checkpoint the best counts.
        let rank = |outlook: &Outlook| (outlook.revoked.is_none(), outlook.ends_at);
        let is_better = |known: &Outlook| rank(&found) > rank(known);
        if ends.get(&item.size).is_none_or(is_better) {
            ends.insert(item.size, found);
        }
    }
    let first = |outlook: &Outlook| (outlook.revoked.is_none(), outlook.ends_at);
    Ok(ends.into_values().min_by_key(first))
}

/// How every token of a store stands, when `within_days` before its end it is due.
///
/// # Errors
/// What the store says.
pub fn plan(store: &Store, within_days: u32) -> Result<Plan, StoreError> {
    let now = seconds(store.now());
    let shelf = Shelf::of(store)?;
    let mut plan = Plan::default();
    for item in store.responses_since(0)? {
        let Some(chain) = read(&item, &shelf) else {
            plan.unreadable.push(item.size);
            continue;
        };
        plan.lives.push(Life {
            size: item.size,
            lasts_to: chain.ends_at(),
            renewed_by: None,
            revoked: revocation_in(&chain, &shelf),
            standing: Standing::Lasting,
            arrival: item.arrival,
            chain,
        });
    }
    plan.lives.sort_by_key(|life| (life.size, life.arrival));
    plan.unreadable.sort_unstable();
    let covers = covers(store, &plan.lives)?;
    for life in &mut plan.lives {
        settle(life, &covers, now, within_days);
    }
    Ok(plan)
}

/// A stamped checkpoint: which arrivals its entry, or one before it, lists, and how long its best
/// token lasts.
struct Cover {
    size: u64,
    listed_to: u64,
    ends_at: i64,
}

fn covers(store: &Store, lives: &[Life]) -> Result<Vec<Cover>, StoreError> {
    let mut best: BTreeMap<u64, i64> = BTreeMap::new();
    for life in lives.iter().filter(|life| life.revoked.is_none()) {
        let ends_at = best.entry(life.size).or_insert(i64::MIN);
        *ends_at = life.chain.ends_at().max(*ends_at);
    }
    let mut covers = Vec::new();
    for (size, ends_at) in best {
        let listed_to = match size {
            0 => 0,
            size => store.note(size)?.map_or(0, |note| note.listed_to),
        };
        covers.push(Cover {
            size,
            listed_to,
            ends_at,
        });
    }
    Ok(covers)
}

fn settle(life: &mut Life, covers: &[Cover], now: i64, within_days: u32) {
    let own = life.chain.ends_at();
    let is_birth = life.size == 0;
    // The birth token is listed by the genesis entry, which every checkpoint covers.
    let above = covers.iter().filter(|cover| {
        cover.size > life.size && (is_birth || cover.listed_to >= life.arrival)
            || cover.size == life.size
    });
    for cover in above {
        life.lasts_to = life.lasts_to.max(cover.ends_at);
        if cover.size > life.size && cover.ends_at > own && life.renewed_by.is_none() {
            life.renewed_by = Some(cover.size);
        }
    }
    let is_due = |end: i64| due_at(end, within_days) <= now;
    let is_bare = life.revoked.is_some() && life.renewed_by.is_none();
    life.standing = if life.lasts_to <= now {
        Standing::Ended
    } else if is_bare || is_due(life.lasts_to) {
        Standing::Due
    } else if is_due(own) {
        Standing::Renewed
    } else {
        Standing::Lasting
    };
}
