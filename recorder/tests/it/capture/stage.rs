//! A real git repository, a hook call after another, and what they record in readable form.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::needless_pass_by_value,
    reason = "small counts; `json!` values are made where they are given"
)]

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use proofline::capture::Captured;
use proofline::capture::claude_code::{Surroundings, capture};
use proofline::event::{Batch, Event};
use proofline_format::digest::{Hash, sha256};
use proofline_format::entry::{Entry, EventId};
use proofline_format::json::Value;
use proofline_format::object::parse_object;
use proofline_format::timestamp::Timestamp;
use proofline_format::{path, registry};
use serde_json::json;

pub(crate) struct Stage {
    folder: tempfile::TempDir,
    /// Every id seen, by its place.
    ids: HashMap<EventId, usize>,
    /// Every object, by its address.
    pub(crate) objects: HashMap<Hash, Value>,
    /// Every event, in order.
    pub(crate) events: Vec<Event>,
    calls: usize,
}

impl Stage {
    /// A repository with one commit of these files.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let stage = Self::without_git();
        git(&stage.root(), &["init", "-q", "-b", "main"]);
        for (path, text) in files {
            stage.write(path, text);
        }
        stage.commit("first");
        stage
    }

    pub(crate) fn without_git() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            ids: HashMap::new(),
            objects: HashMap::new(),
            events: Vec::new(),
            calls: 0,
        }
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    pub(crate) fn commit(&self, message: &str) {
        git(&self.root(), &["add", "-A"]);
        git(
            &self.root(),
            &["commit", "-q", "--allow-empty", "-m", message],
        );
    }

    pub(crate) fn head(&self) -> String {
        git(&self.root(), &["rev-parse", "HEAD"]).trim().into()
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.root().join(path)).unwrap();
    }

    /// Gives a report to the adapter and takes what it records for durable.
    pub(crate) fn report(&mut self, report: &str) -> Vec<String> {
        let captured = self.captured(report);
        let lines = self.take(&captured.batch);
        captured.settle().unwrap();
        lines
    }

    pub(crate) fn captured(&self, report: &str) -> Captured {
        let surroundings = Surroundings {
            current_dir: self.root(),
            project_dir: None,
        };
        capture(report.as_bytes(), &surroundings).unwrap()
    }

    /// A tool's announcement.
    pub(crate) fn pre(&mut self, tool: &str, input: serde_json::Value) -> Vec<String> {
        self.calls += 1;
        let report = self.tool_report("PreToolUse", tool, input, json!({}));
        self.report(&report)
    }

    /// A tool's outcome.
    pub(crate) fn post(
        &mut self,
        tool: &str,
        input: serde_json::Value,
        response: serde_json::Value,
    ) -> Vec<String> {
        let more = json!({"tool_response": response});
        let report = self.tool_report("PostToolUse", tool, input, more);
        self.report(&report)
    }

    pub(crate) fn tool_report(
        &self,
        event: &str,
        tool: &str,
        mut input: serde_json::Value,
        more: serde_json::Value,
    ) -> String {
        for key in ["file_path", "notebook_path"] {
            if let Some(path) = input.get(key).and_then(|path| path.as_str()) {
                input[key] = json!(self.root().join(path));
            }
        }
        let mut report = json!({
            "session_id": "s1",
            "transcript_path": "/nowhere/.claude/projects/x/s1.jsonl",
            "cwd": self.root(),
            "permission_mode": "default",
            "hook_event_name": event,
            "tool_name": tool,
            "tool_use_id": format!("toolu_{}", self.calls),
            "tool_input": input,
        });
        for (key, value) in more.as_object().unwrap() {
            report[key] = value.clone();
        }
        report.to_string()
    }

    /// Checks what every batch must be, and writes it down, one line an event.
    pub(crate) fn take(&mut self, batch: &Batch) -> Vec<String> {
        for (address, bytes) in &batch.objects {
            assert_eq!(sha256(bytes), *address);
            let object = parse_object(bytes).expect("an object of the format");
            self.objects.insert(*address, object);
        }
        let mut lines = Vec::new();
        for event in &batch.events {
            self.check(event);
            self.ids.insert(event.id, self.ids.len() + 1);
            self.events.push(event.clone());
            lines.push(self.line(event));
        }
        lines
    }

    fn check(&self, event: &Event) {
        assert!(!self.ids.contains_key(&event.id), "an id is used twice");
        if let Some(parent) = event.parent_event_id {
            assert!(
                self.ids.contains_key(&parent),
                "a parent comes later: {event:?}"
            );
        }
        if let Some(file) = &event.file_path {
            assert!(path::is_valid(file), "{file}");
        }
        let range = event.hunk.map(|hunk| hunk.line_range());
        let entry = Entry {
            id: event.id,
            parent_event_id: event.parent_event_id,
            session_id: event.session_id.clone(),
            agent_id: event.agent_id.clone(),
            model_id: event.model_id.clone(),
            event_type: event.event_type.clone(),
            tool_name: event.tool_name.clone(),
            file_path: event.file_path.clone(),
            content_hash_before: event.content_hash_before,
            content_hash_after: event.content_hash_after,
            diff_hash: event.diff_hash,
            line_start: range.map(|range| range.0),
            line_end: range.map(|range| range.1),
            hunk_header: event.hunk.map(|hunk| hunk.header()),
            git_head: event.git_head.clone(),
            source: event.source.clone(),
            previous_hash: None,
            chain_hash: Hash([0; 32]),
            capture_fidelity: event.capture_fidelity,
            created_at: Timestamp::from_millis(0).unwrap(),
        };
        assert_eq!(registry::role_mismatch(&entry), None, "{event:?}");
        let known = registry::EVENT_TYPES
            .iter()
            .find(|t| t.name == event.event_type);
        let known = known.unwrap_or_else(|| panic!("{} is not registered", event.event_type));
        for (role, hash) in [
            (known.before, event.content_hash_before),
            (known.after, event.content_hash_after),
            (known.diff, event.diff_hash),
        ] {
            if let (true, Some(hash)) = (role.is_address(), hash) {
                assert!(
                    self.objects.contains_key(&hash),
                    "an object is missing: {event:?}"
                );
            }
        }
    }

    fn line(&self, event: &Event) -> String {
        let mut line = format!("{} {}", self.ids[&event.id], event.event_type);
        if let Some(parent) = event.parent_event_id {
            line += &format!(" <{}", self.ids[&parent]);
        }
        for part in [&event.tool_name, &event.file_path].into_iter().flatten() {
            let part = if part.starts_with("outside:") {
                "outside:…"
            } else {
                part
            };
            line += &format!(" {part}");
        }
        if let Some(hunk) = event.hunk {
            line += &format!(" {}", hunk.header());
        }
        line += &format!(" {} {}", event.agent_id, event.capture_fidelity.as_str());
        if let Some(model) = &event.model_id {
            line += &format!(" {model}");
        }
        line
    }

    /// The payload object of the last event of a type, as text.
    pub(crate) fn payload(&self, event_type: &str) -> String {
        let event = self.last(event_type);
        let address = event
            .content_hash_after
            .or(event.content_hash_before)
            .unwrap();
        let bytes = proofline_format::json::canonical(&self.objects[&address]);
        String::from_utf8(bytes).unwrap()
    }

    pub(crate) fn last(&self, event_type: &str) -> &Event {
        self.events
            .iter()
            .rev()
            .find(|e| e.event_type == event_type)
            .unwrap()
    }

    /// Per-file witness objects of an event.
    pub(crate) fn witnesses(&self, event: &Event) -> Vec<&Value> {
        let index = &self.objects[&event.diff_hash.expect("a witness")];
        let files = index.member("files").unwrap().as_array().unwrap();
        let address = |file: &Value| Hash::from_hex(file.as_text().unwrap().as_bytes()).unwrap();
        files
            .iter()
            .map(|file| &self.objects[&address(file)])
            .collect()
    }
}

pub(crate) fn git(root: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(root)
        .args([
            "-c",
            "user.name=A U Thor",
            "-c",
            "user.email=author@example.com",
        ])
        .args(["-c", "commit.gpgsign=false"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        text(&output.stderr)
    );
    text(&output.stdout)
}
