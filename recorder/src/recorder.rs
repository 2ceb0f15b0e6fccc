//! The process that stands behind the door today: the hook itself.
//!
//! Store first, spool second, and where both refuse, a note of the loss, so that the next append
//! states it. Never a wait without bound.

mod loss;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proofline_format::digest::Hash;
use proofline_format::json::Value;
use proofline_format::object;

pub use self::loss::LossReason;
use self::loss::{Loss, Losses};
use crate::clock;
use crate::event::{Batch, Receipt, Record, RecordError};
use crate::guard::{Guarded, GuardedBatch};
use crate::home::Home;
use crate::keys::KeyRing;
use crate::log::Log;
use crate::memory::{Discrepancy, Memory, Remembered};
use crate::random;
use crate::spool::{self, Spool};
use crate::store::{NewLog, Store, StoreError, Writer, system_event};

/// Longest wait for other writers, unless the configuration says otherwise.
pub const STORE_WAIT: Duration = Duration::from_secs(2);
/// Spool files that one append takes in at most, so that no hook pays for all that was before it.
const INTAKE_MAX: usize = 64;

/// Records into the store of one project.
#[derive(Debug)]
pub struct Recorder {
    store_dir: PathBuf,
    keys: KeyRing,
    wait: Duration,
    store: Option<Store>,
    spool: Spool,
    losses: Losses,
    memory: Memory,
    log: Log,
}

/// What an append took in besides the batch, to be cleared away once it is committed.
#[derive(Debug, Default)]
struct Intake {
    done: Vec<PathBuf>,
    refused: Vec<PathBuf>,
    more: bool,
}

impl Recorder {
    /// A recorder into the store in this folder, with keys of this data folder. The store is made
    /// by the first record if there is none.
    #[must_use]
    pub fn new(store_dir: &Path, home: Home) -> Self {
        Self {
            store_dir: store_dir.into(),
            spool: Spool::new(&home, store_dir),
            losses: Losses::new(&home, store_dir),
            memory: Memory::new(&home, store_dir),
            log: Log::new(&home),
            keys: KeyRing::new(home),
            wait: STORE_WAIT,
            store: None,
        }
    }

    /// The same recorder with another longest wait for other writers.
    #[must_use]
    pub const fn with_wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// The same recorder with a store that was opened already. It is not used if it is another
    /// folder's.
    #[must_use]
    pub fn with_store(mut self, store: Option<Store>) -> Self {
        let of_this_folder = |store: &Store| store.path().parent() == Some(&self.store_dir);
        self.store = store.filter(of_this_folder);
        self
    }

    /// The folder of the store.
    #[must_use]
    pub fn store_dir(&self) -> &Path {
        &self.store_dir
    }

    /// The keys that sign.
    #[must_use]
    pub const fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// The recorder's own log.
    #[must_use]
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// The store, if a record has opened it.
    #[must_use]
    pub const fn store(&self) -> Option<&Store> {
        self.store.as_ref()
    }

    /// The spool.
    #[must_use]
    pub const fn spool(&self) -> &Spool {
        &self.spool
    }

    /// The memory of the store.
    #[must_use]
    pub const fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Events noted as gone that no entry states yet.
    #[must_use]
    pub fn pending_losses(&self) -> u64 {
        self.losses.pending()
    }

    /// Takes in everything that waits in the spool, and states noted losses.
    ///
    /// # Errors
    /// What the store says.
    pub fn take_in(&mut self) -> Result<(), StoreError> {
        while !self.append(&GuardedBatch::default())?.1 {}
        Ok(())
    }

    /// Appends what waits and then, if nothing more waits, the batch. Gives the index of its first
    /// event, and whether the batch was appended.
    fn append(&mut self, batch: &GuardedBatch) -> Result<(u64, bool), StoreError> {
        let until = deadline(self.wait);
        let mut store = match self.store.take() {
            Some(store) => store,
            None => self.open_or_create(until)?,
        };
        let appended = self.append_to(&mut store, batch, until);
        // A store that just refused is opened anew next time.
        if appended.is_ok() {
            self.store = Some(store);
        }
        appended
    }

    fn append_to(
        &self,
        store: &mut Store,
        batch: &GuardedBatch,
        until: Instant,
    ) -> Result<(u64, bool), StoreError> {
        let writer = store.write(until)?;
        let losses = self.losses.take();
        let appended = self.append_with(writer, batch, &losses);
        match &appended {
            Ok((_, intake)) => self.clear_away(intake, &losses),
            Err(_) => Losses::give_back(&losses),
        }
        appended.map(|(first, intake)| (first, !intake.more))
    }

    fn append_with(
        &self,
        mut writer: Writer<'_>,
        batch: &GuardedBatch,
        losses: &[(PathBuf, Loss)],
    ) -> Result<(u64, Intake), StoreError> {
        let before = writer.next_index();
        if let Some(discrepancy) = self.memory.compare(&writer)? {
            self.log.line(&format!("gap: {}", discrepancy.reason()));
            state_discrepancy(&mut writer, &self.keys, &discrepancy)?;
        }
        for (_, loss) in losses {
            state_loss(&mut writer, &self.keys, loss)?;
        }
        let intake = self.take_spool(&mut writer)?;
        let first = writer.next_index();
        if !intake.more {
            append_batch(&mut writer, &self.keys, batch)?;
        }
        let end = writer
            .tip()
            .map(|tip| (String::from(writer.origin()), writer.next_index(), tip));
        if writer.next_index() > before {
            writer.commit()?;
        } else {
            drop(writer);
        }
        if let Some((origin, size, tip)) = end {
            self.remember(&origin, size, tip);
        }
        Ok((first, intake))
    }

    /// Remembers how the log ends now.
    pub(crate) fn remember(&self, origin: &str, size: u64, tip: Hash) {
        let end = Remembered {
            origin: origin.into(),
            size,
            tip,
        };
        if let Err(error) = self.memory.remember(&end) {
            self.log
                .line(&format!("memory of the log not written: {error}"));
        }
    }

    fn open_or_create(&self, until: Instant) -> Result<Store, StoreError> {
        match Store::open(&self.store_dir, until) {
            Err(StoreError::Missing { .. }) => {
                let name = repository_name(&self.store_dir);
                NewLog::new(&self.keys, &name, None)?.create(&self.store_dir, &[], until)
            }
            opened => opened,
        }
    }

    fn take_spool(&self, writer: &mut Writer<'_>) -> Result<Intake, StoreError> {
        let mut intake = Intake::default();
        let waiting = self.spool.waiting();
        intake.more = waiting.len() > INTAKE_MAX;
        for file in waiting.into_iter().take(INTAKE_MAX) {
            match read_spooled(&file) {
                Ok(Some(batch)) => {
                    append_batch(writer, &self.keys, &batch)?;
                    intake.done.push(file);
                }
                // Another writer took it in and cleared it away just now.
                Ok(None) => {}
                Err(reason) => {
                    self.log
                        .line(&format!("spool file {}: {reason}", file.display()));
                    intake.refused.push(file);
                }
            }
        }
        Ok(intake)
    }

    /// After the commit: what it holds need not wait any longer.
    fn clear_away(&self, intake: &Intake, losses: &[(PathBuf, Loss)]) {
        for file in intake
            .done
            .iter()
            .chain(losses.iter().map(|(path, _)| path))
        {
            // Left behind, it is taken in again, and its ids are found in the chain.
            fs::remove_file(file).ok();
        }
        for file in &intake.refused {
            Spool::put_aside(file);
            self.note_loss(1, 0, LossReason::SpoolDamaged);
        }
    }

    fn note_loss(&self, lost: u64, delayed: u64, reason: LossReason) {
        let noted =
            Loss::new(clock::now(), lost, delayed, reason).and_then(|loss| self.losses.note(&loss));
        if let Err(error) = noted {
            self.log.line(&format!(
                "loss of {lost} events could not be noted: {error}"
            ));
        }
    }

    /// The store did not take the batch: the spool has to.
    fn fall_back(&self, batch: &GuardedBatch, why: &StoreError) -> Result<Receipt, RecordError> {
        let events = u64::try_from(batch.events.len()).unwrap_or(u64::MAX);
        let reason = if why.is_unwritable() {
            LossReason::StoreUnwritable
        } else {
            LossReason::StoreUnavailable
        };
        match self.spool.put(batch) {
            Ok(_) => {
                self.log.line(&format!("{events} events spooled: {why}"));
                // Waiting for a busy moment to pass is no gap; a disk that refuses is.
                if reason == LossReason::StoreUnwritable {
                    self.note_loss(0, events, reason);
                }
                Ok(Receipt::Spooled)
            }
            Err(error) => {
                let refusal = RecordError {
                    store: why.to_string(),
                    spool: error.to_string(),
                };
                self.log.line(&format!("{events} events lost: {refusal}"));
                self.note_loss(events, 0, reason);
                Err(refusal)
            }
        }
    }
}

impl Record for Recorder {
    fn record(&mut self, batch: Batch) -> Result<Receipt, RecordError> {
        let events = u64::try_from(batch.events.len()).unwrap_or(u64::MAX);
        let batch = match GuardedBatch::new(batch) {
            Ok(batch) => batch,
            Err(error) => {
                self.log.line(&format!("{events} events lost: {error}"));
                self.note_loss(events, 0, LossReason::EventRefused);
                return Err(RecordError {
                    store: error.to_string(),
                    spool: "not tried: no later append could take it either".into(),
                });
            }
        };
        match self.append(&batch) {
            Ok((first_index, true)) => Ok(Receipt::Appended { first_index }),
            Ok((_, false)) => {
                let busy = StoreError::Busy { waited_ms: 0 };
                self.fall_back(&batch, &busy)
            }
            Err(error) => self.fall_back(&batch, &error),
        }
    }
}

/// The moment at which a wait that begins now is over.
#[must_use]
pub fn deadline(wait: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(wait).unwrap_or(now)
}

/// What a repository is called in its genesis: the name of its folder.
#[must_use]
pub fn repository_name(store_dir: &Path) -> String {
    let project = store_dir.canonicalize().ok();
    let project = project.as_deref().unwrap_or(store_dir).parent();
    project
        .and_then(Path::file_name)
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn read_spooled(file: &Path) -> Result<Option<GuardedBatch>, String> {
    let bytes = match fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let batch = spool::read(&bytes).map_err(|error| error.to_string())?;
    GuardedBatch::new(batch)
        .map(Some)
        .map_err(|error| error.to_string())
}

/// Appends a batch unless it stands in the chain already.
fn append_batch(
    writer: &mut Writer<'_>,
    keys: &KeyRing,
    batch: &GuardedBatch,
) -> Result<(), StoreError> {
    if let Some(first) = batch.events.first()
        && writer.contains(&first.event().id)?
    {
        return Ok(());
    }
    for (address, bytes) in &batch.objects {
        writer.put_object(address, bytes)?;
    }
    for event in &batch.events {
        writer.append(event.clone(), keys)?;
    }
    Ok(())
}

/// Appends a `capture_gap` with what is known of it.
fn state_gap(
    writer: &mut Writer<'_>,
    keys: &KeyRing,
    members: Vec<(String, Value)>,
    id: Option<proofline_format::entry::EventId>,
) -> Result<(), StoreError> {
    let mut members = members;
    members.push(("type".into(), "gap".into()));
    members.push(("salt".into(), random::salt()?.into()));
    let (address, bytes) = object::seal(&Value::Object(members));
    let mut event = system_event("capture_gap", "recorder/append")?;
    event.id = id.unwrap_or(event.id);
    event.content_hash_after = Some(address);
    writer.put_object(&address, &bytes)?;
    writer.append(Guarded::new(event)?, keys)?;
    Ok(())
}

fn state_loss(writer: &mut Writer<'_>, keys: &KeyRing, loss: &Loss) -> Result<(), StoreError> {
    if writer.contains(&loss.event_id())? {
        return Ok(());
    }
    let members = vec![
        ("delayed".into(), loss.delayed.into()),
        ("event_time".into(), loss.since.to_string().into()),
        ("lost".into(), loss.lost.into()),
        ("reason".into(), loss.reason.as_str().into()),
    ];
    state_gap(writer, keys, members, Some(loss.event_id()))
}

fn state_discrepancy(
    writer: &mut Writer<'_>,
    keys: &KeyRing,
    discrepancy: &Discrepancy,
) -> Result<(), StoreError> {
    let was = discrepancy.remembered();
    let lost = match discrepancy {
        Discrepancy::Shorter(_) => was.size.saturating_sub(writer.next_index()).into(),
        Discrepancy::Replaced(_) | Discrepancy::Different(_) => Value::Null,
    };
    let members = vec![
        ("event_time".into(), writer.now().to_string().into()),
        ("found_size".into(), writer.next_index().into()),
        ("found_tip".into(), writer.tip().into()),
        ("lost".into(), lost),
        ("reason".into(), discrepancy.reason().into()),
        ("remembered_origin".into(), was.origin.as_str().into()),
        ("remembered_size".into(), was.size.into()),
        ("remembered_tip".into(), was.tip.into()),
    ];
    state_gap(writer, keys, members, None)
}
