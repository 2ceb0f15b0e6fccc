//! What adapters hand to the recorder: entries to be, without what only the append can know.

use proofline_format::digest::Hash;
use proofline_format::entry::{EventId, Fidelity, Hunk};
use proofline_format::json::Value;
use proofline_format::object;

/// One entry to be: every column that the capture knows. `previous_hash`, `chain_hash` and
/// `created_at` are decided inside the append transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "docs/format.md §4 defines the columns once")]
pub struct Event {
    pub id: EventId,
    pub parent_event_id: Option<EventId>,
    pub session_id: Option<String>,
    pub agent_id: String,
    pub model_id: Option<String>,
    pub event_type: String,
    pub tool_name: Option<String>,
    pub file_path: Option<String>,
    pub content_hash_before: Option<Hash>,
    pub content_hash_after: Option<Hash>,
    pub diff_hash: Option<Hash>,
    pub hunk: Option<Hunk>,
    pub git_head: Option<String>,
    pub source: String,
    pub capture_fidelity: Fidelity,
}

/// Events that become durable together or not at all, with the objects they address.
///
/// A `session_end` event leaves `content_hash_after` null: the append computes the session's
/// summary, because only it knows which entries came before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// In the order in which they are to stand in the chain; a parent comes before its children.
    pub events: Vec<Event>,
    /// Objects that the events address: address and canonical bytes.
    pub objects: Vec<(Hash, Vec<u8>)>,
}

impl Batch {
    /// Adds an object and gives its address.
    pub fn add_object(&mut self, object: &Value) -> Hash {
        let (address, bytes) = object::seal(object);
        self.objects.push((address, bytes));
        address
    }
}

/// Where a batch went. Either way it is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// It stands in the chain, from this index on.
    Appended {
        /// Index of the first event.
        first_index: u64,
    },
    /// The store could not be reached in time; the next writer takes it in, in order.
    Spooled,
}

/// The one door of the write path.
///
/// Today the hook process itself stands behind it. A daemon under another user, which alone can
/// read key and store, can stand there without a change to any adapter.
pub trait Record {
    /// Makes a batch durable.
    ///
    /// # Errors
    /// When it is certain that the batch is not durable anywhere.
    fn record(&mut self, batch: Batch) -> Result<Receipt, RecordError>;
}

/// A batch that could be made durable nowhere.
#[derive(Debug)]
pub struct RecordError {
    /// Why the store did not take it.
    pub store: String,
    /// Why the spool did not take it either.
    pub spool: String,
}

impl std::fmt::Display for RecordError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "not recorded: store: {}; spool: {}",
            self.store, self.spool
        )
    }
}

impl std::error::Error for RecordError {}
