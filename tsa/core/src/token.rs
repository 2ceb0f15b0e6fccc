//! The token: a CMS `SignedData` around a `TSTInfo` (RFC 5652 §5, RFC 3161 §2.4.2).
//!
//! This module takes the structure apart and keeps the original bytes of everything that is
//! hashed or signed.
//! It decides nothing but structure.

use alloc::vec::Vec;

use crate::der::{self, Element, Reader, tag};
use crate::digest::AlgorithmIdentifier;
use crate::error::{Error, ErrorKind};
use crate::limits::{
    MAX_CERTIFICATES, MAX_DIGEST_ALGORITHMS, MAX_REVOCATION_ITEMS, MAX_SIGNED_ATTRIBUTES,
};
use crate::name::Name;
use crate::oid;

/// Signer infos that are counted; a time-stamp token has one.
const MAX_SIGNER_INFOS: usize = 16;

/// A token taken apart.
///
/// ```text
/// ContentInfo ::= SEQUENCE {
///     contentType  OBJECT IDENTIFIER (id-signedData),
///     content      [0] EXPLICIT SignedData }
///
/// SignedData ::= SEQUENCE {
///     version           INTEGER,
///     digestAlgorithms  SET OF AlgorithmIdentifier,
///     encapContentInfo  EncapsulatedContentInfo,
///     certificates      [0] IMPLICIT CertificateSet OPTIONAL,
///     crls              [1] IMPLICIT RevocationInfoChoices OPTIONAL,
///     signerInfos       SET OF SignerInfo }
///
/// EncapsulatedContentInfo ::= SEQUENCE {
///     eContentType  OBJECT IDENTIFIER,
///     eContent      [0] EXPLICIT OCTET STRING OPTIONAL }
/// ```
#[derive(Clone, Debug)]
pub(crate) struct Token<'a> {
    pub(crate) digest_algorithms: Vec<AlgorithmIdentifier<'a>>,
    /// The version is 1, which is not that of this content.
    pub(crate) version_is_odd: bool,
    pub(crate) content_type: &'a [u8],
    pub(crate) content: Option<&'a [u8]>,
    /// Certificates as raw bytes, in the order found.
    pub(crate) certificates: Vec<&'a [u8]>,
    /// How many of the certificate set were of another kind (attribute certificates), and left out.
    pub(crate) other_certificates: usize,
    /// Revocation data as raw bytes, in the order found.
    pub(crate) revocation: Vec<RevocationItem<'a>>,
    pub(crate) signers: Vec<SignerInfo<'a>>,
}

/// ```text
/// RevocationInfoChoice ::= CHOICE {
///     crl    CertificateList,
///     other  [1] IMPLICIT SEQUENCE { otherRevInfoFormat OBJECT IDENTIFIER, otherRevInfo ANY } }
/// ```
///
/// Only the outside is read: what is in it was not signed by the token's signer, and is judged by
/// who signed it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RevocationItem<'a> {
    /// The format's identifier; `None` for a certificate revocation list.
    pub(crate) other_format: Option<&'a [u8]>,
    /// The list, or the value in the other format (of RFC 5940: the `OCSPResponse`).
    pub(crate) der: &'a [u8],
}

/// ```text
/// SignerInfo ::= SEQUENCE {
///     version             INTEGER,
///     sid                 SignerIdentifier,
///     digestAlgorithm     AlgorithmIdentifier,
///     signedAttrs         [0] IMPLICIT SET SIZE (1..MAX) OF Attribute OPTIONAL,
///     signatureAlgorithm  AlgorithmIdentifier,
///     signature           OCTET STRING,
///     unsignedAttrs       [1] IMPLICIT SET SIZE (1..MAX) OF Attribute OPTIONAL }
/// ```
#[derive(Clone, Debug)]
pub(crate) struct SignerInfo<'a> {
    pub(crate) sid: SignerId<'a>,
    pub(crate) digest_algorithm: AlgorithmIdentifier<'a>,
    pub(crate) signed_attributes: Option<SignedAttributes<'a>>,
    pub(crate) signature_algorithm: AlgorithmIdentifier<'a>,
    pub(crate) signature: &'a [u8],
}

/// ```text
/// SignerIdentifier ::= CHOICE {
///     issuerAndSerialNumber  SEQUENCE { issuer Name, serialNumber INTEGER },
///     subjectKeyIdentifier   [0] IMPLICIT OCTET STRING }
/// ```
#[derive(Clone, Debug)]
pub(crate) enum SignerId<'a> {
    IssuerAndSerial { issuer: Name<'a>, serial: &'a [u8] },
    SubjectKeyIdentifier(&'a [u8]),
}

/// The attributes under the signature.
#[derive(Clone, Debug)]
pub(crate) struct SignedAttributes<'a> {
    pub(crate) attributes: Vec<Attribute<'a>>,
    raw: &'a [u8],
}

/// ```text
/// Attribute ::= SEQUENCE { attrType OBJECT IDENTIFIER, attrValues SET OF ANY }
/// ```
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attribute<'a> {
    pub(crate) id: &'a [u8],
    values: Element<'a>,
    raw: &'a [u8],
}

impl<'a> Attribute<'a> {
    /// The value, of which there is exactly one.
    pub(crate) fn only_value(&self) -> Result<Element<'a>, Error> {
        let mut reader = self.values.reader();
        let value = reader.any()?;
        reader.finish()?;
        Ok(value)
    }
}

impl<'a> Token<'a> {
    /// Reads one `ContentInfo` that fills `bytes`.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let mut outer = der::only(bytes, tag::SEQUENCE)?.reader();
        let content_type = outer.expect(tag::OID)?;
        if content_type.oid()? != oid::SIGNED_DATA {
            return Err(content_type.error(ErrorKind::TagUnexpected));
        }
        let mut explicit = outer.expect(tag::constructed(0))?.reader();
        outer.finish()?;
        let mut fields = explicit.sequence()?;
        explicit.finish()?;
        let version = fields.expect(tag::INTEGER)?;
        let digest_algorithms = fields
            .expect(tag::SET)?
            .reader()
            .all(MAX_DIGEST_ALGORITHMS)?
            .iter()
            .map(AlgorithmIdentifier::parse)
            .collect::<Result<_, _>>()?;
        let (content_type, content) = encapsulated(fields.sequence()?)?;
        let items = match fields.optional(tag::constructed(0))? {
            Some(set) => set.reader().all(MAX_CERTIFICATES)?,
            None => Vec::new(),
        };
        // DER would have the set sorted; a fifth of the real tokens have it unsorted, and nothing
        // rests on the order, so none is demanded.
        let certificates: Vec<&[u8]> = items
            .iter()
            .filter(|item| item.tag == tag::SEQUENCE)
            .map(|item| item.raw)
            .collect();
        let revocation = match fields.optional(tag::constructed(1))? {
            Some(set) => set
                .reader()
                .all(MAX_REVOCATION_ITEMS)?
                .iter()
                .map(RevocationItem::parse)
                .collect::<Result<Vec<_>, _>>()?,
            None => Vec::new(),
        };
        let other_certificates = items.len().saturating_sub(certificates.len());
        // RFC 5652 §5.1: content that is not id-data makes it 3; attribute certificates make it
        // 4, and other forms of certificates or of revocation data 5. Some authorities write 1, the
        // version of PKCS #7; nobody signed the number and nothing rests on it.
        let other_forms = other_certificates > 0 || !revocation.is_empty();
        let version_is_odd = match version.small()? {
            3 => false,
            4 | 5 if other_forms => false,
            1 => true,
            _ => return Err(version.error(ErrorKind::VersionUnsupported)),
        };
        let mut infos = fields.expect(tag::SET)?.reader();
        fields.finish()?;
        let signers = infos
            .all(MAX_SIGNER_INFOS)?
            .iter()
            .map(SignerInfo::parse)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            digest_algorithms,
            version_is_odd,
            content_type,
            content,
            certificates,
            other_certificates,
            revocation,
            signers,
        })
    }
}

impl<'a> RevocationItem<'a> {
    fn parse(element: &Element<'a>) -> Result<Self, Error> {
        if element.tag == tag::SEQUENCE {
            return Ok(Self {
                other_format: None,
                der: element.raw,
            });
        }
        if element.tag != tag::constructed(1) {
            return Err(element.error(ErrorKind::TagUnexpected));
        }
        let mut fields = element.reader();
        let format = fields.expect(tag::OID)?.oid()?;
        let value = fields.any()?;
        fields.finish()?;
        Ok(Self {
            other_format: Some(format),
            der: value.raw,
        })
    }
}

fn encapsulated(mut fields: Reader<'_>) -> Result<(&[u8], Option<&[u8]>), Error> {
    let content_type = fields.expect(tag::OID)?.oid()?;
    let content = match fields.optional(tag::constructed(0))? {
        Some(explicit) => {
            let mut reader = explicit.reader();
            let octets = reader.expect(tag::OCTET_STRING)?.value;
            reader.finish()?;
            Some(octets)
        }
        None => None,
    };
    fields.finish()?;
    Ok((content_type, content))
}

impl<'a> SignerInfo<'a> {
    fn parse(element: &Element<'a>) -> Result<Self, Error> {
        if element.tag != tag::SEQUENCE {
            return Err(element.error(ErrorKind::TagUnexpected));
        }
        let mut fields = element.reader();
        let version = fields.expect(tag::INTEGER)?;
        let sid = SignerId::parse(&fields.any()?)?;
        // RFC 5652 §5.3: the version follows from the form of the identifier.
        let wanted = match sid {
            SignerId::IssuerAndSerial { .. } => 1,
            SignerId::SubjectKeyIdentifier(_) => 3,
        };
        if version.small()? != wanted {
            return Err(version.error(ErrorKind::VersionUnsupported));
        }
        let digest_algorithm = AlgorithmIdentifier::parse(&fields.any()?)?;
        let signed_attributes = match fields.optional(tag::constructed(0))? {
            Some(set) => Some(SignedAttributes::parse(&set)?),
            None => None,
        };
        let signature_algorithm = AlgorithmIdentifier::parse(&fields.any()?)?;
        let signature = fields.expect(tag::OCTET_STRING)?.value;
        let _unsigned_attributes = fields.optional(tag::constructed(1))?;
        fields.finish()?;
        Ok(Self {
            sid,
            digest_algorithm,
            signed_attributes,
            signature_algorithm,
            signature,
        })
    }
}

impl<'a> SignerId<'a> {
    fn parse(element: &Element<'a>) -> Result<Self, Error> {
        match element.tag {
            tag::SEQUENCE => {
                let mut fields = element.reader();
                let issuer = Name::parse(&fields.any()?)?;
                let serial = fields.expect(tag::INTEGER)?.integer()?;
                fields.finish()?;
                Ok(Self::IssuerAndSerial { issuer, serial })
            }
            tag if tag == tag::primitive(0) => Ok(Self::SubjectKeyIdentifier(element.value)),
            _ => Err(element.error(ErrorKind::TagUnexpected)),
        }
    }
}

impl<'a> SignedAttributes<'a> {
    fn parse(set: &Element<'a>) -> Result<Self, Error> {
        let mut attributes = Vec::new();
        for element in set.reader().all(MAX_SIGNED_ATTRIBUTES)? {
            if element.tag != tag::SEQUENCE {
                return Err(element.error(ErrorKind::TagUnexpected));
            }
            let mut fields = element.reader();
            let id = fields.expect(tag::OID)?.oid()?;
            let values = fields.expect(tag::SET)?;
            fields.finish()?;
            attributes.push(Attribute {
                id,
                values,
                raw: element.raw,
            });
        }
        Ok(Self {
            attributes,
            raw: set.raw,
        })
    }

    /// The bytes under the signature, as the signer sent them.
    ///
    /// RFC 5652 §5.4: the signature covers the attributes with the tag of SET OF in place of the
    /// implicit `[0]`; nothing else changes.
    pub(crate) fn signed_bytes(&self) -> Vec<u8> {
        let mut bytes = self.raw.to_vec();
        if let Some(first) = bytes.first_mut() {
            *first = tag::SET;
        }
        bytes
    }

    /// The same attributes in the order of DER.
    ///
    /// Some authorities send them in another order than the one they sign.
    pub(crate) fn sorted_bytes(&self) -> Vec<u8> {
        let mut items: Vec<&[u8]> = self.attributes.iter().map(|a| a.raw).collect();
        items.sort_unstable();
        der::write(tag::SET, &items.concat())
    }
}
