//! After a tool ran: its outcome, what it changed on disk, and every hunk of it.

use proofline_format::entry::Fidelity;
use proofline_format::json::Value;
use serde_json::Value as Json;

use super::Call;
use super::before::same;
use super::tool::{Tool, file_of};
use crate::capture::CaptureError;
use crate::capture::cache::Standing;
use crate::capture::change::{Change, GitOids, add_secret_object, add_with_changes, pair_renames};
use crate::capture::notes::add_gap;
use crate::capture::payload::{Content, Payload, digest_of_json, kept};
use crate::capture::pending::{Claim, Pending};
use crate::capture::place::{Place, text_column};
use crate::capture::state::Seen;
use crate::capture::work_tree::{self, Differing, first_trouble};
use crate::event::Event;

/// How the agent says that a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// With a response.
    Use,
    /// With an error.
    Failure,
}

/// What a file was before a tool wrote it.
enum Before {
    /// Seen by the recorder.
    Seen(Option<Seen>),
    /// Known from what was last seen, or from what the tool says it found.
    Inferred(Option<Seen>),
    /// Not known.
    Unknown,
}

impl Call<'_> {
    pub(super) fn tool_ended(&mut self, end: End) -> Result<(), CaptureError> {
        let open = self.open_call();
        let pending = match open.as_ref().map(|call| call.claim()) {
            Some(Claim::Duplicate) => {
                let remark = "outcome of a tool call is reported twice; the second is not recorded";
                self.remarks.push(remark.into());
                return Ok(());
            }
            Some(Claim::Open(pending)) => Some(*pending),
            Some(Claim::Unknown) | None => None,
        };
        let tool = self.tool();
        let overlaps = tool.may_change_anything() && open.is_some_and(|call| call.overlaps());
        let salt = Self::salt()?;
        let mut payload = self.payload("tool", &salt);
        payload.set_text("phase", Some("outcome"));
        payload.set("input", self.kept_input(&salt));
        self.outcome(&mut payload);
        if overlaps {
            payload.set("overlapped", true.into());
        }
        let mut event = self.scene.event(&self.actor, event_type(tool, end))?;
        event.parent_event_id = pending.as_ref().map(|pending| pending.request);
        event.tool_name = self.report.text("tool_name").and_then(text_column);
        event.file_path = self.file_column(&salt);
        // HEAD before the event, which a command may have moved.
        let head = match &pending {
            Some(pending) => pending.git_head.clone(),
            None => self.scene.git_head.clone(),
        };
        event.git_head.clone_from(&head);
        event.content_hash_after = Some(self.batch.add_object(&payload.finish()));
        let pending = pending.as_ref();
        match (tool, file_of(self.report).map(|path| self.place_of(path))) {
            (Tool::Read, Some(place)) => self.file_read(event, &place, pending, end),
            (Tool::Write, Some(place)) => self.file_written(event, &place, pending, &salt),
            (tool, _) if tool.may_change_anything() => {
                self.command(event, pending, overlaps, &salt)
            }
            _ => {
                self.batch.events.push(event);
                Ok(())
            }
        }
    }

    fn file_read(
        &mut self,
        mut event: Event,
        place: &Place,
        pending: Option<&Pending>,
        end: End,
    ) -> Result<(), CaptureError> {
        let before = pending.and_then(|pending| pending.file.clone());
        let seen = match before {
            Some(state) => state.map(|state| Seen {
                state,
                content: None,
            }),
            None => {
                event.capture_fidelity = Fidelity::Inferred;
                self.look_or_gap(place)?.flatten()
            }
        };
        if end == End::Use {
            if let Some(seen) = &seen {
                add_secret_object(&mut self.batch, seen);
            }
            event.content_hash_before = seen.map(|seen| seen.state.hash);
        }
        self.batch.events.push(event);
        Ok(())
    }

    fn file_written(
        &mut self,
        event: Event,
        place: &Place,
        pending: Option<&Pending>,
        salt: &[u8; 16],
    ) -> Result<(), CaptureError> {
        let Some(after) = self.look_or_gap(place)? else {
            self.batch.events.push(event);
            return Ok(());
        };
        let key = place.key(&self.scene.repository);
        let head = event.git_head.clone();
        let (before, fidelity) = match self.state_before(place, pending)? {
            Before::Seen(before) => (before, Fidelity::Observed),
            Before::Inferred(before) => (before, Fidelity::Inferred),
            Before::Unknown => {
                let reason = "a file was written, and what it was before is not known";
                self.batch.events.push(event);
                add_gap(&mut self.batch, &self.scene, &self.actor, reason, None)?;
                self.effects.remember.push((key, after, Standing::Looked));
                return Ok(());
            }
        };
        if same(before.as_ref(), after.as_ref()) {
            self.batch.events.push(event);
            return Ok(());
        }
        let changes = [Change {
            path: place.column(salt),
            path_before: None,
            before,
            after,
            fidelity,
            git_oids: GitOids::default(),
        }];
        add_with_changes(&mut self.batch, event, &changes, head.as_deref())?;
        let [Change { after, .. }] = changes;
        self.effects.remember.push((key, after, Standing::Recorded));
        Ok(())
    }

    fn state_before(
        &mut self,
        place: &Place,
        pending: Option<&Pending>,
    ) -> Result<Before, CaptureError> {
        if let Some(state) = pending.and_then(|pending| pending.file.clone()) {
            return Ok(Before::Seen(state.map(|state| self.scene.recall(state))));
        }
        let memory = self.scene.cache.memory(&place.key(&self.scene.repository));
        let last = memory.map(|memory| memory.last.map(|state| self.scene.recall(state)));
        let response = self.report.response();
        let original = response
            .get("originalFile")
            .or_else(|| response.get("original_file"));
        let original = match original {
            Some(Json::String(text)) => {
                Some(Some(self.scene.seen_of(place, text.clone().into_bytes())?))
            }
            // A tool leaves a large original out, so null means a new file only where it says so.
            Some(Json::Null) if response.get("type").and_then(Json::as_str) == Some("create") => {
                Some(None)
            }
            _ => None,
        };
        match (last, original) {
            (Some(last), Some(original)) if !same(last.as_ref(), original.as_ref()) => {
                self.unobserved(Differing {
                    place: place.clone(),
                    before: last,
                    after: original.clone(),
                })?;
                Ok(Before::Inferred(original))
            }
            (_, Some(original)) => Ok(Before::Inferred(original)),
            (Some(last), None) => Ok(Before::Inferred(last)),
            (None, None) => Ok(Before::Unknown),
        }
    }

    fn command(
        &mut self,
        event: Event,
        pending: Option<&Pending>,
        overlaps: bool,
        salt: &[u8; 16],
    ) -> Result<(), CaptureError> {
        let outcome = work_tree::after(&self.scene, pending, overlaps, salt);
        let mut places = Vec::new();
        let mut changes = Vec::new();
        for (place, change) in outcome.changes {
            let key = place.key(&self.scene.repository);
            places.push((key, change.after.clone()));
            changes.push(change);
        }
        let changes = pair_renames(changes);
        let head = event.git_head.clone();
        add_with_changes(&mut self.batch, event, &changes, head.as_deref())?;
        if let Some(trouble) = first_trouble(&outcome.troubles) {
            add_gap(&mut self.batch, &self.scene, &self.actor, &trouble, None)?;
        }
        for (key, after) in places {
            self.effects.remember.push((key, after, Standing::Recorded));
        }
        Ok(())
    }

    /// What the report says of the outcome, without any of its text.
    fn outcome(&self, payload: &mut Payload) {
        payload.set("error", self.kept_error().unwrap_or(Value::Null));
        if let Some(interrupted) = self.report.flag("is_interrupt") {
            payload.set("interrupted", interrupted.into());
        }
        let response = self.report.response();
        let Json::Object(members) = response else {
            payload.set("result", digest_of_json(response, Content::Plain));
            return;
        };
        let secret = file_of(self.report).is_some_and(|path| self.place_of(path).is_secret());
        let content = if secret {
            Content::Secret
        } else {
            Content::Plain
        };
        let mut facts = Vec::new();
        for key in FACTS {
            if let Some(value) = members.get(*key) {
                facts.push(((*key).into(), kept(value, content)));
            }
        }
        for key in RESULTS {
            if let Some(value) = members.get(*key) {
                facts.push(((*key).into(), digest_of_json(value, content)));
            }
        }
        payload.set("response", Value::Object(facts));
    }
}

const fn event_type(tool: Tool, end: End) -> &'static str {
    match (end, tool) {
        (End::Failure, _) => "tool_failed",
        (End::Use, Tool::Read) => "file_read",
        (End::Use, Tool::Command) => "command",
        (End::Use, Tool::Web) => "web_request",
        (End::Use, _) => "tool_use",
    }
}

/// Members of responses that are kept as they are: numbers, flags, names.
const FACTS: &[&str] = &[
    "agentId",
    "agentType",
    "backgroundTaskId",
    "bytes",
    "code",
    "durationMs",
    "gitOperation",
    "interrupted",
    "isImage",
    "mode",
    "numFiles",
    "numLines",
    "numMatches",
    "replaceAll",
    "resolvedModel",
    "returnCodeInterpretation",
    "status",
    "timedOutAfterMs",
    "totalDurationMs",
    "totalMatches",
    "totalTokens",
    "totalToolUseCount",
    "truncated",
    "type",
    "userModified",
];
/// Members of responses that are results: their length and hash.
const RESULTS: &[&str] = &[
    "content",
    "file",
    "filenames",
    "result",
    "results",
    "stderr",
    "stdout",
];
