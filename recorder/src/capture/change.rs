//! One file change as entries: its witness, and an entry for every hunk (`docs/format.md` §4, §7).

use proofline_format::digest::Hash;
use proofline_format::entry::{Fidelity, Hunk};
use proofline_format::json::Value;
use proofline_format::object::{WitnessFile, witness_index};

use super::CaptureError;
use super::state::Seen;
use crate::diff::{LineHunk, line_hunks};
use crate::event::{Batch, Event};
use crate::random;

/// More hunks than this in one file are recorded as one change without hunks.
const MAX_HUNKS: usize = 5_000;

/// What happened to one file. Before and after are not both `None`.
#[derive(Debug)]
pub(crate) struct Change {
    /// The `file_path` column.
    pub(crate) path: String,
    /// The path it had before, where bytes show that it was renamed.
    pub(crate) path_before: Option<String>,
    pub(crate) before: Option<Seen>,
    pub(crate) after: Option<Seen>,
    pub(crate) fidelity: Fidelity,
    /// Git's ids of the cleaned content, where known.
    pub(crate) git_oids: GitOids,
}

/// Git's ids of the cleaned content before and after.
#[derive(Debug, Clone, Default)]
pub(crate) struct GitOids {
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

impl Change {
    fn is_secret(&self) -> bool {
        let secret = |side: &Option<Seen>| {
            let seen = side.as_ref();
            seen.is_some_and(|seen| seen.state.secret_object.is_some())
        };
        secret(&self.before) || secret(&self.after)
    }

    /// Whether nothing changed: it only says which state a path is in.
    fn is_statement(&self) -> bool {
        hash_of(self.before.as_ref()) == hash_of(self.after.as_ref()) && self.path_before.is_none()
    }

    /// The hunks; none for a deletion, and where the lines cannot or should not be compared.
    fn hunks(&self) -> Vec<LineHunk> {
        let Some(after) = &self.after else {
            return Vec::new();
        };
        let diffable = |seen: &Seen| seen.state.diffable;
        if !diffable(after) || self.before.as_ref().is_some_and(|seen| !diffable(seen)) {
            return Vec::new();
        }
        let before = match &self.before {
            None => Some([].as_slice()),
            Some(seen) => seen.content.as_deref(),
        };
        match (before, after.content.as_deref()) {
            (Some(before), Some(after)) => {
                let hunks = line_hunks(before, after);
                if hunks.len() > MAX_HUNKS {
                    Vec::new()
                } else {
                    hunks
                }
            }
            _ => Vec::new(),
        }
    }

    fn witness(&self, hunks: &[LineHunk]) -> Result<Value, CaptureError> {
        let state = |seen: &Option<Seen>, oid: &Option<String>| {
            seen.as_ref().map(|seen| seen.state.witness(oid.clone()))
        };
        let mut value = WitnessFile {
            path: self.path.clone(),
            path_before: self.path_before.clone(),
            before: state(&self.before, &self.git_oids.before),
            after: state(&self.after, &self.git_oids.after),
            hunks: hunks.iter().map(|line_hunk| line_hunk.hunk).collect(),
            moves: Vec::new(),
            reflows: Vec::new(),
            copies: Vec::new(),
            salt: random::salt()?,
        }
        .to_value();
        if let (true, Value::Object(members)) = (self.is_secret(), &mut value) {
            members.push(("secret".into(), true.into()));
        }
        Ok(value)
    }
}

fn hash_of(seen: Option<&Seen>) -> Option<Hash> {
    seen.map(|seen| seen.state.hash)
}

/// Adds an entry with the changes that it caused: witness objects, the entry with the address of
/// their index, and the entries of every change with the entry as their parent.
///
/// `head_before` is what `git_head` means for a file change; a commit's own is another.
pub(crate) fn add_with_changes(
    batch: &mut Batch,
    mut parent: Event,
    changes: &[Change],
    head_before: Option<&str>,
) -> Result<(), CaptureError> {
    let mut children = Vec::new();
    let mut witnesses = Vec::new();
    let blank = Event {
        parent_event_id: Some(parent.id),
        content_hash_before: None,
        content_hash_after: None,
        diff_hash: None,
        hunk: None,
        git_head: head_before.map(String::from),
        ..parent.clone()
    };
    for change in changes {
        let hunks = change.hunks();
        witnesses.push(batch.add_object(&change.witness(&hunks)?));
        add_secret_objects(batch, change);
        if !change.is_statement() {
            add_entries(&mut children, &blank, change, &hunks)?;
        }
    }
    if !witnesses.is_empty() {
        parent.diff_hash = Some(batch.add_object(&witness_index(&witnesses)));
    }
    batch.events.push(parent);
    batch.events.append(&mut children);
    Ok(())
}

/// The objects that stand in for the content of a file under the secret policy.
pub(crate) fn add_secret_objects(batch: &mut Batch, change: &Change) {
    for seen in [&change.before, &change.after].into_iter().flatten() {
        add_secret_object(batch, seen);
    }
}

/// The object that stands in for the content of a file under the secret policy.
pub(crate) fn add_secret_object(batch: &mut Batch, seen: &Seen) {
    if let Some(object) = &seen.state.secret_object {
        let address = seen.state.hash;
        batch.objects.push((address, object.clone().into_bytes()));
    }
}

fn add_entries(
    children: &mut Vec<Event>,
    blank: &Event,
    change: &Change,
    hunks: &[LineHunk],
) -> Result<(), CaptureError> {
    let event_type = match (&change.after, &change.path_before) {
        (None, _) => "file_delete",
        (Some(_), Some(_)) => "file_rename",
        (Some(_), None) => "file_write",
    };
    let mut blank = Event {
        event_type: event_type.into(),
        file_path: Some(change.path.clone()),
        content_hash_before: hash_of(change.before.as_ref()),
        content_hash_after: hash_of(change.after.as_ref()),
        capture_fidelity: change.fidelity,
        ..blank.clone()
    };
    if let Some(path_before) = &change.path_before {
        let id = random::event_id()?;
        children.push(Event {
            id,
            file_path: Some(path_before.clone()),
            content_hash_after: None,
            ..blank.clone()
        });
        blank.parent_event_id = Some(id);
    }
    let mut add = |hunk: Option<Hunk>, patch: Option<Hash>| {
        children.push(Event {
            id: random::event_id()?,
            hunk,
            diff_hash: patch,
            ..blank.clone()
        });
        Ok(())
    };
    if hunks.is_empty() {
        return add(None, None);
    }
    hunks
        .iter()
        .try_for_each(|line_hunk| add(Some(line_hunk.hunk), Some(line_hunk.patch_sha256)))
}

/// Makes a rename of a deletion and a creation of the same bytes, where each is the only one.
///
/// Similar is not the same: anything less than equal bytes stays a deletion and a creation.
pub(crate) fn pair_renames(changes: Vec<Change>) -> Vec<Change> {
    let only = |hash: Option<Hash>, side: fn(&Change) -> Option<Hash>| {
        changes.iter().filter(|change| side(change) == hash).count() == 1
    };
    let mut pairs = Vec::new();
    for (from, deleted) in changes.iter().enumerate() {
        let hash = gone(deleted);
        let partner = changes.iter().position(|created| made(created) == hash);
        if let (Some(_), Some(to)) = (hash, partner)
            && only(hash, gone)
            && only(hash, made)
        {
            pairs.push((from, to));
        }
    }
    let mut slots: Vec<Option<Change>> = changes.into_iter().map(Some).collect();
    for (from, to) in pairs {
        let deleted = slots.get_mut(from).and_then(Option::take);
        if let (Some(deleted), Some(Some(created))) = (deleted, slots.get_mut(to)) {
            created.path_before = Some(deleted.path);
            created.before = deleted.before;
            created.git_oids.before = deleted.git_oids.before;
            if deleted.fidelity == Fidelity::Inferred {
                created.fidelity = Fidelity::Inferred;
            }
        }
    }
    slots.into_iter().flatten().collect()
}

fn gone(change: &Change) -> Option<Hash> {
    let after = &change.after;
    hash_of(change.before.as_ref()).filter(|_| after.is_none())
}

fn made(change: &Change) -> Option<Hash> {
    let before = &change.before;
    hash_of(change.after.as_ref()).filter(|_| before.is_none())
}
