//! Where results go: a terminal, a pipe or a file, each as it likes them.

use std::borrow::Cow;
use std::fmt::Display;
use std::fs::File;
use std::io::{self, IsTerminal as _, Write};

use super::json::{on_one_line, pretty};
use super::remote::Failure;
use crate::nearest::characters;
use crate::transport::stdio::flush_stderr;
/// Text of a server without what a terminal would obey: such characters are shown by their numbers.
pub(super) use crate::transport::stdio::{harmless as plain, harmless_line as plain_line};

/// How text is laid out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Style {
    /// The width of the terminal; none where a program reads.
    pub(super) width: Option<usize>,
    /// Whether names are bold.
    pub(super) bold: bool,
}

impl Style {
    /// For a stream that is a terminal, or is not.
    pub(super) fn of(is_terminal: bool) -> Self {
        if !is_terminal {
            return Self::default();
        }
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self { width: Some(width()), bold: !is_set("NO_COLOR") && !is_dumb && cfg!(unix) }
    }

    pub(super) fn is_terminal(self) -> bool {
        self.width.is_some()
    }

    /// A name, which must be plain.
    pub(super) fn name<'a>(self, name: &'a str) -> Cow<'a, str> {
        if self.bold { format!("\u{1b}[1m{name}\u{1b}[0m").into() } else { name.into() }
    }

    /// Text in lines that fit; they begin at `indent`, where the first of them already stands.
    pub(super) fn wrap(self, text: &str, indent: usize) -> String {
        let room = self.width.map_or(usize::MAX, |width| width.saturating_sub(indent).max(20));
        let mut out = String::new();
        for (at, line) in text.lines().enumerate() {
            if at > 0 {
                new_line(&mut out, indent);
            }
            let words = line.trim_start_matches(' ');
            let mut used = line.len() - words.len();
            out.push_str(&line[..used]);
            let mut is_first = true;
            for word in words.split(' ') {
                let length = characters(word);
                if !is_first && used + 1 + length > room {
                    new_line(&mut out, indent);
                    used = 0;
                } else if !is_first {
                    out.push(' ');
                    used += 1;
                }
                is_first = false;
                out.push_str(word);
                used += length;
            }
        }
        out
    }
}

fn new_line(out: &mut String, indent: usize) {
    out.truncate(out.trim_end_matches(' ').len());
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}

/// How wide the terminal is: as `COLUMNS` says, or the terminal itself.
fn width() -> usize {
    const USUAL: usize = 80;
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    said.or_else(columns).filter(|columns| *columns > 0).unwrap_or(USUAL)
}

#[cfg(unix)]
fn columns() -> Option<usize> {
    // Standard output may be a file while questions are asked on standard error.
    let size = rustix::termios::tcgetwinsize(io::stdout()).or_else(|_| rustix::termios::tcgetwinsize(io::stderr()));
    size.ok().map(|size| size.ws_col.into())
}

#[cfg(not(unix))]
fn columns() -> Option<usize> {
    None
}

/// Says something to people, on standard error, without what a terminal would obey.
pub(super) fn say(text: &str) {
    // What was logged before stands before it.
    flush_stderr();
    let _ = writeln!(io::stderr(), "{}", plain(text));
}

/// Where a command's result goes.
pub(super) struct Output {
    sink: Box<dyn Write>,
    style: Style,
    failed: Option<io::Error>,
}

impl Output {
    /// A file of this name; standard output without one.
    ///
    /// # Errors
    /// Why the file cannot be written.
    pub(super) fn open(file: Option<&str>) -> Result<Self, Failure> {
        match file {
            None => {
                let stdout = io::stdout();
                let style = Style::of(stdout.is_terminal());
                Ok(Self::to(Box::new(stdout.lock()), style))
            }
            Some(name) => match File::create(name) {
                Ok(file) => Ok(Self::to(Box::new(io::BufWriter::new(file)), Style::default())),
                Err(error) => Err(Failure::usage(format!("cannot write `{name}`: {error}"))),
            },
        }
    }

    pub(super) fn to(sink: Box<dyn Write>, style: Style) -> Self {
        Self { sink, style, failed: None }
    }

    pub(super) fn style(&self) -> Style {
        self.style
    }

    /// Bytes as they are.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        if self.failed.is_none() {
            self.failed = self.sink.write_all(bytes).err();
        }
    }

    /// A line.
    pub(super) fn line(&mut self, text: impl Display) {
        self.bytes(format!("{text}\n").as_bytes());
    }

    /// Text of a server: harmless on a terminal, as it is for a program. It ends with the end of a line, its own or one more.
    pub(super) fn text(&mut self, text: &str) {
        let text = text.strip_suffix('\n').unwrap_or(text);
        if self.style.is_terminal() { self.line(plain(text)) } else { self.line(text) }
    }

    /// JSON of a server, as it was sent: over several lines on a terminal, on one line for a program.
    pub(super) fn json(&mut self, json: &str) {
        let json = if self.style.is_terminal() { pretty(json) } else { on_one_line(json) };
        // JSON lets some control characters stand, and has an escape for them of its own.
        let is_bare = |char: char| char.is_control() && char != '\n';
        let escape = |char: char| if is_bare(char) { format!("\\u{:04x}", u32::from(char)) } else { char.to_string() };
        self.line(if json.contains(is_bare) { json.chars().map(escape).collect() } else { json });
    }

    /// Rows whose cells stand below each other, without what a terminal would obey.
    pub(super) fn columns(&mut self, rows: &[Vec<String>]) {
        let mut widths: Vec<usize> = Vec::new();
        for row in rows {
            widths.resize(widths.len().max(row.len()), 0);
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(characters(&plain_line(cell)));
            }
        }
        for row in rows {
            let mut line = String::new();
            for (width, cell) in widths.iter().zip(row) {
                let cell = plain_line(cell);
                line += &format!("{cell}{:1$}", "", width - characters(&cell) + 2);
            }
            self.line(line.trim_end());
        }
    }

    /// Whether nobody reads it any more.
    #[cfg(feature = "client")]
    pub(super) fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    /// Writes what is still held back.
    ///
    /// # Errors
    /// Where not all could be written. That nobody reads any more (`… | head`) is no failure.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        let failed = self.failed.take().or_else(|| self.sink.flush().err());
        match failed {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::local(format!("cannot write the result: {error}")))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_the_terminal_and_are_left_alone_without_one() {
        let at = |width| Style { width, bold: false };
        let text = "one two three four five six";
        assert_eq!(at(Some(30)).wrap(text, 10), "one two three four\n          five six");
        assert_eq!(at(Some(3)).wrap(text, 0), "one two three four\nfive six");
        assert_eq!(at(None).wrap(text, 10), text);
        assert_eq!(at(Some(30)).wrap("a\n  b", 2), "a\n    b");
        assert_eq!(at(Some(30)).wrap(&"x".repeat(50), 2), "x".repeat(50));
    }
}
