//! The model behind a call: what the agent reported, or nothing. Never a guess.
//!
//! 1. The line of the transcript that holds the call names its model.
//! 2. Else the model that the session's start reported, unless the transcript shows that another
//!    has answered since.
//! 3. In a subagent only its own transcript counts: it may run another model than its parent.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use proofline_format::digest::sha256;
use serde_json::{Value as Json, json};

use crate::store::is_locked_file;

/// How much of a transcript's end is read.
const MAX_TAIL_BYTES: u64 = 256 << 10;
/// What the agent writes where no model answered.
const SYNTHETIC: &str = "<synthetic>";

/// What a report says about where to look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) store_dir: &'a Path,
    pub(crate) session: &'a str,
    pub(crate) transcript: Option<&'a str>,
    pub(crate) subagent: Option<&'a str>,
    pub(crate) call: Option<&'a str>,
}

/// A model and where it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) model: String,
    pub(crate) place: &'static str,
}

/// Looks the model up.
pub(crate) fn look_up(asked: Asked<'_>) -> Option<Found> {
    let transcript = asked.transcript_file();
    let transcript = transcript.filter(|path| !is_locked_file(asked.store_dir, path));
    let tail = transcript.and_then(|path| read_tail(&path));
    let lines = tail.as_deref().map(models).unwrap_or_default();
    let exact = lines.iter().rev().find(|line| {
        asked
            .call
            .is_some_and(|call| line.calls.iter().any(|id| id == call))
    });
    if let Some(line) = exact {
        return Some(Found {
            model: line.model.clone(),
            place: "transcript",
        });
    }
    if asked.subagent.is_some() {
        return None;
    }
    let reported = fs::read(session_file(asked.store_dir, asked.session)).ok()?;
    let reported: Json = serde_json::from_slice(&reported).ok()?;
    let model = reported.get("model")?.as_str()?;
    let switched = lines.last().is_some_and(|line| line.model != model);
    (!switched).then(|| Found {
        model: model.into(),
        place: "session_start",
    })
}

/// The note that remembers what a session reported.
pub(crate) fn note(store_dir: &Path, session: &str, model: &str) -> (PathBuf, String) {
    let note = json!({ "model": model }).to_string();
    (session_file(store_dir, session), note)
}

fn session_file(store_dir: &Path, session: &str) -> PathBuf {
    let mut name = sha256(session.as_bytes()).to_string();
    name.truncate(32);
    store_dir.join("sessions").join(name)
}

impl Asked<'_> {
    fn transcript_file(&self) -> Option<PathBuf> {
        let transcript = PathBuf::from(self.transcript?);
        let Some(subagent) = self.subagent else {
            return Some(transcript);
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let folder = transcript.with_extension("").join("subagents");
        subagent
            .chars()
            .all(plain)
            .then(|| folder.join(format!("agent-{subagent}.jsonl")))
    }
}

struct Answer {
    model: String,
    calls: Vec<String>,
}

/// The assistant's lines of a transcript, in order. Its form is the agent's own affair: whatever
/// does not fit is passed over.
fn models(tail: &[u8]) -> Vec<Answer> {
    tail.split(|&byte| byte == b'\n')
        .filter_map(|line| {
            let line: Json = serde_json::from_slice(line).ok()?;
            let message = line.get("message")?;
            let model = message.get("model")?.as_str()?;
            let assistant = line.get("type")?.as_str()? == "assistant" && model != SYNTHETIC;
            let sidechain = line.get("isSidechain").and_then(Json::as_bool) == Some(true);
            let blocks = message.get("content").and_then(Json::as_array);
            let id = |block: &Json| Some(block.get("id")?.as_str()?.to_owned());
            let calls: Vec<String> = blocks.into_iter().flatten().filter_map(id).collect();
            // A sidechain line speaks for the call it holds, never for the session.
            (assistant && !(sidechain && calls.is_empty())).then(|| Answer {
                model: model.into(),
                calls,
            })
        })
        .collect()
}

fn read_tail(path: &Path) -> Option<Vec<u8>> {
    let mut file = File::open(path).ok()?;
    let length = file.metadata().ok().filter(fs::Metadata::is_file)?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(MAX_TAIL_BYTES)))
        .ok()?;
    let mut tail = Vec::new();
    file.take(MAX_TAIL_BYTES).read_to_end(&mut tail).ok()?;
    Some(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(model: &str, call: &str) -> String {
        let content = json!([{"type": "tool_use", "id": call}]);
        let message = json!({"role": "assistant", "model": model, "content": content});
        json!({"type": "assistant", "message": message}).to_string() + "\n"
    }

    /// Wrong here means that work is charged to a model that did not do it.
    #[test]
    fn a_model_is_found_or_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let transcript = folder.path().join("t.jsonl");
        let (path, text) = note(folder.path(), "s", "m-start");
        super::super::private_file::write(&path, text.as_bytes()).unwrap();
        let check = |call: &str, want: Option<(&str, &'static str)>| {
            let found = look_up(Asked {
                store_dir: folder.path(),
                session: "s",
                transcript: transcript.to_str(),
                subagent: None,
                call: Some(call),
            });
            let want = want.map(|(model, place)| Found {
                model: model.into(),
                place,
            });
            assert_eq!(found, want);
        };
        check("c1", Some(("m-start", "session_start")));
        fs::write(
            &transcript,
            line("m-start", "c1") + &line(SYNTHETIC, "c2") + "{\"cut",
        )
        .unwrap();
        check("c1", Some(("m-start", "transcript")));
        check("c2", Some(("m-start", "session_start")));
        fs::write(&transcript, line("m-start", "c1") + &line("m-other", "c3")).unwrap();
        check("c3", Some(("m-other", "transcript")));
        // The session has switched models, and the line of this call is not written yet.
        check("c4", None);
    }

    #[test]
    fn a_subagent_does_not_inherit_a_model() {
        let folder = tempfile::tempdir().unwrap();
        let transcript = folder.path().join("t.jsonl");
        fs::write(&transcript, line("m-parent", "c1")).unwrap();
        let asked = Asked {
            store_dir: folder.path(),
            session: "s",
            transcript: transcript.to_str(),
            subagent: Some("a1"),
            call: Some("c1"),
        };
        assert_eq!(look_up(asked), None);
        fs::create_dir_all(folder.path().join("t/subagents")).unwrap();
        fs::write(
            folder.path().join("t/subagents/agent-a1.jsonl"),
            line("m-sub", "c1"),
        )
        .unwrap();
        assert_eq!(
            look_up(asked).map(|found| found.model).as_deref(),
            Some("m-sub")
        );
    }
}
