//! Claude Code: reads the JSON that its hooks are given, and turns it into entries.
//!
//! | hook event | entries |
//! |---|---|
//! | `SessionStart`, `SessionEnd` | `session_start`, `session_end` |
//! | `UserPromptSubmit` | `prompt` |
//! | `PreToolUse` | `unobserved_change`s, then `tool_request` |
//! | `PostToolUse` | `tool_use`, `command`, `file_read` or `web_request`, and the file changes |
//! | `PostToolUseFailure` | `tool_failed`, and the file changes it made all the same |
//! | `PermissionRequest`, `PermissionDenied` | `approval`, `tool_denied` |
//! | `ConfigChange` | `config_change` |
//!
//! Every other event leaves no entry. Unknown members are ignored: they come with every release.

mod after;
mod before;
mod report;
mod session;
mod tool;

use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use self::report::Report;
use super::model::{self, Asked, Found};
use super::notes::{Effects, take_gaps};
use super::payload::{Payload, number_of};
use super::place::{Place, text_column};
use super::scene::{Actor, Scene};
use super::{CaptureError, Captured, agent};
use crate::event::Batch;
use crate::random;
use crate::repository::Repository;

/// What the hook process knows beside its input.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The folder the hook runs in.
    pub current_dir: PathBuf,
    /// `CLAUDE_PROJECT_DIR`.
    pub project_dir: Option<PathBuf>,
}

impl Surroundings {
    /// The repository that the hook runs in, before anything is known of its input.
    #[must_use]
    pub fn repository(&self) -> Repository {
        self.repository_of(&self.current_dir)
    }

    fn repository_of(&self, folder: &Path) -> Repository {
        let project = self.project_dir.as_deref();
        Repository::containing(folder)
            .or_else(|| project.and_then(Repository::containing))
            .unwrap_or_else(|| Repository::without_git(project.unwrap_or(folder)))
    }
}

/// Everything that one report is turned into entries with.
struct Call<'a> {
    report: &'a Report,
    scene: Scene,
    actor: Actor,
    /// Where the model was found.
    model_place: Option<&'static str>,
    batch: Batch,
    effects: Effects,
    remarks: Vec<String>,
}

/// Turns one report into entries.
///
/// # Errors
/// If the input is no report, or what it concerns cannot be looked at.
pub fn capture(input: &[u8], surroundings: &Surroundings) -> Result<Captured, CaptureError> {
    let report = Report::parse(input)?;
    let event = report
        .text("hook_event_name")
        .ok_or(CaptureError::Missing("hook_event_name"))?;
    let mut call = Call::begin(&report, surroundings, event);
    take_gaps(&call.scene, &mut call.batch, &mut call.effects)?;
    match event {
        "SessionStart" => call.session_start()?,
        "SessionEnd" => call.session_end()?,
        "UserPromptSubmit" => call.prompt()?,
        "PreToolUse" => call.tool_request()?,
        "PostToolUse" => call.tool_ended(after::End::Use)?,
        "PostToolUseFailure" => call.tool_ended(after::End::Failure)?,
        "PermissionRequest" => call.approval()?,
        "PermissionDenied" => call.tool_denied()?,
        "ConfigChange" => call.config_change()?,
        "PostModelSwitch" => call.model_switch(),
        // Known, and nothing that the entries of the calls do not say better.
        "Stop" | "StopFailure" | "SubagentStart" | "SubagentStop" | "PreCompact"
        | "PostCompact" | "Notification" => {}
        other => call
            .remarks
            .push(format!("hook event `{other}` is not known")),
    }
    Ok(Captured {
        repository: call.scene.repository,
        batch: call.batch,
        remarks: call.remarks,
        effects: call.effects,
    })
}

impl<'a> Call<'a> {
    fn begin(report: &'a Report, surroundings: &Surroundings, event: &str) -> Self {
        let folder = report
            .text("cwd")
            .map_or_else(|| surroundings.current_dir.clone(), PathBuf::from);
        let repository = repository_of(report, surroundings, &folder);
        let scene = Scene::of(repository);
        let sender = agent::sniff(report.json()).unwrap_or("unknown");
        let looked_up = || {
            model::look_up(Asked {
                store_dir: &scene.store_dir,
                session: report.text("session_id")?,
                transcript: report.text("transcript_path"),
                subagent: report.text("agent_id"),
                call: report.text("tool_use_id"),
            })
        };
        // Other agents that run this hook name the model in every report.
        let reported = report.text("model").map(|model| Found {
            model: model.into(),
            place: "report",
        });
        let found = reported.or_else(looked_up);
        let actor = Actor {
            agent_id: sender.into(),
            model_id: found.as_ref().and_then(|found| text_column(&found.model)),
            session_id: report.text("session_id").and_then(text_column),
            source: text_column(&format!("claude-code/{event}")).unwrap_or_default(),
        };
        let effects = Effects {
            store_dir: scene.store_dir.clone(),
            ..Effects::default()
        };
        Self {
            report,
            scene,
            actor,
            model_place: found.map(|found| found.place),
            batch: Batch::default(),
            effects,
            remarks: Vec::new(),
        }
    }

    /// The folder that relative paths of the report start from.
    fn folder(&self) -> PathBuf {
        let root = self.scene.repository.root();
        self.report
            .text("cwd")
            .map_or_else(|| root.to_path_buf(), PathBuf::from)
    }

    fn place_of(&self, path: &str) -> Place {
        Place::of(&self.scene.repository, &self.folder(), path)
    }

    /// A payload object with what every report says of itself.
    fn payload(&self, object_type: &str, salt: &[u8; 16]) -> Payload {
        let mut payload = Payload::new(object_type, salt, self.scene.event_time);
        for key in ["tool_use_id", "prompt_id", "permission_mode", "agent_type"] {
            payload.set_text(key, self.report.text(key));
        }
        payload.set_text("subagent", self.report.text("agent_id"));
        payload.set_text("model_found_in", self.model_place);
        if let Some(cwd) = self.report.text("cwd") {
            let root = self.scene.repository.root();
            let folder = if Path::new(cwd) == root {
                ".".into()
            } else {
                self.place_of(cwd).column(salt)
            };
            payload.set("cwd", folder.into());
        }
        // The column holds a hash where the value is too long for it.
        let session = self.report.text("session_id");
        if session != self.actor.session_id.as_deref() {
            payload.set_text("session_id", session);
        }
        if self.actor.agent_id != "claude" {
            payload.set_text("configured_for", Some("claude-code"));
        }
        if let Some(Json::Number(duration)) = self.report.json().get("duration_ms") {
            payload.set("duration_ms", number_of(duration));
        }
        payload
    }

    fn salt() -> Result<[u8; 16], CaptureError> {
        Ok(random::bytes()?)
    }
}

/// The repository that a report belongs to: that of the file it names if that one is recorded,
/// else that of its folder.
///
/// A file elsewhere does not make a store there: a plan in the user's home, itself a repository of
/// dot files, belongs to the project that the agent works on.
fn repository_of(report: &Report, surroundings: &Surroundings, folder: &Path) -> Repository {
    let base = surroundings.repository_of(folder);
    let named = tool::file_of(report).map(|path| folder.join(path));
    let Some(of_file) = named.as_deref().and_then(Repository::containing) else {
        return base;
    };
    let store = of_file.store_dir();
    if store == base.store_dir() || store.is_dir() {
        of_file
    } else {
        base
    }
}
