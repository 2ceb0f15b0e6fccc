//! The signer: found by its identifier, once, and held to the profile of RFC 3161 §2.3.
//!
//! Every later check works on the certificate found here.
//! Nothing is ever picked by its position among the certificates of a token.

use alloc::string::String;
use alloc::vec::Vec;

use crate::certificate::{self, Certificate};
use crate::der::Element;
use crate::finding::{Code, Findings};
use crate::oid;
use crate::path::rules;
use crate::token::SignerId;

/// Finds the one certificate that `sid` names among `pool`.
///
/// Anyone can add a certificate to a token that claims the same issuer and serial number.
/// Where several match, `is_bound` decides: it tells whether the signed certificate reference is
/// that of a certificate, and a hash under the signature fits one certificate only.
pub(crate) fn find<'p, 'a>(
    sid: &SignerId<'_>,
    pool: &'p [Certificate<'a>],
    is_bound: impl Fn(&Certificate<'_>) -> bool,
    findings: &mut Findings,
) -> Option<&'p Certificate<'a>> {
    let mut matching: Vec<&Certificate<'_>> = pool.iter().filter(|c| is_named(sid, c)).collect();
    if matching.len() > 1 && matching.iter().any(|c| is_bound(c)) {
        matching.retain(|c| is_bound(c));
    }
    match matching.as_slice() {
        [signer] => Some(signer),
        [] => {
            let detail = alloc::format!(
                "none of {} certificates is the one that the signer's identifier names",
                pool.len()
            );
            findings.push(Code::SignerCertificateMissing, detail);
            None
        }
        several => {
            let detail = alloc::format!(
                "{} certificates have the signer's identifier",
                several.len()
            );
            findings.push(Code::SignerAmbiguous, detail);
            None
        }
    }
}

fn is_named(sid: &SignerId<'_>, certificate: &Certificate<'_>) -> bool {
    match sid {
        SignerId::IssuerAndSerial { issuer, serial } => {
            certificate.serial() == *serial && certificate.issuer_name().matches(issuer)
        }
        SignerId::SubjectKeyIdentifier(identifier) => {
            certificate.extensions().subject_key_identifier == Some(*identifier)
        }
    }
}

/// Holds the signer's certificate to the profile of a time-stamp authority.
pub(crate) fn check(signer: &Certificate<'_>, gen_time_seconds: i64, findings: &mut Findings) {
    rules::validity(signer, gen_time_seconds, findings);
    rules::extensions(signer, findings);
    purpose(signer, findings);
    let extensions = signer.extensions();
    let is_ca = extensions
        .basic_constraints
        .is_some_and(|constraints| constraints.ca);
    let signs_certificates = extensions
        .key_usage
        .is_some_and(|u| u.may_sign_certificates());
    if is_ca || signs_certificates {
        let detail = alloc::format!("signer `{}` may issue certificates", signer.subject());
        findings.push(Code::SignerIsCa, detail);
    }
    if extensions
        .key_usage
        .is_some_and(|usage| !usage.may_sign_content())
    {
        let detail = alloc::format!(
            "signer `{}` has neither digitalSignature nor nonRepudiation",
            signer.subject()
        );
        findings.push(Code::SignerKeyUsage, detail);
    }
}

/// RFC 3161 §2.3: the certificate has one extended key usage, critical, whose only purpose is
/// `id-kp-timeStamping`.
fn purpose(signer: &Certificate<'_>, findings: &mut Findings) {
    let subject = signer.subject();
    let Some(purposes) = &signer.extensions().purposes else {
        let detail = alloc::format!("signer `{subject}` has no extended key usage");
        findings.push(Code::SignerPurposeMissing, detail);
        return;
    };
    if !purposes.ids.contains(&oid::TIME_STAMPING) {
        let detail = alloc::format!("signer `{subject}` has no purpose 1.3.6.1.5.5.7.3.8");
        findings.push(Code::SignerPurposeMissing, detail);
    } else if purposes.ids.len() > 1 {
        let listed: Vec<String> = purposes.ids.iter().map(|id| oid::dotted(id)).collect();
        let detail = alloc::format!("signer `{subject}` has purposes {}", listed.join(", "));
        findings.push(Code::SignerPurposeNotSole, detail);
    }
    if !purposes.critical {
        let detail =
            alloc::format!("signer `{subject}` has an extended key usage that is not critical");
        findings.push(Code::SignerPurposeNotCritical, detail);
    }
}

/// RFC 3161 §2.4.2: the `tsa` field, if present, is one of the subject names of the certificate.
pub(crate) fn check_tsa_name(tsa: &Element<'_>, signer: &Certificate<'_>, findings: &mut Findings) {
    let alternatives = &signer.extensions().subject_alt_names;
    let matches = match certificate::directory_name(tsa) {
        Ok(Some(name)) => {
            signer.subject_name().matches(&name)
                || alternatives.iter().any(|other| {
                    certificate::directory_name(other)
                        .is_ok_and(|other| other.is_some_and(|other| other.matches(&name)))
                })
        }
        _ => alternatives.iter().any(|other| other.raw == tsa.raw),
    };
    if !matches {
        let claimed = match certificate::directory_name(tsa) {
            Ok(Some(name)) => alloc::format!("{name}"),
            _ => crate::hex::encode(tsa.raw),
        };
        let detail = alloc::format!(
            "token names `{claimed}`, signer's certificate names `{}`",
            signer.subject()
        );
        findings.push(Code::TsaNameMismatch, detail);
    }
}
