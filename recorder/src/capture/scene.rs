//! What all events of one hook call share.

use std::path::PathBuf;

use proofline_format::entry::Fidelity;
use proofline_format::timestamp::Timestamp;

use super::CaptureError;
use super::cache::{Cache, FileKey};
use super::place::Place;
use super::state::{self, Policy, Seen};
use crate::clock;
use crate::event::Event;
use crate::random;
use crate::repository::Repository;
use crate::store::is_locked_file;

/// Where and when.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) repository: Repository,
    pub(crate) store_dir: PathBuf,
    pub(crate) cache: Cache,
    pub(crate) git_head: Option<String>,
    pub(crate) event_time: Timestamp,
}

/// Who, as far as the columns say it.
#[derive(Debug, Clone)]
pub(crate) struct Actor {
    pub(crate) agent_id: String,
    pub(crate) model_id: Option<String>,
    pub(crate) session_id: Option<String>,
    pub(crate) source: String,
}

impl Scene {
    pub(crate) fn of(repository: Repository) -> Self {
        let store_dir = repository.store_dir();
        Self {
            cache: Cache::of_store(&store_dir),
            git_head: repository.head_commit(),
            event_time: clock::now(),
            store_dir,
            repository,
        }
    }

    /// An event with nothing but its actor; the caller fills in what it is about.
    pub(crate) fn event(&self, actor: &Actor, event_type: &str) -> Result<Event, CaptureError> {
        Ok(Event {
            id: random::event_id()?,
            parent_event_id: None,
            session_id: actor.session_id.clone(),
            agent_id: actor.agent_id.clone(),
            model_id: actor.model_id.clone(),
            event_type: event_type.into(),
            tool_name: None,
            file_path: None,
            content_hash_before: None,
            content_hash_after: None,
            diff_hash: None,
            hunk: None,
            git_head: self.git_head.clone(),
            source: actor.source.clone(),
            capture_fidelity: Fidelity::Observed,
        })
    }

    /// Reads a file as it is now.
    pub(crate) fn look(&self, place: &Place) -> Result<Option<Seen>, CaptureError> {
        self.look_at(&place.key(&self.repository), place.is_secret())
    }

    fn look_at(&self, key: &FileKey, secret: bool) -> Result<Option<Seen>, CaptureError> {
        let path = key.on_disk();
        if is_locked_file(&self.store_dir, &path) {
            return Err(CaptureError::OwnFile);
        }
        let failed = CaptureError::file(&path);
        if secret {
            let key = self
                .cache
                .secret_key()
                .map_err(CaptureError::file(&self.store_dir))?;
            state::read(&path, Policy::Secret(&key)).map_err(failed)
        } else {
            state::read(&path, Policy::Plain).map_err(failed)
        }
    }

    /// The state that a content is, under the policy of its place.
    pub(crate) fn seen_of(&self, place: &Place, content: Vec<u8>) -> Result<Seen, CaptureError> {
        if place.is_secret() {
            let key = self
                .cache
                .secret_key()
                .map_err(CaptureError::file(&self.store_dir))?;
            Ok(state::of_content(content, Policy::Secret(&key)))
        } else {
            Ok(state::of_content(content, Policy::Plain))
        }
    }

    /// A remembered state, with its content if that is still cached.
    pub(crate) fn recall(&self, state: state::State) -> Seen {
        let content = if state.diffable {
            self.cache.content(&state.hash)
        } else {
            None
        };
        Seen { state, content }
    }
}
