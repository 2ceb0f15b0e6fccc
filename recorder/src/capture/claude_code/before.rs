//! Before a tool runs: what is on disk, what changed unobserved, and the request itself.

use proofline_format::entry::Fidelity;

use super::Call;
use super::tool::file_of;
use crate::capture::CaptureError;
use crate::capture::cache::Standing;
use crate::capture::change::{Change, GitOids, add_with_changes};
use crate::capture::notes::add_gap;
use crate::capture::payload::Payload;
use crate::capture::pending::Pending;
use crate::capture::place::{Place, text_column};
use crate::capture::scene::Actor;
use crate::capture::state::{Seen, State};
use crate::capture::work_tree::{self, Differing, first_trouble};

impl Call<'_> {
    pub(super) fn tool_request(&mut self) -> Result<(), CaptureError> {
        let open = self.open_call();
        let mut mark = None;
        match open.as_ref().map(|call| call.announce()) {
            // Two agents, or two settings files, run the same hook: it is one call.
            Some(Ok(None)) => {
                let remark = "tool call is announced twice; the second is not recorded";
                self.remarks.push(remark.into());
                return Ok(());
            }
            Some(Ok(Some(made))) => mark = Some(made),
            // Recorded twice is better than not at all.
            Some(Err(error)) => self.remarks.push(format!("note of a tool call: {error}")),
            None => {}
        }
        let tool = self.tool();
        let file = match file_of(self.report).map(|path| self.place_of(path)) {
            Some(place) => self.look_before(&place)?,
            None => None,
        };
        let mut surveyed = false;
        if tool.may_change_anything() {
            surveyed = self.survey_before()?;
        }
        let salt = Self::salt()?;
        let mut payload = self.payload("tool", &salt);
        payload.set_text("phase", Some("request"));
        payload.set("input", self.kept_input(&salt));
        let mut event = self.scene.event(&self.actor, "tool_request")?;
        event.tool_name = self.report.text("tool_name").and_then(text_column);
        event.file_path = self.file_column(&salt);
        event.content_hash_after = Some(self.batch.add_object(&payload.finish()));
        if let (Some(call), Some(mark)) = (open, mark) {
            let pending = Pending {
                request: event.id,
                git_head: self.scene.git_head.clone(),
                file,
                surveyed,
            };
            self.effects.open = Some(call.note(mark, tool.kind(), &pending));
        }
        self.batch.events.push(event);
        Ok(())
    }

    /// Looks at the file that a tool names. What changed since it was last seen comes first.
    ///
    /// `None` if it cannot be looked at; `Some(None)` if it is not there.
    fn look_before(&mut self, place: &Place) -> Result<Option<Option<State>>, CaptureError> {
        let Some(seen) = self.look_or_gap(place)? else {
            return Ok(None);
        };
        let key = place.key(&self.scene.repository);
        let memory = self.scene.cache.memory(&key);
        let hash = |state: Option<&State>| state.map(|state| state.hash);
        let now = seen.as_ref().map(|seen| seen.state.clone());
        match memory {
            Some(memory) if hash(memory.last.as_ref()) == hash(now.as_ref()) => {
                let stale = memory.last.and_then(|state| state.stat);
                if now.as_ref().and_then(|state| state.stat) != stale {
                    self.effects.remember.push((key, seen, Standing::Looked));
                }
            }
            Some(memory) => {
                let before = memory.last.map(|state| self.scene.recall(state));
                self.unobserved(Differing {
                    place: place.clone(),
                    before,
                    after: seen,
                })?;
            }
            None => self.effects.remember.push((key, seen, Standing::Looked)),
        }
        Ok(Some(now))
    }

    /// Looks at a file; that it cannot be looked at is a gap, and the event itself is recorded all
    /// the same.
    pub(super) fn look_or_gap(
        &mut self,
        place: &Place,
    ) -> Result<Option<Option<Seen>>, CaptureError> {
        match self.scene.look(place) {
            Ok(seen) => Ok(Some(seen)),
            // It changes with every entry, and says nothing that the entries do not.
            Err(CaptureError::OwnFile) => Ok(None),
            Err(CaptureError::File { source, .. }) => {
                // Without its path: that is in the event's own column, hashed if it is outside.
                let reason = format!("a file that a tool names cannot be read: {source}");
                add_gap(&mut self.batch, &self.scene, &self.actor, &reason, None)?;
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    /// Looks at everything that a command might change.
    fn survey_before(&mut self) -> Result<bool, CaptureError> {
        let survey = work_tree::survey(&self.scene);
        for differing in survey.differing {
            self.unobserved(differing)?;
        }
        if let Some(trouble) = first_trouble(&survey.troubles) {
            add_gap(&mut self.batch, &self.scene, &self.actor, &trouble, None)?;
        }
        work_tree::remember_new(&self.scene, survey.new, &mut self.effects);
        Ok(survey.surveyed)
    }

    /// A change between two hooks: nobody saw who made it, so it is charged to nobody.
    pub(super) fn unobserved(&mut self, differing: Differing) -> Result<(), CaptureError> {
        let Differing {
            place,
            before,
            after,
        } = differing;
        let salt = Self::salt()?;
        let payload = Payload::new("unobserved_change", &salt, self.scene.event_time);
        let nobody = Actor {
            agent_id: "unknown".into(),
            model_id: None,
            session_id: None,
            source: self.actor.source.clone(),
        };
        let mut event = self.scene.event(&nobody, "unobserved_change")?;
        event.file_path = Some(place.column(&salt));
        event.capture_fidelity = Fidelity::Inferred;
        event.content_hash_after = Some(self.batch.add_object(&payload.finish()));
        let change = Change {
            path: place.column(&salt),
            path_before: None,
            before,
            after,
            fidelity: Fidelity::Inferred,
            git_oids: GitOids::default(),
        };
        let head = self.scene.git_head.clone();
        let changes = [change];
        add_with_changes(&mut self.batch, event, &changes, head.as_deref())?;
        let key = place.key(&self.scene.repository);
        let [Change { after, .. }] = changes;
        self.effects.remember.push((key, after, Standing::Recorded));
        Ok(())
    }
}

/// Whether two sides are the same state.
pub(super) fn same(before: Option<&Seen>, after: Option<&Seen>) -> bool {
    before.map(|seen| seen.state.hash) == after.map(|seen| seen.state.hash)
}
