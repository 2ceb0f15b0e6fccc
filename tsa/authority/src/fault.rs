//! Broken answers, each with one thing wrong.
//!
//! A verifier is only as good as what it refuses.
//! Every fault starts from the honest plan of the same authority, so that what a verifier finds
//! is the fault and nothing else.

mod edit;

use std::time::{Duration, SystemTime};

use proofline_tsa::{Code, FailInfo};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

use crate::authority::Authority;
use crate::der;
use crate::error::Error;
use crate::issue::{Critical, Issued, Issuer, Kind, Template, issue, name};
use crate::key::PrivateKey;
use crate::oid;
use crate::token::{Plan, rejection};

/// Declares the faults from their one table: name, and what a verifier must find.
macro_rules! faults {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal, $finding:expr;)+) => {
        /// One thing wrong with a response.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Fault {
            $($(#[$doc])+ $variant,)+
        }

        impl Fault {
            /// Every fault.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The fault's name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// What a verifier must find when it is given the authority's root and the request;
            /// `None` where it must find nothing.
            ///
            /// For [`EmbeddedRoot`](Self::EmbeddedRoot) that is with an unrelated root in place of
            /// the authority's.
            #[must_use]
            pub const fn finding(self) -> Option<Code> {
                match self {
                    $(Self::$variant => $finding,)+
                }
            }
        }
    };
}

faults! {
    /// The accuracy states 1,000 milliseconds, of which there are 999.
    AccuracyOutOfRange = "accuracy-out-of-range", Some(Code::Malformed);
    /// The message digest stands twice among the signed attributes.
    AttributeTwice = "attribute-twice", Some(Code::AttributeRepeated);
    /// The signer signed no attributes.
    AttributesMissing = "attributes-missing", Some(Code::SignedAttributesMissing);
    /// Nothing is sent.
    BodyEmpty = "body-empty", Some(Code::Malformed);
    /// A web page is sent in place of a response.
    BodyHtml = "body-html", Some(Code::Malformed);
    /// An octet follows the response.
    BodyTrailing = "body-trailing", Some(Code::Malformed);
    /// The last octet of the response is not sent.
    BodyTruncated = "body-truncated", Some(Code::Malformed);
    /// The signer's certificate is one of a certification authority.
    CaLeaf = "ca-leaf", Some(Code::SignerIsCa);
    /// The token carries no certificate although the request wanted them.
    CertificatesMissing = "certificates-missing", Some(Code::SignerCertificateMissing);
    /// The token carries no content.
    ContentMissing = "content-missing", Some(Code::ContentMissing);
    /// The signed content type is absent.
    ContentTypeAttributeMissing = "content-type-attribute-missing", Some(Code::AttributeMissing);
    /// The signed content type is another.
    ContentTypeAttributeOther = "content-type-attribute-other", Some(Code::ContentTypeAttributeMismatch);
    /// The content is called plain data.
    ContentTypeData = "content-type-data", Some(Code::ContentTypeUnexpected);
    /// The signer's digest algorithm is MD5.
    DigestAlgorithmMd5 = "digest-algorithm-md5", Some(Code::DigestAlgorithmWeak);
    /// The signer's digest algorithm is one that nobody knows.
    DigestAlgorithmUnknown = "digest-algorithm-unknown", Some(Code::DigestAlgorithmUnsupported);
    /// The token carries its own root, which no caller gave; nothing else is wrong with it.
    EmbeddedRoot = "embedded-root", Some(Code::PathNotFound);
    /// The signed certificate hash is of another certificate.
    EssHashWrong = "ess-hash-wrong", Some(Code::EssCertIdMismatch);
    /// The signed certificate reference is absent.
    EssMissing = "ess-missing", Some(Code::EssCertIdMissing);
    /// The signer's certificate had expired at the token's time.
    ExpiredLeaf = "expired-leaf", Some(Code::CertificateNotValidAtGenTime);
    /// The token has a critical extension that nobody knows.
    ExtensionCritical = "extension-critical", Some(Code::TstExtensionCritical);
    /// The time is in a time zone other than UTC.
    GenTimeLocal = "gen-time-local", Some(Code::Malformed);
    /// The fraction of the time ends in a zero, which RFC 3161 forbids.
    GenTimeTrailingZero = "gen-time-trailing-zero", Some(Code::Malformed);
    /// The time is written with a year of two digits.
    GenTimeUtc = "gen-time-utc", Some(Code::Malformed);
    /// The imprint is by an algorithm that nobody knows.
    ImprintAlgorithmUnknown = "imprint-algorithm-unknown", Some(Code::ImprintAlgorithmUnsupported);
    /// The imprint is an MD5 digest.
    ImprintMd5 = "imprint-md5", Some(Code::ImprintAlgorithmWeak);
    /// The imprint is an octet shorter than its algorithm makes it.
    ImprintShort = "imprint-short", Some(Code::ImprintLengthWrong);
    /// The token stamps other bytes than those asked for.
    ImprintWrong = "imprint-wrong", Some(Code::ImprintMismatch);
    /// Foreign certificates travel in the token, one of them with the signer's issuer and serial number. RFC 3161 forbids none of this, and the token stays valid.
    InjectedCertificates = "injected-certificates", None;
    /// The certificate of the signer's issuer is not in the token.
    IssuerMissing = "issuer-missing", Some(Code::PathNotFound);
    /// The signer's certificate became valid only after the token's time.
    LeafNotYetValid = "leaf-not-yet-valid", Some(Code::CertificateNotValidAtGenTime);
    /// The response claims to be four gigabytes long.
    LengthHuge = "length-huge", Some(Code::Malformed);
    /// The signed message digest is absent.
    MessageDigestMissing = "message-digest-missing", Some(Code::AttributeMissing);
    /// The signed message digest has two values.
    MessageDigestTwoValues = "message-digest-two-values", Some(Code::AttributeInvalid);
    /// The signed message digest is of other content.
    MessageDigestWrong = "message-digest-wrong", Some(Code::MessageDigestMismatch);
    /// The token leaves the nonce out.
    NonceMissing = "nonce-missing", Some(Code::NonceMismatch);
    /// The token's nonce is not that of the request.
    NonceWrong = "nonce-wrong", Some(Code::NonceMismatch);
    /// The extended key usage is not critical.
    PurposeNotCritical = "purpose-not-critical", Some(Code::SignerPurposeNotCritical);
    /// The extended key usage has a second purpose.
    PurposeNotSole = "purpose-not-sole", Some(Code::SignerPurposeNotSole);
    /// The signer's certificate is for code signing only.
    PurposeOther = "purpose-other", Some(Code::SignerPurposeMissing);
    /// The imprint is a SHA-1 digest.
    Sha1Imprint = "sha1-imprint", Some(Code::ImprintAlgorithmWeak);
    /// The signature is by an algorithm that nobody knows.
    SignatureAlgorithmUnknown = "signature-algorithm-unknown", Some(Code::SignatureAlgorithmUnsupported);
    /// The signature is empty.
    SignatureEmpty = "signature-empty", Some(Code::SignatureMismatch);
    /// One bit of the signature is flipped.
    SignatureFlipped = "signature-flipped", Some(Code::SignatureMismatch);
    /// The signer's identifier names a certificate that is not there.
    SignerIdentifierOther = "signer-identifier-other", Some(Code::SignerCertificateMissing);
    /// Nobody signed.
    SignersNone = "signers-none", Some(Code::SignerCountWrong);
    /// The same signer signed twice.
    SignersTwo = "signers-two", Some(Code::SignerCountWrong);
    /// The status says rejection, and a token follows all the same.
    StatusRejection = "status-rejection", Some(Code::StatusNotGranted);
    /// The status says granted, and no token follows.
    TokenMissing = "token-missing", Some(Code::TokenMissing);
    /// The token is called plain data.
    TokenOtherContent = "token-other-content", Some(Code::Malformed);
    /// The token names another authority than its signer.
    TsaNameOther = "tsa-name-other", Some(Code::TsaNameMismatch);
    /// A field that RFC 3161 does not know follows the last of the statement.
    TstTrailing = "tst-trailing", Some(Code::Malformed);
    /// The statement is of version 2.
    TstVersionOther = "tst-version-other", Some(Code::Malformed);
}

impl Authority {
    /// Answers one request with a token that has one thing wrong.
    ///
    /// # Errors
    ///
    /// When a certificate or a signature could not be made.
    pub fn respond_with_fault(
        &self,
        request: &[u8],
        now: SystemTime,
        fault: Fault,
    ) -> Result<Vec<u8>, Error> {
        let mut plan = match self.plan(request, now) {
            Ok(plan) => plan,
            Err(refused) => return Ok(refused),
        };
        self.apply(fault, &mut plan)?;
        plan.to_response(&self.unit.key)
    }

    /// A refusal with a reason of the caller's choice.
    #[must_use]
    pub fn refuse(reason: FailInfo, text: &str) -> Vec<u8> {
        rejection(reason, text)
    }

    fn apply(&self, fault: Fault, plan: &mut Plan) -> Result<(), Error> {
        let now = plan.tst.gen_time;
        let before = |seconds| now.checked_sub(Duration::from_secs(seconds)).unwrap_or(now);
        let later = now.checked_add(Duration::from_secs(3_600)).unwrap_or(now);
        let earlier = before(3_600);
        let unit = |purposes: &[&'static [u8]], purposes_critical, is_ca| Kind::Unit {
            purposes: purposes.to_vec(),
            purposes_critical,
            is_ca,
        };
        let proper: &[&[u8]] = &[oid::TIME_STAMPING];
        match fault {
            Fault::CaLeaf => {
                self.replace_unit(plan, unit(proper, Critical::Yes, true), (earlier, later))?;
            }
            Fault::PurposeNotCritical => {
                self.replace_unit(plan, unit(proper, Critical::No, false), (earlier, later))?;
            }
            Fault::PurposeNotSole => {
                let purposes = &[oid::TIME_STAMPING, oid::CODE_SIGNING];
                self.replace_unit(plan, unit(purposes, Critical::Yes, false), (earlier, later))?;
            }
            Fault::ExpiredLeaf => {
                let validity = (earlier, before(60));
                self.replace_unit(plan, Kind::unit(), validity)?;
            }
            Fault::PurposeOther => {
                let purposes = &[oid::CODE_SIGNING];
                self.replace_unit(plan, unit(purposes, Critical::Yes, false), (earlier, later))?;
            }
            Fault::LeafNotYetValid => {
                let even_later = later.checked_add(Duration::from_secs(60)).unwrap_or(later);
                self.replace_unit(plan, Kind::unit(), (later, even_later))?;
            }
            Fault::IssuerMissing => {
                plan.certificates
                    .retain(|der| der.as_slice() != self.intermediate_der());
            }
            Fault::EmbeddedRoot => plan.certificates.push(self.root_der().to_vec()),
            Fault::InjectedCertificates => self.inject(plan, (earlier, later))?,
            Fault::EssHashWrong => {
                plan.ess_hash = Some(Sha256::digest(self.intermediate_der()).to_vec());
            }
            Fault::EssMissing => plan.ess_hash = None,
            Fault::ImprintWrong => flip_last(&mut plan.tst.imprint),
            Fault::NonceWrong => flip_last(plan.tst.nonce.get_or_insert_default()),
            Fault::Sha1Imprint => {
                plan.tst.imprint_algorithm = der::algorithm_null(oid::SHA1);
                plan.tst.imprint = Sha1::digest(&plan.tst.imprint).to_vec();
            }
            Fault::SignatureFlipped => plan.signature_mask = 0x01,
            Fault::StatusRejection => plan.status = 2,
            other => edit::apply(other, &mut plan.edits),
        }
        Ok(())
    }

    /// Puts another certificate of the same unit key in the place of the unit's.
    fn replace_unit(
        &self,
        plan: &mut Plan,
        kind: Kind,
        (not_before, not_after): (SystemTime, SystemTime),
    ) -> Result<(), Error> {
        let subject = self.unit.certificate.subject.clone();
        let template = Template {
            subject,
            not_before,
            not_after,
            kind,
        };
        let issuer = Issuer {
            name: &self.intermediate.certificate.subject,
            key: &self.intermediate.key,
        };
        let issued = issue(&template, &self.unit.key.public_key_der()?, &issuer)?;
        plan.certificates.retain(|der| *der != plan.unit.der);
        plan.certificates.push(issued.der.clone());
        plan.ess_hash = Some(Sha256::digest(&issued.der).to_vec());
        plan.unit = issued;
        Ok(())
    }

    /// Adds a self-made unit of a foreign key, and a forgery of the real unit's identifier.
    fn inject(
        &self,
        plan: &mut Plan,
        (not_before, not_after): (SystemTime, SystemTime),
    ) -> Result<(), Error> {
        let key = PrivateKey::generate(crate::Algorithm::P256)?;
        let public_key = key.public_key_der()?;
        let template = |subject| Template {
            subject,
            not_before,
            not_after,
            kind: Kind::unit(),
        };
        let stranger = name("Stranger", "Time-Stamping Unit");
        let issuer = Issuer {
            name: &stranger,
            key: &key,
        };
        let own = issue(&template(stranger.clone()), &public_key, &issuer)?;

        let issuer = Issuer {
            name: &plan.unit.issuer,
            key: &key,
        };
        let forged = issue(&template(plan.unit.subject.clone()), &public_key, &issuer)?;
        let forged = with_serial(&forged, &plan.unit.serial);
        plan.certificates.insert(0, forged);
        plan.certificates.insert(0, own.der);
        Ok(())
    }
}

/// Writes another serial number over that of a certificate, if it is as long; the signature no
/// longer matters, as nobody trusts the key.
fn with_serial(issued: &Issued, serial: &[u8]) -> Vec<u8> {
    let mut der = issued.der.clone();
    let found = der
        .windows(issued.serial.len())
        .position(|window| window == issued.serial);
    if let Some(at) = found
        && issued.serial.len() == serial.len()
        && let Some(place) = der.get_mut(at..at.saturating_add(serial.len()))
    {
        place.copy_from_slice(serial);
    }
    der
}

fn flip_last(octets: &mut Vec<u8>) {
    match octets.last_mut() {
        Some(last) => *last ^= 0x01,
        None => octets.push(0x01),
    }
}
