//! The tables, and how an older store becomes a present one.
//!
//! A migration may add tables, columns beside the chain's, and indexes. It never changes a line.

use rusqlite::Connection;

use super::StoreError;

/// Version 1. The rowid of an entry is its index in the chain plus one: `seq` of its signature
/// plus one. Both tables are then read side by side in chain order without a look-up.
///
/// An entry is accepted only right after the last one and only with that one's hash in
/// `previous_hash`. That keeps `previous_hash` unique, with one null, and the chain whole, without
/// an index that would cost every append a page somewhere in the middle of a large file.
const VERSION_1: &str = "
CREATE TABLE audit_events (
  id TEXT NOT NULL,
  parent_event_id TEXT,
  session_id TEXT,
  agent_id TEXT NOT NULL,
  model_id TEXT,
  event_type TEXT NOT NULL,
  tool_name TEXT,
  file_path TEXT,
  content_hash_before TEXT,
  content_hash_after TEXT,
  diff_hash TEXT,
  line_start INTEGER,
  line_end INTEGER,
  hunk_header TEXT,
  git_head TEXT,
  source TEXT NOT NULL,
  previous_hash TEXT,
  chain_hash TEXT NOT NULL,
  capture_fidelity TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX audit_events_id ON audit_events (id);
CREATE UNIQUE INDEX audit_events_chain_hash ON audit_events (chain_hash);
CREATE INDEX audit_events_session_id ON audit_events (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX audit_events_gap ON audit_events (event_type) WHERE event_type = 'capture_gap';

CREATE TABLE audit_event_signatures (
  seq INTEGER PRIMARY KEY,
  event_id TEXT NOT NULL,
  key_fingerprint TEXT NOT NULL,
  signature BLOB NOT NULL
) STRICT;

CREATE TABLE audit_chain_checkpoints (
  arrival INTEGER PRIMARY KEY,
  size INTEGER NOT NULL,
  kind TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  bytes BLOB NOT NULL,
  edge BLOB,
  evidence TEXT,
  listed_to INTEGER
) STRICT;
CREATE UNIQUE INDEX audit_chain_checkpoints_item
  ON audit_chain_checkpoints (kind, size, sha256);
CREATE UNIQUE INDEX audit_chain_checkpoints_note
  ON audit_chain_checkpoints (size) WHERE kind = 'note';

CREATE TABLE audit_objects (
  sha256 TEXT NOT NULL,
  bytes BLOB
) STRICT;
CREATE UNIQUE INDEX audit_objects_sha256 ON audit_objects (sha256);

CREATE TABLE audit_keys (
  first_index INTEGER PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  public_key TEXT NOT NULL
) STRICT;

CREATE TRIGGER audit_events_no_update BEFORE UPDATE ON audit_events
BEGIN SELECT raise(ABORT, 'audit_events is append-only'); END;
CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events
BEGIN SELECT raise(ABORT, 'audit_events is append-only'); END;
CREATE TRIGGER audit_events_in_order BEFORE INSERT ON audit_events
WHEN NEW.rowid IS NOT (SELECT coalesce(max(rowid), 0) + 1 FROM audit_events)
  OR NEW.previous_hash IS NOT
     (SELECT chain_hash FROM audit_events WHERE rowid = NEW.rowid - 1)
  OR EXISTS (SELECT 1 FROM audit_events WHERE id = NEW.id)
  OR EXISTS (SELECT 1 FROM audit_events WHERE chain_hash = NEW.chain_hash)
BEGIN SELECT raise(ABORT, 'audit_events takes new entries at its end only'); END;

CREATE TRIGGER audit_event_signatures_no_update BEFORE UPDATE ON audit_event_signatures
BEGIN SELECT raise(ABORT, 'audit_event_signatures is append-only'); END;
CREATE TRIGGER audit_event_signatures_no_delete BEFORE DELETE ON audit_event_signatures
BEGIN SELECT raise(ABORT, 'audit_event_signatures is append-only'); END;
CREATE TRIGGER audit_event_signatures_no_replace BEFORE INSERT ON audit_event_signatures
WHEN EXISTS (SELECT 1 FROM audit_event_signatures WHERE seq = NEW.seq)
BEGIN SELECT raise(ABORT, 'audit_event_signatures holds that index already'); END;

CREATE TRIGGER audit_chain_checkpoints_no_update BEFORE UPDATE ON audit_chain_checkpoints
BEGIN SELECT raise(ABORT, 'audit_chain_checkpoints is append-only'); END;
CREATE TRIGGER audit_chain_checkpoints_no_delete BEFORE DELETE ON audit_chain_checkpoints
BEGIN SELECT raise(ABORT, 'audit_chain_checkpoints is append-only'); END;
CREATE TRIGGER audit_chain_checkpoints_no_replace BEFORE INSERT ON audit_chain_checkpoints
WHEN EXISTS (SELECT 1 FROM audit_chain_checkpoints WHERE arrival = NEW.arrival)
  OR EXISTS (SELECT 1 FROM audit_chain_checkpoints
             WHERE kind = NEW.kind AND size = NEW.size AND sha256 = NEW.sha256)
  OR NEW.kind = 'note' AND EXISTS (SELECT 1 FROM audit_chain_checkpoints
                                   WHERE kind = 'note' AND size = NEW.size)
BEGIN SELECT raise(ABORT, 'audit_chain_checkpoints holds that already'); END;
";

/// Each brings a store from the version that is its position to the next.
pub(super) const MIGRATIONS: &[&str] = &[VERSION_1];
/// The version that the last of them leads to.
pub(super) const VERSION: i64 = 1;

/// The schema version of a store.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Brings a store to the version that the migrations lead to. Each step is one transaction: a
/// crash leaves the old version or the new one.
pub(super) fn migrate(connection: &Connection, migrations: &[&str]) -> Result<(), StoreError> {
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    if version(connection)? == known {
        return Ok(());
    }
    for (step, migration) in (1_i64..).zip(migrations) {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let applied = step_to(connection, step, migration);
        let end = if applied.is_ok() {
            "COMMIT"
        } else {
            "ROLLBACK"
        };
        let ended = connection.execute_batch(end);
        applied?;
        ended?;
    }
    let found = version(connection)?;
    if found == known {
        Ok(())
    } else {
        Err(StoreError::NewerSchema { found, known })
    }
}

/// Applies one step if the store is exactly one version before it; another process may have been
/// here first.
fn step_to(connection: &Connection, step: i64, migration: &str) -> rusqlite::Result<()> {
    if version(connection)? != step.saturating_sub(1) {
        return Ok(());
    }
    connection.execute_batch(migration)?;
    connection.pragma_update(None, "user_version", step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(connection: &Connection) -> Vec<String> {
        let mut all = connection
            .prepare("SELECT chain_hash FROM audit_events ORDER BY rowid")
            .unwrap();
        let rows = all.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    fn insert(
        connection: &Connection,
        verb: &str,
        row: i64,
        id: &str,
        previous: Option<&str>,
        chain: &str,
    ) -> rusqlite::Result<usize> {
        let sql = format!(
            "{verb} INTO audit_events (rowid, id, agent_id, event_type, source, previous_hash,
             chain_hash, capture_fidelity, created_at)
             VALUES (?1, ?2, 'a', 'prompt', 's', ?3, ?4, 'observed', 't')"
        );
        connection.execute(&sql, (row, id, previous, chain))
    }

    #[test]
    fn an_older_store_keeps_its_lines_when_it_is_brought_forward() {
        let connection = Connection::open_in_memory().unwrap();
        migrate(&connection, MIGRATIONS).unwrap();
        insert(&connection, "INSERT", 1, "1", None, "c0").unwrap();
        let next = "CREATE TABLE later (x INTEGER) STRICT;";
        migrate(&connection, &[VERSION_1, next]).unwrap();
        assert_eq!(version(&connection).unwrap(), 2);
        assert_eq!(rows(&connection), ["c0"]);
        // The program that knows only version 1 must leave this store alone.
        let error = migrate(&connection, MIGRATIONS).unwrap_err();
        assert!(matches!(
            error,
            StoreError::NewerSchema { found: 2, known: 1 }
        ));
    }

    #[test]
    fn a_migration_that_fails_changes_nothing() {
        let connection = Connection::open_in_memory().unwrap();
        let broken = "CREATE TABLE half (x INTEGER); CREATE TABLE half (x INTEGER);";
        assert!(migrate(&connection, &[VERSION_1, broken]).is_err());
        assert_eq!(version(&connection).unwrap(), 1);
        assert!(connection.prepare("SELECT * FROM half").is_err());
    }

    #[test]
    fn a_line_that_could_be_replaced_would_not_be_evidence() {
        let connection = Connection::open_in_memory().unwrap();
        migrate(&connection, MIGRATIONS).unwrap();
        insert(&connection, "INSERT", 1, "1", None, "c0").unwrap();
        insert(&connection, "INSERT", 2, "2", Some("c0"), "c1").unwrap();
        for refused in [
            insert(&connection, "REPLACE", 2, "2", Some("c0"), "c9"),
            insert(&connection, "REPLACE", 1, "9", None, "c9"),
            // At the end, and in the place of an entry before it.
            insert(&connection, "REPLACE", 3, "2", Some("c1"), "c9"),
            insert(&connection, "REPLACE", 3, "9", Some("c1"), "c0"),
            // A fork, a second genesis, a hole.
            insert(&connection, "INSERT", 3, "9", Some("c0"), "c9"),
            insert(&connection, "INSERT", 3, "9", None, "c9"),
            insert(&connection, "INSERT OR IGNORE", 4, "9", None, "c9"),
            insert(&connection, "INSERT", 4, "9", Some("c1"), "c9"),
            connection.execute("UPDATE audit_events SET agent_id = 'b'", []),
            connection.execute("DELETE FROM audit_events", []),
        ] {
            assert!(refused.is_err());
        }
        assert_eq!(rows(&connection), ["c0", "c1"]);
        connection
            .execute(
                "INSERT INTO audit_event_signatures VALUES (0, '1', 'f', x'00')",
                [],
            )
            .unwrap();
        connection.execute("INSERT INTO audit_chain_checkpoints (size, kind, sha256, bytes) VALUES (1, 'note', 'h', x'00')", []).unwrap();
        for statement in [
            "UPDATE audit_event_signatures SET signature = x'01'",
            "DELETE FROM audit_event_signatures",
            "REPLACE INTO audit_event_signatures VALUES (0, '1', 'f', x'01')",
            "UPDATE audit_chain_checkpoints SET bytes = x'01'",
            "DELETE FROM audit_chain_checkpoints",
            "REPLACE INTO audit_chain_checkpoints (size, kind, sha256, bytes) VALUES (1, 'note', 'h', x'01')",
            "REPLACE INTO audit_chain_checkpoints (size, kind, sha256, bytes) VALUES (1, 'note', 'i', x'01')",
            "REPLACE INTO audit_chain_checkpoints (arrival, size, kind, sha256, bytes) VALUES (1, 2, 'note', 'i', x'01')",
        ] {
            assert!(connection.execute(statement, []).is_err(), "{statement}");
        }
    }
}
