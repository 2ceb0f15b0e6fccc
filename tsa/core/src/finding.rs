//! What a verification finds, as stable codes.
//!
//! A code is never renamed and never used for another meaning.

use alloc::string::String;
use core::fmt;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; decides nothing.
    Note,
    /// Nothing is shown to be wrong, but the token is not shown to be right.
    Indeterminate,
    /// The token is broken or breaks its profile.
    Failed,
}

/// One kind of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Code {
    /// The signed copy of the algorithms (RFC 6211) differs from the algorithms used.
    AlgorithmProtectionMismatch,
    /// A signed attribute has no value, several, or one that cannot be read.
    AttributeInvalid,
    /// A signed attribute that must be there is absent.
    AttributeMissing,
    /// The same signed attribute stands twice.
    AttributeRepeated,
    /// A certificate of the path restricts names or policies in a way that is not processed here.
    CertificateConstraintsUnprocessed,
    /// A certificate of the path has a critical extension that is not known.
    CertificateCriticalExtensionUnknown,
    /// A name in the path is one that an issuer above it does not permit, or excludes.
    CertificateNameConstraintViolated,
    /// A certificate of the path had expired, or was not yet valid, at the token's time.
    CertificateNotValidAtGenTime,
    /// A certificate of the path maps the policy that stands for all.
    CertificatePolicyMappingInvalid,
    /// The path must be valid for a policy, and is for none, or for none of those asked for.
    CertificatePolicyMissing,
    /// The signature of a certificate, or its issuer's key, uses an algorithm or size that is not accepted.
    CertificateSignatureAlgorithmRefused,
    /// A certificate in the token, or beside it, cannot be read and was left out.
    CertificateUnreadable,
    /// The token carries no content.
    ContentMissing,
    /// The signed content type is not that of the content.
    ContentTypeAttributeMismatch,
    /// The content of the token is not a `TSTInfo`.
    ContentTypeUnexpected,
    /// The signer's digest algorithm is not the one of its signature, or is not listed.
    DigestAlgorithmMismatch,
    /// The signer's digest algorithm is not one that is computed here.
    DigestAlgorithmUnsupported,
    /// The signer's digest algorithm is MD5 or SHA-1.
    DigestAlgorithmWeak,
    /// The token is in the indefinite-length form of BER, which is not read.
    EncodingNotDer,
    /// The signed certificate identifier is not that of the signer's certificate.
    EssCertIdMismatch,
    /// No signed attribute binds the signer's certificate.
    EssCertIdMissing,
    /// The imprint's hash algorithm is not one that is computed here.
    ImprintAlgorithmUnsupported,
    /// The imprint's hash algorithm is MD5 or SHA-1.
    ImprintAlgorithmWeak,
    /// The imprint's digest is not as long as its algorithm makes it.
    ImprintLengthWrong,
    /// The token stamps something else than what was given.
    ImprintMismatch,
    /// No imprint was given to compare with.
    ImprintNotCompared,
    /// An issuing certificate's key usage does not allow signing certificates.
    IssuerKeyUsage,
    /// An issuing certificate is not one of a certification authority.
    IssuerNotCa,
    /// An issuing certificate is limited to purposes other than time-stamping.
    IssuerPurpose,
    /// The bytes are not a response or token.
    Malformed,
    /// The signed digest is not that of the content.
    MessageDigestMismatch,
    /// The token's nonce is not the one that was sent, or is absent.
    NonceMismatch,
    /// The search for a path stopped at the limit of its length.
    PathDepthExceeded,
    /// More certification authorities follow than a certificate allows.
    PathLengthExceeded,
    /// No chain of signatures leads from the signer to a given root.
    PathNotFound,
    /// The token's policy is not the one that was asked for.
    PolicyMismatch,
    /// The stored request cannot be read.
    RequestUnreadable,
    /// A revocation list or an OCSP response cannot be read and was left out.
    RevocationDataUnreadable,
    /// The token's signature uses an algorithm or key that is not checked here.
    SignatureAlgorithmUnsupported,
    /// The token's signature uses MD5 or SHA-1, or a key that is too short.
    SignatureAlgorithmWeak,
    /// The search for a path stopped at the limit of signature checks.
    SignatureChecksExhausted,
    /// The token's signature does not match the signer's key.
    SignatureMismatch,
    /// The signer signed no attributes.
    SignedAttributesMissing,
    /// Several certificates match the signer's identifier.
    SignerAmbiguous,
    /// No certificate matches the signer's identifier.
    SignerCertificateMissing,
    /// The token has no signer, or more than one.
    SignerCountWrong,
    /// The signer's certificate is one of a certification authority.
    SignerIsCa,
    /// The signer's key usage allows no signatures over content.
    SignerKeyUsage,
    /// The signer's certificate is not for time-stamping.
    SignerPurposeMissing,
    /// The signer's extended key usage is not critical.
    SignerPurposeNotCritical,
    /// The signer's certificate has purposes beside time-stamping.
    SignerPurposeNotSole,
    /// The authority did not grant the request.
    StatusNotGranted,
    /// The response carries no token.
    TokenMissing,
    /// No root was given, so nothing can be trusted.
    TrustAnchorNotGiven,
    /// The name in the token is not one of the signer's certificate.
    TsaNameMismatch,
    /// The token has a critical extension that is not known.
    TstExtensionCritical,
}

impl Code {
    /// Every code, in alphabetical order.
    pub const ALL: &[Self] = &[
        Self::AlgorithmProtectionMismatch,
        Self::AttributeInvalid,
        Self::AttributeMissing,
        Self::AttributeRepeated,
        Self::CertificateConstraintsUnprocessed,
        Self::CertificateCriticalExtensionUnknown,
        Self::CertificateNameConstraintViolated,
        Self::CertificateNotValidAtGenTime,
        Self::CertificatePolicyMappingInvalid,
        Self::CertificatePolicyMissing,
        Self::CertificateSignatureAlgorithmRefused,
        Self::CertificateUnreadable,
        Self::ContentMissing,
        Self::ContentTypeAttributeMismatch,
        Self::ContentTypeUnexpected,
        Self::DigestAlgorithmMismatch,
        Self::DigestAlgorithmUnsupported,
        Self::DigestAlgorithmWeak,
        Self::EncodingNotDer,
        Self::EssCertIdMismatch,
        Self::EssCertIdMissing,
        Self::ImprintAlgorithmUnsupported,
        Self::ImprintAlgorithmWeak,
        Self::ImprintLengthWrong,
        Self::ImprintMismatch,
        Self::ImprintNotCompared,
        Self::IssuerKeyUsage,
        Self::IssuerNotCa,
        Self::IssuerPurpose,
        Self::Malformed,
        Self::MessageDigestMismatch,
        Self::NonceMismatch,
        Self::PathDepthExceeded,
        Self::PathLengthExceeded,
        Self::PathNotFound,
        Self::PolicyMismatch,
        Self::RequestUnreadable,
        Self::RevocationDataUnreadable,
        Self::SignatureAlgorithmUnsupported,
        Self::SignatureAlgorithmWeak,
        Self::SignatureChecksExhausted,
        Self::SignatureMismatch,
        Self::SignedAttributesMissing,
        Self::SignerAmbiguous,
        Self::SignerCertificateMissing,
        Self::SignerCountWrong,
        Self::SignerIsCa,
        Self::SignerKeyUsage,
        Self::SignerPurposeMissing,
        Self::SignerPurposeNotCritical,
        Self::SignerPurposeNotSole,
        Self::StatusNotGranted,
        Self::TokenMissing,
        Self::TrustAnchorNotGiven,
        Self::TsaNameMismatch,
        Self::TstExtensionCritical,
    ];

    /// The code in the form that reports print.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AlgorithmProtectionMismatch => "algorithm-protection-mismatch",
            Self::AttributeInvalid => "attribute-invalid",
            Self::AttributeMissing => "attribute-missing",
            Self::AttributeRepeated => "attribute-repeated",
            Self::CertificateConstraintsUnprocessed => "certificate-constraints-unprocessed",
            Self::CertificateCriticalExtensionUnknown => "certificate-critical-extension-unknown",
            Self::CertificateNameConstraintViolated => "certificate-name-constraint-violated",
            Self::CertificateNotValidAtGenTime => "certificate-not-valid-at-gen-time",
            Self::CertificatePolicyMappingInvalid => "certificate-policy-mapping-invalid",
            Self::CertificatePolicyMissing => "certificate-policy-missing",
            Self::CertificateSignatureAlgorithmRefused => "certificate-signature-algorithm-refused",
            Self::CertificateUnreadable => "certificate-unreadable",
            Self::ContentMissing => "content-missing",
            Self::ContentTypeAttributeMismatch => "content-type-attribute-mismatch",
            Self::ContentTypeUnexpected => "content-type-unexpected",
            Self::DigestAlgorithmMismatch => "digest-algorithm-mismatch",
            Self::DigestAlgorithmUnsupported => "digest-algorithm-unsupported",
            Self::DigestAlgorithmWeak => "digest-algorithm-weak",
            Self::EncodingNotDer => "encoding-not-der",
            Self::EssCertIdMismatch => "ess-cert-id-mismatch",
            Self::EssCertIdMissing => "ess-cert-id-missing",
            Self::ImprintAlgorithmUnsupported => "imprint-algorithm-unsupported",
            Self::ImprintAlgorithmWeak => "imprint-algorithm-weak",
            Self::ImprintLengthWrong => "imprint-length-wrong",
            Self::ImprintMismatch => "imprint-mismatch",
            Self::ImprintNotCompared => "imprint-not-compared",
            Self::IssuerKeyUsage => "issuer-key-usage",
            Self::IssuerNotCa => "issuer-not-ca",
            Self::IssuerPurpose => "issuer-purpose",
            Self::Malformed => "malformed",
            Self::MessageDigestMismatch => "message-digest-mismatch",
            Self::NonceMismatch => "nonce-mismatch",
            Self::PathDepthExceeded => "path-depth-exceeded",
            Self::PathLengthExceeded => "path-length-exceeded",
            Self::PathNotFound => "path-not-found",
            Self::PolicyMismatch => "policy-mismatch",
            Self::RequestUnreadable => "request-unreadable",
            Self::RevocationDataUnreadable => "revocation-data-unreadable",
            Self::SignatureAlgorithmUnsupported => "signature-algorithm-unsupported",
            Self::SignatureAlgorithmWeak => "signature-algorithm-weak",
            Self::SignatureChecksExhausted => "signature-checks-exhausted",
            Self::SignatureMismatch => "signature-mismatch",
            Self::SignedAttributesMissing => "signed-attributes-missing",
            Self::SignerAmbiguous => "signer-ambiguous",
            Self::SignerCertificateMissing => "signer-certificate-missing",
            Self::SignerCountWrong => "signer-count-wrong",
            Self::SignerIsCa => "signer-is-ca",
            Self::SignerKeyUsage => "signer-key-usage",
            Self::SignerPurposeMissing => "signer-purpose-missing",
            Self::SignerPurposeNotCritical => "signer-purpose-not-critical",
            Self::SignerPurposeNotSole => "signer-purpose-not-sole",
            Self::StatusNotGranted => "status-not-granted",
            Self::TokenMissing => "token-missing",
            Self::TrustAnchorNotGiven => "trust-anchor-not-given",
            Self::TsaNameMismatch => "tsa-name-mismatch",
            Self::TstExtensionCritical => "tst-extension-critical",
        }
    }

    /// How much the finding weighs; it is the same wherever it occurs.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::CertificateUnreadable
            | Self::ImprintNotCompared
            | Self::RevocationDataUnreadable => Severity::Note,
            Self::CertificateConstraintsUnprocessed
            | Self::CertificateSignatureAlgorithmRefused
            | Self::DigestAlgorithmUnsupported
            | Self::EncodingNotDer
            | Self::ImprintAlgorithmUnsupported
            | Self::PathDepthExceeded
            | Self::PathNotFound
            | Self::SignatureAlgorithmUnsupported
            | Self::SignatureChecksExhausted
            | Self::SignerCertificateMissing
            | Self::TrustAnchorNotGiven => Severity::Indeterminate,
            _ => Severity::Failed,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing found in one token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    code: Code,
    detail: String,
}

impl Finding {
    pub(crate) const fn new(code: Code, detail: String) -> Self {
        Self { code, detail }
    }

    /// What kind of finding.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// What was seen: the object first, claimed and computed values where there are both.
    ///
    /// Names from certificates stand in it as they are: a caller escapes it for a terminal.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

/// Findings in the order in which they were made.
#[derive(Debug, Default)]
pub(crate) struct Findings(pub(crate) alloc::vec::Vec<Finding>);

impl Findings {
    pub(crate) fn push(&mut self, code: Code, detail: impl Into<String>) {
        self.0.push(Finding::new(code, detail.into()));
    }

    pub(crate) fn worst(&self) -> Severity {
        self.0
            .iter()
            .map(|f| f.code.severity())
            .max()
            .unwrap_or(Severity::Note)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_kebab_case_sorted_and_unique() {
        let names: alloc::vec::Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert!(names.is_sorted_by(|a, b| a < b));
        for name in names {
            assert!(
                name.bytes().all(|b| b == b'-' || b.is_ascii_lowercase()),
                "{name}"
            );
        }
    }
}
