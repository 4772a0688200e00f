//! Reading server-sent events.

/// A stream of events, read in pieces of any size.
#[derive(Default)]
pub(super) struct Events {
    /// The line that has begun.
    line: Vec<u8>,
    /// The data of the event that has begun.
    data: Option<String>,
}

impl Events {
    /// The data of the events that end in this piece. Comments, and events without data, are no messages.
    pub(super) fn read(&mut self, piece: &[u8]) -> Vec<String> {
        let mut messages = Vec::new();
        for byte in piece {
            if *byte != b'\n' {
                self.line.push(*byte);
                continue;
            }
            let line = String::from_utf8_lossy(&self.line).into_owned();
            self.line.clear();
            messages.extend(self.take(line.strip_suffix('\r').unwrap_or(&line)));
        }
        messages
    }

    fn take(&mut self, line: &str) -> Option<String> {
        if line.is_empty() {
            return self.data.take().filter(|data| !data.is_empty());
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        if field == "data" {
            let value = value.strip_prefix(' ').unwrap_or(value);
            match &mut self.data {
                None => self.data = Some(value.to_owned()),
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_may_come_in_pieces_of_any_size() {
        let text = ": hello\n\nid: 1-0\nretry: 1000\ndata: \n\nid: 1-1\ndata: {\"é\":\ndata:1}\n\ndata: 2\r\n\r\ndata: not yet";
        for size in 1..text.len() {
            let mut events = Events::default();
            let read: Vec<String> = text.as_bytes().chunks(size).flat_map(|piece| events.read(piece)).collect();
            assert_eq!(read, ["{\"é\":\n1}", "2"], "in pieces of {size}");
        }
    }
}
