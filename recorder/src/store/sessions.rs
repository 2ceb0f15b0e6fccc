//! Sessions: what closes one, and the list of them.

use proofline_format::merkle::{Tree, leaf_hash};
use proofline_format::object::SessionSummary;
use rusqlite::{Connection, params};

use super::read::one;
use super::row::{COLUMNS, entry};
use super::{Store, StoreError};

/// One session, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionLine {
    /// Its id.
    pub session_id: String,
    /// Number of its entries.
    pub entries: u64,
    /// Index of the first.
    pub first_index: u64,
    /// Index of the last.
    pub last_index: u64,
    /// The agent of the first entry.
    pub agent_id: String,
    /// The model last reported.
    pub model_id: Option<String>,
    /// When the first was appended.
    pub first_at: String,
    /// When the last was appended.
    pub last_at: String,
    /// Whether it was closed.
    pub is_closed: bool,
}

/// What a session has been so far; `None` if it has no line.
pub(super) fn summary(
    connection: &Connection,
    session: &str,
) -> Result<Option<SessionSummary>, StoreError> {
    let sql = format!(
        "SELECT rowid - 1, {COLUMNS} FROM audit_events WHERE session_id = ?1 ORDER BY rowid"
    );
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([session])?;
    let mut tree = Tree::default();
    let mut span: Option<(u64, u64)> = None;
    while let Some(row) = rows.next()? {
        let index = u64::try_from(row.get::<_, i64>(0)?).map_err(|_| StoreError::Form {
            what: "rowid",
            index: 0,
        })?;
        tree.append(leaf_hash(&entry(row, 1, index)?.line()));
        span = Some((span.map_or(index, |(first, _)| first), index));
    }
    Ok(span.map(|(first_index, last_index)| SessionSummary {
        session_id: session.into(),
        count: tree.size(),
        first_index,
        last_index,
        root: tree.root(),
    }))
}

impl Store {
    /// Indexes of a session's entries, ascending.
    ///
    /// # Errors
    /// What `SQLite` says.
    pub fn session_indexes(&self, session: &str) -> Result<Vec<u64>, StoreError> {
        let sql = "SELECT rowid - 1 FROM audit_events WHERE session_id = ?1 ORDER BY rowid";
        self.indexes(sql, [session])
    }

    /// The sessions, the one with the newest entry first.
    ///
    /// # Errors
    /// What `SQLite` says.
    pub fn sessions(&self, limit: usize) -> Result<Vec<SessionLine>, StoreError> {
        let sql = "SELECT session_id, count(*), min(rowid) - 1, max(rowid) - 1 FROM audit_events \
                   WHERE session_id IS NOT NULL GROUP BY session_id \
                   ORDER BY max(rowid) DESC LIMIT ?1";
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query([i64::try_from(limit).unwrap_or(i64::MAX)])?;
        let mut sessions = Vec::new();
        while let Some(row) = rows.next()? {
            let number = |column| -> Result<u64, StoreError> {
                Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
            };
            let (first_index, last_index) = (number(2)?, number(3)?);
            sessions.push(self.describe(row.get(0)?, number(1)?, first_index, last_index)?);
        }
        Ok(sessions)
    }

    fn describe(
        &self,
        session_id: String,
        entries: u64,
        first_index: u64,
        last_index: u64,
    ) -> Result<SessionLine, StoreError> {
        let missing = |index| StoreError::Form {
            what: "entry",
            index,
        };
        let first = self.entry(first_index)?.ok_or(missing(first_index))?.entry;
        let last = self.entry(last_index)?.ok_or(missing(last_index))?.entry;
        let model = "SELECT model_id FROM audit_events WHERE session_id = ?1 \
                     AND model_id IS NOT NULL ORDER BY rowid DESC LIMIT 1";
        let closed = "SELECT 1 FROM audit_events WHERE session_id = ?1 \
                      AND event_type = 'session_end' LIMIT 1";
        let text = |row: &rusqlite::Row<'_>| Ok(row.get::<_, String>(0)?);
        Ok(SessionLine {
            entries,
            first_index,
            last_index,
            agent_id: first.agent_id,
            model_id: one(&self.connection, model, params![session_id], text)?,
            first_at: first.created_at.to_string(),
            last_at: last.created_at.to_string(),
            is_closed: one(&self.connection, closed, params![session_id], |_| Ok(()))?.is_some(),
            session_id,
        })
    }
}
