//! Going on until the queue is empty, at the pace that the authorities allow.
//!
//! Whoever drains holds no lock while it waits, so that checkpoints are made meanwhile. One process
//! a store drains: the daemon, or whoever was started last without one.

use std::path::Path;
use std::time::{Duration, Instant};

use super::{Occasion, Outcome, Pause, Why, run};
use crate::config::Config;
use crate::home::Home;
use crate::lock;
use crate::revocation::Fetched;
use crate::stamp::Stamper;
use crate::store::{StoreError, file_of};

/// How long a detached process goes on.
pub const DRAIN_TIME: Duration = Duration::from_secs(600);
/// Shortest wait between two runs, so that a clock that jumps does not make them spin.
const SHORTEST_WAIT: Duration = Duration::from_millis(50);
/// Wait for another process that makes a checkpoint or has one stamped.
const BUSY_WAIT: Duration = Duration::from_secs(1);
/// The lock of whoever drains.
const LOCK_FILE: &str = "drain.lock";

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drained {
    /// Tokens that were got.
    pub tokens: usize,
    /// Checkpoints that still wait.
    pub queued: usize,
    /// Authorities that gave nothing, and why.
    pub failures: Vec<(String, String)>,
    /// What was fetched about revocation.
    pub revocation: Fetched,
}

/// Runs until nothing waits, an authority fails, or time is up. `wait` lets time pass.
///
/// # Errors
/// What the store says.
pub fn drain(
    store_dir: &Path,
    home: &Home,
    config: &Config,
    stamper: &dyn Stamper,
    until: Instant,
    wait: &dyn Fn(Duration),
) -> Result<Drained, StoreError> {
    let mut drained = Drained::default();
    loop {
        let outcome = run(store_dir, home, config, stamper, Occasion::IfDue)?;
        let now = (stamper.clock())();
        drained.tokens = drained.tokens.saturating_add(outcome.tokens.len());
        drained.failures.extend(outcome.failures);
        drained.revocation.extend(outcome.revocation);
        let pause = if outcome.is_running_elsewhere {
            // Nothing is known of the queue before it is our turn.
            BUSY_WAIT
        } else {
            drained.queued = outcome.queued;
            let Some(next) = outcome.next.filter(|next| next.why == Why::Interval) else {
                return Ok(drained);
            };
            next.left(now).max(SHORTEST_WAIT)
        };
        if Instant::now()
            .checked_add(pause)
            .is_none_or(|at| at > until)
        {
            return Ok(drained);
        }
        wait(pause);
    }
}

/// The same, if nobody else drains this store.
///
/// # Errors
/// What the store says, or if the lock cannot be taken.
pub fn drain_alone(
    store_dir: &Path,
    home: &Home,
    config: &Config,
    stamper: &dyn Stamper,
    until: Instant,
    wait: &dyn Fn(Duration),
) -> Result<Option<Drained>, StoreError> {
    // The store must be there before its folder is written to.
    let path = file_of(store_dir);
    if !path.exists() {
        return Err(StoreError::Missing { path });
    }
    let path = store_dir.join(LOCK_FILE);
    let Some(lock) = lock::try_take(&path).map_err(StoreError::io(&path))? else {
        return Ok(None);
    };
    let drained = drain(store_dir, home, config, stamper, until, wait)?;
    drop(lock);
    Ok(Some(drained))
}

/// Runs now, and where the newest checkpoint got no token only because its authority was asked a
/// moment ago, once more when it may be: somebody stands and waits.
///
/// # Errors
/// What the store says.
pub fn run_patiently(
    store_dir: &Path,
    home: &Home,
    config: &Config,
    stamper: &dyn Stamper,
    (occasion, patience): (Occasion, Duration),
    wait: &dyn Fn(Duration),
) -> Result<Outcome, StoreError> {
    let first = run(store_dir, home, config, stamper, occasion)?;
    let is_soon = |next: &Pause| first.newest_waits && next.why == Why::Interval;
    let pause = first.next.filter(is_soon);
    let pause = pause.map(|next| next.left((stamper.clock())()));
    let Some(pause) = pause.filter(|pause| *pause <= patience) else {
        return Ok(first);
    };
    wait(pause.max(SHORTEST_WAIT));
    let second = run(store_dir, home, config, stamper, Occasion::IfDue)?;
    let mut revocation = first.revocation;
    revocation.extend(second.revocation);
    Ok(Outcome {
        is_running_elsewhere: second.is_running_elsewhere,
        sealed: second.sealed.or(first.sealed),
        stamped: second.stamped.or(first.stamped),
        newest_waits: second.newest_waits,
        tokens: [first.tokens, second.tokens].concat(),
        failures: [first.failures, second.failures].concat(),
        queued: second.queued,
        next: second.next,
        revocation,
    })
}
