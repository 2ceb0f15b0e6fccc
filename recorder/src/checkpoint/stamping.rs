//! Asking the authorities: who is asked for which checkpoint, and who is left alone for now.
//!
//! The newest checkpoint comes first: its token bounds everything before it. The older ones come
//! after it, one request a second at most and fewer where an authority wants that. Nothing here
//! waits: whoever is not to be asked yet is named in the outcome, with the time.

use std::path::Path;
use std::time::{Duration, Instant};

use proofline_format::object::ItemKind;

use super::queue::{Queue, Waiting};
use super::{Backoff, Occasion, Outcome, Pause, WRITE_WAIT, Why};
use crate::authority::Authority;
use crate::config::Config;
use crate::recorder::deadline;
use crate::stamp::{Stamped, Stamper, signer_of};
use crate::store::{Store, StoreError};

/// A pause between two requests that is worth waiting for: with a longer one the next authority is
/// asked instead.
const PATIENCE: Duration = Duration::from_secs(60);
/// After this long the older checkpoints are left to the next run: nobody else can make a
/// checkpoint meanwhile.
const RUN_TIME: Duration = Duration::from_secs(20);

/// Stamps what waits, as far as the authorities may be asked now.
pub(super) fn stamp_queue(
    store: &mut Store,
    store_dir: &Path,
    config: &Config,
    stamper: &dyn Stamper,
    occasion: Occasion,
    outcome: &mut Outcome,
) -> Result<(), StoreError> {
    let backoff = Backoff::load(store_dir);
    let queue = Queue::of(store, config, &backoff)?;
    let mut run = Run {
        store,
        store_dir,
        config,
        stamper,
        backoff,
        wanted: queue.wanted,
        outcome,
    };
    let until = deadline(RUN_TIME);
    let mut left = queue.waiting.len();
    for waiting in &queue.waiting {
        let age = match occasion {
            _ if Some(waiting.size) != queue.newest => Age::Older,
            Occasion::Now { .. } => Age::NewestByHand,
            Occasion::IfDue => Age::Newest,
        };
        if age == Age::Older && (run.nobody_for_older() || run.is_over(until)) {
            break;
        }
        if run.stamp(waiting, age)? {
            left = left.saturating_sub(1);
        }
        if age != Age::Older {
            let has_token = waiting.tokens > 0 || run.outcome.stamped.is_some();
            run.outcome.newest_waits = !has_token;
        }
    }
    outcome.queued = left;
    if left == 0 {
        outcome.next = None;
    }
    Ok(())
}

/// Has one checkpoint stamped by one authority after the other, until one gives what is enough.
/// One that is not to be asked yet is named among the failures.
pub(super) fn stamp_until(
    store: &mut Store,
    store_dir: &Path,
    config: &Config,
    stamper: &dyn Stamper,
    size: u64,
    outcome: &mut Outcome,
    is_enough: &mut dyn FnMut(&Authority, &Stamped) -> bool,
) -> Result<(), StoreError> {
    let entry = store.entry(size)?.ok_or(StoreError::Form {
        what: "checkpoint entry",
        index: size,
    })?;
    let mut run = Run {
        store,
        store_dir,
        config,
        stamper,
        backoff: Backoff::load(store_dir),
        wanted: 1,
        outcome,
    };
    for authority in &config.authorities {
        if let Some(pause) = run.pause(authority, Age::NewestByHand) {
            run.outcome.note_pause(pause);
            let until = pause.until().map(|until| until.to_string());
            let until = until.unwrap_or_default();
            let why = format!("not asked before {until} ({})", pause.why.as_str());
            run.outcome.failures.push((authority.shown_url(), why));
            continue;
        }
        if let Some(stamped) = run.ask(authority, size, entry.entry.chain_hash.0)? {
            run.outcome.note_token(size, authority, true);
            if is_enough(authority, &stamped) {
                break;
            }
        }
    }
    Ok(())
}

/// Which checkpoint is to be stamped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Age {
    /// The newest, and somebody waits for it.
    NewestByHand,
    /// The newest.
    Newest,
    /// One that a newer token covers.
    Older,
}

struct Run<'a> {
    store: &'a mut Store,
    store_dir: &'a Path,
    config: &'a Config,
    stamper: &'a dyn Stamper,
    backoff: Backoff,
    wanted: usize,
    outcome: &'a mut Outcome,
}

impl Run<'_> {
    /// Asks for one checkpoint until it has the tokens that are wanted; whether it has them.
    fn stamp(&mut self, waiting: &Waiting, age: Age) -> Result<bool, StoreError> {
        let (config, size) = (self.config, waiting.size);
        let entry = self.store.entry(size)?.ok_or(StoreError::Form {
            what: "checkpoint entry",
            index: size,
        })?;
        let mut waiting = waiting.clone();
        // Those that will stamp it, only not now.
        let mut postponed = 0_usize;
        let mut authorities = config.authorities.iter();
        let mut tried = Vec::new();
        while self.missing(&waiting) > postponed
            && let Some(authority) = authorities.find(|a| !waiting.is_stamped_by(a))
        {
            match self.pause(authority, age) {
                None => {
                    let stamped = self.ask(authority, size, entry.entry.chain_hash.0)?;
                    if stamped.is_some() {
                        self.outcome.note_token(size, authority, age != Age::Older);
                        // Two addresses of one authority are one authority.
                        waiting =
                            Waiting::of(self.store, size, &config.authorities, &self.backoff)?;
                        continue;
                    }
                }
                Some(pause) if self.is_worth_waiting(pause) => {
                    postponed = postponed.saturating_add(1);
                }
                Some(_) => {}
            }
            tried.push(authority);
        }
        let is_done = self.missing(&waiting) == 0;
        if !is_done {
            for authority in tried {
                self.put_off(authority, age);
            }
        }
        Ok(is_done)
    }

    fn missing(&self, waiting: &Waiting) -> usize {
        self.wanted.saturating_sub(waiting.tokens)
    }

    /// Notes until when an authority cannot be asked that is needed.
    fn put_off(&mut self, authority: &Authority, age: Age) {
        let age = if age == Age::Older { age } else { Age::Newest };
        if let Some(pause) = self.pause(authority, age) {
            self.outcome.note_pause(pause);
        }
    }

    fn pause(&self, authority: &Authority, age: Age) -> Option<Pause> {
        let now = self.store.now();
        match age {
            Age::NewestByHand => self.backoff.pause_by_hand(authority, now),
            Age::Newest => self.backoff.pause(authority, now),
            Age::Older => self.backoff.pause_for_older(authority, now),
        }
    }

    fn is_worth_waiting(&self, pause: Pause) -> bool {
        pause.why == Why::Interval && pause.left(self.store.now()) <= PATIENCE
    }

    /// Whether no authority may be asked for an older checkpoint now.
    fn nobody_for_older(&mut self) -> bool {
        let config = self.config;
        let mut authorities = config.authorities.iter();
        let nobody = authorities.all(|a| self.pause(a, Age::Older).is_some());
        if nobody {
            for authority in &config.authorities {
                self.put_off(authority, Age::Older);
            }
        }
        nobody
    }

    /// Whether this run has taken its time; the next goes on at once.
    fn is_over(&mut self, until: Instant) -> bool {
        let is_over = Instant::now() >= until;
        if is_over {
            self.outcome.note_pause(Pause {
                until_ms: self.store.now().millis(),
                why: Why::Interval,
            });
        }
        is_over
    }

    /// Asks one authority, and keeps what it gives.
    fn ask(
        &mut self,
        authority: &Authority,
        size: u64,
        imprint: [u8; 32],
    ) -> Result<Option<Stamped>, StoreError> {
        let answer = self.stamper.stamp(authority, imprint);
        let now = self.store.now();
        let stamped = match answer {
            Ok(stamped) => {
                self.keep(size, &stamped)?;
                let signer = signer_of(&stamped.response);
                self.backoff.succeeded(authority, now, signer);
                Some(stamped)
            }
            Err(error) => {
                self.backoff.failed(authority, now, &error);
                let failure = (authority.shown_url(), error.message);
                self.outcome.failures.push(failure);
                None
            }
        };
        // Forgotten, an authority is only asked too early.
        self.backoff.save(self.store_dir).ok();
        Ok(stamped)
    }

    fn keep(&mut self, size: u64, stamped: &Stamped) -> Result<(), StoreError> {
        let writer = self.store.write(deadline(WRITE_WAIT))?;
        writer.put_item(size, ItemKind::TimeStampRequest, &stamped.request)?;
        writer.put_item(size, ItemKind::TimeStampResponse, &stamped.response)?;
        for certificate in &stamped.certificates {
            writer.put_item(size, ItemKind::Certificate, certificate)?;
        }
        writer.commit()
    }
}
