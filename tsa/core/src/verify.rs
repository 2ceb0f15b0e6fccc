//! The verification of one token: every rule, one report.
//!
//! [`verify`] cannot fail: bytes that are not a token are a finding like any other.
//! It runs every check that still makes sense, so that a report lists all that is wrong and not
//! only the first thing.
//!
//! It never reads a clock: a token is judged at its own time, because a stamping unit's
//! certificate is meant to expire long before the evidence does.

use alloc::vec::Vec;

use crate::certificate::Certificate;
use crate::digest::{HashAlgorithm, Imprint};
use crate::finding::{Code, Findings, Severity};
use crate::limits::MAX_CERTIFICATES;
use crate::oid;
use crate::path::{self, Budget};
use crate::response::Response;
use crate::revocation;
use crate::signer;
use crate::token::Token;
use crate::trust_anchor::TrustAnchor;

mod opened;
mod options;
mod report;
mod signed;
mod statement;
mod token_chain;
mod trust;
mod verified;

pub use options::{Expected, Options, Sha1Use};
pub use report::{EmbeddedRevocation, Encoding, Outcome, Report, RevocationFormat, SignatureState};
pub use token_chain::TokenChain;
pub use trust::AlgorithmEnd;
pub use verified::VerifiedToken;

/// Verifies a response or a bare token, in DER or in BER.
///
/// `expected` is what it should stamp, `anchors` the roots that the caller trusts, `options` what
/// else is known and asked.
#[must_use]
pub fn verify(
    bytes: &[u8],
    expected: Expected<'_>,
    anchors: &[TrustAnchor],
    options: &Options<'_>,
) -> Report {
    let mut report = Report::new();
    let mut findings = Findings::default();
    let converted = opened::converted(bytes);
    if let Some(converted) = &converted {
        report.encoding = Encoding::Ber;
        let detail = "the bytes are BER and were converted to DER";
        findings.push(Code::EncodingBer, detail);
        if converted.padding_bytes > 0 {
            let count = converted.padding_bytes;
            let detail = alloc::format!("{count} zero bytes follow the token");
            findings.push(Code::PaddingSkipped, detail);
        }
    }
    run(
        converted.as_ref().map_or(bytes, |converted| &converted.der),
        expected,
        anchors,
        options,
        &mut report,
        &mut findings,
    );
    report.findings = findings.0;
    report
}

/// The X.509 certificates inside a response or bare token, in DER or in BER, as raw bytes.
///
/// Nobody signed that they are there, and none is trusted. A caller that knows a root by its digest
/// only may find the bytes here, and makes the anchor itself. Empty if the bytes are not a token.
#[must_use]
pub fn embedded_certificates(bytes: &[u8]) -> Vec<Vec<u8>> {
    let converted = opened::converted(bytes);
    let bytes = converted.as_ref().map_or(bytes, |converted| &converted.der);
    let token = Response::parse(bytes).ok().and_then(|found| found.token());
    let token = token.and_then(|bytes| Token::parse(bytes).ok());
    let certificates = token.map(|token| token.certificates).unwrap_or_default();
    let kept = certificates.iter().take(MAX_CERTIFICATES);
    kept.map(|der| der.to_vec()).collect()
}

fn run(
    bytes: &[u8],
    expected: Expected<'_>,
    anchors: &[TrustAnchor],
    options: &Options<'_>,
    report: &mut Report,
    findings: &mut Findings,
) {
    let Some((token, tst)) = opened::open(bytes, findings) else {
        return;
    };
    let claims = tst.to_claims();
    report.claims = Some(claims.clone());
    statement::check(&tst, expected, options, findings);
    report.revocation = left_aside(&token, findings);
    if !report.revocation.is_empty() {
        let certificates = token.certificates.iter();
        report.embedded_certificates = certificates.map(|der| der.to_vec()).collect();
    }

    let pool = certificates(&token, options.certificates, findings);
    let [signer_info] = token.signers.as_slice() else {
        let detail = alloc::format!("token has {} signers, not one", token.signers.len());
        findings.push(Code::SignerCountWrong, detail);
        return;
    };
    let binding = |candidate: &Certificate<'_>| signed::binding(signer_info, candidate);
    let signer = signer::find(&signer_info.sid, &pool, binding, findings);
    report.signer = signer.map(Certificate::summary);
    let mut budget = Budget::with_sha1(options.sha1(Sha1Use::Signature));
    let mut uses = trust::Uses::of_token(&tst, signer_info);
    report.signature = signed::check(
        &token,
        signer_info,
        signer,
        options,
        &mut budget,
        &mut uses,
        findings,
    );
    let at = tst.gen_time.unix_seconds();
    let Some(signer) = signer else {
        uses.check(at, options, findings);
        return;
    };
    signer::check(signer, at, findings);
    if let Some(tsa) = &tst.tsa {
        signer::check_tsa_name(tsa, signer, findings);
    }
    let rules = &options.path_rules;
    let path = path::find(signer, &pool, anchors, at, rules, &mut budget, findings);
    if let Some(path) = &path {
        uses.add_path(path, &pool, anchors);
        let times = revocation::Times {
            gen_time_seconds: at,
            proof_seconds: options.existed_at,
        };
        let (evidence, sha1) = (&options.revocation, budget.sha1());
        report.certificates = revocation::judge(path, &pool, evidence, times, sha1, findings);
    }
    uses.check(at, options, findings);
    // The one place where a token becomes a verified one: a path, a signature, and no finding
    // that weighs anything.
    if let Some(path) = path
        && let Some(imprint) = claims.imprint.clone()
        && report.signature == SignatureState::MatchesSigner
        && findings.worst() == Severity::Note
    {
        report.verified = Some(VerifiedToken::new(
            claims,
            imprint,
            path,
            uses.first_end(options),
        ));
    }
}

/// The imprint that a token claims to stamp, if it is one that is computed here.
pub(crate) fn imprint(token: &[u8]) -> Option<Imprint> {
    let (_, tst) = opened::open(token, &mut Findings::default())?;
    tst.to_claims().imprint
}

/// The `AlgorithmIdentifier` of that imprint in DER, as it stands.
pub(crate) fn imprint_algorithm_der(token: &[u8]) -> Option<Vec<u8>> {
    let (_, tst) = opened::open(token, &mut Findings::default())?;
    Some(tst.imprint.algorithm.raw.to_vec())
}

/// Its algorithm.
pub(crate) fn imprint_algorithm(token: &[u8]) -> Option<HashAlgorithm> {
    imprint(token).map(|imprint| imprint.algorithm())
}

/// Names what the token carries and nothing here rests on, and copies its revocation data.
fn left_aside(token: &Token<'_>, findings: &mut Findings) -> Vec<EmbeddedRevocation> {
    if token.other_certificates > 0 {
        let detail = alloc::format!(
            "{} of the certificate set are not X.509 certificates and were left out",
            token.other_certificates
        );
        findings.push(Code::CertificateFormSkipped, detail);
    }
    if !token.revocation.is_empty() {
        let detail = alloc::format!(
            "token carries {} items of revocation data",
            token.revocation.len()
        );
        findings.push(Code::RevocationDataInToken, detail);
    }
    token
        .revocation
        .iter()
        .map(|item| EmbeddedRevocation {
            format: match item.other_format {
                None => RevocationFormat::Crl,
                Some(id) => RevocationFormat::Other(oid::dotted(id)),
            },
            der: item.der.to_vec(),
        })
        .collect()
}

/// Reads the certificates of the token and those beside it, each once.
fn certificates<'a>(
    token: &Token<'a>,
    beside: &[&'a [u8]],
    findings: &mut Findings,
) -> Vec<Certificate<'a>> {
    let mut pool: Vec<Certificate<'_>> = Vec::new();
    for der in token.certificates.iter().chain(beside) {
        if pool.iter().any(|known| known.der() == *der) {
            continue;
        }
        if pool.len() == MAX_CERTIFICATES {
            let detail = alloc::format!("more than {MAX_CERTIFICATES} certificates, rest left out");
            findings.push(Code::CertificateUnreadable, detail);
            break;
        }
        match Certificate::parse(der) {
            Ok(certificate) => pool.push(certificate),
            Err(error) => {
                findings.push(
                    Code::CertificateUnreadable,
                    alloc::format!("certificate: {error}"),
                );
            }
        }
    }
    pool
}
