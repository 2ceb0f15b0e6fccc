//! How far the log's time is attested, what waits for it, and how the authorities do.

use proofline::authority::Authority;
use proofline::checkpoint::{Backoff, Known, Pause, Queue};
use proofline::config::Config;
use proofline::daemon;
use proofline::store::Store;
use proofline_format::json::Value;
use proofline_format::timestamp::Timestamp;

use crate::commands::daemon::installed;
use crate::place::Place;
use crate::ui::{Outcome, Ui, lasting};

/// What is known of the attestation of a store, now.
#[derive(Debug)]
pub(crate) struct Attestation<'a> {
    pub(crate) config: &'a Config,
    pub(crate) queue: Queue,
    backoff: Backoff,
    oldest: Option<Timestamp>,
    now: Timestamp,
    daemon: Daemon,
}

/// How the daemon of the store does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Daemon {
    Running,
    /// Its service is there, and it does not run.
    Installed,
    None,
}

impl<'a> Attestation<'a> {
    pub(crate) fn of(store: &Store, config: &'a Config, place: &Place) -> anyhow::Result<Self> {
        let backoff = Backoff::load(&place.store_dir);
        let queue = Queue::of(store, config, &backoff)?;
        Ok(Self {
            oldest: queue.oldest(store)?,
            queue,
            backoff,
            config,
            now: store.now(),
            daemon: if daemon::is_running(&place.home, &place.store_dir) {
                Daemon::Running
            } else if installed(place) {
                Daemon::Installed
            } else {
                Daemon::None
            },
        })
    }

    pub(crate) fn backoff(&self) -> &Backoff {
        &self.backoff
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// How many checkpoints wait, and since when the oldest does.
    fn queue_words(&self) -> String {
        let waiting = self.queue.waiting.len();
        let checkpoints = if waiting == 1 {
            "checkpoint waits"
        } else {
            "checkpoints wait"
        };
        match self.lag_seconds() {
            Some(seconds) => format!(
                "{waiting} {checkpoints}, the oldest for {}",
                lasting(seconds)
            ),
            None => "no checkpoint waits".into(),
        }
    }

    /// How long the oldest checkpoint waits; a clock that was set back makes it zero.
    fn lag_seconds(&self) -> Option<u64> {
        let oldest = self.oldest.filter(|_| !self.queue.waiting.is_empty())?;
        let millis = self.now.millis().saturating_sub(oldest.millis());
        Some(u64::try_from(millis / 1_000).unwrap_or_default())
    }

    fn pause(&self, authority: &Authority) -> Option<Pause> {
        self.backoff.pause(authority, self.now)
    }

    /// The authorities and the queue, in words.
    pub(crate) fn print(&self, ui: &mut Ui) -> Outcome {
        let authorities = &self.config.authorities;
        if authorities.is_empty() {
            ui.field("time", "no time-stamp authority")?;
        }
        for authority in authorities {
            ui.field("authority", self.authority_words(authority))?;
        }
        let wanted = self.config.authorities_wanted;
        if wanted > 1 {
            let short = if authorities.len() < wanted {
                format!(", but only {} configured", authorities.len())
            } else {
                String::new()
            };
            ui.field(
                "wanted",
                format!("{wanted} authorities a checkpoint{short}"),
            )?;
        }
        ui.field("queue", self.queue_words())?;
        if self.queue.beyond > 0 {
            let beyond = self.queue.beyond;
            ui.field(
                "without token",
                format!("{beyond} farther back, which wait for none: newer ones cover them"),
            )?;
        }
        let daemon = match self.daemon {
            Daemon::Running => "running",
            Daemon::Installed => "not running, although its service is installed",
            Daemon::None => "not running: hooks start what is due",
        };
        ui.field("daemon", daemon)?;
        Ok(())
    }

    fn authority_words(&self, authority: &Authority) -> String {
        let known = self.backoff.of(authority);
        let mut said = Vec::new();
        match known.and_then(|known| moment(known.stamped_at_ms)) {
            Some(at) => said.push(format!("last token {at}")),
            None => said.push("no token yet".into()),
        }
        let failure = known.and_then(|known| known.failure.as_ref());
        if let Some(failure) = failure {
            said.push(format!("failed {} times in a row", failure.count));
        }
        if let Some(pause) = self.pause(authority)
            && let Some(until) = pause.until()
        {
            said.push(format!(
                "asked again after {until} ({})",
                pause.why.as_str()
            ));
        }
        let message = failure.map(|failure| format!(": {}", failure.message));
        let message = message.unwrap_or_default();
        format!("{authority}: {}{message}", said.join(", "))
    }

    /// The same for programs.
    pub(crate) fn members(&self) -> Vec<(&'static str, Value)> {
        let states = self.config.authorities.iter();
        let lag = self.lag_seconds().map_or(Value::Null, Value::from);
        vec![
            ("authorities", urls(self.config)),
            (
                "authority_states",
                states.map(|authority| self.state(authority)).collect(),
            ),
            ("authorities_wanted", count(self.config.authorities_wanted)),
            (
                "daemon_installed",
                (self.daemon == Daemon::Installed).into(),
            ),
            ("daemon_running", (self.daemon == Daemon::Running).into()),
            ("queue", count(self.queue.waiting.len())),
            ("queue_beyond", count(self.queue.beyond)),
            ("queue_lag_seconds", lag),
        ]
    }

    fn state(&self, authority: &Authority) -> Value {
        let unknown = Known::default();
        let known = self.backoff.of(authority).unwrap_or(&unknown);
        let failure = known.failure.as_ref();
        let pause = self.pause(authority);
        let text = |moment: Option<Timestamp>| {
            let text = moment.map(|at| at.to_string());
            Value::text_or_null(text.as_deref())
        };
        let root = authority.root.as_ref().map(|root| root.to_string_lossy());
        Value::object([
            (
                "failures",
                failure.map_or(0, |failure| failure.count).into(),
            ),
            ("last_asked", text(moment(known.asked_at_ms))),
            ("last_token", text(moment(known.stamped_at_ms))),
            (
                "message",
                Value::text_or_null(failure.map(|failure| failure.message.as_str())),
            ),
            ("name", authority.name.as_str().into()),
            ("next_try", text(pause.and_then(|pause| pause.until()))),
            ("policy", Value::text_or_null(authority.policy.as_deref())),
            ("preset", Value::text_or_null(authority.preset)),
            ("root", Value::text_or_null(root.as_deref())),
            ("url", authority.shown_url().as_str().into()),
            (
                "waits_because",
                Value::text_or_null(pause.map(|p| p.why.as_str())),
            ),
            ("weight", u64::from(authority.weight).into()),
        ])
    }
}

/// The URLs of the configured authorities.
pub(crate) fn urls(config: &Config) -> Value {
    let urls = config.authorities.iter().map(Authority::shown_url);
    urls.map(|url| Value::from(url.as_str())).collect()
}

fn count(number: usize) -> Value {
    u64::try_from(number).unwrap_or(u64::MAX).into()
}

fn moment(millis: Option<i64>) -> Option<Timestamp> {
    Timestamp::from_millis(millis?)
}
