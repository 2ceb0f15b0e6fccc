//! The statuses of a path turned into findings about one token.

use alloc::vec::Vec;

use super::{CertificateRevocation, RevocationEvidence, RevocationStatus, TokenStanding, look_up};
use crate::certificate::Certificate;
use crate::digest::Sha1Leave;
use crate::finding::{Code, Findings};
use crate::path::CertificationPath;
use crate::time::rfc3339;

/// Looks up the path of a token and says what follows for it.
///
/// The certificates of `pool` are candidates for the signers of lists and answers, beside those of
/// the evidence.
pub(crate) fn judge(
    path: &CertificationPath,
    pool: &[Certificate<'_>],
    evidence: &RevocationEvidence<'_>,
    times: Times,
    sha1: Sha1Leave,
    findings: &mut Findings,
) -> Vec<CertificateRevocation> {
    if evidence.is_empty() {
        let certificates = [&path.signer].into_iter().chain(&path.intermediates);
        return certificates
            .filter(|certificate| certificate.fingerprint != path.anchor.fingerprint)
            .map(|certificate| CertificateRevocation {
                certificate: certificate.clone(),
                status: RevocationStatus::NotChecked,
            })
            .collect();
    }
    let mut certificates: Vec<&[u8]> = evidence.certificates.to_vec();
    certificates.extend(pool.iter().map(Certificate::der));
    let evidence = RevocationEvidence {
        certificates: &certificates,
        ..*evidence
    };
    let report = look_up(path, &evidence, times.gen_time_seconds, sha1);
    findings.0.extend(report.findings);
    for one in &report.certificates {
        explain(one, times, findings);
    }
    report.certificates
}

/// The token's time, and the earliest independent proof that it existed, in seconds since 1970.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    pub(crate) gen_time_seconds: i64,
    pub(crate) proof_seconds: Option<i64>,
}

fn explain(one: &CertificateRevocation, times: Times, findings: &mut Findings) {
    let standing = TokenStanding::of(&one.status, times.gen_time_seconds, times.proof_seconds);
    let code = match standing {
        TokenStanding::NotChecked | TokenStanding::Good => return,
        TokenStanding::GoodBeforeRevocation | TokenStanding::GoodByEarlierProof => {
            Code::CertificateRevokedSince
        }
        TokenStanding::StatusUnknown => Code::RevocationUnknown,
        TokenStanding::KeyCompromised => Code::CertificateKeyCompromised,
        TokenStanding::AfterRevocation => Code::CertificateRevoked,
    };
    let subject = &one.certificate.subject;
    let detail = match &one.status {
        RevocationStatus::Revoked(revocation) => {
            let reason = revocation.reason.map_or("no reason", |r| r.as_str());
            let proof = match times.proof_seconds {
                Some(proof) if standing == TokenStanding::GoodByEarlierProof => {
                    alloc::format!(", and a proof that it existed from {}", rfc3339(proof))
                }
                _ => alloc::string::String::new(),
            };
            alloc::format!(
                "certificate `{subject}` was revoked at {} ({reason}), the token's time is {}{proof}",
                rfc3339(revocation.at),
                rfc3339(times.gen_time_seconds)
            )
        }
        RevocationStatus::Unknown { why } => {
            alloc::format!("certificate `{subject}`: {}", why.as_str())
        }
        RevocationStatus::NotChecked | RevocationStatus::Good { .. } => return,
    };
    findings.push(code, detail);
}
