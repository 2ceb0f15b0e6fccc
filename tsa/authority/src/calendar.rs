//! The civil date of a time.

use std::time::SystemTime;

/// A date and time of day in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Date {
    pub(crate) year: u64,
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
    pub(crate) millis: u32,
}

impl Date {
    /// Reads the date of `at`; a time before 1970 is taken as 1970, which no certificate of this
    /// crate needs to be older than.
    pub(crate) fn of(at: SystemTime) -> Self {
        let since = at
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let seconds = since.as_secs();
        let of_day = seconds % 86_400;
        let (year, month, day) = civil(seconds / 86_400);
        Self {
            year,
            month,
            day,
            hour: of_day / 3_600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
            millis: since.subsec_millis(),
        }
    }

    /// `YYYYMMDDHHMMSSZ`
    pub(crate) fn compact(&self) -> String {
        format!(
            "{:04}{:02}{:02}{:02}{:02}{:02}Z",
            self.year, self.month, self.day, self.hour, self.minute, self.second
        )
    }
}

/// Counts years, then months, from 1970; the loops are short for any date that matters.
fn civil(days: u64) -> (u64, u64, u64) {
    let mut rest = days;
    let mut year = 1970_u64;
    while rest >= days_in_year(year) && year < 9999 {
        rest = rest.saturating_sub(days_in_year(year));
        year = year.saturating_add(1);
    }
    let mut month = 1_u64;
    while rest >= days_in_month(year, month) && month < 12 {
        rest = rest.saturating_sub(days_in_month(year, month));
        month = month.saturating_add(1);
    }
    (year, month, rest.saturating_add(1))
}

const fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn days_in_year(year: u64) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

const fn days_in_month(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn dates_agree_with_the_core() {
        for seconds in (0..4_102_444_800_u64).step_by(12_345_679) {
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            let text = proofline_tsa::rfc3339(i64::try_from(seconds).unwrap());
            let digits: String = text.chars().filter(|c| !"-:T".contains(*c)).collect();
            assert_eq!(Date::of(at).compact(), digits);
        }
    }
}
