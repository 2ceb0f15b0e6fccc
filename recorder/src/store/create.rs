//! The birth of a log: key, store and genesis.

use std::fs;
use std::path::Path;
use std::time::Instant;

use proofline_format::digest::{Hash, sha256};
use proofline_format::encoding;
use proofline_format::entry::Fidelity;
use proofline_format::key::PublicKey;
use proofline_format::object::{self, Evidence, EvidenceItem, Genesis, ItemKind};
use rusqlite::{Connection, OpenFlags};

use super::checkpoints::insert_item;
use super::{Store, StoreError, Writer, file_of, schema};
use crate::clock;
use crate::event::Event;
use crate::guard::Guarded;
use crate::home::{Durability, create_private_dir, sync_dir, write_private};
use crate::keys::{DeviceKey, KeyRing};
use crate::{lock, random};

/// A log that is about to be.
#[derive(Debug, Clone)]
pub struct NewLog {
    key: DeviceKey,
    genesis: Genesis,
    address: Hash,
    bytes: Vec<u8>,
}

/// The answer of a time-stamp authority over a genesis object's hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BirthToken {
    /// The request as it was sent.
    pub request: Vec<u8>,
    /// The response as it was received.
    pub response: Vec<u8>,
}

impl NewLog {
    /// Chooses the log's identity: the default device key, made if there is none, and a random
    /// log id.
    ///
    /// # Errors
    /// If the key cannot be had, or randomness.
    pub fn new(
        keys: &KeyRing,
        repository: &str,
        recovery_key: Option<PublicKey>,
    ) -> Result<Self, StoreError> {
        let key = keys.default_or_new()?;
        let genesis = Genesis {
            log_id: encoding::hex(&random::bytes::<16>()?),
            public_key: *key.public(),
            recovery_key,
            repository: repository.into(),
        };
        let (address, bytes) = object::seal(&genesis.to_value());
        Ok(Self {
            key,
            genesis,
            address,
            bytes,
        })
    }

    /// What a birth token is over: the address of the genesis object.
    #[must_use]
    pub const fn imprint(&self) -> [u8; 32] {
        self.address.0
    }

    /// Makes the store, with the genesis entry as its only one. The folder then holds a whole
    /// store or none. If there is one already it stays, and is opened.
    ///
    /// # Errors
    /// If files cannot be written, or others held the folder until then.
    pub fn create(
        &self,
        store_dir: &Path,
        birth: &[BirthToken],
        until: Instant,
    ) -> Result<Store, StoreError> {
        create_private_dir(store_dir).map_err(StoreError::io(store_dir))?;
        let lock_path = store_dir.join("create.lock");
        let lock = lock::take_until(&lock_path, until).map_err(StoreError::io(&lock_path))?;
        let path = file_of(store_dir);
        if !path.try_exists().map_err(StoreError::io(&path))? {
            keep_out_of_git(store_dir)?;
            let unfinished = store_dir.join("audit.db.new");
            remove_if_there(&unfinished)?;
            // Prompts and commands are in there: its owner reads it, and nobody else. The log and
            // the index beside it take after it.
            write_private(&unfinished, b"", Durability::Lazy)
                .map_err(StoreError::io(&unfinished))?;
            self.write_database(&unfinished, birth)?;
            let renamed = fs::File::open(&unfinished)
                .and_then(|file| file.sync_all())
                .and_then(|()| fs::rename(&unfinished, &path))
                .and_then(|()| sync_dir(store_dir));
            renamed.map_err(StoreError::io(&path))?;
        }
        drop(lock);
        Store::open(store_dir, until)
    }

    /// Writes the database as one file, without a log beside it.
    fn write_database(&self, path: &Path, birth: &[BirthToken]) -> Result<(), StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        // Nobody sees this file before it is whole and synced: no journal is needed.
        connection.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
        schema::migrate(&connection, schema::MIGRATIONS)?;
        connection.execute_batch("BEGIN IMMEDIATE")?;
        self.write_genesis(&connection, birth)?;
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
        connection.close().map_err(|(_, error)| error)?;
        Ok(())
    }

    fn write_genesis(
        &self,
        connection: &Connection,
        birth: &[BirthToken],
    ) -> Result<(), StoreError> {
        let origin = self.genesis.origin();
        let mut signer = None;
        let key = self.genesis.public_key;
        let mut writer = Writer::first(connection, &origin, &mut signer, key, clock::now());
        writer.set_key(&key)?;
        writer.put_object(&self.address, &self.bytes)?;
        let mut items = Vec::new();
        for token in birth {
            for (kind, bytes) in [
                (ItemKind::TimeStampRequest, &token.request),
                (ItemKind::TimeStampResponse, &token.response),
            ] {
                insert_item(connection, 0, kind, bytes)?;
                items.push(EvidenceItem {
                    for_size: 0,
                    kind,
                    sha256: sha256(bytes),
                });
            }
        }
        items.sort_unstable();
        items.dedup();
        let mut evidence = None;
        if !items.is_empty() {
            let listed = Evidence {
                items,
                previous: None,
            };
            let (address, bytes) = object::seal(&listed.to_value());
            writer.put_object(&address, &bytes)?;
            evidence = Some(address);
        }
        let event = genesis_event(self.address, evidence)?;
        writer.append_signed(Guarded::new(event)?, &self.key)?;
        writer.commit()
    }
}

fn genesis_event(genesis: Hash, evidence: Option<Hash>) -> Result<Event, StoreError> {
    Ok(Event {
        content_hash_after: Some(genesis),
        diff_hash: evidence,
        ..system_event("genesis", "recorder/genesis")?
    })
}

/// An event that the recorder itself states.
pub(crate) fn system_event(event_type: &str, source: &str) -> Result<Event, StoreError> {
    Ok(Event {
        id: random::event_id()?,
        parent_event_id: None,
        session_id: None,
        agent_id: "system".into(),
        model_id: None,
        event_type: event_type.into(),
        tool_name: None,
        file_path: None,
        content_hash_before: None,
        content_hash_after: None,
        diff_hash: None,
        hunk: None,
        git_head: None,
        source: source.into(),
        capture_fidelity: Fidelity::Observed,
    })
}

/// Evidence in a commit would be evidence that everybody can edit.
fn keep_out_of_git(store_dir: &Path) -> Result<(), StoreError> {
    let path = store_dir.join(".gitignore");
    if path.try_exists().map_err(StoreError::io(&path))? {
        return Ok(());
    }
    fs::write(&path, "*\n").map_err(StoreError::io(&path))
}

fn remove_if_there(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(StoreError::io(path)(error))
        }
        _ => Ok(()),
    }
}
