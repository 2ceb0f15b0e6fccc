//! Archive renewal: one more checkpoint over all evidence, stamped by an authority that lasts.

use std::path::Path;
use std::time::Duration;

use proofline_tsa::TokenChain;

use super::{Ground, LOCK_FILE, Occasion, Outcome, Pause, Sealed, WRITE_WAIT, seal_on, stamping};
use crate::authority::Authority;
use crate::config::Config;
use crate::home::Home;
use crate::lock;
use crate::recorder::{Recorder, deadline};
use crate::revocation::{self, Fetched, Fetcher};
use crate::stamp::{Stamped, Stamper};
use crate::store::{Store, StoreError};

/// Checkpoints of one renewal at most, whoever else appends meanwhile.
const ENTRIES_MAX: usize = 256;

/// What a renewal did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Renewed {
    /// Another process makes a checkpoint.
    pub is_running_elsewhere: bool,
    /// The checkpoint that was made; `None` where the newest one covers everything already.
    pub sealed: Option<Sealed>,
    /// The tokens that were obtained: size, authority, and until when each lasts.
    pub tokens: Vec<(u64, String, i64)>,
    /// Whether one of them lasts longer than what it renews.
    pub lasts_longer: bool,
    /// Authorities that gave nothing, and why.
    pub failures: Vec<(String, String)>,
    /// When one of those that were not asked yet may be asked, and why not before.
    pub next: Option<Pause>,
    /// What was fetched about revocation, before and after.
    pub revocation: Vec<Fetched>,
}

/// Makes a checkpoint over all that was received, and asks the authorities, one after the other,
/// until a token lasts beyond `ends_at` (in seconds since 1970).
///
/// Back-off and rate limits hold as for somebody who asks by hand.
/// What says that the older certificates were not revoked is fetched first, so that the new token
/// covers it: afterwards it may not be had any more.
///
/// # Errors
/// What the store says. An authority that cannot be reached is in the outcome.
pub fn renew(
    store_dir: &Path,
    home: &Home,
    config: &Config,
    (stamper, fetcher): (&dyn Stamper, &dyn Fetcher),
    wait: Duration,
    ends_at: i64,
) -> Result<Renewed, StoreError> {
    let mut renewed = Renewed::default();
    let lock_path = store_dir.join(LOCK_FILE);
    drop(Store::open(store_dir, deadline(WRITE_WAIT))?);
    let lock = match lock::take_until(&lock_path, deadline(wait)) {
        Ok(lock) => lock,
        Err(error) if error.kind() == std::io::ErrorKind::TimedOut => {
            renewed.is_running_elsewhere = true;
            return Ok(renewed);
        }
        Err(error) => return Err(StoreError::io(lock_path)(error)),
    };
    let mut recorder = Recorder::new(store_dir, home.clone()).with_wait(WRITE_WAIT);
    recorder.take_in()?;
    let mut store = Store::open(store_dir, deadline(WRITE_WAIT))?.with_clock(stamper.clock());
    let occasion = Occasion::Now { wait };
    let fetched = revocation::run(&mut store, store_dir, config, fetcher, occasion)?;
    renewed.revocation.push(fetched);
    let keys = recorder.keys();
    // One entry lists so much evidence and no more: as many are made as it takes.
    for _ in 0..ENTRIES_MAX {
        let sealed = seal_on(Ground::Evidence, &mut store, keys, deadline(WRITE_WAIT))?;
        let Some(sealed) = sealed else { break };
        let entries = sealed.size.saturating_add(1);
        recorder.remember(store.origin(), entries, sealed.chain_hash);
        renewed.sealed = Some(sealed);
    }
    let moved = store.move_wal();
    stamp(
        &mut store,
        store_dir,
        config,
        stamper,
        ends_at,
        &mut renewed,
    )?;
    let fetched = revocation::run(&mut store, store_dir, config, fetcher, occasion)?;
    renewed.revocation.push(fetched);
    drop(lock);
    moved?;
    Ok(renewed)
}

fn stamp(
    store: &mut Store,
    store_dir: &Path,
    config: &Config,
    stamper: &dyn Stamper,
    ends_at: i64,
    renewed: &mut Renewed,
) -> Result<(), StoreError> {
    let Some(size) = store.last_note()?.map(|note| note.size) else {
        return Ok(());
    };
    let mut outcome = Outcome::default();
    let mut is_enough = |authority: &Authority, stamped: &Stamped| {
        let beside: Vec<&[u8]> = stamped.certificates.iter().map(Vec::as_slice).collect();
        let chain = TokenChain::of_token(&stamped.response, &beside, &[]);
        let lasts_to = chain.map_or(i64::MIN, |chain| chain.ends_at());
        let token = (size, authority.shown_url(), lasts_to);
        renewed.tokens.push(token);
        renewed.lasts_longer = lasts_to > ends_at;
        renewed.lasts_longer
    };
    stamping::stamp_until(
        store,
        store_dir,
        config,
        stamper,
        size,
        &mut outcome,
        &mut is_enough,
    )?;
    renewed.failures.extend(outcome.failures);
    renewed.next = outcome.next;
    Ok(())
}
