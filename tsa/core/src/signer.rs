//! The signer: found by its identifier, once, and held to the profile of RFC 3161 §2.3.
//!
//! Every later check works on the certificate found here.
//! Nothing is ever picked by its position among the certificates of a token.

use alloc::string::String;
use alloc::vec::Vec;

use crate::certificate::{self, Certificate};
use crate::der::Element;
use crate::finding::{Code, Findings, Severity};
use crate::oid;
use crate::path::rules;
use crate::token::SignerId;

/// Finds the one certificate that `sid` names among `pool`.
///
/// Anyone can add a certificate to a token that claims the same issuer and serial number.
/// Where several match, `binding` decides: it gives what stands against the signed certificate
/// reference being that of a certificate, and a hash under the signature fits one certificate only.
pub(crate) fn find<'p, 'a>(
    sid: &SignerId<'_>,
    pool: &'p [Certificate<'a>],
    binding: impl Fn(&Certificate<'_>) -> Findings,
    findings: &mut Findings,
) -> Option<&'p Certificate<'a>> {
    let matching: Vec<&Certificate<'_>> = pool.iter().filter(|c| is_named(sid, c)).collect();
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
        several => decide(several, binding, findings),
    }
}

/// The one of several certificates that the signed reference names.
///
/// Neither the identifier nor the certificates are signed, so that there are several is nothing
/// against a token; RFC 5035 §4 has the signed reference say whose the signature is.
/// If it is that of none, each would be refused for what stands against it, and the token is
/// refused for the same. If it is that of several, which takes a collision of its hash, nothing is
/// shown to be wrong, and nothing to be right.
fn decide<'p, 'a>(
    several: &[&'p Certificate<'a>],
    binding: impl Fn(&Certificate<'_>) -> Findings,
    findings: &mut Findings,
) -> Option<&'p Certificate<'a>> {
    let mut bound = Vec::new();
    let mut against = Findings::default();
    for candidate in several {
        let found = binding(candidate);
        if found.worst() == Severity::Note {
            bound.push(*candidate);
        } else {
            against.add_new(found);
        }
    }
    if let [signer] = bound.as_slice() {
        return Some(signer);
    }
    let detail = alloc::format!(
        "{} certificates have the signer's identifier, {} of them the signed reference",
        several.len(),
        bound.len()
    );
    findings.push(Code::SignerAmbiguous, detail);
    if bound.is_empty() {
        findings.add_new(against);
    }
    None
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Key, Template};

    /// With a hash that can be made to collide, the signed reference fits two certificates: which
    /// of them signed is then not known, and neither is taken.
    #[test]
    fn a_reference_that_fits_two_certificates_names_neither() {
        let ders = [1, 2].map(|key| Template::new(("unit", Key(key)), ("ca", Key(3))).make());
        let pool: Vec<Certificate<'_>> = ders
            .iter()
            .map(|der| Certificate::parse(der).unwrap())
            .collect();
        let sid = SignerId::IssuerAndSerial {
            issuer: *pool[0].issuer_name(),
            serial: pool[0].serial(),
        };
        let refused = |candidate: &Certificate<'_>, bound: &[&[u8]]| {
            let mut findings = Findings::default();
            if !bound.contains(&candidate.der()) {
                findings.push(Code::EssCertIdMismatch, "another");
            }
            findings
        };
        let check = |bound: &[&[u8]], want: &[Code]| {
            let mut findings = Findings::default();
            let signer = find(&sid, &pool, |c| refused(c, bound), &mut findings);
            let codes: Vec<Code> = findings.0.iter().map(|finding| finding.code()).collect();
            assert_eq!(codes, want);
            (signer.map(|signer| signer.der().to_vec()), findings.worst())
        };
        let (first, second) = (ders[0].as_slice(), ders[1].as_slice());
        assert_eq!(
            check(&[second], &[]),
            (Some(ders[1].clone()), Severity::Note)
        );
        let several = check(&[first, second], &[Code::SignerAmbiguous]);
        assert_eq!(several, (None, Severity::Indeterminate));
        let none = check(&[], &[Code::SignerAmbiguous, Code::EssCertIdMismatch]);
        assert_eq!(none, (None, Severity::Failed));
    }
}
