//! The append: one immediate transaction that reads the tip, links, signs and inserts.

use proofline_format::digest::Hash;
use proofline_format::entry::{Entry, EventId, signed_bytes};
use proofline_format::key::PublicKey;
use proofline_format::object::{self, SessionSummary};
use proofline_format::timestamp::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Signed, Store, StoreError, read, sessions};
use crate::event::Event;
use crate::guard::Guarded;
use crate::keys::{DeviceKey, KeyRing};

/// An entry as it was appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entered {
    /// Its index in the chain.
    pub index: u64,
    /// Its chain hash.
    pub chain_hash: Hash,
    /// Its canonical line.
    pub line: Vec<u8>,
}

/// An append in progress. What was not committed is undone when this is dropped.
#[derive(Debug)]
pub struct Writer<'s> {
    connection: &'s Connection,
    origin: &'s str,
    now: Timestamp,
    signer: &'s mut Option<DeviceKey>,
    /// The key valid at `next`.
    key: PublicKey,
    next: u64,
    tip: Option<Hash>,
    committed: bool,
}

impl<'s> Writer<'s> {
    /// The write lock is held; reads where the chain stands.
    pub(super) fn begun(store: &'s mut Store) -> Result<Self, StoreError> {
        // The clock is read inside the transaction: a later entry never waited for an earlier
        // one after it was dated.
        let now = store.now();
        let mut writer = Self {
            connection: &store.connection,
            origin: &store.origin,
            now,
            signer: &mut store.signer,
            key: store.genesis.public_key,
            next: 0,
            tip: None,
            committed: false,
        };
        if let Some(tip) = read::tip(writer.connection)? {
            writer.next = tip.index.saturating_add(1);
            writer.tip = Some(tip.chain_hash);
            writer.key = read::key_at(writer.connection, writer.next)?;
        }
        Ok(writer)
    }

    /// A writer to a store that has no entry yet.
    pub(super) const fn first(
        connection: &'s Connection,
        origin: &'s str,
        signer: &'s mut Option<DeviceKey>,
        key: PublicKey,
        now: Timestamp,
    ) -> Self {
        Self {
            connection,
            origin,
            now,
            signer,
            key,
            next: 0,
            tip: None,
            committed: false,
        }
    }

    /// Index that the next entry will have.
    #[must_use]
    pub const fn next_index(&self) -> u64 {
        self.next
    }

    /// Chain hash of the last entry.
    #[must_use]
    pub const fn tip(&self) -> Option<Hash> {
        self.tip
    }

    /// The time that entries of this append get.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The origin of the log.
    #[must_use]
    pub const fn origin(&self) -> &str {
        self.origin
    }

    /// The key valid at the next index.
    #[must_use]
    pub const fn valid_key(&self) -> &PublicKey {
        &self.key
    }

    pub(super) const fn connection(&self) -> &'s Connection {
        self.connection
    }

    /// Chain hash of the entry at an index, if the chain is that long.
    ///
    /// # Errors
    /// What `SQLite` says.
    pub fn chain_hash_at(&self, index: u64) -> Result<Option<Hash>, StoreError> {
        read::chain_hash_at(self.connection, index)
    }

    /// Hands the entries of `[start, end)` to a function in chain order.
    ///
    /// # Errors
    /// What the function says, or the store if one of them is missing.
    pub fn scan(
        &self,
        start: u64,
        end: u64,
        take: &mut dyn FnMut(Signed) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        read::scan(self.connection, start, end, take)
    }

    /// The evidence object of the genesis entry: the birth token, if there is one.
    ///
    /// # Errors
    /// What `SQLite` says, or [`StoreError::Form`].
    pub fn genesis_evidence(&self) -> Result<Option<Hash>, StoreError> {
        let sql = "SELECT diff_hash FROM audit_events WHERE rowid = 1 AND diff_hash IS NOT NULL";
        read::one(self.connection, sql, [], |row| read::hash(row, 0, 0))
    }

    /// Whether an entry of that id stands in the chain.
    ///
    /// # Errors
    /// What `SQLite` says.
    pub fn contains(&self, id: &EventId) -> Result<bool, StoreError> {
        let mut find = self.connection.prepare_cached(FIND_EVENT)?;
        Ok(find.exists([id.to_string()])?)
    }

    /// Keeps an object. One that is there already, or was erased, stays as it is.
    ///
    /// # Errors
    /// What `SQLite` says.
    pub fn put_object(&self, address: &Hash, bytes: &[u8]) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(INSERT_OBJECT)?
            .execute(params![address.to_string(), bytes])?;
        Ok(())
    }

    /// Appends one event, signed by the key valid at its index.
    ///
    /// # Errors
    /// If the key cannot be had, or what `SQLite` says.
    pub fn append(&mut self, event: Guarded, keys: &KeyRing) -> Result<Entered, StoreError> {
        let wanted = self.key.fingerprint();
        if self
            .signer
            .as_ref()
            .is_none_or(|key| key.fingerprint() != wanted)
        {
            *self.signer = Some(keys.load(&wanted)?);
        }
        let Some(signer) = self.signer.clone() else {
            return Err(self.form("signing key"));
        };
        self.append_signed(event, &signer)
    }

    /// Appends one event signed by a given key: a revocation may be signed by the recovery key.
    ///
    /// # Errors
    /// What `SQLite` says.
    pub fn append_signed(
        &mut self,
        event: Guarded,
        signer: &DeviceKey,
    ) -> Result<Entered, StoreError> {
        let mut event = event.into_event();
        if event.event_type == "session_end" && event.content_hash_after.is_none() {
            event.content_hash_after = self.close_session(event.session_id.as_deref())?;
        }
        // A parent must be an earlier entry; one that was lost to capture cannot be named.
        if let Some(parent) = event.parent_event_id
            && !self.contains(&parent)?
        {
            event.parent_event_id = None;
        }
        let entry = entry_of(event, self.now).linked(self.tip);
        let line = entry.line();
        let signature = signer.sign(&signed_bytes(&line));
        self.insert(&entry, &signer.fingerprint(), &signature)?;
        let entered = Entered {
            index: self.next,
            chain_hash: entry.chain_hash,
            line,
        };
        self.tip = Some(entry.chain_hash);
        self.next = self.next.saturating_add(1);
        Ok(entered)
    }

    /// Names the key valid from the next index on.
    ///
    /// # Errors
    /// What `SQLite` says.
    pub fn set_key(&mut self, key: &PublicKey) -> Result<(), StoreError> {
        self.connection.execute(
            "INSERT INTO audit_keys (first_index, fingerprint, public_key) VALUES (?1, ?2, ?3)",
            params![
                rowid(self.next)?,
                key.fingerprint().to_string(),
                key.to_hex()
            ],
        )?;
        self.key = *key;
        Ok(())
    }

    /// Makes everything appended durable.
    ///
    /// # Errors
    /// What `SQLite` says; then nothing was appended.
    pub fn commit(mut self) -> Result<(), StoreError> {
        self.connection.execute_batch("COMMIT")?;
        self.committed = true;
        Ok(())
    }

    fn form(&self, what: &'static str) -> StoreError {
        StoreError::Form {
            what,
            index: self.next,
        }
    }

    /// Keeps the summary of a session so far and gives its address; `None` for a session of
    /// which nothing was recorded.
    fn close_session(&self, session: Option<&str>) -> Result<Option<Hash>, StoreError> {
        let Some(session) = session else {
            return Ok(None);
        };
        let summary: Option<SessionSummary> = sessions::summary(self.connection, session)?;
        let Some(summary) = summary else {
            return Ok(None);
        };
        let (address, bytes) = object::seal(&summary.to_value());
        self.put_object(&address, &bytes)?;
        Ok(Some(address))
    }

    fn insert(
        &self,
        entry: &Entry,
        fingerprint: &Hash,
        signature: &[u8; 64],
    ) -> Result<(), StoreError> {
        let hash = |hash: Option<Hash>| hash.map(|hash| hash.to_string());
        let count = |count: Option<u64>| count.map(rowid).transpose();
        let id = entry.id.to_string();
        let mut event = self.connection.prepare_cached(INSERT_EVENT)?;
        event.execute(params![
            rowid(self.next.saturating_add(1))?,
            id,
            entry.parent_event_id.map(|id| id.to_string()),
            entry.session_id,
            entry.agent_id,
            entry.model_id,
            entry.event_type,
            entry.tool_name,
            entry.file_path,
            hash(entry.content_hash_before),
            hash(entry.content_hash_after),
            hash(entry.diff_hash),
            count(entry.line_start)?,
            count(entry.line_end)?,
            entry.hunk_header,
            entry.git_head,
            entry.source,
            hash(entry.previous_hash),
            entry.chain_hash.to_string(),
            entry.capture_fidelity.as_str(),
            entry.created_at.to_string(),
        ])?;
        let mut row = self.connection.prepare_cached(INSERT_SIGNATURE)?;
        row.execute(params![
            rowid(self.next)?,
            id,
            fingerprint.to_string(),
            signature
        ])?;
        Ok(())
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        if !self.committed {
            // Nothing more can be done here; `SQLite` undoes what is left when it opens next.
            self.connection.execute_batch("ROLLBACK").optional().ok();
        }
    }
}

const FIND_EVENT: &str = "SELECT 1 FROM audit_events WHERE id = ?1";
const INSERT_OBJECT: &str = "INSERT OR IGNORE INTO audit_objects (sha256, bytes) VALUES (?1, ?2)";
const INSERT_SIGNATURE: &str = "INSERT INTO audit_event_signatures VALUES (?1, ?2, ?3, ?4)";
const INSERT_EVENT: &str = "INSERT INTO audit_events (rowid, id, parent_event_id, session_id, \
     agent_id, model_id, event_type, tool_name, file_path, content_hash_before, \
     content_hash_after, diff_hash, line_start, line_end, hunk_header, git_head, source, \
     previous_hash, chain_hash, capture_fidelity, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, \
     ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)";

/// What every append runs.
pub(super) const STATEMENTS: [&str; 4] =
    [FIND_EVENT, INSERT_OBJECT, INSERT_SIGNATURE, INSERT_EVENT];

/// A count as `SQLite` keeps it.
pub(super) fn rowid(count: u64) -> Result<i64, StoreError> {
    i64::try_from(count).map_err(|_| StoreError::Form {
        what: "count",
        index: count,
    })
}

/// The entry that an event becomes, not yet linked.
pub(crate) fn entry_of(event: Event, created_at: Timestamp) -> Entry {
    let (line_start, line_end) = event.hunk.map(|hunk| hunk.line_range()).unzip();
    Entry {
        id: event.id,
        parent_event_id: event.parent_event_id,
        session_id: event.session_id,
        agent_id: event.agent_id,
        model_id: event.model_id,
        event_type: event.event_type,
        tool_name: event.tool_name,
        file_path: event.file_path,
        content_hash_before: event.content_hash_before,
        content_hash_after: event.content_hash_after,
        diff_hash: event.diff_hash,
        line_start,
        line_end,
        hunk_header: event.hunk.map(|hunk| hunk.header()),
        git_head: event.git_head,
        source: event.source,
        previous_hash: None,
        chain_hash: Hash([0; 32]),
        capture_fidelity: event.capture_fidelity,
        created_at,
    }
}
