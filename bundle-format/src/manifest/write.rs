//! The manifest as JSON.

use alloc::string::String;

use super::{CONTEXT, FORMAT_VERSION, FileRecord, Filter, Manifest, Sized};
use crate::archive::Method;
use crate::digest::{Hash, sha256_parts};
use crate::encoding;
use crate::json::{Value, canonical};

/// `urn:uuid:` and a UUIDv8 (RFC 9562 §5.8) that follows from what is exported.
#[must_use]
pub fn bundle_id(tip: Option<Hash>, tree_root: &Hash, filter: &Filter) -> String {
    let tip = tip.map_or(String::new(), |hash| alloc::format!("{hash}"));
    let root = alloc::format!("{tree_root}");
    let filter = canonical(&filter.to_value());
    let parts: [&[u8]; 8] = [
        b"proofline-bundle/1",
        b"\n",
        tip.as_bytes(),
        b"\n",
        root.as_bytes(),
        b"\n",
        &filter,
        b"\n",
    ];
    let mut bytes = sha256_parts(&parts).0;
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = encoding::hex(&bytes);
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    let (a, b, c, d, e) = (
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32),
    );
    alloc::format!("urn:uuid:{a}-{b}-{c}-{d}-{e}")
}

/// The name of a method in the manifest.
#[must_use]
pub const fn method_name(method: Method) -> &'static str {
    match method {
        Method::Stored => "stored",
        Method::Deflate => "deflate",
    }
}

impl Filter {
    /// The filter as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::object([
            ("include_tail", self.include_tail.into()),
            ("kind", self.kind.as_str().into()),
            (
                "sessions",
                self.sessions.iter().map(String::as_str).collect(),
            ),
            ("since", Value::text_or_null(self.since.as_deref())),
            ("until", Value::text_or_null(self.until.as_deref())),
        ])
    }
}

impl FileRecord {
    fn to_value(&self) -> Value {
        Value::object([
            ("method", method_name(self.method).into()),
            ("packed_sha256", self.packed_sha256.into()),
            ("path", self.path.as_str().into()),
            ("sha256", self.sha256.into()),
            ("size", self.size_bytes.into()),
        ])
    }
}

impl Sized {
    /// The pair as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::object([("sha256", self.sha256.into()), ("size", self.size.into())])
    }
}

impl Manifest {
    /// `range` as JSON.
    #[must_use]
    pub fn range_value(&self) -> Value {
        self.range.map_or(Value::Null, |(first, last)| {
            Value::object([("first", first.into()), ("last", last.into())])
        })
    }

    /// `tree` as JSON.
    #[must_use]
    pub fn tree_value(&self) -> Value {
        Value::object([
            ("root", self.tree.sha256.into()),
            ("size", self.tree.size.into()),
        ])
    }

    /// The document without its proof.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let texts = |texts: &[String]| texts.iter().map(String::as_str).collect::<Value>();
        let sized = |sized: &Option<Sized>| sized.as_ref().map_or(Value::Null, Sized::to_value);
        let period = self.period.as_ref().map_or(Value::Null, |(from, to)| {
            Value::object([("from", from.as_str().into()), ("to", to.as_str().into())])
        });
        let previous = self.previous.as_ref().map_or(Value::Null, |previous| {
            Value::object([
                ("last", previous.last.into()),
                ("sha256", previous.sha256.into()),
                ("tip", previous.tip.into()),
            ])
        });
        Value::object([
            ("@context", [CONTEXT].into_iter().collect()),
            ("absent", texts(&self.absent)),
            ("context_sha256", self.context_sha256.into()),
            (
                "device",
                Value::object([
                    ("did", self.device_did.as_str().into()),
                    ("fingerprint", self.device_fingerprint.into()),
                ]),
            ),
            (
                "entries",
                Value::object([
                    ("at_source", self.entries_at_source.into()),
                    ("exported", self.entries_exported.into()),
                ]),
            ),
            (
                "files",
                self.files.iter().map(FileRecord::to_value).collect(),
            ),
            ("filter", self.filter.to_value()),
            ("format_version", FORMAT_VERSION.into()),
            ("gaps", self.gaps.iter().copied().collect()),
            ("id", self.id.as_str().into()),
            ("last_note", sized(&self.last_note)),
            ("newest_token", sized(&self.newest_token)),
            ("origin", self.origin.as_str().into()),
            ("period", period),
            ("previous", previous),
            ("range", self.range_value()),
            (
                "redactions",
                Value::object([("withheld_objects", self.withheld_objects.into())]),
            ),
            ("sources", texts(&self.sources)),
            ("tip", self.tip.into()),
            (
                "tool",
                Value::object([
                    ("name", self.tool.0.as_str().into()),
                    ("version", self.tool.1.as_str().into()),
                ]),
            ),
            ("tree", self.tree_value()),
            ("type", ["EvidenceManifest"].into_iter().collect()),
        ])
    }
}
