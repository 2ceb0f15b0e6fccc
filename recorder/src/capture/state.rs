//! The state of a file at one moment: its hash, its shape, and its content where that is kept.
//!
//! A file under the secret policy has no hash of its content in any entry. Its columns hold the
//! address of an object `{type: "secret_file", salt, tag}` instead: `tag` is keyed by a secret of
//! this store, so not even the disclosed object allows a guess to be tested, and both are the same
//! for the same content, so states still link. Its witness is marked `secret`, it has no hunks, and
//! its content is never cached.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use proofline_format::digest::{Hash, Hasher, sha256, sha256_parts};
use proofline_format::encoding::hex;
use proofline_format::json::{Value, canonical};
use proofline_format::object::FileState;
use serde_json::{Map, json};

use crate::diff::{MAX_DIFF_BYTES, Profile};

/// Files larger than this are not hashed: the agent would wait for it.
const MAX_HASHED_BYTES: u64 = 1 << 30;

/// Size and times by which a change is noticed without reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stat {
    pub(crate) bytes: u64,
    pub(crate) inode: u64,
    pub(crate) modified_ns: i128,
    pub(crate) changed_ns: i128,
}

/// What an entry and a witness say about a file's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    /// SHA-256 of the bytes, or the address of the object that stands in for it.
    pub(crate) hash: Hash,
    pub(crate) binary: bool,
    pub(crate) final_newline: bool,
    pub(crate) lines: u64,
    pub(crate) diffable: bool,
    /// The object of a secret file.
    pub(crate) secret_object: Option<String>,
    pub(crate) stat: Option<Stat>,
}

/// A file's state with the bytes, where they are at hand.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) state: State,
    pub(crate) content: Option<Vec<u8>>,
}

/// How the content of a file may be treated.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Policy<'a> {
    Plain,
    /// With the key of this store.
    Secret(&'a [u8; 32]),
}

impl Stat {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        let nanoseconds = |seconds: i64, rest: i64| {
            i128::from(seconds)
                .saturating_mul(1_000_000_000)
                .saturating_add(i128::from(rest))
        };
        Self {
            bytes: metadata.size(),
            inode: metadata.ino(),
            modified_ns: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            changed_ns: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// The stat of a path; `None` if there is no regular file.
    pub(crate) fn at(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        metadata.is_file().then(|| Self::of(&metadata))
    }
}

/// Reads what is on disk; `None` if there is no regular file of that name.
pub(crate) fn read(path: &Path, policy: Policy<'_>) -> io::Result<Option<Seen>> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => metadata,
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Ok(None),
        Err(error) => return Err(error),
    };
    let stat = Stat::of(&metadata);
    if stat.bytes > MAX_HASHED_BYTES {
        return Err(io::Error::other(format!(
            "{} bytes are too many",
            stat.bytes
        )));
    }
    let mut file = File::open(path)?;
    let mut seen = if stat.bytes > to_u64(MAX_DIFF_BYTES) {
        large(&mut file, policy)?
    } else {
        let mut content = Vec::with_capacity(usize::try_from(stat.bytes).unwrap_or(0));
        file.read_to_end(&mut content)?;
        of_content(content, policy)
    };
    seen.state.stat = Some(stat);
    Ok(Some(seen))
}

/// The state that bytes are.
pub(crate) fn of_content(content: Vec<u8>, policy: Policy<'_>) -> Seen {
    if let Policy::Secret(key) = policy {
        return secret(&[&content], key);
    }
    let profile = Profile::of(&content);
    Seen {
        state: State {
            hash: sha256(&content),
            binary: profile.binary,
            final_newline: profile.final_newline,
            lines: profile.lines,
            diffable: profile.is_diffable(),
            secret_object: None,
            stat: None,
        },
        content: Some(content),
    }
}

/// Too large to keep: hashed and counted as it is read.
fn large(file: &mut File, policy: Policy<'_>) -> io::Result<Seen> {
    let mut hasher = Hasher::default();
    let mut head: Option<Profile> = None;
    let (mut newlines, mut last) = (0_u64, b'\n');
    let mut buffer = vec![0; 1 << 18];
    loop {
        let count = file.read(&mut buffer)?;
        let part = buffer.get(..count).unwrap_or_default();
        let Some(&end) = part.last() else { break };
        head.get_or_insert_with(|| Profile::of(part));
        hasher.update(part);
        newlines = newlines.saturating_add(to_u64(part.iter().filter(|&&b| b == b'\n').count()));
        last = end;
    }
    let hash = hasher.finish();
    if let Policy::Secret(key) = policy {
        return Ok(secret(&[&hash.0], key));
    }
    let state = State {
        hash,
        binary: head.is_some_and(|profile| profile.binary),
        final_newline: last == b'\n',
        lines: newlines.saturating_add(u64::from(last != b'\n')),
        diffable: false,
        secret_object: None,
        stat: None,
    };
    Ok(Seen {
        state,
        content: None,
    })
}

fn secret(content: &[&[u8]], key: &[u8; 32]) -> Seen {
    // Nested, so that the tag of a longer content does not follow from that of a shorter one.
    let inner = sha256_parts(&[&[key.as_slice()], content].concat());
    let tag = sha256_parts(&[key, b"tag", &inner.0]);
    let salt = sha256_parts(&[key, b"salt", &inner.0]);
    let object = canonical(&Value::object([
        ("salt", hex(salt.0.get(..16).unwrap_or_default()).into()),
        ("tag", tag.into()),
        ("type", "secret_file".into()),
    ]));
    let state = State {
        hash: sha256(&object),
        binary: true,
        final_newline: true,
        lines: 0,
        diffable: false,
        secret_object: String::from_utf8(object).ok(),
        stat: None,
    };
    Seen {
        state,
        content: None,
    }
}

impl State {
    /// What a witness says of it. Git's id of the cleaned content is known at a commit only.
    pub(crate) fn witness(&self, git_oid: Option<String>) -> FileState {
        FileState {
            binary: self.binary,
            final_newline: self.final_newline,
            git_oid,
            lines: self.lines,
            sha256: self.hash,
        }
    }

    pub(crate) fn to_json(&self) -> serde_json::Value {
        json!({
            "hash": self.hash.to_string(),
            "binary": self.binary,
            "final_newline": self.final_newline,
            "lines": self.lines,
            "diffable": self.diffable,
            "secret_object": self.secret_object,
            "stat": self.stat.map(|stat| json!([
                stat.bytes,
                stat.inode,
                stat.modified_ns.to_string(),
                stat.changed_ns.to_string(),
            ])),
        })
    }

    pub(crate) fn from_json(value: &serde_json::Value) -> Option<Self> {
        let object: &Map<String, serde_json::Value> = value.as_object()?;
        let flag = |key: &str| object.get(key)?.as_bool();
        Some(Self {
            hash: Hash::from_hex(object.get("hash")?.as_str()?.as_bytes())?,
            binary: flag("binary")?,
            final_newline: flag("final_newline")?,
            lines: object.get("lines")?.as_u64()?,
            diffable: flag("diffable")?,
            secret_object: object
                .get("secret_object")
                .and_then(|text| text.as_str())
                .map(String::from),
            stat: object.get("stat").and_then(stat_of),
        })
    }
}

fn stat_of(value: &serde_json::Value) -> Option<Stat> {
    let [bytes, inode, modified, changed] = value.as_array()?.as_slice() else {
        return None;
    };
    let nanoseconds = |value: &serde_json::Value| value.as_str()?.parse().ok();
    Some(Stat {
        bytes: bytes.as_u64()?,
        inode: inode.as_u64()?,
        modified_ns: nanoseconds(modified)?,
        changed_ns: nanoseconds(changed)?,
    })
}

fn to_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
