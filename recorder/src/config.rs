//! What a project or its store says about authorities, checkpoints and waiting.
//!
//! `proofline.toml` at the project's root is for everybody who works on it; `config.toml` in the
//! store's folder is written by `init --tsa` and is this device's own. Authorities of both are
//! used, by weight, and of the same weight the project's first.
//!
//! ```toml
//! [[tsa]]
//! url = "https://tsa.example/"
//! root = "tsa-root.pem"
//!
//! [[tsa]]
//! preset = "sectigo"
//! weight = 50
//!
//! [checkpoint]
//! interval_minutes = 15
//! entries = 100
//! authorities = 2
//!
//! [revocation]
//! enabled = true
//! again_after_days = 3
//!
//! [hook]
//! store_wait_ms = 2000
//! ```

mod tables;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use self::tables::Tables;
use crate::authority::{Authority, AuthorityError};
use crate::home::{Durability, replace_file};
use crate::recorder::STORE_WAIT;
use crate::revocation::RevocationRule;

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
    /// Not the TOML that is expected, or a value that cannot be used.
    #[error("`{path}`: {message}")]
    Form {
        /// Which.
        path: PathBuf,
        /// What is wrong, in one line.
        message: String,
    },
    /// Something that names no authority.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
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
    /// The time-stamp authorities, in the order in which they are asked.
    pub authorities: Vec<Authority>,
    /// How many of them are to stamp each checkpoint.
    pub authorities_wanted: usize,
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
            authorities_wanted: 1,
            checkpoint: CheckpointRule::default(),
            revocation: RevocationRule::default(),
            store_wait: STORE_WAIT,
        }
    }
}

impl Config {
    /// Reads both files; what neither says keeps its default.
    ///
    /// # Errors
    /// If a file that is there cannot be read or says something unknown.
    pub fn load(project_root: &Path, store_dir: &Path) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        for folder_and_name in [(project_root, PROJECT_FILE), (store_dir, STORE_FILE)] {
            let (folder, name) = folder_and_name;
            let path = folder.join(name);
            let taken = config.take(parse(&path, &read(&path)?)?, folder);
            taken.map_err(|message| ConfigError::Form { path, message })?;
        }
        Ok(config)
    }

    fn take(&mut self, tables: Tables, folder: &Path) -> Result<(), String> {
        let mut own: Vec<String> = Vec::new();
        for (number, table) in (1_usize..).zip(tables.tsa) {
            let here = |message| format!("[[tsa]] number {number}: {message}");
            let authority = table.into_authority(folder).map_err(here)?;
            if own.contains(&authority.url) {
                return Err(here(format!("`{}` is named twice", authority.url)));
            }
            own.push(authority.url.clone());
            self.add(authority);
        }
        let wanted = tables.checkpoint.authorities();
        let wanted = wanted.map_err(|message| format!("[checkpoint]: {message}"))?;
        self.authorities_wanted = wanted.unwrap_or(self.authorities_wanted);
        let minutes = tables.checkpoint.interval_minutes;
        if let Some(seconds) = minutes.and_then(|minutes| minutes.checked_mul(60)) {
            self.checkpoint.interval = Duration::from_secs(seconds);
        }
        // Zero would make every checkpoint entry call for the next.
        if let Some(entries) = tables.checkpoint.entries {
            self.checkpoint.entries = entries.max(1);
        }
        let rule = tables.revocation.into_rule(self.revocation);
        self.revocation = rule.map_err(|message| format!("[revocation]: {message}"))?;
        if let Some(millis) = tables.hook.store_wait_ms {
            self.store_wait = Duration::from_millis(millis);
        }
        Ok(())
    }

    /// Adds an authority after those of its weight; one whose URL is known already stays as it is.
    pub fn add(&mut self, authority: Authority) {
        if self.authorities.iter().any(|a| a.url == authority.url) {
            return;
        }
        let lighter = |other: &Authority| other.weight < authority.weight;
        let place = self.authorities.iter().position(lighter);
        let place = place.unwrap_or(self.authorities.len());
        self.authorities.insert(place, authority);
    }

    /// Adds the authority that a person names, by a URL or by a preset.
    ///
    /// # Errors
    /// If it is neither.
    pub fn add_authority(&mut self, named: &str) -> Result<(), ConfigError> {
        self.add(Authority::named(named)?);
        Ok(())
    }

    /// How many authorities can stamp a checkpoint, of those that are wanted.
    #[must_use]
    pub fn tokens_wanted(&self) -> usize {
        self.authorities_wanted.min(self.authorities.len())
    }
}

/// Adds authorities to a store's own file, after what it says already. One that it names stays as
/// it is.
///
/// # Errors
/// If one of them is neither URL nor preset, or the file cannot be used.
pub fn write_authorities(store_dir: &Path, named: &[String]) -> Result<(), ConfigError> {
    if named.is_empty() {
        return Ok(());
    }
    let path = store_dir.join(STORE_FILE);
    let before = read(&path)?;
    let mut text = before.clone();
    if text.is_empty() {
        text.push_str("# Written by `proofline init --tsa`.\n");
    } else if !text.ends_with('\n') {
        text.push('\n');
    }
    let form = |message| ConfigError::Form {
        path: path.clone(),
        message,
    };
    let mut known = Config::default();
    known
        .take(parse(&path, &before)?, store_dir)
        .map_err(form)?;
    for named in named {
        let authority = Authority::named(named)?;
        if known.authorities.iter().any(|a| a.url == authority.url) {
            continue;
        }
        // The checks leave no quote, backslash or control character in either.
        let key = match authority.preset {
            Some(preset) => format!("preset = \"{preset}\""),
            None => format!("url = \"{}\"", authority.url),
        };
        text.push_str(&format!("\n[[tsa]]\n{key}\n"));
        known.add(authority);
    }
    if text == before {
        return Ok(());
    }
    // A file that spells its authorities in another way cannot be added to like this.
    parse(&path, &text)?;
    replace_file(&path, text.as_bytes(), Durability::Durable)
        .map_err(|source| ConfigError::Io { path, source })
}

/// The text of a file; none, where there is no file.
fn read(path: &Path) -> Result<String, ConfigError> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(source) => {
            let path = path.into();
            Err(ConfigError::Io { path, source })
        }
        Ok(text) => Ok(text),
    }
}

fn parse(path: &Path, text: &str) -> Result<Tables, ConfigError> {
    toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map(|before| before.matches('\n').count().saturating_add(1));
        let line = line.map_or_else(String::new, |line| format!("line {line}: "));
        ConfigError::Form {
            path: path.into(),
            message: format!("{line}{}", error.message().replace('\n', " ")),
        }
    })
}

#[cfg(test)]
mod tests;
