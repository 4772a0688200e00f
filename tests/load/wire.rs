//! One connection, kept open: what is sent is bytes, and answers are read as far as one likes.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::serve::within;

/// How much is read at a time, at most.
const GULP: usize = 64 * 1024;

/// A connection to a server.
pub struct Wire {
    stream: TcpStream,
    /// What came and was not looked at yet.
    raw: Vec<u8>,
    /// What came of the answer's body and was not taken yet.
    body: Vec<u8>,
    rest: Rest,
    /// How much more may be read before it counts as cut off.
    allowed: usize,
}

/// What is still to come of an answer's body.
enum Rest {
    Nothing,
    Bytes(usize),
    /// The line that tells how long the next chunk is.
    Size,
    Chunk(usize),
    /// The line end behind a chunk.
    ChunkEnd,
}

/// The connection ended where more was to come.
#[derive(Debug)]
pub struct Cut {
    /// Whether some of the answer had come.
    pub within: bool,
    /// How it ended; without an error if it was closed in good order.
    pub error: Option<io::ErrorKind>,
}

/// An answer, or the head of one.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: String,
}

/// A server-sent event.
#[derive(Debug)]
pub struct Event {
    pub id: Option<String>,
    pub data: String,
}

impl Wire {
    pub async fn open(address: SocketAddr) -> Self {
        Self::try_open(address).await.expect("the server listens")
    }

    pub async fn try_open(address: SocketAddr) -> io::Result<Self> {
        let stream = within(TcpStream::connect(address)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, raw: Vec::new(), body: Vec::new(), rest: Rest::Nothing, allowed: usize::MAX })
    }

    /// The socket itself.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// How much of what was sent the server has not read, where Linux tells: in the table of its connections.
    pub fn unread(&self) -> Option<u64> {
        let hex = |address: SocketAddr| match address {
            // As the machine has the bytes.
            SocketAddr::V4(v4) => Some(format!("{:08X}:{:04X}", u32::from_ne_bytes(v4.ip().octets()), v4.port())),
            SocketAddr::V6(_) => None,
        };
        let (server, ours) = (hex(self.stream.peer_addr().ok()?)?, hex(self.stream.local_addr().ok()?)?);
        let table = std::fs::read_to_string("/proc/net/tcp").ok()?;
        table.lines().find_map(|line| {
            let mut columns = line.split_whitespace().skip(1);
            let is_it = columns.next() == Some(&*server) && columns.next() == Some(&*ours);
            let (_, waits) = columns.nth(1)?.split_once(':')?;
            is_it.then(|| u64::from_str_radix(waits, 16).ok())?
        })
    }

    /// From now on so many bytes are read, and then the connection counts as cut off.
    pub fn allow(&mut self, bytes: usize) {
        self.allowed = bytes;
    }

    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        within(self.stream.write_all(bytes)).await
    }

    /// Says that nothing more will be sent.
    pub async fn finish(&mut self) {
        // A server that has closed already needs no telling.
        let _ = self.stream.shutdown().await;
    }

    /// Reads some more of what comes.
    pub async fn fill(&mut self) -> Result<(), Cut> {
        let within_answer = !self.raw.is_empty() || !matches!(self.rest, Rest::Nothing);
        let cut = |error| Cut { within: within_answer, error };
        let most = self.allowed.min(GULP);
        if most == 0 {
            return Err(cut(None));
        }
        self.raw.reserve(most);
        let read = within((&mut self.stream).take(most as u64).read_buf(&mut self.raw)).await;
        match read {
            Ok(0) => Err(cut(None)),
            Ok(read) => {
                self.allowed -= if self.allowed == usize::MAX { 0 } else { read };
                Ok(())
            }
            Err(error) => Err(cut(Some(error.kind()))),
        }
    }

    /// The head of the next answer.
    pub async fn head(&mut self) -> Result<Answer, Cut> {
        let end = loop {
            match find(&self.raw, b"\r\n\r\n") {
                Some(end) => break end,
                None => self.fill().await?,
            }
        };
        let head = String::from_utf8_lossy(&self.raw[..end]).into_owned();
        self.raw.drain(..end + 4);
        self.body.clear();
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        let answer = Answer { status: status.unwrap_or_else(|| panic!("no answer: {head}")), headers, body: head };
        self.rest = match (answer.header("content-length"), answer.header("transfer-encoding")) {
            (Some(length), _) => Rest::Bytes(length.parse().expect("a length")),
            (None, Some(_)) => Rest::Size,
            (None, None) => Rest::Nothing,
        };
        Ok(answer)
    }

    /// The whole of the next answer.
    pub async fn answer(&mut self) -> Result<Answer, Cut> {
        let mut answer = self.head().await?;
        answer.body = self.rest().await?;
        Ok(answer)
    }

    /// The rest of the answer's body.
    pub async fn rest(&mut self) -> Result<String, Cut> {
        while self.more().await? {}
        Ok(String::from_utf8(std::mem::take(&mut self.body)).expect("text"))
    }

    /// The next event of the stream that is the answer's body; `None` at its end.
    pub async fn event(&mut self) -> Result<Option<Event>, Cut> {
        loop {
            if let Some(end) = find(&self.body, b"\n\n") {
                let text = String::from_utf8_lossy(&self.body[..end]).into_owned();
                self.body.drain(..end + 2);
                return Ok(Some(Event::read(&text)));
            }
            if !self.more().await? {
                return Ok(None);
            }
        }
    }

    /// The next event that holds a message.
    pub async fn message(&mut self) -> Result<Option<Event>, Cut> {
        loop {
            match self.event().await? {
                Some(event) if event.data.is_empty() => {}
                event => return Ok(event),
            }
        }
    }

    /// Takes some more of the body, and reads where nothing is there; `false` at its end.
    async fn more(&mut self) -> Result<bool, Cut> {
        loop {
            let line = find(&self.raw, b"\r\n");
            match (&mut self.rest, line) {
                (Rest::Nothing | Rest::Bytes(0), _) => {
                    self.rest = Rest::Nothing;
                    return Ok(false);
                }
                (Rest::Bytes(left) | Rest::Chunk(left), _) if !self.raw.is_empty() => {
                    let taken = self.raw.len().min(*left);
                    *left -= taken;
                    if matches!(self.rest, Rest::Chunk(0)) {
                        self.rest = Rest::ChunkEnd;
                    }
                    self.body.extend(self.raw.drain(..taken));
                    return Ok(true);
                }
                (Rest::Size, Some(end)) => {
                    let size = std::str::from_utf8(&self.raw[..end]).expect("text");
                    let size = usize::from_str_radix(size, 16).expect("a size");
                    if size > 0 {
                        self.raw.drain(..end + 2);
                        self.rest = Rest::Chunk(size);
                    } else if self.raw.len() >= end + 4 {
                        self.raw.drain(..end + 4);
                        self.rest = Rest::Nothing;
                    } else {
                        self.fill().await?;
                    }
                }
                (Rest::ChunkEnd, Some(0)) => {
                    self.raw.drain(..2);
                    self.rest = Rest::Size;
                }
                _ => self.fill().await?,
            }
        }
    }
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// Whether it is the answer of a call, with this text in its result; whether as JSON or as the last of a stream.
    pub fn says(&self, text: &str) -> bool {
        self.status == 200 && self.body.contains(&format!(r#""text":"{text}""#))
    }
}

impl Event {
    fn read(text: &str) -> Self {
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
        Self { id: field("id: "), data: field("data: ").unwrap_or_default() }
    }
}

/// Where one is in the other.
fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let (first, rest) = wanted.split_first()?;
    let mut from = 0;
    loop {
        let at = from + bytes[from..].iter().position(|byte| byte == first)?;
        if bytes[at + 1..].starts_with(rest) {
            return Some(at);
        }
        from = at + 1;
    }
}
