//! What is wrong with a configuration file, and where.

use std::fmt;

/// How the lines of a file end. Out of line: looking for a text is half a kilobyte of code.
#[inline(never)]
pub(super) fn newline_of(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// A file that is left alone.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    line: usize,
    column: usize,
    what: String,
}

impl Fault {
    /// At a place of a text, in bytes.
    #[inline(never)]
    pub(super) fn at(text: &str, at: usize, what: impl Into<String>) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line = before.rsplit('\n').next().unwrap_or_default().trim_start_matches('\u{feff}');
        Self { line: before.matches('\n').count() + 1, column: crate::nearest::characters(line) + 1, what: what.into() }
    }

    /// At a line and a column that are known already.
    pub(super) fn on(line: usize, column: usize, what: String) -> Self {
        Self { line, column, what }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.what)
    }
}
