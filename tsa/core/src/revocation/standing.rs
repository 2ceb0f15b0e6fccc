//! What a revocation means for a token (RFC 3161 §4).

use super::RevocationStatus;
use crate::crl::RevocationReason;
use crate::finding::Severity;

/// How a token stands, given the status of one certificate of its path.
///
/// RFC 3161 §4 makes the difference between an authority that stops, and one whose key is in other
/// hands: what the first has signed stays, of the second nothing can be told from the signature
/// alone, because a thief writes any time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenStanding {
    /// Nothing was given to judge by.
    NotChecked,
    /// The certificate was not revoked.
    Good,
    /// It was revoked after the token's time, for a reason that leaves earlier tokens good.
    GoodBeforeRevocation,
    /// Its key is not to be trusted, but an independent proof shows that the token existed before
    /// that.
    GoodByEarlierProof,
    /// What was given does not tell the status.
    StatusUnknown,
    /// Its key is not to be trusted, and only the token itself says that it is older.
    KeyCompromised,
    /// The token is from after the revocation.
    AfterRevocation,
}

impl TokenStanding {
    /// Judges a token by the status of one certificate of its path.
    ///
    /// `gen_time_seconds` is the token's time, and `proof_seconds` the earliest time at which
    /// something independent of the authority shows that the token existed: a token of another
    /// authority over it, or a log. Both are in seconds since 1970.
    /// A caller who takes the token's accuracy into account passes its latest possible time.
    ///
    /// - `unspecified`, `affiliationChanged`, `superseded`, `cessationOfOperation`: the token is
    ///   good if its time lies before the revocation.
    /// - any other reason, and none: the token is good only if the proof lies before the
    ///   revocation, and before the time from which the key was suspected where that is given.
    /// - a token of the time of the revocation, or later, has failed whatever the reason.
    ///
    /// The rule is the same for the certificate of an issuer: whoever has its key makes stamping
    /// units as he likes.
    #[must_use]
    pub fn of(
        status: &RevocationStatus,
        gen_time_seconds: i64,
        proof_seconds: Option<i64>,
    ) -> Self {
        let revocation = match status {
            RevocationStatus::NotChecked => return Self::NotChecked,
            RevocationStatus::Good { .. } => return Self::Good,
            RevocationStatus::Unknown { .. } => return Self::StatusUnknown,
            RevocationStatus::Revoked(revocation) => revocation,
        };
        if gen_time_seconds >= revocation.at {
            return Self::AfterRevocation;
        }
        if revocation.spares_earlier_tokens() {
            return Self::GoodBeforeRevocation;
        }
        match proof_seconds {
            Some(proof) if proof < revocation.suspected_at() => Self::GoodByEarlierProof,
            _ => Self::KeyCompromised,
        }
    }

    /// The standing as reports write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotChecked => "not-checked",
            Self::Good => "good",
            Self::GoodBeforeRevocation => "good-before-revocation",
            Self::GoodByEarlierProof => "good-by-earlier-proof",
            Self::StatusUnknown => "status-unknown",
            Self::KeyCompromised => "key-compromised",
            Self::AfterRevocation => "after-revocation",
        }
    }

    /// How much it weighs where nobody demands that revocation is known.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::NotChecked
            | Self::Good
            | Self::GoodBeforeRevocation
            | Self::GoodByEarlierProof
            | Self::StatusUnknown => Severity::Note,
            Self::KeyCompromised => Severity::Indeterminate,
            Self::AfterRevocation => Severity::Failed,
        }
    }
}

/// RFC 3161 §4 (1): the reasons after which tokens from before stay good.
///
/// The reasons that it does not name (a hold, a right withdrawn) say nothing of the key's past, and
/// are taken as the missing reason is.
pub(super) const fn spares_earlier_tokens(reason: Option<RevocationReason>) -> bool {
    matches!(
        reason,
        Some(
            RevocationReason::Unspecified
                | RevocationReason::AffiliationChanged
                | RevocationReason::Superseded
                | RevocationReason::CessationOfOperation
        )
    )
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;
    use crate::revocation::{Revocation, RevocationSource, RevocationSourceKind, UnknownCause};

    /// The certificate is revoked at 100.
    fn check(
        reason: Option<RevocationReason>,
        invalidity_date: Option<i64>,
        gen_time: i64,
        proof: Option<i64>,
        want: TokenStanding,
    ) {
        let status = RevocationStatus::Revoked(Revocation {
            at: 100,
            reason,
            invalidity_date,
            as_of: 200,
            source: RevocationSource {
                kind: RevocationSourceKind::Crl,
                issuer: String::new(),
                fingerprint: [0; 32],
            },
        });
        let got = TokenStanding::of(&status, gen_time, proof);
        assert_eq!(
            got, want,
            "{reason:?} {invalidity_date:?} {gen_time} {proof:?}"
        );
    }

    #[test]
    fn an_authority_that_stopped_leaves_its_tokens_good() {
        for reason in [
            RevocationReason::Unspecified,
            RevocationReason::AffiliationChanged,
            RevocationReason::Superseded,
            RevocationReason::CessationOfOperation,
        ] {
            let reason = Some(reason);
            check(reason, None, 99, None, TokenStanding::GoodBeforeRevocation);
            check(reason, None, 100, None, TokenStanding::AfterRevocation);
            check(reason, None, 101, Some(1), TokenStanding::AfterRevocation);
        }
    }

    #[test]
    fn a_key_in_other_hands_proves_nothing_that_is_not_proved_otherwise() {
        for reason in [
            None,
            Some(RevocationReason::KeyCompromise),
            Some(RevocationReason::CaCompromise),
            Some(RevocationReason::CertificateHold),
            Some(RevocationReason::PrivilegeWithdrawn),
        ] {
            check(reason, None, 50, None, TokenStanding::KeyCompromised);
            check(
                reason,
                None,
                50,
                Some(99),
                TokenStanding::GoodByEarlierProof,
            );
            check(reason, None, 50, Some(100), TokenStanding::KeyCompromised);
            check(reason, None, 100, Some(99), TokenStanding::AfterRevocation);
            // Suspected since 70: a proof from between does not help.
            check(
                reason,
                Some(70),
                50,
                Some(80),
                TokenStanding::KeyCompromised,
            );
            check(
                reason,
                Some(70),
                50,
                Some(69),
                TokenStanding::GoodByEarlierProof,
            );
            check(
                reason,
                Some(300),
                50,
                Some(150),
                TokenStanding::KeyCompromised,
            );
        }
    }

    #[test]
    fn no_answer_is_neither_good_nor_bad() {
        let unknown = RevocationStatus::Unknown {
            why: UnknownCause::Stale,
        };
        let standing = TokenStanding::of(&unknown, 0, None);
        assert_eq!(standing, TokenStanding::StatusUnknown);
        let standing = TokenStanding::of(&RevocationStatus::NotChecked, 0, None);
        assert_eq!(standing, TokenStanding::NotChecked);
    }
}
