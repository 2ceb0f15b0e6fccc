//! `Retry-After` (RFC 9110 §10.2.3): how long a server asks to be left alone.
//!
//! ```text
//! Retry-After  = HTTP-date / delay-seconds
//! HTTP-date    = "Sun, 06 Nov 1994 08:49:37 GMT"        only this one of the three forms
//! ```

use std::time::{Duration, SystemTime};

/// Octets of a value that is looked at.
const MAX_BYTES: usize = 64;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Reads a value; a date that has passed asks for no wait. `None` for anything else, which is then
/// ignored.
pub(crate) fn parse(value: &[u8], now: SystemTime) -> Option<Duration> {
    let text = std::str::from_utf8(value.get(..MAX_BYTES.min(value.len()))?).ok()?;
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit()) {
        return text.parse().ok().map(Duration::from_secs);
    }
    let at = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(unix_seconds(text)?))?;
    Some(at.duration_since(now).unwrap_or_default())
}

fn unix_seconds(date: &str) -> Option<u64> {
    let (_, rest) = date.split_once(", ")?;
    let mut parts = rest.split(' ');
    let day = number(parts.next()?, 2)?;
    let month = parts.next()?;
    let month = MONTHS.iter().position(|name| *name == month)?;
    let year = number(parts.next()?, 4)?;
    let mut clock = parts.next()?.split(':');
    let mut field = |limit: u64| number(clock.next()?, 2).filter(|value| *value < limit);
    let (hour, minute, second) = (field(24)?, field(60)?, field(61)?);
    if clock.next().is_some() || parts.next() != Some("GMT") || parts.next().is_some() {
        return None;
    }
    if !(1..=31).contains(&day) || !(1970..=9999).contains(&year) {
        return None;
    }
    // Days before the year and the month, in the Gregorian calendar from the year 1 on.
    let before = year.checked_sub(1)?;
    let is_leap = (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400);
    let days_before_month = [0_u64, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let mut days = before
        .checked_mul(365)?
        .checked_add(before / 4)?
        .checked_sub(before / 100)?
        .checked_add(before / 400)?
        .checked_add(*days_before_month.get(month)?)?
        .checked_add(day.checked_sub(1)?)?;
    if is_leap && month > 1 {
        days = days.checked_add(1)?;
    }
    // 1970-01-01 is that many days after 0001-01-01.
    let days = days.checked_sub(719_162)?;
    days.checked_mul(86_400)?
        .checked_add(hour.checked_mul(3_600)?)?
        .checked_add(minute.checked_mul(60)?)?
        .checked_add(second)
}

fn number(text: &str, digits: usize) -> Option<u64> {
    let is_number = text.len() == digits && text.bytes().all(|octet| octet.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_say_how_long_to_wait() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let check = |value: &str, want: Option<u64>| {
            let got = parse(value.as_bytes(), at(784_111_777));
            assert_eq!(got, want.map(Duration::from_secs), "{value}");
        };
        check("120", Some(120));
        check(" 0 ", Some(0));
        check("Sun, 06 Nov 1994 08:49:37 GMT", Some(0));
        check("Sun, 06 Nov 1994 08:50:37 GMT", Some(60));
        check("Sat, 05 Nov 1994 08:49:37 GMT", Some(0));
        check(
            "Thu, 29 Feb 1996 00:00:00 GMT",
            Some(825_552_000 - 784_111_777),
        );
        check(
            "Sat, 01 Jan 2000 00:00:00 GMT",
            Some(946_684_800 - 784_111_777),
        );
        for other in [
            "",
            "-1",
            "1.5",
            "soon",
            "99999999999999999999999",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 25:49:37 GMT",
            "Sun, 06 Foo 1994 08:49:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            check(other, None);
        }
        assert_eq!(parse(&[0xff; 8], at(0)), None);
    }
}
