//! The registry: every algorithm that a token or a certificate may name, in one table.
//!
//! A row says what the identifier is, what its parameters must be, what checks it, and until when
//! it is trusted.
//! An identifier that is not in the table is not understood, and what rests on it is indeterminate.
//!
//! The dates are those of ETSI TS 119 312 V1.5.1 (2024-12) in its machine-readable form: RSA with
//! PKCS#1 v1.5 padding, and RSASSA-PSS with a modulus below 3,000 bits, are legacy there and end
//! with the year 2028; SHA-2, ECDSA over the NIST curves and RSASSA-PSS from 3,000 bits have no
//! end.
//! Ed25519 is not in it and is given none.
//! A caller overrides any date with a [`TrustDate`].

use crate::digest::{AlgorithmIdentifier, HashAlgorithm, Refusal};
use crate::oid;

/// 2029-01-01T00:00:00Z, the first second after 2028.
const AFTER_2028: i64 = 1_861_920_000;

/// One row of the registry.
#[derive(Clone, Copy, Debug)]
pub struct Algorithm {
    name: &'static str,
    oid: &'static [u8],
    parameters: Parameters,
    mechanism: Mechanism,
    /// The row is for keys from this many bits on; of several rows of an identifier the one with
    /// the highest number that the key reaches counts.
    key_bits_min: usize,
    trust: Trust,
}

/// What stands in the parameters of an `AlgorithmIdentifier`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parameters {
    /// Nothing (RFC 5758 §3.2, RFC 8410 §3).
    Absent,
    /// Nothing or NULL, which mean the same (RFC 5754 §2, RFC 4055 §5).
    AbsentOrNull,
    /// `RSASSA-PSS-params`, read by `signature::pss`.
    Pss,
}

/// What checks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mechanism {
    /// `HashAlgorithm::digest`.
    Hash(HashAlgorithm),
    /// RSASSA-PKCS1-v1_5; without a hash that of the signer's digest algorithm.
    RsaPkcs1(Option<HashAlgorithm>),
    /// RSASSA-PSS; the parameters name the hash.
    RsaPss,
    /// ECDSA; without a hash that of the signer's digest algorithm.
    Ecdsa(Option<HashAlgorithm>),
    /// Ed25519, which hashes by itself.
    Ed25519,
    /// Nothing: it is known, and never used.
    Nothing,
}

/// Until when an algorithm is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// No end is set.
    NoEnd,
    /// Up to, not including, this second since 1970.
    Until(i64),
    /// Not trusted at any time; SHA-1 may be allowed use by use
    /// ([`Options::allow_sha1`](crate::Options::allow_sha1)).
    Refused,
}

const fn row(
    name: &'static str,
    oid: &'static [u8],
    parameters: Parameters,
    mechanism: Mechanism,
    trust: Trust,
) -> Algorithm {
    Algorithm {
        name,
        oid,
        parameters,
        mechanism,
        key_bits_min: 0,
        trust,
    }
}

const fn hash(name: &'static str, algorithm: HashAlgorithm, trust: Trust) -> Algorithm {
    let mechanism = Mechanism::Hash(algorithm);
    row(
        name,
        algorithm.oid(),
        Parameters::AbsentOrNull,
        mechanism,
        trust,
    )
}

const fn rsa(name: &'static str, oid: &'static [u8], hash: Option<HashAlgorithm>) -> Algorithm {
    let mechanism = Mechanism::RsaPkcs1(hash);
    let trust = Trust::Until(AFTER_2028);
    row(name, oid, Parameters::AbsentOrNull, mechanism, trust)
}

const fn ecdsa(name: &'static str, oid: &'static [u8], hash: HashAlgorithm) -> Algorithm {
    let mechanism = Mechanism::Ecdsa(Some(hash));
    row(name, oid, Parameters::Absent, mechanism, Trust::NoEnd)
}

impl Algorithm {
    /// The whole table: hashes, then signatures.
    pub const ALL: &[Self] = &[
        row(
            "md5",
            oid::MD5,
            Parameters::AbsentOrNull,
            Mechanism::Nothing,
            Trust::Refused,
        ),
        hash("sha1", HashAlgorithm::Sha1, Trust::Refused),
        hash("sha256", HashAlgorithm::Sha256, Trust::NoEnd),
        hash("sha384", HashAlgorithm::Sha384, Trust::NoEnd),
        hash("sha512", HashAlgorithm::Sha512, Trust::NoEnd),
        // CMS signers name the bare key algorithm and leave the hash to `digestAlgorithm`
        // (RFC 3370 §3.2); two of five real tokens do.
        rsa("rsa-pkcs1", oid::RSA_ENCRYPTION, None),
        row(
            "rsa-pkcs1-md5",
            oid::MD5_WITH_RSA,
            Parameters::AbsentOrNull,
            Mechanism::Nothing,
            Trust::Refused,
        ),
        Self {
            trust: Trust::Refused,
            ..rsa(
                "rsa-pkcs1-sha1",
                oid::SHA1_WITH_RSA,
                Some(HashAlgorithm::Sha1),
            )
        },
        rsa(
            "rsa-pkcs1-sha256",
            oid::SHA256_WITH_RSA,
            Some(HashAlgorithm::Sha256),
        ),
        rsa(
            "rsa-pkcs1-sha384",
            oid::SHA384_WITH_RSA,
            Some(HashAlgorithm::Sha384),
        ),
        rsa(
            "rsa-pkcs1-sha512",
            oid::SHA512_WITH_RSA,
            Some(HashAlgorithm::Sha512),
        ),
        row(
            "rsa-pss",
            oid::RSASSA_PSS,
            Parameters::Pss,
            Mechanism::RsaPss,
            Trust::Until(AFTER_2028),
        ),
        Self {
            key_bits_min: 3000,
            ..row(
                "rsa-pss-3000",
                oid::RSASSA_PSS,
                Parameters::Pss,
                Mechanism::RsaPss,
                Trust::NoEnd,
            )
        },
        row(
            "ecdsa",
            oid::EC_PUBLIC_KEY,
            Parameters::AbsentOrNull,
            Mechanism::Ecdsa(None),
            Trust::NoEnd,
        ),
        Self {
            trust: Trust::Refused,
            ..ecdsa("ecdsa-sha1", oid::SHA1_WITH_ECDSA, HashAlgorithm::Sha1)
        },
        ecdsa(
            "ecdsa-sha256",
            oid::SHA256_WITH_ECDSA,
            HashAlgorithm::Sha256,
        ),
        ecdsa(
            "ecdsa-sha384",
            oid::SHA384_WITH_ECDSA,
            HashAlgorithm::Sha384,
        ),
        ecdsa(
            "ecdsa-sha512",
            oid::SHA512_WITH_ECDSA,
            HashAlgorithm::Sha512,
        ),
        row(
            "ed25519",
            oid::ED25519,
            Parameters::Absent,
            Mechanism::Ed25519,
            Trust::NoEnd,
        ),
    ];

    /// The name in this registry.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The object identifier in dotted form.
    #[must_use]
    pub fn oid(&self) -> alloc::string::String {
        oid::dotted(self.oid)
    }

    /// The size of key from which the row counts, in bits; 0 for every key.
    #[must_use]
    pub const fn key_bits_min(&self) -> usize {
        self.key_bits_min
    }

    /// Until when it is trusted, if no [`TrustDate`] says otherwise.
    #[must_use]
    pub const fn trust(&self) -> Trust {
        self.trust
    }

    /// Whether this is SHA-1, not a signature algorithm that uses it.
    pub(crate) fn is_sha1_itself(&self) -> bool {
        self.mechanism == Mechanism::Hash(HashAlgorithm::Sha1)
    }

    /// The row for an identifier and a key of this many bits.
    pub(crate) fn find(oid: &[u8], key_bits: usize) -> Option<&'static Self> {
        Self::ALL
            .iter()
            .filter(|row| row.oid == oid && row.key_bits_min <= key_bits)
            .max_by_key(|row| row.key_bits_min)
    }

    /// The date that counts: that of the caller, or that of the table.
    pub(crate) fn trust_under(&self, dates: &[TrustDate]) -> Trust {
        match dates.iter().rev().find(|date| date.name == self.name) {
            Some(date) if self.trust != Trust::Refused => date.trust,
            _ => self.trust,
        }
    }
}

/// A caller's own end of trust for one algorithm, in place of the registry's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrustDate {
    name: &'static str,
    trust: Trust,
}

impl TrustDate {
    /// Trusts the algorithm of this name up to, not including, a second since 1970; `None` if the
    /// registry has no such name.
    #[must_use]
    pub fn until(name: &str, unix_seconds: i64) -> Option<Self> {
        Self::new(name, Trust::Until(unix_seconds))
    }

    /// Trusts the algorithm of this name without an end; `None` if the registry has no such name.
    #[must_use]
    pub fn no_end(name: &str) -> Option<Self> {
        Self::new(name, Trust::NoEnd)
    }

    fn new(name: &str, trust: Trust) -> Option<Self> {
        let row = Algorithm::ALL.iter().find(|row| row.name == name)?;
        Some(Self {
            name: row.name,
            trust,
        })
    }
}

/// What checks an algorithm as it is named, its parameters being those of its row.
pub(crate) fn mechanism(identifier: &AlgorithmIdentifier<'_>) -> Result<Mechanism, Refusal> {
    let row = Algorithm::find(identifier.oid, usize::MAX).ok_or(Refusal::Unsupported)?;
    if row.mechanism == Mechanism::Nothing {
        return Err(Refusal::Weak);
    }
    let as_prescribed = match row.parameters {
        Parameters::Absent => identifier.parameters.is_none(),
        Parameters::AbsentOrNull => identifier.has_no_parameters(),
        Parameters::Pss => true,
    };
    as_prescribed
        .then_some(row.mechanism)
        .ok_or(Refusal::Unsupported)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_a_date_needs_one() {
        for (i, row) in Algorithm::ALL.iter().enumerate() {
            let same = |other: &Algorithm| other.name == row.name;
            assert_eq!(Algorithm::ALL.iter().position(same), Some(i), "{row:?}");
        }
        assert_eq!(TrustDate::until("sha-256", 0), None);
        assert!(TrustDate::no_end("sha256").is_some());
    }

    #[test]
    fn the_size_of_the_key_chooses_the_row() {
        let trust = |bits| Algorithm::find(oid::RSASSA_PSS, bits).unwrap().trust();
        assert_eq!(trust(2048), Trust::Until(AFTER_2028));
        assert_eq!(trust(2999), Trust::Until(AFTER_2028));
        assert_eq!(trust(3000), Trust::NoEnd);
        assert_eq!(
            crate::time::rfc3339(AFTER_2028),
            "2029-01-01T00:00:00Z",
            "the end of 2028"
        );
    }

    #[test]
    fn no_date_brings_back_what_is_refused() {
        let dates = [TrustDate::no_end("sha1"), TrustDate::no_end("md5")].map(Option::unwrap);
        for name in ["sha1", "md5"] {
            let row = Algorithm::ALL.iter().find(|row| row.name == name).unwrap();
            assert_eq!(row.trust_under(&dates), Trust::Refused);
        }
    }
}
