//! One line of `data/checkpoints.jsonl`.

use proofline_format::digest::{Hash, sha256};
use proofline_format::encoding;
use proofline_format::error::{ErrorKind, ParseError};
use proofline_format::json::{self, Value};
use proofline_format::limits::{MAX_ITEM_BYTES, MAX_ITEMS};
use proofline_format::object::ItemKind;

/// Something that was received.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) kind: ItemKind,
    pub(crate) sha256: Hash,
    pub(crate) bytes: Vec<u8>,
}

/// A note and what was received for its size.
#[derive(Debug)]
pub(crate) struct CheckpointLine {
    pub(crate) size: u64,
    pub(crate) note: Option<String>,
    pub(crate) items: Vec<Item>,
}

impl CheckpointLine {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let value = json::parse_canonical(bytes)?;
        value.require_exactly(&["items", "note", "size"])?;
        let values = value.require_array("items")?;
        if values.len() > MAX_ITEMS {
            return Err(ParseError::of(ErrorKind::Limit, "items"));
        }
        let items: Vec<Item> = values.iter().map(Item::of).collect::<Result<_, _>>()?;
        if !items.is_sorted_by(|a, b| (a.kind, a.sha256) < (b.kind, b.sha256)) {
            return Err(ParseError::of(ErrorKind::NotCanonical, "items"));
        }
        let note = value.require_text_or_null("note")?.map(String::from);
        Ok(Self {
            size: value.require_count("size")?,
            note,
            items,
        })
    }
}

impl Item {
    fn of(value: &Value) -> Result<Self, ParseError> {
        value.require_exactly(&["b64", "kind", "sha256"])?;
        let kind = ItemKind::parse(value.require_text("kind")?);
        let bytes = encoding::base64_decode(value.require_text("b64")?.as_bytes())
            .ok_or(ParseError::of(ErrorKind::Base64, "b64"))?;
        if bytes.len() > MAX_ITEM_BYTES {
            return Err(ParseError::of(ErrorKind::Limit, "b64"));
        }
        let claimed = value.require_hash("sha256")?;
        if claimed != sha256(&bytes) {
            return Err(ParseError::of(ErrorKind::Value, "sha256"));
        }
        let kind = kind.ok_or(ParseError::of(ErrorKind::Value, "kind"))?;
        Ok(Self {
            kind,
            sha256: claimed,
            bytes,
        })
    }
}
