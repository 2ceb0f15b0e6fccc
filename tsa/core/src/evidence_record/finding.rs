//! What a verification of an evidence record finds, as stable codes.

use alloc::string::String;
use core::fmt;

use crate::finding::Severity;

/// Declares the codes from their one table.
macro_rules! record_codes {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal, $severity:ident;)+) => {
        /// One kind of finding about an evidence record. What is wrong with a token in it has a
        /// [`Code`](crate::Code) in that token's own report.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum RecordCode {
            $($(#[$doc])+ $variant,)+
        }

        impl RecordCode {
            /// Every code, in alphabetical order.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The code in the form that reports print.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// How much the finding weighs; it is the same wherever it occurs.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self {
                    $(Self::$variant => Severity::$severity,)+
                }
            }
        }
    };
}

record_codes! {
    /// The time stamps of one chain do not all use the same hash algorithm.
    ChainAlgorithmMixed = "chain-algorithm-mixed", Failed;
    /// The first time stamp of a later chain does not cover the data together with all older chains.
    ChainNotRenewed = "chain-not-renewed", Failed;
    /// The hash of the data is not among the leaves of the first time stamp.
    DataNotCovered = "data-not-covered", Failed;
    /// The digest of the data under the algorithm of a chain was not given.
    DigestNotGiven = "digest-not-given", Indeterminate;
    /// A time stamp's hash algorithm is not one that is computed here.
    RecordAlgorithmUnsupported = "record-algorithm-unsupported", Indeterminate;
    /// A time stamp's hash algorithm is SHA-1 or MD5.
    RecordAlgorithmWeak = "record-algorithm-weak", Failed;
    /// The record says that the data was encrypted before it was archived.
    RecordEncrypted = "record-encrypted", Note;
    /// The bytes are not an evidence record.
    RecordMalformed = "record-malformed", Failed;
    /// The certificates or algorithms of the newest time stamp have ended by the time of verification.
    RecordNotRenewedSince = "record-not-renewed-since", Note;
    /// A time stamp was made before the one that it should renew.
    RenewalBackwards = "renewal-backwards", Failed;
    /// A time stamp was renewed only after one of its certificates or algorithms had ended.
    RenewalLate = "renewal-late", Indeterminate;
    /// A token in the record is broken, or stamps something else than the top of its hash tree.
    TimeStampInvalid = "time-stamp-invalid", Failed;
    /// A time stamp does not cover the time stamp before it.
    TimeStampNotRenewed = "time-stamp-not-renewed", Failed;
    /// A token in the record is not shown to be right: its own findings say why.
    TimeStampUndetermined = "time-stamp-undetermined", Indeterminate;
}

impl fmt::Display for RecordCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One finding, and where in the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordFinding {
    pub(super) code: RecordCode,
    pub(super) at: Option<(usize, usize)>,
    pub(super) detail: String,
}

impl RecordFinding {
    /// The kind.
    #[must_use]
    pub const fn code(&self) -> RecordCode {
        self.code
    }

    /// The number of the chain and of the time stamp in it, both from 0; `None` for the whole.
    #[must_use]
    pub const fn at(&self) -> Option<(usize, usize)> {
        self.at
    }

    /// What was seen: claimed and computed values where there are both.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl fmt::Display for RecordFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some((chain, stamp)) => {
                let (code, detail) = (self.code, &self.detail);
                write!(f, "{code}: chain {chain}, time stamp {stamp}: {detail}")
            }
            None => write!(f, "{}: {}", self.code, self.detail),
        }
    }
}
