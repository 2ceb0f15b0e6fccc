//! Notes between hooks, and the gaps that hooks could not record themselves.
//!
//! ```text
//! <store>/cache/…           what was last seen of files
//! <store>/pending/<call>    an open tool call
//! <store>/done/<call>       a closed one
//! <store>/sessions/<id>     the model that a session reported
//! <store>/gaps/<time>       an event that was lost; the next hook records it as `capture_gap`
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use proofline_format::digest::Hash;
use proofline_format::entry::Fidelity;
use serde_json::json;

use super::cache::{Cache, FileKey, Standing};
use super::payload::Payload;
use super::pending::Note;
use super::scene::{Actor, Scene};
use super::state::Seen;
use super::{CaptureError, private_file};
use crate::clock;
use crate::event::Batch;
use crate::random;
use crate::repository::Repository;

/// Gaps taken into one batch at most; the rest wait for the next.
const MAX_GAPS: usize = 64;

/// The cache is looked through once in so many bytes written to it, on average.
const EVICT_EVERY_BYTES: u32 = 16 << 20;

/// What is to be written once the batch is durable.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    pub(crate) store_dir: PathBuf,
    pub(crate) remember: Vec<(FileKey, Option<Seen>, Standing)>,
    /// The note of a call that was announced.
    pub(crate) open: Option<Note>,
    /// Files to write, by path.
    pub(crate) write: Vec<(PathBuf, String)>,
    /// States that a commit accounts for.
    pub(crate) account: Vec<(FileKey, Vec<Hash>)>,
    /// Files that have served.
    pub(crate) remove: Vec<PathBuf>,
    pub(crate) tidy: Tidy,
    /// Octets of contents that were taken out to be written ahead.
    pub(crate) taken: usize,
}

/// Contents of files as they were seen, named by their hash.
#[derive(Debug, Default)]
pub struct Contents(Vec<(PathBuf, Vec<u8>)>);

impl Contents {
    /// Writes them into the cache.
    ///
    /// # Errors
    /// If one could not be written; the next difference of that file is then coarser.
    pub fn write(&self) -> io::Result<()> {
        self.0
            .iter()
            .try_for_each(|(file, content)| private_file::write_named_by_hash(file, content))
    }
}

/// Whether old notes are let go of now. Not in every hook: it reads whole folders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Tidy {
    #[default]
    Later,
    Now,
}

impl Effects {
    pub(super) fn write(self) -> io::Result<()> {
        let cache = Cache::of_store(&self.store_dir);
        let mut outcome = keep_out_of_git(&self.store_dir);
        for (key, seen, standing) in &self.remember {
            outcome = outcome.and(cache.remember(key, seen.as_ref(), *standing));
        }
        for (key, states) in &self.account {
            outcome = outcome.and(cache.account(key, states));
        }
        if let Some(note) = &self.open {
            outcome = outcome.and(note.write());
        }
        for (path, text) in &self.write {
            outcome = outcome.and(private_file::write(path, text.as_bytes()));
        }
        for path in &self.remove {
            // Another hook may have taken it; gone is what it should be.
            fs::remove_file(path).ok();
        }
        if self.tidy == Tidy::Now {
            super::pending::forget_old(&self.store_dir);
        }
        if self.tidy == Tidy::Now || self.evicts() {
            cache.evict();
        }
        outcome
    }
}

impl Effects {
    /// Takes out what was seen of files: it says nothing of what happened, so it may be written at
    /// any time.
    pub(super) fn take_contents(&mut self) -> Contents {
        let cache = Cache::of_store(&self.store_dir);
        let seen = self
            .remember
            .iter_mut()
            .filter_map(|(_, seen, _)| seen.as_mut());
        let contents = seen.filter_map(|seen| {
            let content = seen.content.take()?;
            Some((cache.content_file(&seen.state.hash), content))
        });
        let contents = Contents(contents.collect());
        self.taken = contents.0.iter().map(|(_, content)| content.len()).sum();
        contents
    }

    /// Whether old contents are let go of now: by chance, once in so many bytes, so that a session
    /// of any length stays within the limit and hardly any hook pays for it.
    fn evicts(&self) -> bool {
        let contents = self
            .remember
            .iter()
            .filter_map(|(_, seen, _)| seen.as_ref());
        let bytes: usize = contents
            .filter_map(|seen| seen.content.as_ref())
            .fold(self.taken, |sum, content| sum.saturating_add(content.len()));
        let drawn = random::bytes().map_or(0, u32::from_be_bytes) % EVICT_EVERY_BYTES;
        usize::try_from(drawn).is_ok_and(|drawn| drawn < bytes)
    }
}

/// The store does the same when it is made; but what went into the spool has no store yet.
fn keep_out_of_git(store_dir: &Path) -> io::Result<()> {
    let path = store_dir.join(".gitignore");
    if path.exists() {
        Ok(())
    } else {
        private_file::write(&path, b"*\n")
    }
}

/// Notes that an event was lost, for the next hook to record.
///
/// # Errors
/// If the note cannot be written.
pub fn note_gap(store_dir: &Path, source: &str, reason: &str) -> io::Result<()> {
    keep_out_of_git(store_dir)?;
    let random = random::bytes::<8>().map_err(io::Error::other)?;
    let name = format!(
        "{:015}-{:016x}",
        clock::now().millis(),
        u64::from_be_bytes(random)
    );
    let note = json!({
        "event_time": clock::now().to_string(),
        "source": source,
        "reason": reason,
    });
    private_file::write(
        &store_dir.join("gaps").join(name),
        note.to_string().as_bytes(),
    )
}

/// Puts the gaps that earlier hooks left in front of a batch.
pub(crate) fn take_gaps(
    scene: &Scene,
    batch: &mut Batch,
    effects: &mut Effects,
) -> Result<(), CaptureError> {
    let Ok(folder) = fs::read_dir(scene.store_dir.join("gaps")) else {
        return Ok(());
    };
    let mut notes: Vec<PathBuf> = folder
        .filter_map(|item| Some(item.ok()?.path()))
        .filter(|path| path.extension().is_none())
        .collect();
    notes.sort();
    for path in notes.into_iter().take(MAX_GAPS) {
        let note: serde_json::Value = fs::read(&path)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        let text = |key| note.get(key).and_then(serde_json::Value::as_str);
        let source = text("source").unwrap_or("hook");
        let reason = text("reason").unwrap_or("an event was lost; its note is unreadable");
        add_gap(batch, scene, &system(source), reason, text("event_time"))?;
        effects.remove.push(path);
    }
    Ok(())
}

/// Adds a `capture_gap` entry.
pub(crate) fn add_gap(
    batch: &mut Batch,
    scene: &Scene,
    actor: &Actor,
    reason: &str,
    lost_at: Option<&str>,
) -> Result<(), CaptureError> {
    let salt = random::bytes()?;
    let mut payload = Payload::new("gap", &salt, scene.event_time);
    payload.set_text("reason", Some(reason));
    payload.set_text("lost_at", lost_at);
    let mut event = scene.event(actor, "capture_gap")?;
    event.content_hash_after = Some(batch.add_object(&payload.finish()));
    event.capture_fidelity = Fidelity::Observed;
    batch.events.push(event);
    Ok(())
}

/// A batch that says only that something was lost.
///
/// # Errors
/// If the system gives no randomness.
pub fn gap_batch(
    repository: Repository,
    source: &str,
    reason: &str,
) -> Result<Batch, CaptureError> {
    let scene = Scene::of(repository);
    let mut batch = Batch::default();
    add_gap(&mut batch, &scene, &system(source), reason, None)?;
    Ok(batch)
}

fn system(source: &str) -> Actor {
    Actor {
        agent_id: "system".into(),
        model_id: None,
        session_id: None,
        source: source.into(),
    }
}
