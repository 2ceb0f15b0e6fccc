//! The entry's id: a UUIDv4 in lower case.

use core::fmt;

use crate::encoding;

/// A UUIDv4 (RFC 9562 §5.4). Its 122 random bits also blind the entry's leaf in the tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId([u8; 16]);

impl EventId {
    /// A UUIDv4 from 16 random bytes: version and variant bits are set here.
    #[must_use]
    pub const fn from_random(random: [u8; 16]) -> Self {
        let mut bytes = random;
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Self(bytes)
    }

    /// Reads the lower-case text form of a UUIDv4.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text: &[u8; 36] = text.try_into().ok()?;
        let mut hex = [0_u8; 32];
        let mut slots = hex.iter_mut();
        for (position, &character) in text.iter().enumerate() {
            if matches!(position, 8 | 13 | 18 | 23) {
                if character != b'-' {
                    return None;
                }
            } else {
                *slots.next()? = character;
            }
        }
        let bytes: [u8; 16] = encoding::hex_array(&hex)?;
        let id = Self(bytes);
        (Self::from_random(bytes) == id).then_some(id)
    }

    /// The 16 bytes as a number, for compact indexes.
    #[must_use]
    pub const fn as_u128(self) -> u128 {
        u128::from_be_bytes(self.0)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, byte) in self.0.iter().enumerate() {
            if matches!(position, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
