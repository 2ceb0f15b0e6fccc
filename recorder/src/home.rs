//! The user's data folder: keys, what is remembered of each log, and what found no other place.
//!
//! ```text
//! device                 fingerprint of the key that new logs begin with
//! keys/<fingerprint>.pem
//! logs/<log>             last size and tip of a log
//! stores/<store>         which log stands at a path
//! spool/<store>/         batches that a store's own folder could not take
//! lost/<store>/          what was lost to capture
//! daemons/<store>.lock   held by the daemon of a store
//! proofline.log
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use proofline_format::digest::sha256;

/// The user's data folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    dir: PathBuf,
}

/// No data folder can be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("none of PROOFLINE_HOME, XDG_DATA_HOME and HOME is set")]
pub struct HomeError;

impl Home {
    /// The data folder at this path.
    #[must_use]
    pub fn at(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// `$PROOFLINE_HOME`, else `$XDG_DATA_HOME/proofline`, else `~/.local/share/proofline`.
    ///
    /// # Errors
    /// [`HomeError`] if none of the three variables is set.
    pub fn of_environment() -> Result<Self, HomeError> {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        if let Some(dir) = variable("PROOFLINE_HOME") {
            return Ok(Self::at(dir));
        }
        // The XDG specification says that a relative path is to be ignored.
        let xdg = variable("XDG_DATA_HOME")
            .map(PathBuf::from)
            .filter(|dir| dir.is_absolute());
        if let Some(dir) = xdg {
            return Ok(Self::at(dir.join("proofline")));
        }
        let home = variable("HOME").ok_or(HomeError)?;
        Ok(Self::at(PathBuf::from(home).join(".local/share/proofline")))
    }

    /// The folder itself.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where keys are.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.dir.join("keys")
    }

    /// The file that names the key that new logs begin with.
    #[must_use]
    pub fn device(&self) -> PathBuf {
        self.dir.join("device")
    }

    /// The recorder's own log.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.dir.join("proofline.log")
    }

    /// What is remembered of logs.
    #[must_use]
    pub fn logs(&self) -> PathBuf {
        self.dir.join("logs")
    }

    /// What is remembered of places.
    #[must_use]
    pub fn stores(&self) -> PathBuf {
        self.dir.join("stores")
    }

    /// The second spool of a store.
    #[must_use]
    pub fn spool(&self, store_dir: &Path) -> PathBuf {
        self.dir.join("spool").join(place_name(store_dir))
    }

    /// The lock of a store's daemon. It is not in the store's folder, which may go and come again.
    #[must_use]
    pub fn daemon_lock(&self, store_dir: &Path) -> PathBuf {
        let name = place_name(store_dir) + ".lock";
        self.dir.join("daemons").join(name)
    }

    /// Where losses of a store are noted.
    #[must_use]
    pub fn lost(&self, store_dir: &Path) -> PathBuf {
        self.dir.join("lost").join(place_name(store_dir))
    }
}

/// A file name for a place: 32 hex characters of the hash of its path.
#[must_use]
pub fn place_name(store_dir: &Path) -> String {
    // The parent exists even before the store does; its links are resolved so that one store has
    // one name.
    let resolved = match (store_dir.parent(), store_dir.file_name()) {
        (Some(parent), Some(name)) => parent
            .canonicalize()
            .map_or_else(|_| store_dir.to_path_buf(), |parent| parent.join(name)),
        _ => store_dir.to_path_buf(),
    };
    let mut name = sha256(resolved.as_os_str().as_encoded_bytes()).to_string();
    name.truncate(32);
    name
}

/// Makes a folder that only its owner can enter, with its parents.
///
/// # Errors
/// As [`fs::DirBuilder::create`].
pub(crate) fn create_private_dir(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Makes the names in a folder durable.
///
/// # Errors
/// As [`fs::File::sync_all`].
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    fs::File::open(dir)?.sync_all()
}

/// Replaces a file as a whole: readers see the old bytes or the new ones. Durable only if the
/// caller asks for it.
///
/// # Errors
/// As the calls that it makes.
pub(crate) fn replace_file(path: &Path, bytes: &[u8], durability: Durability) -> io::Result<()> {
    let dir = path.parent().unwrap_or_else(|| Path::new("."));
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}.new", std::process::id()));
    let temporary = PathBuf::from(temporary);
    write_private(&temporary, bytes, durability)?;
    let renamed = fs::rename(&temporary, path);
    if renamed.is_err() {
        fs::remove_file(&temporary).ok();
    }
    renamed?;
    match durability {
        Durability::Durable => sync_dir(dir),
        Durability::Lazy => Ok(()),
    }
}

/// Whether a write has to survive a loss of power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    Durable,
    Lazy,
}

/// Writes a file of mode 0600.
pub(crate) fn write_private(path: &Path, bytes: &[u8], durability: Durability) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    io::Write::write_all(&mut file, bytes)?;
    match durability {
        Durability::Durable => file.sync_all(),
        Durability::Lazy => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        replace_file(&path, b"one", Durability::Durable).unwrap();
        replace_file(&path, b"two", Durability::Lazy).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
