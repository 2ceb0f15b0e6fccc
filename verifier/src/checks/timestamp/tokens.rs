//! The tokens of a bundle, judged each for itself as they are read, and settled together.

use std::collections::BTreeSet;

use super::limits::MAX_WAITING_BYTES;
use super::revocation::Paths;
use super::settle::{Settling, settle};
use super::shelf::Shelf;
use super::{Job, Judged, judge};
use crate::checks::entries::Run;
use crate::policy::Policy;
use crate::report::Report;

/// The tokens of a bundle and what lies beside them, until all is read.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    judged: Vec<Judged>,
    paths: Paths,
    pub(crate) shelf: Shelf,
    /// Tokens that a certificate at a later checkpoint may help, by their place.
    waiting: Vec<(usize, Job)>,
    waiting_bytes: usize,
}

impl Tokens {
    /// Judges tokens, each for itself.
    pub(crate) fn judge(&mut self, jobs: Vec<Job>, policy: &Policy) {
        let judged = judge(&jobs, &[], policy);
        for (job, judged) in jobs.into_iter().zip(judged) {
            let place = self.judged.len();
            if judged.wants_certificates {
                let bytes = self.waiting_bytes.saturating_add(job.bytes.len());
                if bytes <= MAX_WAITING_BYTES {
                    self.waiting_bytes = bytes;
                    self.waiting.push((place, job));
                }
            }
            let judged = self.take_in(judged);
            self.judged.push(judged);
        }
    }

    /// Numbers the path of a token and keeps what came inside.
    fn take_in(&mut self, mut judged: Judged) -> Judged {
        if let Some(core) = judged.core.take() {
            self.shelf.keep_embedded(&core);
            if let (Some(verified), Some(token)) = (&mut judged.verified, core.verified()) {
                verified.path = self.paths.number(token.path());
            }
        }
        judged
    }

    /// Judges again, with the certificates of all checkpoints, what may lack one.
    fn judge_waiting(&mut self, policy: &Policy) {
        let waiting = std::mem::take(&mut self.waiting);
        let certificates = self.shelf.certificates();
        let is_own = |job: &Job, one: &[u8]| job.certificates.iter().any(|own| own == one);
        let has_more = |job: &Job| certificates.iter().any(|one| !is_own(job, one));
        let (places, jobs): (Vec<usize>, Vec<Job>) =
            waiting.into_iter().filter(|(_, job)| has_more(job)).unzip();
        let again = judge(&jobs, &certificates, policy);
        for (place, judged) in places.into_iter().zip(again) {
            let judged = self.take_in(judged);
            if let Some(slot) = self.judged.get_mut(place) {
                *slot = judged;
            }
        }
    }

    /// Settles which tokens count; gives them in the order in which they were read.
    pub(crate) fn settle(
        mut self,
        (run, rooted): (&Run, &BTreeSet<u64>),
        policy: &Policy,
        report: &mut Report,
    ) -> Vec<Judged> {
        self.judge_waiting(policy);
        let by = Settling {
            run,
            rooted,
            paths: &self.paths,
            shelf: &self.shelf,
            policy,
        };
        settle(&mut self.judged, by, report);
        self.judged
    }
}
