//! Large files of the bundle: packed in pieces of a fixed size, on all cores.
//!
//! Each piece is compressed by itself and ends on a byte boundary, so that their concatenation is
//! one deflate stream. The piece size belongs to the writer's version: the number of cores
//! changes nothing in the bytes.

use std::borrow::Cow;
use std::num::NonZero;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

use miniz_oxide::DataFormat;
use miniz_oxide::deflate::CompressionLevel;
use miniz_oxide::deflate::core::{CompressorOxide, TDEFLFlush, compress_to_output};
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use proofline_format::archive::{Crc32, Method, Packed, store};
use proofline_format::digest::Hasher;
use proofline_format::limits::MAX_RATIO;

/// Bytes of content in one piece.
const PIECE_BYTES: usize = 1 << 20;
/// The least effort. Hashes and signatures do not compress; six times the work would make a bundle
/// a fifteenth smaller.
const LEVEL: CompressionLevel = CompressionLevel::BestSpeed;

/// Work for one core.
struct Piece {
    content: Vec<u8>,
    flush: TDEFLFlush,
    answer: Sender<Vec<u8>>,
}

fn deflate(content: &[u8], flush: TDEFLFlush) -> Vec<u8> {
    let mut compressor = CompressorOxide::with_format_and_level(DataFormat::Raw, LEVEL);
    let mut out = Vec::with_capacity(content.len() / 2);
    compress_to_output(&mut compressor, content, flush, |bytes| {
        out.extend_from_slice(bytes);
        true
    });
    out
}

/// Threads that compress while the caller reads the store. They end when this is dropped and
/// their work is done.
#[derive(Debug, Clone)]
pub(super) struct Pool {
    queue: SyncSender<Piece>,
}

impl Pool {
    /// Starts one thread a core.
    pub(super) fn start() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let (queue, pieces) = sync_channel::<Piece>(cores.saturating_mul(2));
        let pieces = Arc::new(Mutex::new(pieces));
        for _ in 0..cores {
            let pieces = Arc::clone(&pieces);
            thread::spawn(move || work(&pieces));
        }
        Self { queue }
    }

    /// Begins a file.
    pub(super) fn file(&self) -> FileWriter {
        FileWriter {
            queue: self.queue.clone(),
            buffer: Vec::with_capacity(PIECE_BYTES),
            crc: Crc32::default(),
            sha256: Hasher::default(),
            size_bytes: 0,
            pieces: Vec::new(),
        }
    }
}

fn work(pieces: &Mutex<Receiver<Piece>>) {
    loop {
        let next = match pieces.lock() {
            Ok(pieces) => pieces.recv(),
            Err(_) => return,
        };
        let Ok(piece) = next else { return };
        // Nobody listens any more only if the export failed elsewhere.
        piece.answer.send(deflate(&piece.content, piece.flush)).ok();
    }
}

/// A file of the bundle in the making.
#[derive(Debug)]
pub(super) struct FileWriter {
    queue: SyncSender<Piece>,
    buffer: Vec<u8>,
    crc: Crc32,
    sha256: Hasher,
    size_bytes: u64,
    pieces: Vec<Receiver<Vec<u8>>>,
}

impl FileWriter {
    /// Takes in the next bytes of content.
    pub(super) fn write(&mut self, mut bytes: &[u8]) {
        self.size_bytes = self
            .size_bytes
            .saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        while !bytes.is_empty() {
            if self.buffer.len() == PIECE_BYTES {
                self.hand_over(TDEFLFlush::Sync);
            }
            let room = PIECE_BYTES.saturating_sub(self.buffer.len());
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.buffer.extend_from_slice(now);
            bytes = later;
        }
    }

    fn hand_over(&mut self, flush: TDEFLFlush) {
        let content = std::mem::replace(&mut self.buffer, Vec::with_capacity(PIECE_BYTES));
        self.crc.update(&content);
        self.sha256.update(&content);
        let (answer, answered) = channel();
        let piece = Piece {
            content,
            flush,
            answer,
        };
        self.pieces.push(answered);
        if let Err(refused) = self.queue.send(piece) {
            // No thread is left: do it here.
            let Piece {
                content,
                flush,
                answer,
            } = refused.0;
            answer.send(deflate(&content, flush)).ok();
        }
    }

    /// The file as it will lie in the archive.
    pub(super) fn finish(mut self) -> Packed<'static> {
        self.hand_over(TDEFLFlush::Finish);
        let mut octets = Vec::new();
        for piece in &self.pieces {
            octets.extend(piece.recv().unwrap_or_default());
        }
        let packed = u64::try_from(octets.len()).unwrap_or(u64::MAX);
        let is_deflated =
            packed < self.size_bytes && self.size_bytes <= packed.saturating_mul(MAX_RATIO);
        let size = usize::try_from(self.size_bytes).unwrap_or(usize::MAX);
        // Content that shrinks more than the format allows is rare: it is had back, not kept.
        let (method, octets) = if is_deflated {
            (Method::Deflate, octets)
        } else {
            let content = decompress_to_vec_with_limit(&octets, size);
            (Method::Stored, content.unwrap_or_default())
        };
        Packed {
            method,
            octets: Cow::Owned(octets),
            size_bytes: self.size_bytes,
            crc32: self.crc.value(),
            sha256: self.sha256.finish(),
        }
    }
}

/// A small file, packed here and now.
pub(super) fn pack(content: &[u8]) -> Packed<'static> {
    let packed = proofline_format::archive::pack(content);
    Packed {
        octets: Cow::Owned(packed.octets.into_owned()),
        ..packed
    }
}

/// A small file as it is.
pub(super) fn stored(content: &[u8]) -> Packed<'static> {
    let packed = store(content);
    Packed {
        octets: Cow::Owned(packed.octets.into_owned()),
        ..packed
    }
}

#[cfg(test)]
mod tests {
    use proofline_format::archive::Archive;

    use super::*;

    /// Bytes that look like lines of entries.
    fn lines(count: u32) -> Vec<u8> {
        let mut out = Vec::new();
        for number in 0..count {
            let hash = proofline_format::digest::sha256(&number.to_le_bytes());
            out.extend(format!("{{\"id\":\"{hash}\",\"n\":{number}}}\n").bytes());
        }
        out
    }

    fn packed(content: &[u8], step: usize) -> Packed<'static> {
        let mut file = Pool::start().file();
        for bytes in content.chunks(step) {
            file.write(bytes);
        }
        file.finish()
    }

    #[test]
    fn pieces_are_one_stream_whatever_the_steps() {
        for content in [
            lines(30_000),
            lines(1),
            Vec::new(),
            vec![7; PIECE_BYTES],
            vec![7; PIECE_BYTES * 3 + 1],
            lines(20_000)[..PIECE_BYTES].to_vec(),
        ] {
            let one = packed(&content, content.len().max(1));
            let other = packed(&content, 77_777);
            assert_eq!(one.octets, other.octets);
            assert_eq!(one.sha256, proofline_format::digest::sha256(&content));
            let archive = proofline_format::archive::archive(&[(String::from("f"), one)]).unwrap();
            let read = Archive::open(archive.as_slice()).unwrap();
            let stream = read.stream(&read.members()[0]);
            assert_eq!(stream.read_all(1 << 30).unwrap().0, content);
        }
    }
}
