//! Open tool calls: what was seen before a tool ran, kept until the agent reports its outcome.
//!
//! ```text
//! <store>/pending/<call>.<kind>   an open call
//! <store>/pending/<call>.open     a hook is announcing it at this moment
//! <store>/done/<call>             a closed one, so that a second report of it is known as such
//! ```
//!
//! Closed calls have a folder of their own: a look for commands that overlap costs as much as
//! there are open ones, however long the session is.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use proofline_format::digest::sha256_parts;
use proofline_format::encoding::hex;
use proofline_format::entry::EventId;
use serde_json::{Value as Json, json};

use super::private_file;
use super::state::State;

/// A call that was never closed is let go of after this long.
const MAX_AGE: Duration = Duration::from_secs(7 * 24 * 3_600);
/// A command opened longer ago than this is not taken for one that still runs.
const MAX_RUN: Duration = Duration::from_secs(3_600);

/// What kind of call is open; part of its file's name, so that a look at the folder tells whether
/// commands overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One that changes at most the file it names.
    File,
    /// One that may change anything.
    Command,
    /// A subagent, whose own calls are reported one by one.
    Agent,
}

/// An open call.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    /// The `tool_request` entry.
    pub(crate) request: EventId,
    pub(crate) git_head: Option<String>,
    /// The file's state before, for a call that names one; the inner `None` if it was not there.
    pub(crate) file: Option<Option<State>>,
    /// Whether git could be asked what was changed before a command.
    pub(crate) surveyed: bool,
}

/// The place of a call among the notes.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    folder: PathBuf,
    done: PathBuf,
    name: String,
}

/// The empty file of a hook that announces a call.
#[derive(Debug)]
pub(crate) struct Mark(PathBuf);

/// What a mark is to become.
#[derive(Debug)]
pub(crate) struct Note {
    mark: Mark,
    path: PathBuf,
    text: String,
}

impl Note {
    /// Writes the note into its mark, and then gives it its name.
    pub(crate) fn write(&self) -> io::Result<()> {
        let Self { mark, path, text } = self;
        fs::write(&mark.0, text)?;
        fs::rename(&mark.0, path)
    }
}

/// What is known of a call when its outcome is reported.
#[derive(Debug)]
pub(crate) enum Claim {
    /// It was open, and is now this hook's to close.
    Open(Box<Pending>),
    /// Its outcome has been reported before.
    Duplicate,
    /// Nothing is known of it.
    Unknown,
}

impl Call {
    pub(crate) fn of(store_dir: &Path, session: &str, call_id: &str) -> Self {
        let hash = sha256_parts(&[session.as_bytes(), b"\0", call_id.as_bytes()]);
        let name = hex(hash.0.get(..16).unwrap_or_default());
        Self {
            folder: store_dir.join("pending"),
            done: store_dir.join("done").join(&name),
            name,
        }
    }

    fn file(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("{}.{ending}", self.name))
    }

    fn note_of(&self, kind: Kind) -> PathBuf {
        self.file(kind.ending())
    }

    /// Takes the announcement over. Of several hooks that run for it at the same time one can: the
    /// others find the mark, or the note that it became. `None` for a call that was announced
    /// before.
    pub(crate) fn announce(&self) -> io::Result<Option<Mark>> {
        let mark = self.file("open");
        match private_file::create_new(&mark) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
            other => drop(other?),
        }
        let is_open = Kind::ALL.iter().any(|kind| self.note_of(*kind).exists());
        if is_open || self.done.exists() {
            fs::remove_file(&mark)?;
            return Ok(None);
        }
        Ok(Some(Mark(mark)))
    }

    /// The note to write once the request is durable.
    pub(crate) fn note(&self, mark: Mark, kind: Kind, pending: &Pending) -> Note {
        let file = pending.file.as_ref().map(|state| {
            let state = state.as_ref().map_or(Json::Null, State::to_json);
            json!({ "state": state })
        });
        let text = json!({
            "request": pending.request.to_string(),
            "git_head": pending.git_head,
            "file": file,
            "surveyed": pending.surveyed,
        });
        Note {
            mark,
            path: self.note_of(kind),
            text: text.to_string(),
        }
    }

    /// Takes the call over. Only one hook can: the note is renamed.
    pub(crate) fn claim(&self) -> Claim {
        for kind in Kind::ALL {
            if self.close(&self.note_of(kind)).is_ok() {
                let pending = fs::read(&self.done).ok().and_then(|bytes| parse(&bytes));
                return pending.map_or(Claim::Unknown, |pending| Claim::Open(Box::new(pending)));
            }
        }
        if self.done.exists() {
            Claim::Duplicate
        } else {
            Claim::Unknown
        }
    }

    fn close(&self, note: &Path) -> io::Result<()> {
        match fs::rename(note, &self.done) {
            Err(error) if is_missing(&error) && note.exists() => {
                private_file::make_dir(self.done.parent().unwrap_or(&self.done))?;
                fs::rename(note, &self.done)
            }
            other => other,
        }
    }

    /// What was noted, without taking it over.
    pub(crate) fn peek(&self) -> Option<Pending> {
        Kind::ALL
            .iter()
            .find_map(|kind| parse(&fs::read(self.note_of(*kind)).ok()?))
    }

    /// Whether another command that may change anything is open as well.
    pub(crate) fn overlaps(&self) -> bool {
        let Ok(folder) = fs::read_dir(&self.folder) else {
            return false;
        };
        folder.flatten().any(|item| {
            let name = item.file_name();
            let name = name.to_string_lossy();
            name.ends_with(".command")
                && !name.starts_with(&self.name)
                && age(&item.path()).is_some_and(|age| age < MAX_RUN)
        })
    }
}

impl Kind {
    const ALL: [Self; 3] = [Self::File, Self::Command, Self::Agent];

    const fn ending(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Command => "command",
            Self::Agent => "agent",
        }
    }
}

fn parse(bytes: &[u8]) -> Option<Pending> {
    let note: Json = serde_json::from_slice(bytes).ok()?;
    let file = match note.get("file").and_then(|file| file.get("state")) {
        None => None,
        Some(Json::Null) => Some(None),
        Some(state) => Some(Some(State::from_json(state)?)),
    };
    Some(Pending {
        request: EventId::parse(note.get("request")?.as_str()?.as_bytes())?,
        git_head: note.get("git_head")?.as_str().map(String::from),
        file,
        surveyed: note.get("surveyed")?.as_bool()?,
    })
}

fn is_missing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

fn age(path: &Path) -> Option<Duration> {
    let modified = fs::metadata(path).ok()?.modified().ok()?;
    SystemTime::now().duration_since(modified).ok()
}

/// Lets go of calls that were closed or given up long ago.
pub(super) fn forget_old(store_dir: &Path) {
    for folder in ["done", "pending", "sessions"] {
        let Ok(items) = fs::read_dir(store_dir.join(folder)) else {
            continue;
        };
        for item in items.flatten() {
            if age(&item.path()).is_some_and(|age| age > MAX_AGE) {
                // Should it not go, the next session's start tries again.
                fs::remove_file(item.path()).ok();
            }
        }
    }
}
