//! The event types that the format knows, and the role of each hash column.
//!
//! `schemas/event-types.json` is normative; a test holds this table to it. Entries of a type that
//! is not in it verify all the same, their roles opaque.

use crate::digest::Hash;
use crate::entry::Entry;

/// What a hash column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// SHA-256 of a file's raw bytes; null where the file does not exist.
    File,
    /// Address of a payload object, or null.
    Object,
    /// Address of a witness index, or null.
    Witness,
    /// Address of an evidence object, or null.
    Evidence,
    /// SHA-256 of a device-signed checkpoint note, or null.
    Note,
    /// SHA-256 of patch bytes, or null.
    Patch,
    /// Address of a key object, never null.
    Key,
    /// Always null.
    Null,
}

impl Role {
    /// Whether a value of this role addresses an object of the store.
    #[must_use]
    pub const fn is_address(self) -> bool {
        matches!(
            self,
            Self::Object | Self::Witness | Self::Evidence | Self::Key
        )
    }

    const fn allows(self, value: Option<&Hash>) -> bool {
        match self {
            Self::Null => value.is_none(),
            Self::Key => value.is_some(),
            _ => true,
        }
    }
}

/// What `git_head` means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GitHead {
    /// HEAD before the event.
    Before,
    /// The commit that the event made.
    Commit,
}

/// One event type of the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventType {
    /// The value of `event_type`.
    pub name: &'static str,
    /// Role of `content_hash_before`.
    pub before: Role,
    /// Role of `content_hash_after`.
    pub after: Role,
    /// Role of `diff_hash`.
    pub diff: Role,
    /// Meaning of `git_head`.
    pub git_head: GitHead,
}

const fn known(
    name: &'static str,
    before: Role,
    after: Role,
    diff: Role,
    git_head: GitHead,
) -> EventType {
    EventType {
        name,
        before,
        after,
        diff,
        git_head,
    }
}

/// Every known type.
pub const EVENT_TYPES: &[EventType] = &[
    known(
        "approval",
        Role::Null,
        Role::Object,
        Role::Null,
        GitHead::Before,
    ),
    known(
        "archive",
        Role::Null,
        Role::Object,
        Role::Null,
        GitHead::Before,
    ),
    known(
        "capture_gap",
        Role::Null,
        Role::Object,
        Role::Null,
        GitHead::Before,
    ),
    known(
        "checkpoint",
        Role::Note,
        Role::Note,
        Role::Evidence,
        GitHead::Before,
    ),
    known(
        "command",
        Role::Null,
        Role::Object,
        Role::Witness,
        GitHead::Before,
    ),
    known(
        "commit",
        Role::Null,
        Role::Object,
        Role::Witness,
        GitHead::Commit,
    ),
    known(
        "compliance_check",
        Role::Null,
        Role::Object,
        Role::Null,
        GitHead::Before,
    ),
    known(
        "config_change",
        Role::Null,
        Role::Object,
        Role::Null,
        GitHead::Before,
    ),
    known(
        "erasure",
        Role::Null,
        Role::Object,
        Role::Null,
        GitHead::Before,
    ),
    known(
        "file_delete",
        Role::File,
        Role::File,
        Role::Null,
        GitHead::Before,
    ),
    known(
        "file_read",
        Role::File,
        Role::Object,
        Role::Null,
        GitHead::Before,
    ),
    known(
        "file_rename",
        Role::File,
        Role::File,
        Role::Patch,
        GitHead::Before,
    ),
    known(
        "file_write",
        Role::File,
        Role::File,
        Role::Patch,
        GitHead::Before,
    ),
    known(
        "genesis",
        Role::Null,
        Role::Object,
        Role::Evidence,
        GitHead::Before,
    ),
    known(
        "key_revoke",
        Role::Null,
        Role::Key,
        Role::Null,
        GitHead::Before,
    ),
    known(
        "key_rotate",
        Role::Null,
        Role::Key,
        Role::Null,
        GitHead::Before,
    ),
    known(
        "prompt",
        Role::Null,
        Role::Object,
        Role::Null,
        GitHead::Before,
    ),
    known(
        "review",
        Role::Null,
        Role::Object,
        Role::Null,
        GitHead::Before,
    ),
    known(
        "session_end",
        Role::Object,
        Role::Object,
        Role::Null,
        GitHead::Before,
    ),
    known(
        "session_start",
        Role::Null,
        Role::Object,
        Role::Null,
        GitHead::Before,
    ),
    known(
        "tool_denied",
        Role::Null,
        Role::Object,
        Role::Null,
        GitHead::Before,
    ),
    known(
        "tool_failed",
        Role::Null,
        Role::Object,
        Role::Witness,
        GitHead::Before,
    ),
    known(
        "tool_request",
        Role::Null,
        Role::Object,
        Role::Null,
        GitHead::Before,
    ),
    known(
        "tool_use",
        Role::Null,
        Role::Object,
        Role::Witness,
        GitHead::Before,
    ),
    known(
        "unobserved_change",
        Role::Null,
        Role::Object,
        Role::Witness,
        GitHead::Before,
    ),
    known(
        "web_request",
        Role::Null,
        Role::Object,
        Role::Null,
        GitHead::Before,
    ),
];

/// The known type of that name.
#[must_use]
pub fn event_type(name: &str) -> Option<&'static EventType> {
    EVENT_TYPES.iter().find(|known| known.name == name)
}

/// The three hash columns of an entry with their names and roles; `None` for an unknown type.
#[must_use]
pub fn hash_columns<Text: AsRef<str>>(
    entry: &Entry<Text>,
) -> Option<[(&'static str, Role, Option<Hash>); 3]> {
    let known = event_type(entry.event_type.as_ref())?;
    Some([
        (
            "content_hash_before",
            known.before,
            entry.content_hash_before,
        ),
        ("content_hash_after", known.after, entry.content_hash_after),
        ("diff_hash", known.diff, entry.diff_hash),
    ])
}

/// The first hash column that its role forbids to be null, or to be given; `None` if all fit.
#[must_use]
pub fn role_mismatch<Text: AsRef<str>>(entry: &Entry<Text>) -> Option<&'static str> {
    let columns = hash_columns(entry)?;
    columns
        .into_iter()
        .find(|(_, role, value)| !role.allows(value.as_ref()))
        .map(|(name, ..)| name)
}

/// The objects that an entry of a known type addresses.
pub fn addresses<Text: AsRef<str>>(
    entry: &Entry<Text>,
) -> impl Iterator<Item = (Role, Hash)> + use<Text> {
    hash_columns(entry)
        .into_iter()
        .flatten()
        .filter_map(|(_, role, value)| value.filter(|_| role.is_address()).map(|hash| (role, hash)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn the_table_is_the_schema() {
        let schema = include_bytes!("../../schemas/event-types.json");
        let schema = json::parse(schema).unwrap();
        let types = schema.member("types").unwrap().members().unwrap();
        assert_eq!(types.len(), EVENT_TYPES.len());
        for (name, row) in types {
            let known = event_type(name).unwrap();
            let text = |key| row.member(key).unwrap().as_text().unwrap();
            assert_eq!(role(known.before), text("before"), "{name}");
            assert_eq!(role(known.after), text("after"), "{name}");
            assert_eq!(role(known.diff), text("diff"), "{name}");
            let head = if known.git_head == GitHead::Commit {
                "commit"
            } else {
                "before"
            };
            assert_eq!(head, text("git_head"), "{name}");
        }
    }

    const fn role(role: Role) -> &'static str {
        match role {
            Role::File => "file",
            Role::Object => "object",
            Role::Witness => "witness",
            Role::Evidence => "evidence",
            Role::Note => "note",
            Role::Patch => "patch",
            Role::Key => "key",
            Role::Null => "null",
        }
    }
}
