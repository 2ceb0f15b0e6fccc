//! What the store lets in: only columns that every reader accepts.
//!
//! A value that a column cannot hold is replaced by its hash, as the format has it; the capture
//! puts the full value into the payload object. What no replacement can save is refused before
//! the store is touched.

use proofline_format::digest::{Hash, sha256};
use proofline_format::encoding::is_hex;
use proofline_format::entry::ParsedLine;
use proofline_format::error::{ErrorKind, ParseError};
use proofline_format::limits::{
    MAX_COLUMN_BYTES, MAX_LINE_BYTES, MAX_OBJECT_BYTES, MAX_PATH_BYTES,
};
use proofline_format::{path, registry};

use crate::clock;
use crate::event::{Batch, Event};
use crate::store::{StoreError, entry_of};

/// An event that every reader will accept as an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guarded(Event);

impl Guarded {
    /// Lets an event in, its columns shortened where the format says so.
    ///
    /// # Errors
    /// [`StoreError::Refused`] if no reader would accept it.
    pub fn new(mut event: Event) -> Result<Self, StoreError> {
        shorten(&mut event);
        let entry = entry_of(event.clone(), clock::now()).linked(Some(Hash([0; 32])));
        let mut line = entry.line();
        if line.len() > MAX_LINE_BYTES {
            event.file_path = event.file_path.as_deref().map(hashed);
            line = entry_of(event.clone(), clock::now())
                .linked(Some(Hash([0; 32])))
                .line();
        }
        let refused = |source| StoreError::Refused {
            event_type: event.event_type.clone(),
            source,
        };
        let parsed = ParsedLine::parse(&line).map_err(refused)?;
        // `session_end` gets its summary, and is checked, in the append; null is allowed anyhow.
        match registry::role_mismatch(&parsed.entry) {
            Some(column) => Err(refused(ParseError::of(ErrorKind::Value, column))),
            None => Ok(Self(event)),
        }
    }

    /// The event.
    #[must_use]
    pub fn into_event(self) -> Event {
        self.0
    }

    /// The event.
    #[must_use]
    pub const fn event(&self) -> &Event {
        &self.0
    }
}

/// A batch whose every event is let in, and whose objects are what they say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GuardedBatch {
    /// The events.
    pub events: Vec<Guarded>,
    /// The objects.
    pub objects: Vec<(Hash, Vec<u8>)>,
}

impl GuardedBatch {
    /// Lets a batch in. An object that is too large, or is not what its address says, is left
    /// out: its hash in the chain still verifies, and readers see it as withheld.
    ///
    /// # Errors
    /// [`StoreError::Refused`] for the first event that no reader would accept.
    pub fn new(batch: Batch) -> Result<Self, StoreError> {
        let events = batch.events.into_iter().map(Guarded::new);
        let is_sound = |(address, bytes): &(Hash, Vec<u8>)| {
            bytes.len() <= MAX_OBJECT_BYTES && sha256(bytes) == *address
        };
        Ok(Self {
            events: events.collect::<Result<_, _>>()?,
            objects: batch.objects.into_iter().filter(is_sound).collect(),
        })
    }
}

fn hashed(text: &str) -> String {
    format!("sha256:{}", sha256(text.as_bytes()))
}

/// A column value as the column can hold it.
fn shortened(text: &str) -> Option<String> {
    let is_hash = text
        .strip_prefix("sha256:")
        .is_some_and(|hex| is_hex(hex.as_bytes(), 64));
    let fits = text.len() <= MAX_COLUMN_BYTES && (is_hash || !path::is_reserved(text));
    (!fits).then(|| hashed(text))
}

fn shorten(event: &mut Event) {
    for column in [
        &mut event.session_id,
        &mut event.model_id,
        &mut event.tool_name,
    ] {
        // An empty text says nothing that null does not.
        if column.as_deref() == Some("") {
            *column = None;
        }
        if let Some(short) = column.as_deref().and_then(shortened) {
            *column = Some(short);
        }
    }
    for column in [
        &mut event.agent_id,
        &mut event.event_type,
        &mut event.source,
    ] {
        if let Some(short) = shortened(column) {
            *column = short;
        }
    }
    if let Some(file_path) = &event.file_path
        && (file_path.len() > MAX_PATH_BYTES || !path::is_valid(file_path))
    {
        event.file_path = Some(hashed(file_path));
    }
    let is_object_id = |head: &String| is_hex(head.as_bytes(), 40) || is_hex(head.as_bytes(), 64);
    event.git_head = event.git_head.take().filter(is_object_id);
}

#[cfg(test)]
mod tests {
    use proofline_format::entry::{EventId, Fidelity, Hunk};

    use super::*;

    fn event() -> Event {
        Event {
            id: EventId::from_random([7; 16]),
            parent_event_id: None,
            session_id: None,
            agent_id: "claude".into(),
            model_id: None,
            event_type: "tool_use".into(),
            tool_name: None,
            file_path: None,
            content_hash_before: None,
            content_hash_after: None,
            diff_hash: None,
            hunk: None,
            git_head: None,
            source: "test".into(),
            capture_fidelity: Fidelity::Observed,
        }
    }

    #[test]
    fn a_value_that_no_column_holds_must_not_lose_the_whole_event() {
        let long = "x".repeat(2_000);
        for value in [long, "outside:x".into(), "sha256:no hash".into()] {
            let mut event = event();
            event.session_id = Some(value.clone());
            event.tool_name = Some(value.clone());
            event.agent_id.clone_from(&value);
            let kept = Guarded::new(event).unwrap().into_event();
            assert_eq!(kept.agent_id, hashed(&value));
        }
        let mut awkward = event();
        awkward.file_path = Some("../\u{1b}[2J".into());
        awkward.git_head = Some("main".into());
        let kept = Guarded::new(awkward).unwrap().into_event();
        assert!(kept.file_path.unwrap().starts_with("sha256:"));
        assert_eq!(kept.git_head, None);
    }

    #[test]
    fn a_line_that_grows_past_the_limit_by_escapes_is_still_kept() {
        let mut wide = event();
        wide.file_path = Some("\"".repeat(24_000));
        let controls = Some("\u{1}".repeat(1_024));
        wide.session_id = controls.clone();
        wide.model_id = controls.clone();
        wide.tool_name = controls;
        let kept = Guarded::new(wide).unwrap().into_event();
        assert!(kept.file_path.unwrap().starts_with("sha256:"));
    }

    #[test]
    fn what_no_reader_accepts_is_refused() {
        let mut no_type = event();
        no_type.event_type = String::new();
        let mut bad_hunk = event();
        bad_hunk.hunk = Some(Hunk {
            old_start: 0,
            old_lines: 0,
            new_start: 0,
            new_lines: 0,
        });
        let mut bad_role = event();
        bad_role.content_hash_before = Some(Hash([1; 32]));
        for refused in [no_type, bad_hunk, bad_role] {
            assert!(Guarded::new(refused).is_err());
        }
    }

    #[test]
    fn an_object_that_is_not_what_its_address_says_is_left_out() {
        let batch = Batch {
            events: vec![event()],
            objects: vec![
                (sha256(b"{}"), b"{}".to_vec()),
                (Hash([0; 32]), b"{}".to_vec()),
            ],
        };
        assert_eq!(GuardedBatch::new(batch).unwrap().objects.len(), 1);
    }
}
