//! Broken answers, each with one thing wrong.
//!
//! A verifier is only as good as what it refuses.
//! Every fault starts from the honest plan of the same authority, so that what a verifier finds
//! is the fault and nothing else.

use std::time::{Duration, SystemTime};

use proofline_tsa::{Code, FailInfo};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

use crate::authority::Authority;
use crate::error::Error;
use crate::issue::{Critical, Issued, Issuer, Kind, Template, issue, name};
use crate::key::PrivateKey;
use crate::oid;
use crate::token::{Plan, rejection};

/// One thing wrong with a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The signer's certificate is one of a certification authority.
    CaLeaf,
    /// The token carries its own root, which no caller gave; nothing else is wrong with it.
    EmbeddedRoot,
    /// The signed certificate hash is of another certificate.
    EssHashWrong,
    /// The signed certificate reference is absent.
    EssMissing,
    /// The signer's certificate had expired at the token's time.
    ExpiredLeaf,
    /// Foreign certificates travel in the token, one of them with the signer's issuer and serial
    /// number. RFC 3161 forbids none of this, and the token stays valid.
    InjectedCertificates,
    /// The token stamps other bytes than those asked for.
    ImprintWrong,
    /// The token's nonce is not that of the request.
    NonceWrong,
    /// The extended key usage is not critical.
    PurposeNotCritical,
    /// The extended key usage has a second purpose.
    PurposeNotSole,
    /// The imprint is a SHA-1 digest.
    Sha1Imprint,
    /// One bit of the signature is flipped.
    SignatureFlipped,
    /// The status says rejection, and a token follows all the same.
    StatusRejection,
}

impl Fault {
    /// Every fault.
    pub const ALL: &[Self] = &[
        Self::CaLeaf,
        Self::EmbeddedRoot,
        Self::EssHashWrong,
        Self::EssMissing,
        Self::ExpiredLeaf,
        Self::InjectedCertificates,
        Self::ImprintWrong,
        Self::NonceWrong,
        Self::PurposeNotCritical,
        Self::PurposeNotSole,
        Self::Sha1Imprint,
        Self::SignatureFlipped,
        Self::StatusRejection,
    ];

    /// The fault's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CaLeaf => "ca-leaf",
            Self::EmbeddedRoot => "embedded-root",
            Self::EssHashWrong => "ess-hash-wrong",
            Self::EssMissing => "ess-missing",
            Self::ExpiredLeaf => "expired-leaf",
            Self::InjectedCertificates => "injected-certificates",
            Self::ImprintWrong => "imprint-wrong",
            Self::NonceWrong => "nonce-wrong",
            Self::PurposeNotCritical => "purpose-not-critical",
            Self::PurposeNotSole => "purpose-not-sole",
            Self::Sha1Imprint => "sha1-imprint",
            Self::SignatureFlipped => "signature-flipped",
            Self::StatusRejection => "status-rejection",
        }
    }

    /// What a verifier must find when it is given the authority's root and the request; `None`
    /// where it must find nothing.
    ///
    /// For [`EmbeddedRoot`](Self::EmbeddedRoot) that is with an unrelated root in place of the
    /// authority's.
    #[must_use]
    pub const fn finding(self) -> Option<Code> {
        match self {
            Self::CaLeaf => Some(Code::SignerIsCa),
            Self::EmbeddedRoot => Some(Code::PathNotFound),
            Self::EssHashWrong => Some(Code::EssCertIdMismatch),
            Self::EssMissing => Some(Code::EssCertIdMissing),
            Self::ExpiredLeaf => Some(Code::CertificateNotValidAtGenTime),
            Self::InjectedCertificates => None,
            Self::ImprintWrong => Some(Code::ImprintMismatch),
            Self::NonceWrong => Some(Code::NonceMismatch),
            Self::PurposeNotCritical => Some(Code::SignerPurposeNotCritical),
            Self::PurposeNotSole => Some(Code::SignerPurposeNotSole),
            Self::Sha1Imprint => Some(Code::ImprintAlgorithmWeak),
            Self::SignatureFlipped => Some(Code::SignatureMismatch),
            Self::StatusRejection => Some(Code::StatusNotGranted),
        }
    }
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
            Fault::EmbeddedRoot => plan.certificates.push(self.root_der().to_vec()),
            Fault::InjectedCertificates => self.inject(plan, (earlier, later))?,
            Fault::EssHashWrong => {
                plan.ess_hash = Some(Sha256::digest(self.intermediate_der()).to_vec());
            }
            Fault::EssMissing => plan.ess_hash = None,
            Fault::ImprintWrong => flip_first(&mut plan.tst.imprint),
            Fault::NonceWrong => flip_first(plan.tst.nonce.get_or_insert_default()),
            Fault::Sha1Imprint => {
                plan.tst.imprint_algorithm = oid::SHA1.to_vec();
                plan.tst.imprint = Sha1::digest(&plan.tst.imprint).to_vec();
            }
            Fault::SignatureFlipped => plan.signature_mask = 0x01,
            Fault::StatusRejection => plan.status = 2,
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

fn flip_first(octets: &mut Vec<u8>) {
    match octets.first_mut() {
        Some(first) => *first ^= 0x01,
        None => octets.push(0x01),
    }
}
