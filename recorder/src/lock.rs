//! Lock files: advisory, released by the system when their holder ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How often a taken lock is tried again.
const RETRY: Duration = Duration::from_millis(2);

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

/// Takes a lock if nobody holds it.
///
/// # Errors
/// If the file cannot be opened or locked.
pub(crate) fn try_take(path: &Path) -> io::Result<Option<File>> {
    let file = open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Takes a lock, waiting for it until a moment.
///
/// # Errors
/// [`io::ErrorKind::TimedOut`], or if the file cannot be opened or locked.
pub(crate) fn take_until(path: &Path, until: Instant) -> io::Result<File> {
    loop {
        if let Some(file) = try_take(path)? {
            return Ok(file);
        }
        if Instant::now() >= until {
            return Err(io::ErrorKind::TimedOut.into());
        }
        sleep(RETRY);
    }
}
