//! What a verification came to.

use alloc::string::String;
use alloc::vec::Vec;

use crate::certificate::CertificateSummary;
use crate::finding::{Finding, Severity};
use crate::revocation::CertificateRevocation;
use crate::tst_info::Claims;

use super::VerifiedToken;

/// What a verification came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every rule holds, and a path leads to a root that the caller gave.
    Valid,
    /// Nothing is shown to be wrong, but something needed was not there or is not understood.
    Indeterminate,
    /// The token is broken, or breaks its profile.
    Invalid,
}

impl Outcome {
    /// The outcome in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Indeterminate => "indeterminate",
            Self::Invalid => "invalid",
        }
    }
}

/// What was found in one token, and what it claims.
#[derive(Clone, Debug)]
pub struct Report {
    pub(super) findings: Vec<Finding>,
    pub(super) claims: Option<Claims>,
    pub(super) signer: Option<CertificateSummary>,
    pub(super) signature: SignatureState,
    pub(super) encoding: Encoding,
    pub(super) revocation: Vec<EmbeddedRevocation>,
    pub(super) embedded_certificates: Vec<Vec<u8>>,
    pub(super) certificates: Vec<CertificateRevocation>,
    pub(super) verified: Option<VerifiedToken>,
}

/// Whether the token's signature was checked, whoever made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureState {
    /// It was not, or it did not match.
    NotShown,
    /// It matches the certificate that the signer's identifier names; this says nothing about
    /// trust.
    MatchesSigner,
}

/// The form in which the token came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// DER; every byte was read where it stood.
    Der,
    /// BER, converted to DER once; offsets in findings count in the converted bytes.
    Ber,
}

/// Revocation data that came inside a token, as raw bytes.
///
/// The token's signer did not sign it, and it was not looked at: whoever uses it checks who did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddedRevocation {
    /// What it is.
    pub format: RevocationFormat,
    /// The bytes in DER.
    pub der: Vec<u8>,
}

/// The kinds of revocation data in CMS (RFC 5652 §10.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RevocationFormat {
    /// A certificate revocation list (RFC 5280 §5).
    Crl,
    /// Another format, by its identifier in dotted form: `1.3.6.1.5.5.7.16.2` is an OCSP response
    /// (RFC 5940 §2.1), and `1.3.6.1.5.5.7.48.1.1` the basic response in it (RFC 6960 §4.2.1), which
    /// authorities write as well.
    Other(String),
}

impl Report {
    pub(super) const fn new() -> Self {
        Self {
            findings: Vec::new(),
            claims: None,
            signer: None,
            signature: SignatureState::NotShown,
            encoding: Encoding::Der,
            revocation: Vec::new(),
            embedded_certificates: Vec::new(),
            certificates: Vec::new(),
            verified: None,
        }
    }

    /// What is known of each certificate of the path but the root, the signer first; empty if there
    /// is no path.
    #[must_use]
    pub fn certificate_revocations(&self) -> &[CertificateRevocation] {
        &self.certificates
    }

    /// The outcome: the weight of the worst finding.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        if self.verified.is_some() {
            return Outcome::Valid;
        }
        match self
            .findings
            .iter()
            .map(|finding| finding.code().severity())
            .max()
        {
            Some(Severity::Failed) => Outcome::Invalid,
            _ => Outcome::Indeterminate,
        }
    }

    /// Everything found, in the order of the checks.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What the token says of itself, as far as it could be read. Claims, not facts.
    #[must_use]
    pub const fn claims(&self) -> Option<&Claims> {
        self.claims.as_ref()
    }

    /// The certificate that the signer's identifier names. A claim, until there is a
    /// [`VerifiedToken`].
    #[must_use]
    pub const fn signer(&self) -> Option<&CertificateSummary> {
        self.signer.as_ref()
    }

    /// Whether the token's signature matches the signer's certificate.
    #[must_use]
    pub const fn signature(&self) -> SignatureState {
        self.signature
    }

    /// The form in which the token came.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The revocation data inside the token, in the order found.
    #[must_use]
    pub fn embedded_revocation(&self) -> &[EmbeddedRevocation] {
        &self.revocation
    }

    /// The X.509 certificates inside the token that carries revocation data, in the order found:
    /// those who signed that data may be among them. Empty if it carries none.
    #[must_use]
    pub fn embedded_certificates(&self) -> &[Vec<u8>] {
        &self.embedded_certificates
    }

    /// The proof that the token is valid.
    #[must_use]
    pub const fn verified(&self) -> Option<&VerifiedToken> {
        self.verified.as_ref()
    }

    /// The proof that the token is valid, without the rest of the report.
    #[must_use]
    pub fn into_verified(self) -> Option<VerifiedToken> {
        self.verified
    }
}
