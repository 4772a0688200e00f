//! Texts: rules for them, and formats.

use super::length::Length;
use crate::args::pattern_engine::Matcher;

#[derive(Debug, Default)]
pub(super) struct TextRules {
    /// In characters.
    pub(super) length: Length,
    pub(super) pattern: Option<Pattern>,
    /// Told in messages. The type behind the schema is the one to hold to it.
    pub(super) format: Option<Format>,
}

#[derive(Debug)]
pub(super) struct Pattern {
    /// As the schema has it.
    pub(super) source: Box<str>,
    pub(super) matcher: Matcher,
}

/// A format that can be told in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::args) enum Format {
    DateTime,
    LocalDateTime,
    Date,
    Time,
    Duration,
    Uuid,
    Uri,
    Email,
    Ip,
    Ipv4,
    Ipv6,
}

impl TextRules {
    /// Whether every text fits.
    pub(super) fn are_none(&self) -> bool {
        self.length.is_any() && self.pattern.is_none()
    }

    /// The most bytes a text can have that fits, if that is limited.
    pub(super) fn most_bytes(&self) -> Option<usize> {
        let characters = usize::try_from(self.length.max?).ok()?;
        Some(characters.saturating_mul(4))
    }
}

impl Format {
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "date-time" => Self::DateTime,
            "partial-date-time" | "naive-date-time" | "local-date-time" => Self::LocalDateTime,
            "date" => Self::Date,
            "time" | "partial-time" => Self::Time,
            "duration" => Self::Duration,
            "uuid" => Self::Uuid,
            "uri" | "url" | "iri" => Self::Uri,
            "email" => Self::Email,
            "ip" => Self::Ip,
            "ipv4" => Self::Ipv4,
            "ipv6" => Self::Ipv6,
            _ => return None,
        })
    }

    /// The format of a type that has no schema here, by its path: of the types that crates have, and schemars knows.
    pub(in crate::args) fn of_type(path: &str) -> Option<Self> {
        // Without parameters: `chrono::DateTime<chrono::Utc>`.
        let path = path.split('<').next()?;
        let (krate, name) = (path.split("::").next()?, path.rsplit("::").next()?);
        Some(match (krate, name) {
            ("chrono", "DateTime") | ("jiff", "Timestamp") => Self::DateTime,
            ("chrono", "NaiveDateTime") | ("jiff", "DateTime") => Self::LocalDateTime,
            ("chrono", "NaiveDate") | ("jiff", "Date") => Self::Date,
            ("chrono", "NaiveTime") | ("jiff", "Time") => Self::Time,
            ("jiff", "Span" | "SignedDuration") => Self::Duration,
            ("uuid", "Uuid") => Self::Uuid,
            ("url", "Url") => Self::Uri,
            ("core", "IpAddr") => Self::Ip,
            ("core", "Ipv4Addr") => Self::Ipv4,
            ("core", "Ipv6Addr") => Self::Ipv6,
            _ => return None,
        })
    }

    /// What a text in this format is.
    pub(in crate::args) fn words(self) -> &'static str {
        match self {
            Self::DateTime => "a date and time like 2026-11-28T12:00:00Z",
            Self::LocalDateTime => "a date and time like 2026-11-28T12:00:00",
            Self::Date => "a date like 2026-11-28",
            Self::Time => "a time like 12:00:00",
            Self::Duration => "a duration like PT1H30M",
            Self::Uuid => "a UUID like 67e55044-10b1-426f-9247-bb680e5fe0c8",
            Self::Uri => "a URI like https://example.com/page",
            Self::Email => "an email address like ada@example.com",
            Self::Ip => "an IP address like 192.0.2.1 or 2001:db8::1",
            Self::Ipv4 => "an IPv4 address like 192.0.2.1",
            Self::Ipv6 => "an IPv6 address like 2001:db8::1",
        }
    }

    /// The name in schemas of the format that has these [words](Self::words).
    #[cfg(feature = "cli")]
    pub(in crate::args) fn of_words(words: &str) -> Option<&'static str> {
        const NAMES: [&str; 11] = [
            "date-time",
            "partial-date-time",
            "date",
            "partial-time",
            "duration",
            "uuid",
            "uri",
            "email",
            "ip",
            "ipv4",
            "ipv6",
        ];
        NAMES.into_iter().find(|name| Self::of(name).is_some_and(|format| format.words() == words))
    }

    /// Whether a text is in this format, roughly. It is asked to find out which of several texts a type has refused: so it
    /// may be stricter than the type.
    pub(super) fn fits(self, text: &str) -> bool {
        match self {
            Self::DateTime => split_date(text).is_some_and(|(date, time)| {
                let offset = time.find(['Z', 'z', '+', '-']);
                is_date(date) && offset.is_some_and(|at| is_time(&time[..at]))
            }),
            Self::LocalDateTime => split_date(text).is_some_and(|(date, time)| is_date(date) && is_time(time)),
            Self::Date => is_date(text),
            // With an offset or without.
            Self::Time => is_time(&text[..text.find(['Z', 'z', '+', '-']).unwrap_or(text.len())]),
            Self::Duration => text.starts_with(['P', 'p', '-', '+']),
            Self::Uuid => {
                let groups: Vec<&str> = text.split('-').collect();
                groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
                    && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
            }
            Self::Uri => text.split_once(':').is_some_and(|(scheme, _)| {
                scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                    && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
            }),
            Self::Email => text.contains('@'),
            Self::Ip => text.parse::<std::net::IpAddr>().is_ok(),
            Self::Ipv4 => text.parse::<std::net::Ipv4Addr>().is_ok(),
            Self::Ipv6 => text.parse::<std::net::Ipv6Addr>().is_ok(),
        }
    }
}

fn split_date(text: &str) -> Option<(&str, &str)> {
    text.split_once(['T', 't', ' '])
}

fn is_date(text: &str) -> bool {
    let Some([year, month, day]) = numbers(text, '-', [4, 2, 2]) else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    };
    (1..=12).contains(&month) && (1..=days).contains(&day)
}

fn is_time(text: &str) -> bool {
    let text = text.split_once('.').filter(|(_, fraction)| is_digits(fraction)).map_or(text, |(time, _)| time);
    numbers(text, ':', [2, 2, 2]).is_some_and(|[hours, minutes, seconds]| hours < 24 && minutes < 60 && seconds <= 60)
}

/// Three numbers of so many digits, apart by `separator`.
fn numbers(text: &str, separator: char, digits: [usize; 3]) -> Option<[u32; 3]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; 3];
    for (number, digits) in numbers.iter_mut().zip(digits) {
        let part = parts.next().filter(|part| part.len() == digits && is_digits(part))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_take_what_is_in_them() {
        for (format, good, bad) in [
            (Format::DateTime, "2026-11-28T12:00:00Z", "2026-11-28"),
            (Format::DateTime, "2026-11-28T12:00:00.5+02:00", "tomorrow"),
            (Format::LocalDateTime, "2026-11-28T12:00:00", "2026-11-28T25:00:00"),
            (Format::Date, "2024-02-29", "2025-02-29"),
            (Format::Time, "23:59:60", "24:00:00"),
            (Format::Time, "12:00:00Z", "noonZ"),
            (Format::Duration, "PT1H", "1h"),
            (Format::Uuid, "67e55044-10b1-426f-9247-bb680e5fe0c8", "67e55044"),
            (Format::Uri, "https://example.com", "example"),
            (Format::Email, "ada@example.com", "ada"),
            (Format::Ip, "2001:db8::1", "localhost"),
            (Format::Ipv4, "192.0.2.1", "2001:db8::1"),
            (Format::Ipv6, "2001:db8::1", "192.0.2.1"),
        ] {
            assert!(format.fits(good), "{good}");
            assert!(!format.fits(bad), "{bad}");
        }
    }
}
