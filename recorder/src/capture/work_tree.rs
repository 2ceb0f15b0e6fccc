//! What a command may have changed: git's view of the work tree, and the files already known.
//!
//! Before the command every file that git calls changed or untracked is looked at once and from
//! then on known, so that afterwards there is something to compare with. Files that git ignores
//! are not seen unless a tool named them before.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::Duration;

use proofline_format::entry::Fidelity;

use super::CaptureError;
use super::blobs::{Blob, read_blobs};
use super::cache::Standing;
use super::change::{Change, GitOids};
use super::git_process::{Environment, Git};
use super::pending::Pending;
use super::place::Place;
use super::scene::Scene;
use super::state::{Seen, Stat};

/// How long git may take around one command.
const MAX_GIT_TIME: Duration = Duration::from_millis(2_500);
/// Files looked at around one command.
const MAX_FILES: usize = 2_000;
/// Known files whose stat is compared.
const MAX_KNOWN: usize = 5_000;

/// A file that is not as it was last seen.
#[derive(Debug)]
pub(crate) struct Differing {
    pub(crate) place: Place,
    pub(crate) before: Option<Seen>,
    pub(crate) after: Option<Seen>,
}

/// What a look at the work tree gave.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// Known files that are not as they were last seen.
    pub(crate) differing: Vec<Differing>,
    /// Files looked at for the first time; `None` where git misses one that is gone.
    pub(crate) new: Vec<(Place, Option<Seen>)>,
    /// Whether git could be asked.
    pub(crate) surveyed: bool,
    /// What could not be looked at.
    pub(crate) troubles: Vec<String>,
}

/// Looks at the work tree: what differs from what was last seen, and what is new.
pub(crate) fn survey(scene: &Scene) -> Survey {
    let mut survey = Survey::default();
    let known = compare_known(scene, &mut survey);
    if !scene.repository.has_git() {
        return survey;
    }
    match status(&git(scene), Untracked::All) {
        Ok(paths) => look_at_new(scene, paths, &known, &mut survey),
        Err(error) => survey.troubles.push(format!("git status: {error}")),
    }
    survey
}

fn compare_known(scene: &Scene, survey: &mut Survey) -> BTreeSet<Vec<u8>> {
    let mut known = BTreeSet::new();
    let memories = scene.cache.known(scene.repository.root());
    if memories.len() > MAX_KNOWN {
        let trouble = format!("more than {MAX_KNOWN} known files: the rest was not compared");
        survey.troubles.push(trouble);
    }
    for (count, (key, memory)) in memories.into_iter().enumerate() {
        if count >= MAX_KNOWN {
            // Still known: not to be taken for a file that is seen for the first time.
            known.insert(key.path);
            continue;
        }
        known.insert(key.path.clone());
        if memory.is_unchanged(Stat::at(&key.on_disk())) {
            continue;
        }
        let place = scene.place_of_key(&key);
        match scene.look(&place) {
            Ok(after) if hash(after.as_ref()) == memory.last.as_ref().map(|state| state.hash) => {}
            Ok(after) => survey.differing.push(Differing {
                place,
                before: memory.last.map(|state| scene.recall(state)),
                after,
            }),
            Err(CaptureError::OwnFile) => {}
            Err(error) => survey.troubles.push(error.without_path()),
        }
    }
    known
}

fn look_at_new(scene: &Scene, paths: Vec<Vec<u8>>, known: &BTreeSet<Vec<u8>>, survey: &mut Survey) {
    survey.surveyed = true;
    let is_new = |path: &Vec<u8>| {
        !known.contains(path) && !scene.repository.on_disk(path).starts_with(&scene.store_dir)
    };
    for (count, path) in paths.into_iter().filter(is_new).enumerate() {
        if count == MAX_FILES {
            survey.surveyed = false;
            let trouble = format!("more than {MAX_FILES} changed files around a command");
            survey.troubles.push(trouble);
            break;
        }
        let place = Place::Inside(path);
        match scene.look(&place) {
            Ok(seen) => survey.new.push((place, seen)),
            Err(CaptureError::OwnFile) => {}
            Err(error) => survey.troubles.push(error.without_path()),
        }
    }
}

/// What changed while a command ran.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) changes: Vec<(Place, Change)>,
    pub(crate) troubles: Vec<String>,
    salt: [u8; 16],
}

/// Looks at the work tree after a command.
///
/// The salt is that of the command's payload object: it hides paths outside the repository.
pub(crate) fn after(
    scene: &Scene,
    pending: Option<&Pending>,
    overlaps: bool,
    salt: &[u8; 16],
) -> Outcome {
    let survey = survey(scene);
    let mut outcome = Outcome {
        changes: Vec::new(),
        troubles: survey.troubles,
        salt: *salt,
    };
    let seen_by_both = if overlaps || pending.is_none() {
        Fidelity::Inferred
    } else {
        Fidelity::Observed
    };
    for differing in survey.differing {
        let Differing {
            place,
            before,
            after,
        } = differing;
        outcome.push(place, before, after, GitOids::default(), seen_by_both);
    }
    let surveyed = pending.is_some_and(|pending| pending.surveyed);
    if surveyed && survey.surveyed {
        let head = pending.and_then(|pending| pending.git_head.as_deref());
        unseen(scene, head, survey.new, &mut outcome, seen_by_both);
    }
    outcome
}

impl Outcome {
    fn push(
        &mut self,
        place: Place,
        before: Option<Seen>,
        after: Option<Seen>,
        git_oids: GitOids,
        fidelity: Fidelity,
    ) {
        if hash(before.as_ref()) == hash(after.as_ref()) {
            return;
        }
        let change = Change {
            path: place.column(&self.salt),
            path_before: None,
            before,
            after,
            fidelity,
            git_oids,
        };
        self.changes.push((place, change));
    }
}

/// Files that git calls changed after the command and that were as in HEAD before it: what they
/// were is read from git. The recorder did not see those bytes on disk, so they are inferred.
fn unseen(
    scene: &Scene,
    head_before: Option<&str>,
    new: Vec<(Place, Option<Seen>)>,
    outcome: &mut Outcome,
    seen_by_both: Fidelity,
) {
    let git = git(scene);
    let mut after: BTreeMap<Vec<u8>, Option<Seen>> = BTreeMap::new();
    for (place, seen) in new {
        if let Place::Inside(path) = place {
            after.insert(path, seen);
        }
    }
    let known = |path: &[u8]| {
        let key = Place::Inside(path.to_vec()).key(&scene.repository);
        scene.cache.memory(&key).is_some()
    };
    let moved = match (head_before, scene.git_head.as_deref()) {
        (Some(from), Some(to)) if from != to => committed(&git, from, to),
        _ => Ok(Vec::new()),
    };
    for path in moved.into_iter().flatten() {
        if !after.contains_key(&path) && !known(&path) {
            let seen = scene.look(&Place::Inside(path.clone())).ok().flatten();
            after.insert(path, seen);
        }
    }
    let paths: Vec<&[u8]> = after.keys().map(Vec::as_slice).collect();
    let blobs = head_before.map_or_else(
        || Ok(vec![None; paths.len()]),
        |head| blobs(&git, head, &paths),
    );
    let blobs = match blobs {
        Ok(blobs) => blobs,
        Err(error) => {
            outcome.troubles.push(format!("git cat-file: {error}"));
            return;
        }
    };
    for ((path, seen), blob) in after.into_iter().zip(blobs) {
        let place = Place::Inside(path);
        let fidelity = if blob.is_some() {
            Fidelity::Inferred
        } else {
            seen_by_both
        };
        let (before, oid) = match blob {
            None => (None, None),
            Some(Blob { oid, content }) => match scene.seen_of(&place, content) {
                Ok(before) => (Some(before), Some(oid)),
                Err(error) => {
                    outcome.troubles.push(error.without_path());
                    continue;
                }
            },
        };
        let oids = GitOids {
            before: oid,
            after: None,
        };
        outcome.push(place, before, seen, oids, fidelity);
    }
}

fn git(scene: &Scene) -> Git<'_> {
    Git::new(scene.repository.root(), Environment::WorkTree, MAX_GIT_TIME)
}

fn hash(seen: Option<&Seen>) -> Option<proofline_format::digest::Hash> {
    seen.map(|seen| seen.state.hash)
}

/// Whether files that git does not track are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Untracked {
    All,
    None,
}

/// Paths that git calls changed or untracked.
pub(crate) fn status(git: &Git<'_>, untracked: Untracked) -> io::Result<Vec<Vec<u8>>> {
    let listed = match untracked {
        Untracked::All => "--untracked-files=all",
        Untracked::None => "--untracked-files=no",
    };
    let output = git.run(
        &[
            "status",
            "--porcelain=v2",
            "-z",
            listed,
            "--no-renames",
            "--ignore-submodules=all",
        ],
        b"",
    )?;
    let path = |line: &[u8]| {
        let fields = match line.first()? {
            b'1' => 9,
            b'u' => 11,
            b'?' => 2,
            _ => return None,
        };
        let path = line
            .splitn(fields, |&byte| byte == b' ')
            .nth(fields.checked_sub(1)?)?;
        (!path.ends_with(b"/")).then(|| path.to_vec())
    };
    Ok(output.split(|&byte| byte == 0).filter_map(path).collect())
}

/// Paths that differ between two commits.
fn committed(git: &Git<'_>, from: &str, to: &str) -> io::Result<Vec<Vec<u8>>> {
    let output = git.run(
        &[
            "diff-tree",
            "-r",
            "-z",
            "--name-only",
            "--no-renames",
            from,
            to,
        ],
        b"",
    )?;
    let names = output.split(|&byte| byte == 0);
    Ok(names
        .filter(|name| !name.is_empty())
        .map(<[u8]>::to_vec)
        .collect())
}

/// The blobs of paths in a commit, in order; `None` where there is none.
fn blobs(git: &Git<'_>, commit: &str, paths: &[&[u8]]) -> io::Result<Vec<Option<Blob>>> {
    // A request is a line, so a path with a line end cannot be asked for; it is left out, and with
    // it what the file was before.
    let asked: Vec<Option<Vec<u8>>> = paths
        .iter()
        .map(|path| {
            let line = [commit.as_bytes(), b":", path].concat();
            (!path.contains(&b'\n')).then_some(line)
        })
        .collect();
    read_blobs(git, &asked)
}

/// What a survey found is remembered from now on.
pub(crate) fn remember_new(
    scene: &Scene,
    new: Vec<(Place, Option<Seen>)>,
    effects: &mut super::notes::Effects,
) {
    for (place, seen) in new {
        effects
            .remember
            .push((place.key(&scene.repository), seen, Standing::Looked));
    }
}

/// An error of a survey never stops the event itself.
pub(crate) fn first_trouble(troubles: &[String]) -> Option<String> {
    let first = troubles.first()?;
    Some(match troubles.len() {
        1 => first.clone(),
        count => format!("{first}, and {} more", count.saturating_sub(1)),
    })
}

impl Scene {
    fn place_of_key(&self, key: &super::cache::FileKey) -> Place {
        if key.path.first() == Some(&b'/') {
            Place::Outside(key.path.clone())
        } else {
            Place::Inside(key.path.clone())
        }
    }
}
