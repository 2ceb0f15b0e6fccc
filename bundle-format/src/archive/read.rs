//! Opening an archive: directory, order, names, and both headers of every member.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::header::{CENTRAL_BYTES, END_BYTES, END_SIGNATURE, Header, LOCAL_BYTES};
use super::header::{end_record, is_valid_name, u16_at, u32_at};
use super::{Method, Source, SourceError, Stream};
use crate::limits::{MAX_ARCHIVE_BYTES, MAX_FILES, MAX_NAME_BYTES, MAX_RATIO};

/// Why an archive was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArchiveFault {
    /// There is no end record in the last 22 bytes.
    NotAnArchive,
    /// Bytes, order or header fields that are not the format's.
    Structure,
    /// A name that is not allowed.
    Name,
    /// Two names that are equal without regard to case.
    DuplicateName,
    /// A file that claims to grow more than 100 times.
    Ratio,
    /// Too many files or too many bytes.
    Limit,
}

/// An archive that was refused, or could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArchiveError {
    /// The archive is not of the format: what, and at which byte of it.
    Fault(ArchiveFault, u64),
    /// The source failed.
    Source(SourceError),
}

impl From<SourceError> for ArchiveError {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (fault, offset) = match self {
            Self::Fault(fault, offset) => (fault, offset),
            Self::Source(error) => return error.fmt(f),
        };
        let what = match fault {
            ArchiveFault::NotAnArchive => "no end record of a zip archive",
            ArchiveFault::Structure => "layout or header field is not the format's",
            ArchiveFault::Name => "name is not allowed",
            ArchiveFault::DuplicateName => "name equals an earlier one without regard to case",
            ArchiveFault::Ratio => "file claims to grow more than 100 times",
            ArchiveFault::Limit => "too many files or bytes",
        };
        write!(f, "{what} at byte {offset}")
    }
}

impl core::error::Error for ArchiveError {}

/// One file of the archive, as its headers claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// How it lies there.
    pub method: Method,
    /// Bytes of its content.
    pub size_bytes: u64,
    /// Octets in the archive.
    pub packed_bytes: u64,
    /// CRC-32 of its content.
    pub crc32: u32,
    /// Where its octets begin.
    pub(super) offset: u64,
}

/// An archive whose layout is the format's. Contents are not checked yet.
#[derive(Debug)]
pub struct Archive<'a, S: Source + ?Sized> {
    source: &'a S,
    members: Vec<Member>,
}

const fn fault<T>(fault: ArchiveFault, offset: u64) -> Result<T, ArchiveError> {
    Err(ArchiveError::Fault(fault, offset))
}

impl<'a, S: Source + ?Sized> Archive<'a, S> {
    /// Reads and checks the layout.
    ///
    /// # Errors
    /// The first fault with its offset, or that the source failed.
    pub fn open(source: &'a S) -> Result<Self, ArchiveError> {
        let size = source.size_bytes();
        if size > MAX_ARCHIVE_BYTES {
            return fault(ArchiveFault::Limit, MAX_ARCHIVE_BYTES);
        }
        let Some(end_at) = size.checked_sub(END_BYTES) else {
            return fault(ArchiveFault::NotAnArchive, 0);
        };
        let end = read_vec(source, end_at, END_BYTES)?;
        if u32_at(&end, 0) != Some(END_SIGNATURE) {
            // The signature elsewhere means a comment or trailing bytes; text has neither.
            let kind = match read_vec(source, 0, 4)?.as_slice() {
                b"PK\x03\x04" => ArchiveFault::Structure,
                _ => ArchiveFault::NotAnArchive,
            };
            return fault(kind, end_at);
        }
        let (Some(count), Some(directory_bytes), Some(directory_at)) =
            (u16_at(&end, 10), u32_at(&end, 12), u32_at(&end, 16))
        else {
            return fault(ArchiveFault::Structure, end_at);
        };
        let directory_end = u64::from(directory_at).saturating_add(u64::from(directory_bytes));
        if end != end_record(count, directory_bytes, directory_at) || directory_end != end_at {
            return fault(ArchiveFault::Structure, end_at);
        }
        if usize::from(count) > MAX_FILES {
            return fault(ArchiveFault::Limit, end_at);
        }
        let mut reader = DirectoryReader {
            source,
            central_at: u64::from(directory_at),
            local_at: 0,
        };
        let mut members = Vec::new();
        for _ in 0..count {
            members.push(reader.member()?);
        }
        if reader.central_at != end_at || reader.local_at != u64::from(directory_at) {
            return fault(ArchiveFault::Structure, reader.local_at);
        }
        check_names(&members)?;
        Ok(Self { source, members })
    }

    /// The files in the order of the archive.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The file of that name.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }

    /// The content of a file as a stream.
    #[must_use]
    pub fn stream(&self, member: &Member) -> Stream<'a, S> {
        Stream::new(self.source, member)
    }
}

fn read_vec<S: Source + ?Sized>(
    source: &S,
    offset: u64,
    bytes: u64,
) -> Result<Vec<u8>, SourceError> {
    let mut out = alloc::vec![0; usize::try_from(bytes).map_err(|_| SourceError)?];
    source.read_at(offset, &mut out)?;
    Ok(out)
}

struct DirectoryReader<'a, S: Source + ?Sized> {
    source: &'a S,
    central_at: u64,
    local_at: u64,
}

impl<S: Source + ?Sized> DirectoryReader<'_, S> {
    /// Reads the next central header and the local one that it must equal.
    fn member(&mut self) -> Result<Member, ArchiveError> {
        let central_at = self.central_at;
        let structure = fault(ArchiveFault::Structure, central_at);
        let end_at = self.source.size_bytes().saturating_sub(END_BYTES);
        if central_at.saturating_add(CENTRAL_BYTES) > end_at {
            return structure;
        }
        let central = read_vec(self.source, central_at, CENTRAL_BYTES)?;
        let (Some(header), Ok(local_at)) =
            (Header::of_central(&central), u32::try_from(self.local_at))
        else {
            return structure;
        };
        if central != header.central(local_at) {
            return structure;
        }
        let name_bytes = u64::from(header.name_bytes);
        if name_bytes > u64::try_from(MAX_NAME_BYTES).unwrap_or(0) {
            return fault(ArchiveFault::Name, central_at);
        }
        let name_at = central_at.saturating_add(CENTRAL_BYTES);
        let octets_at = self
            .local_at
            .saturating_add(LOCAL_BYTES)
            .saturating_add(name_bytes);
        let next_local = octets_at.saturating_add(u64::from(header.packed_bytes));
        if name_at.saturating_add(name_bytes) > end_at || next_local > central_at {
            return structure;
        }
        let name = read_vec(self.source, name_at, name_bytes)?;
        let local_bytes = LOCAL_BYTES.saturating_add(name_bytes);
        let local = read_vec(self.source, self.local_at, local_bytes)?;
        if local != [header.local().as_slice(), &name].concat() {
            return fault(ArchiveFault::Structure, self.local_at);
        }
        let name = match String::from_utf8(name) {
            Ok(name) if is_valid_name(&name) => name,
            _ => return fault(ArchiveFault::Name, name_at),
        };
        let (size_bytes, packed_bytes) =
            (u64::from(header.size_bytes), u64::from(header.packed_bytes));
        match header.method {
            Method::Stored if size_bytes != packed_bytes => return structure,
            Method::Deflate if size_bytes > packed_bytes.saturating_mul(MAX_RATIO) => {
                return fault(ArchiveFault::Ratio, central_at);
            }
            _ => {}
        }
        self.central_at = name_at.saturating_add(name_bytes);
        self.local_at = next_local;
        let crc32 = header.crc32;
        let method = header.method;
        Ok(Member {
            name,
            method,
            size_bytes,
            packed_bytes,
            crc32,
            offset: octets_at,
        })
    }
}

fn check_names(members: &[Member]) -> Result<(), ArchiveError> {
    let mut names: Vec<(String, u64)> = members
        .iter()
        .map(|m| (m.name.to_ascii_lowercase(), m.offset))
        .collect();
    names.sort_unstable();
    match names
        .windows(2)
        .find(|pair| pair.first().map(|n| &n.0) == pair.last().map(|n| &n.0))
    {
        Some(pair) => fault(ArchiveFault::DuplicateName, pair.last().map_or(0, |n| n.1)),
        None => Ok(()),
    }
}
