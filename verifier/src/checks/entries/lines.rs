//! A file of the archive, line by line, without ever holding more than one.

use proofline_format::archive::{ContentError, Source, Stream};

use super::super::container::{Container, content_fault};
use crate::CouldNotLook;
use crate::finding::{Code, Place};
use crate::report::Report;

/// Bytes that are inflated at a time.
const CHUNK_BYTES: usize = 128 << 10;

/// Lines of one file.
pub(crate) struct Lines<'a, S: Source + ?Sized> {
    path: &'static str,
    /// What a line that breaks the form of the file is reported as.
    code: Code,
    stream: Stream<'a, S>,
    buffer: Vec<u8>,
    /// Where the next line begins in the buffer.
    at: usize,
    line_bytes_max: usize,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Reading,
    Ended,
    Broken,
}

/// How reading a file ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Every line was read and the digests were compared.
    Whole,
    /// The report says what is wrong.
    Broken,
}

impl<'a, S: Source + ?Sized> Lines<'a, S> {
    /// Opens a file; `None` if it is not in the archive.
    pub(crate) fn open(
        container: &Container<'a, S>,
        (path, code): (&'static str, Code),
        line_bytes_max: usize,
    ) -> Option<Self> {
        let stream = container.archive().stream(container.member(path)?);
        let buffer = Vec::new();
        Some(Self {
            path,
            code,
            stream,
            buffer,
            at: 0,
            line_bytes_max,
            state: State::Reading,
        })
    }

    /// The next line without its LF; `None` at the end or when the report says why not.
    pub(crate) fn next(&mut self, report: &mut Report) -> Result<Option<&[u8]>, CouldNotLook> {
        let mut searched = self.at;
        loop {
            let rest = self.buffer.get(searched..).unwrap_or_default();
            if let Some(length) = memchr(rest) {
                let (start, end) = (self.at, searched.saturating_add(length));
                self.at = end.saturating_add(1);
                if end.saturating_sub(start) > self.line_bytes_max {
                    self.too_long(report);
                    return Ok(None);
                }
                return Ok(self.buffer.get(start..end));
            }
            searched = self.buffer.len();
            if self.state != State::Reading {
                return Ok(None);
            }
            if searched.saturating_sub(self.at) > self.line_bytes_max {
                self.too_long(report);
                return Ok(None);
            }
            let kept = self.at;
            self.refill(report)?;
            searched = searched.saturating_sub(kept);
        }
    }

    fn too_long(&mut self, report: &mut Report) {
        self.state = State::Broken;
        let text = format!(
            "{}: a line is longer than {} bytes",
            self.path, self.line_bytes_max
        );
        report.found(Code::LimitExceeded, Place::File(self.path.into()), text);
    }

    fn refill(&mut self, report: &mut Report) -> Result<(), CouldNotLook> {
        self.buffer.drain(..self.at);
        self.at = 0;
        let length = self.buffer.len();
        self.buffer.resize(length.saturating_add(CHUNK_BYTES), 0);
        let result = self
            .stream
            .read(self.buffer.get_mut(length..).unwrap_or_default());
        let read = *result.as_ref().unwrap_or(&0);
        self.buffer.truncate(length.saturating_add(read));
        match result {
            Ok(0) if length > 0 => {
                self.state = State::Broken;
                let text = format!("{}: the last line does not end in LF", self.path);
                report.found(self.code, Place::File(self.path.into()), text);
            }
            Ok(0) => self.state = State::Ended,
            Ok(_) => {}
            Err(error) => self.broken(error, report)?,
        }
        Ok(())
    }

    fn broken(&mut self, error: ContentError, report: &mut Report) -> Result<(), CouldNotLook> {
        self.state = State::Broken;
        content_fault(error, self.path, report)
    }

    /// Compares the file's digests, once every line was read.
    pub(crate) fn finish(
        mut self,
        container: &Container<'_, S>,
        report: &mut Report,
    ) -> Result<Ending, CouldNotLook> {
        // A caller that stopped early still owes the digest over the rest.
        while self.state == State::Reading {
            self.at = self.buffer.len();
            self.refill(report)?;
        }
        if self.state == State::Broken {
            return Ok(Ending::Broken);
        }
        let Some(member) = container.member(self.path) else {
            return Ok(Ending::Broken);
        };
        match self.stream.finish() {
            Ok(digests) => {
                container.compare(member, &digests, report);
                Ok(Ending::Whole)
            }
            Err(error) => {
                content_fault(error, self.path, report)?;
                Ok(Ending::Broken)
            }
        }
    }
}

/// Where the first LF stands. A whole chunk is looked through without a branch, which the compiler
/// turns into a few instructions.
fn memchr(bytes: &[u8]) -> Option<usize> {
    let is_lf = |&byte: &u8| byte == b'\n';
    let (chunks, _) = bytes.as_chunks::<64>();
    let without = chunks
        .iter()
        .take_while(|chunk| !chunk.iter().fold(false, |seen, byte| seen | is_lf(byte)))
        .count();
    let skipped = without.saturating_mul(64);
    let at = bytes.get(skipped..)?.iter().position(is_lf)?;
    Some(skipped.saturating_add(at))
}
