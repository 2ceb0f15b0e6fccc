//! The device's clock.

use std::time::{SystemTime, UNIX_EPOCH};

use proofline_format::timestamp::Timestamp;

/// A function that tells the time; the store is given one so that its rules can be shown without
/// waiting.
pub type Clock = fn() -> Timestamp;

/// What the device's clock says now, in milliseconds.
#[must_use]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = match since {
        Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
        Err(before) => {
            0_i64.saturating_sub(i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX))
        }
    };
    // A clock outside the years 0000 to 9999 is broken; the epoch says so plainly.
    Timestamp::from_millis(millis)
        .or(Timestamp::from_millis(0))
        .unwrap_or_else(|| unreachable!("the epoch is a valid moment"))
}
