//! Why a certificate was revoked.

use core::fmt;

/// The reason given with a revocation.
///
/// ```text
/// CRLReason ::= ENUMERATED {
///     unspecified (0), keyCompromise (1), cACompromise (2), affiliationChanged (3),
///     superseded (4), cessationOfOperation (5), certificateHold (6), removeFromCRL (8),
///     privilegeWithdrawn (9), aACompromise (10) }
/// ```
///
/// RFC 5280 §5.3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RevocationReason {
    /// The issuer says that there is a reason and not which.
    Unspecified,
    /// The subject's key is known or suspected to be in other hands.
    KeyCompromise,
    /// The key of a certification authority is known or suspected to be in other hands.
    CaCompromise,
    /// The subject's name or another of its particulars changed.
    AffiliationChanged,
    /// Another certificate takes its place.
    Superseded,
    /// The certificate is no longer needed.
    CessationOfOperation,
    /// It is not valid for the time being.
    CertificateHold,
    /// Only in a delta: an earlier entry no longer holds.
    RemoveFromCrl,
    /// A right that the certificate stands for was withdrawn.
    PrivilegeWithdrawn,
    /// The key of an attribute authority is known or suspected to be in other hands.
    AaCompromise,
}

impl RevocationReason {
    /// Every reason.
    pub const ALL: &[Self] = &[
        Self::Unspecified,
        Self::KeyCompromise,
        Self::CaCompromise,
        Self::AffiliationChanged,
        Self::Superseded,
        Self::CessationOfOperation,
        Self::CertificateHold,
        Self::RemoveFromCrl,
        Self::PrivilegeWithdrawn,
        Self::AaCompromise,
    ];

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::Unspecified => 0,
            Self::KeyCompromise => 1,
            Self::CaCompromise => 2,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
            Self::CertificateHold => 6,
            Self::RemoveFromCrl => 8,
            Self::PrivilegeWithdrawn => 9,
            Self::AaCompromise => 10,
        }
    }

    /// The name in the standard.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "keyCompromise",
            Self::CaCompromise => "cACompromise",
            Self::AffiliationChanged => "affiliationChanged",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessationOfOperation",
            Self::CertificateHold => "certificateHold",
            Self::RemoveFromCrl => "removeFromCRL",
            Self::PrivilegeWithdrawn => "privilegeWithdrawn",
            Self::AaCompromise => "aACompromise",
        }
    }

    /// A number that the standard does not have is no reason; and no reason is the gravest.
    pub(crate) fn from_number(number: u32) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|reason| reason.number() == number)
    }
}

impl fmt::Display for RevocationReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
