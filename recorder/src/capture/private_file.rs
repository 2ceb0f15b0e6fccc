//! Files that only the user may read: written whole or not at all, without waiting for the disk.
//!
//! Nothing here is evidence. After a power cut a note may be gone, and the next difference is then
//! coarser; so no `fsync`, which would be most of a hook's time.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Makes a folder, and those above it, that only the user can enter.
pub(crate) fn make_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Opens a file, and makes the folder for it if that is what is missing.
fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    options.mode(0o600);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make_dir(path.parent().unwrap_or(path))?;
            options.open(path)
        }
        other => other,
    }
}

/// Creates a file that is not there yet.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    open(OpenOptions::new().write(true).create_new(true), path)
}

/// Writes a file whose name is the hash of its content, unless it is there. It is written in place,
/// which spares a rename: a reader hashes what it finds, so half a file is no file, and the next
/// write of the same content completes it.
pub(crate) fn write_named_by_hash(path: &Path, content: &[u8]) -> io::Result<()> {
    let length = u64::try_from(content.len()).unwrap_or(u64::MAX);
    if fs::metadata(path).is_ok_and(|file| file.len() == length) {
        return Ok(());
    }
    let mut options = OpenOptions::new();
    open(options.write(true).create(true).truncate(true), path)?.write_all(content)
}

/// Writes a file under its name in one step.
pub(crate) fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let temporary = path.with_extension(format!("{:016x}.tmp", u64::from_be_bytes(random)));
    let mut file = create_new(&temporary)?;
    let written = file.write_all(content);
    drop(file);
    written
        .and_then(|()| fs::rename(&temporary, path))
        .inspect_err(|_| {
            // The write failed; what is left of it is of no use, and neither is a second error.
            fs::remove_file(&temporary).ok();
        })
}
