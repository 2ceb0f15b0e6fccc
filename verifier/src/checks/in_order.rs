//! Work on all cores whose results come back in order.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

use crate::CouldNotLook;
use crate::report::Report;

/// Jobs under way for each worker.
const JOBS_PER_WORKER: usize = 4;

/// Asks `next` for jobs, does them on worker threads, and hands the results to `take` in the order
/// of the jobs. `next` and `take` run on the calling thread.
pub(crate) fn in_order<Job: Send, Done: Send>(
    threads: usize,
    report: &mut Report,
    mut next: impl FnMut(&mut Report) -> Result<Option<Job>, CouldNotLook>,
    work: impl Fn(Job) -> Done + Sync,
    mut take: impl FnMut(Done, &mut Report),
) -> Result<(), CouldNotLook> {
    if threads <= 1 {
        while let Some(job) = next(report)? {
            take(work(job), report);
        }
        return Ok(());
    }
    let (job_sender, job_receiver) = channel::<(u64, Job)>();
    let (done_sender, done_receiver) = channel();
    let jobs = Mutex::new(job_receiver);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let sender = done_sender.clone();
            let (jobs, work) = (&jobs, &work);
            scope.spawn(move || do_jobs(jobs, &sender, work));
        }
        drop(done_sender);
        let mut waiting: BTreeMap<u64, Done> = BTreeMap::new();
        let (mut sent, mut taken) = (0_u64, 0_u64);
        let under_way_max = u64::try_from(threads.saturating_mul(JOBS_PER_WORKER)).unwrap_or(4);
        let mut more = true;
        while more || taken < sent {
            while more && sent.saturating_sub(taken) < under_way_max {
                match next(report)? {
                    Some(job) => {
                        // The receiver lives as long as this scope.
                        more = job_sender.send((sent, job)).is_ok();
                        sent = sent.saturating_add(1);
                    }
                    None => more = false,
                }
            }
            if taken < sent {
                let Ok((number, done)) = done_receiver.recv() else {
                    break;
                };
                // A worker's panic goes on here: nothing may wait for what it never sends.
                let done = done.unwrap_or_else(|panic| resume_unwind(panic));
                waiting.insert(number, done);
            }
            while let Some(done) = waiting.remove(&taken) {
                take(done, report);
                taken = taken.saturating_add(1);
            }
        }
        drop(job_sender);
        Ok(())
    })
}

fn do_jobs<Job, Done>(
    jobs: &Mutex<Receiver<(u64, Job)>>,
    results: &Sender<(u64, std::thread::Result<Done>)>,
    work: impl Fn(Job) -> Done,
) {
    loop {
        // A poisoned lock means that another worker panicked; the scope passes that on.
        let Ok(receiver) = jobs.lock() else { return };
        let Ok((number, job)) = receiver.recv() else {
            return;
        };
        drop(receiver);
        let done = catch_unwind(AssertUnwindSafe(|| work(job)));
        if results.send((number, done)).is_err() {
            return;
        }
    }
}
