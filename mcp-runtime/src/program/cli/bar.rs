//! Progress and logs while a request runs, on standard error: a bar on a terminal, lines for a program.

use std::io::{self, IsTerminal as _, Write as _};

use super::output::{Style, plain_line, say};
use crate::lock::Lock;

/// How many characters the bar itself has.
const LENGTH: usize = 24;

/// How far a request has come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress<'a> {
    pub(super) done: f64,
    /// How much there is to do, if the server knows.
    pub(super) total: Option<f64>,
    /// Both, as text: `1/4`.
    pub(super) numbers: &'a str,
    pub(super) message: &'a str,
}

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
    pub(super) fn report(&self, progress: Progress<'_>) {
        let Progress { numbers, message, .. } = progress;
        let Some(width) = self.style.width else {
            // Progress may come without a message.
            return say(format!("[{numbers}] {message}").trim_end());
        };
        let mut is_shown = self.is_shown.lock();
        let line: String = format!("{} {}", drawn(progress), plain_line(message)).chars().take(width - 1).collect();
        // A terminal that is gone shows nothing.
        let _ = write!(io::stderr(), "\r\u{1b}[2K{}", line.trim_end());
        *is_shown = true;
    }

    /// The server has logged something.
    pub(super) fn log(&self, level: &str, text: &str) {
        self.clear();
        say(&format!("[{level}] {text}"));
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
fn drawn(progress: Progress<'_>) -> String {
    let Some(total) = progress.total.filter(|total| *total > 0.0) else {
        return format!("[{}]", progress.numbers);
    };
    let fraction = (progress.done / total).clamp(0.0, 1.0);
    // Whole characters, of so few that nothing is lost.
    let done = (fraction * LENGTH as f64) as usize;
    let percent = (fraction * 100.0).round() as u32;
    format!("[{}{}] {percent:3}%", "#".repeat(done), "-".repeat(LENGTH - done))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_what_is_done() {
        let drawn = |done, total| drawn(Progress { done, total, numbers: "as told", message: "" });
        assert_eq!(drawn(1.0, Some(4.0)), "[######------------------]  25%");
        assert_eq!(drawn(9.0, Some(4.0)), "[########################] 100%");
        assert_eq!(drawn(-1.0, Some(4.0)), "[------------------------]   0%");
        for (done, total) in [(2.5, None), (0.0, Some(0.0)), (1.0, Some(-1.0))] {
            assert_eq!(drawn(done, total), "[as told]");
        }
    }
}
