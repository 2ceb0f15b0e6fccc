//! C2SP tlog-checkpoint (c2sp.org/tlog-checkpoint): the text of a note that is a tree head.
//!
//! ```text
//! <origin>
//! <tree size, decimal>
//! <root hash, base64>
//! ```

use alloc::string::String;

use crate::digest::Hash;
use crate::encoding;
use crate::error::{ErrorKind, ParseError};
use crate::key::PublicKey;

/// First part of every origin.
pub const ORIGIN_PREFIX: &str = "w3id.org/proofline/log/";

/// The origin of a log: its genesis key's fingerprint and its random log id.
#[must_use]
pub fn origin(genesis_key: &PublicKey, log_id: &str) -> String {
    alloc::format!("{ORIGIN_PREFIX}{}/{log_id}", genesis_key.fingerprint())
}

/// A tree head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// RFC 6962 root over them.
    pub root: Hash,
}

impl Checkpoint {
    /// The note text.
    #[must_use]
    pub fn text(&self) -> String {
        alloc::format!(
            "{}\n{}\n{}\n",
            self.origin,
            self.size,
            encoding::base64(&self.root.0)
        )
    }

    /// Reads a note text of exactly the three lines; extension lines are refused, because they
    /// would be signed words that nobody checks.
    ///
    /// # Errors
    /// Which line is wrong.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let body = text
            .strip_suffix('\n')
            .ok_or(ParseError::of(ErrorKind::UnexpectedEnd, "note"))?;
        let mut lines = body.split('\n');
        let mut line = |place| {
            lines
                .next()
                .ok_or(ParseError::of(ErrorKind::UnexpectedEnd, place))
        };
        let (origin, size, root) = (line("origin")?, line("size")?, line("root")?);
        if origin.is_empty() {
            return Err(ParseError::of(ErrorKind::Value, "origin"));
        }
        let digits = size.bytes().all(|b| b.is_ascii_digit());
        let canonical = size == "0" || digits && !size.starts_with('0');
        let size = size.parse().ok().filter(|_| canonical);
        let root = encoding::base64_decode(root.as_bytes()).and_then(|b| b.try_into().ok());
        let checkpoint = Self {
            origin: origin.into(),
            size: size.ok_or(ParseError::of(ErrorKind::Number, "size"))?,
            root: Hash(root.ok_or(ParseError::of(ErrorKind::Base64, "root"))?),
        };
        if lines.next().is_some() {
            return Err(ParseError::of(ErrorKind::TrailingBytes, "note"));
        }
        Ok(checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_three_lines_in_one_spelling() {
        let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
        let check = |text: &str, accepted: bool| {
            assert_eq!(Checkpoint::parse(text).is_ok(), accepted, "{text:?}");
        };
        check(&alloc::format!("example.com/log\n20852163\n{root}\n"), true);
        check(
            &alloc::format!("example.com/log\n020852163\n{root}\n"),
            false,
        );
        check(&alloc::format!("example.com/log\n+2\n{root}\n"), false);
        check(
            &alloc::format!("example.com/log\n20852163\n{root}\nextension\n"),
            false,
        );
        check(&alloc::format!("example.com/log\n20852163\n{root}"), false);
        check(&alloc::format!("\n2\n{root}\n"), false);
        check("example.com/log\n2\nAAAA\n", false);
        let text = alloc::format!("example.com/log\n20852163\n{root}\n");
        assert_eq!(Checkpoint::parse(&text).unwrap().text(), text);
    }
}
