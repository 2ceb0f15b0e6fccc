//! Shares of lines by status.

use alloc::string::String;
use alloc::vec::Vec;

use proofline_format::json::Value;

use crate::status::Status;

const WHOLE: u64 = 10_000;

/// How many lines have which status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Coverage {
    lines: [u64; Status::ALL.len()],
}

impl Coverage {
    /// Adds lines.
    pub fn add(&mut self, status: Status, lines: u64) {
        let place = Status::ALL.iter().position(|known| *known == status);
        if let Some(slot) = place.and_then(|at| self.lines.get_mut(at)) {
            *slot = slot.saturating_add(lines);
        }
    }

    /// Adds the lines of another.
    pub fn add_all(&mut self, other: &Self) {
        for (status, lines) in Status::ALL.into_iter().zip(other.lines) {
            self.add(status, lines);
        }
    }

    /// The number of lines of a status.
    #[must_use]
    pub fn lines(&self, status: Status) -> u64 {
        let all = Status::ALL.into_iter().zip(self.lines);
        all.filter(|(known, _)| *known == status)
            .map(|(_, lines)| lines)
            .sum()
    }

    /// Basis points by status, in the order of [`Status::ALL`]. They sum up to 10,000, or to 0
    /// where there are no lines: what rounding down leaves goes to the largest remainders, of
    /// equal ones to the first.
    #[must_use]
    pub fn basis_points(&self) -> [u64; Status::ALL.len()] {
        let total: u128 = self.lines.iter().copied().map(u128::from).sum();
        let share = |lines: u64| u128::from(lines).saturating_mul(u128::from(WHOLE));
        let floor = |lines| share(lines).checked_div(total).unwrap_or(0);
        let mut points = self
            .lines
            .map(|lines| u64::try_from(floor(lines)).unwrap_or(0));
        let mut order: Vec<usize> = (0..points.len()).collect();
        let remainder = |at: &usize| share(*self.lines.get(*at).unwrap_or(&0)).checked_rem(total);
        order.sort_by_key(|at| core::cmp::Reverse(remainder(at)));
        let given: u64 = points.iter().sum();
        let left = if total == 0 {
            0
        } else {
            usize::try_from(WHOLE.saturating_sub(given)).unwrap_or(0)
        };
        for at in order.into_iter().take(left) {
            if let Some(slot) = points.get_mut(at) {
                *slot = slot.saturating_add(1);
            }
        }
        points
    }

    pub(super) fn to_value(self) -> Value {
        let shares = Status::ALL.into_iter().zip(self.basis_points());
        let members = shares.map(|(status, points)| (String::from(status.as_str()), points.into()));
        Value::Object(members.collect())
    }
}
