//! The three kinds of header, in the one form that the format has.

use alloc::vec::Vec;

use super::Method;
use crate::limits::MAX_NAME_BYTES;

pub(super) const LOCAL_BYTES: u64 = 30;
pub(super) const CENTRAL_BYTES: u64 = 46;
pub(super) const END_BYTES: u64 = 22;

const LOCAL_SIGNATURE: u32 = 0x0403_4b50;
const CENTRAL_SIGNATURE: u32 = 0x0201_4b50;
pub(super) const END_SIGNATURE: u32 = 0x0605_4b50;
/// Unix, zip 2.0.
const MADE_BY: u16 = 0x0314;
const VERSION: u16 = 20;
/// 1980-01-01, the first date that zip can write.
const DATE: u16 = 0x0021;
/// A regular file, mode 0644.
const EXTERNAL: u32 = 0o100_644 << 16;

/// What differs between two members of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) method: Method,
    pub(super) crc32: u32,
    pub(super) packed_bytes: u32,
    pub(super) size_bytes: u32,
    pub(super) name_bytes: u16,
}

impl Header {
    const fn method_code(self) -> u16 {
        match self.method {
            Method::Stored => 0,
            Method::Deflate => 8,
        }
    }

    /// The fields that both headers share, from version to extra length.
    fn common(self, out: &mut Vec<u8>) {
        for field in [VERSION, 0, self.method_code(), 0, DATE] {
            out.extend(field.to_le_bytes());
        }
        for field in [self.crc32, self.packed_bytes, self.size_bytes] {
            out.extend(field.to_le_bytes());
        }
        out.extend(self.name_bytes.to_le_bytes());
        out.extend(0_u16.to_le_bytes());
    }

    /// The local header without the name.
    pub(super) fn local(self) -> Vec<u8> {
        let mut out = Vec::from(LOCAL_SIGNATURE.to_le_bytes());
        self.common(&mut out);
        out
    }

    /// The central header without the name.
    pub(super) fn central(self, offset: u32) -> Vec<u8> {
        let mut out = Vec::from(CENTRAL_SIGNATURE.to_le_bytes());
        out.extend(MADE_BY.to_le_bytes());
        self.common(&mut out);
        for field in [0_u16; 3] {
            out.extend(field.to_le_bytes());
        }
        out.extend(EXTERNAL.to_le_bytes());
        out.extend(offset.to_le_bytes());
        out
    }

    /// Reads what differs from a central header; `None` if it is not one or its method is unknown.
    /// Whether the rest are the format's constants shows when it is written again and compared.
    pub(super) fn of_central(bytes: &[u8]) -> Option<Self> {
        if u32_at(bytes, 0)? != CENTRAL_SIGNATURE {
            return None;
        }
        Some(Self {
            method: match u16_at(bytes, 10)? {
                0 => Method::Stored,
                8 => Method::Deflate,
                _ => return None,
            },
            crc32: u32_at(bytes, 16)?,
            packed_bytes: u32_at(bytes, 20)?,
            size_bytes: u32_at(bytes, 24)?,
            name_bytes: u16_at(bytes, 28)?,
        })
    }
}

/// The end record.
pub(super) fn end_record(count: u16, directory_bytes: u32, directory_offset: u32) -> Vec<u8> {
    let mut out = Vec::from(END_SIGNATURE.to_le_bytes());
    for field in [0, 0, count, count] {
        out.extend(u16::to_le_bytes(field));
    }
    out.extend(directory_bytes.to_le_bytes());
    out.extend(directory_offset.to_le_bytes());
    out.extend(0_u16.to_le_bytes());
    out
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Whether a name is `[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*` without `.` and `..` parts.
#[must_use]
pub fn is_valid_name(name: &str) -> bool {
    let part = |part: &str| {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        !matches!(part, "" | "." | "..") && part.bytes().all(allowed)
    };
    name.len() <= MAX_NAME_BYTES && name.split('/').all(part)
}
