//! Private keys: made, stored as PKCS#8 PEM, used to sign.

use getrandom::SysRng;
use p256::ecdsa::signature::Signer as _;
use p256::elliptic_curve::Generate as _;
use p256::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, EncodePublicKey as _, LineEnding};
use rand_core::UnwrapErr;
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use sha2::{Digest as _, Sha256};

use crate::der;
use crate::error::Error;
use crate::oid;

/// Bits of an RSA modulus.
const RSA_BITS: usize = 3072;

/// A kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// RSA with a modulus of 3,072 bits; signatures are PKCS#1 v1.5 with SHA-256.
    Rsa3072,
    /// ECDSA over P-256 with SHA-256.
    P256,
}

impl Algorithm {
    /// Every kind.
    pub const ALL: &[Self] = &[Self::Rsa3072, Self::P256];

    /// The name in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rsa3072 => "rsa3072",
            Self::P256 => "p256",
        }
    }
}

/// A private key.
pub(crate) enum PrivateKey {
    Rsa(Box<RsaPrivateKey>),
    P256(Box<p256::ecdsa::SigningKey>),
}

impl PrivateKey {
    pub(crate) fn generate(algorithm: Algorithm) -> Result<Self, Error> {
        let failed = Error::Key {
            action: "make a key",
            algorithm: algorithm.as_str(),
        };
        match algorithm {
            Algorithm::Rsa3072 => RsaPrivateKey::new(&mut UnwrapErr(SysRng), RSA_BITS)
                .map(|key| Self::Rsa(Box::new(key)))
                .map_err(|_| failed),
            Algorithm::P256 => {
                let key = p256::ecdsa::SigningKey::generate_from_rng(&mut UnwrapErr(SysRng));
                Ok(Self::P256(Box::new(key)))
            }
        }
    }

    pub(crate) const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa(_) => Algorithm::Rsa3072,
            Self::P256(_) => Algorithm::P256,
        }
    }

    /// The `AlgorithmIdentifier` of the signatures that this key makes.
    pub(crate) fn signature_algorithm(&self) -> Vec<u8> {
        match self {
            Self::Rsa(_) => der::algorithm_null(oid::SHA256_WITH_RSA),
            Self::P256(_) => der::sequence(&[&der::oid(oid::SHA256_WITH_ECDSA)]),
        }
    }

    /// Signs `message` with SHA-256.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        match self {
            Self::Rsa(key) => key
                .sign_with_rng(
                    &mut UnwrapErr(SysRng),
                    Pkcs1v15Sign::new::<Sha256>(),
                    &Sha256::digest(message),
                )
                .map_err(|_| Error::Key {
                    action: "sign",
                    algorithm: "rsa3072",
                }),
            Self::P256(key) => {
                let signature: p256::ecdsa::Signature =
                    key.try_sign(message).map_err(|_| Error::Key {
                        action: "sign",
                        algorithm: "p256",
                    })?;
                Ok(signature.to_der().as_bytes().to_vec())
            }
        }
    }

    /// The `SubjectPublicKeyInfo` in DER.
    pub(crate) fn public_key_der(&self) -> Result<Vec<u8>, Error> {
        let encoded = match self {
            Self::Rsa(key) => key.to_public_key().to_public_key_der(),
            Self::P256(key) => key.verifying_key().to_public_key_der(),
        };
        encoded
            .map(|document| document.as_bytes().to_vec())
            .map_err(|_| Error::Key {
                action: "write a public key",
                algorithm: self.algorithm().as_str(),
            })
    }

    /// The key as PKCS#8 PEM; the copy is wiped when dropped.
    pub(crate) fn to_pem(&self) -> Result<impl AsRef<[u8]> + use<>, Error> {
        let encoded = match self {
            Self::Rsa(key) => key.to_pkcs8_pem(LineEnding::LF),
            Self::P256(key) => key.to_pkcs8_pem(LineEnding::LF),
        };
        encoded.map(Wiped).map_err(|_| Error::Key {
            action: "write a private key",
            algorithm: self.algorithm().as_str(),
        })
    }

    /// Reads a PKCS#8 PEM of either kind; `None` if it is neither.
    pub(crate) fn from_pem(pem: &str) -> Option<Self> {
        if let Ok(key) = p256::ecdsa::SigningKey::from_pkcs8_pem(pem) {
            return Some(Self::P256(Box::new(key)));
        }
        RsaPrivateKey::from_pkcs8_pem(pem)
            .ok()
            .map(|key| Self::Rsa(Box::new(key)))
    }
}

/// A PEM text that wipes itself.
struct Wiped<T>(T);

impl<T: AsRef<str>> AsRef<[u8]> for Wiped<T> {
    fn as_ref(&self) -> &[u8] {
        self.0.as_ref().as_bytes()
    }
}

/// Random octets from the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut octets = [0; N];
    getrandom::fill(&mut octets).map_err(|_| Error::Random)?;
    Ok(octets)
}
