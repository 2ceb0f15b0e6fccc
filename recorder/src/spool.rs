//! Batches that the store could not take in time: one file each, taken in later, in order.
//!
//! A file is written under another name, synced, renamed, and its folder synced, before its batch
//! counts as recorded. It is removed only after the append that took it in was committed; a crash
//! between the two is noticed by the ids of its entries.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use proofline_format::digest::sha256;
use proofline_format::encoding::{base64, base64_decode};
use proofline_format::entry::{EventId, Fidelity, Hunk};
use proofline_format::error::{ErrorKind, ParseError};
use proofline_format::json::{Value, canonical, parse_canonical};

use crate::event::{Batch, Event};
use crate::guard::{Guarded, GuardedBatch};
use crate::home::{Durability, Home, create_private_dir, sync_dir, write_private};
use crate::random;

/// Where batches wait: the store's own folder, then the user's data folder.
#[derive(Debug, Clone)]
pub struct Spool {
    dirs: [PathBuf; 2],
}

/// Whether a batch went where it belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The store's own folder.
    Store,
    /// The user's data folder, because the store's does not take bytes.
    Home,
}

impl Spool {
    /// The spool of the store in a folder.
    #[must_use]
    pub fn new(home: &Home, store_dir: &Path) -> Self {
        Self {
            dirs: [store_dir.join("spool"), home.spool(store_dir)],
        }
    }

    /// Makes a batch durable as a file.
    ///
    /// # Errors
    /// If neither folder takes it; the first folder's reason.
    pub fn put(&self, batch: &GuardedBatch) -> io::Result<Place> {
        let nanos = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_nanos());
        let random: [u8; 4] = random::bytes().map_err(|_| io::Error::other("no randomness"))?;
        let name = format!("{nanos:020}-{:08x}.json", u32::from_be_bytes(random));
        let bytes = to_bytes(batch);
        let [own, home] = &self.dirs;
        match put_in(own, &name, &bytes) {
            Ok(()) => Ok(Place::Store),
            Err(first) => match put_in(home, &name, &bytes) {
                Ok(()) => Ok(Place::Home),
                Err(_) => Err(first),
            },
        }
    }

    /// The files that wait, in the order in which they were written.
    #[must_use]
    pub fn waiting(&self) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = self
            .dirs
            .iter()
            .filter_map(|dir| fs::read_dir(dir).ok())
            .flatten()
            .filter_map(|file| Some(file.ok()?.path()))
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "json")
            })
            .collect();
        files.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
        files
    }

    /// Puts a file aside that cannot be taken in, for a person to look at.
    pub fn put_aside(file: &Path) {
        fs::rename(file, file.with_extension("refused")).ok();
    }
}

fn put_in(dir: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    create_private_dir(dir)?;
    let (temporary, path) = (dir.join(format!("{name}.new")), dir.join(name));
    let written = write_private(&temporary, bytes, Durability::Durable)
        .and_then(|()| fs::rename(&temporary, &path))
        .and_then(|()| sync_dir(dir));
    if written.is_err() {
        // Half a file on a full disk would only take up room.
        fs::remove_file(&temporary).ok();
        fs::remove_file(&path).ok();
    }
    written
}

fn to_bytes(batch: &GuardedBatch) -> Vec<u8> {
    let objects = batch.objects.iter().map(|(_, bytes)| base64(bytes));
    canonical(&Value::object([
        ("events", batch.events.iter().map(event_value).collect()),
        ("objects", objects.collect()),
        ("version", 1_u64.into()),
    ]))
}

fn event_value(event: &Guarded) -> Value {
    let event = event.event();
    let text = |text: &Option<String>| Value::text_or_null(text.as_deref());
    let parent = event.parent_event_id.map(|id| id.to_string());
    let hunk = event.hunk.map(|hunk| hunk.header());
    Value::object([
        ("agent_id", event.agent_id.as_str().into()),
        ("capture_fidelity", event.capture_fidelity.as_str().into()),
        ("content_hash_after", event.content_hash_after.into()),
        ("content_hash_before", event.content_hash_before.into()),
        ("diff_hash", event.diff_hash.into()),
        ("event_type", event.event_type.as_str().into()),
        ("file_path", text(&event.file_path)),
        ("git_head", text(&event.git_head)),
        ("hunk_header", text(&hunk)),
        ("id", event.id.to_string().into()),
        ("model_id", text(&event.model_id)),
        ("parent_event_id", text(&parent)),
        ("session_id", text(&event.session_id)),
        ("source", event.source.as_str().into()),
        ("tool_name", text(&event.tool_name)),
    ])
}

/// Reads a spool file back.
///
/// # Errors
/// What is wrong with it.
pub fn read(bytes: &[u8]) -> Result<Batch, ParseError> {
    let value = parse_canonical(bytes)?;
    value.require_exactly(&["events", "objects", "version"])?;
    if value.require_count("version")? != 1 {
        return Err(ParseError::of(ErrorKind::Value, "version"));
    }
    let object = |value: &Value| {
        let bytes = value
            .as_text()
            .and_then(|text| base64_decode(text.as_bytes()));
        let bytes = bytes.ok_or(ParseError::of(ErrorKind::Base64, "objects"))?;
        Ok((sha256(&bytes), bytes))
    };
    let events = value.require_array("events")?.iter().map(event_of);
    let objects = value.require_array("objects")?.iter().map(object);
    Ok(Batch {
        events: events.collect::<Result<_, _>>()?,
        objects: objects.collect::<Result<_, _>>()?,
    })
}

fn event_of(value: &Value) -> Result<Event, ParseError> {
    let text = |key| value.require_text(key).map(String::from);
    let optional = |key| Ok(value.require_text_or_null(key)?.map(String::from));
    let id = |key, text: &str| {
        EventId::parse(text.as_bytes()).ok_or(ParseError::of(ErrorKind::Uuid, key))
    };
    let parent = value.require_text_or_null("parent_event_id")?;
    let fidelity = Fidelity::parse(value.require_text("capture_fidelity")?);
    let hunk = match value.require_text_or_null("hunk_header")? {
        None => None,
        Some(header) => {
            Some(Hunk::parse(header).ok_or(ParseError::of(ErrorKind::Hunk, "hunk_header"))?)
        }
    };
    Ok(Event {
        id: id("id", value.require_text("id")?)?,
        parent_event_id: parent.map(|text| id("parent_event_id", text)).transpose()?,
        session_id: optional("session_id")?,
        agent_id: text("agent_id")?,
        model_id: optional("model_id")?,
        event_type: text("event_type")?,
        tool_name: optional("tool_name")?,
        file_path: optional("file_path")?,
        content_hash_before: value.require_hash_or_null("content_hash_before")?,
        content_hash_after: value.require_hash_or_null("content_hash_after")?,
        diff_hash: value.require_hash_or_null("diff_hash")?,
        hunk,
        git_head: optional("git_head")?,
        source: text("source")?,
        capture_fidelity: fidelity.ok_or(ParseError::of(ErrorKind::Value, "capture_fidelity"))?,
    })
}
