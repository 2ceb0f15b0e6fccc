//! Why bytes could not be read: what, and where.

use core::fmt;

/// What was wrong with the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An algorithm that is not used for this.
    AlgorithmRefused,
    /// A character outside the base64 alphabet, or misplaced padding.
    Base64Invalid,
    /// A bit string with an impossible count of unused bits.
    BitStringInvalid,
    /// A BOOLEAN that is neither 00 nor FF.
    BooleanInvalid,
    /// A list that must not be empty.
    Empty,
    /// An INTEGER that is empty, not minimal, or outside the range of its field.
    IntegerInvalid,
    /// The indefinite length of BER.
    LengthIndefinite,
    /// A length in more octets than it needs.
    LengthNotMinimal,
    /// A length of more than four octets.
    LengthTooLarge,
    /// An object identifier that is empty, cut, padded or too long.
    OidInvalid,
    /// A PEM block without its end, or text without any block.
    PemInvalid,
    /// The same extension twice.
    RepeatedExtension,
    /// A response whose status says that it holds no answer.
    StatusNotSuccessful,
    /// A tag other than the one that the grammar has here.
    TagUnexpected,
    /// A tag number above 30.
    TagNumberHigh,
    /// A time that is not in the form that its profile prescribes.
    TimeInvalid,
    /// Deeper than [`limits::MAX_DEPTH`](crate::limits::MAX_DEPTH).
    TooDeep,
    /// More octets than the limit for this value.
    TooLarge,
    /// More items than the limit for this list.
    TooMany,
    /// Bytes after the end of the value.
    TrailingBytes,
    /// The bytes end within a value.
    Truncated,
    /// An inner and an outer algorithm that must be equal and are not.
    AlgorithmsDiffer,
    /// A version that the profile does not know.
    VersionUnsupported,
}

impl ErrorKind {
    const fn describe(self) -> &'static str {
        match self {
            Self::AlgorithmRefused => "algorithm is not used for this",
            Self::Base64Invalid => "base64 is not valid",
            Self::BitStringInvalid => "bit string is not valid",
            Self::BooleanInvalid => "boolean is neither 00 nor ff",
            Self::Empty => "list is empty",
            Self::IntegerInvalid => "integer is not minimal or out of range",
            Self::LengthIndefinite => "length is indefinite (BER, not DER)",
            Self::LengthNotMinimal => "length is not minimal",
            Self::LengthTooLarge => "length has more than four octets",
            Self::OidInvalid => "object identifier is not valid",
            Self::PemInvalid => "PEM block is not complete",
            Self::RepeatedExtension => "extension is repeated",
            Self::StatusNotSuccessful => "status is not successful",
            Self::TagUnexpected => "tag is not the one expected",
            Self::TagNumberHigh => "tag number is above 30",
            Self::TimeInvalid => "time is not in its prescribed form",
            Self::TooDeep => "value is nested too deeply",
            Self::TooLarge => "value is too large",
            Self::TooMany => "list has too many items",
            Self::TrailingBytes => "bytes follow the end of the value",
            Self::Truncated => "bytes end within a value",
            Self::AlgorithmsDiffer => "inner and outer signature algorithm differ",
            Self::VersionUnsupported => "version is not supported",
        }
    }
}

/// A failure to read bytes, with the byte position at which it was noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    offset: usize,
}

impl Error {
    pub(crate) const fn new(kind: ErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }

    /// What was wrong.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Where, counted from the start of the outermost value.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.kind.describe(), self.offset)
    }
}

impl core::error::Error for Error {}
