//! Witness objects: what a file change was, in numbers and ids only.

use alloc::string::String;
use alloc::vec::Vec;

use super::parse_typed;
use crate::digest::Hash;
use crate::entry::Hunk;
use crate::error::{ErrorKind, ParseError};
use crate::json::Value;

/// One side of a changed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileState {
    /// Whether it was treated as bytes, not lines.
    pub binary: bool,
    /// Whether the last line ends in LF (true for an empty file).
    pub final_newline: bool,
    /// Git object id of the cleaned content, where known.
    pub git_oid: Option<String>,
    /// Number of lines.
    pub lines: u64,
    /// SHA-256 of the raw bytes.
    pub sha256: Hash,
}

/// The per-file object of a witness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessFile {
    /// The path, as in `file_path`.
    pub path: String,
    /// The path before, where it was renamed.
    pub path_before: Option<String>,
    /// The state before; `None` where the file did not exist.
    pub before: Option<FileState>,
    /// The state after; `None` where it was deleted.
    pub after: Option<FileState>,
    /// The hunks, ascending.
    pub hunks: Vec<Hunk>,
    /// 32 hex characters of fresh randomness.
    pub salt: String,
}

/// The witness index over the addresses of per-file objects, in the order of their entries.
#[must_use]
pub fn witness_index(files: &[Hash]) -> Value {
    Value::object([
        ("files", files.iter().copied().collect()),
        ("type", "witness_index".into()),
    ])
}

/// Reads a witness index.
///
/// # Errors
/// What is wrong, and in which member.
pub fn witness_index_files(bytes: &[u8]) -> Result<Vec<Hash>, ParseError> {
    let object = parse_typed(bytes, "witness_index")?;
    let refused = ParseError::of(ErrorKind::Hex, "files");
    let address = |item: &Value| Hash::from_hex(item.as_text()?.as_bytes());
    object
        .require_array("files")?
        .iter()
        .map(|item| address(item).ok_or(refused))
        .collect()
}

impl FileState {
    fn to_value(&self) -> Value {
        Value::object([
            ("binary", self.binary.into()),
            ("final_newline", self.final_newline.into()),
            ("git_oid", Value::text_or_null(self.git_oid.as_deref())),
            ("lines", self.lines.into()),
            ("sha256", self.sha256.into()),
        ])
    }

    fn of(value: &Value, place: &'static str) -> Result<Option<Self>, ParseError> {
        let flag = |member| match value.require(member)? {
            Value::Bool(flag) => Ok(*flag),
            _ => Err(ParseError::of(ErrorKind::Type, member)),
        };
        match value {
            Value::Null => Ok(None),
            Value::Object(_) => Ok(Some(Self {
                binary: flag("binary")?,
                final_newline: flag("final_newline")?,
                git_oid: value.require_text_or_null("git_oid")?.map(String::from),
                lines: value.require_count("lines")?,
                sha256: value.require_hash("sha256")?,
            })),
            _ => Err(ParseError::of(ErrorKind::Type, place)),
        }
    }
}

impl WitnessFile {
    /// The object.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let state =
            |state: &Option<FileState>| state.as_ref().map_or(Value::Null, FileState::to_value);
        let hunk = |hunk: &Hunk| {
            Value::object([
                ("n", hunk.new_start.into()),
                ("nl", hunk.new_lines.into()),
                ("o", hunk.old_start.into()),
                ("ol", hunk.old_lines.into()),
            ])
        };
        Value::object([
            ("after", state(&self.after)),
            ("before", state(&self.before)),
            ("hunks", self.hunks.iter().map(hunk).collect()),
            ("path", self.path.as_str().into()),
            (
                "path_before",
                Value::text_or_null(self.path_before.as_deref()),
            ),
            ("salt", self.salt.as_str().into()),
            ("type", "witness_file".into()),
        ])
    }

    /// Reads the object.
    ///
    /// # Errors
    /// What is wrong, and in which member.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let object = parse_typed(bytes, "witness_file")?;
        let mut hunks = Vec::new();
        for value in object.require_array("hunks")? {
            hunks.push(Hunk {
                old_start: value.require_count("o")?,
                old_lines: value.require_count("ol")?,
                new_start: value.require_count("n")?,
                new_lines: value.require_count("nl")?,
            });
        }
        Ok(Self {
            path: object.require_text("path")?.into(),
            path_before: object
                .require_text_or_null("path_before")?
                .map(String::from),
            before: FileState::of(object.require("before")?, "before")?,
            after: FileState::of(object.require("after")?, "after")?,
            hunks,
            salt: object.require_text("salt")?.into(),
        })
    }
}
