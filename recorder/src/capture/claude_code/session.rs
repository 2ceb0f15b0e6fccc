//! Events that are not about one tool call's outcome: sessions, prompts, permissions, settings.

use std::fs;

use proofline_format::json::Value;

use super::Call;
use super::tool::Tool;
use crate::capture::CaptureError;
use crate::capture::model;
use crate::capture::notes::Tidy;
use crate::capture::payload::{Content, digest, kept};
use crate::capture::pending::Call as OpenCall;
use crate::capture::place::text_column;

impl Call<'_> {
    pub(super) fn session_start(&mut self) -> Result<(), CaptureError> {
        let salt = Self::salt()?;
        if let (Some(session), Some(model)) =
            (self.report.text("session_id"), self.report.text("model"))
        {
            let note = model::note(&self.scene.store_dir, session, model);
            self.effects.write.push(note);
        }
        let mut payload = self.payload("session", &salt);
        payload.set_text("began_by", self.report.text("source"));
        let mut event = self.scene.event(&self.actor, "session_start")?;
        event.content_hash_after = Some(self.batch.add_object(&payload.finish()));
        self.batch.events.push(event);
        self.effects.tidy = Tidy::Now;
        Ok(())
    }

    /// The summary of the session is computed in the append; only that knows its entries.
    pub(super) fn session_end(&mut self) -> Result<(), CaptureError> {
        let salt = Self::salt()?;
        let mut payload = self.payload("session", &salt);
        payload.set_text("ended_by", self.report.text("reason"));
        let mut event = self.scene.event(&self.actor, "session_end")?;
        event.content_hash_before = Some(self.batch.add_object(&payload.finish()));
        self.batch.events.push(event);
        Ok(())
    }

    /// No model wrote a prompt, and which one will answer is not known yet: the column is null.
    pub(super) fn prompt(&mut self) -> Result<(), CaptureError> {
        self.actor.model_id = None;
        self.model_place = None;
        let salt = Self::salt()?;
        let mut payload = self.payload("prompt", &salt);
        let prompt = self.report.text("prompt").unwrap_or_default();
        payload.set("prompt", digest(prompt, Content::Plain));
        let mut event = self.scene.event(&self.actor, "prompt")?;
        event.content_hash_after = Some(self.batch.add_object(&payload.finish()));
        self.batch.events.push(event);
        Ok(())
    }

    /// The agent asks a person; what the person answers, no hook reports.
    pub(super) fn approval(&mut self) -> Result<(), CaptureError> {
        let salt = Self::salt()?;
        let mut payload = self.payload("approval", &salt);
        payload.set_text("state", Some("requested"));
        payload.set("input", self.kept_input(&salt));
        self.tool_event("approval", &payload.finish(), &salt)
    }

    pub(super) fn tool_denied(&mut self) -> Result<(), CaptureError> {
        let salt = Self::salt()?;
        let mut payload = self.payload("tool", &salt);
        payload.set_text("reason", self.report.text("reason"));
        payload.set("input", self.kept_input(&salt));
        self.tool_event("tool_denied", &payload.finish(), &salt)
    }

    fn tool_event(
        &mut self,
        event_type: &str,
        payload: &Value,
        salt: &[u8; 16],
    ) -> Result<(), CaptureError> {
        let mut event = self.scene.event(&self.actor, event_type)?;
        event.tool_name = self.report.text("tool_name").and_then(text_column);
        event.file_path = self.file_column(salt);
        event.parent_event_id = self
            .open_call()
            .and_then(|call| call.peek())
            .map(|pending| pending.request);
        event.content_hash_after = Some(self.batch.add_object(payload));
        self.batch.events.push(event);
        Ok(())
    }

    pub(super) fn config_change(&mut self) -> Result<(), CaptureError> {
        let salt = Self::salt()?;
        let mut payload = self.payload("config", &salt);
        payload.set_text("level", self.report.text("source"));
        if let Some(path) = self.report.text("file_path") {
            let place = self.place_of(path);
            payload.set("file_path", place.column(&salt).into());
            // Whether the recorder's own hooks are still in the file that changed.
            let text = fs::read_to_string(self.folder().join(path)).unwrap_or_default();
            payload.set("holds_recorder", text.contains("hook claude-code").into());
            let seen = self.look_or_gap(&place)?.flatten();
            let hash = seen.map(|seen| seen.state.hash);
            payload.set("sha256", hash.into());
        }
        let mut event = self.scene.event(&self.actor, "config_change")?;
        event.content_hash_after = Some(self.batch.add_object(&payload.finish()));
        self.batch.events.push(event);
        Ok(())
    }

    /// No entry: the next call's entry names the model.
    pub(super) fn model_switch(&mut self) {
        let model = ["model", "new_model", "to_model"]
            .iter()
            .find_map(|key| self.report.text(key));
        if let (Some(session), Some(model)) = (self.report.text("session_id"), model) {
            let note = model::note(&self.scene.store_dir, session, model);
            self.effects.write.push(note);
        }
    }

    /// The open call that a report belongs to.
    pub(super) fn open_call(&self) -> Option<OpenCall> {
        let id = self.report.text("tool_use_id")?;
        let session = self.report.text("session_id").unwrap_or_default();
        Some(OpenCall::of(&self.scene.store_dir, session, id))
    }

    /// The `file_path` column of a report about a file tool.
    pub(super) fn file_column(&self, salt: &[u8; 16]) -> Option<String> {
        let path = super::tool::file_of(self.report)?;
        Some(self.place_of(path).column(salt))
    }

    /// What the tool may do.
    pub(super) fn tool(&self) -> Tool {
        self.report
            .text("tool_name")
            .map_or(Tool::Unknown, Tool::of)
    }

    /// A tool's result as it may be kept.
    pub(super) fn kept_error(&self) -> Option<Value> {
        let error = self.report.json().get("error")?;
        let first = error.as_str().map_or_else(
            || kept(error, Content::Plain),
            |text| {
                kept(
                    &text.lines().next().unwrap_or_default().into(),
                    Content::Plain,
                )
            },
        );
        Some(first)
    }
}
