//! The limits on revocation data in one bundle, by name. What is beyond them is said to be.

use proofline_tsa::RevocationLimits;

/// Octets that are kept, of revocation lists and of OCSP responses.
pub(super) const MAX_BYTES_OF_A_KIND: usize = 64 << 20;

/// Certificates beside tokens that are kept, whichever checkpoint they lie at.
pub(super) const MAX_CERTIFICATES: usize = 1_024;

/// Octets of tokens that wait for a certificate that may lie at a later checkpoint.
pub(super) const MAX_WAITING_BYTES: usize = 8 << 20;

/// What is read of lists, responses and certificates, and how many of their signatures are checked,
/// for all tokens of a bundle together.
pub(super) const REVOCATION_LIMITS: RevocationLimits = RevocationLimits {
    crls: 8_192,
    ocsp_responses: 8_192,
    certificates: MAX_CERTIFICATES,
    signature_checks: 16_384,
};
