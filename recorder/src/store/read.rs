//! Reading the chain back, in order.

use proofline_format::digest::Hash;
use proofline_format::entry::{Entry, EventId};
use proofline_format::key::{PublicKey, SIGNATURE_BYTES};
use proofline_format::object::Genesis;
use proofline_format::timestamp::Timestamp;
use rusqlite::{Connection, Row, params};

use super::append::rowid;
use super::row::{COLUMNS, entry};
use super::{Store, StoreError};

const TIP: &str = "SELECT s.seq, e.chain_hash, e.created_at, s.event_id = e.id \
                   FROM audit_event_signatures s JOIN audit_events e ON e.rowid = s.seq + 1 \
                   ORDER BY s.seq DESC LIMIT 1";
const KEY_AT: &str = "SELECT public_key FROM audit_keys WHERE first_index <= ?1 \
                      ORDER BY first_index DESC LIMIT 1";
const CHAIN_HASH_AT: &str = "SELECT chain_hash FROM audit_events WHERE rowid = ?1";
/// What every append reads.
pub(super) const STATEMENTS: [&str; 3] = [TIP, KEY_AT, CHAIN_HASH_AT];

/// The last entry of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tip {
    /// Its index.
    pub index: u64,
    /// Its chain hash.
    pub chain_hash: Hash,
    /// When it was appended, by the device's clock.
    pub created_at: Timestamp,
}

/// An entry with its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Its index in the chain.
    pub index: u64,
    /// The twenty columns.
    pub entry: Entry,
    /// The signature over its line.
    pub signature: [u8; SIGNATURE_BYTES],
    /// Fingerprint of the key that signed.
    pub key_fingerprint: Hash,
}

const fn form(what: &'static str, index: u64) -> StoreError {
    StoreError::Form { what, index }
}

fn index_of_row(row: &Row<'_>) -> Result<u64, StoreError> {
    u64::try_from(row.get::<_, i64>(0)?).map_err(|_| form("seq", 0))
}

/// Reads a hash column that is never null.
pub(super) fn hash(row: &Row<'_>, column: usize, index: u64) -> Result<Hash, StoreError> {
    let text = row
        .get_ref(column)?
        .as_str()
        .map_err(rusqlite::Error::from)?;
    Hash::from_hex(text.as_bytes()).ok_or(form("hash", index))
}

/// Reads one row, if there is one, with a reader that may refuse it.
pub(super) fn one<T>(
    connection: &Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
    read: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    rows.next()?.map(read).transpose()
}

/// The genesis object and its address.
pub(super) fn genesis(connection: &Connection) -> Result<(Hash, Genesis), StoreError> {
    let sql = "SELECT e.content_hash_after, o.bytes FROM audit_events e \
               JOIN audit_objects o ON o.sha256 = e.content_hash_after WHERE e.rowid = 1";
    let found = one(connection, sql, [], |row| {
        let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        let genesis = Genesis::parse(bytes).map_err(StoreError::parse("genesis object"))?;
        Ok((hash(row, 0, 0)?, genesis))
    })?;
    found.ok_or(form("genesis entry", 0))
}

pub(super) fn tip(connection: &Connection) -> Result<Option<Tip>, StoreError> {
    one(connection, TIP, [], |row| {
        let index = index_of_row(row)?;
        let created_at: String = row.get(2)?;
        if row.get(3)? {
            Ok(Tip {
                index,
                chain_hash: hash(row, 1, index)?,
                created_at: Timestamp::parse(created_at.as_bytes())
                    .ok_or(form("created_at", index))?,
            })
        } else {
            Err(form("order of entries", index))
        }
    })
}

/// The key valid at an index.
pub(super) fn key_at(connection: &Connection, index: u64) -> Result<PublicKey, StoreError> {
    let key = one(connection, KEY_AT, [rowid(index)?], |row| {
        let hex = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
        Ok(PublicKey::from_hex(hex))
    })?;
    key.flatten().ok_or(form("device key", index))
}

pub(super) fn chain_hash_at(
    connection: &Connection,
    index: u64,
) -> Result<Option<Hash>, StoreError> {
    let row = rowid(index.saturating_add(1))?;
    one(connection, CHAIN_HASH_AT, [row], |row| hash(row, 0, index))
}

fn select(condition: &str) -> String {
    let columns = COLUMNS.replace(", ", ", e.");
    format!(
        "SELECT s.seq, s.event_id, s.key_fingerprint, s.signature, e.{columns} \
         FROM audit_event_signatures s JOIN audit_events e ON e.rowid = s.seq + 1 \
         WHERE {condition} ORDER BY s.seq"
    )
}

fn signed(row: &Row<'_>) -> Result<Signed, StoreError> {
    let index = index_of_row(row)?;
    let entry = entry(row, 4, index)?;
    let id = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
    if EventId::parse(id.as_bytes()) != Some(entry.id) {
        return Err(form("order of entries", index));
    }
    let signature = row.get_ref(3)?.as_blob().map_err(rusqlite::Error::from)?;
    Ok(Signed {
        index,
        entry,
        signature: signature.try_into().map_err(|_| form("signature", index))?,
        key_fingerprint: hash(row, 2, index)?,
    })
}

/// Hands the entries of `[start, end)` to a function in chain order; a gap in them is an error.
pub(super) fn scan(
    connection: &Connection,
    start: u64,
    end: u64,
    take: &mut dyn FnMut(Signed) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare(&select("s.seq >= ?1 AND s.seq < ?2"))?;
    let mut rows = statement.query(params![rowid(start)?, rowid(end)?])?;
    let mut next = start;
    while let Some(row) = rows.next()? {
        let entry = signed(row)?;
        if entry.index != next {
            return Err(form("entry", next));
        }
        take(entry)?;
        next = next.saturating_add(1);
    }
    if next < end {
        return Err(form("entry", next));
    }
    Ok(())
}

impl Store {
    /// The last entry; every store has at least its genesis.
    ///
    /// # Errors
    /// What `SQLite` says, or [`StoreError::Form`].
    pub fn tip(&self) -> Result<Tip, StoreError> {
        tip(&self.connection)?.ok_or(form("genesis entry", 0))
    }

    /// The key valid at an index.
    ///
    /// # Errors
    /// What `SQLite` says, or [`StoreError::Form`].
    pub fn key_at(&self, index: u64) -> Result<PublicKey, StoreError> {
        key_at(&self.connection, index)
    }

    /// Every key of the log with the first index at which it is valid.
    ///
    /// # Errors
    /// What `SQLite` says, or [`StoreError::Form`].
    pub fn keys(&self) -> Result<Vec<(u64, PublicKey)>, StoreError> {
        let sql = "SELECT first_index, public_key FROM audit_keys ORDER BY first_index";
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        let mut keys = Vec::new();
        while let Some(row) = rows.next()? {
            let index = index_of_row(row)?;
            let hex: String = row.get(1)?;
            let key = PublicKey::from_hex(&hex).ok_or(form("device key", index))?;
            keys.push((index, key));
        }
        Ok(keys)
    }

    /// Hands the entries of `[start, end)` to a function in chain order.
    ///
    /// # Errors
    /// What the function says, or the store if one of them is missing.
    pub fn scan(
        &self,
        start: u64,
        end: u64,
        mut take: impl FnMut(Signed) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        scan(&self.connection, start, end, &mut take)
    }

    /// The entry at an index.
    ///
    /// # Errors
    /// What `SQLite` says, or [`StoreError::Form`].
    pub fn entry(&self, index: u64) -> Result<Option<Signed>, StoreError> {
        let sql = select("s.seq = ?1");
        one(&self.connection, &sql, [rowid(index)?], signed)
    }

    /// Up to `limit` entries whose id begins with a text.
    ///
    /// # Errors
    /// What `SQLite` says, or [`StoreError::Form`].
    pub fn entries_by_id(&self, prefix: &str, limit: usize) -> Result<Vec<Signed>, StoreError> {
        // Ids are hex and hyphens: `g` is above all of them.
        let sql = "SELECT rowid - 1 FROM audit_events WHERE id >= ?1 AND id < ?1 || 'g' LIMIT ?2";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query(params![prefix, limit])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.extend(self.entry(index_of_row(row)?)?);
        }
        Ok(found)
    }

    /// Indexes of the `capture_gap` entries, ascending.
    ///
    /// # Errors
    /// What `SQLite` says.
    pub fn gaps(&self) -> Result<Vec<u64>, StoreError> {
        // Spelt as in the partial index, so that it serves.
        let sql = "SELECT rowid - 1 FROM audit_events WHERE event_type = 'capture_gap' \
                   ORDER BY rowid";
        self.indexes(sql, [])
    }

    /// First and last index of the entries appended in `[since, until)`.
    ///
    /// # Errors
    /// What `SQLite` says.
    pub fn span_in_time(
        &self,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Result<Option<(u64, u64)>, StoreError> {
        // The one form of time sorts as text.
        let sql = "SELECT min(rowid) - 1, max(rowid) - 1 FROM audit_events \
                   WHERE (?1 IS NULL OR created_at >= ?1) AND (?2 IS NULL OR created_at < ?2)";
        let text = |time: Option<Timestamp>| time.map(|time| time.to_string());
        let span = one(
            &self.connection,
            sql,
            params![text(since), text(until)],
            |row| Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?)),
        )?;
        let index = |index: i64| u64::try_from(index).ok();
        Ok(span.and_then(|(first, last)| Some((index(first?)?, index(last?)?))))
    }

    /// The first column of every row as an index.
    pub(super) fn indexes(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
    ) -> Result<Vec<u64>, StoreError> {
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query(parameters)?;
        let mut indexes = Vec::new();
        while let Some(row) = rows.next()? {
            indexes.push(index_of_row(row)?);
        }
        Ok(indexes)
    }

    /// Runs a function that sees one state of the store, whatever is appended meanwhile.
    ///
    /// # Errors
    /// What the function says.
    pub fn at_one_moment<T, E: From<StoreError>>(
        &self,
        look: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let begin = |sql| self.connection.execute_batch(sql).map_err(StoreError::from);
        begin("BEGIN DEFERRED")?;
        let seen = look(self);
        // It only read: there is nothing to lose.
        begin("COMMIT")?;
        seen
    }
}
