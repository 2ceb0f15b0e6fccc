//! The scheduler as a process that stays: one for each store.
//!
//! It looks at the store every few seconds, makes a checkpoint when one is due, and has the queue
//! stamped at the pace that the authorities allow. The store may be absent, come later or be
//! exchanged: every look opens it anew and keeps nothing of it.
//!
//! Without a daemon a hook starts the same work detached, and nothing is lost but evenness: on a
//! device where no agent works, nothing is stamped.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::checkpoint::{self, Occasion, Outcome, WAL_PAGES, due};
use crate::config::Config;
use crate::home::{Home, create_private_dir};
use crate::lock;
use crate::log::Log;
use crate::recorder::deadline;
use crate::stamp::{HttpStamper, Stamper};
use crate::store::{Store, StoreError, file_of, log_pages};

/// How often the store is looked at.
pub const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Longest time until the queue is tried again, whatever the clock says meanwhile.
const LONGEST_WAIT_MS: i64 = 3_600_000;
/// Longest wait for somebody who only looks whether a daemon runs.
const LOCK_WAIT: Duration = Duration::from_millis(300);
/// Longest wait for other writers at a look; the next look comes soon.
const OPEN_WAIT: Duration = Duration::from_secs(1);

/// The scheduler of one store.
#[derive(Debug)]
pub struct Daemon {
    project_root: PathBuf,
    store_dir: PathBuf,
    home: Home,
    log: Log,
    /// Held as long as this lives.
    _lock: File,
    /// The last trouble that was put into the log, so that it stands there once.
    trouble: Option<String>,
    rest: Option<Rest>,
}

/// What was found when there was nothing more to do.
#[derive(Debug, PartialEq, Eq)]
struct Rest {
    config: Config,
    origin: String,
    noted: Option<u64>,
    stamped: bool,
    /// From when to when it can rest; no end where no authority is to be asked for anything.
    since_ms: i64,
    until_ms: Option<i64>,
}

/// What a look came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// There is no store.
    NoStore,
    /// Nothing was to be done.
    Nothing,
    /// Something was.
    Worked(Box<Outcome>),
}

/// Whether the daemon of a store runs.
#[must_use]
pub fn is_running(home: &Home, store_dir: &Path) -> bool {
    let path = home.daemon_lock(store_dir);
    // Looking must not make the file.
    path.exists() && lock::try_take(&path).is_ok_and(|lock| lock.is_none())
}

impl Daemon {
    /// Becomes the daemon of a store; `None` if another process is.
    ///
    /// # Errors
    /// If the data folder takes no lock file.
    pub fn start(
        project_root: impl Into<PathBuf>,
        store_dir: impl Into<PathBuf>,
        home: Home,
    ) -> io::Result<Option<Self>> {
        let store_dir = store_dir.into();
        let path = home.daemon_lock(&store_dir);
        create_private_dir(path.parent().unwrap_or_else(|| Path::new(".")))?;
        // Whoever asks whether a daemon runs holds the lock for a moment.
        let lock = match lock::take_until(&path, deadline(LOCK_WAIT)) {
            Err(error) if error.kind() == io::ErrorKind::TimedOut => return Ok(None),
            taken => taken?,
        };
        Ok(Some(Self {
            project_root: project_root.into(),
            store_dir,
            log: Log::new(&home),
            home,
            _lock: lock,
            trouble: None,
            rest: None,
        }))
    }

    /// Looks at the store again and again until somebody says stop, or nobody can any more.
    pub fn run(&mut self, stop: &Receiver<()>, every: Duration) {
        self.say("started");
        loop {
            self.look(None);
            if !matches!(stop.recv_timeout(every), Err(RecvTimeoutError::Timeout)) {
                break;
            }
        }
        self.say("ended");
    }

    /// Looks once, and does what is due. Trouble is in the log. A stamper is given to show the
    /// rules; without one the authorities are asked over HTTP.
    pub fn look(&mut self, stamper: Option<&dyn Stamper>) -> Look {
        if !file_of(&self.store_dir).exists() {
            self.rest = None;
            self.trouble(format!("no store in `{}`", self.store_dir.display()));
            return Look::NoStore;
        }
        let mut configuration = None;
        let config = match Config::load(&self.project_root, &self.store_dir) {
            Ok(config) => config,
            Err(error) => {
                // As a hook does: entries are still signed and sealed.
                configuration = Some(format!("configuration: {error}"));
                Config::default()
            }
        };
        let http = HttpStamper::of(&config);
        let worked = self.work(config, stamper.unwrap_or(&http));
        let (look, store) = match worked {
            Ok(Some(outcome)) => {
                self.tell(&outcome);
                (Look::Worked(Box::new(outcome)), None)
            }
            Ok(None) => (Look::Nothing, None),
            Err(error) => {
                self.rest = None;
                (Look::Nothing, Some(error.to_string()))
            }
        };
        match configuration.or(store) {
            Some(trouble) => self.trouble(trouble),
            None => self.trouble = None,
        }
        look
    }

    fn work(
        &mut self,
        config: Config,
        stamper: &dyn Stamper,
    ) -> Result<Option<Outcome>, StoreError> {
        let open = || Store::open(&self.store_dir, deadline(OPEN_WAIT));
        let store = open()?.with_clock(stamper.clock());
        let is_due = due(&store, &config.checkpoint)?.is_checkpoint();
        if !is_due && self.may_rest(&store, &config)? && !self.wal_is_long() {
            return Ok(None);
        }
        drop(store);
        let outcome = checkpoint::run(
            &self.store_dir,
            &self.home,
            &config,
            stamper,
            Occasion::IfDue,
        )?;
        let store = open()?;
        let standing = store.standing()?;
        let since_ms = (stamper.clock())().millis();
        // Somebody else is at it now; what he leaves is seen at the next look.
        let until_ms = match (outcome.is_running_elsewhere, outcome.next) {
            (true, _) => Some(since_ms),
            (false, next) => next.map(|next| next.until_ms),
        };
        // What says that nothing was revoked is looked at again some days after a token, although
        // nothing waits for one.
        let is_kept = config.revocation.enabled && !config.authorities.is_empty();
        let until_ms = until_ms.or(is_kept.then_some(i64::MAX));
        self.rest = Some(Rest {
            config,
            origin: store.origin().into(),
            noted: standing.noted,
            stamped: standing.stamped,
            since_ms,
            until_ms: until_ms.map(|at| at.min(since_ms.saturating_add(LONGEST_WAIT_MS))),
        });
        Ok(Some(outcome))
    }

    /// Whether the queue is as it was left, and it is not time to try again.
    fn may_rest(&self, store: &Store, config: &Config) -> Result<bool, StoreError> {
        let Some(rest) = &self.rest else {
            return Ok(false);
        };
        let standing = store.standing()?;
        let is_same = rest.config == *config
            && rest.origin == store.origin()
            && rest.noted == standing.noted
            && rest.stamped == standing.stamped;
        let now_ms = store.now().millis();
        // A clock that was set back must not put the queue off until it has caught up.
        let is_time = now_ms < rest.since_ms || rest.until_ms.is_some_and(|at| at <= now_ms);
        Ok(is_same && !is_time)
    }

    fn wal_is_long(&self) -> bool {
        log_pages(&self.store_dir).is_ok_and(|pages| pages >= WAL_PAGES)
    }

    fn tell(&self, outcome: &Outcome) {
        if let Some((size, url)) = &outcome.stamped {
            self.say(&format!("checkpoint {size} stamped by {url}"));
        }
        let newest = usize::from(outcome.stamped.is_some());
        let others = outcome.tokens.len().saturating_sub(newest);
        if others > 0 {
            let queued = outcome.queued;
            self.say(&format!("{others} more tokens, {queued} checkpoints wait"));
        }
        for (url, why) in &outcome.failures {
            self.say(&format!("no token from {url}: {why}"));
        }
        for line in outcome.revocation.lines() {
            self.say(&line);
        }
    }

    /// Puts trouble into the log, once as long as it is the same.
    fn trouble(&mut self, what: String) {
        if self.trouble.as_ref() != Some(&what) {
            self.say(&what);
            self.trouble = Some(what);
        }
    }

    fn say(&self, what: &str) {
        let store_dir = self.store_dir.display();
        self.log.line(&format!("daemon of `{store_dir}`: {what}"));
    }
}
