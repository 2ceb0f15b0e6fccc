//! Which tokens count, once everything that a bundle holds is known.
//!
//! Tokens are taken from the end of the log on, so that whether a later one counts is settled
//! before it vouches for an earlier one ([`proof`](super::proof)). A token that does not count
//! vouches for nothing; therefore who vouches is independent of what it vouches against: no
//! certificate under it rests on a key that is compromised, unless yet another token shows that it
//! is older than that. A token that the policy does not trust vouches for nothing either; what is
//! known against the keys under it counts all the same, so that trusting fewer never lets more pass.

use std::collections::{BTreeMap, BTreeSet};

use proofline_format::digest::Hash;
use proofline_tsa::{RevocationStatus, TokenStanding, rfc3339};

use super::proof::{Voucher, Vouchers};
use super::revocation::{Knowledge, Paths, Under};
use super::shelf::Shelf;
use super::voices::Mark;
use super::{Judged, MICROS_PER_SECOND, Verified, show};
use crate::checks::entries::Run;
use crate::finding::{Code, Place};
use crate::policy::{Policy, RevocationDemand};
use crate::report::{ProofReport, Report};
use crate::token::status_name;

/// What the tokens are settled by.
#[derive(Clone, Copy)]
pub(super) struct Settling<'a> {
    pub(super) run: &'a Run,
    /// Checkpoint entries whose note's root equals the computed one.
    pub(super) rooted: &'a BTreeSet<u64>,
    pub(super) paths: &'a Paths,
    pub(super) shelf: &'a Shelf,
    pub(super) policy: &'a Policy,
}

/// Settles which tokens count, and what is to be said of them.
pub(super) fn settle(tokens: &mut [Judged], by: Settling<'_>, report: &mut Report) {
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
        let standing = Weighing {
            token,
            verified,
            proof: proof.and_then(|voucher| Proof::of(voucher, tokens, by.paths)),
            demand: by.policy.revocation,
        };
        let said = standing.worst(knowledge.of(position, verified.path, by.paths));
        // Of a token that is not trusted only what makes it false is worth saying.
        let is_trusted = verified.is_trusted();
        let said = said.filter(|said| is_trusted || said.code == Code::TimestampRevoked);
        let counts = is_trusted && said.as_ref().is_none_or(Said::counts);
        let saver = standing.proof.as_ref().and_then(|proof| proof.mark);
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
            if let Some(said) = said {
                if said.code == Code::TimestampProvedEarlier {
                    token.saver = saver;
                }
                token.token.detail.saved_by = said.saved_by;
                token.findings.push((said.code, said.text));
            }
            token.settle(counts);
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
    /// What stands in for the certificate's key.
    saved_by: Option<ProofReport>,
}

impl Said {
    const fn counts(&self) -> bool {
        matches!(
            self.code,
            Code::TimestampProvedEarlier | Code::TimestampRevokedSince
        )
    }
}

/// The earliest token that counts and shows that another existed.
struct Proof<'t> {
    report: ProofReport,
    /// The keys that it rests on.
    keys: &'t [Hash],
    /// What stands in for it, if one of them is compromised.
    saved_by: Option<&'t ProofReport>,
    /// By which it is known among the voices, and with it whatever stands in for it.
    mark: Option<Mark>,
}

impl<'t> Proof<'t> {
    fn of(voucher: Voucher, tokens: &'t [Judged], paths: &'t Paths) -> Option<Self> {
        let token = tokens.get(voucher.position)?;
        let verified = token.verified.as_ref()?;
        Some(Self {
            report: ProofReport {
                size: voucher.size,
                sha256: token.token.sha256,
                no_later_than: voucher.no_later_than,
            },
            keys: paths.keys(verified.path),
            mark: verified.marks.first().copied(),
            saved_by: token.token.detail.saved_by.as_ref(),
        })
    }

    /// The proof that rests on anything but a key. What stands in for a token with that key shows
    /// whatever that token shows, and is itself from before the key's compromise.
    fn without(&self, key: &Hash) -> Option<&ProofReport> {
        if self.keys.contains(key) {
            self.saved_by
        } else {
            Some(&self.report)
        }
    }
}

struct Weighing<'t> {
    token: &'t Judged,
    verified: &'t Verified,
    proof: Option<Proof<'t>>,
    demand: RevocationDemand,
}

impl Weighing<'_> {
    fn worst<'k>(&self, certificates: impl Iterator<Item = Under<'k>>) -> Option<Said> {
        certificates
            .filter_map(|under| self.of(under))
            .max_by_key(|said| said.rank)
    }

    /// RFC 3161 §4, for a certificate and for its key.
    fn of(&self, under: Under<'_>) -> Option<Said> {
        let proof = self
            .proof
            .as_ref()
            .and_then(|proof| proof.without(under.key));
        let by = proof.map(|proof| whole_seconds(proof.no_later_than));
        let status = &under.one.status;
        let standing = TokenStanding::of(status, self.verified.gen_time_seconds, by);
        let by_key = under.compromise.map(|compromise| match by {
            Some(by) if by < compromise.suspected_at => TokenStanding::GoodByEarlierProof,
            _ => TokenStanding::KeyCompromised,
        });
        let standing = match standing {
            TokenStanding::AfterRevocation => standing,
            _ => by_key.unwrap_or(standing),
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
        Some(Said {
            rank,
            code,
            text: self.text(code, under, proof),
            saved_by: proof
                .filter(|_| code == Code::TimestampProvedEarlier)
                .cloned(),
        })
    }

    fn text(&self, code: Code, under: Under<'_>, proof: Option<&ProofReport>) -> String {
        let Judged { size, token, .. } = self.token;
        let subject = &under.one.certificate.subject;
        let status = match (&under.one.status, under.compromise) {
            (RevocationStatus::Revoked(_), _) | (_, None) => status_name(&under.one.status),
            (_, Some(by)) => format!(
                "has the key of `{}`, which is not trusted from {} on",
                by.subject,
                rfc3339(by.suspected_at)
            ),
        };
        let by = proof.map(|by| {
            let time = show(by.no_later_than);
            format!(
                "token {} for size {} shows that it existed by {time}",
                by.sha256, by.size
            )
        });
        let rest = match (code, by) {
            (Code::TimestampProvedEarlier, Some(by)) => format!("; {by}"),
            (Code::TimestampKeyCompromised, Some(by)) => format!("; {by}, which is too late"),
            (Code::TimestampKeyCompromised, None) => {
                "; no token by another key shows that it existed".into()
            }
            _ => String::new(),
        };
        let (sha256, time) = (token.sha256, rfc3339(self.verified.gen_time_seconds));
        format!(
            "token {sha256} for size {size}, of {time}: certificate `{subject}`: {status}{rest}"
        )
    }
}

/// The first whole second that is no earlier.
fn whole_seconds(micros: i64) -> i64 {
    let is_whole = micros.rem_euclid(MICROS_PER_SECOND) == 0;
    let seconds = micros.div_euclid(MICROS_PER_SECOND);
    seconds.saturating_add(i64::from(!is_whole))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_never_taken_for_earlier_than_it_is() {
        for (micros, want) in [(0, 0), (1, 1), (1_000_000, 1), (1_000_001, 2), (-1, 0)] {
            assert_eq!(whole_seconds(micros), want, "{micros}");
        }
    }
}
