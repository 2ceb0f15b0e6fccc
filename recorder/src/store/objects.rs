//! The objects beside the chain.

use proofline_format::digest::Hash;
use rusqlite::{Connection, OptionalExtension as _};

use super::{Store, StoreError};

/// The bytes of an object; `None` if it is not there or was erased.
pub(super) fn bytes(
    connection: &Connection,
    address: &Hash,
) -> Result<Option<Vec<u8>>, StoreError> {
    let found: Option<Option<Vec<u8>>> = connection
        .prepare("SELECT bytes FROM audit_objects WHERE sha256 = ?1")?
        .query_row([address.to_string()], |row| row.get(0))
        .optional()?;
    Ok(found.flatten())
}

impl Store {
    /// The bytes of an object; `None` if it is not there or was erased.
    ///
    /// # Errors
    /// What `SQLite` says.
    pub fn object(&self, address: &Hash) -> Result<Option<Vec<u8>>, StoreError> {
        bytes(&self.connection, address)
    }
}
