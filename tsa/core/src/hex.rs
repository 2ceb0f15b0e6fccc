//! Lower-case hexadecimal.

use alloc::string::String;
use core::fmt::Write as _;

/// Writes octets as lower-case hexadecimal.
#[must_use]
pub(crate) fn encode(octets: &[u8]) -> String {
    let mut text = String::new();
    for octet in octets {
        let _infallible = write!(text, "{octet:02x}");
    }
    text
}
