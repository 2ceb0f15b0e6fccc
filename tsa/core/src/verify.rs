//! The verification of one token: every rule, one report.
//!
//! [`verify`] cannot fail: bytes that are not a token are a finding like any other.
//! It runs every check that still makes sense, so that a report lists all that is wrong and not
//! only the first thing.
//!
//! It never reads a clock: a token is judged at its own time, because a stamping unit's
//! certificate is meant to expire long before the evidence does.
// Limit: revocation is not looked at. A signer whose key was stolen before `genTime` verifies
// here as long as its certificate had not expired; CRLs and OCSP responses belong after
// `path::find`, where the certificates of the path are known.

use alloc::vec::Vec;

use crate::certificate::{Certificate, CertificateSummary};
use crate::digest::{HashAlgorithm, Imprint, Refusal};
use crate::error::{Error, ErrorKind};
use crate::finding::{Code, Finding, Findings, Severity};
use crate::limits::MAX_CERTIFICATES;
use crate::oid;
use crate::path::{self, Budget, PathRules};
use crate::request::{Request, RequestedImprint, strip_zeros};
use crate::response::Response;
use crate::signer;
use crate::token::Token;
use crate::trust_anchor::TrustAnchor;
use crate::tst_info::{Claims, TstInfo};

mod signed;
mod verified;

pub use verified::VerifiedToken;

/// What the token is expected to stamp.
#[derive(Clone, Copy, Debug)]
pub enum Expected<'a> {
    /// This imprint, and no other.
    Imprint(&'a Imprint),
    /// Nothing is known; the report says that nothing was compared, and the caller compares the
    /// imprint of the [`VerifiedToken`].
    NotGiven,
}

/// What else is known about a token.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// The request that the token answers, as it was sent: nonce, imprint and policy are compared.
    pub request: Option<&'a [u8]>,
    /// Certificates in DER that may help to build a path. They are not trusted.
    pub certificates: &'a [&'a [u8]],
    /// What the path must satisfy beside the fixed rules: purposes and policies.
    pub path_rules: PathRules<'a>,
}

/// What a verification came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every rule holds, and a path leads to a root that the caller gave.
    Valid,
    /// Nothing is shown to be wrong, but something needed was not there or is not understood.
    Indeterminate,
    /// The token is broken, or breaks its profile.
    Invalid,
}

impl Outcome {
    /// The outcome in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Indeterminate => "indeterminate",
            Self::Invalid => "invalid",
        }
    }
}

/// What was found in one token, and what it claims.
#[derive(Clone, Debug)]
pub struct Report {
    findings: Vec<Finding>,
    claims: Option<Claims>,
    signer: Option<CertificateSummary>,
    signature: SignatureState,
    verified: Option<VerifiedToken>,
}

/// Whether the token's signature was checked, whoever made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureState {
    /// It was not, or it did not match.
    NotShown,
    /// It matches the certificate that the signer's identifier names; this says nothing about
    /// trust.
    MatchesSigner,
}

impl Report {
    /// The outcome: the weight of the worst finding.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        if self.verified.is_some() {
            return Outcome::Valid;
        }
        match self
            .findings
            .iter()
            .map(|finding| finding.code().severity())
            .max()
        {
            Some(Severity::Failed) => Outcome::Invalid,
            _ => Outcome::Indeterminate,
        }
    }

    /// Everything found, in the order of the checks.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What the token says of itself, as far as it could be read. Claims, not facts.
    #[must_use]
    pub const fn claims(&self) -> Option<&Claims> {
        self.claims.as_ref()
    }

    /// The certificate that the signer's identifier names. A claim, until there is a
    /// [`VerifiedToken`].
    #[must_use]
    pub const fn signer(&self) -> Option<&CertificateSummary> {
        self.signer.as_ref()
    }

    /// Whether the token's signature matches the signer's certificate.
    #[must_use]
    pub const fn signature(&self) -> SignatureState {
        self.signature
    }

    /// The proof that the token is valid.
    #[must_use]
    pub const fn verified(&self) -> Option<&VerifiedToken> {
        self.verified.as_ref()
    }

    /// The proof that the token is valid, without the rest of the report.
    #[must_use]
    pub fn into_verified(self) -> Option<VerifiedToken> {
        self.verified
    }
}

/// Verifies a response or a bare token.
#[must_use]
pub fn verify(
    bytes: &[u8],
    expected: Expected<'_>,
    anchors: &[TrustAnchor],
    options: &Options<'_>,
) -> Report {
    let mut report = Report {
        findings: Vec::new(),
        claims: None,
        signer: None,
        signature: SignatureState::NotShown,
        verified: None,
    };
    let mut findings = Findings::default();
    run(
        bytes,
        expected,
        anchors,
        options,
        &mut report,
        &mut findings,
    );
    report.findings = findings.0;
    report
}

fn run(
    bytes: &[u8],
    expected: Expected<'_>,
    anchors: &[TrustAnchor],
    options: &Options<'_>,
    report: &mut Report,
    findings: &mut Findings,
) {
    let Some((token, tst)) = open(bytes, findings) else {
        return;
    };
    let claims = tst.to_claims();
    report.claims = Some(claims.clone());
    check_imprint(&tst, expected, findings);
    check_request(&tst, options.request, findings);
    for id in &tst.critical_extensions {
        let detail = alloc::format!("token has critical extension {}", oid::dotted(id));
        findings.push(Code::TstExtensionCritical, detail);
    }

    let pool = certificates(&token, options.certificates, findings);
    let [signer_info] = token.signers.as_slice() else {
        let detail = alloc::format!("token has {} signers, not one", token.signers.len());
        findings.push(Code::SignerCountWrong, detail);
        return;
    };
    let is_bound = |candidate: &Certificate<'_>| signed::is_bound(signer_info, candidate);
    let signer = signer::find(&signer_info.sid, &pool, is_bound, findings);
    report.signer = signer.map(Certificate::summary);
    let mut budget = Budget::new();
    report.signature = signed::check(&token, signer_info, signer, &mut budget, findings);
    let Some(signer) = signer else {
        return;
    };
    let at = tst.gen_time.unix_seconds();
    signer::check(signer, at, findings);
    if let Some(tsa) = &tst.tsa {
        signer::check_tsa_name(tsa, signer, findings);
    }
    let rules = &options.path_rules;
    let path = path::find(signer, &pool, anchors, at, rules, &mut budget, findings);
    // The one place where a token becomes a verified one: a path, a signature, and no finding
    // that weighs anything.
    if let Some(path) = path
        && let Some(imprint) = claims.imprint.clone()
        && report.signature == SignatureState::MatchesSigner
        && findings.worst() == Severity::Note
    {
        report.verified = Some(VerifiedToken::new(claims, imprint, path));
    }
}

/// Takes response and token apart as far as the `TSTInfo`.
fn open<'a>(bytes: &'a [u8], findings: &mut Findings) -> Option<(Token<'a>, TstInfo<'a>)> {
    let response = match Response::parse(bytes) {
        Ok(response) => response,
        Err(error) => return unreadable("response", &error, findings),
    };
    if let Some(status) = response.status()
        && !status.is_granted()
    {
        findings.push(Code::StatusNotGranted, alloc::format!("status is {status}"));
    }
    let Some(token) = response.token() else {
        findings.push(Code::TokenMissing, "response carries no token");
        return None;
    };
    let token = match Token::parse(token) {
        Ok(token) => token,
        Err(error) => return unreadable("token", &error, findings),
    };
    if token.content_type != oid::TST_INFO {
        let detail = alloc::format!(
            "content type is {}, that of a TSTInfo is {}",
            oid::dotted(token.content_type),
            oid::dotted(oid::TST_INFO)
        );
        findings.push(Code::ContentTypeUnexpected, detail);
        return None;
    }
    let Some(content) = token.content else {
        findings.push(Code::ContentMissing, "token carries no content");
        return None;
    };
    match TstInfo::parse(content) {
        Ok(tst) => Some((token, tst)),
        Err(error) => unreadable("TSTInfo", &error, findings),
    }
}

fn unreadable<T>(what: &str, error: &Error, findings: &mut Findings) -> Option<T> {
    let code = match error.kind() {
        ErrorKind::LengthIndefinite => Code::EncodingNotDer,
        _ => Code::Malformed,
    };
    findings.push(code, alloc::format!("{what}: {error}"));
    None
}

/// RFC 3161 §2.4.2: the imprint is that of the request, its length matches its algorithm.
fn check_imprint(tst: &TstInfo<'_>, expected: Expected<'_>, findings: &mut Findings) {
    let claimed = &tst.imprint;
    let algorithm = match HashAlgorithm::from_identifier(&claimed.algorithm) {
        Ok(algorithm) => algorithm,
        Err(refusal) => {
            let code = match refusal {
                Refusal::Weak => Code::ImprintAlgorithmWeak,
                Refusal::Unsupported => Code::ImprintAlgorithmUnsupported,
            };
            let name = oid::dotted(claimed.algorithm.oid);
            findings.push(code, alloc::format!("imprint algorithm is {name}"));
            return;
        }
    };
    let Some(claimed) = Imprint::new(algorithm, claimed.digest) else {
        let detail = alloc::format!(
            "imprint has {} bytes, {algorithm} has {}",
            claimed.digest.len(),
            algorithm.digest_bytes()
        );
        findings.push(Code::ImprintLengthWrong, detail);
        return;
    };
    match expected {
        Expected::Imprint(computed) if *computed == claimed => {}
        Expected::Imprint(computed) => {
            let detail = alloc::format!("imprint claims {claimed}, computed {computed}");
            findings.push(Code::ImprintMismatch, detail);
        }
        Expected::NotGiven => {
            let detail = alloc::format!("imprint {claimed} was compared with nothing");
            findings.push(Code::ImprintNotCompared, detail);
        }
    }
}

/// Compares the token with the request that was kept (RFC 3161 §2.4.2: nonce, imprint, policy).
fn check_request(tst: &TstInfo<'_>, request: Option<&[u8]>, findings: &mut Findings) {
    let Some(request) = request else {
        return;
    };
    let request = match Request::parse(request) {
        Ok(request) => request,
        Err(error) => {
            findings.push(Code::RequestUnreadable, alloc::format!("request: {error}"));
            return;
        }
    };
    if let Some(sent) = request.nonce() {
        let sent_hex = crate::hex::encode(sent);
        match tst.nonce.map(strip_zeros) {
            Some(claimed) if claimed == sent => {}
            Some(claimed) => {
                let claimed = crate::hex::encode(claimed);
                let detail = alloc::format!("nonce claims {claimed}, request has {sent_hex}");
                findings.push(Code::NonceMismatch, detail);
            }
            None => {
                let detail = alloc::format!("nonce is absent, request has {sent_hex}");
                findings.push(Code::NonceMismatch, detail);
            }
        }
    }
    let matches = match request.imprint() {
        RequestedImprint::Known(imprint) => {
            imprint.algorithm().oid() == tst.imprint.algorithm.oid
                && imprint.digest() == tst.imprint.digest
        }
        _ => false,
    };
    if !matches {
        let claimed = crate::hex::encode(tst.imprint.digest);
        let detail = alloc::format!("imprint {claimed} is not the one that was requested");
        findings.push(Code::ImprintMismatch, detail);
    }
    if let Some(asked) = request.policy_oid()
        && asked != tst.policy
    {
        let (claimed, asked) = (oid::dotted(tst.policy), oid::dotted(asked));
        findings.push(
            Code::PolicyMismatch,
            alloc::format!("policy is {claimed}, request asked for {asked}"),
        );
    }
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
