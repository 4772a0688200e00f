//! The formats that a text field may have, and what keeps to them.

use std::fmt;

use serde::Serialize;

/// A format of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// An e-mail address.
    Email,
    /// A URI with its scheme (RFC 3986).
    Uri,
    /// A day: `2026-07-28`.
    Date,
    /// A moment (RFC 3339): `2026-07-28T12:00:00Z`.
    DateTime,
}

impl Format {
    /// Whether a text has the format. Of an e-mail address only the frame is checked: the rest only a letter can tell.
    pub(crate) fn admits(self, text: &str) -> bool {
        match self {
            Self::Email => is_email(text),
            Self::Uri => is_uri(text),
            Self::Date => is_date(text),
            Self::DateTime => is_date_time(text),
        }
    }
}

/// As it is told to whoever got it wrong.
impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Email => "an e-mail address",
            Self::Uri => "a URI",
            Self::Date => "a date such as 2026-07-28",
            Self::DateTime => "a date and time such as 2026-07-28T12:00:00Z",
        })
    }
}

fn is_email(text: &str) -> bool {
    let legal = |c: char| !c.is_whitespace() && !c.is_control();
    let Some((name, host)) = text.rsplit_once('@') else { return false };
    text.chars().all(legal) && !name.is_empty() && host.split('.').all(|label| !label.is_empty())
}

fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let in_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    let legal = |c: char| c.is_ascii_graphic() && !r#"<>"{}|\^`"#.contains(c);
    let encoded = |part: &str| part.len() >= 2 && part.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(in_scheme)
        && !rest.is_empty()
        && rest.chars().all(legal)
        && rest.split('%').skip(1).all(encoded)
}

fn is_date(text: &str) -> bool {
    let Some([year, month, day]) = numbers(text, '-', [4, 2, 2]) else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

fn is_date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once(['T', 't']) else { return false };
    let Some(zone) = time.find(['Z', 'z', '+', '-']) else { return false };
    let (time, zone) = time.split_at(zone);
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    // The seconds of a leap second are 60.
    let in_day = numbers(time, ':', [2, 2, 2]).is_some_and(|[h, m, s]| h < 24 && m < 60 && s <= 60);
    let in_zone = match zone.strip_prefix(['+', '-']) {
        Some(offset) => numbers(offset, ':', [2, 2]).is_some_and(|[h, m]| h < 24 && m < 60),
        None => zone.len() == 1,
    };
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    is_date(date) && in_day && is_fraction && in_zone
}

/// Numbers of so many digits each, between separators.
fn numbers<const N: usize>(text: &str, separator: char, digits: [usize; N]) -> Option<[u32; N]> {
    let mut numbers = [0; N];
    let mut parts = text.split(separator);
    for (number, digits) in numbers.iter_mut().zip(digits) {
        let part =
            parts.next().filter(|part| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(format: Format, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(format.admits(text), "{text:?}");
        }
        for text in bad {
            assert!(!format.admits(text), "{text:?}");
        }
    }

    #[test]
    fn each_format_knows_its_own() {
        check(
            Format::Email,
            &["ada@example.com", "a.b+c@localhost", "ä@exämple.de", "\"a@b\"@c.d"],
            &["", "ada", "@b.c", "a@", "a@b..c", "a b@c.d", "a@b.", "a@b\n"],
        );
        check(
            Format::Uri,
            &["https://example.com/a?b=c#d", "urn:isbn:1", "file:///a%20b", "mailto:a@b.c", "http://[::1]:3000/"],
            &["", "example.com", "://x", "1a:b", "http:", "http://a b", "http://a/%2", "http://a/%zz", "http://ä.de"],
        );
        check(
            Format::Date,
            &["2026-07-28", "2024-02-29", "2000-02-29"],
            &[
                "",
                "2026-7-28",
                "2026-02-29",
                "1900-02-29",
                "2026-13-01",
                "2026-00-01",
                "2026-04-31",
                "2026-04-00",
                "26-01-01",
                "+026-01-01",
            ],
        );
        check(
            Format::DateTime,
            &["2026-07-28T12:00:00Z", "2026-07-28t12:00:00.25+01:30", "2016-12-31T23:59:60Z"],
            &[
                "",
                "2026-07-28",
                "2026-07-28T12:00:00",
                "2026-07-28T24:00:00Z",
                "2026-07-28T12:00Z",
                "2026-07-28T12:00:00.Z",
                "2026-07-28T12:00:00Zx",
                "2026-07-28T12:00:00+1:00",
                "2026-07-28 12:00:00Z",
            ],
        );
    }
}
