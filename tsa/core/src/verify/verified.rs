//! The type that proves the check.

use crate::certificate::CertificateSummary;
use crate::digest::Imprint;
use crate::path::Path;
use crate::time::GenTime;
use crate::tst_info::{Accuracy, Claims};

use super::AlgorithmEnd;

/// A token that was verified to a root that the caller gave.
///
/// Only [`verify`](super::verify) makes one, and only when every rule holds.
#[derive(Clone, Debug)]
pub struct VerifiedToken {
    claims: Claims,
    imprint: Imprint,
    path: Path,
    algorithm_end: Option<AlgorithmEnd>,
}

impl VerifiedToken {
    pub(super) const fn new(
        claims: Claims,
        imprint: Imprint,
        path: Path,
        algorithm_end: Option<AlgorithmEnd>,
    ) -> Self {
        Self {
            claims,
            imprint,
            path,
            algorithm_end,
        }
    }

    /// The end of trust in the first of its algorithms to end, those of its path included; `None`
    /// if none has an end.
    ///
    /// From then on the token shows its time only as long as something renewed it before.
    #[must_use]
    pub const fn algorithm_end(&self) -> Option<AlgorithmEnd> {
        self.algorithm_end
    }

    /// The time that the authority signed.
    #[must_use]
    pub const fn gen_time(&self) -> GenTime {
        self.claims.gen_time
    }

    /// The accuracy that the authority signed, if it signed one.
    #[must_use]
    pub const fn accuracy(&self) -> Option<Accuracy> {
        self.claims.accuracy
    }

    /// `gen_time` less its accuracy, in microseconds since 1970.
    #[must_use]
    pub fn lower_micros(&self) -> i64 {
        self.claims.lower_micros()
    }

    /// `gen_time`, its accuracy and one unit of its last digit, in microseconds since 1970.
    #[must_use]
    pub fn upper_micros(&self) -> i64 {
        self.claims.upper_micros()
    }

    /// What was stamped.
    #[must_use]
    pub const fn imprint(&self) -> &Imprint {
        &self.imprint
    }

    /// The serial number's octets in lower-case hexadecimal.
    #[must_use]
    pub fn serial_hex(&self) -> &str {
        &self.claims.serial_hex
    }

    /// The policy in dotted form.
    #[must_use]
    pub fn policy(&self) -> &str {
        &self.claims.policy
    }

    /// The nonce's octets in lower-case hexadecimal.
    #[must_use]
    pub fn nonce_hex(&self) -> Option<&str> {
        self.claims.nonce_hex.as_deref()
    }

    /// Everything that the token says, now verified.
    #[must_use]
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The stamping unit.
    #[must_use]
    pub const fn signer(&self) -> &CertificateSummary {
        &self.path.signer
    }

    /// The root, one of those that the caller gave.
    #[must_use]
    pub const fn anchor(&self) -> &CertificateSummary {
        &self.path.anchor
    }

    /// The path with the bytes of its certificates.
    #[must_use]
    pub const fn path(&self) -> &Path {
        &self.path
    }

    /// The certificates between signer and root, the signer's issuer first.
    #[must_use]
    pub fn intermediates(&self) -> &[CertificateSummary] {
        &self.path.intermediates
    }
}
