//! Git's own hooks: a commit, who git says made it, and what in it no recorded edit explains.
//!
//! The `commit` entry's witness says how every committed state follows from a recorded one. A path
//! whose committed content an entry has recorded stands there with equal sides and git's id, so
//! that the commit and the recorded state are tied; for every other path the difference from what
//! was last seen (or from the parent commit, if it was never seen) is recorded as changes whose
//! parent the commit is.
//!
//! Those changes, and the commit itself, are charged to `unknown`. The author line is what somebody
//! wrote into a configuration, and an agent commits under the user's name: neither shows whose hand
//! it was. What git says stands in the payload object, for readers to weigh.

mod commit;
mod paths;

use std::path::{Path, PathBuf};
use std::time::Duration;

use proofline_format::encoding::hex;

use self::commit::Commit;
use self::paths::Explained;
use super::change::{add_with_changes, pair_renames};
use super::git_process::{Environment, Git};
use super::notes::{Effects, add_gap, take_gaps};
use super::payload::Payload;
use super::scene::{Actor, Scene};
use super::{CaptureError, Captured};
use crate::event::Batch;
use crate::random;
use crate::repository::Repository;

/// How long git may take for everything that one hook asks of it.
const MAX_GIT_TIME: Duration = Duration::from_secs(4);

/// The repository whose hook this process is, from the folder and the environment git gave it.
#[must_use]
pub fn repository_of_hook(current_dir: &Path) -> Option<Repository> {
    match std::env::var_os("GIT_DIR") {
        Some(git_dir) if !git_dir.is_empty() => {
            let root = std::env::var_os("GIT_WORK_TREE")
                .filter(|root| !root.is_empty())
                .map_or_else(|| current_dir.to_path_buf(), |root| current_dir.join(root));
            let git_dir: PathBuf = current_dir.join(git_dir);
            Some(Repository::of_git_dir(&root, git_dir))
        }
        _ => Repository::containing(current_dir),
    }
}

/// Turns the commit that HEAD names into entries.
///
/// # Errors
/// If git does not say what was committed.
pub fn post_commit(repository: Repository) -> Result<Captured, CaptureError> {
    let scene = Scene::of(repository);
    let root = scene.repository.root().to_path_buf();
    let git = Git::new(&root, Environment::AsGiven, MAX_GIT_TIME);
    let commit = Commit::read(&git).map_err(CaptureError::file(&root))?;
    let actor = Actor {
        agent_id: "unknown".into(),
        model_id: None,
        session_id: None,
        source: "git/post-commit".into(),
    };
    let mut batch = Batch::default();
    let mut effects = Effects {
        store_dir: scene.store_dir.clone(),
        ..Effects::default()
    };
    take_gaps(&scene, &mut batch, &mut effects)?;
    let explained = paths::explain(&scene, &git, &commit);
    let salt = random::bytes::<16>()?;
    let mut payload = Payload::new("commit", &salt, scene.event_time);
    commit.describe(&mut payload, &salt);
    explained.describe(&mut payload);
    let mut event = scene.event(&actor, "commit")?;
    event.git_head = Some(commit.id.clone());
    event.content_hash_after = Some(batch.add_object(&payload.finish()));
    let Explained {
        changes,
        troubles,
        remember,
        account,
        ..
    } = explained;
    let changes = pair_renames(changes);
    let parent = commit.parents.first().map(String::as_str);
    add_with_changes(&mut batch, event, &changes, parent)?;
    if let Some(trouble) = super::work_tree::first_trouble(&troubles) {
        add_gap(&mut batch, &scene, &actor, &trouble, None)?;
    }
    effects.remember = remember;
    effects.account = account;
    Ok(Captured {
        repository: scene.repository,
        batch,
        remarks: troubles,
        effects,
    })
}

/// A salted hash of a text that names a person: equal names are not linked across entries.
fn salted(salt: &[u8; 16], text: &str) -> String {
    hex(&proofline_format::digest::sha256_parts(&[salt, text.as_bytes()]).0)
}
