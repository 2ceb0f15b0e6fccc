//! `TSTInfo`: what a time-stamp authority signs (RFC 3161 §2.4.2).

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use crate::certificate::{self, critical_ids};
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
    pub(crate) critical_extensions: Vec<&'a [u8]>,
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
        let critical_extensions = match fields.optional(tag::constructed(1))? {
            Some(extensions) => critical_ids(&extensions)?,
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
            critical_extensions,
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
        }
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
