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

impl Severity {
    /// The weight in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Indeterminate => "indeterminate",
            Self::Failed => "failed",
        }
    }
}

/// Declares the codes from their one table.
macro_rules! codes {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal, $severity:ident;)+) => {
        /// One kind of finding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])+ $variant,)+
        }

        impl Code {
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

// The table: what is seen, the code as it is printed, its weight.
codes! {
    /// The signed copy of the algorithms (RFC 6211) differs from the algorithms used.
    AlgorithmProtectionMismatch = "algorithm-protection-mismatch", Failed;
    /// An algorithm of the token or its path was no longer trusted at the token's time.
    AlgorithmTrustEnded = "algorithm-trust-ended", Indeterminate;
    /// An algorithm of the token or its path was trusted at the token's time, and is no longer.
    AlgorithmTrustEndedSince = "algorithm-trust-ended-since", Note;
    /// A signed attribute has no value, several, or one that cannot be read.
    AttributeInvalid = "attribute-invalid", Failed;
    /// A signed attribute that must be there is absent.
    AttributeMissing = "attribute-missing", Failed;
    /// The same signed attribute stands twice.
    AttributeRepeated = "attribute-repeated", Failed;
    /// A certificate of the path restricts names or policies in a way that is not processed here.
    CertificateConstraintsUnprocessed = "certificate-constraints-unprocessed", Indeterminate;
    /// A certificate of the path has a critical extension that is not known.
    CertificateCriticalExtensionUnknown = "certificate-critical-extension-unknown", Failed;
    /// The token carries attribute certificates or other forms, which were left out.
    CertificateFormSkipped = "certificate-form-skipped", Note;
    /// A certificate of the path was revoked after the token's time, for a reason that leaves no token of its key trusted, and no earlier proof covers this one.
    CertificateKeyCompromised = "certificate-key-compromised", Indeterminate;
    /// A name in the path is one that an issuer above it does not permit, or excludes.
    CertificateNameConstraintViolated = "certificate-name-constraint-violated", Failed;
    /// A certificate of the path had expired, or was not yet valid, at the token's time.
    CertificateNotValidAtGenTime = "certificate-not-valid-at-gen-time", Failed;
    /// A certificate of the path maps the policy that stands for all.
    CertificatePolicyMappingInvalid = "certificate-policy-mapping-invalid", Failed;
    /// The path must be valid for a policy, and is for none, or for none of those asked for.
    CertificatePolicyMissing = "certificate-policy-missing", Failed;
    /// A certificate of the path had been revoked by the token's time.
    CertificateRevoked = "certificate-revoked", Failed;
    /// A certificate of the path was revoked after the token's time, and the token stays good: by the reason, or by an earlier proof.
    CertificateRevokedSince = "certificate-revoked-since", Note;
    /// The signature of a certificate, or its issuer's key, uses an algorithm or size that is not accepted.
    CertificateSignatureAlgorithmRefused = "certificate-signature-algorithm-refused", Indeterminate;
    /// A certificate in the token, or beside it, cannot be read and was left out.
    CertificateUnreadable = "certificate-unreadable", Note;
    /// The token carries no content.
    ContentMissing = "content-missing", Failed;
    /// The signed content type is not that of the content.
    ContentTypeAttributeMismatch = "content-type-attribute-mismatch", Failed;
    /// The content of the token is not a `TSTInfo`.
    ContentTypeUnexpected = "content-type-unexpected", Failed;
    /// The signer's digest algorithm is not the one of its signature, or is not listed.
    DigestAlgorithmMismatch = "digest-algorithm-mismatch", Failed;
    /// The signer's digest algorithm is not one that is computed here.
    DigestAlgorithmUnsupported = "digest-algorithm-unsupported", Indeterminate;
    /// The signer's digest algorithm is MD5 or SHA-1.
    DigestAlgorithmWeak = "digest-algorithm-weak", Failed;
    /// The token was in BER, and was converted to DER once before it was read.
    EncodingBer = "encoding-ber", Note;
    /// A part that must be DER, as it is hashed or signed, is in BER.
    EncodingNotDer = "encoding-not-der", Indeterminate;
    /// The signed certificate identifier uses a hash that is not computed here.
    EssCertIdAlgorithmUnsupported = "ess-cert-id-algorithm-unsupported", Indeterminate;
    /// The signed certificate identifier, version 2, uses MD5 or SHA-1.
    EssCertIdAlgorithmWeak = "ess-cert-id-algorithm-weak", Failed;
    /// The signed certificate identifier is not that of the signer's certificate.
    EssCertIdMismatch = "ess-cert-id-mismatch", Failed;
    /// No signed attribute binds the signer's certificate.
    EssCertIdMissing = "ess-cert-id-missing", Failed;
    /// The signer's certificate is bound by version 1 only, whose hash is SHA-1.
    EssCertIdSha1 = "ess-cert-id-sha1", Note;
    /// The token's time is later than the time of verification that the caller gave.
    GenTimeAfterNow = "gen-time-after-now", Note;
    /// The imprint's hash algorithm is not one that is computed here.
    ImprintAlgorithmUnsupported = "imprint-algorithm-unsupported", Indeterminate;
    /// The imprint's hash algorithm is MD5 or SHA-1.
    ImprintAlgorithmWeak = "imprint-algorithm-weak", Failed;
    /// The imprint's digest is not as long as its algorithm makes it.
    ImprintLengthWrong = "imprint-length-wrong", Failed;
    /// The token stamps something else than what was given.
    ImprintMismatch = "imprint-mismatch", Failed;
    /// No imprint was given to compare with.
    ImprintNotCompared = "imprint-not-compared", Note;
    /// An issuing certificate's key usage does not allow signing certificates.
    IssuerKeyUsage = "issuer-key-usage", Failed;
    /// An issuing certificate is not one of a certification authority.
    IssuerNotCa = "issuer-not-ca", Failed;
    /// An issuing certificate is limited to purposes other than time-stamping.
    IssuerPurpose = "issuer-purpose", Failed;
    /// The bytes are not a response or token.
    Malformed = "malformed", Failed;
    /// The signed digest is not that of the content.
    MessageDigestMismatch = "message-digest-mismatch", Failed;
    /// The token's nonce is not the one that was sent, or is absent.
    NonceMismatch = "nonce-mismatch", Failed;
    /// Zero octets follow a token in BER, as a PDF has them; they were left out.
    PaddingSkipped = "padding-skipped", Note;
    /// The search for a path stopped at the limit of its length.
    PathDepthExceeded = "path-depth-exceeded", Indeterminate;
    /// More certification authorities follow than a certificate allows.
    PathLengthExceeded = "path-length-exceeded", Failed;
    /// No chain of signatures leads from the signer to a given root.
    PathNotFound = "path-not-found", Indeterminate;
    /// The token's policy is not the one that was asked for.
    PolicyMismatch = "policy-mismatch", Failed;
    /// The token's policy is not one of those that the caller allows.
    PolicyNotAllowed = "policy-not-allowed", Failed;
    /// The stored request cannot be read.
    RequestUnreadable = "request-unreadable", Failed;
    /// The token carries revocation data; it is handed on as raw bytes.
    RevocationDataInToken = "revocation-data-in-token", Note;
    /// A revocation list or an OCSP response cannot be read and was left out.
    RevocationDataUnreadable = "revocation-data-unreadable", Note;
    /// What was given does not tell whether a certificate of the path was revoked.
    RevocationUnknown = "revocation-unknown", Note;
    /// SHA-1 was used, because the caller allowed it for this.
    Sha1Allowed = "sha1-allowed", Note;
    /// The token's signature uses an algorithm or key that is not checked here.
    SignatureAlgorithmUnsupported = "signature-algorithm-unsupported", Indeterminate;
    /// The token's signature uses MD5 or SHA-1, or a key that is too short.
    SignatureAlgorithmWeak = "signature-algorithm-weak", Failed;
    /// The search for a path stopped at the limit of signature checks.
    SignatureChecksExhausted = "signature-checks-exhausted", Indeterminate;
    /// The token's signature does not match the signer's key.
    SignatureMismatch = "signature-mismatch", Failed;
    /// The signer signed no attributes.
    SignedAttributesMissing = "signed-attributes-missing", Failed;
    /// The signature is over the signed attributes in the order of DER, not as they were sent.
    SignedAttributesReordered = "signed-attributes-reordered", Note;
    /// Several certificates match the signer's identifier, and the signed reference names none of them or several.
    SignerAmbiguous = "signer-ambiguous", Indeterminate;
    /// No certificate matches the signer's identifier.
    SignerCertificateMissing = "signer-certificate-missing", Indeterminate;
    /// The token has no signer, or more than one.
    SignerCountWrong = "signer-count-wrong", Failed;
    /// The signer's certificate is one of a certification authority.
    SignerIsCa = "signer-is-ca", Failed;
    /// The signer's key usage allows no signatures over content.
    SignerKeyUsage = "signer-key-usage", Failed;
    /// The signer's certificate is not for time-stamping.
    SignerPurposeMissing = "signer-purpose-missing", Failed;
    /// The signer's extended key usage is not critical.
    SignerPurposeNotCritical = "signer-purpose-not-critical", Failed;
    /// The signer's certificate has purposes beside time-stamping.
    SignerPurposeNotSole = "signer-purpose-not-sole", Failed;
    /// The authority granted the request with modifications.
    StatusGrantedWithMods = "status-granted-with-mods", Note;
    /// The authority did not grant the request.
    StatusNotGranted = "status-not-granted", Failed;
    /// The response carries no token.
    TokenMissing = "token-missing", Failed;
    /// No root was given, so nothing can be trusted.
    TrustAnchorNotGiven = "trust-anchor-not-given", Indeterminate;
    /// The name in the token is not one of the signer's certificate.
    TsaNameMismatch = "tsa-name-mismatch", Failed;
    /// The token has a critical extension that is not known.
    TstExtensionCritical = "tst-extension-critical", Failed;
    /// The unsigned version number of the token's structure is 1, not 3.
    VersionOdd = "version-odd", Note;
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

    /// Adds those that are not there yet.
    pub(crate) fn add_new(&mut self, other: Self) {
        for finding in other.0 {
            if !self.0.contains(&finding) {
                self.0.push(finding);
            }
        }
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

    /// Whoever reads the crate's documentation finds every code in its table, with its weight.
    #[test]
    fn every_code_is_in_the_documentation() {
        let page = include_str!("lib.rs");
        for code in Code::ALL {
            let weight = code.severity().as_str();
            let row = alloc::format!("//! | `{code}` | {weight} | ");
            assert!(page.contains(&row), "{row}");
        }
    }

    #[test]
    fn codes_are_kebab_case_sorted_and_unique() {
        let names: alloc::vec::Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert!(names.is_sorted_by(|a, b| a < b));
        for name in names {
            assert!(
                name.bytes()
                    .all(|b| b == b'-' || b.is_ascii_lowercase() || b.is_ascii_digit()),
                "{name}"
            );
        }
    }
}
