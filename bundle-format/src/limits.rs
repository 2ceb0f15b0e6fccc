//! Every limit on hostile input, by name. `docs/format.md` §13 lists them for other readers.

/// Deepest nesting of arrays and objects in JSON.
pub const MAX_JSON_DEPTH: usize = 32;
/// Largest integer magnitude in JSON: 2^53 − 1 (RFC 8785 §3.2.2.3, I-JSON).
pub const MAX_INTEGER: i64 = 9_007_199_254_740_991;
/// Bytes of one line of `entries.jsonl`, LF not counted.
pub const MAX_LINE_BYTES: usize = 65_535;
/// Bytes of the `file_path` column.
pub const MAX_PATH_BYTES: usize = 24_576;
/// Bytes of every other string column.
pub const MAX_COLUMN_BYTES: usize = 1_024;
/// Bytes of one object.
pub const MAX_OBJECT_BYTES: usize = 1 << 20;
/// Bytes of one line of `checkpoints.jsonl`.
pub const MAX_CHECKPOINT_LINE_BYTES: usize = 8 << 20;
/// Items in one checkpoint line, and in one evidence object.
pub const MAX_ITEMS: usize = 256;
/// Bytes of one item (a token, a certificate, a revocation list).
pub const MAX_ITEM_BYTES: usize = 4 << 20;
/// Bytes of one line of `keys.jsonl`.
pub const MAX_KEY_LINE_BYTES: usize = 256 << 10;
/// Key events in one log.
pub const MAX_KEY_EVENTS: usize = 10_000;
/// Bytes of `manifest.jsonld` and of `statement.dsse.json`.
pub const MAX_MANIFEST_BYTES: usize = 16 << 20;
/// Files in one archive.
pub const MAX_FILES: usize = 60_000;
/// Bytes of one file name in an archive.
pub const MAX_NAME_BYTES: usize = 255;
/// Bytes of an archive, and of one file in it.
pub const MAX_ARCHIVE_BYTES: u64 = 0xffff_ffff;
/// Size over packed size of a deflated file.
pub const MAX_RATIO: u64 = 100;
/// Bytes of a signed note.
pub const MAX_NOTE_BYTES: usize = 64 << 10;
/// Signature lines of a note.
pub const MAX_NOTE_SIGNATURES: usize = 16;
/// Hashes in one inclusion or consistency proof: a tree has at most 2^63 leaves.
pub const MAX_PROOF_HASHES: usize = 64;
/// Bytes of a whole-file JSON document other than the manifest (`holes.json`, `attribution.json`).
pub const MAX_DOCUMENT_BYTES: usize = 64 << 20;
/// Copied blocks in the witness of one file.
pub const MAX_WITNESS_COPIES: usize = 10_000;
/// Moved blocks in the witness of one file.
pub const MAX_WITNESS_MOVES: usize = 10_000;
/// Parts of hunks with nothing but white space changed, in the witness of one file.
pub const MAX_WITNESS_REFLOWS: usize = 10_000;
