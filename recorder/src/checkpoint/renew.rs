//! Archive renewal: one more checkpoint over all evidence, stamped by an authority that lasts.

use std::path::Path;
use std::time::Duration;

use proofline_format::object::ItemKind;
use proofline_tsa::TokenChain;

use super::{Ground, LOCK_FILE, Occasion, Sealed, WRITE_WAIT, seal_on};
use crate::config::Config;
use crate::home::Home;
use crate::lock;
use crate::recorder::{Recorder, deadline};
use crate::revocation::{self, Fetched, Fetcher};
use crate::stamp::Stamper;
use crate::store::{Store, StoreError};

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
    /// What was fetched about revocation, before and after.
    pub revocation: Vec<Fetched>,
}

/// Makes a checkpoint over all that was received, and asks the authorities, one after the other,
/// until a token lasts beyond `ends_at` (in seconds since 1970).
///
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
    let mut store = Store::open(store_dir, deadline(WRITE_WAIT))?;
    let occasion = Occasion::Now { wait };
    let fetched = revocation::run(&mut store, store_dir, config, fetcher, occasion)?;
    renewed.revocation.push(fetched);
    let keys = recorder.keys();
    renewed.sealed = seal_on(Ground::Evidence, &mut store, keys, deadline(WRITE_WAIT))?;
    if let Some(sealed) = &renewed.sealed {
        let entries = sealed.size.saturating_add(1);
        recorder.remember(store.origin(), entries, sealed.chain_hash);
    }
    store.move_wal()?;
    stamp(&mut store, config, stamper, ends_at, &mut renewed)?;
    let fetched = revocation::run(&mut store, store_dir, config, fetcher, occasion)?;
    renewed.revocation.push(fetched);
    drop(lock);
    Ok(renewed)
}

fn stamp(
    store: &mut Store,
    config: &Config,
    stamper: &dyn Stamper,
    ends_at: i64,
    renewed: &mut Renewed,
) -> Result<(), StoreError> {
    let Some(note) = store.last_note()? else {
        return Ok(());
    };
    let size = note.size;
    let entry = store.entry(size)?.ok_or(StoreError::Form {
        what: "checkpoint entry",
        index: size,
    })?;
    for url in &config.authorities {
        let stamped = match stamper.stamp(url, entry.entry.chain_hash.0) {
            Ok(stamped) => stamped,
            Err(error) => {
                renewed.failures.push((url.clone(), error.message));
                continue;
            }
        };
        let writer = store.write(deadline(WRITE_WAIT))?;
        writer.put_item(size, ItemKind::TimeStampRequest, &stamped.request)?;
        writer.put_item(size, ItemKind::TimeStampResponse, &stamped.response)?;
        writer.commit()?;
        let chain = TokenChain::of_token(&stamped.response, &[], &[]);
        let lasts_to = chain.map_or(i64::MIN, |chain| chain.ends_at());
        renewed.tokens.push((size, url.clone(), lasts_to));
        if lasts_to > ends_at {
            renewed.lasts_longer = true;
            break;
        }
    }
    Ok(())
}
