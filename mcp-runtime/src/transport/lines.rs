//! Cutting a stream of bytes into lines.

use bytes::Bytes;
use mcp_proto::wire::Skimmer;
use memchr::memchr;

/// How much is read at once.
pub(crate) const CHUNK: usize = 64 * 1024;

/// A line of the input.
pub(crate) enum Line {
    /// Without its newline.
    Whole(Bytes),
    /// Longer than allowed. Its bytes were not kept, but looked at as they passed by.
    TooLong(Skimmer),
}

/// Cuts what is read into lines, and keeps the beginning of one that is not whole yet.
pub(crate) struct Lines {
    limit: usize,
    begun: Vec<u8>,
    /// How long the last line was that did not come at once: messages resemble each other.
    last: usize,
    /// What has been seen of the line that was begun, if it is too long already.
    skipped: Option<Skimmer>,
}

impl Lines {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, begun: Vec::new(), last: 0, skipped: None }
    }

    /// Takes what was read; gives each line that is whole now.
    #[cfg(any(test, feature = "stdio"))]
    pub(crate) fn feed(&mut self, mut read: &[u8], mut give: impl FnMut(Line)) {
        while let Some(line) = self.next(&mut read) {
            give(line);
        }
    }

    /// Takes from what was read up to the end of a line, and gives that line; or all of it, where none is whole.
    pub(crate) fn next(&mut self, read: &mut &[u8]) -> Option<Line> {
        while let Some(end) = memchr(b'\n', read) {
            let line = self.finish(&read[..end]);
            *read = &read[end + 1..];
            if line.is_some() {
                return line;
            }
        }
        self.begin(std::mem::take(read));
        None
    }

    /// The bytes that are kept of a line that is not whole yet; 1 where it is too long to be kept.
    #[cfg(feature = "streams")]
    pub(crate) fn begun(&self) -> usize {
        if self.skipped.is_some() { 1 } else { self.begun.len() }
    }

    /// The input has ended; a last line may lack its newline.
    pub(crate) fn end(&mut self) -> Option<Line> {
        self.finish(&[])
    }

    fn begin(&mut self, part: &[u8]) {
        if let Some(skimmer) = &mut self.skipped {
            return skimmer.feed(part);
        }
        if self.begun.len() + part.len() > self.limit {
            return self.skip(part);
        }
        if self.begun.is_empty() && !part.is_empty() {
            self.begun.reserve_exact(self.last.max(part.len()));
        }
        self.begun.extend_from_slice(part);
    }

    /// The line is too long with this part.
    #[cold]
    fn skip(&mut self, part: &[u8]) {
        let skimmer = self.skipped.insert(Skimmer::default());
        skimmer.feed(&std::mem::take(&mut self.begun));
        skimmer.feed(part);
    }

    /// The line that ends with this part, unless it is blank.
    fn finish(&mut self, part: &[u8]) -> Option<Line> {
        if self.begun.is_empty() && self.skipped.is_none() && part.len() <= self.limit {
            return (!part.trim_ascii().is_empty()).then(|| Line::Whole(Bytes::copy_from_slice(part)));
        }
        self.finish_begun(part)
    }

    /// The same of a line that has come in several parts.
    #[inline(never)]
    fn finish_begun(&mut self, part: &[u8]) -> Option<Line> {
        self.begin(part);
        if let Some(skimmer) = self.skipped.take() {
            return Some(Line::TooLong(skimmer));
        }
        let line = std::mem::take(&mut self.begun);
        self.last = line.len();
        if line.trim_ascii().is_empty() {
            return None;
        }
        // A call may keep it for long: a short line does not keep the room of the long one before it.
        let is_spacious = line.capacity() > 2 * line.len().max(CHUNK);
        Some(Line::Whole(if is_spacious { Bytes::copy_from_slice(&line) } else { line.into() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(limit: usize, pieces: &[&str]) -> Vec<String> {
        let mut lines = Lines::new(limit);
        let mut cut = Vec::new();
        let mut note = |line| {
            cut.push(match line {
                Line::Whole(line) => String::from_utf8_lossy(&line).into_owned(),
                Line::TooLong(skimmer) => format!("TOO LONG {:?}", skimmer.id()),
            });
        };
        for piece in pieces {
            lines.feed(piece.as_bytes(), &mut note);
        }
        lines.end().into_iter().for_each(&mut note);
        cut
    }

    #[test]
    fn lines_come_out_the_same_however_they_are_split() {
        let text = "one\n\n  \ntwo\r\nthree";
        let whole = cut(100, &[text]);
        assert_eq!(whole, ["one", "two\r", "three"]);
        for at in 0..text.len() {
            let (a, b) = text.split_at(at);
            assert_eq!(cut(100, &[a, b]), whole, "split at {at}");
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped_to_its_end() {
        let cut = cut(4, &["12345\nok\n12", "345", "67\nyes\n"]);
        assert_eq!(cut, ["TOO LONG None", "ok", "TOO LONG None", "yes"]);
    }

    #[test]
    fn the_id_of_a_line_that_is_too_long_is_seen_however_it_is_split() {
        let text = r#"{"params":{"id":1},"id":"seven","method":"m"}"#;
        for at in 0..=text.len() {
            let (a, b) = text.split_at(at);
            assert_eq!(cut(16, &[a, b, "\nok\n"]), [r#"TOO LONG Some(String("seven"))"#, "ok"], "split at {at}");
        }
    }
}
