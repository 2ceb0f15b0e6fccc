//! Finding vectors of other projects.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The folder of one part of the corpus, or `None` where there is no corpus at all.
pub(crate) fn part(name: &str) -> Option<PathBuf> {
    let Some(root) = std::env::var_os("PROOFLINE_CORPUS") else {
        // Not `eprintln!`: the test runner would hide it.
        let line = format!("SKIPPED: PROOFLINE_CORPUS is not set: `{name}` was not tested\n");
        std::io::stderr().write_all(line.as_bytes()).unwrap();
        return None;
    };
    let folder = PathBuf::from(root).join(name);
    assert!(folder.is_dir(), "PROOFLINE_CORPUS has no folder `{name}`");
    Some(folder)
}

/// Every file below a folder with this extension, sorted.
pub(crate) fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A JSON file, read by a parser that is not ours.
pub(crate) fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Bytes from hex with or without white space.
pub(crate) fn bytes_of_hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .filter_map(|c| c.to_digit(16))
        .map(|digit| digit as u8)
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}
