//! What the user's data folder remembers of every log: how long it was, and how it ended.
//!
//! A store that was rolled back, cut or exchanged does not know it. This memory, kept elsewhere,
//! does. It is written after every append and need not survive a loss of power: it may lag behind
//! the store, never run ahead of it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use proofline_format::digest::{Hash, sha256};
use proofline_format::json::{Value, canonical, parse};

use crate::home::{Durability, Home, create_private_dir, place_name, replace_file};
use crate::slots;
use crate::store::{StoreError, Writer};

/// The memory in one data folder of the store at one place.
#[derive(Debug, Clone)]
pub struct Memory {
    logs: PathBuf,
    place: PathBuf,
}

/// How long a log was, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// The log.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Chain hash of the last.
    pub tip: Hash,
}

/// What is not as it was remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Discrepancy {
    /// Another log stood at this place.
    Replaced(Remembered),
    /// The log was longer.
    Shorter(Remembered),
    /// The log had another entry at its end.
    Different(Remembered),
}

impl Discrepancy {
    /// The word for it in a gap object.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Replaced(_) => "store_replaced",
            Self::Shorter(_) => "store_shorter",
            Self::Different(_) => "store_different",
        }
    }

    /// What was remembered.
    #[must_use]
    pub const fn remembered(&self) -> &Remembered {
        match self {
            Self::Replaced(was) | Self::Shorter(was) | Self::Different(was) => was,
        }
    }
}

impl Memory {
    /// The memory of the store in a folder.
    #[must_use]
    pub fn new(home: &Home, store_dir: &Path) -> Self {
        Self {
            logs: home.logs(),
            place: home.stores().join(place_name(store_dir)),
        }
    }

    fn log_file(&self, origin: &str) -> PathBuf {
        let mut name = sha256(origin.as_bytes()).to_string();
        name.truncate(32);
        self.logs.join(name)
    }

    /// What is remembered of a log.
    #[must_use]
    pub fn of_log(&self, origin: &str) -> Option<Remembered> {
        let value = parse(&slots::read(&self.log_file(origin))?).ok()?;
        let remembered = Remembered {
            origin: value.require_text("origin").ok()?.into(),
            size: value.require_count("size").ok()?,
            tip: value.require_hash("tip").ok()?,
        };
        (remembered.origin == origin).then_some(remembered)
    }

    /// What is remembered of the log that last stood at this place, if it was another one.
    #[must_use]
    pub fn of_another_log(&self, origin: &str) -> Option<Remembered> {
        let other = fs::read_to_string(&self.place).ok()?;
        (other != origin).then(|| self.of_log(&other)).flatten()
    }

    /// Compares what is remembered with the store under its write lock.
    ///
    /// # Errors
    /// What the store says.
    pub fn compare(&self, writer: &Writer<'_>) -> Result<Option<Discrepancy>, StoreError> {
        if let Some(was) = self.of_another_log(writer.origin()) {
            return Ok(Some(Discrepancy::Replaced(was)));
        }
        let Some(was) = self.of_log(writer.origin()) else {
            return Ok(None);
        };
        let Some(last) = was.size.checked_sub(1) else {
            return Ok(None);
        };
        Ok(match writer.chain_hash_at(last)? {
            None => Some(Discrepancy::Shorter(was)),
            Some(found) if found != was.tip => Some(Discrepancy::Different(was)),
            Some(_) => None,
        })
    }

    /// Remembers how a log ends now.
    ///
    /// # Errors
    /// If the data folder cannot be written; then the older memory stays.
    pub fn remember(&self, now: &Remembered) -> io::Result<()> {
        let bytes = canonical(&Value::object([
            ("origin", now.origin.as_str().into()),
            ("size", now.size.into()),
            ("tip", now.tip.into()),
        ]));
        let file = self.log_file(&now.origin);
        if slots::write(&file, &bytes).is_err() {
            create_private_dir(&self.logs)?;
            slots::write(&file, &bytes)?;
        }
        let place_is_known = fs::read_to_string(&self.place).is_ok_and(|known| known == now.origin);
        if place_is_known {
            return Ok(());
        }
        create_private_dir(self.place.parent().unwrap_or_else(|| Path::new(".")))?;
        replace_file(&self.place, now.origin.as_bytes(), Durability::Lazy)
    }
}
