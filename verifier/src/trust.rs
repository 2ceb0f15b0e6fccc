//! One token, held against what a policy trusts: by whom it is, and what may be said of it.
//!
//! The token core says whether a token holds and leads to a root. Here it is decided whether that
//! root is trusted for this token, and how high the token stands:
//!
//! | rung | says |
//! |---|---|
//! | `well-formed` | a readable token, in which nothing is shown to be wrong |
//! | `to-your-root` | it also holds, and leads to a root that the user trusts for its time and policy |
//! | `claims-qualified` | its authority also claims that it is a qualified time stamp |
//! | `listed-qualified` | a trusted list that the user gave shows the service as granted at its time |
//!
//! A rung is never reached without the ones below it but the third: a listed service need not make
//! the claim. A claim is printed as a claim.

use proofline_format::digest::Hash;
use proofline_tsa::{
    Certificate, CertificateSummary, Claims, Expected, Options, Outcome, QcStatement, Report,
    VerifiedToken, verify,
};

use crate::policy::{By, Class, Policy, Refusal};
use crate::trusted_list::{Listed, NotListed};

mod show;

pub use self::show::{moment, span};

/// What may be said of a token at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rung {
    /// A token that can be read, and no more.
    WellFormed,
    /// It holds, and leads to a root that the user trusts for it.
    ToYourRoot,
    /// Its authority claims that it is qualified.
    ClaimsQualified,
    /// A trusted list that the user gave shows it as qualified.
    ListedQualified,
}

impl Rung {
    /// The name in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WellFormed => "well-formed",
            Self::ToYourRoot => "to-your-root",
            Self::ClaimsQualified => "claims-qualified",
            Self::ListedQualified => "listed-qualified",
        }
    }

    /// What it says, in words.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::WellFormed => "can be read; that somebody whom you trust made it is not shown",
            Self::ToYourRoot => "leads to a root that you trust",
            Self::ClaimsQualified => {
                "leads to a root that you trust; its authority claims, and nothing here shows, \
                 that it is qualified"
            }
            Self::ListedQualified => {
                "leads to a root that you trust; a trusted list that you gave shows the service \
                 as qualified at its time"
            }
        }
    }
}

/// Where an authority claims that a token is qualified (ETSI EN 319 422 §9.1 and annex B).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClaimPlace {
    /// In an extension of the token, as the standard has it.
    Token,
    /// In the statements of the stamping unit's certificate.
    Certificate,
}

impl ClaimPlace {
    /// The name in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Certificate => "certificate",
        }
    }
}

/// A trusted list that shows the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListEntry {
    /// The list's digest.
    pub list_sha256: Hash,
    /// Whose list it is, as it says.
    pub territory: String,
    /// The service.
    pub listed: Listed,
}

/// What is said about a token being qualified.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Qualification {
    /// Where it is claimed.
    pub claimed: Vec<ClaimPlace>,
    /// The first of the given lists that shows it.
    pub listed: Option<ListEntry>,
    /// What each given list has against it, if none shows it; empty without a list.
    pub not_listed: Vec<(Hash, NotListed)>,
}

/// Who a trusted token is by, in the user's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorityName {
    /// The name that the policy has for it.
    pub name: String,
    /// The class that the policy has for it.
    pub class: Option<Class>,
}

/// What became of a token.
#[derive(Debug)]
pub struct Judgement {
    /// The report of the token core.
    pub report: Report,
    /// Who it is by; `None` if it is not trusted.
    pub by: Option<By>,
    /// Why it is not trusted, although it leads to a root that was given.
    pub refusals: Vec<Refusal>,
    /// Whether it is qualified.
    pub qualification: Qualification,
    /// Whether any root was there to try: one given, or one that came along and has a fingerprint
    /// that was given.
    pub had_roots: bool,
}

/// The certificates of a token's path, the stamping unit first and the root last; a unit that is
/// itself the root stands once.
#[must_use]
pub fn path_of(token: &VerifiedToken) -> Vec<&CertificateSummary> {
    let mut path = vec![token.signer()];
    path.extend(token.intermediates());
    if token.anchor() != token.signer() {
        path.push(token.anchor());
    }
    path
}

/// Verifies a token, and decides whether the policy trusts whom it leads to.
///
/// `options` is what else is known; what a policy sets in it is overwritten.
#[must_use]
pub fn judge(
    token: &[u8],
    expected: Expected<'_>,
    policy: &Policy,
    options: &Options<'_>,
) -> Judgement {
    let options = Options {
        allow_sha1: &policy.allow_sha1,
        trust_dates: &policy.trust_dates,
        ..*options
    };
    let roots = policy.roots_for(token, options.certificates);
    let mut report = verify(token, expected, &roots, &options);
    let mut admitted = admit(policy, report.verified());
    if let (Some(found), Some(Err(_))) = (report.verified(), &admitted) {
        // The first path ends at a root that is not trusted for this token: another may not.
        let mut others = roots.clone();
        others.retain(|root| policy.admit(found, root.fingerprint()).is_ok());
        let second = verify(token, expected, &others, &options);
        if second.verified().is_some() {
            admitted = admit(policy, second.verified());
            report = second;
        }
    }
    let (by, refusals) = match admitted {
        Some(Ok(by)) => (Some(by), Vec::new()),
        Some(Err(refusals)) => (None, refusals),
        None => (None, Vec::new()),
    };
    let qualification = qualification(&report, policy);
    Judgement {
        report,
        by,
        refusals,
        qualification,
        had_roots: !roots.is_empty(),
    }
}

fn admit(policy: &Policy, token: Option<&VerifiedToken>) -> Option<Result<By, Vec<Refusal>>> {
    token.map(|token| policy.admit(token, &token.anchor().fingerprint))
}

impl Judgement {
    /// The token, if it holds and the policy trusts whom it leads to.
    #[must_use]
    pub fn trusted(&self) -> Option<&VerifiedToken> {
        self.report.verified().filter(|_| self.by.is_some())
    }

    /// What may be said of the token at most; `None` if something is wrong with it.
    #[must_use]
    pub fn rung(&self) -> Option<Rung> {
        if self.trusted().is_none() {
            let is_sound = self.report.outcome() != Outcome::Invalid;
            let is_readable = self.report.claims().is_some();
            return (is_sound && is_readable).then_some(Rung::WellFormed);
        }
        Some(if self.qualification.listed.is_some() {
            Rung::ListedQualified
        } else if self.qualification.claimed.is_empty() {
            Rung::ToYourRoot
        } else {
            Rung::ClaimsQualified
        })
    }

    /// Who the token is by, if the policy has a name for it.
    #[must_use]
    pub fn authority(&self, policy: &Policy) -> Option<AuthorityName> {
        let Some(By::Authority(place)) = self.by else {
            return None;
        };
        let authority = policy.authorities.get(place)?;
        Some(AuthorityName {
            name: authority.name.clone(),
            class: authority.class,
        })
    }

    /// Whether the policy calls the authority qualified, and no list shows it.
    #[must_use]
    pub fn is_unlisted(&self, policy: &Policy) -> bool {
        let authority = self.authority(policy);
        let class = authority.and_then(|authority| authority.class);
        class == Some(Class::Qualified) && self.qualification.listed.is_none()
    }

    /// Whether the root that it leads to is one whose certificate came along and was chosen by its
    /// fingerprint.
    #[must_use]
    pub fn root_came_along(&self, policy: &Policy) -> bool {
        let token = self.report.verified();
        token.is_some_and(|token| !policy.holds_certificate(token.anchor()))
    }
}

fn qualification(report: &Report, policy: &Policy) -> Qualification {
    let mut found = Qualification::default();
    if report.claims().is_some_and(is_claimed_by_token) {
        found.claimed.push(ClaimPlace::Token);
    }
    let Some(token) = report.verified() else {
        return found;
    };
    let path: Vec<Certificate<'_>> = token
        .path()
        .certificates()
        .iter()
        .filter_map(|der| Certificate::parse(der).ok())
        .collect();
    let unit = path.first().and_then(Certificate::qc_statements_der);
    if unit.is_some_and(states_qualified) {
        found.claimed.push(ClaimPlace::Certificate);
    }
    for list in &policy.trusted_lists {
        match list.find(&path, token.gen_time().unix_seconds()) {
            Ok(listed) => {
                found.listed = Some(ListEntry {
                    list_sha256: list.sha256,
                    territory: list.territory.clone(),
                    listed,
                });
                found.not_listed.clear();
                break;
            }
            Err(reason) => found.not_listed.push((list.sha256, reason)),
        }
    }
    found
}

/// ETSI EN 319 422 §9.1: a `qcStatements` extension of the token with the statement of annex B.
fn is_claimed_by_token(claims: &Claims) -> bool {
    let mut extensions = claims.extensions.iter();
    extensions.any(|one| one.id == QcStatement::EXTENSION && states_qualified(&one.value))
}

fn states_qualified(value: &[u8]) -> bool {
    let statements = QcStatement::parse_all(value).unwrap_or_default();
    let mut ids = statements.iter().map(|one| one.id.as_str());
    ids.any(|id| id == QcStatement::QUALIFIED_TIME_STAMP)
}
