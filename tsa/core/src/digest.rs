//! The hash algorithms that a token may rest on, and message imprints.
//!
//! SHA-256, SHA-384 and SHA-512 are accepted.
//! SHA-1 is computed only where a caller names a use in
//! [`Options::allow_sha1`](crate::Options::allow_sha1), and for the certificate hash of `ESSCertID`
//! version 1, which knows no other; MD5 is recognised so that it can be refused by name.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::algorithm::{self, Mechanism};
use crate::der::{self, Element, tag};
use crate::error::{Error, ErrorKind};
use crate::oid;

/// A hash algorithm that this crate computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HashAlgorithm {
    /// SHA-1 (FIPS 180-4): broken, and refused wherever the caller does not allow it by name.
    Sha1,
    /// SHA-256 (FIPS 180-4).
    Sha256,
    /// SHA-384 (FIPS 180-4).
    Sha384,
    /// SHA-512 (FIPS 180-4).
    Sha512,
}

impl HashAlgorithm {
    /// Every algorithm that is accepted without a caller's leave: all but SHA-1.
    pub const ALL: &[Self] = &[Self::Sha256, Self::Sha384, Self::Sha512];

    /// The name in lower case, as `openssl` and JSON reports write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// Octets in a digest.
    #[must_use]
    pub const fn digest_bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Computes the digest of `bytes`.
    #[must_use]
    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(bytes).to_vec(),
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha384 => Sha384::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }

    /// Begins a digest of bytes that come piece by piece.
    #[must_use]
    pub fn hasher(self) -> Hasher {
        match self {
            Self::Sha1 => Hasher::Sha1(Sha1::new()),
            Self::Sha256 => Hasher::Sha256(Sha256::new()),
            Self::Sha384 => Hasher::Sha384(Sha384::new()),
            Self::Sha512 => Hasher::Sha512(Sha512::new()),
        }
    }

    /// The content octets of the algorithm's object identifier.
    #[must_use]
    pub const fn oid(self) -> &'static [u8] {
        match self {
            Self::Sha1 => oid::SHA1,
            Self::Sha256 => oid::SHA256,
            Self::Sha384 => oid::SHA384,
            Self::Sha512 => oid::SHA512,
        }
    }

    /// Reads an algorithm given as `AlgorithmIdentifier`, with the reason when it is not used.
    pub(crate) fn from_identifier(identifier: &AlgorithmIdentifier<'_>) -> Result<Self, Refusal> {
        Self::from_identifier_with(identifier, Sha1Leave::Refused)
    }

    /// The same, where a caller may have allowed SHA-1.
    pub(crate) fn from_identifier_with(
        identifier: &AlgorithmIdentifier<'_>,
        sha1: Sha1Leave,
    ) -> Result<Self, Refusal> {
        match algorithm::mechanism(identifier)? {
            Mechanism::Hash(Self::Sha1) if sha1 == Sha1Leave::Refused => Err(Refusal::Weak),
            Mechanism::Hash(hash) => Ok(hash),
            _ => Err(Refusal::Unsupported),
        }
    }
}

impl fmt::Display for HashAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A digest in the making.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Hasher {
    /// By SHA-1.
    Sha1(Sha1),
    /// By SHA-256.
    Sha256(Sha256),
    /// By SHA-384.
    Sha384(Sha384),
    /// By SHA-512.
    Sha512(Sha512),
}

impl Hasher {
    /// Takes the next piece.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(hash) => hash.update(bytes),
            Self::Sha256(hash) => hash.update(bytes),
            Self::Sha384(hash) => hash.update(bytes),
            Self::Sha512(hash) => hash.update(bytes),
        }
    }

    /// The imprint of everything taken.
    #[must_use]
    pub fn finish(self) -> Imprint {
        let (algorithm, digest) = match self {
            Self::Sha1(hash) => (HashAlgorithm::Sha1, hash.finalize().to_vec()),
            Self::Sha256(hash) => (HashAlgorithm::Sha256, hash.finalize().to_vec()),
            Self::Sha384(hash) => (HashAlgorithm::Sha384, hash.finalize().to_vec()),
            Self::Sha512(hash) => (HashAlgorithm::Sha512, hash.finalize().to_vec()),
        };
        Imprint { algorithm, digest }
    }
}

/// Whether SHA-1 may be used at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sha1Leave {
    /// The caller named this use.
    Allowed,
    /// The caller did not: SHA-1 is refused as weak.
    Refused,
}

/// Why an algorithm is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Known to be broken or too short.
    Weak,
    /// Not implemented here.
    Unsupported,
}

/// An algorithm and its parameters.
///
/// ```text
/// AlgorithmIdentifier ::= SEQUENCE {
///     algorithm   OBJECT IDENTIFIER,
///     parameters  ANY DEFINED BY algorithm OPTIONAL }
/// ```
#[derive(Clone, Copy, Debug)]
pub(crate) struct AlgorithmIdentifier<'a> {
    pub(crate) oid: &'a [u8],
    /// The parameters with their header; `None` if absent.
    pub(crate) parameters: Option<Element<'a>>,
    pub(crate) raw: &'a [u8],
}

impl<'a> AlgorithmIdentifier<'a> {
    pub(crate) fn parse(element: &Element<'a>) -> Result<Self, Error> {
        if element.tag != tag::SEQUENCE {
            return Err(element.error(ErrorKind::TagUnexpected));
        }
        Self::parse_implicit(element)
    }

    /// The same, where an implicit tag replaces that of the SEQUENCE.
    pub(crate) fn parse_implicit(element: &Element<'a>) -> Result<Self, Error> {
        let mut reader = element.reader();
        let oid = reader.expect(tag::OID)?.oid()?;
        let parameters = if reader.is_empty() {
            None
        } else {
            Some(reader.any()?)
        };
        reader.finish()?;
        Ok(Self {
            oid,
            parameters,
            raw: element.raw,
        })
    }

    /// Whether the parameters are absent, or NULL: for hashes and RSA both occur, and mean the
    /// same (RFC 5754 §2).
    pub(crate) fn has_no_parameters(&self) -> bool {
        self.parameters
            .is_none_or(|p| p.tag == tag::NULL && p.value.is_empty())
    }
}

/// What is time-stamped: the hash of some bytes, and the algorithm that made it.
///
/// ```text
/// MessageImprint ::= SEQUENCE {
///     hashAlgorithm  AlgorithmIdentifier,
///     hashedMessage  OCTET STRING }
/// ```
///
/// RFC 3161 §2.4.1: the length of the hash matches the algorithm; a value of this type has
/// been checked for it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Imprint {
    algorithm: HashAlgorithm,
    digest: Vec<u8>,
}

impl Imprint {
    /// Takes a digest that was computed elsewhere; `None` if its length is not the algorithm's.
    #[must_use]
    pub fn new(algorithm: HashAlgorithm, digest: &[u8]) -> Option<Self> {
        (digest.len() == algorithm.digest_bytes()).then(|| Self {
            algorithm,
            digest: digest.to_vec(),
        })
    }

    /// Hashes `message`.
    #[must_use]
    pub fn of(algorithm: HashAlgorithm, message: &[u8]) -> Self {
        Self {
            algorithm,
            digest: algorithm.digest(message),
        }
    }

    /// The algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> HashAlgorithm {
        self.algorithm
    }

    /// The digest.
    #[must_use]
    pub fn digest(&self) -> &[u8] {
        &self.digest
    }

    /// The digest in lower-case hexadecimal.
    #[must_use]
    pub fn digest_hex(&self) -> String {
        crate::hex::encode(&self.digest)
    }

    /// The `AlgorithmIdentifier` as we write it.
    pub(crate) fn algorithm_der(&self) -> Vec<u8> {
        let mut algorithm = der::write(tag::OID, self.algorithm.oid());
        algorithm.extend(der::write(tag::NULL, &[]));
        der::write(tag::SEQUENCE, &algorithm)
    }

    pub(crate) fn to_der(&self) -> Vec<u8> {
        let mut content = self.algorithm_der();
        content.extend(der::write(tag::OCTET_STRING, &self.digest));
        der::write(tag::SEQUENCE, &content)
    }
}

impl fmt::Display for Imprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm, self.digest_hex())
    }
}

impl fmt::Debug for Imprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Imprint({self})")
    }
}

/// A message imprint as it was read, whatever its algorithm.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClaimedImprint<'a> {
    pub(crate) algorithm: AlgorithmIdentifier<'a>,
    pub(crate) digest: &'a [u8],
}

impl<'a> ClaimedImprint<'a> {
    pub(crate) fn parse(element: &Element<'a>) -> Result<Self, Error> {
        let mut reader = element.reader();
        let algorithm = AlgorithmIdentifier::parse(&reader.any()?)?;
        let digest = reader.expect(tag::OCTET_STRING)?.value;
        reader.finish()?;
        Ok(Self { algorithm, digest })
    }
}

/// SHA-256 of a whole certificate, list or response, by which they are told apart.
pub(crate) fn fingerprint(der: &[u8]) -> [u8; 32] {
    Sha256::digest(der).into()
}
