//! One HTTP/1.1 connection: sends bytes that are ready, reads one answer at a time.
//!
//! It costs little, so that the servers have the machine, and it understands what servers of this protocol send: bodies of a
//! known length or in chunks, plain JSON or events.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Outcome;

/// The longest answer that is waited for.
const LONGEST: usize = 1024 * 1024;

/// A connection that is kept open.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    /// The answer, from its first byte on.
    input: Vec<u8>,
    /// Its body, where that came in chunks.
    joined: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer<'a> {
    /// The status.
    pub status: u16,
    /// `Mcp-Session-Id`.
    pub session: Option<&'a str>,
    events: bool,
    body: &'a str,
}

impl<'a> Answer<'a> {
    /// The message: the body, or the last event's data.
    pub fn message(&self) -> &'a str {
        if !self.events {
            return self.body;
        }
        let data = self.body.lines().rev().filter_map(|line| line.strip_prefix("data:"));
        data.map(str::trim).find(|data| !data.is_empty()).unwrap_or_default()
    }
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// Where nobody listens.
    pub async fn open(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, input: Vec::with_capacity(16 * 1024), joined: Vec::new() })
    }

    /// Sends a request and reads its answer.
    ///
    /// # Errors
    /// Where the connection ends, or what comes is no answer.
    pub async fn exchange(&mut self, request: &[u8]) -> Outcome<Answer<'_>> {
        self.input.clear();
        self.stream.write_all(request).await?;
        let body = loop {
            self.fill().await?;
            if let Some(end) = self.input.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let length = Head::read(&self.input[..body])?.length;
        match length {
            Some(length) => {
                while self.input.len() < body + length {
                    self.fill().await?;
                }
            }
            None => {
                while !join(&self.input[body..], &mut self.joined)? {
                    self.fill().await?;
                }
            }
        }
        let (head, rest) = self.input.split_at(body);
        let head = Head::read(head)?;
        let body = std::str::from_utf8(if length.is_some() { rest } else { &self.joined })?;
        Ok(Answer { status: head.status, session: head.session, events: head.events, body })
    }

    async fn fill(&mut self) -> Outcome<()> {
        if self.stream.read_buf(&mut self.input).await? == 0 {
            return Err("the server closed the connection".into());
        }
        if self.input.len() > LONGEST {
            return Err("the answer does not end".into());
        }
        Ok(())
    }
}

/// What the head of an answer says.
struct Head<'a> {
    status: u16,
    /// `None`: it comes in chunks.
    length: Option<usize>,
    session: Option<&'a str>,
    events: bool,
}

impl<'a> Head<'a> {
    fn read(bytes: &'a [u8]) -> Outcome<Self> {
        let mut lines = std::str::from_utf8(bytes)?.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).ok_or("no status")?.parse()?;
        let mut head = Self { status, length: Some(0), session: None, events: false };
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                head.length = Some(value.parse()?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                head.length = None;
            } else if name.eq_ignore_ascii_case("content-type") {
                head.events = value.starts_with("text/event-stream");
            } else if name.eq_ignore_ascii_case("mcp-session-id") {
                head.session = Some(value);
            }
        }
        Ok(head)
    }
}

/// Joins the chunks of a body; whether the last one has come.
fn join(mut rest: &[u8], body: &mut Vec<u8>) -> Outcome<bool> {
    body.clear();
    loop {
        let Some(line) = rest.windows(2).position(|two| two == b"\r\n") else { return Ok(false) };
        let size = std::str::from_utf8(&rest[..line])?.split(';').next().unwrap_or_default();
        let size = usize::from_str_radix(size.trim(), 16)?;
        let Some(chunk) = rest.get(line + 2..line + 2 + size) else { return Ok(false) };
        // Behind each chunk stands a line's end, and behind the last one of no bytes a line's end too.
        let Some(after) = rest.get(line + 4 + size..) else { return Ok(false) };
        if size == 0 {
            return Ok(true);
        }
        body.extend_from_slice(chunk);
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_joined_once_the_last_one_has_come() {
        let whole = b"5\r\nhello\r\n7;x=y\r\n, world\r\n0\r\n\r\n";
        let mut body = Vec::new();
        for cut in 0..whole.len() {
            assert!(!join(&whole[..cut], &mut body).expect("chunks"), "{cut}");
        }
        assert!(join(whole, &mut body).expect("chunks"));
        assert_eq!(body, b"hello, world");
    }

    #[test]
    fn the_message_of_a_stream_is_its_last_event() {
        let body = "id: 1\ndata: \n\ndata: {\"a\":1}\n\n:\n\n";
        let answer = Answer { status: 200, session: None, events: true, body };
        assert_eq!(answer.message(), "{\"a\":1}");
    }

    #[test]
    fn a_head_tells_how_long_the_body_is() {
        let head =
            Head::read(b"HTTP/1.1 202 Accepted\r\nContent-Length: 12\r\nMcp-Session-Id: s\r\n\r\n").expect("a head");
        assert_eq!((head.status, head.length, head.session, head.events), (202, Some(12), Some("s"), false));
        let head =
            Head::read(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-type: text/event-stream\r\n\r\n");
        assert!(head.is_ok_and(|head| head.length.is_none() && head.events));
    }
}
