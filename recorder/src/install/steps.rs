//! Steps of a plan: shown, or done.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::InstallError;
use crate::capture::private_file;
use crate::diff::{line_hunks, patch_text};

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Write a file in one step; what was there is gone.
    Write {
        /// Where.
        path: PathBuf,
        /// What.
        content: Vec<u8>,
        /// Its permissions.
        mode: u32,
    },
    /// Write a private note, which is not shown.
    Note {
        /// Where.
        path: PathBuf,
        /// What.
        content: Vec<u8>,
    },
    /// Give a file another name.
    Rename {
        /// The old name.
        from: PathBuf,
        /// The new name.
        to: PathBuf,
    },
    /// Delete a file.
    Remove {
        /// Which one.
        path: PathBuf,
    },
    /// Delete a folder if it is empty.
    RemoveDir {
        /// Which one.
        path: PathBuf,
    },
}

/// Does everything, in order.
///
/// # Errors
/// At the first step that cannot be done.
pub fn apply(steps: &[Step]) -> Result<(), InstallError> {
    for step in steps {
        match step {
            Step::Write {
                path,
                content,
                mode,
            } => {
                write(path, content, *mode).map_err(InstallError::file(path))?;
            }
            Step::Note { path, content } => {
                private_file::write(path, content).map_err(InstallError::file(path))?;
            }
            Step::Rename { from, to } => {
                fs::rename(from, to).map_err(InstallError::file(from))?;
            }
            Step::Remove { path } => match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(InstallError::file(path)(error));
                }
                _ => {}
            },
            // Something else is in it now: then it stays.
            Step::RemoveDir { path } => {
                fs::remove_dir(path).ok();
            }
        }
    }
    Ok(())
}

fn write(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let temporary = PathBuf::from(name);
    let written = fs::write(&temporary, content)
        .and_then(|()| fs::set_permissions(&temporary, fs::Permissions::from_mode(mode)))
        .and_then(|()| fs::File::open(&temporary)?.sync_all())
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // What is left of it is of no use, and neither is a second error.
        fs::remove_file(&temporary).ok();
    }
    written
}

/// Shows what a plan does, as a patch.
#[must_use]
pub fn render(steps: &[Step]) -> String {
    let mut out = String::new();
    for step in steps {
        match step {
            Step::Write { path, content, .. } => {
                let before = fs::read(path).ok();
                let old = match &before {
                    Some(_) => path.display().to_string(),
                    None => "/dev/null".into(),
                };
                out.push_str(&format!("--- {old}\n+++ {}\n", path.display()));
                let before = before.unwrap_or_default();
                for line_hunk in line_hunks(&before, content) {
                    let patch = patch_text(&before, content, &line_hunk.hunk);
                    out.push_str(&String::from_utf8_lossy(&patch));
                }
            }
            Step::Note { .. } => {}
            Step::Rename { from, to } => {
                out.push_str(&format!("rename {} to {}\n", from.display(), to.display()));
            }
            Step::Remove { path } => out.push_str(&format!("delete {}\n", path.display())),
            Step::RemoveDir { path } => {
                out.push_str(&format!("delete {} if empty\n", path.display()));
            }
        }
    }
    out
}
