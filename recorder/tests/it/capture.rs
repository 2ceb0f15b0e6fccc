//! Capture, from what an agent reports and what is on disk to the entries that come of it.

mod claude_code;
mod fixtures;
pub(crate) mod stage;
