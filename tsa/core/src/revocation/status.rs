//! What may be known of a certificate.

use alloc::string::String;

use super::standing;
use crate::crl::RevocationReason;

/// What is known of a certificate. Times are in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevocationStatus {
    /// Nothing was given to judge by.
    NotChecked,
    /// It was not revoked at the time of interest, as far as was known at `as_of`.
    ///
    /// If `as_of` lies before the time of interest, a revocation between the two would not show.
    Good {
        /// When the source was made.
        as_of: i64,
        /// Who says so.
        source: RevocationSource,
    },
    /// It was revoked, at some time: before or after the time of interest.
    Revoked(Revocation),
    /// What was given does not tell.
    Unknown {
        /// What stands in the way for the source that comes closest.
        why: UnknownCause,
    },
}

impl RevocationStatus {
    /// The status as reports write it.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::NotChecked => "not-checked",
            Self::Good { .. } => "good",
            Self::Revoked(_) => "revoked",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// Whether the certificate was not revoked, as far as was known.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        matches!(self, Self::Good { .. })
    }

    /// Whether an answer was given, whatever it was.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        matches!(self, Self::Good { .. } | Self::Revoked(_))
    }
}

/// A revocation, by the source that is gravest for the certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// When the certificate was revoked, in seconds since 1970.
    pub at: i64,
    /// Why, if a reason was given.
    pub reason: Option<RevocationReason>,
    /// Since when it is known or suspected not to be good (RFC 5280 §5.3.2), in seconds since 1970.
    pub invalidity_date: Option<i64>,
    /// When the source was made, in seconds since 1970.
    pub as_of: i64,
    /// Who says so.
    pub source: RevocationSource,
}

impl Revocation {
    /// Whether tokens from before it stay good, by RFC 3161 §4: the authority stopped, and its key
    /// is in nobody else's hands.
    #[must_use]
    pub const fn spares_earlier_tokens(&self) -> bool {
        standing::spares_earlier_tokens(self.reason)
    }

    /// From when on the key was, or may have been, in other hands, in seconds since 1970: the
    /// revocation, or the invalidity date where that is earlier.
    #[must_use]
    pub fn suspected_at(&self) -> i64 {
        self.invalidity_date
            .map_or(self.at, |date| date.min(self.at))
    }
}

/// Which list or answer a status comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationSource {
    /// Its kind.
    pub kind: RevocationSourceKind,
    /// Who made it: a name in the form of RFC 4514, or the hash of an OCSP responder's key.
    pub issuer: String,
    /// SHA-256 of its bytes.
    pub fingerprint: [u8; 32],
}

/// The kinds of sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevocationSourceKind {
    /// A revocation list (RFC 5280).
    Crl,
    /// An OCSP response (RFC 6960).
    Ocsp,
}

impl RevocationSourceKind {
    /// The kind as reports write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Crl => "crl",
            Self::Ocsp => "ocsp",
        }
    }
}

/// Why nothing is known of a certificate, what comes closest to an answer last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum UnknownCause {
    /// Nothing given is by the certificate's issuer, or about the certificate.
    WrongIssuer,
    /// A list is by the issuer and not for this certificate, or not for the place that it names.
    OutOfScope,
    /// A list or answer has a critical extension that is not known.
    CriticalExtension,
    /// It is signed in a way that is not checked here.
    SignatureUnsupported,
    /// The signature does not match the key of who should have made it.
    BadSignature,
    /// Who signed it has no right to.
    SignerNotAuthorized,
    /// The limit of signature checks was reached.
    ChecksExhausted,
    /// It had been due for replacement before the time of interest.
    Stale,
    /// It was made after the certificate expired, and does not say that it still speaks of such.
    CertificateExpired,
    /// Lists for some reasons were given, and not for all.
    ReasonsNotCovered,
    /// The OCSP responder does not know the certificate.
    ResponderDoesNotKnow,
}

impl UnknownCause {
    /// The cause as reports write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WrongIssuer => "wrong-issuer",
            Self::OutOfScope => "out-of-scope",
            Self::CriticalExtension => "critical-extension",
            Self::SignatureUnsupported => "signature-unsupported",
            Self::BadSignature => "bad-signature",
            Self::SignerNotAuthorized => "signer-not-authorized",
            Self::ChecksExhausted => "checks-exhausted",
            Self::Stale => "stale",
            Self::CertificateExpired => "certificate-expired",
            Self::ReasonsNotCovered => "reasons-not-covered",
            Self::ResponderDoesNotKnow => "responder-does-not-know",
        }
    }
}
