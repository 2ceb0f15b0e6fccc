//! Checkpoints: signing where the log stands, and having the time of it attested.
//!
//! Nothing here runs inside a hook. A hook asks [`start`] whether work is due, which costs a few
//! reads, and starts `proofline checkpoint --if-due` detached; a lock keeps that single.

mod backoff;
mod due;
mod renew;
mod seal;
mod start;

use std::path::Path;
use std::time::{Duration, Instant};

use proofline_format::object::ItemKind;

pub use self::backoff::{Backoff, Failure};
pub use self::due::{Due, due};
pub use self::renew::{Renewed, renew};
pub use self::seal::{Ground, Sealed, seal, seal_on};
pub use self::start::{Started, start};
use crate::config::Config;
use crate::home::Home;
use crate::lock;
use crate::recorder::{Recorder, deadline};
use crate::revocation::{self, Fetched, HttpFetcher};
use crate::stamp::Stamper;
use crate::store::{Store, StoreError};

/// The lock of whoever makes checkpoints.
const LOCK_FILE: &str = "checkpoint.lock";
/// Longest wait for the store's write lock; nobody waits for a checkpoint.
const WRITE_WAIT: Duration = Duration::from_secs(10);

/// When to make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// If the rule says so; an authority that failed is left alone for a while.
    IfDue,
    /// Now, if anything was appended since; every authority is asked. Waits this long for
    /// another process that is at it.
    Now {
        /// Longest wait.
        wait: Duration,
    },
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Another process was at it.
    pub is_running_elsewhere: bool,
    /// The checkpoint that was made.
    pub sealed: Option<Sealed>,
    /// Size of the checkpoint that was stamped, and by whom.
    pub stamped: Option<(u64, String)>,
    /// Authorities that gave nothing, and why.
    pub failures: Vec<(String, String)>,
    /// What was fetched about revocation.
    pub revocation: Fetched,
}

/// Makes a checkpoint and has it stamped. An authority that cannot be reached is in the outcome,
/// never an error.
///
/// # Errors
/// What the store says.
pub fn run(
    store_dir: &Path,
    home: &Home,
    config: &Config,
    stamper: &dyn Stamper,
    occasion: Occasion,
) -> Result<Outcome, StoreError> {
    let lock_path = store_dir.join(LOCK_FILE);
    let until = match occasion {
        Occasion::IfDue => Instant::now(),
        Occasion::Now { wait } => deadline(wait),
    };
    // The store must be there before its folder is written to.
    drop(Store::open(store_dir, deadline(WRITE_WAIT))?);
    let lock = match lock::take_until(&lock_path, until) {
        Ok(lock) => lock,
        Err(error) if error.kind() == std::io::ErrorKind::TimedOut => {
            return Ok(Outcome {
                is_running_elsewhere: true,
                ..Outcome::default()
            });
        }
        Err(error) => return Err(StoreError::io(lock_path)(error)),
    };
    let mut outcome = Outcome::default();
    let mut recorder = Recorder::new(store_dir, home.clone()).with_wait(WRITE_WAIT);
    recorder.take_in()?;
    let mut store = Store::open(store_dir, deadline(WRITE_WAIT))?;
    let rule = &config.checkpoint;
    if occasion != Occasion::IfDue || due(&store, rule)?.is_checkpoint() {
        outcome.sealed = seal(&mut store, recorder.keys(), deadline(WRITE_WAIT))?;
    }
    if let Some(sealed) = &outcome.sealed {
        recorder.remember(
            store.origin(),
            sealed.size.saturating_add(1),
            sealed.chain_hash,
        );
    }
    // Before the network is asked: hooks go on meanwhile, and the log must not grow.
    store.move_wal()?;
    stamp_newest(
        &mut store,
        store_dir,
        config,
        stamper,
        occasion,
        &mut outcome,
    )?;
    let fetcher = HttpFetcher::default();
    outcome.revocation = revocation::run(&mut store, store_dir, config, &fetcher, occasion)?;
    drop(lock);
    Ok(outcome)
}

/// Asks the authorities, one after the other until one gives a token, to stamp the newest
/// checkpoint. Older ones that have none are covered by it.
fn stamp_newest(
    store: &mut Store,
    store_dir: &Path,
    config: &Config,
    stamper: &dyn Stamper,
    occasion: Occasion,
    outcome: &mut Outcome,
) -> Result<(), StoreError> {
    let Some(note) = store.last_note()? else {
        return Ok(());
    };
    if config.authorities.is_empty() || store.last_stamped_size()? == Some(note.size) {
        return Ok(());
    }
    let entry = store.entry(note.size)?.ok_or(StoreError::Form {
        what: "checkpoint entry",
        index: note.size,
    })?;
    let mut backoff = Backoff::load(store_dir);
    for url in &config.authorities {
        if occasion == Occasion::IfDue && !backoff.may_ask(url, store.now()) {
            continue;
        }
        match stamper.stamp(url, entry.entry.chain_hash.0) {
            Ok(stamped) => {
                let writer = store.write(deadline(WRITE_WAIT))?;
                writer.put_item(note.size, ItemKind::TimeStampRequest, &stamped.request)?;
                writer.put_item(note.size, ItemKind::TimeStampResponse, &stamped.response)?;
                writer.commit()?;
                backoff.succeeded(url);
                outcome.stamped = Some((note.size, url.clone()));
                break;
            }
            Err(error) => {
                backoff.failed(url, store.now(), &error.message);
                outcome.failures.push((url.clone(), error.message));
            }
        }
    }
    // Forgotten, an authority is only asked too early.
    backoff.save(store_dir).ok();
    Ok(())
}
