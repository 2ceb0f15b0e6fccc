//! What a report says of a time-stamp token.

use proofline_format::digest::Hash;
use proofline_tsa::{CertificateRevocation, RevocationStatus, rfc3339_micros};

use crate::token::status_name;
use crate::trust::{AuthorityName, Qualification, Rung};

/// One time-stamp token, as it was judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenReport {
    /// Size of its checkpoint; 0 for the birth token.
    pub size: u64,
    /// Digest of its bytes.
    pub sha256: Hash,
    /// Whether it counts: it leads to a root that the user trusts for it, and nothing speaks against
    /// it that no other token makes good.
    pub trusted: bool,
    /// Claimed time, RFC 3339.
    pub gen_time: Option<String>,
    /// Who signed it, as its certificate says.
    pub signer: Option<String>,
    /// The given root that it leads to.
    pub root_fingerprint: Option<String>,
    /// What may be said of it at most; `None` if something is wrong with it.
    pub rung: Option<Rung>,
    /// Who it is by, if it counts and the policy has a name for it.
    pub authority: Option<AuthorityName>,
    /// What it says besides, for `verify-bundle timestamps`.
    pub detail: TokenDetail,
}

/// What a token says besides its time, and what it bounds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenDetail {
    /// Serial number in lower-case hexadecimal.
    pub serial: Option<String>,
    /// Policy in dotted form.
    pub policy: Option<String>,
    /// Accuracy in microseconds.
    pub accuracy_micros: Option<u64>,
    /// Earliest and latest time that it allows, microseconds since 1970, if it is trusted.
    pub bounds: Option<(i64, i64)>,
    /// Subjects from the signer to the root, if it is trusted.
    pub path: Vec<String>,
    /// Whether the root came with the bundle and was chosen by its fingerprint.
    pub root_came_along: bool,
    /// Whether it is qualified.
    pub qualification: Qualification,
    /// The entry whose evidence lists it: from there on it is a lower bound.
    pub listed_at: Option<u64>,
    /// What is known of the certificate of its path that stands worst; `None` where no path leads
    /// to a given root, or the root given is the signer's own certificate.
    pub revocation: Option<CertificateRevocation>,
    /// The token that shows that it is older than the compromise of its key.
    pub saved_by: Option<ProofReport>,
}

/// A later token that shows that something existed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofReport {
    /// Size of its checkpoint.
    pub size: u64,
    /// Digest of its bytes.
    pub sha256: Hash,
    /// By when, microseconds since 1970.
    pub no_later_than: i64,
}

/// How many tokens that lead to a given root stand how, by the worst certificate of their paths.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RevocationCounts {
    /// Every certificate is known not to be revoked.
    pub good: u64,
    /// A certificate was revoked, before or after the token's time.
    pub revoked: u64,
    /// There is revocation data, and it does not tell.
    pub unknown: u64,
    /// There is no revocation data.
    pub not_checked: u64,
}

impl RevocationCounts {
    /// Tokens of whose certificates it is known whether they were revoked.
    #[must_use]
    pub const fn known(self) -> u64 {
        self.good.saturating_add(self.revoked)
    }

    /// Tokens that lead to a given root.
    #[must_use]
    pub const fn all(self) -> u64 {
        let open = self.unknown.saturating_add(self.not_checked);
        self.known().saturating_add(open)
    }

    /// In words, for the time ring.
    #[must_use]
    pub fn to_text(self) -> String {
        let all = self.all();
        if self.known() == 0 && self.unknown == 0 {
            return "revocation NOT CHECKED".into();
        }
        let mut text = format!("revocation: {} of {all} tokens known good", self.good);
        let others = [
            (self.revoked, "with a certificate revoked"),
            (self.unknown, "unknown"),
            (self.not_checked, "not checked"),
        ];
        for (count, what) in others.into_iter().filter(|(count, _)| *count > 0) {
            text.push_str(&format!(", {count} {what}"));
        }
        text
    }
}

impl TokenDetail {
    /// The status of the certificate that stands worst.
    #[must_use]
    pub fn revocation_status(&self) -> &RevocationStatus {
        let status = self.revocation.as_ref().map(|one| &one.status);
        status.unwrap_or(&RevocationStatus::NotChecked)
    }

    /// The status in words, the same for all tokens of an authority that nothing speaks against.
    #[must_use]
    pub fn standing_text(&self) -> String {
        let Some(one) = &self.revocation else {
            return "NOT CHECKED".into();
        };
        match &one.status {
            RevocationStatus::NotChecked => "NOT CHECKED".into(),
            RevocationStatus::Good { source, as_of } => {
                let kind = source.kind.as_str();
                let stamped = self.bounds.map(|(_, latest)| latest.div_euclid(1_000_000));
                if stamped.is_some_and(|stamped| *as_of < stamped) {
                    // It was the newest to be had, and a revocation between the two is not in it.
                    format!("known good shortly before the token's time, by {kind}")
                } else {
                    format!("known good at the token's time, by {kind}")
                }
            }
            status => format!(
                "{}, certificate {}",
                status_name(status),
                one.certificate.subject
            ),
        }
    }

    /// The status in words, and which token stands in for the key where one does.
    #[must_use]
    pub fn revocation_text(&self) -> String {
        let mut text = status_name(self.revocation_status());
        let Some(one) = &self.revocation else {
            return text;
        };
        if let RevocationStatus::Good { source, .. } = &one.status {
            text.push_str(&format!(" (by {})", source.kind.as_str()));
        } else if one.status != RevocationStatus::NotChecked {
            text.push_str(&format!(", certificate {}", one.certificate.subject));
        }
        if let Some(by) = &self.saved_by {
            let time = rfc3339_micros(by.no_later_than, 1_000);
            text.push_str(&format!(
                "; token {} for size {} shows that it existed by {time}",
                by.sha256, by.size
            ));
        }
        text
    }
}
