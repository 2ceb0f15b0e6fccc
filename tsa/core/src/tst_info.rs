//! `TSTInfo`: what a time-stamp authority signs (RFC 3161 §2.4.2).

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use crate::certificate::{self, Extension};
use crate::der::{self, Element, Reader, tag};
use crate::digest::{ClaimedImprint, HashAlgorithm, Imprint, Sha1Leave};
use crate::error::{Error, ErrorKind};
use crate::limits::{MAX_NONCE_BYTES, MAX_SERIAL_BYTES};
use crate::oid;
use crate::time::GenTime;

/// The parsed structure, borrowing from the token.
///
/// ```text
/// TSTInfo ::= SEQUENCE {
///     version         INTEGER { v1(1) },
///     policy          OBJECT IDENTIFIER,
///     messageImprint  MessageImprint,
///     serialNumber    INTEGER,
///     genTime         GeneralizedTime,
///     accuracy        Accuracy OPTIONAL,
///     ordering        BOOLEAN DEFAULT FALSE,
///     nonce           INTEGER OPTIONAL,
///     tsa             [0] EXPLICIT GeneralName OPTIONAL,
///     extensions      [1] IMPLICIT Extensions OPTIONAL }
/// ```
#[derive(Clone, Debug)]
pub(crate) struct TstInfo<'a> {
    pub(crate) policy: &'a [u8],
    pub(crate) imprint: ClaimedImprint<'a>,
    pub(crate) serial: &'a [u8],
    pub(crate) gen_time: GenTime,
    pub(crate) accuracy: Option<Accuracy>,
    pub(crate) ordering: bool,
    pub(crate) nonce: Option<&'a [u8]>,
    pub(crate) tsa: Option<Element<'a>>,
    pub(crate) extensions: Vec<Extension<'a>>,
}

impl<'a> TstInfo<'a> {
    /// Reads one `TSTInfo` that fills `bytes`.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let mut fields = der::only(bytes, tag::SEQUENCE)?.reader();
        let version = fields.expect(tag::INTEGER)?;
        if version.small()? != 1 {
            return Err(version.error(ErrorKind::VersionUnsupported));
        }
        let policy = fields.expect(tag::OID)?.oid()?;
        let imprint = ClaimedImprint::parse(&fields.expect(tag::SEQUENCE)?)?;
        let serial = bounded_integer(&mut fields, MAX_SERIAL_BYTES)?;
        let gen_time = GenTime::parse(&fields.any()?)?;
        let accuracy = match fields.optional(tag::SEQUENCE)? {
            Some(element) => Some(Accuracy::parse(&element)?),
            None => None,
        };
        let ordering = match fields.optional(tag::BOOLEAN)? {
            Some(element) => element.boolean()?,
            None => false,
        };
        let nonce = match fields.peek() {
            Some(tag::INTEGER) => Some(bounded_integer(&mut fields, MAX_NONCE_BYTES)?),
            _ => None,
        };
        let tsa = match fields.optional(tag::constructed(0))? {
            Some(explicit) => {
                let mut reader = explicit.reader();
                let name = reader.any()?;
                reader.finish()?;
                Some(name)
            }
            None => None,
        };
        let extensions = match fields.optional(tag::constructed(1))? {
            Some(extensions) => certificate::extension_list(&extensions)?,
            None => Vec::new(),
        };
        fields.finish()?;
        Ok(Self {
            policy,
            imprint,
            serial,
            gen_time,
            accuracy,
            ordering,
            nonce,
            tsa,
            extensions,
        })
    }

    /// Copies what the token says, for a report.
    pub(crate) fn to_claims(&self) -> Claims {
        let identifier = &self.imprint.algorithm;
        let algorithm = HashAlgorithm::from_identifier_with(identifier, Sha1Leave::Allowed).ok();
        Claims {
            policy: oid::dotted(self.policy),
            imprint: algorithm.and_then(|known| Imprint::new(known, self.imprint.digest)),
            imprint_algorithm: algorithm.map_or_else(
                || oid::dotted(self.imprint.algorithm.oid),
                |known| String::from(known.as_str()),
            ),
            imprint_hex: crate::hex::encode(self.imprint.digest),
            serial_hex: crate::hex::encode(self.serial),
            gen_time: self.gen_time,
            accuracy: self.accuracy,
            ordering: self.ordering,
            nonce_hex: self.nonce.map(crate::hex::encode),
            tsa: self.tsa.as_ref().map(general_name_text),
            extensions: self.extensions.iter().map(TokenExtension::of).collect(),
        }
    }

    /// The identifiers of the extensions that are critical.
    pub(crate) fn critical_extensions(&self) -> impl Iterator<Item = &'a [u8]> {
        let critical = self.extensions.iter().filter(|one| one.critical);
        critical.map(|one| one.id)
    }
}

fn bounded_integer<'a>(fields: &mut Reader<'a>, max_bytes: usize) -> Result<&'a [u8], Error> {
    let element = fields.expect(tag::INTEGER)?;
    if element.value.len() > max_bytes {
        return Err(element.error(ErrorKind::TooLarge));
    }
    element.integer()
}

fn general_name_text(name: &Element<'_>) -> String {
    match certificate::directory_name(name) {
        Ok(Some(directory)) => directory.to_string(),
        _ => alloc::format!("#{}", crate::hex::encode(name.raw)),
    }
}

/// How far `genTime` may be from the true time, in either direction.
///
/// ```text
/// Accuracy ::= SEQUENCE {
///     seconds  INTEGER OPTIONAL,
///     millis   [0] INTEGER (1..999) OPTIONAL,
///     micros   [1] INTEGER (1..999) OPTIONAL }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Accuracy {
    micros: u64,
}

impl Accuracy {
    /// The sum of the three fields, in microseconds.
    #[must_use]
    pub const fn micros(self) -> u64 {
        self.micros
    }

    /// RFC 3161 gives millis and micros the range 1 to 999; a written zero occurs, and is read as
    /// what it says.
    fn parse(element: &Element<'_>) -> Result<Self, Error> {
        let mut fields = element.reader();
        let mut micros = 0_u64;
        for (tag, unit, max) in [
            (tag::INTEGER, 1_000_000, u32::MAX),
            (tag::primitive(0), 1_000, 999),
            (tag::primitive(1), 1, 999),
        ] {
            if let Some(field) = fields.optional(tag)? {
                let value = field.small()?;
                if value > max {
                    return Err(field.error(ErrorKind::IntegerInvalid));
                }
                micros = micros.saturating_add(u64::from(value).saturating_mul(unit));
            }
        }
        fields.finish()?;
        Ok(Self { micros })
    }
}

/// What a token says of itself: claims, whatever became of its verification.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claims {
    /// The policy under which the token was issued, in dotted form.
    pub policy: String,
    /// What was stamped, if the algorithm is one that is computed here (SHA-1 too) and the length is
    /// right.
    pub imprint: Option<Imprint>,
    /// The imprint's algorithm: a name we know, or the dotted identifier.
    pub imprint_algorithm: String,
    /// The imprint's digest in lower-case hexadecimal, of whatever length.
    pub imprint_hex: String,
    /// The serial number's octets in lower-case hexadecimal.
    pub serial_hex: String,
    /// The time.
    pub gen_time: GenTime,
    /// The accuracy; RFC 3161 leaves its absence to the authority's policy.
    pub accuracy: Option<Accuracy>,
    /// Whether the authority says that its tokens can be ordered by `gen_time` alone.
    pub ordering: bool,
    /// The nonce's octets in lower-case hexadecimal.
    pub nonce_hex: Option<String>,
    /// The authority's hint at its own name.
    pub tsa: Option<String>,
    /// The extensions, in the order written; at most
    /// [`MAX_EXTENSIONS`](crate::limits::MAX_EXTENSIONS).
    pub extensions: Vec<TokenExtension>,
}

/// An extension of a token, as bytes: nothing in this crate acts on what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenExtension {
    /// Its identifier in dotted form.
    pub id: String,
    /// Whether it is critical; a token with a critical one is not valid here.
    pub critical: bool,
    /// The content of its octet string.
    pub value: Vec<u8>,
}

impl TokenExtension {
    fn of(extension: &Extension<'_>) -> Self {
        Self {
            id: oid::dotted(extension.id),
            critical: extension.critical,
            value: extension.value.value.to_vec(),
        }
    }
}

impl Claims {
    /// Earliest true time that the token allows: `gen_time` less its accuracy, in microseconds
    /// since 1970. A missing accuracy counts as zero.
    #[must_use]
    pub fn lower_micros(&self) -> i64 {
        self.gen_time
            .unix_micros()
            .saturating_sub(self.accuracy_micros())
    }

    /// Latest true time that the token allows: `gen_time` and its accuracy and one unit of the
    /// last digit written, because an authority cuts the time to that unit.
    #[must_use]
    pub fn upper_micros(&self) -> i64 {
        self.gen_time
            .unix_micros()
            .saturating_add(self.accuracy_micros())
            .saturating_add(i64::from(self.gen_time.granularity_micros()))
    }

    fn accuracy_micros(&self) -> i64 {
        let micros = self.accuracy.map_or(0, Accuracy::micros);
        i64::try_from(micros).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qc_statement::QcStatement;
    use crate::testing::{id, integer, sequence, time};

    fn with_extensions(extensions: &[&[u8]]) -> Vec<u8> {
        let imprint = sequence(&[&sequence(&[&id(oid::SHA256)]), &der::write(0x04, &[0; 32])]);
        sequence(&[
            &integer(1),
            &id(&[0x2a, 0x03]),
            &imprint,
            &integer(5),
            &time(1_577_836_800),
            &der::write(tag::constructed(1), &extensions.concat()),
        ])
    }

    fn extension(critical: &[u8], value: &[u8]) -> Vec<u8> {
        let value = der::write(tag::OCTET_STRING, value);
        sequence(&[&id(oid::QC_STATEMENTS), critical, &value])
    }

    /// Without the bytes of the extension nobody can tell what the authority claims to be.
    #[test]
    fn extensions_are_handed_on_as_bytes() {
        let value = [0x30, 0x00];
        let bytes = with_extensions(&[&extension(&[], &value), &extension(&[1, 1, 0xff], b"?")]);
        let claims = TstInfo::parse(&bytes).unwrap().to_claims();
        let expected = |critical, value: &[u8]| TokenExtension {
            id: QcStatement::EXTENSION.into(),
            critical,
            value: value.to_vec(),
        };
        let both = [expected(false, &value), expected(true, b"?")];
        assert_eq!(claims.extensions, both);
        let tst = TstInfo::parse(&bytes).unwrap();
        assert_eq!(tst.critical_extensions().count(), 1);
    }

    #[test]
    fn their_number_is_bounded() {
        let one = extension(&[], &[0x30, 0x00]);
        let check = |count: usize, accepted: bool| {
            let bytes = with_extensions(&alloc::vec![one.as_slice(); count]);
            assert_eq!(TstInfo::parse(&bytes).is_ok(), accepted, "{count}");
        };
        check(crate::limits::MAX_EXTENSIONS, true);
        check(crate::limits::MAX_EXTENSIONS + 1, false);
    }
}
