//! Secrets are taken out of texts before anything is hashed, and files that hold secrets are
//! recognised by name.
//!
//! A hash of a short secret is the secret to anyone who can guess it, so redaction comes before
//! hashing. What is looked for: tokens with a known prefix, private key blocks, JSON web tokens,
//! `name=value` where the name says it is a secret, credentials in headers and URLs.
//!
//! Limit: a secret without any mark (a bare password as an argument) is not recognised.

mod file;
mod scan;

use std::borrow::Cow;

pub use self::file::is_secret_file;
pub use self::scan::is_secret_name;

/// What stands in the place of a secret.
pub const MARK: &str = "[redacted]";

/// A text without the secrets that were recognised in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted<'a> {
    /// The text, each secret replaced by [`MARK`].
    pub text: Cow<'a, str>,
    /// How many were replaced.
    pub found: usize,
}

/// Takes recognised secrets out of a text.
#[must_use]
pub fn redact(text: &str) -> Redacted<'_> {
    let mut out = String::new();
    let (mut copied, mut at, mut found) = (0, 0, 0_usize);
    while let Some(step) = scan::next(text, at) {
        if let Some(secret) = step.secret {
            out.push_str(text.get(copied..secret.start).unwrap_or_default());
            out.push_str(MARK);
            copied = secret.end;
            found = found.saturating_add(1);
        }
        at = step.resume;
    }
    if found == 0 {
        return Redacted {
            text: Cow::Borrowed(text),
            found,
        };
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Redacted {
        text: Cow::Owned(out),
        found,
    }
}

#[cfg(test)]
mod tests;
