//! `README.txt`: how to check the bundle with sha256sum, jq, base64 and openssl alone.
//!
//! A template of this crate with the numbers of this bundle. Every command in it can be pasted
//! into a POSIX shell in the folder where the bundle was unpacked.

use proofline_format::manifest::{FilterKind, Manifest};

use super::ExportError;
use super::selection::Selection;
use crate::store::Store;

const TEMPLATE: &str = include_str!("readme.txt");
const TOKEN: &str = include_str!("readme_token.txt");
const NO_TOKEN: &str = "This bundle holds no time-stamp token: nothing in it bounds its entries in time but the\n\
     device's own clock.\n";

/// The text for one bundle.
pub(super) fn text(
    store: &Store,
    manifest: &Manifest,
    selection: &Selection,
) -> Result<String, ExportError> {
    let (first, last) = manifest.range.unwrap_or_default();
    let key = store.key_at(first)?;
    let pem = key.to_pem();
    let scope = match manifest.filter.kind {
        FilterKind::Complete => "the whole log from its first entry on",
        FilterKind::Period => "one stretch of the log without gaps",
        FilterKind::Scattered => {
            "chosen entries; data/holes.json says which, and the loop below then reports a jump\n\
             wherever entries in between are left out"
        }
    };
    let time = match manifest.newest_token {
        // Only a token over an entry that is here can be compared with that entry.
        Some(token) if is_shown(selection, token.size) => {
            TOKEN.replace("@SIZE@", &token.size.to_string())
        }
        _ => NO_TOKEN.into(),
    };
    let text = TEMPLATE
        .replace("@TIME@", &time)
        .replace("@SCOPE@", scope)
        .replace("@ORIGIN@", &manifest.origin)
        .replace("@FIRST@", &first.to_string())
        .replace("@LAST@", &last.to_string())
        .replace("@ENTRIES@", &manifest.entries_exported.to_string())
        .replace("@FINGERPRINT@", &key.fingerprint().to_string())
        .replace("@KEY@", pem.lines().nth(1).unwrap_or_default());
    Ok(text)
}

fn is_shown(selection: &Selection, index: u64) -> bool {
    let inside = |&(first, last): &(u64, u64)| (first..=last).contains(&index);
    selection.ranges.iter().any(inside)
}
