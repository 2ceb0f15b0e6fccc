//! What a project or its store says about authorities, checkpoints and waiting.
//!
//! `proofline.toml` at the project's root is for everybody who works on it; `config.toml` in the
//! store's folder is written by `init --tsa` and is this device's own. Authorities of both are
//! used, the project's first.
//!
//! ```toml
//! [[tsa]]
//! url = "https://tsa.example/"
//!
//! [checkpoint]
//! interval_minutes = 15
//! entries = 100
//!
//! [revocation]
//! enabled = true
//! again_after_days = 3
//!
//! [hook]
//! store_wait_ms = 2000
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::home::{Durability, replace_file};
use crate::recorder::STORE_WAIT;
use crate::revocation::{RevocationRule, RevocationTable};

/// The project's file.
pub const PROJECT_FILE: &str = "proofline.toml";
/// The store's file.
pub const STORE_FILE: &str = "config.toml";

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A file that is there cannot be read, or written.
    #[error("`{path}`: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Not the TOML that is expected.
    #[error("`{path}`: {message}")]
    Form {
        /// Which.
        path: PathBuf,
        /// What is wrong, in one line.
        message: String,
    },
    /// An authority that is not a URL of HTTP.
    #[error("time-stamp authority `{url}` is not an http or https URL")]
    Url {
        /// What was given.
        url: String,
    },
}

/// When a checkpoint is due: whichever comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckpointRule {
    /// Time since the last one.
    pub interval: Duration,
    /// Entries since the last one.
    pub entries: u64,
}

impl Default for CheckpointRule {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(15 * 60),
            entries: 100,
        }
    }
}

/// The configuration of one store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// URLs of the time-stamp authorities, in the order in which they are asked.
    pub authorities: Vec<String>,
    /// When a checkpoint is due.
    pub checkpoint: CheckpointRule,
    /// When revocation data is fetched.
    pub revocation: RevocationRule,
    /// Longest wait of a hook for other writers.
    pub store_wait: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            authorities: Vec::new(),
            checkpoint: CheckpointRule::default(),
            revocation: RevocationRule::default(),
            store_wait: STORE_WAIT,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    tsa: Vec<AuthorityTable>,
    #[serde(default)]
    checkpoint: CheckpointTable,
    #[serde(default)]
    revocation: RevocationTable,
    #[serde(default)]
    hook: HookTable,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AuthorityTable {
    url: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckpointTable {
    interval_minutes: Option<u64>,
    entries: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct HookTable {
    store_wait_ms: Option<u64>,
}

impl Config {
    /// Reads both files; what neither says keeps its default.
    ///
    /// # Errors
    /// If a file that is there cannot be read or says something unknown.
    pub fn load(project_root: &Path, store_dir: &Path) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        for path in [project_root.join(PROJECT_FILE), store_dir.join(STORE_FILE)] {
            config.take(read(&path)?)?;
        }
        Ok(config)
    }

    fn take(&mut self, file: File) -> Result<(), ConfigError> {
        for table in file.tsa {
            self.add_authority(&table.url)?;
        }
        let minutes = file.checkpoint.interval_minutes;
        if let Some(seconds) = minutes.and_then(|minutes| minutes.checked_mul(60)) {
            self.checkpoint.interval = Duration::from_secs(seconds);
        }
        // Zero would make every checkpoint entry call for the next.
        if let Some(entries) = file.checkpoint.entries {
            self.checkpoint.entries = entries.max(1);
        }
        self.revocation.take(&file.revocation);
        if let Some(millis) = file.hook.store_wait_ms {
            self.store_wait = Duration::from_millis(millis);
        }
        Ok(())
    }

    /// Adds an authority after the others, once.
    ///
    /// # Errors
    /// If it is not a URL of HTTP.
    pub fn add_authority(&mut self, url: &str) -> Result<(), ConfigError> {
        check_url(url)?;
        if !self.authorities.iter().any(|known| known == url) {
            self.authorities.push(url.into());
        }
        Ok(())
    }
}

/// Writes the authorities of a store's own file, replacing those that it named.
///
/// # Errors
/// If a URL is none, or the file cannot be written.
pub fn write_authorities(store_dir: &Path, urls: &[String]) -> Result<(), ConfigError> {
    let path = store_dir.join(STORE_FILE);
    let mut text = String::from("# Written by `proofline init --tsa`.\n");
    for url in urls {
        check_url(url)?;
        // The check leaves no quote, backslash or control character in it.
        text.push_str(&format!("\n[[tsa]]\nurl = \"{url}\"\n"));
    }
    replace_file(&path, text.as_bytes(), Durability::Durable)
        .map_err(|source| ConfigError::Io { path, source })
}

fn check_url(url: &str) -> Result<(), ConfigError> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '<' | '>');
    match rest {
        Some(rest) if !rest.is_empty() && rest.chars().all(is_plain) => Ok(()),
        _ => Err(ConfigError::Url { url: url.into() }),
    }
}

fn read(path: &Path) -> Result<File, ConfigError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(File::default()),
        Err(source) => {
            let path = path.into();
            return Err(ConfigError::Io { path, source });
        }
    };
    toml::from_str(&text).map_err(|error| ConfigError::Form {
        path: path.into(),
        message: error.message().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_files_are_read_and_a_slip_is_not_ignored() {
        let dir = tempfile::tempdir().unwrap();
        let store_dir = dir.path().join("s");
        fs::create_dir(&store_dir).unwrap();
        let project = dir.path().join(PROJECT_FILE);
        assert_eq!(
            Config::load(dir.path(), &store_dir).unwrap(),
            Config::default()
        );
        fs::write(
            &project,
            "[[tsa]]\nurl = \"http://a/\"\n[checkpoint]\ninterval_minutes = 1\nentries = 0\n",
        )
        .unwrap();
        let urls = ["http://b/".into(), "http://a/".into()];
        write_authorities(&store_dir, &urls).unwrap();
        let config = Config::load(dir.path(), &store_dir).unwrap();
        assert_eq!(config.authorities, ["http://a/", "http://b/"]);
        assert_eq!(config.checkpoint.interval, Duration::from_secs(60));
        assert_eq!(config.checkpoint.entries, 1);
        for slip in [
            "[[tsa]]\nurl = \"ftp://a\"",
            "[chekpoint]\nentries = 1",
            "x",
        ] {
            fs::write(&project, slip).unwrap();
            assert!(Config::load(dir.path(), &store_dir).is_err(), "{slip}");
        }
    }
}
