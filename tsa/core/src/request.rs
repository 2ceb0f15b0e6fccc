//! `TimeStampReq`: what is sent to a time-stamp authority (RFC 3161 §2.4.1).

use alloc::string::String;
use alloc::vec::Vec;

use crate::certificate::extension_list;
use crate::der::{self, tag};
use crate::digest::{ClaimedImprint, HashAlgorithm, Imprint, Refusal};
use crate::error::{Error, ErrorKind};
use crate::limits::{MAX_NONCE_BYTES, MAX_REQUEST_BYTES};
use crate::oid;

/// A request for a token.
///
/// ```text
/// TimeStampReq ::= SEQUENCE {
///     version         INTEGER { v1(1) },
///     messageImprint  MessageImprint,
///     reqPolicy       OBJECT IDENTIFIER OPTIONAL,
///     nonce           INTEGER OPTIONAL,
///     certReq         BOOLEAN DEFAULT FALSE,
///     extensions      [0] IMPLICIT Extensions OPTIONAL }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    imprint: RequestedImprint,
    /// The imprint as it stands: its algorithm and its digest, whatever they are.
    raw_imprint: (Vec<u8>, Vec<u8>),
    /// The whole `AlgorithmIdentifier` of the imprint, its parameters included.
    imprint_algorithm: Vec<u8>,
    policy: Option<Vec<u8>>,
    nonce: Option<Vec<u8>>,
    certificates: CertificateRequest,
    critical_extensions: usize,
}

/// The imprint of a request: one of ours, or one that a responder answers with `badAlg`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestedImprint {
    /// SHA-256, SHA-384 or SHA-512, of the right length.
    Known(Imprint),
    /// An algorithm that is weak or unknown.
    AlgorithmRefused {
        /// Its identifier in dotted form.
        algorithm: String,
    },
    /// A known algorithm and a digest of another length.
    LengthWrong {
        /// The algorithm.
        algorithm: HashAlgorithm,
        /// Octets in the digest.
        claimed_bytes: usize,
    },
}

/// Whether the response is to carry the authority's certificates (`certReq`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateRequest {
    /// The response carries them.
    Wanted,
    /// The response carries none.
    NotWanted,
}

impl Request {
    /// Makes a request with a nonce and `certReq` TRUE.
    ///
    /// The nonce is the caller's, as big-endian octets, because there is no source of random
    /// numbers here; RFC 3161 asks for at least 64 unpredictable bits.
    ///
    /// # Errors
    ///
    /// When the nonce is shorter than 8 octets, all zero, or longer than
    /// [`MAX_NONCE_BYTES`](crate::limits::MAX_NONCE_BYTES), and when the imprint is SHA-1: nobody
    /// should ask for such a token any more.
    pub fn new(imprint: Imprint, nonce: &[u8]) -> Result<Self, Error> {
        if imprint.algorithm() == HashAlgorithm::Sha1 {
            return Err(Error::new(ErrorKind::AlgorithmRefused, 0));
        }
        // A leading zero octet is added on the wire when the first bit is set.
        if nonce.len() < 8 || nonce.len() >= MAX_NONCE_BYTES || nonce.iter().all(|o| *o == 0) {
            return Err(Error::new(ErrorKind::IntegerInvalid, 0));
        }
        let algorithm = imprint.algorithm().oid().to_vec();
        Ok(Self {
            raw_imprint: (algorithm, imprint.digest().to_vec()),
            imprint_algorithm: imprint.algorithm_der(),
            imprint: RequestedImprint::Known(imprint),
            policy: None,
            nonce: Some(unsigned(nonce)),
            certificates: CertificateRequest::Wanted,
            critical_extensions: 0,
        })
    }

    /// Asks for a token under one policy, given in dotted form.
    ///
    /// # Errors
    ///
    /// When the text is not an object identifier.
    pub fn with_policy(mut self, dotted: &str) -> Result<Self, Error> {
        let policy = oid::from_dotted(dotted).ok_or(Error::new(ErrorKind::OidInvalid, 0))?;
        self.policy = Some(policy);
        Ok(self)
    }

    /// Reads one request that fills `bytes`.
    ///
    /// # Errors
    ///
    /// When the bytes are not one `TimeStampReq` in DER.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_REQUEST_BYTES {
            return Err(Error::new(ErrorKind::TooLarge, MAX_REQUEST_BYTES));
        }
        let mut fields = der::only(bytes, tag::SEQUENCE)?.reader();
        let version = fields.expect(tag::INTEGER)?;
        if version.small()? != 1 {
            return Err(version.error(ErrorKind::VersionUnsupported));
        }
        let claimed = ClaimedImprint::parse(&fields.expect(tag::SEQUENCE)?)?;
        let policy = match fields.optional(tag::OID)? {
            Some(element) => Some(element.oid()?.to_vec()),
            None => None,
        };
        let nonce = match fields.optional(tag::INTEGER)? {
            Some(element) if element.value.len() > MAX_NONCE_BYTES => {
                return Err(element.error(ErrorKind::TooLarge));
            }
            Some(element) => Some(element.integer()?.to_vec()),
            None => None,
        };
        let certificates = match fields.optional(tag::BOOLEAN)? {
            Some(element) if element.boolean()? => CertificateRequest::Wanted,
            _ => CertificateRequest::NotWanted,
        };
        let critical_extensions = match fields.optional(tag::constructed(0))? {
            Some(extensions) => {
                let list = extension_list(&extensions)?;
                list.iter().filter(|extension| extension.critical).count()
            }
            None => 0,
        };
        fields.finish()?;
        Ok(Self {
            imprint: requested(&claimed),
            raw_imprint: (claimed.algorithm.oid.to_vec(), claimed.digest.to_vec()),
            imprint_algorithm: claimed.algorithm.raw.to_vec(),
            policy,
            nonce,
            certificates,
            critical_extensions,
        })
    }

    /// Writes the request in DER; `None` if its imprint is not one of ours.
    #[must_use]
    pub fn to_der(&self) -> Option<Vec<u8>> {
        let RequestedImprint::Known(imprint) = &self.imprint else {
            return None;
        };
        let mut content = der::write_unsigned(&[1]);
        content.extend(imprint.to_der());
        if let Some(policy) = &self.policy {
            content.extend(der::write(tag::OID, policy));
        }
        if let Some(nonce) = &self.nonce {
            content.extend(der::write(tag::INTEGER, nonce));
        }
        if self.certificates == CertificateRequest::Wanted {
            content.extend(der::write(tag::BOOLEAN, &[0xff]));
        }
        Some(der::write(tag::SEQUENCE, &content))
    }

    /// What is to be stamped.
    #[must_use]
    pub const fn imprint(&self) -> &RequestedImprint {
        &self.imprint
    }

    /// The `AlgorithmIdentifier` of the imprint in DER, as it stands.
    ///
    /// Its parameters may be NULL or absent; a token has the imprint as the request has it
    /// (RFC 3161 §2.4.2), and some who ask compare the two octet by octet.
    #[must_use]
    pub fn imprint_algorithm_der(&self) -> &[u8] {
        &self.imprint_algorithm
    }

    /// The policy asked for, in dotted form.
    #[must_use]
    pub fn policy(&self) -> Option<String> {
        self.policy.as_deref().map(oid::dotted)
    }

    /// The nonce, as the content octets of its `INTEGER`: big-endian, in two's complement.
    ///
    /// A token answers with the same; where the first bit of a number is set, a zero octet stands
    /// before it.
    #[must_use]
    pub fn nonce(&self) -> Option<&[u8]> {
        self.nonce.as_deref()
    }

    /// Whether certificates are asked for.
    #[must_use]
    pub const fn certificates(&self) -> CertificateRequest {
        self.certificates
    }

    /// How many critical extensions it has; this crate knows none, so a responder refuses.
    #[must_use]
    pub const fn critical_extensions(&self) -> usize {
        self.critical_extensions
    }

    /// Whether the request is for this imprint, be its algorithm accepted or not.
    pub(crate) fn asks_for(&self, algorithm: &[u8], digest: &[u8]) -> bool {
        self.raw_imprint.0 == algorithm && self.raw_imprint.1 == digest
    }

    pub(crate) fn policy_oid(&self) -> Option<&[u8]> {
        self.policy.as_deref()
    }
}

fn requested(claimed: &ClaimedImprint<'_>) -> RequestedImprint {
    match HashAlgorithm::from_identifier(&claimed.algorithm) {
        Ok(algorithm) => match Imprint::new(algorithm, claimed.digest) {
            Some(imprint) => RequestedImprint::Known(imprint),
            None => RequestedImprint::LengthWrong {
                algorithm,
                claimed_bytes: claimed.digest.len(),
            },
        },
        Err(Refusal::Weak | Refusal::Unsupported) => RequestedImprint::AlgorithmRefused {
            algorithm: oid::dotted(claimed.algorithm.oid),
        },
    }
}

/// The content octets of an `INTEGER` that is not negative.
fn unsigned(octets: &[u8]) -> Vec<u8> {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    let significant = octets.get(zeros..).unwrap_or_default();
    let is_positive = significant.first().is_some_and(|first| *first < 0x80);
    let sign: &[u8] = if is_positive { &[] } else { &[0] };
    [sign, significant].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for algorithm in HashAlgorithm::ALL {
            let imprint = Imprint::of(*algorithm, b"message");
            let request = Request::new(imprint, &[0, 0xff, 1, 2, 3, 4, 5, 6, 7]).unwrap();
            let request = request.with_policy("1.3.6.1.4.1.57264.2").unwrap();
            let bytes = request.to_der().unwrap();
            assert_eq!(Request::parse(&bytes).unwrap(), request);
        }
    }

    #[test]
    fn nonces_have_sixty_four_bits() {
        let imprint = Imprint::of(HashAlgorithm::Sha256, b"");
        assert!(Request::new(imprint.clone(), &[1; 7]).is_err());
        assert!(Request::new(imprint.clone(), &[0; 8]).is_err());
        assert!(Request::new(imprint.clone(), &[1; 64]).is_err());
        assert!(Request::new(imprint, &[0xff; 63]).is_ok());
        let sha1 = Imprint::of(HashAlgorithm::Sha1, b"");
        assert!(Request::new(sha1, &[1; 8]).is_err());
    }

    /// A request of another program, whose nonce is negative, stays as it was.
    #[test]
    fn nonces_keep_their_sign() {
        let imprint = Imprint::of(HashAlgorithm::Sha256, b"");
        for (nonce, content) in [
            ([0x80; 8], [&[0][..], &[0x80; 8]].concat()),
            ([0x7f; 8], [0x7f; 8].to_vec()),
            (
                [0, 0, 0x80, 1, 2, 3, 4, 5],
                [0, 0x80, 1, 2, 3, 4, 5].to_vec(),
            ),
        ] {
            let request = Request::new(imprint.clone(), &nonce).unwrap();
            assert_eq!(request.nonce(), Some(&content[..]));
            assert_eq!(Request::parse(&request.to_der().unwrap()), Ok(request));
        }
        let version = der::write_unsigned(&[1]);
        let negative = der::write(tag::INTEGER, &[0x80; 8]);
        let fields = [version, imprint.to_der(), negative].concat();
        let bytes = der::write(tag::SEQUENCE, &fields);
        let request = Request::parse(&bytes).unwrap();
        assert_eq!(request.nonce(), Some(&[0x80; 8][..]));
        assert_eq!(request.to_der(), Some(bytes));
    }

    #[test]
    fn every_cut_is_refused() {
        let request = Request::new(Imprint::of(HashAlgorithm::Sha256, b""), &[9; 16]).unwrap();
        let mut bytes = request.to_der().unwrap();
        for end in 0..bytes.len() {
            assert!(Request::parse(&bytes[..end]).is_err());
        }
        bytes.push(0);
        assert_eq!(
            Request::parse(&bytes).unwrap_err().kind(),
            ErrorKind::TrailingBytes
        );
    }
}
