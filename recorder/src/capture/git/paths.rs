//! The paths of a commit, each held against what was recorded of it.
//!
//! Where git says that the file in the work tree is what was committed, its bytes on disk are the
//! state, because those are what every other entry speaks of; git's own bytes may differ by line
//! ends or other filters. Where it is not (part of a file was committed), git's bytes are.

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;

use proofline_format::digest::Hash;
use proofline_format::entry::Fidelity;

use super::commit::Commit;
use crate::capture::CaptureError;
use crate::capture::blobs::{Blob, read_blobs};
use crate::capture::cache::{FileKey, Memory, Standing};
use crate::capture::change::{Change, GitOids};
use crate::capture::git_process::Git;
use crate::capture::payload::Payload;
use crate::capture::place::Place;
use crate::capture::scene::Scene;
use crate::capture::state::Seen;
use crate::capture::work_tree::{Untracked, status};

/// Paths of one commit that are looked at.
const MAX_PATHS: usize = 5_000;
/// Paths whose blobs are in memory at once.
const PATHS_AT_ONCE: usize = 200;

/// What the paths of a commit come to.
#[derive(Debug, Default)]
pub(super) struct Explained {
    pub(super) changes: Vec<Change>,
    pub(super) troubles: Vec<String>,
    pub(super) remember: Vec<(FileKey, Option<Seen>, Standing)>,
    pub(super) account: Vec<(FileKey, Vec<Hash>)>,
    paths: u64,
    by_entries: u64,
    submodules: u64,
    links: u64,
}

impl Explained {
    pub(super) fn describe(&self, payload: &mut Payload) {
        for (key, count) in [
            ("paths", self.paths),
            ("paths_explained", self.by_entries),
            ("submodules_skipped", self.submodules),
            ("links_skipped", self.links),
        ] {
            payload.set(key, count.into());
        }
    }
}

/// One line of `git diff-tree --raw`.
#[derive(Debug, Clone)]
struct Line {
    path: Vec<u8>,
    /// Git's ids; `None` where the path is not there.
    before: Option<String>,
    after: Option<String>,
}

/// Holds every path that the commit changed against what was recorded.
pub(super) fn explain(scene: &Scene, git: &Git<'_>, commit: &Commit) -> Explained {
    let mut explained = Explained::default();
    let lines = match changed(git, commit, &mut explained) {
        Ok(lines) => lines,
        Err(error) => {
            explained.troubles.push(format!("git diff-tree: {error}"));
            return explained;
        }
    };
    // When git cannot say what is clean, nothing is: its own bytes are then compared.
    let dirty: io::Result<BTreeSet<Vec<u8>>> =
        status(git, Untracked::None).map(|paths| paths.into_iter().collect());
    if let Err(error) = &dirty {
        explained.troubles.push(format!("git status: {error}"));
    }
    if lines.len() > MAX_PATHS {
        let left = lines.len().saturating_sub(MAX_PATHS);
        let trouble = format!("{left} paths of a commit were not looked at");
        explained.troubles.push(trouble);
    }
    let lines = lines.get(..MAX_PATHS).unwrap_or(&lines);
    for some in lines.chunks(PATHS_AT_ONCE) {
        let facts: Vec<Facts> = some
            .iter()
            .map(|line| {
                let clean = dirty
                    .as_ref()
                    .is_ok_and(|dirty| !dirty.contains(&line.path));
                Facts::of(scene, line, clean)
            })
            .collect();
        match fetch(git, &facts) {
            Ok(blobs) => {
                for facts in facts {
                    if let Err(error) = explained.add(scene, git, facts, &blobs) {
                        explained.troubles.push(error.to_string());
                    }
                }
            }
            Err(error) => explained.troubles.push(format!("git cat-file: {error}")),
        }
    }
    explained
}

/// A path with all that is known of it before git is asked for contents.
#[derive(Debug)]
struct Facts {
    line: Line,
    place: Place,
    key: FileKey,
    memory: Option<Memory>,
    /// What is on disk, if that is what was committed.
    clean: Option<Option<Seen>>,
}

impl Facts {
    fn of(scene: &Scene, line: &Line, clean: bool) -> Self {
        let place = Place::Inside(line.path.clone());
        let key = place.key(&scene.repository);
        let disk = if clean { scene.look(&place).ok() } else { None };
        // A deletion from the index alone leaves the file where it is.
        let clean = disk.filter(|seen| seen.is_some() == line.after.is_some());
        Self {
            memory: scene.cache.memory(&key),
            line: line.clone(),
            place,
            key,
            clean,
        }
    }

    fn is_recorded(&self, seen: &Seen) -> bool {
        let memory = self.memory.as_ref();
        memory.is_some_and(|memory| memory.recorded.contains(&seen.state.hash))
    }

    /// The state on disk, if it is the committed one and an entry recorded it.
    fn recorded_on_disk(&self) -> Option<&Seen> {
        let seen = self.clean.as_ref()?.as_ref()?;
        self.is_recorded(seen).then_some(seen)
    }

    /// A first look that no commit accounts for yet.
    fn base(&self) -> Option<Hash> {
        self.memory.as_ref()?.base
    }

    /// Whether bytes of the work tree are the parent's blob in another form: git says what its
    /// filters (line ends, and whatever else is configured) make of them.
    fn is_parent(&self, git: &Git<'_>, content: &[u8]) -> bool {
        let path = OsStr::from_bytes(&self.line.path);
        let arguments = ["hash-object", "--stdin", "--path"].map(OsStr::new);
        let cleaned = git.run(&[arguments.as_slice(), &[path]].concat(), content);
        let before = self.line.before.as_deref().map(str::as_bytes);
        cleaned.is_ok_and(|oid| Some(oid.trim_ascii_end()) == before)
    }

    fn wanted_blobs(&self) -> impl Iterator<Item = &String> {
        let settled = self.recorded_on_disk().is_some() && self.base().is_none();
        let wanted = if settled {
            [None, None]
        } else {
            [self.line.before.as_ref(), self.line.after.as_ref()]
        };
        wanted.into_iter().flatten()
    }
}

type Blobs = HashMap<String, Vec<u8>>;

fn fetch(git: &Git<'_>, facts: &[Facts]) -> io::Result<Blobs> {
    let wanted: BTreeSet<&String> = facts.iter().flat_map(Facts::wanted_blobs).collect();
    let asked: Vec<Option<Vec<u8>>> = wanted
        .into_iter()
        .map(|oid| Some(oid.clone().into_bytes()))
        .collect();
    let blobs = read_blobs(git, &asked)?;
    let named = |Blob { oid, content }| (oid, content);
    Ok(blobs.into_iter().flatten().map(named).collect())
}

impl Explained {
    fn add(
        &mut self,
        scene: &Scene,
        git: &Git<'_>,
        facts: Facts,
        blobs: &Blobs,
    ) -> Result<(), CaptureError> {
        self.paths = self.paths.saturating_add(1);
        let blob = |oid: &Option<String>| match oid.as_ref().and_then(|oid| blobs.get(oid)) {
            Some(content) => scene.seen_of(&facts.place, content.clone()).map(Some),
            None => Ok(None),
        };
        let parent = blob(&facts.line.before)?;
        let committed = blob(&facts.line.after)?;
        if facts.line.after.is_none() {
            self.add_deletion(scene, facts, parent);
            return Ok(());
        }
        let recorded = facts.recorded_on_disk().cloned().or_else(|| {
            let committed = committed.clone()?;
            facts.is_recorded(&committed).then_some(committed)
        });
        if let Some(recorded) = recorded {
            self.add_recorded(scene, git, &facts, recorded, parent);
            return Ok(());
        }
        let seen_before = facts.memory.as_ref().map(|memory| memory.last.clone());
        let disk = facts.clean.clone().flatten();
        let (before, after) = match (seen_before, disk) {
            // It was seen in another state: from there to what is committed.
            (Some(last), disk) if last.as_ref().map(|s| s.hash) != facts.base() => {
                let before = last.map(|state| scene.recall(state));
                (before, disk.or(committed))
            }
            // Never seen, or only looked at: what changed is what git says changed.
            (_, disk) => {
                if let (Some(disk), Some(committed)) = (&disk, &committed)
                    && disk.state.hash != committed.state.hash
                {
                    // A filter makes one of the other: the same blob in two forms.
                    self.state(&facts, disk.clone());
                }
                (parent, committed)
            }
        };
        self.settle(&facts, after.as_ref());
        self.change(&facts, before, after);
        Ok(())
    }

    fn add_deletion(&mut self, scene: &Scene, facts: Facts, parent: Option<Seen>) {
        let last = facts.memory.as_ref().map(|memory| memory.last.clone());
        let before = match last {
            Some(None) => {
                self.by_entries = self.by_entries.saturating_add(1);
                return;
            }
            Some(Some(state)) => Some(scene.recall(state)),
            None => parent,
        };
        self.change(&facts, before, None);
        if facts.clean.is_some() {
            self.remember.push((facts.key, None, Standing::Recorded));
        }
    }

    /// An entry recorded the committed state. What it built on may still be nobody's.
    fn add_recorded(
        &mut self,
        scene: &Scene,
        git: &Git<'_>,
        facts: &Facts,
        recorded: Seen,
        parent: Option<Seen>,
    ) {
        let mut states = vec![recorded.state.hash];
        let base = facts.base();
        let content = base.and_then(|base| scene.cache.content(&base));
        match (base, content) {
            (Some(base), _) if parent.as_ref().map(|seen| seen.state.hash) == Some(base) => {
                self.by_entries = self.by_entries.saturating_add(1);
            }
            (None, _) => self.by_entries = self.by_entries.saturating_add(1),
            (Some(base), Some(content)) if facts.is_parent(git, &content) => {
                self.by_entries = self.by_entries.saturating_add(1);
                states.push(base);
            }
            (Some(base), content) => {
                states.push(base);
                match content.map(|content| scene.seen_of(&facts.place, content)) {
                    Some(Ok(base)) => self.base_change(facts, parent, base),
                    _ => self.troubles.push(
                        "what a recorded edit built on differs from the parent commit, and is no \
                         longer cached"
                            .into(),
                    ),
                }
            }
        }
        self.account.push((facts.key.clone(), states));
        self.state(facts, recorded);
    }

    /// States which blob a recorded state is.
    fn state(&mut self, facts: &Facts, seen: Seen) {
        let oid = facts.line.after.clone();
        self.changes.push(Change {
            path: facts.place.column(&[0; 16]),
            path_before: None,
            before: Some(seen.clone()),
            after: Some(seen),
            fidelity: Fidelity::Inferred,
            git_oids: GitOids {
                before: oid.clone(),
                after: oid,
            },
        });
    }

    fn base_change(&mut self, facts: &Facts, parent: Option<Seen>, base: Seen) {
        self.changes.push(Change {
            path: facts.place.column(&[0; 16]),
            path_before: None,
            before: parent,
            after: Some(base),
            fidelity: Fidelity::Inferred,
            git_oids: GitOids {
                before: facts.line.before.clone(),
                after: None,
            },
        });
    }

    fn change(&mut self, facts: &Facts, before: Option<Seen>, after: Option<Seen>) {
        if before.is_none() && after.is_none() {
            let trouble = "a path of a commit could be read neither from disk nor from git";
            self.troubles.push(trouble.into());
            return;
        }
        self.changes.push(Change {
            path: facts.place.column(&[0; 16]),
            path_before: None,
            before,
            after,
            fidelity: Fidelity::Inferred,
            git_oids: GitOids {
                before: facts.line.before.clone(),
                after: facts.line.after.clone(),
            },
        });
    }

    /// What is remembered of a path that the commit accounts for now.
    fn settle(&mut self, facts: &Facts, after: Option<&Seen>) {
        if let Some(Some(disk)) = &facts.clean {
            let remember = (facts.key.clone(), Some(disk.clone()), Standing::Recorded);
            self.remember.push(remember);
        }
        let states = after.map(|seen| seen.state.hash).into_iter();
        self.account.push((facts.key.clone(), states.collect()));
    }
}

/// The paths that a commit changed against its first parent.
fn changed(git: &Git<'_>, commit: &Commit, explained: &mut Explained) -> io::Result<Vec<Line>> {
    let mut arguments = vec![
        "diff-tree",
        "-r",
        "-z",
        "--raw",
        "--no-renames",
        "--no-commit-id",
    ];
    match commit.parents.first() {
        Some(parent) => arguments.extend([parent, commit.id.as_str()]),
        None => arguments.extend(["--root", commit.id.as_str()]),
    }
    let output = git.run(&arguments, b"")?;
    let mut fields = output.split(|&byte| byte == 0);
    let mut lines = Vec::new();
    while let (Some(raw), Some(path)) = (fields.next(), fields.next()) {
        let raw = String::from_utf8_lossy(raw);
        let mut parts = raw.trim_start_matches(':').split(' ');
        let (Some(mode_before), Some(mode_after), Some(before), Some(after)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(io::Error::other(format!("line `{raw}` is not understood")));
        };
        let modes = [mode_before, mode_after];
        if modes.contains(&"160000") {
            explained.submodules = explained.submodules.saturating_add(1);
        } else if modes.contains(&"120000") {
            explained.links = explained.links.saturating_add(1);
        } else {
            let there = |oid: &str| (!oid.bytes().all(|b| b == b'0')).then(|| oid.to_owned());
            lines.push(Line {
                path: path.to_vec(),
                before: there(before),
                after: there(after),
            });
        }
    }
    Ok(lines)
}
