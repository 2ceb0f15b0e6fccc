//! Export: one file that a stranger can check without this program.
//!
//! The same store and the same request give the same bytes: every date in the bundle comes from
//! its last entry. The bundle ends at the last stamped checkpoint, because what comes after it has
//! no upper bound in time yet.

mod chain;
mod checkpoint_lines;
mod deflate;
mod error;
mod key_lines;
mod object_files;
mod readme;
mod sealing;
mod selection;

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use proofline_format::archive::{ArchiveWriter, Packed};
use proofline_format::digest::Hash;
use proofline_format::manifest::{FilterKind, Previous, Sized};
use proofline_format::timestamp::Timestamp;

pub use self::error::ExportError;
use crate::keys::KeyRing;
use crate::store::Store;

/// Whether entries after the last stamped checkpoint are exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tail {
    /// They are not.
    #[default]
    Excluded,
    /// They are; their time is then unproven.
    Included,
}

/// Which payload objects are exported. Evidence, genesis, keys, witnesses, session summaries and
/// gaps always are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Disclosure {
    /// None: prompts, commands and answers stay on the device, their hashes are in the bundle.
    #[default]
    Required,
    /// Every one that was not erased.
    All,
    /// The same, and even those that do not match their address: for who checks the store itself.
    AsKept,
}

/// What to export.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// Lower end of the period, inclusive.
    pub since: Option<Timestamp>,
    /// Upper end of the period, exclusive.
    pub until: Option<Timestamp>,
    /// Sessions; all entries if empty.
    pub sessions: Vec<String>,
    /// What comes after the last stamped checkpoint.
    pub tail: Tail,
    /// Payload objects.
    pub disclosure: Disclosure,
    /// The bundle that this one continues.
    pub previous: Option<Previous>,
}

/// What was exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The shape.
    pub kind: FilterKind,
    /// First and last index.
    pub range: (u64, u64),
    /// Lines in the bundle.
    pub entries: u64,
    /// Entries in the store.
    pub at_source: u64,
    /// Bytes of the bundle.
    pub size_bytes: u64,
    /// Chain hash of the last line.
    pub tip: Hash,
    /// The manifest's id.
    pub id: String,
    /// Newest token in the bundle.
    pub newest_token: Option<Sized>,
    /// Objects that entries address and that are not in the bundle.
    pub withheld_objects: u64,
    /// Fingerprint of the key that signed manifest and statement.
    pub device_fingerprint: Hash,
    /// Whether the last line is a checkpoint entry that has a token.
    pub ends_stamped: bool,
}

/// A file of the bundle, ready to be laid into the archive.
pub(crate) struct Part {
    pub(crate) path: String,
    pub(crate) packed: Packed<'static>,
}

/// Exports to a file, which appears whole or not at all.
///
/// # Errors
/// If nothing matches, the bundle would be too large, or files, store or key cannot be had.
pub fn export(
    store: &Store,
    keys: &KeyRing,
    request: &Request,
    bundle: &Path,
) -> Result<Exported, ExportError> {
    let (parts, mut exported) =
        store.at_one_moment(|store| sealing::sealed_parts(store, keys, request))?;
    exported.size_bytes = write_file(&parts, bundle)?;
    Ok(exported)
}

fn write_file(parts: &[Part], bundle: &Path) -> Result<u64, ExportError> {
    let mut name = bundle.as_os_str().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let temporary = Path::new(&name);
    let io_error = |source| ExportError::Write {
        path: bundle.into(),
        source,
    };
    let file = fs::File::create(temporary).map_err(io_error)?;
    let written = match write_archive(parts, file) {
        Ok(Some(written)) => fs::rename(temporary, bundle).map(|()| written),
        Ok(None) => {
            fs::remove_file(temporary).ok();
            return Err(ExportError::TooLarge);
        }
        Err(error) => Err(error),
    };
    if written.is_err() {
        fs::remove_file(temporary).ok();
    }
    written.map_err(io_error)
}

/// `None` if the archive is beyond the limits of the format.
fn write_archive(parts: &[Part], file: fs::File) -> io::Result<Option<u64>> {
    let mut out = io::BufWriter::with_capacity(1 << 20, file);
    let mut archive = ArchiveWriter::default();
    let mut written = 0_u64;
    let mut put = |bytes: &[u8]| {
        written = written.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        out.write_all(bytes)
    };
    for part in parts {
        let Some(header) = archive.add(&part.path, &part.packed) else {
            return Ok(None);
        };
        put(&header)?;
        put(&part.packed.octets)?;
    }
    let Some(directory) = archive.finish() else {
        return Ok(None);
    };
    put(&directory)?;
    out.into_inner()
        .map_err(|error| error.into_error())?
        .sync_all()?;
    Ok(Some(written))
}
