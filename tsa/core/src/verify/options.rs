//! What a caller knows and demands: the arguments of a verification.

use crate::algorithm::TrustDate;
use crate::digest::{Imprint, Sha1Leave};
use crate::path::PathRules;
use crate::revocation::RevocationEvidence;

/// What the token is expected to stamp.
#[derive(Clone, Copy, Debug)]
pub enum Expected<'a> {
    /// This imprint, and no other.
    Imprint(&'a Imprint),
    /// Nothing is known; the report says that nothing was compared, and the caller compares the
    /// imprint of the [`VerifiedToken`](super::VerifiedToken).
    NotGiven,
}

/// What else is known about a token, and what is asked of it.
///
/// The default knows nothing and asks for nothing beyond the profile of RFC 3161.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// The request that the token answers, as it was sent: nonce, imprint and policy are compared.
    pub request: Option<&'a [u8]>,
    /// Certificates in DER that may help to build a path. They are not trusted.
    pub certificates: &'a [&'a [u8]],
    /// What the path must satisfy beside the fixed rules: purposes and policies of certificates.
    pub path_rules: PathRules<'a>,
    /// Revocation lists and OCSP responses, by which the certificates of the path are judged;
    /// what came inside the token is not looked at unless it is given here.
    ///
    /// A certificate of which they do not tell is noted and does not stand against the token.
    pub revocation: RevocationEvidence<'a>,
    /// The earliest time at which something independent of the authority shows that the token
    /// existed, in seconds since 1970; only a token whose key was compromised later needs it
    /// ([`TokenStanding::of`](crate::TokenStanding::of)).
    pub existed_at: Option<i64>,
    /// The policies in dotted form under which a token may have been issued; none means any.
    pub allowed_policies: &'a [&'a str],
    /// The uses for which SHA-1 is let pass; each is noted in the report. MD5 never is.
    pub allow_sha1: &'a [Sha1Use],
    /// Ends of trust in place of those of the [registry](crate::Algorithm::ALL); of two for the
    /// same algorithm the later in the list counts.
    pub trust_dates: &'a [TrustDate],
    /// The time of verification in seconds since 1970, if the caller has a clock it trusts.
    ///
    /// It never makes a token valid or invalid: it adds notes on tokens from after it, and on
    /// algorithms that have ended since.
    pub now: Option<i64>,
}

/// One place where a token may use SHA-1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sha1Use {
    /// The signer's digest algorithm.
    Digest,
    /// The message imprint: two documents can be made that it fits both.
    Imprint,
    /// Signatures, of the token and of certificates.
    Signature,
}

impl Options<'_> {
    pub(crate) fn sha1(&self, place: Sha1Use) -> Sha1Leave {
        if self.allow_sha1.contains(&place) {
            Sha1Leave::Allowed
        } else {
            Sha1Leave::Refused
        }
    }
}
