//! What a file was before we changed it, and how we left it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use proofline_format::digest::{Hash, sha256};
use proofline_format::encoding::{base64, base64_decode};
use serde_json::{Value as Json, json};

use super::Step;

/// A file's bytes and permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileImage {
    pub(super) content: Vec<u8>,
    pub(super) mode: u32,
}

impl FileImage {
    pub(super) fn read(path: &Path) -> std::io::Result<Option<Self>> {
        let metadata = match fs::metadata(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        Ok(Some(Self {
            content: fs::read(path)?,
            mode: metadata.permissions().mode() & 0o7777,
        }))
    }
}

/// A note about one installed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// What it was; `None` if it was not there.
    pub(super) original: Option<FileImage>,
    /// SHA-256 of how we left it.
    pub(super) left: Hash,
    /// Folders that were made for it, innermost first.
    pub(super) made_dirs: Vec<PathBuf>,
    /// Where the user's own file stands meanwhile.
    pub(super) set_aside: Option<PathBuf>,
}

impl Record {
    pub(super) fn note(&self, path: PathBuf) -> Step {
        let text = |path: &PathBuf| path.to_string_lossy().into_owned();
        let original = self
            .original
            .as_ref()
            .map(|image| json!({"content": base64(&image.content), "mode": image.mode}));
        let note = json!({
            "original": original,
            "left": self.left.to_string(),
            "made_dirs": self.made_dirs.iter().map(text).collect::<Vec<_>>(),
            "set_aside": self.set_aside.as_ref().map(text),
        });
        Step::Note {
            path,
            content: note.to_string().into_bytes(),
        }
    }

    pub(super) fn read(path: &Path) -> Option<Self> {
        let note: Json = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
        let original = match note.get("original")? {
            Json::Null => None,
            image => Some(FileImage {
                content: base64_decode(image.get("content")?.as_str()?.as_bytes())?,
                mode: u32::try_from(image.get("mode")?.as_u64()?).ok()?,
            }),
        };
        let path = |value: &Json| value.as_str().map(PathBuf::from);
        Some(Self {
            original,
            left: Hash::from_hex(note.get("left")?.as_str()?.as_bytes())?,
            made_dirs: note
                .get("made_dirs")?
                .as_array()?
                .iter()
                .filter_map(path)
                .collect(),
            set_aside: note.get("set_aside").and_then(path),
        })
    }

    /// Whether a file is as we left it.
    pub(super) fn is_untouched(&self, now: Option<&FileImage>) -> bool {
        now.is_some_and(|image| sha256(&image.content) == self.left)
    }

    /// The steps that restore what was there.
    pub(super) fn restore(&self, path: &Path) -> Vec<Step> {
        let path = path.to_path_buf();
        let mut steps = Vec::new();
        match (&self.set_aside, &self.original) {
            (Some(aside), _) => steps.push(Step::Rename {
                from: aside.clone(),
                to: path,
            }),
            (None, Some(image)) => steps.push(Step::Write {
                path,
                content: image.content.clone(),
                mode: image.mode,
            }),
            (None, None) => steps.push(Step::Remove { path }),
        }
        let dirs = self.made_dirs.iter().cloned();
        steps.extend(dirs.map(|path| Step::RemoveDir { path }));
        steps
    }
}

/// The folders above a file that are not there yet, innermost first.
pub(super) fn missing_dirs(path: &Path) -> Vec<PathBuf> {
    path.ancestors()
        .skip(1)
        .take_while(|folder| !folder.exists())
        .map(Path::to_path_buf)
        .collect()
}
