//! The content of one file, inflated as it is read, checked when it ends.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};

use super::{Crc32, Member, Method, Source, SourceError};
use crate::digest::{Hash, Hasher};

/// Octets that are read from the source at a time.
const CHUNK_BYTES: usize = 64 << 10;

/// Why a content was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentError {
    /// The deflate stream is broken, ends early, or goes on after its end.
    Deflate,
    /// More or fewer bytes than the headers say.
    Size,
    /// The CRC-32 is another.
    Crc,
    /// Larger than the caller allows.
    Limit,
    /// The source failed.
    Source(SourceError),
}

impl fmt::Display for ContentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deflate => {
                f.write_str("deflate stream is broken or does not end with its octets")
            }
            Self::Size => f.write_str("content has another size than its header says"),
            Self::Crc => f.write_str("content has another CRC-32 than its header says"),
            Self::Limit => f.write_str("content is larger than the format allows"),
            Self::Source(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ContentError {}

/// Digests of a file that was read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberDigests {
    /// Over the content.
    pub content: Hash,
    /// Over the octets in the archive.
    pub packed: Hash,
}

/// The content of one file.
pub struct Stream<'a, S: Source + ?Sized> {
    source: &'a S,
    at: u64,
    packed_left: u64,
    size_left: u64,
    crc_claimed: u32,
    crc: Crc32,
    content: Hasher,
    packed: Hasher,
    inflater: Option<Box<InflateState>>,
    buffer: Vec<u8>,
    taken: usize,
    stream_ended: bool,
}

impl<S: Source + ?Sized> fmt::Debug for Stream<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stream({} bytes left)", self.size_left)
    }
}

impl<'a, S: Source + ?Sized> Stream<'a, S> {
    pub(super) fn new(source: &'a S, member: &Member) -> Self {
        let inflater =
            (member.method == Method::Deflate).then(|| InflateState::new_boxed(DataFormat::Raw));
        Self {
            source,
            at: member.offset,
            packed_left: member.packed_bytes,
            size_left: member.size_bytes,
            crc_claimed: member.crc32,
            crc: Crc32::default(),
            content: Hasher::default(),
            packed: Hasher::default(),
            inflater,
            buffer: Vec::new(),
            taken: 0,
            stream_ended: false,
        }
    }

    /// Reads up to `out.len()` bytes of content; 0 at its end.
    ///
    /// # Errors
    /// What is wrong with the content so far.
    pub fn read(&mut self, out: &mut [u8]) -> Result<usize, ContentError> {
        let room = usize::try_from(self.size_left)
            .unwrap_or(usize::MAX)
            .min(out.len());
        let out = out.get_mut(..room).unwrap_or_default();
        let mut written = 0;
        while written < room {
            let target = out.get_mut(written..).unwrap_or_default();
            let step = if self.inflater.is_some() {
                self.inflate(target)?
            } else {
                self.copy(target)?
            };
            written = written.saturating_add(step);
        }
        self.crc.update(out);
        self.content.update(out);
        self.size_left = self
            .size_left
            .saturating_sub(u64::try_from(written).unwrap_or(u64::MAX));
        Ok(written)
    }

    /// Checks that everything was read and nothing is left over, and gives the digests.
    ///
    /// # Errors
    /// What is wrong with the content as a whole.
    pub fn finish(mut self) -> Result<MemberDigests, ContentError> {
        if self.size_left > 0 {
            return Err(ContentError::Size);
        }
        if self.inflater.is_some() && !self.stream_ended {
            // The end-of-block code may still stand in the octets; it gives no bytes.
            let mut probe = [0_u8; 1];
            match self.inflate(&mut probe) {
                Ok(0) if self.stream_ended => {}
                Ok(_) => return Err(ContentError::Size),
                Err(error) => return Err(error),
            }
        }
        if self.packed_left > 0 || self.taken < self.buffer.len() {
            return Err(ContentError::Deflate);
        }
        if self.crc.value() != self.crc_claimed {
            return Err(ContentError::Crc);
        }
        Ok(MemberDigests {
            content: self.content.finish(),
            packed: self.packed.finish(),
        })
    }

    /// Reads the whole content, if it is at most `bytes_max` long.
    ///
    /// # Errors
    /// What is wrong with it, or [`ContentError::Limit`].
    pub fn read_all(mut self, bytes_max: usize) -> Result<(Vec<u8>, MemberDigests), ContentError> {
        let mut out = Vec::new();
        if usize::try_from(self.size_left).is_ok_and(|size| size > bytes_max) {
            return Err(ContentError::Limit);
        }
        let mut chunk = alloc::vec![0; CHUNK_BYTES];
        loop {
            let read = self.read(&mut chunk)?;
            if read == 0 {
                return Ok((out, self.finish()?));
            }
            out.extend_from_slice(chunk.get(..read).unwrap_or_default());
        }
    }

    fn refill(&mut self) -> Result<(), ContentError> {
        let bytes = usize::try_from(self.packed_left)
            .unwrap_or(usize::MAX)
            .min(CHUNK_BYTES);
        self.buffer.resize(bytes, 0);
        self.source
            .read_at(self.at, &mut self.buffer)
            .map_err(ContentError::Source)?;
        self.packed.update(&self.buffer);
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.at = self.at.saturating_add(bytes);
        self.packed_left = self.packed_left.saturating_sub(bytes);
        self.taken = 0;
        Ok(())
    }

    fn pending(&self) -> &[u8] {
        self.buffer.get(self.taken..).unwrap_or_default()
    }

    fn copy(&mut self, out: &mut [u8]) -> Result<usize, ContentError> {
        if self.pending().is_empty() {
            self.refill()?;
        }
        let count = self.pending().len().min(out.len());
        if count == 0 {
            return Err(ContentError::Size);
        }
        out.get_mut(..count)
            .unwrap_or_default()
            .copy_from_slice(self.pending().get(..count).unwrap_or_default());
        self.taken = self.taken.saturating_add(count);
        Ok(count)
    }

    /// Inflates until `out` is full, the octets of one chunk are used up, or the stream ends.
    /// Gives 0 only at the end of the stream.
    fn inflate(&mut self, out: &mut [u8]) -> Result<usize, ContentError> {
        loop {
            if self.stream_ended {
                return Err(ContentError::Size);
            }
            if self.pending().is_empty() && self.packed_left > 0 {
                self.refill()?;
            }
            let Some(state) = self.inflater.as_mut() else {
                return Err(ContentError::Deflate);
            };
            let input = self.buffer.get(self.taken..).unwrap_or_default();
            let starved = input.is_empty();
            let result = inflate(state, input, out, MZFlush::None);
            self.taken = self.taken.saturating_add(result.bytes_consumed);
            match result.status {
                Ok(MZStatus::StreamEnd) => {
                    self.stream_ended = true;
                    // Nothing more was expected only when the caller is finishing.
                    if result.bytes_written == 0 && self.size_left > 0 {
                        return Err(ContentError::Size);
                    }
                    return Ok(result.bytes_written);
                }
                Ok(_) if result.bytes_written > 0 => return Ok(result.bytes_written),
                Ok(_) | Err(MZError::Buf) if !starved => {}
                _ => return Err(ContentError::Deflate),
            }
        }
    }
}
