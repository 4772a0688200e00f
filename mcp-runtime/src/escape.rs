//! Text from outside, made harmless for people who read it on a terminal or in a log.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

/// Text on one line: whatever is in it, it forges no second one, and moves no cursor.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    escaped(text, |char| is_unsafe(char) || char == '\n')
}

/// A line of JSON, in which those characters that JSON lets stand are escaped as JSON escapes others.
#[cfg(feature = "stdio")]
pub(crate) fn json_line(json: &str) -> Cow<'_, str> {
    // All of them are within strings, and have four digits.
    replaced(json, is_unsafe, |char, out| write!(out, "\\u{:04x}", u32::from(char)))
}

/// Text of several lines that moves no cursor. Lines that end as on Windows end as everywhere.
#[cfg(feature = "stdio")]
#[inline(never)] // What looks for a text is a kilobyte.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    if text.contains("\r\n") {
        return escaped(&text.replace("\r\n", "\n"), is_unsafe).into_owned().into();
    }
    escaped(text, is_unsafe)
}

/// Control characters, the line breaks that Unicode has besides, and what turns the direction of writing around: with it text
/// reads otherwise than it is.
fn is_unsafe(char: char) -> bool {
    matches!(char, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || (char.is_control() && !matches!(char, '\n' | '\t'))
}

fn escaped(text: &str, is_unsafe: fn(char) -> bool) -> Cow<'_, str> {
    replaced(text, is_unsafe, |char, out| write!(out, "{}", char.escape_default()))
}

#[inline(never)]
fn replaced(text: &str, is_unsafe: fn(char) -> bool, escape: fn(char, &mut String) -> fmt::Result) -> Cow<'_, str> {
    // As most is.
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if is_plain || !text.chars().any(is_unsafe) {
        return text.into();
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        if is_unsafe(char) {
            // A `String` takes all that is written.
            let _ = escape(char, &mut safe);
        } else {
            safe.push(char);
        }
    }
    safe.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_and_do_nothing() {
        let text = "a\u{1b}[2Jb\r\nc\td\u{9b}e\u{7f}é☃\0\r";
        assert_eq!(lines(text), "a\\u{1b}[2Jb\nc\td\\u{9b}e\\u{7f}é☃\\u{0}\\r");
        assert_eq!(one_line(text), "a\\u{1b}[2Jb\\r\\nc\td\\u{9b}e\\u{7f}é☃\\u{0}\\r");
        assert_eq!(lines("https://\u{202e}gnp.exe"), "https://\\u{202e}gnp.exe");
        assert!(matches!(one_line("é\t☃"), Cow::Borrowed(_)));
    }

    #[cfg(feature = "stdio")]
    #[test]
    fn json_says_the_same_with_escapes_of_its_own() {
        let text = "a\u{7f}\u{9b}\u{2028}\u{202e}é";
        let json = format!("{{\"a\":\"{text}\"}}");
        assert_eq!(json_line(&json), r#"{"a":"a\u007f\u009b\u2028\u202eé"}"#);
        let read: serde_json::Value = serde_json::from_str(&json_line(&json)).expect("JSON");
        assert_eq!(read["a"], text);
    }
}
