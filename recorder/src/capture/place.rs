//! Where a path lies: in the repository, by its name there, or outside, by a salted hash.

use std::path::{Path, PathBuf};

use std::os::unix::ffi::OsStrExt as _;

use proofline_format::digest::sha256;
use proofline_format::limits::{MAX_COLUMN_BYTES, MAX_PATH_BYTES};
use proofline_format::path;

use super::cache::FileKey;
use crate::redact::is_secret_file;
use crate::repository::Repository;

/// A file by its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// Relative to the root of the work tree.
    Inside(Vec<u8>),
    /// Absolute.
    Outside(Vec<u8>),
}

impl Place {
    /// The place of a path as an agent gives it: absolute, or relative to a folder.
    pub(crate) fn of(repository: &Repository, folder: &Path, path: &str) -> Self {
        let path: PathBuf = folder.join(path);
        repository.relative(&path).map_or_else(
            || Self::Outside(path.as_os_str().as_bytes().to_vec()),
            Self::Inside,
        )
    }

    /// The `file_path` column. The salt stands in the payload object of the same event.
    pub(crate) fn column(&self, salt: &[u8; 16]) -> String {
        match self {
            Self::Inside(path) => inside_column(path),
            Self::Outside(path) => path::outside(salt, path),
        }
    }

    /// The name under which the cache knows the file.
    pub(crate) fn key(&self, repository: &Repository) -> FileKey {
        let (Self::Inside(path) | Self::Outside(path)) = self;
        FileKey {
            work_tree: repository.root().to_path_buf(),
            path: path.clone(),
        }
    }

    pub(crate) fn is_secret(&self) -> bool {
        let (Self::Inside(path) | Self::Outside(path)) = self;
        is_secret_file(path)
    }
}

/// The `file_path` column of a path inside the repository.
fn inside_column(path: &[u8]) -> String {
    let column = path::inside(path);
    if column.len() > MAX_PATH_BYTES {
        format!("sha256:{}", sha256(column.as_bytes()))
    } else {
        column
    }
}

/// A text as a column takes it. A longer one, or one that looks like a marked value, is written by
/// its hash; the text itself is then in the payload object.
pub(crate) fn text_column(text: &str) -> Option<String> {
    if text.is_empty() {
        None
    } else if text.len() > MAX_COLUMN_BYTES || path::is_reserved(text) {
        Some(format!("sha256:{}", sha256(text.as_bytes())))
    } else {
        Some(text.into())
    }
}
