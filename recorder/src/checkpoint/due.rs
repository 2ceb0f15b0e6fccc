//! When a checkpoint is due. Costs a few look-ups, whatever the size of the store.

use proofline_format::timestamp::Timestamp;

use crate::config::CheckpointRule;
use crate::store::{Store, StoreError};

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Nothing.
    Nothing,
    /// A checkpoint, because of the number of entries since the last one, or of the time.
    Checkpoint,
    /// No checkpoint yet, but the newest one has no token.
    Token,
}

impl Due {
    /// Whether a checkpoint is due.
    #[must_use]
    pub const fn is_checkpoint(self) -> bool {
        matches!(self, Self::Checkpoint)
    }
}

/// What is due in a store.
///
/// # Errors
/// What the store says.
pub fn due(store: &Store, rule: &CheckpointRule) -> Result<Due, StoreError> {
    let standing = store.standing()?;
    // A note of size n is entry n: what came after it begins at n + 1.
    let covered = standing.noted.map_or(0, |size| size.saturating_add(1));
    let new = standing.entries.saturating_sub(covered);
    if new > 0 && (new >= rule.entries || is_over(standing.since, store.now(), rule)) {
        return Ok(Due::Checkpoint);
    }
    Ok(if standing.noted.is_some() && !standing.stamped {
        Due::Token
    } else {
        Due::Nothing
    })
}

fn is_over(since: Option<Timestamp>, now: Timestamp, rule: &CheckpointRule) -> bool {
    let Some(since) = since else {
        return true;
    };
    let interval = i64::try_from(rule.interval.as_millis()).unwrap_or(i64::MAX);
    let passed = now.millis().saturating_sub(since.millis());
    // A clock that was set back must not put off checkpoints until it has caught up.
    passed >= interval || passed < 0
}
