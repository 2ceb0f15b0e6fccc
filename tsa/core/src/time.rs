//! Times as integers: X.509 validity in seconds, `genTime` in microseconds with the unit in
//! which it was written.
//!
//! There is no clock here.
//! A time with a fraction finer than a microsecond is cut to the microsecond below it, and its
//! unit is then one microsecond, so that the bounds derived from it still hold.

use alloc::string::String;
use core::fmt;

use crate::der::{Element, tag};
use crate::error::{Error, ErrorKind};

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// The time in a token: an instant, and the unit in which the authority wrote it.
///
/// RFC 3161 §2.4.2: `genTime` is a `GeneralizedTime` that ends in Z; a fraction of a second may
/// be given and has no trailing zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GenTime {
    unix_micros: i64,
    granularity_micros: u32,
}

impl GenTime {
    /// Microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
    #[must_use]
    pub const fn unix_micros(self) -> i64 {
        self.unix_micros
    }

    /// Whole milliseconds since 1970, rounded down.
    #[must_use]
    pub const fn unix_millis(self) -> i64 {
        self.unix_micros.div_euclid(1_000)
    }

    /// Whole seconds since 1970, rounded down.
    #[must_use]
    pub const fn unix_seconds(self) -> i64 {
        self.unix_micros.div_euclid(MICROS_PER_SECOND)
    }

    /// The unit of the last digit written: a second is 1,000,000, a millisecond 1,000; never less
    /// than 1.
    #[must_use]
    pub const fn granularity_micros(self) -> u32 {
        self.granularity_micros
    }

    pub(crate) fn parse(element: &Element<'_>) -> Result<Self, Error> {
        let invalid = element.error(ErrorKind::TimeInvalid);
        if element.tag != tag::GENERALIZED_TIME {
            return Err(element.error(ErrorKind::TagUnexpected));
        }
        let (whole, rest) = element.value.split_at_checked(14).ok_or(invalid)?;
        let seconds = Fields::generalized(whole)
            .and_then(Fields::unix_seconds)
            .ok_or(invalid)?;
        let (fraction_micros, granularity_micros) = match rest {
            b"Z" => (0, 1_000_000),
            [b'.', digits @ .., b'Z'] => fraction(digits).ok_or(invalid)?,
            _ => return Err(invalid),
        };
        let unix_micros = seconds
            .checked_mul(MICROS_PER_SECOND)
            .and_then(|micros| micros.checked_add(i64::from(fraction_micros)))
            .ok_or(invalid)?;
        Ok(Self {
            unix_micros,
            granularity_micros,
        })
    }
}

impl fmt::Display for GenTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&rfc3339_micros(self.unix_micros, self.granularity_micros))
    }
}

/// Reads the digits after the point: the value in microseconds, and the unit of the last digit.
fn fraction(digits: &[u8]) -> Option<(u32, u32)> {
    if digits.is_empty() || digits.len() > 32 || digits.last() == Some(&b'0') {
        return None;
    }
    let (mut value, mut unit) = (0_u32, 1_000_000_u32);
    for digit in digits {
        let digit = u32::from(digit.checked_sub(b'0').filter(|digit| *digit <= 9)?);
        if unit > 1 {
            unit = unit.checked_div(10)?;
            value = value.checked_add(digit.checked_mul(unit)?)?;
        }
    }
    Some((value, unit))
}

/// Reads a certificate's time (RFC 5280 §4.1.2.5) as seconds since 1970.
///
/// ```text
/// Time ::= CHOICE { utcTime UTCTime, generalTime GeneralizedTime }
/// ```
///
/// Seconds are always written, the zone is Z, and there is no fraction.
pub(crate) fn parse_certificate_time(element: &Element<'_>) -> Result<i64, Error> {
    let invalid = element.error(ErrorKind::TimeInvalid);
    let Some((b'Z', digits)) = element.value.split_last() else {
        return Err(invalid);
    };
    let fields = match element.tag {
        tag::UTC_TIME => Fields::utc(digits),
        tag::GENERALIZED_TIME => Fields::generalized(digits),
        _ => return Err(element.error(ErrorKind::TagUnexpected)),
    };
    fields.and_then(Fields::unix_seconds).ok_or(invalid)
}

/// A date and time of day, not yet checked.
#[derive(Clone, Copy)]
struct Fields {
    year: i64,
    month: i64,
    day: i64,
    seconds_of_day: i64,
}

impl Fields {
    /// `YYYYMMDDHHMMSS`
    fn generalized(digits: &[u8]) -> Option<Self> {
        let (year, rest) = digits.split_at_checked(4)?;
        let century = two_digits(year, 0)?;
        let year = century
            .checked_mul(100)?
            .checked_add(two_digits(year, 2)?)?;
        Self::after_year(year, rest)
    }

    /// `YYMMDDHHMMSS`, 1950 to 2049.
    fn utc(digits: &[u8]) -> Option<Self> {
        let (year, rest) = digits.split_at_checked(2)?;
        let year = two_digits(year, 0)?;
        let century = if year >= 50 { 1900 } else { 2000 };
        Self::after_year(year.checked_add(century)?, rest)
    }

    fn after_year(year: i64, rest: &[u8]) -> Option<Self> {
        if rest.len() != 10 {
            return None;
        }
        let month = two_digits(rest, 0)?;
        let day = two_digits(rest, 2)?;
        let (hour, minute, second) = (
            two_digits(rest, 4)?,
            two_digits(rest, 6)?,
            two_digits(rest, 8)?,
        );
        let in_range = (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day)
            && hour <= 23
            && minute <= 59
            && second <= 59;
        let seconds_of_day = hour
            .checked_mul(3600)?
            .checked_add(minute.checked_mul(60)?)?
            .checked_add(second)?;
        in_range.then_some(Self {
            year,
            month,
            day,
            seconds_of_day,
        })
    }

    /// Days since 1970 by counting from 1 March, so that the leap day is the last of its year.
    fn unix_seconds(self) -> Option<i64> {
        let shifted_year = if self.month <= 2 {
            self.year.checked_sub(1)?
        } else {
            self.year
        };
        let shifted_month = self.month.checked_add(9)?.checked_rem(12)?;
        let day_of_year = shifted_month
            .checked_mul(153)?
            .checked_add(2)?
            .checked_div(5)?
            .checked_add(self.day)?;
        let days = shifted_year
            .checked_mul(365)?
            .checked_add(shifted_year.div_euclid(4))?
            .checked_sub(shifted_year.div_euclid(100))?
            .checked_add(shifted_year.div_euclid(400))?
            .checked_add(day_of_year)?
            .checked_sub(719_469)?;
        days.checked_mul(SECONDS_PER_DAY)?
            .checked_add(self.seconds_of_day)
    }
}

const fn is_leap(year: i64) -> bool {
    year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0)
}

const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn two_digits(text: &[u8], at: usize) -> Option<i64> {
    let [tens, ones] = *text.get(at..)?.first_chunk::<2>()?;
    let digit = |octet: u8| {
        octet
            .checked_sub(b'0')
            .filter(|digit| *digit <= 9)
            .map(i64::from)
    };
    digit(tens)?.checked_mul(10)?.checked_add(digit(ones)?)
}

/// Writes seconds since 1970 as `YYYY-MM-DDTHH:MM:SSZ`.
#[must_use]
pub fn rfc3339(unix_seconds: i64) -> String {
    rfc3339_micros(unix_seconds.saturating_mul(MICROS_PER_SECOND), 1_000_000)
}

/// Writes microseconds since 1970 in RFC 3339, with as many digits as the unit has.
#[must_use]
pub fn rfc3339_micros(unix_micros: i64, granularity_micros: u32) -> String {
    let seconds = unix_micros.div_euclid(MICROS_PER_SECOND);
    let micros = unix_micros.rem_euclid(MICROS_PER_SECOND);
    let second_of_day = seconds.rem_euclid(SECONDS_PER_DAY);
    let (year, month, day) = civil(seconds.div_euclid(SECONDS_PER_DAY));
    let (hour, minute, second) = (
        second_of_day.div_euclid(3600),
        second_of_day.div_euclid(60).rem_euclid(60),
        second_of_day.rem_euclid(60),
    );
    let mut text =
        alloc::format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if granularity_micros < 1_000_000 {
        let digits = alloc::format!("{micros:06}");
        let zeros = granularity_micros.max(1).ilog10();
        let kept = 6_usize.saturating_sub(usize::try_from(zeros).unwrap_or_default());
        text.push('.');
        text.push_str(digits.get(..kept).unwrap_or(&digits));
    }
    text.push('Z');
    text
}

/// The civil date of a day counted from 1970-01-01, in the proleptic Gregorian calendar.
const fn civil(days: i64) -> (i64, i64, i64) {
    // 400 years are 146,097 days; the count is shifted to start on 0000-03-01.
    let shifted = days.saturating_add(719_468);
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = day_of_era
        .saturating_sub(day_of_era.div_euclid(1_460))
        .saturating_add(day_of_era.div_euclid(36_524))
        .saturating_sub(day_of_era.div_euclid(146_096))
        .div_euclid(365);
    let day_of_year = day_of_era.saturating_sub(
        year_of_era
            .saturating_mul(365)
            .saturating_add(year_of_era.div_euclid(4))
            .saturating_sub(year_of_era.div_euclid(100)),
    );
    let shifted_month = day_of_year
        .saturating_mul(5)
        .saturating_add(2)
        .div_euclid(153);
    let month_start = shifted_month
        .saturating_mul(153)
        .saturating_add(2)
        .div_euclid(5);
    let day = day_of_year.saturating_sub(month_start).saturating_add(1);
    let month = if shifted_month < 10 {
        shifted_month.saturating_add(3)
    } else {
        shifted_month.saturating_sub(9)
    };
    let year = year_of_era.saturating_add(era.saturating_mul(400));
    let year = if month <= 2 {
        year.saturating_add(1)
    } else {
        year
    };
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der;

    fn gen_time(text: &str) -> Option<(i64, u32)> {
        let bytes = der::write(tag::GENERALIZED_TIME, text.as_bytes());
        let element = der::only(&bytes, tag::GENERALIZED_TIME).unwrap();
        let time = GenTime::parse(&element).ok()?;
        Some((time.unix_micros(), time.granularity_micros()))
    }

    #[test]
    fn gen_time_keeps_its_unit() {
        assert_eq!(gen_time("19700101000000Z"), Some((0, 1_000_000)));
        assert_eq!(
            gen_time("20000229235959Z"),
            Some((951_868_799_000_000, 1_000_000))
        );
        assert_eq!(
            gen_time("20261121101112.5Z"),
            Some((1_795_255_872_500_000, 100_000))
        );
        assert_eq!(
            gen_time("20261121101112.005Z"),
            Some((1_795_255_872_005_000, 1_000))
        );
        assert_eq!(
            gen_time("20261121101112.1234567Z"),
            Some((1_795_255_872_123_456, 1))
        );
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "20261121101112.50Z",
            "20261121101112.Z",
            "20261121101112",
            "20261121101112,5Z",
            "20261121101112+0100",
            "202611211011Z",
            "20260229101112Z",
            "20261321101112Z",
            "20261121241112Z",
            "20261121106012Z",
            "20261121101160Z",
            "2026112110111aZ",
            "Z",
            "",
        ] {
            assert_eq!(gen_time(text), None, "{text}");
        }
    }

    #[test]
    fn text_is_rfc_3339() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(-1), "1969-12-31T23:59:59Z");
        assert_eq!(rfc3339(951_868_799), "2000-02-29T23:59:59Z");
        assert_eq!(
            rfc3339_micros(1_795_255_872_005_000, 1_000),
            "2026-11-21T10:11:12.005Z"
        );
        assert_eq!(
            rfc3339_micros(1_795_255_872_500_000, 100_000),
            "2026-11-21T10:11:12.5Z"
        );
    }

    #[test]
    fn calendar_round_trips() {
        // Every 13 hours and 7 seconds over 1950 to 2150.
        let mut seconds = -631_152_000_i64;
        while seconds < 5_680_281_600 {
            let text = rfc3339(seconds);
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            let fields = Fields::generalized(digits.as_bytes()).unwrap();
            assert_eq!(fields.unix_seconds(), Some(seconds), "{text}");
            seconds = seconds.checked_add(46_807).unwrap();
        }
    }

    #[test]
    fn two_digit_years_pivot_at_1950() {
        let time = |text: &str| {
            let bytes = der::write(tag::UTC_TIME, text.as_bytes());
            parse_certificate_time(&der::only(&bytes, tag::UTC_TIME).unwrap()).map(rfc3339)
        };
        assert_eq!(time("491231235959Z").unwrap(), "2049-12-31T23:59:59Z");
        assert_eq!(time("500101000000Z").unwrap(), "1950-01-01T00:00:00Z");
        assert!(time("5001010000Z").is_err());
        assert!(time("500101000000+0000").is_err());
    }
}
