//! Tokens and brackets: which authority bounds which entry (`docs/format.md` §12).
//!
//! Tokens are verified as they are read, each for itself. Which of them count is settled when all
//! is read, because a later revocation list may speak against an earlier token, and a later token
//! for it.
//!
//! ```text
//! timestamp/tokens.rs      the tokens, until all is read
//! timestamp/shelf.rs       certificates, revocation lists and OCSP responses of all checkpoints
//! timestamp/revocation.rs  what they say of the certificates under the tokens
//! timestamp/proof.rs       which later token shows that an earlier one existed
//! timestamp/settle.rs      which tokens count
//! timestamp/voices.rs      which of them are independent of each other
//! timestamp/bracket.rs     between which times the entries were made
//! ```

mod bracket;
mod limits;
mod proof;
mod revocation;
mod settle;
mod shelf;
mod tokens;
mod voices;

use std::panic::resume_unwind;

use proofline_format::digest::Hash;
use proofline_tsa::{
    AlgorithmEnd, Claims, Code as TsaCode, Encoding, Expected, HashAlgorithm, Imprint, Options,
    Request, Response, Severity as TsaSeverity, VerifiedToken, rfc3339_micros,
};

pub(crate) use self::bracket::{Bound, check_brackets};
pub(crate) use self::tokens::Tokens;
use self::voices::{Mark, marks};
pub(crate) use self::voices::{Voice, Voices};
use crate::finding::{Code, Place, Severity};
use crate::policy::{Policy, Refusal};
use crate::report::{Report, TokenDetail, TokenReport};
use crate::trust::{self, Judgement, Rung};

const MICROS_PER_SECOND: i64 = 1_000_000;

/// A token to be judged.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) size: u64,
    pub(crate) sha256: Hash,
    pub(crate) bytes: Vec<u8>,
    /// Requests that were kept for the same size.
    pub(crate) requests: Vec<Vec<u8>>,
    /// Certificates that were kept for the same size. They help to build a path and are not trusted.
    pub(crate) certificates: Vec<Vec<u8>>,
    /// What it must stamp; `None` where the entry is not in the bundle.
    pub(crate) imprint: Option<Hash>,
    /// The entry whose evidence lists it.
    pub(crate) listed_at: Option<u64>,
}

/// What became of a token.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) size: u64,
    pub(crate) listed_at: Option<u64>,
    /// What it rests on, if a path leads to a given root and nothing is wrong with it. Taken away
    /// where it does not count in the end.
    verified: Option<Verified>,
    /// A mark of the token that shows that this one is older than the compromise of its key.
    saver: Option<Mark>,
    findings: Vec<(Code, String)>,
    token: TokenReport,
    /// Whether further certificates might help.
    wants_certificates: bool,
    /// What the token core says, for as long as something in it is to be kept.
    core: Option<Box<proofline_tsa::Report>>,
}

/// A token that leads to a given root, whether or not the policy trusts that root for it: what is
/// known against a key does not depend on it.
#[derive(Debug)]
struct Verified {
    /// The number of its path.
    path: usize,
    /// Earliest and latest time that it allows, in microseconds.
    bounds: (i64, i64),
    gen_time_seconds: i64,
    algorithm_end: Option<AlgorithmEnd>,
    /// By which it is told from tokens of others; none if the policy does not trust it.
    marks: Vec<Mark>,
}

impl Verified {
    const fn is_trusted(&self) -> bool {
        !self.marks.is_empty()
    }
}

/// Judges tokens on the policy's threads, with further certificates that may help.
fn judge(jobs: &[Job], beside: &[&[u8]], policy: &Policy) -> Vec<Judged> {
    let share = jobs.len().div_ceil(policy.threads.max(1)).max(1);
    if policy.threads <= 1 || jobs.len() < 2 {
        return jobs
            .iter()
            .map(|job| judge_one(job, beside, policy))
            .collect();
    }
    std::thread::scope(|scope| {
        let threads: Vec<_> = jobs
            .chunks(share)
            .map(|jobs| {
                let judge_share = move || {
                    jobs.iter()
                        .map(|job| judge_one(job, beside, policy))
                        .collect::<Vec<_>>()
                };
                scope.spawn(judge_share)
            })
            .collect();
        threads
            .into_iter()
            // A panic must not lose findings: it goes on in the caller.
            .flat_map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    })
}

fn judge_one(job: &Job, beside: &[&[u8]], policy: &Policy) -> Judged {
    let imprint = job
        .imprint
        .and_then(|hash| Imprint::new(HashAlgorithm::Sha256, &hash.0));
    let expected = imprint
        .as_ref()
        .map_or(Expected::NotGiven, Expected::Imprint);
    let own = job.certificates.iter().map(Vec::as_slice);
    let certificates: Vec<&[u8]> = own.chain(beside.iter().copied()).collect();
    let options = Options {
        certificates: &certificates,
        ..Options::default()
    };
    let judgement = trust::judge(&job.bytes, expected, policy, &options);
    let result = &judgement.report;
    let mut findings = findings_of(job, result, policy);
    check_forms(job, result.encoding(), &mut findings);
    let claims = result.claims();
    check_request(job, claims, &mut findings);
    let leading = result.verified().filter(|_| findings.is_empty());
    check_authority(job, &judgement, &mut findings);
    let verified = judgement.trusted().filter(|_| findings.is_empty());
    note_authority(job, &judgement, policy, &mut findings);
    let now = policy.time_micros;
    if let Some(token) = verified
        && now.is_some_and(|now| token.lower_micros() > now)
    {
        let text = format!("token {} is of {}", job.sha256, token.gen_time());
        findings.push((Code::TimestampInFuture, text));
    }
    Judged {
        size: job.size,
        listed_at: job.listed_at,
        verified: leading.map(|token| Verified {
            path: usize::MAX,
            bounds: (token.lower_micros(), token.upper_micros()),
            gen_time_seconds: token.gen_time().unix_seconds(),
            algorithm_end: token.algorithm_end(),
            marks: verified
                .zip(judgement.by)
                .map_or_else(Vec::new, |(token, by)| marks(by, token)),
        }),
        saver: None,
        wants_certificates: policy.has_tsa_roots() && wants_certificates(&judgement),
        token: token_report(job, &judgement, &findings, verified, policy),
        findings,
        core: Some(Box::new(judgement.report)),
    }
}

/// Whether a certificate at another checkpoint might lead it to a root that is trusted for it.
fn wants_certificates(judgement: &Judgement) -> bool {
    let mut codes = judgement.report.findings().iter().map(|one| one.code());
    let lacks = codes.any(|code| {
        matches!(
            code,
            // No root to try: the certificate of one that was given by its fingerprint may come.
            TsaCode::PathNotFound
                | TsaCode::SignerCertificateMissing
                | TsaCode::TrustAnchorNotGiven
        )
    });
    lacks || !judgement.refusals.is_empty()
}

fn token_report(
    job: &Job,
    judgement: &Judgement,
    findings: &[(Code, String)],
    verified: Option<&VerifiedToken>,
    policy: &Policy,
) -> TokenReport {
    let claims = judgement.report.claims();
    let signer = judgement.report.signer();
    TokenReport {
        size: job.size,
        sha256: job.sha256,
        trusted: verified.is_some(),
        gen_time: claims.map(|claims| claims.gen_time.to_string()),
        signer: signer.map(|signer| signer.subject.clone()),
        root_fingerprint: verified.map(|token| token.anchor().fingerprint_hex()),
        rung: rung_of(judgement, findings, verified.is_some()),
        authority: verified.and_then(|_| judgement.authority(policy)),
        detail: TokenDetail {
            root_came_along: verified.is_some() && judgement.root_came_along(policy),
            qualification: judgement.qualification.clone(),
            ..detail_of(job, claims, verified)
        },
    }
}

/// What the token core found that decides something.
fn findings_of(job: &Job, result: &proofline_tsa::Report, policy: &Policy) -> Vec<(Code, String)> {
    let translate = |finding: &proofline_tsa::Finding| {
        let code = code_of(finding.code(), policy)?;
        if code == Code::TimestampNoRoot {
            // Without any root there is one finding for all tokens, not one for each.
            return None;
        }
        let (sha256, size) = (job.sha256, job.size);
        let (name, detail) = (finding.code().as_str(), finding.detail());
        Some((
            code,
            format!("token {sha256} for size {size}: {name}: {detail}"),
        ))
    };
    result.findings().iter().filter_map(translate).collect()
}

fn detail_of(job: &Job, claims: Option<&Claims>, verified: Option<&VerifiedToken>) -> TokenDetail {
    TokenDetail {
        serial: claims.map(|claims| claims.serial_hex.clone()),
        policy: claims.map(|claims| claims.policy.clone()),
        accuracy_micros: claims
            .and_then(|claims| claims.accuracy)
            .map(proofline_tsa::Accuracy::micros),
        bounds: verified.map(|token| (token.lower_micros(), token.upper_micros())),
        path: verified.map_or_else(Vec::new, subjects),
        listed_at: job.listed_at,
        ..TokenDetail::default()
    }
}

/// A token answers one of the requests that were kept for it, if any were.
fn check_request(job: &Job, claims: Option<&Claims>, findings: &mut Vec<(Code, String)>) {
    if let Some(claims) = claims
        && !job.requests.is_empty()
        && !job.requests.iter().any(|request| answers(request, claims))
    {
        let text = format!(
            "token {} for size {} answers no kept request",
            job.sha256, job.size
        );
        findings.push((Code::TimestampRequestMismatch, text));
    }
}

/// What the policy has against the authority that a token leads to.
fn check_authority(job: &Job, judgement: &Judgement, findings: &mut Vec<(Code, String)>) {
    findings.extend(judgement.refusals.iter().map(|refusal| {
        let code = match refusal {
            Refusal::OutsideWindow(_) => Code::TimestampOutsideWindow,
            Refusal::PolicyNotAllowed(_) => Code::TimestampPolicyNotAllowed,
        };
        let text = format!("token {} for size {}: {refusal}", job.sha256, job.size);
        (code, text)
    }));
}

/// What is worth knowing about a token and decides nothing.
fn note_authority(
    job: &Job,
    judgement: &Judgement,
    policy: &Policy,
    findings: &mut Vec<(Code, String)>,
) {
    let mut note = |code: Code, what: &str| {
        let text = format!("token {} for size {}: {what}", job.sha256, job.size);
        findings.push((code, text));
    };
    if judgement.is_unlisted(policy) {
        let what = "its authority is of the class `qualified`, no trusted list given shows it";
        note(Code::TimestampNotListed, what);
    }
    for finding in judgement.report.findings() {
        if finding.code() == TsaCode::Sha1Allowed {
            note(Code::TimestampSha1Allowed, finding.detail());
        }
    }
}

/// The rung of a token in a bundle, where more is asked of it than in a token alone.
fn rung_of(judgement: &Judgement, findings: &[(Code, String)], is_trusted: bool) -> Option<Rung> {
    if is_broken(findings) {
        return None;
    }
    let rung = judgement.rung()?;
    Some(if is_trusted { rung } else { Rung::WellFormed })
}

fn is_broken(findings: &[(Code, String)]) -> bool {
    let mut severities = findings.iter().map(|(code, _)| code.severity());
    severities.any(|severity| severity == Severity::Fail)
}

/// From the signer to the root.
fn subjects(token: &VerifiedToken) -> Vec<String> {
    let path = trust::path_of(token).into_iter();
    path.map(|certificate| certificate.subject.clone())
        .collect()
}

/// What the items of a checkpoint line must be, whatever they say.
fn check_forms(job: &Job, encoding: Encoding, findings: &mut Vec<(Code, String)>) {
    // RFC 3161 §2.4.2 and §3: an authority answers in DER, and what was recorded is its answer.
    if encoding == Encoding::Ber {
        let text = format!("token {} for size {} is not in DER", job.sha256, job.size);
        findings.push((Code::TimestampMalformed, text));
    }
    // RFC 3161 §2.4.2: a `tsr` item is a response with its status, not a bare token.
    if Response::parse(&job.bytes).is_ok_and(|response| response.status().is_none()) {
        let text = format!(
            "token {} for size {} is not in a response",
            job.sha256, job.size
        );
        findings.push((Code::TimestampMalformed, text));
    }
    for request in &job.requests {
        if let Err(error) = Request::parse(request) {
            let text = format!("request for size {}: {error}", job.size);
            findings.push((Code::TimestampMalformed, text));
        }
    }
}

/// Whether a token answers a request: same imprint, same nonce.
fn answers(request: &[u8], claims: &Claims) -> bool {
    let Ok(request) = Request::parse(request) else {
        return false;
    };
    let strip = |hex: &str| hex.trim_start_matches('0').to_owned();
    let nonce = request
        .nonce()
        .map(|nonce| strip(&proofline_format::encoding::hex(nonce)));
    let same_imprint = match request.imprint() {
        proofline_tsa::RequestedImprint::Known(imprint) => Some(imprint) == claims.imprint.as_ref(),
        _ => false,
    };
    // A request without a nonce is answered by any token over its imprint.
    same_imprint && (nonce.is_none() || nonce == claims.nonce_hex.as_deref().map(strip))
}

/// What a finding of the token core means for a bundle; `None` if it decides nothing.
fn code_of(code: TsaCode, policy: &Policy) -> Option<Code> {
    Some(match (code, code.severity()) {
        (_, TsaSeverity::Note) => return None,
        (TsaCode::ImprintMismatch, _) => Code::TimestampImprintMismatch,
        (TsaCode::Malformed | TsaCode::EncodingNotDer, _) => Code::TimestampMalformed,
        (TsaCode::TrustAnchorNotGiven | TsaCode::PathNotFound, _) if !policy.has_tsa_roots() => {
            Code::TimestampNoRoot
        }
        (TsaCode::TrustAnchorNotGiven | TsaCode::PathNotFound, _) => Code::TimestampUntrusted,
        (_, TsaSeverity::Indeterminate) => Code::TimestampUndetermined,
        (_, TsaSeverity::Failed) => Code::TimestampInvalid,
    })
}

impl Judged {
    /// Earliest and latest time that it allows, in microseconds, if it counts.
    pub(crate) fn bounds(&self) -> Option<(i64, i64)> {
        self.verified.as_ref().map(|verified| verified.bounds)
    }

    /// Whose word it is, among that of others.
    pub(crate) fn voice(&self, voices: &mut Voices) -> Voice {
        let marks = self.verified.as_ref().map(|verified| &verified.marks[..]);
        voices.hear(marks.unwrap_or_default(), self.saver)
    }

    /// Takes in whether it counts. One that does not is by nobody whom the user trusts.
    fn settle(&mut self, counts: bool) {
        if counts {
            return;
        }
        self.verified = None;
        self.token.trusted = false;
        self.token.authority = None;
        self.token.detail.bounds = None;
        let is_broken = is_broken(&self.findings);
        let rung = self.token.rung.filter(|_| !is_broken);
        self.token.rung = rung.map(|_| Rung::WellFormed);
    }

    /// Puts a token and what was found in it into the report. That it is not trusted is weighed
    /// with the brackets: other tokens may bound the same entries.
    pub(crate) fn record(self, report: &mut Report) {
        for (code, text) in self.findings {
            let weighed_later = matches!(
                code,
                Code::TimestampNoRoot
                    | Code::TimestampOutsideWindow
                    | Code::TimestampPolicyNotAllowed
                    | Code::TimestampUntrusted
                    | Code::TimestampUndetermined
                    | Code::TimestampKeyCompromised
                    | Code::TimestampRevocationUnknown
            );
            if weighed_later {
                report.defer(code, Place::Checkpoint(self.size), text);
            } else {
                report.found(code, Place::Checkpoint(self.size), text);
            }
        }
        report.tokens.push(self.token);
    }
}

/// A bound as text.
fn show(micros: i64) -> String {
    rfc3339_micros(micros, 1_000)
}
