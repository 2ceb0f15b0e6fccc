//! A small file that is rewritten in place and never found half written.
//!
//! Two slots take turns: a write goes to the one that does not hold the newest content, so that a
//! write that stops half-way leaves the content before it. That costs two system calls where a new
//! file and a rename cost ten times as much, and a hook writes such files on every call.
//! Nothing here is synchronised: after a loss of power the content may be an older one, or gone.
//!
//! A slot is `SHA-256 of the rest ‖ turn, u64 ‖ length, u32 ‖ content`, big-endian.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

use proofline_format::digest::sha256_parts;

/// Octets of a slot. The second one leaves a hole in the file where the first is shorter.
const SLOT_BYTES: usize = 32 << 10;
const HEAD_BYTES: usize = 32 + 8 + 4;
/// Most octets of content.
pub(crate) const MAX_BYTES: usize = SLOT_BYTES - HEAD_BYTES;

struct Slot {
    number: usize,
    turn: u64,
    content: Vec<u8>,
}

/// The newest whole content; `None` if there is none.
pub(crate) fn read(path: &Path) -> Option<Vec<u8>> {
    newest(&fs::read(path).ok()?).map(|slot| slot.content)
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
    let (number, turn) = next(&file)?;
    let length = u32::try_from(content.len())
        .ok()
        .filter(|_| content.len() <= MAX_BYTES)
        .ok_or_else(|| io::Error::other(format!("{} bytes are too many", content.len())))?;
    let (turn, length) = (turn.to_be_bytes(), length.to_be_bytes());
    let check = sha256_parts(&[&turn, &length, content]);
    let slot = [check.0.as_slice(), &turn, &length, content].concat();
    let offset = u64::try_from(number.saturating_mul(SLOT_BYTES)).unwrap_or(0);
    file.write_all_at(&slot, offset)
}

/// The slot to write, and its turn.
fn next(file: &File) -> io::Result<(usize, u64)> {
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut &*file, &mut bytes)?;
    Ok(newest(&bytes).map_or((0, 1), |slot| {
        (
            1_usize.saturating_sub(slot.number),
            slot.turn.saturating_add(1),
        )
    }))
}

fn newest(file: &[u8]) -> Option<Slot> {
    let slots = file.chunks(SLOT_BYTES).take(2).enumerate();
    slots.filter_map(whole).max_by_key(|slot| slot.turn)
}

fn whole((number, bytes): (usize, &[u8])) -> Option<Slot> {
    let (check, rest) = bytes.split_first_chunk::<32>()?;
    let (turn, rest) = rest.split_first_chunk::<8>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let content = rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    (sha256_parts(&[turn, length, content]).0 == *check).then(|| Slot {
        number,
        turn: u64::from_be_bytes(*turn),
        content: content.to_vec(),
    })
}

#[cfg(test)]
mod tests {
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
        for cut in SLOT_BYTES..whole.len() {
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
    }
}
