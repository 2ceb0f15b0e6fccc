//! Writing: the same files give the same bytes.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::header::{Header, end_record};
use super::{Crc32, Method};
use crate::digest::{Hash, sha256};
use crate::limits::{MAX_ARCHIVE_BYTES, MAX_FILES, MAX_RATIO};

/// Deflate level of the format's writer. It belongs to the version of the writer, not of the
/// format: readers do not care.
const LEVEL: u8 = 6;

/// A file ready to be laid into an archive.
#[derive(Debug, Clone)]
pub struct Packed<'a> {
    /// How its octets came to be.
    pub method: Method,
    /// The octets.
    pub octets: Cow<'a, [u8]>,
    /// Bytes of content.
    pub size_bytes: u64,
    /// CRC-32 of the content.
    pub crc32: u32,
    /// Digest of the content.
    pub sha256: Hash,
}

impl Packed<'_> {
    /// Digest of the octets.
    #[must_use]
    pub fn packed_sha256(&self) -> Hash {
        sha256(&self.octets)
    }
}

fn count(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// A file as it is.
#[must_use]
pub fn store(content: &[u8]) -> Packed<'_> {
    let mut crc = Crc32::default();
    crc.update(content);
    Packed {
        method: Method::Stored,
        octets: Cow::Borrowed(content),
        size_bytes: count(content),
        crc32: crc.value(),
        sha256: sha256(content),
    }
}

/// A file deflated where that is smaller and shrinks it at most 100 times, else as it is.
#[must_use]
pub fn pack(content: &[u8]) -> Packed<'_> {
    let stored = store(content);
    let deflated = miniz_oxide::deflate::compress_to_vec(content, LEVEL);
    let (size, packed) = (count(content), count(&deflated));
    if packed < size && size <= packed.saturating_mul(MAX_RATIO) {
        Packed {
            method: Method::Deflate,
            octets: Cow::Owned(deflated),
            ..stored
        }
    } else {
        stored
    }
}

/// Lays files one after the other; the caller writes the pieces where they belong.
#[derive(Debug, Default)]
pub struct ArchiveWriter {
    directory: Vec<u8>,
    count: u16,
    offset: u64,
}

impl ArchiveWriter {
    /// The local header of the next file, to be written before its octets. `None` beyond the
    /// limits of the format.
    #[must_use]
    pub fn add(&mut self, name: &str, file: &Packed<'_>) -> Option<Vec<u8>> {
        let header = Header {
            method: file.method,
            crc32: file.crc32,
            packed_bytes: u32::try_from(file.octets.len()).ok()?,
            size_bytes: u32::try_from(file.size_bytes).ok()?,
            name_bytes: u16::try_from(name.len()).ok()?,
        };
        let offset = u32::try_from(self.offset).ok()?;
        if usize::from(self.count) >= MAX_FILES || !super::is_valid_name(name) {
            return None;
        }
        self.count = self.count.checked_add(1)?;
        self.directory.extend(header.central(offset));
        self.directory.extend(name.as_bytes());
        let mut local = header.local();
        local.extend(name.as_bytes());
        self.offset = self
            .offset
            .checked_add(count(&local))?
            .checked_add(count(&file.octets))?;
        Some(local)
    }

    /// The central directory and the end record. `None` if the archive would be too large.
    #[must_use]
    pub fn finish(self) -> Option<Vec<u8>> {
        let directory_bytes = u32::try_from(self.directory.len()).ok()?;
        let directory_offset = u32::try_from(self.offset).ok()?;
        let mut out = self.directory;
        out.extend(end_record(self.count, directory_bytes, directory_offset));
        (self.offset.checked_add(count(&out))? <= MAX_ARCHIVE_BYTES).then_some(out)
    }
}

/// A whole archive in memory, for small bundles and tests.
#[must_use]
pub fn archive(files: &[(String, Packed<'_>)]) -> Option<Vec<u8>> {
    let mut writer = ArchiveWriter::default();
    let mut out = Vec::new();
    for (name, file) in files {
        out.extend(writer.add(name, file)?);
        out.extend_from_slice(&file.octets);
    }
    out.extend(writer.finish()?);
    Some(out)
}
