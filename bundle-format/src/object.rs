//! The objects that entries address: JCS JSON, named by the SHA-256 of its bytes.

mod evidence;
mod key;
mod log;
mod witness;

use alloc::vec::Vec;

pub use self::evidence::{Evidence, EvidenceItem, ItemKind};
pub use self::key::{KEY_TYPE, KeyChange, KeyEvent, RevokedBy};
pub use self::log::{Genesis, SessionSummary};
pub use self::witness::{
    CopiedLines, CopySource, FileState, MovedLines, WitnessFile, witness_index, witness_index_files,
};
use crate::digest::{Hash, sha256};
use crate::encoding::is_hex;
use crate::error::{ErrorKind, ParseError};
use crate::json::{Value, canonical, parse_canonical};
use crate::limits::MAX_OBJECT_BYTES;

/// Types whose content cannot be guessed, or is public anyway. All others carry a salt, so that an
/// object that is withheld cannot be found by trying.
const UNSALTED: [&str; 6] = [
    "evidence",
    "genesis",
    "key_revoke",
    "key_rotate",
    "session_summary",
    "witness_index",
];

/// The bytes of an object and its address.
#[must_use]
pub fn seal(object: &Value) -> (Hash, Vec<u8>) {
    let bytes = canonical(object);
    (sha256(&bytes), bytes)
}

/// Reads an object in canonical form, and its type.
///
/// # Errors
/// What is wrong, and where.
pub fn parse_object(bytes: &[u8]) -> Result<Value, ParseError> {
    if bytes.len() > MAX_OBJECT_BYTES {
        return Err(ParseError::at(ErrorKind::Limit, MAX_OBJECT_BYTES));
    }
    let object = parse_canonical(bytes)?;
    if !UNSALTED.contains(&object.require_text("type")?)
        && !is_hex(object.require_text("salt")?.as_bytes(), 32)
    {
        return Err(ParseError::of(ErrorKind::Hex, "salt"));
    }
    Ok(object)
}

/// Reads an object that must have this type.
fn parse_typed(bytes: &[u8], object_type: &str) -> Result<Value, ParseError> {
    let object = parse_object(bytes)?;
    if object.require_text("type")? == object_type {
        Ok(object)
    } else {
        Err(ParseError::of(ErrorKind::Value, "type"))
    }
}
