//! Checkpoints: signing where the log stands, and having the time of it attested.
//!
//! Nothing here runs inside a hook. A hook asks [`start`] whether work is due, which costs a few
//! reads, and starts `proofline checkpoint --if-due` detached; a lock keeps that single.

mod backoff;
mod drain;
mod due;
mod queue;
mod renew;
mod seal;
mod stamping;
mod start;

use std::path::Path;
use std::time::{Duration, Instant};

pub use self::backoff::{Backoff, Failure, Known, Pause, Why};
pub use self::drain::{DRAIN_TIME, Drained, drain, drain_alone, run_patiently};
pub use self::due::{Due, due};
pub use self::queue::{DEPTH, PARTIAL_DEPTH, Queue, Waiting, sealed_at};
pub use self::renew::{Renewed, renew};
pub use self::seal::{Ground, Sealed, seal, seal_on};
pub use self::start::{Started, WAL_PAGES, start};
use crate::authority::Authority;
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
    /// Now, if anything was appended since; that an authority failed a moment ago does not count.
    /// Waits this long for another process that is at it.
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
    /// Size of the newest checkpoint, if it was stamped, and the URL of the first who did, without
    /// credentials.
    pub stamped: Option<(u64, String)>,
    /// Every token that was got: size of its checkpoint, and URL of its authority.
    pub tokens: Vec<(u64, String)>,
    /// Authorities that gave nothing, and why.
    pub failures: Vec<(String, String)>,
    /// Whether the newest checkpoint still has no token.
    pub newest_waits: bool,
    /// Checkpoints that still wait for a token.
    pub queued: usize,
    /// When one of the authorities that they wait for may be asked again, and why not before.
    pub next: Option<Pause>,
    /// What was fetched about revocation.
    pub revocation: Fetched,
}

impl Outcome {
    fn note_token(&mut self, size: u64, authority: &Authority, is_newest: bool) {
        let token = (size, authority.shown_url());
        if is_newest && self.stamped.is_none() {
            self.stamped = Some(token.clone());
        }
        self.tokens.push(token);
    }

    /// An authority that only wants an interval goes on answering: it decides when to go on, not one
    /// that failed and may fail again.
    fn note_pause(&mut self, pause: Pause) {
        let rank = |pause: Pause| (pause.why != Why::Interval, pause.until_ms);
        if self.next.is_none_or(|next| rank(pause) < rank(next)) {
            self.next = Some(pause);
        }
    }
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
    let mut store = Store::open(store_dir, deadline(WRITE_WAIT))?.with_clock(stamper.clock());
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
    let moved = store.move_wal();
    stamping::stamp_queue(
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
    // A disk that refuses is no reason not to ask for a token.
    moved?;
    Ok(outcome)
}
