//! The authority: a root, an intermediate, a stamping unit, and the answer to a request.

use std::fmt;
use std::time::{Duration, SystemTime};

use proofline_tsa::{
    Certificate, CertificateRequest, ErrorKind, FailInfo, Request, RequestedImprint, TrustAnchor,
    pem,
};
use sha2::{Digest as _, Sha256};

use crate::error::Error;
use crate::issue::{
    Issued, Issuer, Kind, Template, issue, issue_with, name, places, serial_number,
};
use crate::key::{Algorithm, PrivateKey};
use crate::token::{Edits, Plan, TstPlan, rejection};

/// The policy that tokens name unless another is given: an arc under the private enterprise number
/// that is set aside for documentation (RFC 5612).
pub const DEFAULT_POLICY: &str = "1.3.6.1.4.1.32473.3161.1";

/// What an authority says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The organization in all three subjects.
    pub organization: String,
    /// First second of validity of all three certificates.
    pub not_before: SystemTime,
    /// Last second of validity of all three certificates.
    pub not_after: SystemTime,
}

impl Profile {
    /// A profile that is valid from `not_before` on for ten years.
    #[must_use]
    pub fn ten_years(organization: &str, not_before: SystemTime) -> Self {
        let ten_years = Duration::from_secs(3_652 * 86_400);
        let not_after = not_before.checked_add(ten_years).unwrap_or(not_before);
        Self {
            organization: organization.to_owned(),
            not_before,
            not_after,
        }
    }
}

/// A certificate and its private key.
pub(crate) struct KeyPair {
    pub(crate) certificate: Issued,
    pub(crate) key: PrivateKey,
}

/// A time-stamp authority.
pub struct Authority {
    pub(crate) root: KeyPair,
    pub(crate) intermediate: KeyPair,
    pub(crate) unit: KeyPair,
    policy: Vec<u8>,
    accuracy_millis: u32,
}

impl fmt::Debug for Authority {
    /// Keys are left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority")
            .field("algorithm", &self.algorithm())
            .field("policy", &self.policy)
            .field("accuracy_millis", &self.accuracy_millis)
            .finish_non_exhaustive()
    }
}

impl Authority {
    /// Makes three keys and three certificates: a root, an intermediate that may issue only end
    /// entities, and a stamping unit.
    ///
    /// # Errors
    ///
    /// When the operating system gives no random numbers, or a key cannot be made.
    pub fn generate(algorithm: Algorithm, profile: &Profile) -> Result<Self, Error> {
        Self::make(algorithm, profile, None)
    }

    /// The same, where the certificates say that revocation lists, OCSP answers and certificates
    /// of issuers can be had below a URL that ends in `/`: what
    /// [`serve_revocation`](crate::serve_revocation) serves there.
    ///
    /// # Errors
    ///
    /// As [`generate`](Self::generate).
    pub fn generate_at(
        algorithm: Algorithm,
        profile: &Profile,
        revocation_url: &str,
    ) -> Result<Self, Error> {
        Self::make(algorithm, profile, Some(revocation_url))
    }

    fn make(
        algorithm: Algorithm,
        profile: &Profile,
        revocation_url: Option<&str>,
    ) -> Result<Self, Error> {
        let below = |issuer: &str| {
            revocation_url.map_or_else(Vec::new, |base_url| places(base_url, issuer))
        };
        let subject = |common_name: &str| name(&profile.organization, common_name);
        let template = |subject: Vec<u8>, kind: Kind| Template {
            subject,
            not_before: profile.not_before,
            not_after: profile.not_after,
            kind,
        };
        let root_key = PrivateKey::generate(algorithm)?;
        let root_name = subject("Root");
        let root_template = template(root_name.clone(), Kind::Authority { path_len: None });
        let root_issuer = Issuer {
            name: &root_name,
            key: &root_key,
        };
        let root = issue(&root_template, &root_key.public_key_der()?, &root_issuer)?;

        let intermediate_key = PrivateKey::generate(algorithm)?;
        let intermediate_name = subject("Time-Stamping CA");
        let intermediate_template = template(
            intermediate_name.clone(),
            Kind::Authority { path_len: Some(0) },
        );
        let intermediate = issue_with(
            &intermediate_template,
            &intermediate_key.public_key_der()?,
            &root_issuer,
            &below("root"),
        )?;

        let unit_key = PrivateKey::generate(algorithm)?;
        let unit_template = template(subject("Time-Stamping Unit 1"), Kind::unit());
        let issuer = Issuer {
            name: &intermediate_name,
            key: &intermediate_key,
        };
        let unit_public_key = unit_key.public_key_der()?;
        let places = below("intermediate");
        let unit = issue_with(&unit_template, &unit_public_key, &issuer, &places)?;

        Self::from_parts(
            KeyPair {
                certificate: root,
                key: root_key,
            },
            KeyPair {
                certificate: intermediate,
                key: intermediate_key,
            },
            KeyPair {
                certificate: unit,
                key: unit_key,
            },
        )
    }

    pub(crate) fn from_parts(
        root: KeyPair,
        intermediate: KeyPair,
        unit: KeyPair,
    ) -> Result<Self, Error> {
        let authority = Self {
            root,
            intermediate,
            unit,
            policy: Vec::new(),
            accuracy_millis: 1_000,
        };
        authority.with_policy(DEFAULT_POLICY)
    }

    /// Sets the policy under which tokens are issued, in dotted form.
    ///
    /// # Errors
    ///
    /// When the text is not an object identifier.
    pub fn with_policy(mut self, dotted: &str) -> Result<Self, Error> {
        let encoded = proofline_tsa::oid_from_dotted(dotted);
        self.policy = encoded.ok_or_else(|| Error::Policy {
            policy: dotted.to_owned(),
        })?;
        Ok(self)
    }

    /// Sets the accuracy that tokens state.
    #[must_use]
    pub const fn with_accuracy_millis(mut self, millis: u32) -> Self {
        self.accuracy_millis = millis;
        self
    }

    /// The kind of the unit's key.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.unit.key.algorithm()
    }

    /// The root certificate in DER: what a verifier is to be given.
    #[must_use]
    pub fn root_der(&self) -> &[u8] {
        &self.root.certificate.der
    }

    /// The root certificate in PEM.
    #[must_use]
    pub fn root_pem(&self) -> String {
        pem::encode_certificate(self.root_der())
    }

    /// The intermediate certificate in DER.
    #[must_use]
    pub fn intermediate_der(&self) -> &[u8] {
        &self.intermediate.certificate.der
    }

    /// The unit's certificate in DER.
    #[must_use]
    pub fn unit_der(&self) -> &[u8] {
        &self.unit.certificate.der
    }

    /// The root as a trust anchor, for tests and demonstrations.
    ///
    /// # Errors
    ///
    /// Never for an authority that was made or loaded by this crate.
    pub fn trust_anchor(&self) -> Result<TrustAnchor, proofline_tsa::Error> {
        TrustAnchor::from_der(self.root_der())
    }

    /// Answers one request: with a token, or with the reason why not.
    #[must_use]
    pub fn respond(&self, request: &[u8], now: SystemTime) -> Vec<u8> {
        match self.plan(request, now) {
            Ok(plan) => plan.to_response(&self.unit.key).unwrap_or_else(|_| {
                rejection(FailInfo::SystemFailure, "the token could not be signed")
            }),
            Err(refused) => refused,
        }
    }

    /// Plans the token for a request, or writes the refusal.
    pub(crate) fn plan(&self, request: &[u8], now: SystemTime) -> Result<Plan, Vec<u8>> {
        let request = Request::parse(request).map_err(|error| {
            let reason = match error.kind() {
                ErrorKind::VersionUnsupported => FailInfo::BadRequest,
                _ => FailInfo::BadDataFormat,
            };
            rejection(reason, &format!("request: {error}"))
        })?;
        let imprint = match request.imprint() {
            RequestedImprint::Known(imprint) => imprint,
            RequestedImprint::AlgorithmRefused { algorithm } => {
                let text = format!("imprint algorithm {algorithm} is not accepted");
                return Err(rejection(FailInfo::BadAlg, &text));
            }
            RequestedImprint::LengthWrong {
                algorithm,
                claimed_bytes,
            } => {
                let text = format!("imprint has {claimed_bytes} bytes, {algorithm} has another");
                return Err(rejection(FailInfo::BadDataFormat, &text));
            }
        };
        if request.critical_extensions() > 0 {
            let text = "request has a critical extension";
            return Err(rejection(FailInfo::UnacceptedExtension, text));
        }
        if let Some(policy) = request.policy()
            && proofline_tsa::oid_from_dotted(&policy).as_ref() != Some(&self.policy)
        {
            let text = format!("policy {policy} is not offered");
            return Err(rejection(FailInfo::UnacceptedPolicy, &text));
        }
        if !self.unit_is_valid_at(now) {
            let text = "the stamping unit's certificate is not valid at this time";
            return Err(rejection(FailInfo::TimeNotAvailable, text));
        }
        let serial = serial_number()
            .map_err(|_| rejection(FailInfo::SystemFailure, "no serial number could be made"))?;
        let certificates = match request.certificates() {
            CertificateRequest::Wanted => {
                vec![self.unit_der().to_vec(), self.intermediate_der().to_vec()]
            }
            CertificateRequest::NotWanted => Vec::new(),
        };
        Ok(Plan {
            status: 0,
            unit: self.unit.certificate.clone(),
            certificates,
            tst: TstPlan {
                policy: self.policy.clone(),
                imprint_algorithm: request.imprint_algorithm_der().to_vec(),
                imprint: imprint.digest().to_vec(),
                serial,
                gen_time: now,
                accuracy_millis: self.accuracy_millis,
                nonce: request.nonce().map(<[u8]>::to_vec),
            },
            ess_hash: Some(Sha256::digest(self.unit_der()).to_vec()),
            signature_mask: 0,
            edits: Edits::default(),
        })
    }

    fn unit_is_valid_at(&self, now: SystemTime) -> bool {
        let since_1970 = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let seconds = i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX);
        Certificate::parse(self.unit_der())
            .is_ok_and(|unit| (unit.not_before()..=unit.not_after()).contains(&seconds))
    }
}
