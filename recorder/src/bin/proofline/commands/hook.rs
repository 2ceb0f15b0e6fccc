//! `proofline hook`: what agents and git call. Silent, and never the reason that one of them stops.
//!
//! Nothing is printed and the exit code is 0, whatever happens on our side: what an agent's hook
//! prints is read as an instruction, and most other codes block a tool call or a commit somewhere.
//! What went wrong is in the log, and where an event was lost by it, in a `capture_gap` entry.

mod looker;

use std::convert::Infallible;
use std::env;
use std::ffi::OsString;
use std::io::{self, Read as _};
use std::mem::ManuallyDrop;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use self::looker::Looker;
use anyhow::{Context as _, anyhow, bail};
use proofline::capture::claude_code::Surroundings;
use proofline::capture::{
    CaptureError, Captured, MAX_INPUT_BYTES, claude_code, gap_batch, git, note_gap,
};
use proofline::checkpoint;
use proofline::config::Config;
use proofline::event::{Record as _, RecordError};
use proofline::home::Home;
use proofline::keys::KeyRing;
use proofline::log::Log;
use proofline::recorder::{Recorder, deadline};
use proofline::repository::Repository;
use proofline::store::{Store, file_of};

/// After this long the process ends by itself: agents give a hook between 1.5 s and 600 s, and a
/// person who commits waits as long.
const MAX_TIME: Duration = Duration::from_secs(5);
/// How long a look at the store before a commit may wait for other writers.
const CHECK_WAIT: Duration = Duration::from_millis(500);

/// Record one report of an agent or of git; called by their hooks, silent
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    // Taken as they come: a usage error would exit 2, and that blocks a tool call.
    /// `claude-code`, with the report on standard input, or `git` and the name of its hook
    #[arg(
        value_name = "CALLER",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    caller: Vec<OsString>,
}

/// Runs the hook if that is what the process was started for, before anything else is set up: an
/// agent waits for it, and a whole command line is much to set up for three words.
///
/// A question of the user's (`--help`, no caller) is left to the command line.
pub(crate) fn run_first() -> Option<ExitCode> {
    let mut words = env::args_os().skip(1);
    if words.next()? != "hook" {
        return None;
    }
    let caller: Vec<OsString> = words.collect();
    let is_caller = |word: &OsString| !word.as_encoded_bytes().starts_with(b"-");
    caller
        .first()
        .is_some_and(is_caller)
        .then(|| run(&Args { caller }))
}

/// Runs the hook. Always 0.
pub(crate) fn run(args: &Args) -> ExitCode {
    let panicked = Arc::new(Mutex::new(None));
    silence_panics(&panicked);
    let words: Vec<String> = args
        .caller
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let source = match words.as_slice() {
        ["git", hook, ..] => format!("git/{hook}"),
        [caller, ..] => format!("{caller}/hook"),
        [] => "hook".into(),
    };
    let limit = Limit::of(Place::here(&words), source);
    // Dropped at the very end: until then another thread watches over this one.
    let (done, is_done) = channel();
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| dispatch(&words, &limit, is_done)));
    let panicked = panicked.lock().ok().and_then(|mut what| what.take());
    let trouble = match (panicked, outcome) {
        (Some(what), _) => Some(what),
        (None, Ok(Ok(()))) => None,
        // The recorder has noted what was lost; a gap of ours would count it twice.
        (None, Ok(Err(error))) if error.is::<RecordError>() => None,
        (None, Ok(Err(error))) => Some(format!("{error:#}")),
        (None, Err(_)) => Some("internal error".into()),
    };
    if let Some(trouble) = trouble {
        // A second failure while recording the first has nowhere left to go but the log.
        let state = || state_gap(&limit.place, &limit.source, &trouble);
        panic::catch_unwind(AssertUnwindSafe(state)).ok();
    }
    drop(done);
    ExitCode::SUCCESS
}

/// Where the hook runs, as far as that can be told before its input is read.
#[derive(Debug, Clone)]
struct Place {
    surroundings: Surroundings,
    repository: Option<Repository>,
    home: Option<Home>,
}

impl Place {
    fn here(words: &[&str]) -> Self {
        let project_dir = env::var_os("CLAUDE_PROJECT_DIR").filter(|dir| !dir.is_empty());
        let project_dir = project_dir.map(PathBuf::from);
        let current_dir = env::current_dir()
            .ok()
            .or_else(|| project_dir.clone())
            .unwrap_or_else(|| PathBuf::from("/"));
        let surroundings = Surroundings {
            current_dir,
            project_dir,
        };
        let repository = match words.first() {
            Some(&"git") => git::repository_of_hook(&surroundings.current_dir),
            _ => Some(surroundings.repository()),
        };
        Self {
            surroundings,
            repository,
            home: Home::of_environment().ok(),
        }
    }

    fn log(&self, what: &str) {
        if let Some(home) = &self.home {
            Log::new(home).line(what);
        }
    }

    /// Opens the store before the report is read: most reports are of this repository. Tried once:
    /// who records opens it again, with all its patience, and reports.
    fn open_ahead(&self) -> Option<Store> {
        let store_dir = recorded_repository(self)?.store_dir();
        let keys = KeyRing::new(self.home.clone()?);
        let mut store = Store::open(&store_dir, Instant::now()).ok()?;
        store.prepare(&keys);
        Some(store)
    }

    fn home(&self) -> anyhow::Result<Home> {
        self.home.clone().ok_or_else(|| anyhow!("no data folder"))
    }
}

fn silence_panics(panicked: &Arc<Mutex<Option<String>>>) {
    let panicked = Arc::clone(panicked);
    panic::set_hook(Box::new(move |what| {
        let at = what.location().map(ToString::to_string).unwrap_or_default();
        if let Ok(mut slot) = panicked.lock() {
            *slot = Some(format!("internal error at {at}"));
        }
    }));
}

/// How long the hook may take, and what is done when it takes longer.
#[derive(Debug, Clone)]
struct Limit {
    place: Place,
    source: String,
    until: Instant,
}

impl Limit {
    fn of(place: Place, source: String) -> Self {
        Self {
            place,
            source,
            until: deadline(MAX_TIME),
        }
    }

    /// Waits for what another thread sends. Should it not come in time, or ever, `None`.
    fn wait<T>(&self, receiver: &Receiver<T>) -> Result<Option<T>, Overdue> {
        let left = self.until.saturating_duration_since(Instant::now());
        match receiver.recv_timeout(left) {
            Ok(sent) => Ok(Some(sent)),
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(RecvTimeoutError::Timeout) => Err(Overdue),
        }
    }

    /// Waits until a sender is dropped; ends the process, with a note of it, should that take too
    /// long.
    fn guard(&self, done: &Receiver<Infallible>) {
        if matches!(self.wait(done), Err(Overdue)) {
            self.note();
            end_process();
        }
    }

    fn note(&self) {
        let reason = Overdue.to_string();
        self.place.log(&format!("{}: {reason}", self.source));
        if let Some(repository) = &self.place.repository {
            // Where even the note cannot be written, the log has it.
            note_gap(&repository.store_dir(), &self.source, &reason).ok();
        }
    }
}

/// The hook took too long.
#[derive(Debug, thiserror::Error)]
#[error("hook took longer than {} s and was ended", MAX_TIME.as_secs())]
struct Overdue;

/// Watches over a hook that does everything in one thread.
fn watch(limit: &Limit, is_done: Receiver<Infallible>) {
    let limit = limit.clone();
    let guard = move || limit.guard(&is_done);
    let watchdog = thread::Builder::new().name("watchdog".into()).spawn(guard);
    if let Err(error) = watchdog {
        // No thread to be had: the agent's own limit has to do.
        drop(error);
    }
}

#[expect(
    clippy::exit,
    reason = "the main thread is stuck, and the agent must not wait for it"
)]
fn end_process() -> ! {
    std::process::exit(0)
}

fn dispatch(words: &[&str], limit: &Limit, is_done: Receiver<Infallible>) -> anyhow::Result<()> {
    let place = &limit.place;
    match words {
        ["claude-code", ..] => agent(limit, is_done),
        ["git", hook, ..] => {
            watch(limit, is_done);
            match *hook {
                "post-commit" => post_commit(place),
                "pre-commit" => pre_commit(place),
                _ => {
                    place.log(&format!("no hook `git {hook}`"));
                    Ok(())
                }
            }
        }
        // Nothing happened that anybody could have recorded.
        _ => {
            place.log(&format!("no hook `{}`", words.join(" ")));
            Ok(())
        }
    }
}

/// One thread looks at what happened while this one opens the store, which takes as long.
fn agent(limit: &Limit, is_done: Receiver<Infallible>) -> anyhow::Result<()> {
    let place = &limit.place;
    let Some(looker) = Looker::start(limit, is_done) else {
        // No thread to be had: the agent's own limit has to do.
        return record(place, look(place)?, None, || Ok(()));
    };
    let store = place.open_ahead();
    let Ok(captured) = looker.captured(limit) else {
        // Whatever the other thread is stuck in, the process ends now.
        limit.note();
        return Ok(());
    };
    record(place, captured?, store, || looker.kept(limit))
}

/// Reads the report and looks at what it is about.
fn look(place: &Place) -> anyhow::Result<Captured> {
    let mut input = Vec::new();
    io::stdin()
        .lock()
        .take(MAX_INPUT_BYTES.saturating_add(1))
        .read_to_end(&mut input)
        .context("standard input")?;
    if u64::try_from(input.len()).unwrap_or(u64::MAX) > MAX_INPUT_BYTES {
        bail!("hook input is longer than {MAX_INPUT_BYTES} bytes");
    }
    Ok(claude_code::capture(&input, &place.surroundings)?)
}

/// A repository that nobody has set up is not recorded: a hook folder can be shared by many.
fn recorded_repository(place: &Place) -> Option<&Repository> {
    let repository = place.repository.as_ref()?;
    file_of(&repository.store_dir())
        .exists()
        .then_some(repository)
}

fn post_commit(place: &Place) -> anyhow::Result<()> {
    let Some(repository) = recorded_repository(place) else {
        return Ok(());
    };
    record(
        place,
        git::post_commit(repository.clone())?,
        None,
        || Ok(()),
    )
}

/// Looks whether the next entry will find its place. It never holds a commit up.
fn pre_commit(place: &Place) -> anyhow::Result<()> {
    let Some(repository) = recorded_repository(place) else {
        return Ok(());
    };
    let checked = check_tip(&repository.store_dir());
    if let Err(error) = checked {
        place.log(&format!("git/pre-commit: store check: {error:#}"));
    }
    Ok(())
}

fn check_tip(store_dir: &Path) -> anyhow::Result<()> {
    let store = Store::open(store_dir, deadline(CHECK_WAIT))?;
    let tip = store.tip()?;
    let signed = store.entry(tip.index)?.context("the tip is not there")?;
    let computed = signed.entry.computed_chain_hash();
    if computed != signed.entry.chain_hash {
        bail!(
            "entry {} claims {}, computed {computed}",
            tip.index,
            signed.entry.chain_hash
        );
    }
    Ok(())
}

/// Appends what the report came to; `kept` waits for what another thread keeps meanwhile.
fn record(
    place: &Place,
    mut captured: Captured,
    store: Option<Store>,
    kept: impl FnOnce() -> io::Result<()>,
) -> anyhow::Result<()> {
    for remark in &captured.remarks {
        place.log(remark);
    }
    let repository = captured.repository.clone();
    let store_dir = repository.store_dir();
    let config = Config::load(repository.main_root(), &store_dir).unwrap_or_else(|error| {
        place.log(&format!("configuration: {error}"));
        Config::default()
    });
    let recorder = Recorder::new(&store_dir, place.home()?).with_wait(config.store_wait);
    // The process is about to end: the system closes the store faster than `SQLite` would.
    let mut recorder = ManuallyDrop::new(recorder.with_store(store));
    let batch = std::mem::take(&mut captured.batch);
    if !batch.events.is_empty() {
        recorder.record(batch)?;
    }
    let settled = captured.settle();
    // The one place where a checkpoint is started: detached, and after the entry is durable.
    if let Err(error) = checkpoint::start(&recorder, &config, env::current_exe) {
        place.log(&format!("checkpoint: {error}"));
    }
    if let Err(error) = settled.and(kept()) {
        place.log(&format!("notes for the next hook: {error}"));
    }
    Ok(())
}

/// Says in the chain that something was lost; where that cannot be, for the next hook to say.
fn state_gap(place: &Place, source: &str, reason: &str) {
    place.log(&format!("{source}: {reason}"));
    let Some(repository) = &place.repository else {
        return;
    };
    let stated = place.home().and_then(|home| {
        let batch = gap_batch(repository.clone(), source, reason)
            .map_err(|error: CaptureError| anyhow!(error))?;
        Recorder::new(&repository.store_dir(), home).record(batch)?;
        Ok(())
    });
    if let Err(error) = stated {
        place.log(&format!("{source}: {error:#}"));
        // Where even the note cannot be written, the log has it.
        note_gap(&repository.store_dir(), source, reason).ok();
    }
}
