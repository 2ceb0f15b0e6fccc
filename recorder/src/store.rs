//! The store: one chain per repository and device, in `SQLite`.
//!
//! Opening is cheap and independent of the number of entries: a hook does it on every call. An
//! append is one immediate transaction ([`Writer`]). Nothing here waits without bound, and
//! nothing here moves the write-ahead log into the database unless asked to.

mod append;
mod checkpoints;
mod create;
mod error;
mod evidence;
mod objects;
mod read;
mod row;
mod schema;
mod sessions;

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use proofline_format::digest::Hash;
use proofline_format::object::Genesis;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

pub(crate) use self::append::entry_of;
pub use self::append::{Entered, Writer};
pub use self::checkpoints::{Item, Standing, StoredNote};
pub(crate) use self::create::system_event;
pub use self::create::{BirthToken, NewLog};
pub use self::error::StoreError;
pub use self::read::{Signed, Tip};
pub use self::sessions::SessionLine;
use crate::clock::{self, Clock};
use crate::home::sync_dir;
use crate::keys::{DeviceKey, KeyRing};

/// The store's file in its folder.
pub const FILE_NAME: &str = "audit.db";
/// First pause between two tries to get hold of the store.
const RETRY_FIRST: Duration = Duration::from_micros(200);
/// Longest pause between two tries.
const RETRY_LONGEST: Duration = Duration::from_millis(3);
/// Octets that the log is given ahead when it is emptied. What is written into room that is there
/// already need not make the file's new length durable too, which costs as much again.
pub(crate) const LOG_ROOM_BYTES: usize = 512 << 10;

/// An open store.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
    genesis: Genesis,
    genesis_address: Hash,
    origin: String,
    clock: Clock,
    /// The key that signed last, so that a batch after a batch reads no key file.
    signer: Option<DeviceKey>,
    wal_pages: Arc<AtomicU64>,
}

/// The path of a store's file in its folder.
#[must_use]
pub fn file_of(store_dir: &Path) -> PathBuf {
    store_dir.join(FILE_NAME)
}

/// How long emptying the log is tried while others read, and the pause between two tries: a hook
/// holds it for a millisecond or two.
const EMPTYING_WAIT: Duration = Duration::from_millis(400);
const EMPTYING_PAUSE: Duration = Duration::from_micros(300);

impl Store {
    /// Opens the store in a folder.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if there is none, [`StoreError::Busy`] if others held it until
    /// then.
    pub fn open(store_dir: &Path, until: Instant) -> Result<Self, StoreError> {
        let path = file_of(store_dir);
        // `SQLite` reports a missing file like any other that it cannot open.
        if !path.try_exists().map_err(StoreError::io(&path))? {
            return Err(StoreError::Missing { path });
        }
        let wal_pages = Arc::new(AtomicU64::new(0));
        let connection = patiently(until, || connect(&path, &wal_pages))?;
        // Only now: whoever was the last to close the store took the log away.
        if log_is_missing_or_empty(&path) {
            sync_dir(store_dir).map_err(StoreError::io(store_dir))?;
        }
        let (genesis_address, genesis) = patiently(until, || read::genesis(&connection))?;
        Ok(Self {
            connection,
            path,
            origin: genesis.origin(),
            genesis,
            genesis_address,
            clock: clock::now,
            signer: None,
            wal_pages,
        })
    }

    /// Does now what the next append would have to do first: it compiles the statements, and loads
    /// the key that signs. What cannot be done is left to the append, which reports it.
    pub fn prepare(&mut self, keys: &KeyRing) {
        let compiled = append::STATEMENTS
            .iter()
            .chain(&read::STATEMENTS)
            .chain([&checkpoints::STANDING])
            .try_for_each(|sql| self.connection.prepare_cached(sql).map(drop));
        if compiled.is_ok()
            && let Ok(tip) = self.tip()
            && let Ok(key) = self.key_at(tip.index.saturating_add(1))
        {
            self.signer = keys.load(&key.fingerprint()).ok();
        }
    }

    /// The same store with another clock.
    #[must_use]
    pub const fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// What the store's clock says.
    #[must_use]
    pub fn now(&self) -> proofline_format::timestamp::Timestamp {
        (self.clock)()
    }

    /// The origin of the log.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The genesis object and its address.
    #[must_use]
    pub const fn genesis(&self) -> (&Genesis, &Hash) {
        (&self.genesis, &self.genesis_address)
    }

    /// The store's file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Pages in the write-ahead log after the last commit of this connection. The first opener
    /// after a pause reads all of them, so that they must not become many.
    #[must_use]
    pub fn wal_pages(&self) -> u64 {
        self.wal_pages.load(Ordering::Relaxed)
    }

    /// Moves the write-ahead log into the database as far as nobody is in the way.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn move_wal(&self) -> Result<(), StoreError> {
        // The first pass does the work without holding up writers. The second then only has to
        // empty the file; while somebody reads it is tried again for a moment. Emptied it must be:
        // where the last connection closes on a log that was merely begun anew, the next opener
        // reads it all.
        self.wal_checkpoint("PASSIVE")?;
        let until = crate::recorder::deadline(EMPTYING_WAIT);
        while !self.wal_checkpoint("TRUNCATE")? && Instant::now() < until {
            sleep(EMPTYING_PAUSE);
        }
        self.wal_pages.store(0, Ordering::Relaxed);
        self.make_room_in_log()
    }

    /// Fills the emptied log with zeros, which are no log to anybody: a header begins otherwise.
    fn make_room_in_log(&self) -> Result<(), StoreError> {
        let log = log_of(&self.path);
        // Nobody writes while this connection holds the write lock, and the log belongs to writers.
        if self.connection.execute_batch("BEGIN IMMEDIATE").is_err() {
            return Ok(());
        }
        let filled = fill_if_empty(&log);
        self.connection.execute_batch("ROLLBACK")?;
        // Writers need not wait for the disk, only for their own entries to be on it. Where there
        // is no room to be had, appends are slower and nothing else.
        if let Ok(Some(log)) = filled {
            log.sync_all().ok();
        }
        Ok(())
    }

    /// One pass of a mode; whether nobody was in its way.
    fn wal_checkpoint(&self, mode: &str) -> Result<bool, StoreError> {
        let statement = format!("PRAGMA wal_checkpoint({mode})");
        let moved = self
            .connection
            .query_row(&statement, [], |row| row.get::<_, i64>(0));
        match moved {
            Ok(busy) => Ok(busy == 0),
            Err(error) if error::is_busy(&error) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Begins an append: takes the one write lock, waiting for it until a moment.
    ///
    /// # Errors
    /// [`StoreError::Busy`], or what `SQLite` says.
    pub fn write(&mut self, until: Instant) -> Result<Writer<'_>, StoreError> {
        let connection = &self.connection;
        patiently(until, || Ok(connection.execute_batch("BEGIN IMMEDIATE")?))?;
        Writer::begun(self)
    }
}

/// Whether the name of the write-ahead log may not be durable yet.
///
/// `SQLite` would make it so in every process that writes, which doubles what a hook waits for.
/// Here whoever finds the log without content does, before anything of it is in there: a log with
/// content has a durable name.
fn log_is_missing_or_empty(path: &Path) -> bool {
    std::fs::metadata(log_of(path)).map_or(true, |log| log.len() == 0)
}

fn log_of(path: &Path) -> PathBuf {
    beside(path, "-wal")
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Whether a path leads to one of the files that `SQLite` locks for the store in a folder.
///
/// Such a file must not be opened by a process that has the store open: the system lets go of all
/// locks of a process on a file as soon as the process closes it once, through whatever name.
#[must_use]
pub fn is_locked_file(store_dir: &Path, path: &Path) -> bool {
    let identity = |path: &Path| {
        let file = std::fs::metadata(path).ok()?;
        Some((file.dev(), file.ino()))
    };
    let Some(asked) = identity(path) else {
        return false;
    };
    let database = file_of(store_dir);
    ["", "-wal", "-shm"]
        .iter()
        .any(|ending| identity(&beside(&database, ending)) == Some(asked))
}

/// Pages that the write-ahead log of the store in a folder holds: frames that belong to its header,
/// in a file that may be longer than they are.
///
/// # Errors
/// If the log cannot be read; one that is not there holds none.
pub fn log_pages(store_dir: &Path) -> std::io::Result<u64> {
    const HEADER_BYTES: u64 = 32;
    const FRAME_HEADER_BYTES: u64 = 24;
    let log = match File::open(log_of(&file_of(store_dir))) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        opened => opened?,
    };
    let length = log.metadata()?.len();
    let mut header = [0; 24];
    if length < HEADER_BYTES {
        return Ok(0);
    }
    log.read_exact_at(&mut header, 0)?;
    // `magic ‖ version ‖ page size ‖ sequence ‖ salt`: <https://sqlite.org/walformat.html> §2.
    let [magic, page_bytes, salt @ ..] = [
        word(&header, 0),
        word(&header, 8),
        word(&header, 16),
        word(&header, 20),
    ];
    let frame_bytes = FRAME_HEADER_BYTES.saturating_add(page_bytes.into());
    let mut pages: u64 = 0;
    let mut at = HEADER_BYTES;
    while magic | 1 == 0x377f_0683 && at.saturating_add(frame_bytes) <= length {
        let mut frame = [0; 16];
        log.read_exact_at(&mut frame, at)?;
        if [word(&frame, 8), word(&frame, 12)] != salt {
            break;
        }
        pages = pages.saturating_add(1);
        at = at.saturating_add(frame_bytes);
    }
    Ok(pages)
}

/// The big-endian word at an offset; 0 beyond the end.
fn word(bytes: &[u8], offset: usize) -> u32 {
    let rest = bytes.get(offset..).and_then(<[u8]>::first_chunk::<4>);
    rest.map_or(0, |word| u32::from_be_bytes(*word))
}

fn fill_if_empty(log: &Path) -> std::io::Result<Option<File>> {
    let mut log = OpenOptions::new().write(true).open(log)?;
    if log.metadata()?.len() > 0 {
        return Ok(None);
    }
    if let Err(error) = log.write_all(&vec![0; LOG_ROOM_BYTES]) {
        // The last of a full disk belongs to entries.
        log.set_len(0)?;
        return Err(error);
    }
    Ok(Some(log))
}

/// Opens a connection and checks that it is a store that this program knows.
fn connect(path: &Path, wal_pages: &Arc<AtomicU64>) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    configure(&mut connection, wal_pages)?;
    // A store appears whole, with its genesis. An empty file in its place was something else, or
    // lost what it held: nothing is written over it.
    match schema::version(&connection)? {
        0 => return Err(StoreError::NotAStore { path: path.into() }),
        schema::VERSION => {}
        _ => schema::migrate(&connection, schema::MIGRATIONS)?,
    }
    Ok(connection)
}

fn configure(connection: &mut Connection, wal_pages: &Arc<AtomicU64>) -> Result<(), StoreError> {
    // Waiting is done here, with a bound over all steps together.
    connection.busy_timeout(Duration::ZERO)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let pages = Arc::clone(wal_pages);
    // Also turns off `SQLite`'s own move of the log after every 1,000 pages.
    connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, count| {
        pages.store(u64::try_from(count).unwrap_or(0), Ordering::Relaxed);
        Ok(())
    }))?;
    connection.execute_batch("PRAGMA synchronous = FULL")?;
    Ok(())
}

/// Tries until it works, fails for another reason than other connections, or time is up.
fn patiently<T>(
    until: Instant,
    mut attempt: impl FnMut() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let start = Instant::now();
    let mut pause = RETRY_FIRST;
    loop {
        match attempt() {
            Err(error) if error.is_busy() => {}
            done => return done,
        }
        let now = Instant::now();
        if now >= until {
            let waited_ms = now.saturating_duration_since(start).as_millis();
            return Err(StoreError::Busy { waited_ms });
        }
        sleep(pause.min(until.saturating_duration_since(now)));
        pause = pause.saturating_mul(2).min(RETRY_LONGEST);
    }
}
