//! Files and the clock.

use std::fs::File;
use std::io::{Read, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use proofline_tsa::{HashAlgorithm, Imprint};
use proofline_verifier::{Source, SourceError};

use crate::ui::Trouble;

/// Bytes of a key, root or policy file.
const MAX_INPUT_BYTES: u64 = 16 << 20;
/// Bytes of a bundle on standard input, which has to be held in memory.
const MAX_STDIN_BYTES: u64 = 1 << 30;

/// A bundle in a file.
struct FileSource {
    file: Mutex<File>,
    size_bytes: u64,
}

impl Source for FileSource {
    fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        let mut file = self.file.lock().map_err(|_| SourceError)?;
        file.seek(SeekFrom::Start(offset))
            .map_err(|_| SourceError)?;
        file.read_exact(buffer).map_err(|_| SourceError)
    }
}

/// A bundle that came on standard input.
struct MemorySource(Vec<u8>);

impl Source for MemorySource {
    fn size_bytes(&self) -> u64 {
        self.0.as_slice().size_bytes()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        self.0.as_slice().read_at(offset, buffer)
    }
}

fn cannot_read(path: &str, error: &std::io::Error) -> Trouble {
    Trouble::new(format!("cannot read `{path}`: {error}"))
}

/// Opens a bundle; `-` is standard input.
pub(crate) fn open(path: &str) -> Result<Box<dyn Source + Sync>, Trouble> {
    if path == "-" {
        let mut bytes = Vec::new();
        let mut input = std::io::stdin()
            .lock()
            .take(MAX_STDIN_BYTES.saturating_add(1));
        let read = input
            .read_to_end(&mut bytes)
            .map_err(|error| cannot_read("-", &error))?;
        if u64::try_from(read).is_ok_and(|read| read > MAX_STDIN_BYTES) {
            return Err(Trouble::new("standard input is larger than 1 GiB")
                .hint("pass the bundle as a file: it is then not held in memory"));
        }
        return Ok(Box::new(MemorySource(bytes)));
    }
    let file = File::open(path).map_err(|error| cannot_read(path, &error))?;
    let metadata = file.metadata().map_err(|error| cannot_read(path, &error))?;
    if !metadata.is_file() {
        return Err(Trouble::new(format!("`{path}` is not a file")));
    }
    Ok(Box::new(FileSource {
        file: Mutex::new(file),
        size_bytes: metadata.len(),
    }))
}

/// Reads a small file; `-` is standard input.
pub(crate) fn read(path: &str) -> Result<Vec<u8>, Trouble> {
    let read = if path == "-" {
        read_small(&mut std::io::stdin().lock())
    } else {
        File::open(path).and_then(|mut file| read_small(&mut file))
    };
    read.map_err(|error| cannot_read(path, &error))
}

/// Reads a small file by its path.
pub(crate) fn read_path(path: &Path) -> std::io::Result<Vec<u8>> {
    read_small(&mut File::open(path)?)
}

fn read_small(input: &mut dyn Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = input
        .take(MAX_INPUT_BYTES.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if u64::try_from(read).is_ok_and(|read| read > MAX_INPUT_BYTES) {
        return Err(std::io::Error::other("larger than 16 MiB"));
    }
    Ok(bytes)
}

/// Hashes a file of any size.
pub(crate) fn imprint(path: &str, algorithm: HashAlgorithm) -> Result<Imprint, Trouble> {
    let mut file = File::open(path).map_err(|error| cannot_read(path, &error))?;
    let mut hasher = algorithm.hasher();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = file
            .read(&mut buffer)
            .map_err(|error| cannot_read(path, &error))?;
        if count == 0 {
            return Ok(hasher.finish());
        }
        hasher.update(buffer.get(..count).unwrap_or_default());
    }
}

/// The clock, in microseconds since 1970. The only place where it is asked.
pub(crate) fn now_micros() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
