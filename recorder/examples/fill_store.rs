//! Fills a store with synthetic entries through the library, for measurements.
//!
//! ```text
//! fill_store FOLDER ENTRIES
//! ```
//!
//! Sessions of a hundred tool calls, each with its witness and two hunks of one of a thousand
//! files, as an agent's edits give them. Hashes and ids are random, as in life.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use proofline::checkpoint::seal;
use proofline::event::{Batch, Event};
use proofline::guard::GuardedBatch;
use proofline::home::Home;
use proofline::random;
use proofline::recorder::{Recorder, deadline, repository_name};
use proofline::repository::STORE_DIR_NAME;
use proofline::store::{NewLog, Store, StoreError};
use proofline_format::digest::Hash;
use proofline_format::entry::{EventId, Fidelity, Hunk};
use proofline_format::json::Value;
use proofline_format::object::{FileState, WitnessFile, witness_index};

/// Entries of one transaction.
const BATCH: u64 = 3_000;
/// Entries of one tool call.
const CALL: u64 = 3;
/// Tool calls of one session.
const SESSION_CALLS: u64 = 100;
/// Entries between two checkpoints.
const BETWEEN_CHECKPOINTS: u64 = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args_os().skip(1);
    let usage = "usage: fill_store FOLDER ENTRIES";
    let folder = PathBuf::from(words.next().ok_or(usage)?);
    let wanted: u64 = words
        .next()
        .and_then(|word| word.into_string().ok()?.parse().ok())
        .ok_or(usage)?;
    let store_dir = folder.join(STORE_DIR_NAME);
    let recorder = Recorder::new(&store_dir, Home::of_environment()?);
    let until = deadline(Duration::from_secs(10));
    let mut store = match Store::open(&store_dir, until) {
        Err(StoreError::Missing { .. }) => {
            let log = NewLog::new(recorder.keys(), &repository_name(&store_dir), None)?;
            log.create(&store_dir, &[], until)?
        }
        opened => opened?,
    };
    let mut call = 0;
    let mut size = store.tip()?.index.saturating_add(1);
    while size < wanted {
        let end = wanted.min(size.saturating_add(BATCH));
        append(&mut store, &recorder, end, &mut call)?;
        size = store.tip()?.index.saturating_add(1);
        // So long that the log in front of the database is worth moving.
        store.move_wal()?;
    }
    Ok(())
}

/// Appends up to an index, with a checkpoint now and then.
fn append(
    store: &mut Store,
    recorder: &Recorder,
    end: u64,
    call: &mut u64,
) -> Result<(), Box<dyn Error>> {
    let wait = || deadline(Duration::from_secs(10));
    while store.tip()?.index.saturating_add(1) < end {
        let mut writer = store.write(wait())?;
        let stop = end.min(writer.next_index().saturating_add(BETWEEN_CHECKPOINTS));
        while writer.next_index() < stop {
            let batch = GuardedBatch::new(tool_call(*call)?)?;
            *call = call.saturating_add(1);
            for (address, bytes) in &batch.objects {
                writer.put_object(address, bytes)?;
            }
            for event in batch.events {
                writer.append(event, recorder.keys())?;
            }
        }
        writer.commit()?;
        if store.tip()?.index.saturating_add(1) < end {
            seal(store, recorder.keys(), wait())?;
        }
    }
    Ok(())
}

fn hash() -> Result<Hash, Box<dyn Error>> {
    Ok(Hash(random::bytes()?))
}

/// A session id that follows from its number, as agents make them: a UUID.
fn session(call: u64) -> String {
    let number = call.checked_div(SESSION_CALLS).unwrap_or(0);
    let bytes = proofline_format::digest::sha256(&number.to_le_bytes()).0;
    let [.., tail] = bytes.as_chunks::<16>().0 else {
        return number.to_string();
    };
    EventId::from_random(*tail).to_string()
}

fn event(event_type: &str, call: u64) -> Result<Event, Box<dyn Error>> {
    Ok(Event {
        id: random::event_id()?,
        parent_event_id: None,
        session_id: Some(session(call)),
        agent_id: "claude".into(),
        model_id: Some("claude-sonnet-5".into()),
        event_type: event_type.into(),
        tool_name: Some("Edit".into()),
        file_path: Some(format!("src/module_{}/part_{}.rs", call % 40, call % 1_000)),
        content_hash_before: None,
        content_hash_after: None,
        diff_hash: None,
        hunk: None,
        git_head: Some("5f0e41aa9b1d77c0b6c1d3ad7c1e8f14e45fceea".into()),
        source: "claude-code/PostToolUse".into(),
        capture_fidelity: Fidelity::Observed,
    })
}

/// A tool call that changed a file in two places.
fn tool_call(call: u64) -> Result<Batch, Box<dyn Error>> {
    let mut batch = Batch::default();
    let (before, after) = (hash()?, hash()?);
    let line = call % 400;
    let hunks = [line.saturating_add(10), line.saturating_add(60)].map(|start| Hunk {
        old_start: start,
        old_lines: 1,
        new_start: start,
        new_lines: 2,
    });
    let state = |sha256, lines| FileState {
        binary: false,
        final_newline: true,
        git_oid: None,
        lines,
        sha256,
    };
    let mut tool = event("tool_use", call)?;
    let witness = WitnessFile {
        path: tool.file_path.clone().unwrap_or_default(),
        path_before: None,
        before: Some(state(before, 500)),
        after: Some(state(after, 502)),
        hunks: hunks.to_vec(),
        moves: Vec::new(),
        reflows: Vec::new(),
        copies: Vec::new(),
        salt: random::salt()?,
    };
    let file = batch.add_object(&witness.to_value());
    tool.diff_hash = Some(batch.add_object(&witness_index(&[file])));
    tool.content_hash_after = Some(batch.add_object(&Value::object([
        ("salt", random::salt()?.into()),
        ("tool", "Edit".into()),
        ("type", "tool".into()),
    ])));
    tool.file_path = None;
    let parent = tool.id;
    batch.events.push(tool);
    for hunk in hunks {
        batch.events.push(Event {
            parent_event_id: Some(parent),
            content_hash_before: Some(before),
            content_hash_after: Some(after),
            diff_hash: Some(hash()?),
            hunk: Some(hunk),
            ..event("file_write", call)?
        });
    }
    debug_assert_eq!(u64::try_from(batch.events.len()), Ok(CALL));
    Ok(batch)
}
