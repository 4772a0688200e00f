//! Server-sent events, as they come (the HTML standard, "Server-sent events").

use std::time::Duration;

/// One event.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Event {
    /// Its type; `message` where it has none.
    pub(super) kind: String,
    pub(super) data: Vec<u8>,
}

/// Reads events from pieces of a stream.
#[derive(Debug)]
pub(super) struct Events {
    limit: usize,
    line: Vec<u8>,
    /// The last byte was a carriage return: a line feed after it belongs to it.
    is_after_return: bool,
    is_begun: bool,
    kind: String,
    data: Vec<u8>,
    has_data: bool,
    /// The id that a stream is resumed after.
    pub(super) last_id: Option<String>,
    /// How long to wait before that, as the server says.
    pub(super) retry: Option<Duration>,
}

/// An event was longer than allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl Events {
    /// Of at most so many bytes each.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            line: Vec::new(),
            is_after_return: false,
            is_begun: false,
            kind: String::new(),
            data: Vec::new(),
            has_data: false,
            last_id: None,
            retry: None,
        }
    }

    /// Another stream goes on where this one has ended: what had begun comes anew.
    pub(super) fn begin_again(&mut self) {
        *self = Self { last_id: self.last_id.take(), retry: self.retry, ..Self::new(self.limit) };
    }

    /// Takes a piece of the stream, and gives each event that is whole now.
    ///
    /// # Errors
    /// An event is too long; the rest of the stream cannot be read.
    pub(super) fn feed(&mut self, mut piece: &[u8], mut give: impl FnMut(Event)) -> Result<(), TooLong> {
        while !piece.is_empty() {
            if std::mem::take(&mut self.is_after_return) && piece[0] == b'\n' {
                piece = &piece[1..];
                continue;
            }
            let Some(end) = memchr::memchr2(b'\n', b'\r', piece) else {
                self.line.extend_from_slice(piece);
                return self.check();
            };
            self.is_after_return = piece[end] == b'\r';
            if self.line.is_empty() {
                self.line(&piece[..end], &mut give);
            } else {
                self.line.extend_from_slice(&piece[..end]);
                let line = std::mem::take(&mut self.line);
                self.line(&line, &mut give);
            }
            self.check()?;
            piece = &piece[end + 1..];
        }
        Ok(())
    }

    fn check(&self) -> Result<(), TooLong> {
        // The names of fields come on top.
        if self.line.len().max(self.data.len()) > self.limit.saturating_add(64) { Err(TooLong) } else { Ok(()) }
    }

    fn line(&mut self, mut line: &[u8], give: &mut impl FnMut(Event)) {
        if !std::mem::replace(&mut self.is_begun, true) {
            line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
        }
        if line.is_empty() {
            let (kind, data) = (std::mem::take(&mut self.kind), std::mem::take(&mut self.data));
            if std::mem::take(&mut self.has_data) {
                give(Event { kind: if kind.is_empty() { "message".to_owned() } else { kind }, data });
            }
            return;
        }
        let (field, value) = match memchr::memchr(b':', line) {
            // A comment.
            Some(0) => return,
            Some(colon) => (&line[..colon], line[colon + 1..].strip_prefix(b" ").unwrap_or(&line[colon + 1..])),
            None => (line, &[][..]),
        };
        match field {
            b"data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.data.push(b'\n');
                }
                self.data.extend_from_slice(value);
            }
            b"event" => self.kind = String::from_utf8_lossy(value).into_owned(),
            b"id" if !value.contains(&0) => self.last_id = Some(String::from_utf8_lossy(value).into_owned()),
            b"retry" => {
                let millis = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
                self.retry = millis.map(Duration::from_millis).or(self.retry);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&str]) -> (Vec<String>, Option<String>) {
        let mut events = Events::new(100);
        let mut read = Vec::new();
        for piece in pieces {
            let note = |event: Event| read.push(format!("{}: {}", event.kind, String::from_utf8_lossy(&event.data)));
            events.feed(piece.as_bytes(), note).expect("short");
        }
        (read, events.last_id)
    }

    #[test]
    fn events_come_out_the_same_however_they_are_split() {
        let text = "\u{feff}id: 1\nretry: 500\ndata:\n\n: comment\r\nevent: endpoint\r\ndata: /a\r\n\r\ndata: b\rdata:c\r\rid:2\ndata: d\n\ndata: half";
        let whole = read(&[text]);
        assert_eq!(whole.0, ["message: ", "endpoint: /a", "message: b\nc", "message: d"]);
        assert_eq!(whole.1.as_deref(), Some("2"));
        for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            let (a, b) = text.split_at(at);
            assert_eq!(read(&[a, b]), whole, "split at {at}");
        }
    }

    #[test]
    fn an_event_that_is_too_long_is_refused() {
        let mut events = Events::new(100);
        assert_eq!(events.feed(&[b'x'; 200], |_| ()), Err(TooLong));
        let mut events = Events::new(100);
        let line = format!("data: {}\n", "x".repeat(90));
        assert_eq!(events.feed(line.as_bytes(), |_| ()), Ok(()));
        assert_eq!(events.feed(line.as_bytes(), |_| ()), Err(TooLong));
    }
}
