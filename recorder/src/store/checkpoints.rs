//! Notes, and what was received for them: an append-only table in order of arrival.
//!
//! A row is a note (`kind` is `note`; `edge` is the right edge of the tree over its entries, so
//! that the next root costs only the entries since) or an item that an authority or a witness
//! gave (`kind` as in the format).

use proofline_format::digest::{Hash, sha256};
use proofline_format::merkle::Tree;
use proofline_format::object::ItemKind;
use proofline_format::timestamp::Timestamp;
use rusqlite::{Connection, Row, params};

use super::append::rowid;
use super::read::{hash, one};
use super::{Store, StoreError, Writer};

/// A note as it was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredNote {
    /// Number of entries that it covers, and index of its checkpoint entry.
    pub size: u64,
    /// The note's bytes.
    pub bytes: Vec<u8>,
    /// Their hash.
    pub sha256: Hash,
    /// The tree over the entries that it covers.
    pub tree: Tree,
    /// The newest evidence object of the log up to and with its entry.
    pub evidence: Option<Hash>,
    /// Arrival number of the last item that an evidence object lists.
    pub listed_to: u64,
}

/// How far the log is covered, in one look-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Number of entries.
    pub entries: u64,
    /// Size of the newest note.
    pub noted: Option<u64>,
    /// When the entry of that note was appended; without a note, the genesis entry.
    pub since: Option<Timestamp>,
    /// Whether that note has a time-stamp response.
    pub stamped: bool,
}

/// Something received for a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its place in the order of arrival.
    pub arrival: u64,
    /// Size of the checkpoint that it is for; 0 for the birth token.
    pub size: u64,
    /// What it is.
    pub kind: ItemKind,
    /// The exact bytes.
    pub bytes: Vec<u8>,
    /// Their hash.
    pub sha256: Hash,
}

const NOTE: &str = "SELECT size, sha256, bytes, edge, evidence, listed_to \
                    FROM audit_chain_checkpoints WHERE kind = 'note'";
pub(super) const ITEM: &str = "SELECT size, sha256, bytes, kind, arrival \
                    FROM audit_chain_checkpoints WHERE kind <> 'note'";

pub(super) const STANDING: &str = "SELECT n.size, e.created_at, \
     (SELECT max(seq) + 1 FROM audit_event_signatures), \
     EXISTS (SELECT 1 FROM audit_chain_checkpoints t WHERE t.kind = 'tsr' AND t.size = n.size) \
     FROM (SELECT max(size) AS size FROM audit_chain_checkpoints WHERE kind = 'note') n \
     LEFT JOIN audit_events e ON e.rowid = coalesce(n.size, 0) + 1";

fn size_of(row: &Row<'_>) -> Result<u64, StoreError> {
    u64::try_from(row.get::<_, i64>(0)?).map_err(|_| StoreError::Form {
        what: "checkpoint size",
        index: 0,
    })
}

fn note(row: &Row<'_>) -> Result<StoredNote, StoreError> {
    let size = size_of(row)?;
    let form = |what| StoreError::Form { what, index: size };
    let edge = row.get_ref(3)?.as_blob().map_err(rusqlite::Error::from)?;
    let (hashes, rest) = edge.as_chunks::<32>();
    let edge = hashes.iter().copied().map(Hash).collect();
    let tree = Tree::from_edge(size, edge).filter(|_| rest.is_empty());
    let evidence: Option<String> = row.get(4)?;
    Ok(StoredNote {
        size,
        sha256: hash(row, 1, size)?,
        bytes: row.get(2)?,
        tree: tree.ok_or(form("tree edge"))?,
        evidence: match evidence {
            Some(text) => Some(Hash::from_hex(text.as_bytes()).ok_or(form("evidence"))?),
            None => None,
        },
        listed_to: u64::try_from(row.get::<_, i64>(5)?).map_err(|_| form("listed_to"))?,
    })
}

pub(super) fn item(row: &Row<'_>) -> Result<Item, StoreError> {
    let size = size_of(row)?;
    let form = |what| StoreError::Form { what, index: size };
    let kind: String = row.get(3)?;
    Ok(Item {
        arrival: u64::try_from(row.get::<_, i64>(4)?).map_err(|_| form("arrival"))?,
        size,
        kind: ItemKind::parse(&kind).ok_or(form("item kind"))?,
        bytes: row.get(2)?,
        sha256: hash(row, 1, size)?,
    })
}

pub(super) fn collect<T>(
    connection: &Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
    read: fn(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query(parameters)?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(read(row)?);
    }
    Ok(all)
}

fn last_note(connection: &Connection) -> Result<Option<StoredNote>, StoreError> {
    let sql = format!("{NOTE} ORDER BY size DESC LIMIT 1");
    one(connection, &sql, [], note)
}

pub(super) fn insert_item(
    connection: &Connection,
    size: u64,
    kind: ItemKind,
    bytes: &[u8],
) -> Result<(), StoreError> {
    let (name, digest) = (kind.as_str(), sha256(bytes).to_string());
    let sql = "SELECT 1 FROM audit_chain_checkpoints WHERE kind = ?1 AND size = ?2 AND sha256 = ?3";
    let key = params![name, rowid(size)?, digest];
    if one(connection, sql, key, |_| Ok(()))?.is_none() {
        connection.execute(
            "INSERT INTO audit_chain_checkpoints (size, kind, sha256, bytes) \
             VALUES (?1, ?2, ?3, ?4)",
            params![rowid(size)?, name, digest, bytes],
        )?;
    }
    Ok(())
}

impl Writer<'_> {
    /// The newest note.
    ///
    /// # Errors
    /// What `SQLite` says, or [`StoreError::Form`].
    pub fn last_note(&self) -> Result<Option<StoredNote>, StoreError> {
        last_note(self.connection())
    }

    /// Items that no evidence object lists yet, in order of arrival. The birth token is listed by
    /// the genesis entry.
    ///
    /// # Errors
    /// What `SQLite` says, or [`StoreError::Form`].
    pub fn unlisted_items(&self, listed_to: u64, limit: usize) -> Result<Vec<Item>, StoreError> {
        let sql = format!("{ITEM} AND arrival > ?1 AND size > 0 ORDER BY arrival LIMIT ?2");
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        collect(
            self.connection(),
            &sql,
            params![rowid(listed_to)?, limit],
            item,
        )
    }

    /// Keeps a note.
    ///
    /// # Errors
    /// What `SQLite` says.
    pub fn put_note(&self, note: &StoredNote) -> Result<(), StoreError> {
        let edge: Vec<u8> = note.tree.edge().iter().flat_map(|hash| hash.0).collect();
        self.connection().execute(
            "INSERT INTO audit_chain_checkpoints \
             (size, kind, sha256, bytes, edge, evidence, listed_to) \
             VALUES (?1, 'note', ?2, ?3, ?4, ?5, ?6)",
            params![
                rowid(note.size)?,
                note.sha256.to_string(),
                note.bytes,
                edge,
                note.evidence.map(|address| address.to_string()),
                rowid(note.listed_to)?
            ],
        )?;
        Ok(())
    }

    /// Keeps something received for a checkpoint, once.
    ///
    /// # Errors
    /// What `SQLite` says.
    pub fn put_item(&self, size: u64, kind: ItemKind, bytes: &[u8]) -> Result<(), StoreError> {
        insert_item(self.connection(), size, kind, bytes)
    }
}

impl Store {
    /// The newest note.
    ///
    /// # Errors
    /// What `SQLite` says, or [`StoreError::Form`].
    pub fn last_note(&self) -> Result<Option<StoredNote>, StoreError> {
        last_note(&self.connection)
    }

    /// The note of a size.
    ///
    /// # Errors
    /// What `SQLite` says, or [`StoreError::Form`].
    pub fn note(&self, size: u64) -> Result<Option<StoredNote>, StoreError> {
        let sql = format!("{NOTE} AND size = ?1");
        one(&self.connection, &sql, [rowid(size)?], note)
    }

    /// Sizes of all notes, ascending.
    ///
    /// # Errors
    /// What `SQLite` says.
    pub fn note_sizes(&self) -> Result<Vec<u64>, StoreError> {
        let sql = "SELECT size FROM audit_chain_checkpoints WHERE kind = 'note' ORDER BY size";
        self.indexes(sql, [])
    }

    /// Indexes of the entries that address an evidence object, ascending.
    ///
    /// # Errors
    /// What `SQLite` says.
    pub fn evidence_indexes(&self) -> Result<Vec<u64>, StoreError> {
        let sql = "SELECT 0 FROM audit_events WHERE rowid = 1 AND diff_hash IS NOT NULL UNION ALL \
                   SELECT n.size FROM audit_chain_checkpoints n \
                   JOIN audit_events e ON e.rowid = n.size + 1 \
                   WHERE n.kind = 'note' AND e.diff_hash IS NOT NULL ORDER BY 1";
        self.indexes(sql, [])
    }

    /// Sizes of the notes that have a time-stamp response, ascending, without the birth token.
    ///
    /// # Errors
    /// What `SQLite` says.
    pub fn stamped_sizes(&self) -> Result<Vec<u64>, StoreError> {
        let sql = "SELECT DISTINCT size FROM audit_chain_checkpoints \
                   WHERE kind = 'tsr' AND size > 0 ORDER BY size";
        self.indexes(sql, [])
    }

    /// The greatest size that has a time-stamp response.
    ///
    /// # Errors
    /// What `SQLite` says.
    pub fn last_stamped_size(&self) -> Result<Option<u64>, StoreError> {
        let sql = "SELECT size FROM audit_chain_checkpoints \
                   WHERE kind = 'tsr' AND size > 0 ORDER BY size DESC LIMIT 1";
        one(&self.connection, sql, [], size_of)
    }

    /// How far the log is covered.
    ///
    /// # Errors
    /// What `SQLite` says, or [`StoreError::Form`].
    pub fn standing(&self) -> Result<Standing, StoreError> {
        let form = |what| StoreError::Form { what, index: 0 };
        let count = |count: Option<i64>| count.map(u64::try_from).transpose();
        let standing = one(&self.connection, STANDING, [], |row| {
            let since: Option<String> = row.get(1)?;
            Ok(Standing {
                entries: count(row.get(2)?)
                    .map_err(|_| form("seq"))?
                    .unwrap_or_default(),
                noted: count(row.get(0)?).map_err(|_| form("checkpoint size"))?,
                since: since.and_then(|text| Timestamp::parse(text.as_bytes())),
                stamped: row.get(3)?,
            })
        })?;
        standing.ok_or(form("genesis entry"))
    }

    /// What was received for the checkpoint of a size, in order of arrival.
    ///
    /// # Errors
    /// What `SQLite` says, or [`StoreError::Form`].
    pub fn items(&self, size: u64) -> Result<Vec<Item>, StoreError> {
        // The kinds are spelt out so that the index on kind and size serves.
        let sql = format!(
            "{ITEM} AND kind IN ('cert', 'cons', 'cosig', 'crl', 'ocsp', 'tsq', 'tsr') \
             AND size = ?1 ORDER BY arrival"
        );
        collect(&self.connection, &sql, [rowid(size)?], item)
    }
}
