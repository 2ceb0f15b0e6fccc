//! Which tokens count, once everything that a bundle holds is known.
//!
//! Tokens are taken from the end of the log on, so that whether a later one counts is settled
//! before it vouches for an earlier one ([`proof`](super::proof)). A token that does not count
//! vouches for nothing; therefore who vouches is independent of what it vouches against: no
//! certificate under it rests on a key that is compromised, unless yet another token shows that it
//! is older than that.

use std::collections::{BTreeMap, BTreeSet};

use proofline_tsa::{CertificateRevocation, RevocationStatus, TokenStanding, rfc3339};

use super::proof::{Voucher, Vouchers};
use super::revocation::{Compromise, Knowledge, Paths};
use super::shelf::Shelf;
use super::{Judged, MICROS_PER_SECOND, Verified, show};
use crate::checks::entries::Run;
use crate::finding::{Code, Place};
use crate::policy::{Policy, RevocationDemand};
use crate::report::{ProofReport, Report};
use crate::token::status_name;

/// What the tokens are settled by.
#[derive(Clone, Copy)]
pub(crate) struct Settling<'a> {
    pub(crate) run: &'a Run,
    /// Checkpoint entries whose note's root equals the computed one.
    pub(crate) rooted: &'a BTreeSet<u64>,
    pub(crate) paths: &'a Paths,
    pub(crate) shelf: &'a Shelf,
    pub(crate) policy: &'a Policy,
}

/// Settles which tokens count, and what is to be said of them.
pub(crate) fn settle(tokens: &mut [Judged], by: Settling<'_>, report: &mut Report) {
    let knowledge = Knowledge::gather(tokens, by.paths, by.shelf, by.policy, report);
    let mut from_the_end: Vec<usize> = (0..tokens.len()).collect();
    let size_of = |position: &usize| tokens.get(*position).map(|token| token.size);
    from_the_end.sort_by_key(|position| (std::cmp::Reverse(size_of(position)), *position));
    let mut those_that_count = Vouchers::new(by.run, by.rooted);
    let mut those_in_force = Vouchers::new(by.run, by.rooted);
    let mut not_renewed = NotRenewed::default();
    for position in from_the_end {
        let Some(token) = tokens.get(position) else {
            continue;
        };
        let Some(verified) = &token.verified else {
            continue;
        };
        let proof = token.listed_at.and_then(|at| those_that_count.of(at));
        let sha256 = proof
            .and_then(|proof| tokens.get(proof.position))
            .map(|t| t.token.sha256);
        let saved_by = proof.zip(sha256).map(|(proof, sha256)| ProofReport {
            size: proof.size,
            sha256,
            no_later_than: proof.no_later_than,
        });
        let standing = Weighing {
            token,
            verified,
            saved_by: saved_by.as_ref(),
            demand: by.policy.revocation,
        };
        let certificates = knowledge.of(position, verified.path, by.paths);
        let said = standing.worst(certificates);
        let counts = said.as_ref().is_none_or(|said| said.counts());
        let is_saved = said
            .as_ref()
            .is_some_and(|said| said.code == Code::TimestampProvedEarlier);
        if counts {
            let voucher = Voucher {
                no_later_than: verified.bounds.1,
                size: token.size,
                position,
            };
            // A token vouches for what is in the bundle only if it was compared with it.
            let is_compared = token.size > 0 && by.run.checkpoint(token.size).is_some();
            let renewal = token.listed_at.and_then(|at| those_in_force.of(at));
            let in_force = not_renewed.look_at(token, verified, renewal, by);
            if is_compared {
                those_that_count.add(voucher);
            }
            if is_compared && in_force {
                those_in_force.add(voucher);
            }
        }
        if let Some(token) = tokens.get_mut(position) {
            token.token.detail.revocation = knowledge.worst(position).cloned();
            token.token.detail.saved_by = saved_by.filter(|_| is_saved);
            token.settle(counts, said.map(|said| (said.code, said.text)));
        }
    }
    not_renewed.record(report);
}

/// What is to be said of a token for one certificate under it.
struct Said {
    /// The gravest last.
    rank: u8,
    code: Code,
    text: String,
}

impl Said {
    const fn counts(&self) -> bool {
        matches!(
            self.code,
            Code::TimestampProvedEarlier | Code::TimestampRevokedSince
        )
    }
}

struct Weighing<'t> {
    token: &'t Judged,
    verified: &'t Verified,
    saved_by: Option<&'t ProofReport>,
    demand: RevocationDemand,
}

impl Weighing<'_> {
    fn worst<'k>(
        &self,
        certificates: impl Iterator<Item = (&'k CertificateRevocation, Option<&'k Compromise>)>,
    ) -> Option<Said> {
        certificates
            .filter_map(|(one, compromise)| self.of(one, compromise))
            .max_by_key(|said| said.rank)
    }

    /// The first second by which something else shows that the token existed.
    fn proof_seconds(&self) -> Option<i64> {
        let micros = self.saved_by?.no_later_than;
        let seconds = micros.div_euclid(MICROS_PER_SECOND);
        let is_whole = micros.rem_euclid(MICROS_PER_SECOND) == 0;
        Some(seconds.saturating_add(i64::from(!is_whole)))
    }

    /// RFC 3161 §4, for a certificate and for its key.
    fn of(&self, one: &CertificateRevocation, compromise: Option<&Compromise>) -> Option<Said> {
        let proof = self.proof_seconds();
        let standing = TokenStanding::of(&one.status, self.verified.gen_time_seconds, proof);
        let by_key = match compromise {
            None => None,
            Some(by) if proof.is_some_and(|proof| proof < by.suspected_at) => {
                Some(TokenStanding::GoodByEarlierProof)
            }
            Some(_) => Some(TokenStanding::KeyCompromised),
        };
        let standing = match (standing, by_key) {
            (TokenStanding::AfterRevocation, _) | (_, None) => standing,
            (_, Some(by_key)) => by_key,
        };
        let (rank, code) = match standing {
            TokenStanding::GoodBeforeRevocation => (0, Code::TimestampRevokedSince),
            TokenStanding::GoodByEarlierProof => (1, Code::TimestampProvedEarlier),
            TokenStanding::NotChecked | TokenStanding::StatusUnknown
                if self.demand == RevocationDemand::Required =>
            {
                (2, Code::TimestampRevocationUnknown)
            }
            TokenStanding::KeyCompromised => (3, Code::TimestampKeyCompromised),
            TokenStanding::AfterRevocation => (4, Code::TimestampRevoked),
            _ => return None,
        };
        let text = self.text(code, one, compromise);
        Some(Said { rank, code, text })
    }

    fn text(&self, code: Code, one: &CertificateRevocation, by_key: Option<&Compromise>) -> String {
        let Judged { size, token, .. } = self.token;
        let subject = &one.certificate.subject;
        let status = match (&one.status, by_key) {
            (RevocationStatus::Revoked(_), _) | (_, None) => status_name(&one.status),
            (_, Some(by)) => format!(
                "has the key of `{}`, which is not trusted from {} on",
                by.subject,
                rfc3339(by.suspected_at)
            ),
        };
        let time = rfc3339(self.verified.gen_time_seconds);
        let saved_by = self.saved_by.map_or_else(String::new, |by| {
            format!(
                "; token {} for size {} shows that it existed by {}",
                by.sha256,
                by.size,
                show(by.no_later_than)
            )
        });
        let rest = match code {
            Code::TimestampProvedEarlier => saved_by,
            Code::TimestampKeyCompromised if saved_by.is_empty() => {
                "; no other token shows that it existed".into()
            }
            Code::TimestampKeyCompromised => saved_by + ", which is too late",
            _ => String::new(),
        };
        let sha256 = token.sha256;
        format!(
            "token {sha256} for size {size}, of {time}: certificate `{subject}`: {status}{rest}"
        )
    }
}

/// Tokens whose signer's certificate or algorithm has ended and that nothing renewed before.
#[derive(Default)]
struct NotRenewed(BTreeMap<(i64, String), (u64, u64)>);

impl NotRenewed {
    /// Whether a token is in force at the time of verification: nothing that it rests on has ended,
    /// or a token in force renewed it before.
    fn look_at(
        &mut self,
        token: &Judged,
        verified: &Verified,
        renewal: Option<Voucher>,
        by: Settling<'_>,
    ) -> bool {
        let Some(now) = by.policy.time_micros else {
            // Without a time of verification nothing is past its end.
            return true;
        };
        let Some((end, what)) = first_end(verified, by.paths) else {
            return true;
        };
        let end_micros = end.saturating_mul(MICROS_PER_SECOND);
        if now < end_micros || renewal.is_some_and(|by| by.no_later_than < end_micros) {
            return true;
        }
        let (count, newest) = self.0.entry((end, what)).or_insert((0, token.size));
        *count = count.saturating_add(1);
        *newest = token.size.max(*newest);
        false
    }

    fn record(self, report: &mut Report) {
        for ((end, what), (count, newest)) in self.0 {
            let text = format!(
                "{count} tokens, the newest for size {newest}: valid, relies on its root and \
                 algorithms still trusted since {}, when {what} ended; no later token renews it",
                rfc3339(end)
            );
            report.found(Code::TimestampNotRenewed, Place::Checkpoint(newest), text);
        }
    }
}

/// The first second at which something that a token rests on has ended, and what that is.
fn first_end(verified: &Verified, paths: &Paths) -> Option<(i64, String)> {
    let path = paths.get(verified.path)?;
    let between = path.intermediates().iter();
    let below_root = std::iter::once(path.signer()).chain(between);
    let certificates = below_root.map(|certificate| {
        let what = format!("certificate `{}`", certificate.subject);
        (certificate.not_after.saturating_add(1), what)
    });
    let algorithm = verified.algorithm_end.map(|end| {
        let what = format!("the trust in {}", end.name);
        (end.unix_seconds, what)
    });
    certificates.chain(algorithm).min()
}
