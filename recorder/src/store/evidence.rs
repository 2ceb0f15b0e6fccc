//! What was received for checkpoints, read as material for the long term: the tokens in order of
//! their checkpoints, and what says whether the certificates of their authorities were revoked.

use rusqlite::params;

use proofline_format::timestamp::Timestamp;

use super::append::rowid;
use super::checkpoints::{ITEM, Item, collect, item};
use super::read::one;
use super::{Store, StoreError};

impl Store {
    /// Time-stamp responses for checkpoints of at least a size whose entry is not younger than a
    /// time, the smallest size first; the birth token is that of size 0.
    ///
    /// # Errors
    /// What `SQLite` says, or [`StoreError::Form`].
    pub fn responses_from(
        &self,
        size: u64,
        not_after: Timestamp,
        limit: usize,
    ) -> Result<Vec<Item>, StoreError> {
        let sql = "SELECT t.size, t.sha256, t.bytes, t.kind, t.arrival \
                   FROM audit_chain_checkpoints t JOIN audit_events e ON e.rowid = t.size + 1 \
                   WHERE t.kind = 'tsr' AND t.size >= ?1 AND e.created_at <= ?2 \
                   ORDER BY t.size, t.arrival LIMIT ?3";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let parameters = params![rowid(size)?, not_after.to_string(), limit];
        collect(&self.connection, sql, parameters, item)
    }

    /// Time-stamp responses that came after a place in the order of arrival.
    ///
    /// # Errors
    /// What `SQLite` says, or [`StoreError::Form`].
    pub fn responses_since(&self, arrival: u64) -> Result<Vec<Item>, StoreError> {
        let sql = format!("{ITEM} AND kind = 'tsr' AND arrival > ?1 ORDER BY arrival");
        collect(&self.connection, &sql, [rowid(arrival)?], item)
    }

    /// Certificates, revocation lists and OCSP responses of all checkpoints, the last that came
    /// first.
    ///
    /// # Errors
    /// What `SQLite` says, or [`StoreError::Form`].
    pub fn revocation_items(&self, limit: usize) -> Result<Vec<Item>, StoreError> {
        let sql =
            format!("{ITEM} AND kind IN ('cert', 'crl', 'ocsp') ORDER BY arrival DESC LIMIT ?1");
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        collect(&self.connection, &sql, [limit], item)
    }

    /// How many items a checkpoint has, and their octets together.
    ///
    /// # Errors
    /// What `SQLite` says, or [`StoreError::Form`].
    pub fn item_load(&self, size: u64) -> Result<(u64, u64), StoreError> {
        let sql = "SELECT count(*), coalesce(sum(length(bytes)), 0) FROM audit_chain_checkpoints \
                   WHERE kind IN ('cert', 'cons', 'cosig', 'crl', 'ocsp', 'tsq', 'tsr') \
                   AND size = ?1";
        let load = one(&self.connection, sql, [rowid(size)?], |row| {
            let read = |place| {
                u64::try_from(row.get::<_, i64>(place)?).map_err(|_| StoreError::Form {
                    what: "item load",
                    index: size,
                })
            };
            Ok((read(0)?, read(1)?))
        })?;
        Ok(load.unwrap_or_default())
    }
}
