//! Starting the work detached, so that no hook waits for it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{Backoff, Due, LOCK_FILE, due};
use crate::config::Config;
use crate::daemon;
use crate::lock;
use crate::recorder::Recorder;
use crate::store::StoreError;

/// Pages of the write-ahead log beyond which it is moved into the database: the first opener
/// after a pause reads the whole of it.
pub const WAL_PAGES: u64 = 96;
/// Shortest time between two starts for a checkpoint.
const BETWEEN_CHECKPOINTS: Duration = Duration::from_secs(1);
/// Shortest time between two starts for the log: as long as a process takes to get its lock.
const BETWEEN_MOVES: Duration = Duration::from_millis(100);
/// The file whose age says when the work was last started.
const MARKER: &str = "checkpoint.started";

/// Whether work was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Started {
    /// Nothing is due, or it was started just now, or is under way.
    No,
    /// A process was started.
    Yes,
}

/// Starts `checkpoint --if-due` of a program detached if a checkpoint, a token or a move of the
/// write-ahead log is due. To be called by a hook after its append.
///
/// # Errors
/// What the store says, or if no process can be started.
pub fn start(
    recorder: &Recorder,
    config: &Config,
    program: impl FnOnce() -> io::Result<PathBuf>,
) -> Result<Started, StoreError> {
    let Some(store) = recorder.store() else {
        return Ok(Started::No);
    };
    let store_dir = recorder.store_dir();
    let between = match due(store, &config.checkpoint)? {
        // The same work moves the log, and every hook pays for a long one.
        _ if store.wal_pages() >= WAL_PAGES => BETWEEN_MOVES,
        Due::Nothing => return Ok(Started::No),
        // The daemon will see to it within seconds.
        _ if daemon::is_running(recorder.keys().home(), store_dir) => return Ok(Started::No),
        Due::Checkpoint => BETWEEN_CHECKPOINTS,
        Due::Token if token_may_be_had(store_dir, config, store.now()) => BETWEEN_CHECKPOINTS,
        _ => return Ok(Started::No),
    };
    let marker = store_dir.join(MARKER);
    if is_younger(&marker, between) || is_under_way(store_dir) {
        return Ok(Started::No);
    }
    File::create(&marker).map_err(StoreError::io(&marker))?;
    let program = program().map_err(StoreError::io("own executable"))?;
    let mut command = Command::new(&program);
    command
        .args(["checkpoint", "--if-due"])
        .env("PROOFLINE_DIR", store_dir)
        .env("PROOFLINE_HOME", recorder.keys().home().dir())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // Its own group: what ends the agent's group does not end it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    // Not waited for: it outlives the hook.
    command.spawn().map_err(StoreError::io(program))?;
    Ok(Started::Yes)
}

fn token_may_be_had(
    store_dir: &Path,
    config: &Config,
    now: proofline_format::timestamp::Timestamp,
) -> bool {
    if config.authorities.is_empty() {
        return false;
    }
    let backoff = Backoff::load(store_dir);
    config
        .authorities
        .iter()
        .any(|url| backoff.may_ask(url, now))
}

fn is_younger(marker: &Path, age: Duration) -> bool {
    let modified = fs::metadata(marker).and_then(|file| file.modified());
    // A moment in the future is the clock's fault; then it counts as old.
    modified.is_ok_and(|at| at.elapsed().is_ok_and(|elapsed| elapsed < age))
}

fn is_under_way(store_dir: &Path) -> bool {
    lock::try_take(&store_dir.join(LOCK_FILE)).is_ok_and(|lock| lock.is_none())
}
