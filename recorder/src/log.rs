//! The recorder's own log: what went wrong on our side, where no agent is disturbed by it.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::clock;
use crate::home::{Home, create_private_dir};

/// Size at which the log is put aside and begun anew. One older file is kept.
const BYTES_MAX: u64 = 1 << 20;

/// The log file of a data folder.
#[derive(Debug, Clone)]
pub struct Log {
    path: PathBuf,
}

impl Log {
    /// The log of a data folder.
    #[must_use]
    pub fn new(home: &Home) -> Self {
        Self { path: home.log() }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes one line. Where even that is impossible nothing more can be done.
    pub fn line(&self, what: &str) {
        if fs::metadata(&self.path).is_ok_and(|file| file.len() > BYTES_MAX) {
            fs::rename(&self.path, self.path.with_extension("log.old")).ok();
        }
        let text: String = what
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let line = format!("{} [{}] {text}\n", clock::now(), std::process::id());
        let open = || {
            OpenOptions::new()
                .append(true)
                .create(true)
                .open(&self.path)
        };
        let file = open().or_else(|_| {
            create_private_dir(self.path.parent().unwrap_or_else(|| Path::new(".")))?;
            open()
        });
        if let Ok(mut file) = file {
            // One call, so that lines of several processes do not mix.
            file.write_all(line.as_bytes()).ok();
        }
    }
}
