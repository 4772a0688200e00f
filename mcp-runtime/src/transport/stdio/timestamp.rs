//! The time as log lines have it.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// A time as `2026-11-28T12:00:00.000000Z`.
pub(super) struct Timestamp(pub(super) SystemTime);

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A clock that stands before 1970 is not set.
        let since = self.0.duration_since(UNIX_EPOCH).unwrap_or_default();
        let (days, seconds) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
        let (year, month, day) = date(days);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        let micros = since.subsec_micros();
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
    }
}

/// Year, month and day of so many days after the first of 1970.
fn date(days: u64) -> (u64, u64, u64) {
    // Years begin with March here, so that a leap day is the last of its year. 719,468 days before 1970 a cycle of 400 years began.
    const CYCLE: u64 = 146_097;
    let days = days + 719_468;
    let (cycle, day) = (days / CYCLE, days % CYCLE);
    // Without the leap days that came before: every 4 years, but for every 100, and again for every 400.
    let year = (day - day / 1_460 + day / 36_524 - day / (CYCLE - 1)) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // From March on, the lengths of five months repeat: 153 days.
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (400 * cycle + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_time_is_written_by_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00.000007Z"),
            (68_169_599, "1972-02-28T23:59:59.000007Z"),
            (68_169_600, "1972-02-29T00:00:00.000007Z"),
            (951_782_400, "2000-02-29T00:00:00.000007Z"),
            (978_307_199, "2000-12-31T23:59:59.000007Z"),
            (1_795_867_567, "2026-11-28T12:06:07.000007Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000007Z"),
            (253_402_300_799, "9999-12-31T23:59:59.000007Z"),
        ] {
            let time = UNIX_EPOCH + Duration::from_secs(seconds) + Duration::from_micros(7);
            assert_eq!(Timestamp(time).to_string(), expected);
        }
    }
}
