//! Time-stamp authorities, as the user trusts them: by root, for a time, under policies.

use std::fmt;

use proofline_format::digest::{Hash, sha256};
use proofline_tsa::{CertificateSummary, TrustAnchor, VerifiedToken, oid_from_dotted};
use proofline_tsa::{embedded_certificates, rfc3339_micros};

use super::Policy;

/// What kind of authority the user takes it for. Printed beside its name; whether it is listed as
/// qualified is a question for a trusted list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// One whose root is publicly known.
    Public,
    /// One of an organisation of its own.
    Private,
    /// A qualified one under Regulation (EU) No 910/2014.
    Qualified,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 3] = [Self::Public, Self::Private, Self::Qualified];

    /// The name in policies and reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::Qualified => "qualified",
        }
    }

    /// The class of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == name)
    }
}

/// An authority that the user named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// The user's name for it.
    pub name: String,
    /// Fingerprints of its roots. Their certificates are among [`Policy::tsa_roots`], or come with
    /// a token: the digest says which certificate the user meant.
    pub roots: Vec<Hash>,
    /// From when it is trusted, in microseconds since 1970, this moment included.
    pub valid_from: Option<i64>,
    /// Until when it is trusted, in microseconds since 1970, this moment included.
    pub valid_until: Option<i64>,
    /// Policies, in dotted form, under which its tokens count; none means any.
    pub policies: Vec<String>,
    /// What the user takes it for.
    pub class: Option<Class>,
}

/// Why a token that leads to a root of the user's is not one of those that he trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Its time is outside the authority's window.
    OutsideWindow(String),
    /// Its policy is not one of the authority's.
    PolicyNotAllowed(String),
}

impl Refusal {
    /// The code of the finding that reports it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OutsideWindow(_) => "authority-outside-window",
            Self::PolicyNotAllowed(_) => "authority-policy-not-allowed",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutsideWindow(text) | Self::PolicyNotAllowed(text) => f.write_str(text),
        }
    }
}

/// Who a trusted token is by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// An authority of the policy, by its place there.
    Authority(usize),
    /// A root that was given without a name.
    Root,
}

impl Authority {
    /// Whether a token counts for this authority, which it leads to.
    fn admits(&self, token: &VerifiedToken) -> Result<(), Refusal> {
        let show = |micros: i64| rfc3339_micros(micros, 1_000);
        let at = token.gen_time().unix_micros();
        if let Some(from) = self.valid_from.filter(|&from| at < from) {
            return Err(Refusal::OutsideWindow(format!(
                "authority `{}` is trusted from {}, the token's time is {}",
                self.name,
                show(from),
                token.gen_time()
            )));
        }
        if let Some(until) = self.valid_until.filter(|&until| at > until) {
            return Err(Refusal::OutsideWindow(format!(
                "authority `{}` is trusted until {}, the token's time is {}",
                self.name,
                show(until),
                token.gen_time()
            )));
        }
        let claimed = oid_from_dotted(token.policy());
        let is_claimed = |allowed: &String| {
            allowed == token.policy() || claimed.is_some() && oid_from_dotted(allowed) == claimed
        };
        if !self.policies.is_empty() && !self.policies.iter().any(is_claimed) {
            return Err(Refusal::PolicyNotAllowed(format!(
                "token's policy is {}, allowed for authority `{}` are {}",
                token.policy(),
                self.name,
                self.policies.join(", ")
            )));
        }
        Ok(())
    }
}

impl Policy {
    /// Whether any root was given, as a certificate or by its fingerprint.
    #[must_use]
    pub fn has_tsa_roots(&self) -> bool {
        !self.tsa_roots.is_empty() || self.fingerprints().next().is_some()
    }

    /// Every fingerprint by which a root was given.
    fn fingerprints(&self) -> impl Iterator<Item = &Hash> {
        let named = self.authorities.iter().flat_map(|one| &one.roots);
        self.root_fingerprints.iter().chain(named)
    }

    /// The roots for one token: those that were given, and those that came with it and have a
    /// fingerprint that was given. The trust comes from the fingerprint, which fits one certificate
    /// only, not from where its bytes lay.
    #[must_use]
    pub fn roots_for(&self, token: &[u8], beside: &[&[u8]]) -> Vec<TrustAnchor> {
        let mut roots = self.tsa_roots.clone();
        let is_given = |roots: &[TrustAnchor], hash: &Hash| {
            roots.iter().any(|root| *root.fingerprint() == hash.0)
        };
        if self.fingerprints().all(|hash| is_given(&roots, hash)) {
            return roots;
        }
        let inside = embedded_certificates(token);
        for der in inside
            .iter()
            .map(Vec::as_slice)
            .chain(beside.iter().copied())
        {
            let hash = sha256(der);
            if !self.fingerprints().any(|one| *one == hash) || is_given(&roots, &hash) {
                continue;
            }
            if let Ok(root) = TrustAnchor::from_der(der) {
                roots.push(root);
            }
        }
        roots
    }

    /// Whether a root was given as a certificate, not only by its fingerprint.
    #[must_use]
    pub fn holds_certificate(&self, root: &CertificateSummary) -> bool {
        let mut roots = self.tsa_roots.iter();
        roots.any(|one| *one.fingerprint() == root.fingerprint)
    }

    /// Who a token is by, if the policy trusts whom it leads to at the token's time and under its
    /// policy. `root` is the one that the token leads to, or might.
    ///
    /// # Errors
    /// What each authority of that root has against it.
    pub fn admit(&self, token: &VerifiedToken, root: &[u8; 32]) -> Result<By, Vec<Refusal>> {
        let mut refusals = Vec::new();
        let mut is_named = false;
        for (place, authority) in self.authorities.iter().enumerate() {
            if !authority.roots.iter().any(|one| one.0 == *root) {
                continue;
            }
            is_named = true;
            match authority.admits(token) {
                Ok(()) => return Ok(By::Authority(place)),
                Err(refusal) => refusals.push(refusal),
            }
        }
        if is_named {
            Err(refusals)
        } else {
            Ok(By::Root)
        }
    }
}
