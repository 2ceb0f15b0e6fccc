//! Installing hooks into an agent's settings and into git, and the daemon as a service, and taking
//! them out again.
//!
//! Everything is planned first and written then, so that `--print` shows exactly what would be
//! done. What a file was before is remembered in the store's folder: as long as nobody has edited
//! it since, uninstalling restores it byte for byte; where somebody has, only our part is taken
//! out. A file or folder that was not there before is deleted again.

pub mod claude_code;
pub mod git;
mod record;
pub mod service;
mod settings;
mod steps;

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

pub use self::steps::{Step, apply, render};
use crate::repository::Repository;

/// What is installed into what.
#[derive(Debug, Clone)]
pub struct Target {
    /// The work tree.
    pub repository: Repository,
    /// The program that hooks call, by its absolute path.
    pub program: PathBuf,
}

/// Why nothing was installed.
#[derive(Debug, Error)]
pub enum InstallError {
    /// A file could not be read or written.
    #[error("cannot use `{}`: {source}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A settings file is not what its agent would read either.
    #[error("`{}` {reason}; nothing was changed", path.display())]
    Settings {
        /// Which one.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A name that a hook was to be set aside under is taken.
    #[error("`{}` is in the way; nothing was changed", path.display())]
    InTheWay {
        /// Which one.
        path: PathBuf,
    },
    /// A path that a service's file cannot hold.
    #[error("`{}` cannot stand in a service's file: it has characters that are not allowed there", path.display())]
    Path {
        /// Which one.
        path: PathBuf,
    },
    /// Git did not say where its hooks are.
    #[error("git does not say where hooks of `{}` are: {reason}", root.display())]
    Git {
        /// The work tree.
        root: PathBuf,
        /// What it said instead.
        reason: String,
    },
}

impl InstallError {
    fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::File { path, source }
    }
}

impl Target {
    /// The folder where it is remembered what files were before.
    fn records(&self) -> PathBuf {
        self.repository.store_dir().join("install")
    }

    /// The program as a word of a shell command.
    fn program_word(&self) -> String {
        let program = self.program.to_string_lossy();
        format!("'{}'", program.replace('\'', r"'\''"))
    }
}
