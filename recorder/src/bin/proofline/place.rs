//! Where a command works: the repository around the current folder, its store, the data folder.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use proofline::config::Config;
use proofline::home::Home;
use proofline::recorder::{Recorder, deadline};
use proofline::repository::{Repository, STORE_DIR_NAME};
use proofline::store::{Store, StoreError};

use crate::ui::Failure;

/// Longest wait of a command for other writers.
const WAIT: Duration = Duration::from_secs(5);

/// Where a command works.
#[derive(Debug)]
pub(crate) struct Place {
    /// Root of the main work tree, where `proofline.toml` is.
    pub(crate) root: PathBuf,
    pub(crate) store_dir: PathBuf,
    pub(crate) home: Home,
    pub(crate) repository: Repository,
}

impl Place {
    /// The place around the current folder.
    pub(crate) fn here() -> Result<Self, Failure> {
        let current = env::current_dir()?;
        let repository = Repository::containing(&current).unwrap_or_else(|| {
            // Without git, the nearest folder above that has a store.
            let mut above = current.ancestors();
            let with_store = above.find(|folder| folder.join(STORE_DIR_NAME).is_dir());
            Repository::without_git(with_store.unwrap_or(&current))
        });
        let store_dir = repository.store_dir();
        // A hook may start us elsewhere: a store in its usual place belongs to the project around
        // it.
        let root = match store_dir.parent() {
            Some(parent) if store_dir.ends_with(STORE_DIR_NAME) => parent,
            _ => repository.main_root(),
        };
        Ok(Self {
            root: root.to_path_buf(),
            store_dir,
            home: Home::of_environment()?,
            repository,
        })
    }

    /// The store, which must be there.
    pub(crate) fn store(&self) -> Result<Store, Failure> {
        Store::open(&self.store_dir, deadline(WAIT)).map_err(no_store)
    }

    /// The configuration.
    pub(crate) fn config(&self) -> Result<Config, Failure> {
        Ok(Config::load(&self.root, &self.store_dir)?)
    }

    /// A recorder into the store.
    pub(crate) fn recorder(&self) -> Recorder {
        Recorder::new(&self.store_dir, self.home.clone()).with_wait(WAIT)
    }
}

/// Says what to do where there is no store.
pub(crate) fn no_store(error: StoreError) -> Failure {
    match error {
        StoreError::Missing { .. } => {
            Failure::with_hint(error, "`proofline init` makes one for this repository")
        }
        error => error.into(),
    }
}

/// A path as people write it.
pub(crate) fn shown(path: &Path) -> String {
    format!("`{}`", path.display())
}
