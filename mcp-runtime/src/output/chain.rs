//! An error and what caused it, in one line: `could not read the settings: No such file or directory`.

use std::error::Error;
use std::fmt::{self, Write as _};

use crate::call::Call;

/// The most causes that are told. Real chains have a handful; a longer one is a loop in somebody's `source`.
const MOST_CAUSES: usize = 32;

/// What has caused an error, the nearest first.
pub(crate) fn causes<'a>(error: &'a dyn Error) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let next = |cause: &&'a (dyn Error + 'static)| {
        let cause: &'a (dyn Error + 'static) = *cause;
        cause.source()
    };
    std::iter::successors(error.source(), next).take(MOST_CAUSES)
}

/// The error's own text, then each cause's behind a colon. A cause that a text before it has told already is not told
/// twice: many error types have their source in their own text.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    for cause in causes(error) {
        let cause = cause.to_string();
        if cause.is_empty() || tells(&text, &cause) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&cause);
    }
    text
}

/// Whether `cause` is in the text as words of its own: the `5` in `15 tries` is not.
fn tells(text: &str, cause: &str) -> bool {
    text.match_indices(cause).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + cause.len()..].chars().next();
        let joins = |inner: Option<char>, outer: Option<char>| {
            inner.is_some_and(char::is_alphanumeric) && outer.is_some_and(char::is_alphanumeric)
        };
        !joins(cause.chars().next(), before) && !joins(cause.chars().next_back(), after)
    })
}

/// Text for the log, where it must not look like several lines, nor move the cursor.
pub(super) struct OneLine<'a>(pub(super) &'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| {
            // The separators of lines and paragraphs are no control characters, yet some terminals break lines there.
            if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
                write!(f, "{}", c.escape_default())
            } else {
                f.write_char(c)
            }
        })
    }
}

/// Which function was called, for the log.
pub(super) struct Place<'a>(pub(super) &'a Call);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URI of a resource that is read is any text that a client has chosen.
        self.0.entry().map_or(Ok(()), |entry| write!(f, "`{}` ({})", OneLine(&entry.name), entry.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Layer(&'static str, Option<Box<Layer>>);

    impl fmt::Display for Layer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Layer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_ref().map(|source| &**source as _)
        }
    }

    #[track_caller]
    fn check(layers: &[&'static str], expected: &str) {
        let mut error = None;
        for layer in layers.iter().rev() {
            error = Some(Box::new(Layer(layer, error)));
        }
        assert_eq!(chain(&error.expect("there is a layer")), expected);
    }

    #[test]
    fn each_cause_is_told_once() {
        check(&["outer"], "outer");
        check(&["outer", "middle", "root"], "outer: middle: root");
        check(&["outer: middle", "middle", "root"], "outer: middle: root");
        check(&["outer (middle: root)", "middle: root", "root"], "outer (middle: root)");
        check(&["failed after 15 tries", "5"], "failed after 15 tries: 5");
        check(&["outer", "", "root"], "outer: root");
        check(&["", "root"], "root");
    }

    #[test]
    fn lines_of_a_text_are_one_in_the_log() {
        assert_eq!(OneLine("a\nb\u{1b}[2Jé\u{2028}").to_string(), r"a\nb\u{1b}[2Jé\u{2028}");
    }
}
