//! Witness objects: what a file change was, in numbers and ids only.

use alloc::string::String;
use alloc::vec::Vec;

use super::parse_typed;
use crate::digest::Hash;
use crate::entry::Hunk;
use crate::error::{ErrorKind, ParseError};
use crate::json::Value;
use crate::limits::{MAX_WITNESS_COPIES, MAX_WITNESS_MOVES, MAX_WITNESS_REFLOWS};

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

/// A block of lines that the change took from one place to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedLines {
    /// The path, before the event, of the file they came from; `None` for the same file.
    pub from_path: Option<String>,
    /// First line in the state before of that file, 1-based.
    pub old_start: u64,
    /// Number of lines.
    pub lines: u64,
    /// First line in the state after of this file, 1-based.
    pub new_start: u64,
}

/// A content that lines of a commit are equal to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum CopySource {
    /// Git's object id of the cleaned content.
    GitOid(String),
    /// SHA-256 of the raw bytes.
    Sha256(Hash),
}

/// A block of lines of a commit that stands in another state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedLines {
    /// The content of that state.
    pub source: CopySource,
    /// Its path.
    pub source_path: String,
    /// First line in it, 1-based.
    pub old_start: u64,
    /// Number of lines.
    pub lines: u64,
    /// First line in the state after of this file, 1-based.
    pub new_start: u64,
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
    /// Blocks that were moved here, ascending by their new line.
    pub moves: Vec<MovedLines>,
    /// Parts of hunks in which only white space changed, ascending.
    pub reflows: Vec<Hunk>,
    /// Blocks of a commit that stand in other states, ascending by their new line.
    pub copies: Vec<CopiedLines>,
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

impl MovedLines {
    fn to_value(&self) -> Value {
        Value::object([
            ("from_path", Value::text_or_null(self.from_path.as_deref())),
            ("l", self.lines.into()),
            ("n", self.new_start.into()),
            ("o", self.old_start.into()),
        ])
    }

    fn of(value: &Value) -> Result<Self, ParseError> {
        Ok(Self {
            from_path: value.require_text_or_null("from_path")?.map(String::from),
            old_start: value.require_count("o")?,
            lines: value.require_count("l")?,
            new_start: value.require_count("n")?,
        })
    }
}

impl CopiedLines {
    fn to_value(&self) -> Value {
        let source = match &self.source {
            CopySource::GitOid(oid) => ("src_oid", oid.as_str().into()),
            CopySource::Sha256(hash) => ("src_sha256", (*hash).into()),
        };
        Value::object([
            ("l", self.lines.into()),
            ("n", self.new_start.into()),
            ("o", self.old_start.into()),
            source,
            ("src_path", self.source_path.as_str().into()),
        ])
    }

    fn of(value: &Value) -> Result<Self, ParseError> {
        let source = match (value.member("src_oid"), value.member("src_sha256")) {
            (Some(_), None) => CopySource::GitOid(value.require_text("src_oid")?.into()),
            (None, Some(_)) => CopySource::Sha256(value.require_hash("src_sha256")?),
            _ => return Err(ParseError::of(ErrorKind::Key, "src_oid")),
        };
        Ok(Self {
            source,
            source_path: value.require_text("src_path")?.into(),
            old_start: value.require_count("o")?,
            lines: value.require_count("l")?,
            new_start: value.require_count("n")?,
        })
    }
}

fn hunk_to_value(hunk: &Hunk) -> Value {
    Value::object([
        ("n", hunk.new_start.into()),
        ("nl", hunk.new_lines.into()),
        ("o", hunk.old_start.into()),
        ("ol", hunk.old_lines.into()),
    ])
}

fn hunk_of(value: &Value) -> Result<Hunk, ParseError> {
    Ok(Hunk {
        old_start: value.require_count("o")?,
        old_lines: value.require_count("ol")?,
        new_start: value.require_count("n")?,
        new_lines: value.require_count("nl")?,
    })
}

/// Reads a list that is left out when it is empty: one that is there and empty has two spellings.
fn optional_list<T>(
    object: &Value,
    member: &'static str,
    items_max: usize,
    read: fn(&Value) -> Result<T, ParseError>,
) -> Result<Vec<T>, ParseError> {
    if object.member(member).is_none() {
        return Ok(Vec::new());
    }
    let items = object.require_array(member)?;
    if items.is_empty() {
        return Err(ParseError::of(ErrorKind::NotCanonical, member));
    }
    if items.len() > items_max {
        return Err(ParseError::of(ErrorKind::Limit, member));
    }
    let read = |item| read(item).map_err(|error| error.in_place(member));
    items.iter().map(read).collect()
}

impl WitnessFile {
    /// The object.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let state =
            |state: &Option<FileState>| state.as_ref().map_or(Value::Null, FileState::to_value);
        let mut members = [
            ("after", state(&self.after)),
            ("before", state(&self.before)),
            ("hunks", self.hunks.iter().map(hunk_to_value).collect()),
            ("path", self.path.as_str().into()),
            (
                "path_before",
                Value::text_or_null(self.path_before.as_deref()),
            ),
            ("salt", self.salt.as_str().into()),
            ("type", "witness_file".into()),
        ]
        .map(|(key, value)| (String::from(key), value))
        .to_vec();
        let mut add = |key, list: Value| {
            if list.as_array().is_some_and(|items| !items.is_empty()) {
                members.push((String::from(key), list));
            }
        };
        add(
            "copies",
            self.copies.iter().map(CopiedLines::to_value).collect(),
        );
        add(
            "moves",
            self.moves.iter().map(MovedLines::to_value).collect(),
        );
        add("reflows", self.reflows.iter().map(hunk_to_value).collect());
        Value::Object(members)
    }

    /// Reads the object.
    ///
    /// # Errors
    /// What is wrong, and in which member.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let object = parse_typed(bytes, "witness_file")?;
        let hunks = object.require_array("hunks")?.iter().map(hunk_of);
        Ok(Self {
            path: object.require_text("path")?.into(),
            path_before: object
                .require_text_or_null("path_before")?
                .map(String::from),
            before: FileState::of(object.require("before")?, "before")?,
            after: FileState::of(object.require("after")?, "after")?,
            hunks: hunks.collect::<Result<_, _>>()?,
            moves: optional_list(&object, "moves", MAX_WITNESS_MOVES, MovedLines::of)?,
            reflows: optional_list(&object, "reflows", MAX_WITNESS_REFLOWS, hunk_of)?,
            copies: optional_list(&object, "copies", MAX_WITNESS_COPIES, CopiedLines::of)?,
            salt: object.require_text("salt")?.into(),
        })
    }
}
