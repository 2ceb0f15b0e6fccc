//! One time-stamp response or token, of any authority: `verify-bundle token`.
//!
//! The token core judges; here its outcome becomes a verdict, with what a policy demands beyond it:
//! that its authority is trusted at its time and under its policy, that revocation is known, that
//! the imprint was compared. Nothing is trusted because it came inside the token.

mod json;
mod text;

use proofline_format::digest::Hash;
use proofline_tsa::{
    CertificateRevocation, Expected, HashAlgorithm, Imprint, Options, Outcome, Report,
    RevocationStatus, Severity, rfc3339, verify,
};

use crate::policy::Policy;
use crate::report::Verdict;
use crate::trust::{AuthorityName, Judgement, Rung, judge};
use crate::trusted_list::TrustedList;

pub(crate) use self::json::revocation;
pub use crate::policy::RevocationDemand;

/// The hash algorithm by which a token stamps, as it says itself; `None` if it cannot be read or
/// is not computed here.
#[must_use]
pub fn imprint_algorithm(token: &[u8]) -> Option<HashAlgorithm> {
    let report = verify(token, Expected::NotGiven, &[], &Options::default());
    Some(report.claims()?.imprint.as_ref()?.algorithm())
}

/// The imprint that a digest is, for a token; `None` if no algorithm makes digests of that length.
#[must_use]
pub fn imprint_of_digest(token: &[u8], digest: &[u8]) -> Option<Imprint> {
    let claimed = imprint_algorithm(token).into_iter();
    let mut algorithms = claimed.chain(HashAlgorithm::ALL.iter().copied());
    algorithms
        .find_map(|algorithm| Imprint::new(algorithm, digest))
        .or_else(|| Imprint::new(HashAlgorithm::Sha1, digest))
}

/// What was found out about one token.
#[derive(Debug)]
pub struct TokenCheck {
    judgement: Judgement,
    authority: Option<AuthorityName>,
    /// Whether the policy calls the authority qualified, and no list shows it.
    unlisted: bool,
    root_came_along: bool,
    /// Whether roots were given by fingerprint only, and no certificate has one.
    unmatched: bool,
    trusted_lists: Vec<TrustedList>,
    independent_authorities: usize,
    policy_sha256: Option<Hash>,
    demand: RevocationDemand,
    compared: bool,
}

/// A finding of the token core, or of a demand made here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFinding {
    /// Its stable code.
    pub code: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// What was found.
    pub message: String,
}

/// Checks a response or token against a policy. `expected` is what it must stamp, `options` what
/// else is known.
#[must_use]
pub fn check(
    token: &[u8],
    expected: Option<&Imprint>,
    policy: &Policy,
    options: &Options<'_>,
    demand: RevocationDemand,
) -> TokenCheck {
    let wanted = expected.map_or(Expected::NotGiven, Expected::Imprint);
    let judgement = judge(token, wanted, policy, options);
    TokenCheck {
        authority: judgement.authority(policy),
        unlisted: judgement.is_unlisted(policy),
        root_came_along: judgement.root_came_along(policy),
        unmatched: !judgement.had_roots && policy.has_tsa_roots(),
        trusted_lists: policy.trusted_lists.clone(),
        independent_authorities: policy.independent_authorities,
        policy_sha256: policy.file_sha256,
        judgement,
        demand,
        compared: expected.is_some(),
    }
}

impl TokenCheck {
    /// The verdict: the worst finding decides.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let demanded = self.findings().into_iter().map(|finding| finding.severity);
        match (self.report().outcome(), demanded.max()) {
            (Outcome::Invalid, _) | (_, Some(Severity::Failed)) => Verdict::Failed,
            (Outcome::Valid, Some(Severity::Note) | None) => Verdict::Verified,
            _ => Verdict::Indeterminate,
        }
    }

    /// The report of the token core.
    #[must_use]
    pub const fn report(&self) -> &Report {
        &self.judgement.report
    }

    /// Everything found, in the order of the checks.
    #[must_use]
    pub fn findings(&self) -> Vec<TokenFinding> {
        let core = self.report().findings().iter().map(|finding| TokenFinding {
            code: finding.code().as_str(),
            severity: finding.code().severity(),
            message: finding.detail().into(),
        });
        let mut all: Vec<TokenFinding> = core.collect();
        all.extend(self.trust_findings());
        if !self.compared && self.report().outcome() == Outcome::Valid {
            all.push(TokenFinding {
                code: "imprint-not-compared",
                severity: Severity::Indeterminate,
                message: "the token is good, and what it stamps was not compared".into(),
            });
        }
        all.extend(self.demanded().map(|one| TokenFinding {
            code: "revocation-required",
            severity: Severity::Indeterminate,
            message: format!(
                "whether `{}` was revoked is not known: {}",
                one.certificate.subject,
                status_name(&one.status)
            ),
        }));
        all
    }

    /// What the policy has against the authority, or notes about it.
    fn trust_findings(&self) -> impl Iterator<Item = TokenFinding> {
        let refusals = self.judgement.refusals.iter().map(|refusal| TokenFinding {
            code: refusal.code(),
            severity: Severity::Indeterminate,
            message: refusal.to_string(),
        });
        let unlisted = self.unlisted.then(|| TokenFinding {
            code: "authority-not-listed",
            severity: Severity::Note,
            message:
                "your policy calls the authority qualified, and no trusted list that you gave \
                      shows it"
                    .into(),
        });
        let alone = (self.independent_authorities > 1).then(|| TokenFinding {
            code: "authority-alone",
            severity: Severity::Note,
            message: format!(
                "your policy asks for {} independent authorities, and one token is by one",
                self.independent_authorities
            ),
        });
        let unmatched = self.unmatched.then(|| TokenFinding {
            code: "root-not-at-hand",
            severity: Severity::Note,
            message: "no certificate that came with the token has a fingerprint that you gave; \
                      pass the root's file"
                .into(),
        });
        refusals.chain(unlisted).chain(alone).chain(unmatched)
    }

    /// The highest rung of what may be said of the token.
    #[must_use]
    pub fn rung(&self) -> Option<Rung> {
        let rung = self.judgement.rung()?;
        // Without what the policy demands to be known the token does not count.
        let lacks = self.demanded().next().is_some();
        Some(if lacks { Rung::WellFormed } else { rung })
    }

    /// The certificates whose status is not known and must be.
    fn demanded(&self) -> impl Iterator<Item = &CertificateRevocation> {
        let is_demanded = self.demand == RevocationDemand::Required;
        self.certificates()
            .filter(move |one| is_demanded && !one.status.is_known())
    }

    fn certificates(&self) -> impl Iterator<Item = &CertificateRevocation> {
        self.report().certificate_revocations().iter()
    }

    /// How the root that the token leads to was given.
    const fn root_source(&self) -> &'static str {
        if self.root_came_along {
            "fingerprint"
        } else {
            "given"
        }
    }

    /// Whether any revocation data was looked at.
    fn revocation_checked(&self) -> bool {
        self.certificates()
            .any(|one| one.status != RevocationStatus::NotChecked)
    }
}

pub(crate) fn status_name(status: &RevocationStatus) -> String {
    match status {
        RevocationStatus::NotChecked => "not checked".into(),
        RevocationStatus::Good { as_of, .. } => format!("good as of {}", rfc3339(*as_of)),
        RevocationStatus::Revoked(revocation) => format!(
            "revoked at {}{}",
            rfc3339(revocation.at),
            revocation
                .reason
                .map_or_else(String::new, |reason| format!(", {}", reason.as_str()))
        ),
        RevocationStatus::Unknown { why } => format!("unknown: {}", why.as_str()),
        _ => "unknown".into(),
    }
}
