//! The archive: a zip with one possible layout, read strictly and written deterministically.
//!
//! No two zip readers agree on hostile archives, so this one accepts only what the format's
//! writer makes: local entries contiguous from offset 0 in directory order, both headers equal,
//! constants where zip allows choices, nothing before, between or after. It reads from a
//! random-access source and inflates as a stream: no length in a header is ever allocated.

mod crc;
mod header;
mod read;
mod stream;
mod write;

pub use self::crc::Crc32;
pub use self::header::is_valid_name;
pub use self::read::{Archive, ArchiveError, ArchiveFault, Member};
pub use self::stream::{ContentError, MemberDigests, Stream};
pub use self::write::{ArchiveWriter, Packed, archive, pack, store};

/// How a file lies in the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// As it is.
    Stored,
    /// RFC 1951.
    Deflate,
}

/// Random access to the bytes of a bundle, so that a large one is never in memory at once.
pub trait Source {
    /// Number of bytes.
    fn size_bytes(&self) -> u64;

    /// Fills `buffer` from `offset`.
    ///
    /// # Errors
    /// [`SourceError`] if these bytes cannot be had.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError>;
}

/// The source could not give bytes: an error of looking, not a finding about the bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceError;

impl core::fmt::Display for SourceError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the bytes of the bundle cannot be read")
    }
}

impl core::error::Error for SourceError {}

impl Source for [u8] {
    fn size_bytes(&self) -> u64 {
        u64::try_from(self.len()).unwrap_or(u64::MAX)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        let start = usize::try_from(offset).map_err(|_| SourceError)?;
        let end = start.checked_add(buffer.len()).ok_or(SourceError)?;
        buffer.copy_from_slice(self.get(start..end).ok_or(SourceError)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
