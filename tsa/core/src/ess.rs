//! The signed reference to the signer's certificate: `ESSCertID` and `ESSCertIDv2`.
//!
//! Without it a signature could be moved to another certificate with the same key.
//! Version 1 (RFC 2634 §5.4) knows SHA-1 only, and a third of the real tokens have nothing else;
//! it is the one place where SHA-1 is accepted without a caller's leave: breaking it needs a second preimage of a
//! certificate that itself is signed with SHA-2, not a collision.

use alloc::vec::Vec;

use crate::certificate::{self, Certificate};
use crate::der::{Element, tag};
use crate::digest::{AlgorithmIdentifier, HashAlgorithm, Refusal};
use crate::error::{Error, ErrorKind};
use crate::finding::{Code, Findings};
use crate::limits::MAX_ESS_CERT_IDS;
use crate::name::Name;

/// Which of the two attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// RFC 2634, SHA-1.
    V1,
    /// RFC 5035, any hash, SHA-256 by default.
    V2,
}

/// ```text
/// SigningCertificateV2 ::= SEQUENCE {
///     certs     SEQUENCE OF ESSCertIDv2,
///     policies  SEQUENCE OF PolicyInformation OPTIONAL }
///
/// ESSCertIDv2 ::= SEQUENCE {
///     hashAlgorithm  AlgorithmIdentifier DEFAULT { algorithm id-sha256 },
///     certHash       OCTET STRING,
///     issuerSerial   IssuerSerial OPTIONAL }
///
/// IssuerSerial ::= SEQUENCE { issuer GeneralNames, serialNumber INTEGER }
/// ```
///
/// Version 1 is the same without `hashAlgorithm`.
struct CertId<'a> {
    /// `None`: the default of the version.
    hash_algorithm: Option<AlgorithmIdentifier<'a>>,
    cert_hash: &'a [u8],
    issuer_serial: Option<(Vec<Element<'a>>, &'a [u8])>,
}

/// Checks one signing-certificate attribute against the signer.
///
/// RFC 5035 §4: the first identifier is that of the signer; further ones name other certificates
/// that may be used for its path. Those only narrow a path that is verified anyway, and tokens
/// that list part of their path are common, so they are read and not enforced.
pub(crate) fn check(
    version: Version,
    attribute: &Element<'_>,
    signer: &Certificate<'_>,
    findings: &mut Findings,
) {
    match parse(version, attribute) {
        Err(error) => {
            let detail = alloc::format!("signing certificate attribute: {error}");
            findings.push(Code::AttributeInvalid, detail);
        }
        Ok(ids) => match ids.first() {
            Some(first) => compare(version, first, signer, findings),
            None => findings.push(
                Code::EssCertIdMissing,
                "signing certificate attribute lists no certificate",
            ),
        },
    }
}

fn compare(version: Version, id: &CertId<'_>, signer: &Certificate<'_>, findings: &mut Findings) {
    let computed = match (version, &id.hash_algorithm) {
        (Version::V1, _) => Ok(HashAlgorithm::Sha1),
        (Version::V2, None) => Ok(HashAlgorithm::Sha256),
        (Version::V2, Some(identifier)) => {
            HashAlgorithm::from_identifier(identifier).map_err(|refusal| (refusal, identifier.oid))
        }
    };
    match computed.map(|algorithm| algorithm.digest(signer.der())) {
        Err((refusal, algorithm)) => {
            let code = match refusal {
                Refusal::Weak => Code::EssCertIdAlgorithmWeak,
                Refusal::Unsupported => Code::EssCertIdAlgorithmUnsupported,
            };
            let name = crate::oid::dotted(algorithm);
            findings.push(code, alloc::format!("certificate hash uses {name}"));
        }
        Ok(computed) if computed != id.cert_hash => {
            let detail = alloc::format!(
                "signed certificate hash claims {}, signer's certificate has {}",
                crate::hex::encode(id.cert_hash),
                crate::hex::encode(&computed)
            );
            findings.push(Code::EssCertIdMismatch, detail);
        }
        Ok(_) => {}
    }
    if let Some((names, serial)) = &id.issuer_serial {
        let same_issuer = match names.as_slice() {
            [name] => certificate::directory_name(name)
                .is_ok_and(|name| name.is_some_and(|n| n.matches(signer.issuer_name()))),
            _ => false,
        };
        if !same_issuer || *serial != signer.serial() {
            let detail = alloc::format!(
                "signed issuer and serial {} are not those of the signer, `{}` and {}",
                describe(names, serial),
                signer.issuer(),
                signer.serial_hex()
            );
            findings.push(Code::EssCertIdMismatch, detail);
        }
    }
}

fn describe(names: &[Element<'_>], serial: &[u8]) -> alloc::string::String {
    let issuer: Option<Name<'_>> = names
        .first()
        .and_then(|name| certificate::directory_name(name).ok().flatten());
    let serial = crate::hex::encode(serial);
    issuer.map_or_else(
        || serial.clone(),
        |name| alloc::format!("`{name}` and {serial}"),
    )
}

fn parse<'a>(version: Version, attribute: &Element<'a>) -> Result<Vec<CertId<'a>>, Error> {
    if attribute.tag != tag::SEQUENCE {
        return Err(attribute.error(ErrorKind::TagUnexpected));
    }
    let mut fields = attribute.reader();
    let ids = fields.sequence()?.all(MAX_ESS_CERT_IDS)?;
    let _policies = fields.optional(tag::SEQUENCE)?;
    fields.finish()?;
    ids.iter().map(|id| parse_id(version, id)).collect()
}

fn parse_id<'a>(version: Version, id: &Element<'a>) -> Result<CertId<'a>, Error> {
    if id.tag != tag::SEQUENCE {
        return Err(id.error(ErrorKind::TagUnexpected));
    }
    let mut fields = id.reader();
    let hash_algorithm = match version {
        Version::V2 => match fields.optional(tag::SEQUENCE)? {
            Some(element) => Some(AlgorithmIdentifier::parse(&element)?),
            None => None,
        },
        Version::V1 => None,
    };
    let cert_hash = fields.expect(tag::OCTET_STRING)?.value;
    let issuer_serial = match fields.optional(tag::SEQUENCE)? {
        Some(element) => {
            let mut reader = element.reader();
            let names = certificate::general_names(&reader.expect(tag::SEQUENCE)?)?;
            let serial = reader.expect(tag::INTEGER)?.integer()?;
            reader.finish()?;
            Some((names, serial))
        }
        None => None,
    };
    fields.finish()?;
    Ok(CertId {
        hash_algorithm,
        cert_hash,
        issuer_serial,
    })
}
