//! `manifest.jsonld`: the signed sheet that states what a bundle is.
//!
//! Parsing gives claimed values; nothing here compares them with the bundle.

mod read;
mod write;

use alloc::string::String;
use alloc::vec::Vec;

pub use self::read::{FORMAT_VERSION, format_version_of};
pub use self::write::{bundle_id, method_name};
use crate::archive::Method;
use crate::digest::Hash;

/// The JSON-LD context of every manifest.
pub const CONTEXT: &str = "https://w3id.org/proofline/evidence/v1";
/// Content of the file `mimetype`.
pub const MIMETYPE: &str = "application/vnd.proofline.evidence+zip";

/// Paths of the format.
pub mod paths {
    /// Content type of the archive; always first.
    pub const MIMETYPE: &str = "mimetype";
    /// The signed manifest.
    pub const MANIFEST: &str = "manifest.jsonld";
    /// The manifest of files that are not under `data/`.
    pub const TAGMANIFEST: &str = "tagmanifest-sha256.txt";
    /// The manifest of files under `data/`.
    pub const PAYLOAD_MANIFEST: &str = "manifest-sha256.txt";
    /// The in-toto statement.
    pub const STATEMENT: &str = "statement.dsse.json";
    /// `BagIt` declaration.
    pub const BAGIT: &str = "bagit.txt";
    /// `BagIt` metadata.
    pub const BAG_INFO: &str = "bag-info.txt";
    /// How to check everything by hand.
    pub const README: &str = "README.txt";
    /// The JSON-LD context.
    pub const CONTEXT: &str = "context/evidence-v1.jsonld";
    /// Folder of the payload.
    pub const PAYLOAD: &str = "data/";
    /// Attribution as claimed.
    pub const ATTRIBUTION: &str = "data/attribution.json";
    /// Notes and what was received for them.
    pub const CHECKPOINTS: &str = "data/checkpoints.jsonl";
    /// The entries' lines.
    pub const ENTRIES: &str = "data/entries.jsonl";
    /// What a partial bundle leaves out.
    pub const HOLES: &str = "data/holes.json";
    /// The key events of the log.
    pub const KEYS: &str = "data/keys.jsonl";
    /// Folder of the objects.
    pub const OBJECTS: &str = "data/objects/";
    /// All objects in one file.
    pub const OBJECTS_FILE: &str = "data/objects.jsonl";
    /// One signature a line.
    pub const SIGNATURES: &str = "data/signatures.txt";

    /// Files that every bundle has, besides the manifest and the tag manifest.
    pub const REQUIRED: [&str; 12] = [
        MIMETYPE,
        README,
        BAG_INFO,
        BAGIT,
        CONTEXT,
        ATTRIBUTION,
        CHECKPOINTS,
        ENTRIES,
        KEYS,
        SIGNATURES,
        PAYLOAD_MANIFEST,
        STATEMENT,
    ];
    /// Files that a bundle may do without, sorted; `absent` names those.
    pub const OPTIONAL: [&str; 2] = [HOLES, OBJECTS_FILE];
}

/// One file of the bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRecord {
    /// Its name in the archive.
    pub path: String,
    /// Digest of its content.
    pub sha256: Hash,
    /// Bytes of its content.
    pub size_bytes: u64,
    /// How it lies in the archive.
    pub method: Method,
    /// Digest of its octets as they lie in the archive.
    pub packed_sha256: Hash,
}

/// Which entries an export was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterKind {
    /// All, from the genesis on.
    Complete,
    /// A contiguous stretch.
    Period,
    /// Chosen entries and what proves them.
    Scattered,
}

impl FilterKind {
    /// The name in the manifest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Period => "period",
            Self::Scattered => "scattered",
        }
    }
}

/// The request that led to the bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The shape.
    pub kind: FilterKind,
    /// Whether entries after the last stamped checkpoint are included.
    pub include_tail: bool,
    /// Session ids asked for.
    pub sessions: Vec<String>,
    /// Lower end of the period asked for.
    pub since: Option<String>,
    /// Upper end of the period asked for.
    pub until: Option<String>,
}

/// The bundle that this one continues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previous {
    /// Its last index.
    pub last: u64,
    /// Digest of the bundle file.
    pub sha256: Hash,
    /// Its tip.
    pub tip: Hash,
}

/// A digest with the tree size that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sized {
    /// Digest.
    pub sha256: Hash,
    /// Tree size.
    pub size: u64,
}

/// Everything that the manifest claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Optional files that are not there.
    pub absent: Vec<String>,
    /// Digest of the JSON-LD context.
    pub context_sha256: Hash,
    /// The exporting key as a DID.
    pub device_did: String,
    /// Its fingerprint.
    pub device_fingerprint: Hash,
    /// Size of the store at export.
    pub entries_at_source: u64,
    /// Lines in this bundle.
    pub entries_exported: u64,
    /// Every file but the manifest and the tag manifest, sorted by path.
    pub files: Vec<FileRecord>,
    /// What was asked for.
    pub filter: Filter,
    /// Indexes of `capture_gap` entries in this bundle.
    pub gaps: Vec<u64>,
    /// `urn:uuid:…`, derived.
    pub id: String,
    /// The note with the greatest size whose entry is in the bundle.
    pub last_note: Option<Sized>,
    /// The token of the greatest size.
    pub newest_token: Option<Sized>,
    /// The log.
    pub origin: String,
    /// `created_at` of the first and of the last line.
    pub period: Option<(String, String)>,
    /// The bundle that this one continues.
    pub previous: Option<Previous>,
    /// First and last index.
    pub range: Option<(u64, u64)>,
    /// Objects that entries here address and that are not in the bundle.
    pub withheld_objects: u64,
    /// Distinct values of `source`, sorted.
    pub sources: Vec<String>,
    /// `chain_hash` of the last line.
    pub tip: Option<Hash>,
    /// Name and version of the exporting program.
    pub tool: (String, String),
    /// RFC 6962 root over `[0, size)`.
    pub tree: Sized,
}
