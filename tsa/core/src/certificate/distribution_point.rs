//! Where a certificate says its revocation lists are, and what a list says it is for
//! (RFC 5280 §4.2.1.13 and §5.2.5).

use alloc::vec::Vec;

use crate::der::{self, Element, Reader, tag};
use crate::error::{Error, ErrorKind};
use crate::limits::{MAX_DISTRIBUTION_POINTS, MAX_NAME_PARTS};
use crate::name::Name;

/// A set of reasons for which a certificate may be revoked, as the bits of `ReasonFlags`.
///
/// ```text
/// ReasonFlags ::= BIT STRING {
///     unused (0), keyCompromise (1), cACompromise (2), affiliationChanged (3), superseded (4),
///     cessationOfOperation (5), certificateHold (6), privilegeWithdrawn (7), aACompromise (8) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reasons(u16);

impl Reasons {
    pub(crate) const NONE: Self = Self(0);
    /// `unused` is no reason and is left out.
    pub(crate) const ALL: Self = Self(0x7f80);

    fn parse(bits: &Element<'_>) -> Result<Self, Error> {
        let (_, octets) = bits.bits()?;
        let octet = |at: usize| u16::from(octets.get(at).copied().unwrap_or(0));
        Ok(Self((octet(0) << 8 | octet(1)) & Self::ALL.0))
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// ```text
/// DistributionPointName ::= CHOICE {
///     fullName                 [0] IMPLICIT GeneralNames,
///     nameRelativeToCRLIssuer  [1] IMPLICIT RelativeDistinguishedName }
/// ```
#[derive(Clone, Debug)]
pub(crate) enum PointName<'a> {
    Full(Vec<Element<'a>>),
    /// The content of the set that is to be added to the name of the list's issuer.
    Relative(&'a [u8]),
}

impl<'a> PointName<'a> {
    /// Reads the choice inside `[0] EXPLICIT`.
    fn parse(explicit: &Element<'a>) -> Result<Self, Error> {
        let mut reader = explicit.reader();
        let choice = reader.any()?;
        reader.finish()?;
        match choice.tag {
            tag if tag == tag::constructed(0) => {
                Ok(Self::Full(choice.reader().all(MAX_NAME_PARTS)?))
            }
            tag if tag == tag::constructed(1) => Ok(Self::Relative(choice.value)),
            _ => Err(choice.error(ErrorKind::TagUnexpected)),
        }
    }

    /// Every form that the name has, as the bytes of general names; a relative name is completed
    /// with the name of the issuer of the list.
    fn forms(&self, crl_issuer: &Name<'_>) -> Vec<Vec<u8>> {
        match self {
            Self::Full(names) => names.iter().map(|name| name.raw.to_vec()).collect(),
            Self::Relative(attributes) => {
                let mut content = Reader::new(crl_issuer.raw())
                    .any()
                    .map_or_else(|_| Vec::new(), |name| name.value.to_vec());
                content.extend(der::write(tag::SET, attributes));
                let name = der::write(tag::SEQUENCE, &content);
                alloc::vec![der::write(tag::constructed(4), &name)]
            }
        }
    }

    /// RFC 5280 §6.3.3 (b)(2)(i): one of the names here is one of the names there.
    pub(crate) fn meets(&self, other: &Self, crl_issuer: &Name<'_>) -> bool {
        let theirs = other.forms(crl_issuer);
        self.forms(crl_issuer)
            .iter()
            .any(|mine| theirs.iter().any(|their| same_general_name(mine, their)))
    }

    /// Whether one of the names here is one of the given general names.
    pub(crate) fn meets_any(&self, names: &[Element<'_>], crl_issuer: &Name<'_>) -> bool {
        let mine = self.forms(crl_issuer);
        names
            .iter()
            .any(|name| mine.iter().any(|mine| same_general_name(mine, name.raw)))
    }
}

/// Directory names by their rules, all other names by their bytes.
fn same_general_name(a: &[u8], b: &[u8]) -> bool {
    if a == b {
        return true;
    }
    let name = |bytes| {
        let element = Reader::new(bytes).any().ok()?;
        let inner = (element.tag == tag::constructed(4)).then(|| element.reader().any())?;
        Some(inner.ok()?.raw)
    };
    match (name(a), name(b)) {
        (Some(a), Some(b)) => Name::same(a, b),
        _ => false,
    }
}

/// ```text
/// DistributionPoint ::= SEQUENCE {
///     distributionPoint  [0] EXPLICIT DistributionPointName OPTIONAL,
///     reasons            [1] IMPLICIT ReasonFlags OPTIONAL,
///     cRLIssuer          [2] IMPLICIT GeneralNames OPTIONAL }
/// ```
#[derive(Clone, Debug)]
pub(crate) struct DistributionPoint<'a> {
    pub(crate) name: Option<PointName<'a>>,
    pub(crate) reasons: Reasons,
    /// Empty if absent: the issuer of the certificate issues the list as well.
    pub(crate) crl_issuer: Vec<Element<'a>>,
}

impl<'a> DistributionPoint<'a> {
    /// Reads `CRLDistributionPoints` from the octets of the extension.
    pub(crate) fn all(octets: &Element<'a>) -> Result<Vec<Self>, Error> {
        let mut outer = octets.reader();
        let mut list = outer.sequence()?;
        outer.finish()?;
        list.all(MAX_DISTRIBUTION_POINTS)?
            .iter()
            .map(Self::parse)
            .collect()
    }

    fn parse(element: &Element<'a>) -> Result<Self, Error> {
        if element.tag != tag::SEQUENCE {
            return Err(element.error(ErrorKind::TagUnexpected));
        }
        let mut fields = element.reader();
        let name = match fields.optional(tag::constructed(0))? {
            Some(explicit) => Some(PointName::parse(&explicit)?),
            None => None,
        };
        let reasons = match fields.optional(tag::primitive(1))? {
            Some(bits) => Reasons::parse(&bits)?,
            None => Reasons::ALL,
        };
        let crl_issuer = match fields.optional(tag::constructed(2))? {
            Some(names) => names.reader().all(MAX_NAME_PARTS)?,
            None => Vec::new(),
        };
        fields.finish()?;
        Ok(Self {
            name,
            reasons,
            crl_issuer,
        })
    }

    /// The point that is assumed where a certificate names none (RFC 5280 §6.3.3, last part): its
    /// name is that of the certificate's issuer, for every reason.
    pub(crate) fn assumed(issuer_general_name: Element<'a>) -> Self {
        Self {
            name: Some(PointName::Full(alloc::vec![issuer_general_name])),
            reasons: Reasons::ALL,
            crl_issuer: Vec::new(),
        }
    }
}

/// What a list says it is for.
///
/// ```text
/// IssuingDistributionPoint ::= SEQUENCE {
///     distributionPoint           [0] EXPLICIT DistributionPointName OPTIONAL,
///     onlyContainsUserCerts       [1] IMPLICIT BOOLEAN DEFAULT FALSE,
///     onlyContainsCACerts         [2] IMPLICIT BOOLEAN DEFAULT FALSE,
///     onlySomeReasons             [3] IMPLICIT ReasonFlags OPTIONAL,
///     indirectCRL                 [4] IMPLICIT BOOLEAN DEFAULT FALSE,
///     onlyContainsAttributeCerts  [5] IMPLICIT BOOLEAN DEFAULT FALSE }
/// ```
#[derive(Clone, Debug)]
pub(crate) struct IssuingDistributionPoint<'a> {
    pub(crate) name: Option<PointName<'a>>,
    pub(crate) only_user_certificates: bool,
    pub(crate) only_ca_certificates: bool,
    pub(crate) only_some_reasons: Option<Reasons>,
    pub(crate) indirect: bool,
    pub(crate) only_attribute_certificates: bool,
    /// The whole value: a delta list has the same as its base.
    pub(crate) raw: &'a [u8],
}

impl<'a> IssuingDistributionPoint<'a> {
    pub(crate) fn parse(element: &Element<'a>) -> Result<Self, Error> {
        let mut fields = element.reader();
        let name = match fields.optional(tag::constructed(0))? {
            Some(explicit) => Some(PointName::parse(&explicit)?),
            None => None,
        };
        let only_user_certificates = flag(&mut fields, 1)?;
        let only_ca_certificates = flag(&mut fields, 2)?;
        let only_some_reasons = match fields.optional(tag::primitive(3))? {
            Some(bits) => Some(Reasons::parse(&bits)?),
            None => None,
        };
        let indirect = flag(&mut fields, 4)?;
        let only_attribute_certificates = flag(&mut fields, 5)?;
        fields.finish()?;
        Ok(Self {
            name,
            only_user_certificates,
            only_ca_certificates,
            only_some_reasons,
            indirect,
            only_attribute_certificates,
            raw: element.raw,
        })
    }
}

fn flag(fields: &mut Reader<'_>, number: u8) -> Result<bool, Error> {
    match fields.optional(tag::primitive(number))? {
        Some(boolean) => boolean.boolean(),
        None => Ok(false),
    }
}
