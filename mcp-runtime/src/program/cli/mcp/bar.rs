//! Progress and logs while a request runs, on standard error: a bar on a terminal, lines for a program.

use std::io::{self, IsTerminal as _, Write as _};

use super::super::output::{Style, plain_line, say};
use crate::client::{LogMessage, ProgressReport};
use crate::lock::Lock;

/// How many characters the bar itself has.
const LENGTH: usize = 24;

/// Shows how far a request has come.
pub(super) struct Bar {
    style: Style,
    /// Whether it is on the terminal now.
    is_shown: Lock<bool>,
}

impl Bar {
    pub(super) fn new() -> Self {
        Self { style: Style::of(io::stderr().is_terminal()), is_shown: Lock::default() }
    }

    /// A report has come.
    pub(super) fn report(&self, report: &ProgressReport) {
        let message = report.message.as_deref().unwrap_or_default();
        let Some(width) = self.style.width else {
            let total = report.total.map(|total| format!("/{total}")).unwrap_or_default();
            return say(format!("[{}{total}] {message}", report.progress).trim_end());
        };
        let mut is_shown = self.is_shown.lock();
        let line: String = format!("{} {}", drawn(report), plain_line(message)).chars().take(width - 1).collect();
        // A terminal that is gone shows nothing.
        let _ = write!(io::stderr(), "\r\u{1b}[2K{}", line.trim_end());
        *is_shown = true;
    }

    /// The server has logged something.
    pub(super) fn log(&self, message: &LogMessage) {
        self.clear();
        say(&format!("[{}] {}", message.level.as_str(), message.text()));
    }

    /// Takes the bar off the terminal: something else is to stand there.
    pub(super) fn clear(&self) {
        let mut is_shown = self.is_shown.lock();
        if std::mem::take(&mut *is_shown) {
            let _ = write!(io::stderr(), "\r\u{1b}[2K");
        }
    }
}

/// `[######------------------]  25%`; the number alone where nobody knows how much there is to do.
fn drawn(report: &ProgressReport) -> String {
    let Some(fraction) = report.fraction() else { return format!("[{}]", report.progress) };
    // Whole characters, of so few that nothing is lost.
    let done = (fraction * LENGTH as f64) as usize;
    format!("[{}{}] {:3.0}%", "#".repeat(done), "-".repeat(LENGTH - done), fraction * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_what_is_done() {
        let drawn = |json: &str| drawn(&serde_json::from_str(json).expect("a report"));
        assert_eq!(drawn(r#"{"progress":1,"total":4}"#), "[######------------------]  25%");
        assert_eq!(drawn(r#"{"progress":9,"total":4}"#), "[########################] 100%");
        assert_eq!(drawn(r#"{"progress":2.5}"#), "[2.5]");
    }
}
