//! Which objects a bundle holds.

use std::collections::BTreeMap;

use proofline_format::digest::{Hash, sha256};
use proofline_format::entry::Entry;
use proofline_format::object::{Evidence, witness_index_files};
use proofline_format::registry::{self, Role};

use super::deflate::{Pool, pack};
use super::{Disclosure, ExportError, Part};
use crate::store::{Store, StoreError};

/// Beyond so many objects they lie in one file.
const FILES_MAX: usize = 1_000;
const FOLDER: &str = proofline_format::manifest::paths::OBJECTS;
const ONE_FILE: &str = proofline_format::manifest::paths::OBJECTS_FILE;

/// The objects of a bundle, by address.
#[derive(Debug, Default)]
pub(super) struct Objects {
    bytes: BTreeMap<Hash, Vec<u8>>,
    /// Addresses in entries, with every repetition.
    addressed: Vec<Hash>,
    disclosure: Disclosure,
}

/// Objects that entries ask for, noted on the way through the chain.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    required: Vec<(Role, Hash)>,
    payload: Vec<Hash>,
}

impl Wanted {
    /// Notes what an entry addresses.
    pub(super) fn note(&mut self, entry: &Entry) {
        for (role, address) in registry::addresses(entry) {
            let is_required = match role {
                Role::Evidence | Role::Key | Role::Witness => true,
                _ => {
                    // What the recorder itself states holds nothing that anybody said or wrote.
                    let own = matches!(
                        entry.event_type.as_str(),
                        "genesis" | "capture_gap" | "session_end"
                    );
                    own && entry.content_hash_after == Some(address)
                }
            };
            if is_required {
                self.required.push((role, address));
            } else {
                self.payload.push(address);
            }
        }
    }

    /// Reads the objects from the store.
    pub(super) fn fetch(
        self,
        store: &Store,
        disclosure: Disclosure,
    ) -> Result<Objects, StoreError> {
        let mut objects = Objects {
            disclosure,
            ..Objects::default()
        };
        for (role, address) in self.required {
            objects.addressed.push(address);
            if !objects.add(store, address)? || role != Role::Witness {
                continue;
            }
            let index = objects.bytes.get(&address).map(Vec::as_slice);
            let files = witness_index_files(index.unwrap_or_default());
            for file in files.map_err(StoreError::parse("witness index"))? {
                objects.add(store, file)?;
            }
        }
        for address in self.payload {
            objects.addressed.push(address);
            if disclosure != Disclosure::Required {
                objects.add(store, address)?;
            }
        }
        Ok(objects)
    }
}

impl Objects {
    /// Adds an object unless it is in already. `false` if the store does not have it any more, or
    /// it was in.
    pub(super) fn add(&mut self, store: &Store, address: Hash) -> Result<bool, StoreError> {
        if self.bytes.contains_key(&address) {
            return Ok(false);
        }
        let Some(bytes) = store.object(&address)? else {
            return Ok(false);
        };
        if self.disclosure != Disclosure::AsKept && sha256(&bytes) != address {
            return Err(StoreError::ObjectAltered { address });
        }
        self.bytes.insert(address, bytes);
        Ok(true)
    }

    /// How often entries address an object that is not in the bundle.
    pub(super) fn withheld(&self) -> u64 {
        let missing = |address: &&Hash| !self.bytes.contains_key(*address);
        let count = self.addressed.iter().filter(missing).count();
        u64::try_from(count).unwrap_or(u64::MAX)
    }

    /// The evidence object of an address.
    pub(super) fn evidence(&self, address: &Hash) -> Result<Option<Evidence>, ExportError> {
        let parse = |bytes: &Vec<u8>| Evidence::parse(bytes);
        let parsed = self.bytes.get(address).map(parse).transpose();
        Ok(parsed.map_err(StoreError::parse("evidence object"))?)
    }

    /// The files of the bundle that hold them.
    pub(super) fn parts(self, pool: &Pool) -> Vec<Part> {
        if self.bytes.len() > FILES_MAX {
            let mut file = pool.file();
            for bytes in self.bytes.values() {
                file.write(bytes);
                file.write(b"\n");
            }
            return vec![Part {
                path: ONE_FILE.into(),
                packed: file.finish(),
            }];
        }
        let part = |(address, bytes): (Hash, Vec<u8>)| Part {
            path: format!("{FOLDER}{address}"),
            packed: pack(&bytes),
        };
        self.bytes.into_iter().map(part).collect()
    }
}
