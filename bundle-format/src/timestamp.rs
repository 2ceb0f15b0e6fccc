//! The one form of time in the format: `YYYY-MM-DDTHH:MM:SS.sssZ`, kept as milliseconds.

use core::fmt;

/// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// First moment that can be written: year 0000.
const MIN_MILLIS: i64 = -62_167_219_200_000;
/// Last moment that can be written: year 9999.
const MAX_MILLIS: i64 = 253_402_300_799_999;

impl Timestamp {
    /// A moment from milliseconds since 1970, or `None` outside the years 0000–9999.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Option<Self> {
        if millis < MIN_MILLIS || millis > MAX_MILLIS {
            None
        } else {
            Some(Self(millis))
        }
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Reads exactly `YYYY-MM-DDTHH:MM:SS.sssZ`, a real date, seconds 00–59.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text: &[u8; 24] = text.try_into().ok()?;
        let shape = b"0000-00-00T00:00:00.000Z";
        for (&got, &want) in text.iter().zip(shape) {
            let fits = if want == b'0' {
                got.is_ascii_digit()
            } else {
                got == want
            };
            if !fits {
                return None;
            }
        }
        let number = |from: usize, to: usize| {
            let digits = text.get(from..to).unwrap_or_default();
            digits.iter().fold(0_i64, |sum, &d| {
                sum.wrapping_mul(10)
                    .wrapping_add(i64::from(d.wrapping_sub(b'0')))
            })
        };
        let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
        let (hour, minute, second) = (number(11, 13), number(14, 16), number(17, 19));
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let days = days_from_civil(year, month, day)?;
        let seconds = days
            .wrapping_mul(86_400)
            .wrapping_add(hour.wrapping_mul(3_600))
            .wrapping_add(minute.wrapping_mul(60))
            .wrapping_add(second);
        Self::from_millis(seconds.wrapping_mul(1_000).wrapping_add(number(20, 23)))
    }

    /// The same moment cut to whole seconds, as `YYYY-MM-DDTHH:MM:SSZ`.
    #[must_use]
    pub fn to_seconds_text(self) -> alloc::string::String {
        let mut text = alloc::format!("{self}");
        text.truncate(19);
        text.push('Z');
        text
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, rest) = (self.0.div_euclid(86_400_000), self.0.rem_euclid(86_400_000));
        let (year, month, day) = civil_from_days(days);
        let (hour, minute) = (rest / 3_600_000, rest / 60_000 % 60);
        let (second, milli) = (rest / 1_000 % 60, rest % 1_000);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z"
        )
    }
}

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 0,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar; years are counted from March so
/// that the leap day comes last.
fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    if day < 1 || day > days_in_month(year, month) {
        return None;
    }
    let shifted_year = if month <= 2 {
        year.checked_sub(1)?
    } else {
        year
    };
    let shifted_month = if month <= 2 {
        month.checked_add(9)?
    } else {
        month.checked_sub(3)?
    };
    let leap_days = shifted_year
        .div_euclid(4)
        .checked_sub(shifted_year.div_euclid(100))?;
    let leap_days = leap_days.checked_add(shifted_year.div_euclid(400))?;
    let month_days = shifted_month
        .checked_mul(153)?
        .checked_add(2)?
        .div_euclid(5);
    let days = shifted_year.checked_mul(365)?.checked_add(leap_days)?;
    days.checked_add(month_days)?
        .checked_add(day)?
        .checked_sub(719_469)
}

#[expect(
    clippy::arithmetic_side_effects,
    reason = "days are within the years 0000 to 9999"
)]
const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    fn survives(millis: i64) {
        let text = Timestamp::from_millis(millis).unwrap().to_string();
        assert_eq!(
            Timestamp::parse(text.as_bytes()).map(Timestamp::millis),
            Some(millis)
        );
    }

    #[test]
    fn every_day_of_one_era_survives_the_round_trip() {
        // The calendar repeats after 400 years. A step of a little less than a day meets every date, and
        // all hours, minutes, seconds and milliseconds.
        let mut millis = Timestamp::parse(b"1799-12-31T00:00:00.000Z").unwrap().0;
        let end = Timestamp::parse(b"2201-01-01T00:00:00.000Z").unwrap().0;
        while millis <= end {
            survives(millis);
            millis = millis.saturating_add(86_400_000 - 12_345);
        }
    }

    #[test]
    fn the_ends_of_every_year_survive_the_round_trip() {
        for year in 0..=9_999 {
            for day in [
                "01-01T00:00:00.000Z",
                "02-28T23:59:59.999Z",
                "12-31T23:59:59.999Z",
            ] {
                let text = alloc::format!("{year:04}-{day}");
                survives(Timestamp::parse(text.as_bytes()).unwrap().0);
            }
        }
        survives(MIN_MILLIS);
        survives(MAX_MILLIS);
        assert_eq!(Timestamp::from_millis(MIN_MILLIS - 1), None);
        assert_eq!(Timestamp::from_millis(MAX_MILLIS + 1), None);
    }

    #[test]
    fn known_moments() {
        let check = |text: &str, want: Option<i64>| {
            assert_eq!(
                Timestamp::parse(text.as_bytes()).map(Timestamp::millis),
                want,
                "{text}"
            );
        };
        check("1970-01-01T00:00:00.000Z", Some(0));
        check("2000-02-29T12:34:56.789Z", Some(951_827_696_789));
        check("2100-02-29T00:00:00.000Z", None);
        check("2026-11-21T24:00:00.000Z", None);
        check("2026-11-21T23:59:60.000Z", None);
        check("2026-13-01T00:00:00.000Z", None);
        check("2026-00-01T00:00:00.000Z", None);
        check("2026-11-21T23:59:59.00Z", None);
        check("2026-11-21t23:59:59.000Z", None);
    }
}
