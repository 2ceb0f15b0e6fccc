//! The parameters of RSASSA-PSS (RFC 4055 §3.1).
//!
//! A field that is absent has its default, and the defaults are SHA-1: parameters that say nothing
//! are therefore weak, and refused as such.
//! The hash of the mask is that of the message, as RFC 8017 §8.1 recommends and every real token
//! has it; another one is named as unsupported.
// Limit: distinct hashes for message and mask are not checked: the `rsa` crate takes one for both,
// and a second implementation of the padding here would be one that nobody has reviewed.

use crate::certificate::PublicKey;
use crate::der::{Element, Reader, tag};
use crate::digest::{AlgorithmIdentifier, HashAlgorithm, Refusal, Sha1Leave};
use crate::error::{Error, ErrorKind};
use crate::limits::RSA_MODULUS_BITS;
use crate::oid;

/// What is left open by "RSASSA-PSS": the one hash and the length of the salt.
///
/// ```text
/// RSASSA-PSS-params ::= SEQUENCE {
///     hashAlgorithm     [0] EXPLICIT AlgorithmIdentifier DEFAULT sha1,
///     maskGenAlgorithm  [1] EXPLICIT AlgorithmIdentifier DEFAULT mgf1SHA1,
///     saltLength        [2] EXPLICIT INTEGER DEFAULT 20,
///     trailerField      [3] EXPLICIT INTEGER DEFAULT 1 }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PssParameters {
    hash: HashAlgorithm,
    salt_bytes: usize,
}

/// The default of `saltLength`.
const DEFAULT_SALT_BYTES: u32 = 20;

impl PssParameters {
    /// Reads the parameters of a signature algorithm.
    pub(crate) fn parse(
        identifier: &AlgorithmIdentifier<'_>,
        sha1: Sha1Leave,
    ) -> Result<Self, Refusal> {
        // RFC 4055 §3.1: in a signature algorithm the parameters are present.
        let element = identifier.parameters.ok_or(Refusal::Unsupported)?;
        let fields = Fields::parse(&element).map_err(|_| Refusal::Unsupported)?;
        fields.resolve(sha1)
    }

    pub(crate) const fn hash(self) -> HashAlgorithm {
        self.hash
    }

    pub(super) const fn salt_bytes(self) -> usize {
        self.salt_bytes
    }

    /// Whether a key may make signatures with these parameters.
    ///
    /// RFC 4055 §3.3: a key for RSASSA-PSS that has parameters makes signatures with the same
    /// hashes, and a salt at least as long.
    pub(super) fn are_allowed_by(self, key: &PublicKey<'_>) -> Result<bool, Refusal> {
        let restriction = match key.algorithm.parameters {
            Some(element) if key.algorithm.oid == oid::RSASSA_PSS => element,
            _ => return Ok(true),
        };
        let fields = Fields::parse(&restriction).map_err(|_| Refusal::Unsupported)?;
        // What the key allows is compared, not used: a hash that is refused was refused with the
        // signature's own parameters.
        let allowed = fields.resolve(Sha1Leave::Allowed)?;
        Ok(allowed.hash == self.hash && self.salt_bytes >= allowed.salt_bytes)
    }
}

/// The four fields as they stand, absent ones as `None`.
struct Fields<'a> {
    hash: Option<AlgorithmIdentifier<'a>>,
    mask: Option<AlgorithmIdentifier<'a>>,
    salt_bytes: u32,
    trailer: u32,
}

impl<'a> Fields<'a> {
    fn parse(element: &Element<'a>) -> Result<Self, Error> {
        if element.tag != tag::SEQUENCE {
            return Err(element.error(ErrorKind::TagUnexpected));
        }
        let mut reader = element.reader();
        let algorithm = |inner: Option<Element<'a>>| {
            inner
                .map(|element| AlgorithmIdentifier::parse(&element))
                .transpose()
        };
        let number = |inner: Option<Element<'a>>, default: u32| match inner {
            Some(element) if element.tag == tag::INTEGER => element.small(),
            Some(element) => Err(element.error(ErrorKind::TagUnexpected)),
            None => Ok(default),
        };
        let hash = algorithm(explicit(&mut reader, 0)?)?;
        let mask = algorithm(explicit(&mut reader, 1)?)?;
        let salt_bytes = number(explicit(&mut reader, 2)?, DEFAULT_SALT_BYTES)?;
        let trailer = number(explicit(&mut reader, 3)?, 1)?;
        reader.finish()?;
        Ok(Self {
            hash,
            mask,
            salt_bytes,
            trailer,
        })
    }

    fn resolve(&self, sha1: Sha1Leave) -> Result<PssParameters, Refusal> {
        let hash = or_sha1(self.hash.as_ref(), sha1)?;
        let mask = match &self.mask {
            None => or_sha1(None, sha1)?,
            Some(identifier) if identifier.oid == oid::MGF1 => {
                let parameters = identifier.parameters.ok_or(Refusal::Unsupported)?;
                let inner = AlgorithmIdentifier::parse(&parameters);
                let inner = inner.map_err(|_| Refusal::Unsupported)?;
                or_sha1(Some(&inner), sha1)?
            }
            Some(_) => return Err(Refusal::Unsupported),
        };
        let salt_bytes = usize::try_from(self.salt_bytes).map_err(|_| Refusal::Unsupported)?;
        // RFC 8017 §9.1.1 leaves no room for a salt as long as the largest modulus; a bound here
        // keeps every sum below it small. Trailer 1 is the only one defined.
        let fits = salt_bytes < RSA_MODULUS_BITS.end().div_ceil(8);
        if mask != hash || !fits || self.trailer != 1 {
            return Err(Refusal::Unsupported);
        }
        Ok(PssParameters { hash, salt_bytes })
    }
}

fn or_sha1(
    identifier: Option<&AlgorithmIdentifier<'_>>,
    sha1: Sha1Leave,
) -> Result<HashAlgorithm, Refusal> {
    match (identifier, sha1) {
        (Some(identifier), _) => HashAlgorithm::from_identifier_with(identifier, sha1),
        (None, Sha1Leave::Allowed) => Ok(HashAlgorithm::Sha1),
        (None, Sha1Leave::Refused) => Err(Refusal::Weak),
    }
}

/// The value inside `[number] EXPLICIT`, if it is there.
fn explicit<'a>(reader: &mut Reader<'a>, number: u8) -> Result<Option<Element<'a>>, Error> {
    let Some(outer) = reader.optional(tag::constructed(number))? else {
        return Ok(None);
    };
    let mut inner = outer.reader();
    let element = inner.any()?;
    inner.finish()?;
    Ok(Some(element))
}
