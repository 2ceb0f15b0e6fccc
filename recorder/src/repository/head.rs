//! HEAD, read as git reads it: symbolic, loose, packed or detached; SHA-1 or SHA-256.
//!
//! Limit: a repository in the reftable format keeps its refs in a table that is not read here;
//! HEAD is then unknown, which the column says by null.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Component, Path};

/// Symbolic refs may point to symbolic refs; git itself stops after five.
const MAX_SYMBOLIC_STEPS: usize = 5;
/// A ref file holds one line; nothing sensible is longer.
const MAX_REF_BYTES: u64 = 4_096;

/// The commit id that HEAD names.
pub(super) fn commit(own: &Path, common: &Path) -> Option<String> {
    let mut text = read_ref(&own.join("HEAD"))?;
    for _ in 0..MAX_SYMBOLIC_STEPS {
        let Some(name) = text.strip_prefix("ref:") else {
            return object_id(text.trim());
        };
        let name = name.trim();
        if !is_ref_name(name) {
            return None;
        }
        match read_ref(&own.join(name)).or_else(|| read_ref(&common.join(name))) {
            Some(next) => text = next,
            None => return packed(common, name),
        }
    }
    None
}

fn read_ref(path: &Path) -> Option<String> {
    let mut text = String::new();
    File::open(path)
        .ok()?
        .take(MAX_REF_BYTES)
        .read_to_string(&mut text)
        .ok()?;
    Some(text)
}

fn packed(common: &Path, name: &str) -> Option<String> {
    let text = fs::read(common.join("packed-refs")).ok()?;
    text.split(|&byte| byte == b'\n').find_map(|line| {
        let line = std::str::from_utf8(line).ok()?;
        let (id, packed_name) = line.split_once(' ')?;
        (packed_name.trim_end() == name)
            .then(|| object_id(id))
            .flatten()
    })
}

/// A ref name must not lead out of the git folder.
fn is_ref_name(name: &str) -> bool {
    let plain = |part| matches!(part, Component::Normal(_));
    !name.is_empty() && Path::new(name).components().all(plain)
}

fn object_id(text: &str) -> Option<String> {
    let lower_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    (matches!(text.len(), 40 | 64) && text.bytes().all(lower_hex)).then(|| text.into())
}
