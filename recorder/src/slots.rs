//! A small file that is rewritten in place and never found half written.
//!
//! Two slots take turns: a write goes to the one that does not hold the newest content, so that a
//! write that stops half-way leaves the content before it. That costs two system calls where a new
//! file and a rename cost ten times as much, and a hook writes such files on every call.
//! Nothing here is synchronised: after a loss of power the content may be an older one, or gone.
//!
//! A slot is `SHA-256 of the rest ‖ turn, u64 ‖ length, u32 ‖ content`, big-endian.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

use proofline_format::digest::sha256_parts;

/// Octets of a slot. The second one leaves a hole in the file where the first is shorter.
const SLOT_BYTES: u64 = 32 << 10;
const HEAD_BYTES: usize = 32 + 8 + 4;
/// Octets of a slot that are read at once.
const FIRST_READ_BYTES: usize = 2 << 10;
/// Most octets of content.
pub(crate) const MAX_BYTES: usize = (32 << 10) - HEAD_BYTES;

struct Slot {
    number: u64,
    turn: u64,
    content: Vec<u8>,
}

/// The newest whole content; `None` if there is none.
pub(crate) fn read(path: &Path) -> Option<Vec<u8>> {
    newest(&File::open(path).ok()?).map(|slot| slot.content)
}

/// Replaces the content. The file is made if it is not there; its folder must be.
///
/// # Errors
/// If the content is longer than [`MAX_BYTES`], or as the calls that it makes.
pub(crate) fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)?;
    let (number, turn) = newest(&file).map_or((0, 1), |slot| {
        let other = 1_u64.saturating_sub(slot.number);
        (other, slot.turn.saturating_add(1))
    });
    let length = u32::try_from(content.len())
        .ok()
        .filter(|_| content.len() <= MAX_BYTES)
        .ok_or_else(|| io::Error::other(format!("{} bytes are too many", content.len())))?;
    let (turn, length) = (turn.to_be_bytes(), length.to_be_bytes());
    let check = sha256_parts(&[&turn, &length, content]);
    let slot = [check.0.as_slice(), &turn, &length, content].concat();
    file.write_all_at(&slot, number.saturating_mul(SLOT_BYTES))
}

fn newest(file: &File) -> Option<Slot> {
    let slots = [0, 1].into_iter().filter_map(|number| whole(file, number));
    slots.max_by_key(|slot| slot.turn)
}

/// A slot's content if it is whole. Most are short: one read gives them, and not the hole behind.
fn whole(file: &File, number: u64) -> Option<Slot> {
    let mut buffer = [0; FIRST_READ_BYTES];
    let offset = number.saturating_mul(SLOT_BYTES);
    let read = read_at(file, &mut buffer, offset)?;
    let first = buffer.get(..read)?;
    let (check, rest) = first.split_first_chunk::<32>()?;
    let (turn, rest) = rest.split_first_chunk::<8>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let bytes = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    if bytes > MAX_BYTES {
        return None;
    }
    let mut content = rest.get(..bytes.min(rest.len()))?.to_vec();
    let read = content.len();
    content.resize(bytes, 0);
    let missing = content
        .get_mut(read..)
        .filter(|missing| !missing.is_empty());
    if let Some(missing) = missing {
        let after = offset.saturating_add(u64::try_from(first.len()).ok()?);
        file.read_exact_at(missing, after).ok()?;
    }
    (sha256_parts(&[turn, length, &content]).0 == *check).then(|| Slot {
        number,
        turn: u64::from_be_bytes(*turn),
        content,
    })
}

/// Reads as much as there is, up to the buffer's length.
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> Option<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        let at = offset.saturating_add(u64::try_from(filled).ok()?);
        match file.read_at(rest, at) {
            Ok(0) => break,
            Ok(count) => filled = filled.saturating_add(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
    Some(filled)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_write_that_stops_half_way_leaves_the_content_before_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        assert_eq!(read(&path), None);
        for content in [b"one".as_slice(), b"two", b"", b"three"] {
            write(&path, content).unwrap();
            assert_eq!(read(&path).unwrap(), content);
        }
        // `three` is in the second slot, what came before it in the first.
        let whole = fs::read(&path).unwrap();
        for cut in 32 << 10..whole.len() {
            let mut torn = whole.clone();
            torn.get_mut(cut).map(|byte| *byte ^= 1).unwrap();
            fs::write(&path, &torn).unwrap();
            assert_eq!(read(&path).unwrap(), b"", "octet {cut}");
            fs::write(&path, whole.get(..cut).unwrap()).unwrap();
            assert_eq!(read(&path).unwrap(), b"", "cut at {cut}");
        }
        write(&path, b"four").unwrap();
        assert_eq!(read(&path).unwrap(), b"four");
    }

    #[test]
    fn what_does_not_fit_is_refused_and_leaves_what_was_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        write(&path, &vec![7; MAX_BYTES]).unwrap();
        assert!(write(&path, &vec![8; MAX_BYTES + 1]).is_err());
        assert_eq!(read(&path).unwrap(), vec![7; MAX_BYTES]);
        write(&path, &vec![9; FIRST_READ_BYTES]).unwrap();
        assert_eq!(read(&path).unwrap(), vec![9; FIRST_READ_BYTES]);
    }
}
