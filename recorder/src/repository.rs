//! Which repository a path belongs to, where its store is, and what HEAD is: all read from files.
//!
//! An agent waits for every hook, so nothing here starts a git process. What only git itself can
//! tell (which files changed, what a filter does) is asked elsewhere, around shell commands only.

mod head;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

/// Name of the store's folder.
pub const STORE_DIR_NAME: &str = ".proofline";
/// Environment variable that moves the store.
pub const STORE_DIR_VARIABLE: &str = "PROOFLINE_DIR";

/// A work tree, with the git repository it belongs to if there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    root: PathBuf,
    git: Option<GitDirs>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct GitDirs {
    /// HEAD and the index of this work tree.
    own: PathBuf,
    /// Refs and objects; the same folder but in a linked work tree.
    common: PathBuf,
}

impl Repository {
    /// The repository whose work tree holds a path; the path itself need not exist.
    #[must_use]
    pub fn containing(path: &Path) -> Option<Self> {
        let path = normal(path);
        path.ancestors().find_map(|folder| {
            let own = git_dir_of(folder)?;
            Some(Self::of_git_dir(folder, own))
        })
    }

    /// The work tree with this root and this git folder, as git's own hooks are told them.
    #[must_use]
    pub fn of_git_dir(root: &Path, own: PathBuf) -> Self {
        let common = fs::read_to_string(own.join("commondir"))
            .map_or_else(|_| own.clone(), |text| normal(&own.join(text.trim_end())));
        Self {
            root: root.to_path_buf(),
            git: Some(GitDirs { own, common }),
        }
    }

    /// A folder that is in no git repository.
    #[must_use]
    pub fn without_git(root: &Path) -> Self {
        Self {
            root: normal(root),
            git: None,
        }
    }

    /// Root of the work tree.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether git keeps this work tree.
    #[must_use]
    pub const fn has_git(&self) -> bool {
        self.git.is_some()
    }

    /// Root of the main work tree, which linked work trees share.
    ///
    /// A bare repository has none: there its own folder stands in. The same is done where a linked
    /// work tree's common folder is not called `.git`, because nothing then names the main tree.
    #[must_use]
    pub fn main_root(&self) -> &Path {
        match &self.git {
            Some(git) if git.common != git.own => match git.common.parent() {
                Some(parent) if git.common.file_name() == Some(OsStr::new(".git")) => parent,
                _ => &git.common,
            },
            _ => &self.root,
        }
    }

    /// The store's folder: `.proofline` in the main work tree, or where `PROOFLINE_DIR` says.
    #[must_use]
    pub fn store_dir(&self) -> PathBuf {
        match std::env::var_os(STORE_DIR_VARIABLE) {
            Some(folder) if !folder.is_empty() => PathBuf::from(folder),
            _ => self.main_root().join(STORE_DIR_NAME),
        }
    }

    /// The commit that HEAD names; `None` before the first commit and without git.
    #[must_use]
    pub fn head_commit(&self) -> Option<String> {
        let git = self.git.as_ref()?;
        head::commit(&git.own, &git.common)
    }

    /// A path relative to the root with `/` between parts, or `None` if it lies outside.
    ///
    /// The name counts, not what a symbolic link in the work tree points to; only where the path
    /// as written is not under the root are the folders above it resolved.
    #[must_use]
    pub fn relative(&self, path: &Path) -> Option<Vec<u8>> {
        let path = normal(&self.root.join(path));
        if let Some(inside) = relative_bytes(&self.root, &path) {
            return Some(inside);
        }
        let root = fs::canonicalize(&self.root).ok()?;
        let folder = fs::canonicalize(path.parent()?).ok()?;
        relative_bytes(&root, &folder.join(path.file_name()?))
    }

    /// The path on disk of a relative path.
    #[must_use]
    pub fn on_disk(&self, relative: &[u8]) -> PathBuf {
        self.root.join(OsStr::from_bytes(relative))
    }
}

fn relative_bytes(root: &Path, path: &Path) -> Option<Vec<u8>> {
    let inside = path.strip_prefix(root).ok()?.as_os_str().as_bytes();
    (!inside.is_empty()).then(|| inside.to_vec())
}

/// The git folder that `.git` in a folder names, if it is one.
fn git_dir_of(folder: &Path) -> Option<PathBuf> {
    let dot_git = folder.join(".git");
    let kind = fs::metadata(&dot_git).ok()?;
    let git_dir = if kind.is_dir() {
        dot_git
    } else {
        let text = fs::read_to_string(&dot_git).ok()?;
        let target = text.strip_prefix("gitdir:")?.trim();
        normal(&folder.join(target))
    };
    git_dir.join("HEAD").symlink_metadata().ok()?;
    Some(git_dir)
}

/// The path without `.` and `..` parts, by its text alone.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

#[cfg(test)]
mod tests;
