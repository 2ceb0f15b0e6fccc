//! What the signature covers: the signed attributes, and the signature itself.
//!
//! RFC 5652 §5.4 and §5.6, with the attributes that RFC 3161 §2.4.2 demands.

use crate::certificate::Certificate;
use crate::der::{Element, tag};
use crate::digest::{AlgorithmIdentifier, HashAlgorithm, Refusal};
use crate::error::{Error, ErrorKind};
use crate::ess;
use crate::finding::{Code, Findings};
use crate::oid;
use crate::path::Budget;
use crate::signature::{self, Scheme, SignatureCheck};
use crate::token::{SignedAttributes, SignerInfo, Token};

use super::trust::Uses;
use super::{Options, Sha1Use, SignatureState};

/// Checks attributes, digest and signature of the one signer.
pub(super) fn check(
    token: &Token<'_>,
    info: &SignerInfo<'_>,
    signer: Option<&Certificate<'_>>,
    options: &Options<'_>,
    budget: &mut Budget,
    uses: &mut Uses,
    findings: &mut Findings,
) -> SignatureState {
    // Without signed attributes the signature would be over the content itself, and content that
    // looks like a set of attributes could be passed off as either. RFC 3161 requires them.
    let Some(attributes) = &info.signed_attributes else {
        findings.push(Code::SignedAttributesMissing, "signer signed no attributes");
        return SignatureState::NotShown;
    };
    repeated(attributes, findings);
    content_type(token, attributes, findings);
    let digest_algorithm = digest_algorithm(token, info, options, findings);
    message_digest(token, attributes, digest_algorithm, findings);
    algorithm_protection(info, attributes, findings);
    let Some(signer) = signer else {
        return SignatureState::NotShown;
    };
    certificate_binding(attributes, signer, findings);
    match digest_algorithm {
        Some(digest) => {
            let algorithm = &info.signature_algorithm;
            let key = signer.public_key();
            uses.add_signature(algorithm, Some(digest), key, "signature");
            signature(info, attributes, digest, signer, budget, findings)
        }
        None => SignatureState::NotShown,
    }
}

/// What stands against the signed certificate reference, or references, being those of
/// `certificate`.
pub(super) fn binding(info: &SignerInfo<'_>, certificate: &Certificate<'_>) -> Findings {
    let mut findings = Findings::default();
    match &info.signed_attributes {
        Some(attributes) => certificate_binding(attributes, certificate, &mut findings),
        None => findings.push(
            Code::EssCertIdMissing,
            "no signing certificate attribute is signed",
        ),
    }
    findings
}

/// RFC 5652 §5.3: an attribute type stands once.
fn repeated(attributes: &SignedAttributes<'_>, findings: &mut Findings) {
    let list = &attributes.attributes;
    for (i, attribute) in list.iter().enumerate() {
        if list
            .iter()
            .take(i)
            .any(|earlier| earlier.id == attribute.id)
        {
            let detail = alloc::format!("attribute {} is repeated", oid::dotted(attribute.id));
            findings.push(Code::AttributeRepeated, detail);
        }
    }
}

/// The only value of an attribute; absent, empty or several are findings.
fn required<'a>(
    attributes: &SignedAttributes<'a>,
    id: &[u8],
    findings: &mut Findings,
) -> Option<Element<'a>> {
    let Some(attribute) = attributes
        .attributes
        .iter()
        .find(|attribute| attribute.id == id)
    else {
        let detail = alloc::format!("attribute {} is absent", oid::dotted(id));
        findings.push(Code::AttributeMissing, detail);
        return None;
    };
    match attribute.only_value() {
        Ok(value) => Some(value),
        Err(error) => {
            let detail = alloc::format!("attribute {}: {error}", oid::dotted(id));
            findings.push(Code::AttributeInvalid, detail);
            None
        }
    }
}

/// RFC 5652 §11.1: the attribute equals the content type outside.
fn content_type(token: &Token<'_>, attributes: &SignedAttributes<'_>, findings: &mut Findings) {
    if let Some(value) = required(attributes, oid::CONTENT_TYPE, findings)
        && (value.tag != tag::OID || value.value != token.content_type)
    {
        let detail = alloc::format!(
            "signed content type is {}, content is {}",
            oid::dotted(value.value),
            oid::dotted(token.content_type)
        );
        findings.push(Code::ContentTypeAttributeMismatch, detail);
    }
}

fn digest_algorithm(
    token: &Token<'_>,
    info: &SignerInfo<'_>,
    options: &Options<'_>,
    findings: &mut Findings,
) -> Option<HashAlgorithm> {
    let name = oid::dotted(info.digest_algorithm.oid);
    if !token
        .digest_algorithms
        .iter()
        .any(|listed| equivalent(listed, &info.digest_algorithm))
    {
        let detail = alloc::format!("digest algorithm {name} is not among those listed");
        findings.push(Code::DigestAlgorithmMismatch, detail);
    }
    let leave = options.sha1(Sha1Use::Digest);
    match HashAlgorithm::from_identifier_with(&info.digest_algorithm, leave) {
        Ok(algorithm) => Some(algorithm),
        Err(refusal) => {
            let code = match refusal {
                Refusal::Weak => Code::DigestAlgorithmWeak,
                Refusal::Unsupported => Code::DigestAlgorithmUnsupported,
            };
            findings.push(code, alloc::format!("digest algorithm is {name}"));
            None
        }
    }
}

/// RFC 5652 §11.2: the attribute is the digest of the content octets.
fn message_digest(
    token: &Token<'_>,
    attributes: &SignedAttributes<'_>,
    algorithm: Option<HashAlgorithm>,
    findings: &mut Findings,
) {
    let Some(value) = required(attributes, oid::MESSAGE_DIGEST, findings) else {
        return;
    };
    let (Some(algorithm), Some(content)) = (algorithm, token.content) else {
        return;
    };
    let computed = algorithm.digest(content);
    if value.tag != tag::OCTET_STRING || value.value != computed {
        let detail = alloc::format!(
            "message digest claims {}, computed {}",
            crate::hex::encode(value.value),
            crate::hex::encode(&computed)
        );
        findings.push(Code::MessageDigestMismatch, detail);
    }
}

/// RFC 6211 §2: a signed copy of both algorithms, equal to those used.
///
/// ```text
/// CMSAlgorithmProtection ::= SEQUENCE {
///     digestAlgorithm     AlgorithmIdentifier,
///     signatureAlgorithm  [1] IMPLICIT AlgorithmIdentifier OPTIONAL,
///     macAlgorithm        [2] IMPLICIT AlgorithmIdentifier OPTIONAL }
/// ```
fn algorithm_protection(
    info: &SignerInfo<'_>,
    attributes: &SignedAttributes<'_>,
    findings: &mut Findings,
) {
    if !attributes
        .attributes
        .iter()
        .any(|a| a.id == oid::ALGORITHM_PROTECTION)
    {
        return;
    }
    let Some(value) = required(attributes, oid::ALGORITHM_PROTECTION, findings) else {
        return;
    };
    let parsed = (|| {
        let mut fields = value.reader();
        let digest = AlgorithmIdentifier::parse(&fields.any()?)?;
        let signature = fields.expect(tag::constructed(1))?;
        let signature = AlgorithmIdentifier::parse_implicit(&signature)?;
        fields.finish()?;
        if value.tag != tag::SEQUENCE {
            return Err(value.error(ErrorKind::TagUnexpected));
        }
        Ok::<_, Error>((digest, signature))
    })();
    match parsed {
        Ok((digest, signature)) => {
            let same = equivalent(&digest, &info.digest_algorithm)
                && equivalent(&signature, &info.signature_algorithm);
            if !same {
                let detail = alloc::format!(
                    "signed algorithms are {} and {}, used are {} and {}",
                    oid::dotted(digest.oid),
                    oid::dotted(signature.oid),
                    oid::dotted(info.digest_algorithm.oid),
                    oid::dotted(info.signature_algorithm.oid)
                );
                findings.push(Code::AlgorithmProtectionMismatch, detail);
            }
        }
        Err(error) => {
            findings.push(
                Code::AttributeInvalid,
                alloc::format!("algorithm protection: {error}"),
            );
        }
    }
}

/// Same identifier and same parameters, NULL and absent being the same.
fn equivalent(a: &AlgorithmIdentifier<'_>, b: &AlgorithmIdentifier<'_>) -> bool {
    let raw = |x: &AlgorithmIdentifier<'_>| match x.has_no_parameters() {
        true => alloc::vec::Vec::new(),
        false => x
            .parameters
            .map_or_else(alloc::vec::Vec::new, |p| p.raw.to_vec()),
    };
    a.oid == b.oid && raw(a) == raw(b)
}

/// RFC 3161 §2.4.2 and RFC 5816: at least one signing-certificate attribute, and each that is
/// there names the signer.
fn certificate_binding(
    attributes: &SignedAttributes<'_>,
    signer: &Certificate<'_>,
    findings: &mut Findings,
) {
    let mut present = alloc::vec::Vec::new();
    for (id, version) in [
        (oid::SIGNING_CERTIFICATE, ess::Version::V1),
        (oid::SIGNING_CERTIFICATE_V2, ess::Version::V2),
    ] {
        if attributes
            .attributes
            .iter()
            .any(|attribute| attribute.id == id)
        {
            present.push(version);
            if let Some(value) = required(attributes, id, findings) {
                ess::check(version, &value, signer, findings);
            }
        }
    }
    match present.as_slice() {
        [] => findings.push(
            Code::EssCertIdMissing,
            "no signing certificate attribute is signed",
        ),
        [ess::Version::V1] => findings.push(
            Code::EssCertIdSha1,
            "signer's certificate is bound by its sha1 hash only",
        ),
        _ => {}
    }
}

fn signature(
    info: &SignerInfo<'_>,
    attributes: &SignedAttributes<'_>,
    digest: HashAlgorithm,
    signer: &Certificate<'_>,
    budget: &mut Budget,
    findings: &mut Findings,
) -> SignatureState {
    let name = oid::dotted(info.signature_algorithm.oid);
    let leave = budget.sha1();
    let algorithm = &info.signature_algorithm;
    let scheme = match Scheme::from_identifier(algorithm, Some(digest), leave) {
        Ok(scheme) => scheme,
        Err(refusal) => {
            let detail = alloc::format!("signature algorithm is {name}");
            findings.push(refusal_code(refusal), detail);
            return SignatureState::NotShown;
        }
    };
    // The attributes are hashed with the digest algorithm (RFC 5652 §5.4); a signature algorithm
    // that names another hash contradicts it.
    if scheme.digest_algorithm() != digest {
        let detail = alloc::format!(
            "digest algorithm is {digest}, signature algorithm {name} uses {}",
            scheme.digest_algorithm()
        );
        findings.push(Code::DigestAlgorithmMismatch, detail);
    }
    // As they were sent, and in the order of DER: some authorities sign the one and send the other.
    let (sent, sorted) = (attributes.signed_bytes(), attributes.sorted_bytes());
    for (bytes, is_again) in [(&sent, false), (&sorted, true)] {
        // In order already, the second try would be the first again.
        if (is_again && sent == sorted) || !budget.take() {
            break;
        }
        match signature::verify(signer.public_key(), scheme, bytes, info.signature) {
            SignatureCheck::Good => {
                if is_again {
                    let detail = "signature is over the signed attributes in the order of DER";
                    findings.push(Code::SignedAttributesReordered, detail);
                }
                return SignatureState::MatchesSigner;
            }
            SignatureCheck::Bad => {}
            SignatureCheck::KeyRefused(refusal) => {
                let detail = alloc::format!(
                    "signer `{}` has a key whose kind or size is not accepted",
                    signer.subject()
                );
                findings.push(refusal_code(refusal), detail);
                return SignatureState::NotShown;
            }
        }
    }
    let detail = alloc::format!(
        "signature does not match the key of signer `{}`",
        signer.subject()
    );
    findings.push(Code::SignatureMismatch, detail);
    SignatureState::NotShown
}

const fn refusal_code(refusal: Refusal) -> Code {
    match refusal {
        Refusal::Weak => Code::SignatureAlgorithmWeak,
        Refusal::Unsupported => Code::SignatureAlgorithmUnsupported,
    }
}
