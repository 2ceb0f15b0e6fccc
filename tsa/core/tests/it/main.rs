//! What the crate says of tokens made by others, and by our own authority, good and bad.
//!
//! Tokens and vectors of other projects are found through `PROOFLINE_CORPUS`; without it their
//! tests say on stderr that they did nothing.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on says so by panicking, and prints what it skipped"
)]

mod authority;
mod cms;
mod corpus;
mod demands;
mod encodings;
mod endings;
mod openssl;
mod records;
mod refused;
mod revocation;
mod tree;

use std::path::PathBuf;

/// The folder of collected tokens and vectors, if this machine has one.
fn corpus_dir(part: &str) -> Option<PathBuf> {
    let found = std::env::var_os("PROOFLINE_CORPUS").map(|root| PathBuf::from(root).join(part));
    match found {
        Some(dir) if dir.is_dir() => Some(dir),
        _ => {
            eprintln!(
                "SKIPPED: PROOFLINE_CORPUS is not set or has no `{part}`; nothing was tested"
            );
            None
        }
    }
}
