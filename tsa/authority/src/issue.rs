//! Certificates: what is written in each kind, and how it is signed.

use std::time::SystemTime;

use proofline_tsa::Certificate;
use sha2::{Digest as _, Sha256};

use crate::der;
use crate::error::Error;
use crate::key::{PrivateKey, random};
use crate::oid;

/// A subject: an organization and a common name.
pub(crate) fn name(organization: &str, common_name: &str) -> Vec<u8> {
    let part = |kind: &[u8], value: &str| {
        der::set_of(
            0x31,
            &[der::sequence(&[&der::oid(kind), &der::utf8(value)])],
        )
    };
    let organization = part(oid::ORGANIZATION, organization);
    der::sequence(&[&organization, &part(oid::COMMON_NAME, common_name)])
}

/// Whether an extension is critical.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Critical {
    Yes,
    No,
}

/// What a certificate says, apart from its key and its signature.
pub(crate) struct Template {
    pub(crate) subject: Vec<u8>,
    pub(crate) not_before: SystemTime,
    pub(crate) not_after: SystemTime,
    pub(crate) kind: Kind,
}

/// What a certificate is for.
pub(crate) enum Kind {
    /// A certification authority, and how many may follow below it.
    Authority { path_len: Option<u32> },
    /// A stamping unit.
    Unit {
        purposes: Vec<&'static [u8]>,
        purposes_critical: Critical,
        is_ca: bool,
    },
}

impl Kind {
    /// A stamping unit as RFC 3161 §2.3 has it.
    pub(crate) fn unit() -> Self {
        Self::Unit {
            purposes: vec![oid::TIME_STAMPING],
            purposes_critical: Critical::Yes,
            is_ca: false,
        }
    }
}

/// An issued certificate, and what names it in a token.
#[derive(Clone)]
pub(crate) struct Issued {
    pub(crate) der: Vec<u8>,
    /// The issuer's `Name` in DER.
    pub(crate) issuer: Vec<u8>,
    /// The subject's `Name` in DER.
    pub(crate) subject: Vec<u8>,
    /// The content octets of the serial number.
    pub(crate) serial: Vec<u8>,
}

impl Issued {
    /// Reads back a certificate that was issued before.
    pub(crate) fn from_der(der: Vec<u8>) -> Result<Self, proofline_tsa::Error> {
        let parsed = Certificate::parse(&der)?;
        let (issuer, subject) = (parsed.issuer_der().to_vec(), parsed.subject_der().to_vec());
        let serial = parsed.serial().to_vec();
        Ok(Self {
            der,
            issuer,
            subject,
            serial,
        })
    }
}

/// Who signs a certificate: a name and a key.
pub(crate) struct Issuer<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) key: &'a PrivateKey,
}

/// Issues a certificate of version 3 with a random serial number.
pub(crate) fn issue(
    template: &Template,
    public_key: &[u8],
    issuer: &Issuer<'_>,
) -> Result<Issued, Error> {
    issue_with(template, public_key, issuer, &[])
}

/// The same, with further extensions.
pub(crate) fn issue_with(
    template: &Template,
    public_key: &[u8],
    issuer: &Issuer<'_>,
    further: &[Vec<u8>],
) -> Result<Issued, Error> {
    let serial = serial_number()?;
    let algorithm = issuer.key.signature_algorithm();
    let validity = der::sequence(&[
        &der::certificate_time(template.not_before),
        &der::certificate_time(template.not_after),
    ]);
    let mut extensions = extensions(&template.kind, public_key, &issuer.key.public_key_der()?);
    extensions.extend_from_slice(further);
    let tbs = der::sequence(&[
        &der::context(0, &der::integer(2)),
        &der::tlv(0x02, &serial),
        &algorithm,
        issuer.name,
        &validity,
        &template.subject,
        public_key,
        &der::context(3, &der::tlv(0x30, &extensions.concat())),
    ]);
    let signature = issuer.key.sign(&tbs)?;
    Ok(Issued {
        der: der::sequence(&[&tbs, &algorithm, &der::bits(&signature)]),
        issuer: issuer.name.to_vec(),
        subject: template.subject.clone(),
        serial,
    })
}

/// 127 random bits, positive: unique without anything having to be remembered.
pub(crate) fn serial_number() -> Result<Vec<u8>, Error> {
    let mut octets = random::<16>()?;
    octets[0] &= 0x7f;
    Ok(der::unsigned_octets(&octets))
}

fn extensions(kind: &Kind, public_key: &[u8], issuer_key: &[u8]) -> Vec<Vec<u8>> {
    let mut list = Vec::new();
    match kind {
        Kind::Authority { path_len } => {
            let path_len = path_len.map(der::integer).unwrap_or_default();
            let constraints = der::sequence(&[der::BOOLEAN_TRUE, &path_len]);
            list.push(extension(
                oid::BASIC_CONSTRAINTS,
                Critical::Yes,
                &constraints,
            ));
            // keyCertSign and cRLSign.
            list.push(extension(
                oid::KEY_USAGE,
                Critical::Yes,
                &der::named_bits(&[5, 6]),
            ));
        }
        Kind::Unit {
            purposes,
            purposes_critical,
            is_ca,
        } => {
            let ca = if *is_ca { der::BOOLEAN_TRUE } else { &[] };
            list.push(extension(
                oid::BASIC_CONSTRAINTS,
                Critical::Yes,
                &der::sequence(&[ca]),
            ));
            // digitalSignature.
            list.push(extension(
                oid::KEY_USAGE,
                Critical::Yes,
                &der::named_bits(&[0]),
            ));
            let ids: Vec<u8> = purposes.iter().flat_map(|id| der::oid(id)).collect();
            let purposes = der::tlv(0x30, &ids);
            list.push(extension(
                oid::EXTENDED_KEY_USAGE,
                *purposes_critical,
                &purposes,
            ));
        }
    }
    let own_id = der::octets(&key_identifier(public_key));
    list.push(extension(
        oid::SUBJECT_KEY_IDENTIFIER,
        Critical::No,
        &own_id,
    ));
    let issuer_id = der::sequence(&[&der::tlv(0x80, &key_identifier(issuer_key))]);
    list.push(extension(
        oid::AUTHORITY_KEY_IDENTIFIER,
        Critical::No,
        &issuer_id,
    ));
    list
}

/// Where lists, answers and the issuer's certificate can be had (RFC 5280 §4.2.1.13, §4.2.2.1).
pub(crate) fn places(base_url: &str, issuer: &str) -> Vec<Vec<u8>> {
    let uri = |name: &str| der::tlv(0x86, format!("{base_url}{name}").as_bytes());
    let full_name = der::context(0, &der::context(0, &uri(&format!("{issuer}.crl"))));
    let points = der::sequence(&[&der::sequence(&[&full_name])]);
    let access = |method: &[u8], name: &str| der::sequence(&[&der::oid(method), &uri(name)]);
    let accesses = der::sequence(&[
        &access(oid::ACCESS_OCSP, "ocsp"),
        &access(oid::ACCESS_CA_ISSUERS, &format!("{issuer}.cer")),
    ]);
    vec![
        extension(oid::CRL_DISTRIBUTION_POINTS, Critical::No, &points),
        extension(oid::AUTHORITY_INFO_ACCESS, Critical::No, &accesses),
    ]
}

pub(crate) fn extension(id: &[u8], critical: Critical, value: &[u8]) -> Vec<u8> {
    let critical = if critical == Critical::Yes {
        der::BOOLEAN_TRUE
    } else {
        &[]
    };
    der::sequence(&[&der::oid(id), critical, &der::octets(value)])
}

/// RFC 7093 §2 method 1: the first 160 bits of a SHA-256, here over the whole key structure.
pub(crate) fn key_identifier(public_key: &[u8]) -> Vec<u8> {
    Sha256::digest(public_key)
        .iter()
        .copied()
        .take(20)
        .collect()
}
