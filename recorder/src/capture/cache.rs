//! What was last seen of each file: the private cache that makes the next difference possible.
//!
//! ```text
//! <store>/cache/paths/<key>       work tree, path, last state, hashes of recorded states
//! <store>/cache/contents/<hash>   bytes, named by their SHA-256
//! <store>/cache/key               32 random bytes for files under the secret policy
//! ```
//!
//! Never exported, never evidence: without it a change is recorded with hashes but no hunks.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use proofline_format::digest::{Hash, sha256, sha256_parts};
use proofline_format::encoding::hex;
use serde_json::json;

use super::private_file;
use super::state::{Seen, Stat, State};
use crate::slots;

/// Contents kept at most; the oldest go first.
const MAX_CONTENT_BYTES: u64 = 256 << 20;
/// Files remembered at most.
const MAX_PATHS: usize = 20_000;
/// Recorded states remembered for one file.
const MAX_STATES: usize = 64;
/// A file written this shortly before it was looked at may have changed within the same tick of
/// the file system's clock.
const RACY_NS: i128 = 50_000_000;

/// A file by its name: the work tree it is in, and its path there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FileKey {
    pub(crate) work_tree: PathBuf,
    /// Relative to the work tree; absolute if it is outside.
    pub(crate) path: Vec<u8>,
}

impl FileKey {
    pub(crate) fn on_disk(&self) -> PathBuf {
        self.work_tree.join(OsStr::from_bytes(&self.path))
    }

    fn file_name(&self) -> String {
        let tree = self.work_tree.as_os_str().as_bytes();
        let hash = sha256_parts(&[tree, b"\0", &self.path]);
        hex(hash.0.get(..16).unwrap_or_default())
    }
}

/// What is remembered of a file.
#[derive(Debug, Clone)]
pub(crate) struct Memory {
    /// Its last state; `None` if it was not there.
    pub(crate) last: Option<State>,
    /// States that entries have recorded, newest last.
    pub(crate) recorded: Vec<Hash>,
    /// The state in which it was first seen, while no entry and no commit accounts for it.
    pub(crate) base: Option<Hash>,
    looked_at_ns: i128,
}

impl Memory {
    /// Whether a file with this stat certainly is as it was last seen.
    pub(crate) fn is_unchanged(&self, now: Option<Stat>) -> bool {
        match (self.last.as_ref().map(|state| state.stat), now) {
            (None, None) => true,
            (Some(Some(then)), Some(now)) => {
                let newest = now.modified_ns.max(now.changed_ns);
                then == now && newest.saturating_add(RACY_NS) < self.looked_at_ns
            }
            _ => false,
        }
    }
}

/// Whether entries account for the state in which a file was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// An entry records it.
    Recorded,
    /// It was only looked at.
    Looked,
}

/// The cache of one store.
#[derive(Debug)]
pub(crate) struct Cache {
    dir: PathBuf,
}

impl Cache {
    pub(crate) fn of_store(store_dir: &Path) -> Self {
        Self {
            dir: store_dir.join("cache"),
        }
    }

    fn path_file(&self, key: &FileKey) -> PathBuf {
        self.dir.join("paths").join(key.file_name())
    }

    pub(crate) fn content_file(&self, hash: &Hash) -> PathBuf {
        self.dir.join("contents").join(hash.to_string())
    }

    /// What is remembered of a file, if anything.
    pub(crate) fn memory(&self, key: &FileKey) -> Option<Memory> {
        parse(&slots::read(&self.path_file(key))?).map(|(_, memory)| memory)
    }

    /// Every file remembered in a work tree.
    pub(crate) fn known(&self, work_tree: &Path) -> Vec<(FileKey, Memory)> {
        let Ok(folder) = fs::read_dir(self.dir.join("paths")) else {
            return Vec::new();
        };
        let mut known: Vec<_> = folder
            .filter_map(|item| parse(&slots::read(&item.ok()?.path())?))
            .filter(|(key, _)| key.work_tree == work_tree)
            .collect();
        known.sort_by(|(a, _), (b, _)| a.cmp(b));
        known
    }

    /// The bytes of a state, if they are still here and still whole.
    pub(crate) fn content(&self, hash: &Hash) -> Option<Vec<u8>> {
        let content = fs::read(self.content_file(hash)).ok()?;
        (sha256(&content) == *hash).then_some(content)
    }

    /// Remembers what a file is now.
    pub(crate) fn remember(
        &self,
        key: &FileKey,
        seen: Option<&Seen>,
        standing: Standing,
    ) -> io::Result<()> {
        if let Some(Seen {
            state,
            content: Some(content),
        }) = seen
        {
            private_file::write_named_by_hash(&self.content_file(&state.hash), content)?;
        }
        let before = self.memory(key);
        let hash = seen.map(|seen| seen.state.hash);
        let base = match (&before, standing) {
            (Some(memory), _) => memory.base,
            (None, Standing::Looked) => hash,
            (None, Standing::Recorded) => None,
        };
        let mut recorded = before.map_or_else(Vec::new, |memory| memory.recorded);
        if let (Some(hash), Standing::Recorded) = (hash, standing) {
            recorded.retain(|other| *other != hash);
            recorded.push(hash);
            let extra = recorded.len().saturating_sub(MAX_STATES);
            recorded.drain(..extra);
        }
        self.write_memory(key, seen.map(|seen| &seen.state), &recorded, base)
    }

    /// Remembers that a commit accounts for these states of a file.
    pub(crate) fn account(&self, key: &FileKey, states: &[Hash]) -> io::Result<()> {
        let Some(memory) = self.memory(key) else {
            return Ok(());
        };
        let mut recorded = memory.recorded;
        recorded.retain(|hash| !states.contains(hash));
        recorded.extend(states);
        self.write_memory(key, memory.last.as_ref(), &recorded, None)
    }

    fn write_memory(
        &self,
        key: &FileKey,
        last: Option<&State>,
        recorded: &[Hash],
        base: Option<Hash>,
    ) -> io::Result<()> {
        let path = key.path.as_slice();
        let memory = json!({
            "work_tree": hex(key.work_tree.as_os_str().as_bytes()),
            "path": hex(path),
            "last": last.map(State::to_json),
            "base": base.map(|hash| hash.to_string()),
            "recorded": recorded.iter().map(Hash::to_string).collect::<Vec<_>>(),
            "looked_at_ns": now_ns().to_string(),
        });
        let (file, memory) = (self.path_file(key), memory.to_string());
        match slots::write(&file, memory.as_bytes()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                private_file::make_dir(file.parent().unwrap_or(&file))?;
                slots::write(&file, memory.as_bytes())
            }
            other => other,
        }
    }

    /// The key for files under the secret policy; made when first needed.
    pub(crate) fn secret_key(&self) -> io::Result<[u8; 32]> {
        let path = self.dir.join("key");
        let read = || fs::read(&path).ok()?.try_into().ok();
        if let Some(key) = read() {
            return Ok(key);
        }
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(io::Error::other)?;
        private_file::write(&path, &key)?;
        // Another hook may have made one at the same time; whichever stands is the key.
        Ok(read().unwrap_or(key))
    }

    /// Lets go of the oldest contents and files beyond the limits.
    pub(crate) fn evict(&self) {
        let mut kept: u64 = 0;
        for (file, bytes) in newest_first(&self.dir.join("contents")) {
            kept = kept.saturating_add(bytes);
            if kept > MAX_CONTENT_BYTES {
                // Gone already, or not ours to remove: either way the next hook tries again.
                fs::remove_file(file).ok();
            }
        }
        for (file, _) in newest_first(&self.dir.join("paths"))
            .into_iter()
            .skip(MAX_PATHS)
        {
            fs::remove_file(file).ok();
        }
    }
}

fn newest_first(folder: &Path) -> Vec<(PathBuf, u64)> {
    let Ok(items) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<(SystemTime, PathBuf, u64)> = items
        .filter_map(|item| {
            let item = item.ok()?;
            let metadata = item.metadata().ok()?;
            Some((metadata.modified().ok()?, item.path(), metadata.len()))
        })
        .collect();
    files.sort();
    files
        .into_iter()
        .rev()
        .map(|(_, path, bytes)| (path, bytes))
        .collect()
}

fn parse(bytes: &[u8]) -> Option<(FileKey, Memory)> {
    let value: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    let path = |key: &str| unhex(value.get(key)?.as_str()?);
    let key = FileKey {
        work_tree: PathBuf::from(OsStr::from_bytes(&path("work_tree")?)),
        path: path("path")?,
    };
    let last = match value.get("last")? {
        serde_json::Value::Null => None,
        state => Some(State::from_json(state)?),
    };
    let recorded = value
        .get("recorded")?
        .as_array()?
        .iter()
        .filter_map(|hash| Hash::from_hex(hash.as_str()?.as_bytes()))
        .collect();
    let looked_at_ns = value.get("looked_at_ns")?.as_str()?.parse().ok()?;
    let base = value.get("base").and_then(|base| base.as_str());
    let memory = Memory {
        last,
        recorded,
        base: base.and_then(|base| Hash::from_hex(base.as_bytes())),
        looked_at_ns,
    };
    Some((key, memory))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    text.as_bytes().chunks(2).map(byte).collect()
}

fn now_ns() -> i128 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| i128::try_from(since.as_nanos()).unwrap_or(0))
}
