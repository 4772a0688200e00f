//! One HTTP/1.1 connection: sends bytes that are ready, reads one answer at a time.
//!
//! It costs little, so that the servers have the machine, and it understands what servers of this protocol send: bodies of a
//! known length or in chunks, plain JSON or events. A connection that the server has closed between two answers is opened
//! again, as every client does.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::trouble::{Outcome, Trouble};

/// The longest answer that is waited for.
const LONGEST: usize = 16 * 1024 * 1024;

/// A connection that is kept open.
#[derive(Debug)]
pub struct Connection {
    address: SocketAddr,
    stream: Option<TcpStream>,
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
    /// The body.
    pub body: &'a str,
    /// Whether it is a stream of events.
    pub events: bool,
}

impl<'a> Answer<'a> {
    /// The messages: the body, or the data of all events.
    pub fn messages(&self) -> impl Iterator<Item = &'a str> {
        let (events, whole) = if self.events { (self.body, "") } else { ("", self.body) };
        let data = events.lines().filter_map(|line| line.strip_prefix("data:"));
        std::iter::once(whole).chain(data).map(str::trim).filter(|message| !message.is_empty())
    }
}

/// Where the parts of an answer are.
struct Parts {
    head: usize,
    chunked: bool,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// Where nobody listens.
    pub async fn open(address: SocketAddr) -> Outcome<Self> {
        let mut connection = Self { address, stream: None, input: Vec::new(), joined: Vec::new() };
        connection.reopen().await?;
        Ok(connection)
    }

    /// Sends a request and reads its answer.
    ///
    /// # Errors
    /// Where the connection ends, or what comes is no answer.
    pub async fn exchange(&mut self, request: &[u8]) -> Outcome<Answer<'_>> {
        if self.stream.is_none() {
            self.reopen().await?;
        }
        let parts = match self.send_and_read(request).await {
            Ok(parts) => parts,
            // Not a byte of an answer: the server had closed the connection before it saw the request.
            Err(_) if self.input.is_empty() => {
                self.reopen().await?;
                self.send_and_read(request).await?
            }
            Err(trouble) => return Err(trouble),
        };
        let (head, rest) = self.input.split_at(parts.head);
        let head = Head::read(head)?;
        if head.close {
            self.stream = None;
        }
        let body = std::str::from_utf8(if parts.chunked { &self.joined } else { rest })?;
        Ok(Answer { status: head.status, session: head.session, events: head.events, body })
    }

    async fn reopen(&mut self) -> Outcome<()> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        self.stream = Some(stream);
        Ok(())
    }

    async fn send_and_read(&mut self, request: &[u8]) -> Outcome<Parts> {
        let Self { stream, input, joined, .. } = self;
        let stream = stream.as_mut().ok_or_else(|| Trouble::failed("there is no connection"))?;
        input.clear();
        joined.clear();
        // A server may answer before it has read all, and read no more: that it does not fit, say. What it says counts.
        let sent = stream.write_all(request).await;
        let head = loop {
            if let Err(trouble) = fill(stream, input).await {
                return sent.map_err(Trouble::from).and(Err(trouble));
            }
            if let Some(end) = input.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let Some(length) = Head::read(&input[..head])?.length else {
            let mut at = head;
            while !join(input, &mut at, joined)? {
                fill(stream, input).await?;
            }
            return Ok(Parts { head, chunked: true });
        };
        while input.len() < head + length {
            fill(stream, input).await?;
        }
        Ok(Parts { head, chunked: false })
    }
}

async fn fill(stream: &mut TcpStream, input: &mut Vec<u8>) -> Outcome<()> {
    if stream.read_buf(input).await? == 0 {
        return Err(Trouble::failed("the server closed the connection"));
    }
    if input.len() > LONGEST {
        return Err(Trouble::failed("the answer does not end"));
    }
    Ok(())
}

/// What the head of an answer says.
struct Head<'a> {
    status: u16,
    /// `None`: it comes in chunks.
    length: Option<usize>,
    session: Option<&'a str>,
    events: bool,
    close: bool,
}

impl<'a> Head<'a> {
    fn read(bytes: &'a [u8]) -> Outcome<Self> {
        let mut lines = std::str::from_utf8(bytes)?.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let status = status.ok_or_else(|| Trouble::failed("an answer without a status"))?.parse()?;
        let mut head = Self { status, length: Some(0), session: None, events: false, close: false };
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
            } else if name.eq_ignore_ascii_case("connection") {
                head.close = value.eq_ignore_ascii_case("close");
            }
        }
        Ok(head)
    }
}

/// Joins the chunks of a body that have come whole, from `at` on; whether the last one has.
fn join(input: &[u8], at: &mut usize, body: &mut Vec<u8>) -> Outcome<bool> {
    while let Some(rest) = input.get(*at..) {
        let Some(line) = rest.windows(2).position(|two| two == b"\r\n") else { return Ok(false) };
        let size = std::str::from_utf8(&rest[..line])?.split(';').next().unwrap_or_default();
        let size = usize::from_str_radix(size.trim(), 16)?;
        // Behind each chunk stands a line's end, and behind the last one of no bytes a line's end too.
        let end = size.checked_add(line + 4).filter(|end| *end <= rest.len());
        let Some(end) = end else { return Ok(false) };
        if size == 0 {
            return Ok(true);
        }
        body.extend_from_slice(&rest[line + 2..end - 2]);
        *at += end;
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_joined_once_the_last_one_has_come() {
        let whole = b"head5\r\nhello\r\n7;x=y\r\n, world\r\n0\r\n\r\n";
        let (mut at, mut body) = (4, Vec::new());
        for cut in 4..whole.len() {
            assert!(!join(&whole[..cut], &mut at, &mut body).expect("chunks"), "{cut}");
        }
        assert!(join(whole, &mut at, &mut body).expect("chunks"));
        assert_eq!(body, b"hello, world");
        assert!(join(b"no number\r\n", &mut 0, &mut body).is_err());
    }

    #[test]
    fn the_messages_of_a_stream_are_those_of_its_events() {
        let body = "id: 1\ndata: \n\nevent: message\ndata: {\"a\":1}\n\n:\n\ndata:{\"b\":2}\n\n";
        let answer = Answer { status: 200, session: None, events: true, body };
        assert_eq!(answer.messages().collect::<Vec<_>>(), ["{\"a\":1}", "{\"b\":2}"]);
        let answer = Answer { events: false, body: "{\"data\":\n1}", ..answer };
        assert_eq!(answer.messages().collect::<Vec<_>>(), ["{\"data\":\n1}"]);
    }

    /// A server that reads once on each connection, says this, and closes it. How many connections it had.
    async fn serve(says: &'static str, connections: u32) -> (SocketAddr, tokio::task::JoinHandle<u32>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let serving = tokio::spawn(async move {
            for number in 0..connections {
                let Ok((mut stream, _)) = listener.accept().await else { return number };
                let _ = stream.read(&mut [0; 1024]).await;
                let _ = stream.write_all(says.as_bytes()).await;
            }
            connections
        });
        (address, serving)
    }

    #[tokio::test]
    async fn a_connection_that_was_closed_is_opened_again() {
        let says = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
        let (address, serving) = serve(says, 3).await;
        let mut connection = Connection::open(address).await.expect("it listens");
        for _ in 0..3 {
            let answer = connection.exchange(b"POST / HTTP/1.1\r\n\r\n").await.expect("it answers");
            assert_eq!((answer.status, answer.body), (200, "hi"));
        }
        assert_eq!(serving.await.expect("it ends well"), 3);
    }

    #[tokio::test]
    async fn half_an_answer_is_a_failure_and_not_asked_for_again() {
        let (address, serving) = serve("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nhi", 2).await;
        let mut connection = Connection::open(address).await.expect("it listens");
        let answer = connection.exchange(b"POST / HTTP/1.1\r\n\r\n").await;
        assert!(matches!(answer, Err(Trouble::Failed(_))), "{answer:?}");
        assert!(!serving.is_finished(), "it waits for its second connection");
    }

    #[test]
    fn a_head_tells_how_long_the_body_is() {
        let head =
            Head::read(b"HTTP/1.1 202 Accepted\r\nContent-Length: 12\r\nMcp-Session-Id: s\r\n\r\n").expect("a head");
        assert_eq!((head.status, head.length, head.session), (202, Some(12), Some("s")));
        assert!(!head.events && !head.close);
        let head = Head::read(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\ncontent-type: text/event-stream\r\n\r\n",
        );
        assert!(head.is_ok_and(|head| head.length.is_none() && head.events && head.close));
    }
}
