//! Reading the manifest's claims.

use alloc::string::String;
use alloc::vec::Vec;

use super::{
    CONTEXT, FileRecord, Filter, FilterKind, Manifest, Previous, Sized, method_name, paths,
};
use crate::archive::{Method, is_valid_name};
use crate::error::{ErrorKind, ParseError};
use crate::json::Value;
use crate::limits::MAX_FILES;

/// The version of the format that this crate reads and writes.
pub const FORMAT_VERSION: u64 = 1;

/// Members of the document, its proof included.
const MEMBERS: [&str; 23] = [
    "@context",
    "absent",
    "context_sha256",
    "device",
    "entries",
    "files",
    "filter",
    "format_version",
    "gaps",
    "id",
    "last_note",
    "newest_token",
    "origin",
    "period",
    "previous",
    "proof",
    "range",
    "redactions",
    "sources",
    "tip",
    "tool",
    "tree",
    "type",
];

/// The format version that a manifest states, whatever else it holds.
///
/// # Errors
/// If there is no such number.
pub fn format_version_of(document: &Value) -> Result<u64, ParseError> {
    document.require_count("format_version")
}

impl Manifest {
    /// Reads the claims of a document of version 1.
    ///
    /// # Errors
    /// What is wrong, and in which member.
    pub fn of(document: &Value) -> Result<Self, ParseError> {
        document.require_exactly(&MEMBERS)?;
        exact_text_list(document, "@context", CONTEXT)?;
        exact_text_list(document, "type", "EvidenceManifest")?;
        if format_version_of(document)? != FORMAT_VERSION {
            return Err(ParseError::of(ErrorKind::Value, "format_version"));
        }
        let device = member(document, "device", &["did", "fingerprint"])?;
        let entries = member(document, "entries", &["at_source", "exported"])?;
        let redactions = member(document, "redactions", &["withheld_objects"])?;
        let tool = member(document, "tool", &["name", "version"])?;
        let tree = member(document, "tree", &["root", "size"])?;
        let text = |value: &Value, key| value.require_text(key).map(String::from);
        Ok(Self {
            absent: absent(document)?,
            context_sha256: document.require_hash("context_sha256")?,
            device_did: text(device, "did")?,
            device_fingerprint: device.require_hash("fingerprint")?,
            entries_at_source: entries.require_count("at_source")?,
            entries_exported: entries.require_count("exported")?,
            files: files(document)?,
            filter: Filter::of(document.require("filter")?)?,
            gaps: indexes(document, "gaps")?,
            id: text(document, "id")?,
            last_note: sized(document, "last_note")?,
            newest_token: sized(document, "newest_token")?,
            origin: text(document, "origin")?,
            period: period(document)?,
            previous: previous(document)?,
            range: range(document)?,
            withheld_objects: redactions.require_count("withheld_objects")?,
            sources: texts(document, "sources")?,
            tip: document.require_hash_or_null("tip")?,
            tool: (text(tool, "name")?, text(tool, "version")?),
            tree: Sized {
                sha256: tree.require_hash("root")?,
                size: tree.require_count("size")?,
            },
        })
    }
}

fn member<'a>(
    value: &'a Value,
    key: &'static str,
    members: &[&'static str],
) -> Result<&'a Value, ParseError> {
    let object = value.require(key)?;
    object
        .require_exactly(members)
        .map_err(|error| error.in_place(key))?;
    Ok(object)
}

fn exact_text_list(value: &Value, key: &'static str, want: &str) -> Result<(), ParseError> {
    match value.require_array(key)? {
        [only] if only.as_text() == Some(want) => Ok(()),
        _ => Err(ParseError::of(ErrorKind::Value, key)),
    }
}

fn texts(value: &Value, key: &'static str) -> Result<Vec<String>, ParseError> {
    let refused = ParseError::of(ErrorKind::Type, key);
    let text = |item: &Value| item.as_text().map(String::from).ok_or(refused);
    value.require_array(key)?.iter().map(text).collect()
}

fn indexes(value: &Value, key: &'static str) -> Result<Vec<u64>, ParseError> {
    let refused = ParseError::of(ErrorKind::Type, key);
    let index = |item: &Value| {
        item.as_integer()
            .and_then(|n| u64::try_from(n).ok())
            .ok_or(refused)
    };
    value.require_array(key)?.iter().map(index).collect()
}

fn sized(value: &Value, key: &'static str) -> Result<Option<Sized>, ParseError> {
    if value.require(key)? == &Value::Null {
        return Ok(None);
    }
    let object = member(value, key, &["sha256", "size"])?;
    let (sha256, size) = (
        object.require_hash("sha256")?,
        object.require_count("size")?,
    );
    Ok(Some(Sized { sha256, size }))
}

fn previous(value: &Value) -> Result<Option<Previous>, ParseError> {
    if value.require("previous")? == &Value::Null {
        return Ok(None);
    }
    let object = member(value, "previous", &["last", "sha256", "tip"])?;
    Ok(Some(Previous {
        last: object.require_count("last")?,
        sha256: object.require_hash("sha256")?,
        tip: object.require_hash("tip")?,
    }))
}

fn range(value: &Value) -> Result<Option<(u64, u64)>, ParseError> {
    if value.require("range")? == &Value::Null {
        return Ok(None);
    }
    let object = member(value, "range", &["first", "last"])?;
    let (first, last) = (
        object.require_count("first")?,
        object.require_count("last")?,
    );
    if first <= last {
        Ok(Some((first, last)))
    } else {
        Err(ParseError::of(ErrorKind::Value, "range"))
    }
}

fn period(value: &Value) -> Result<Option<(String, String)>, ParseError> {
    if value.require("period")? == &Value::Null {
        return Ok(None);
    }
    let object = member(value, "period", &["from", "to"])?;
    Ok(Some((
        object.require_text("from")?.into(),
        object.require_text("to")?.into(),
    )))
}

/// Only what the format allows to be absent, each once, in order.
fn absent(value: &Value) -> Result<Vec<String>, ParseError> {
    let absent = texts(value, "absent")?;
    let optional = absent
        .iter()
        .all(|path| paths::OPTIONAL.contains(&path.as_str()));
    if optional && absent.is_sorted_by(|a, b| a < b) {
        Ok(absent)
    } else {
        Err(ParseError::of(ErrorKind::Value, "absent"))
    }
}

fn files(value: &Value) -> Result<Vec<FileRecord>, ParseError> {
    let list = value.require_array("files")?;
    if list.len() > MAX_FILES {
        return Err(ParseError::of(ErrorKind::Limit, "files"));
    }
    let files: Vec<FileRecord> = list.iter().map(FileRecord::of).collect::<Result<_, _>>()?;
    if files.is_sorted_by(|a, b| a.path.as_bytes() < b.path.as_bytes()) {
        Ok(files)
    } else {
        Err(ParseError::of(ErrorKind::NotCanonical, "files"))
    }
}

impl FileRecord {
    fn of(value: &Value) -> Result<Self, ParseError> {
        value.require_exactly(&["method", "packed_sha256", "path", "sha256", "size"])?;
        let name = value.require_text("method")?;
        let method = [Method::Stored, Method::Deflate]
            .into_iter()
            .find(|m| method_name(*m) == name);
        let path = value.require_text("path")?;
        if !is_valid_name(path) {
            return Err(ParseError::of(ErrorKind::Path, "path"));
        }
        Ok(Self {
            path: path.into(),
            sha256: value.require_hash("sha256")?,
            size_bytes: value.require_count("size")?,
            method: method.ok_or(ParseError::of(ErrorKind::Value, "method"))?,
            packed_sha256: value.require_hash("packed_sha256")?,
        })
    }
}

impl Filter {
    fn of(value: &Value) -> Result<Self, ParseError> {
        value.require_exactly(&["include_tail", "kind", "sessions", "since", "until"])?;
        let kinds = [
            FilterKind::Complete,
            FilterKind::Period,
            FilterKind::Scattered,
        ];
        let name = value.require_text("kind")?;
        let kind = kinds.into_iter().find(|kind| kind.as_str() == name);
        let Value::Bool(include_tail) = value.require("include_tail")? else {
            return Err(ParseError::of(ErrorKind::Type, "include_tail"));
        };
        Ok(Self {
            kind: kind.ok_or(ParseError::of(ErrorKind::Value, "kind"))?,
            include_tail: *include_tail,
            sessions: texts(value, "sessions")?,
            since: value.require_text_or_null("since")?.map(String::from),
            until: value.require_text_or_null("until")?.map(String::from),
        })
    }
}
