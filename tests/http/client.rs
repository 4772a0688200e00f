//! An HTTP/1.1 client that writes what it is told to, right or wrong.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub struct Client {
    address: SocketAddr,
    always: Vec<(&'static str, String)>,
}

/// An answer, read to its end or as far as was wanted.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: String,
}

/// A server-sent event.
pub struct Event<'a> {
    pub id: Option<&'a str>,
    pub data: &'a str,
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, always: Vec::new() }
    }

    /// Sends a header with every request from now on.
    pub fn always(&mut self, name: &'static str, value: String) {
        self.always.push((name, value));
    }

    /// What is sent with every request.
    pub fn own(&self, name: &str) -> &str {
        let header = self.always.iter().find(|(header, _)| *header == name);
        header.map_or_else(|| panic!("no {name} is sent"), |(_, value)| value)
    }

    /// Posts a message, saying that both kinds of answer are welcome.
    pub async fn post(&self, headers: &[(&'static str, String)], body: &str) -> Answer {
        self.post_to("/mcp", headers, body).await
    }

    /// Posts a message elsewhere.
    pub async fn post_to(&self, path: &str, headers: &[(&'static str, String)], body: &str) -> Answer {
        self.send("POST", path, &for_messages(headers), body).await
    }

    /// Sends a request and reads the answer to its end.
    pub async fn send(&self, verb: &str, path: &str, headers: &[(&'static str, String)], body: &str) -> Answer {
        self.exchange(verb, path, headers, body, None).await
    }

    /// Posts a message, reads until `word` has come, and goes away.
    pub async fn send_until(
        &self,
        verb: &str,
        path: &str,
        headers: &[(&'static str, String)],
        body: &str,
        word: &str,
    ) -> Answer {
        self.exchange(verb, path, &for_messages(headers), body, Some(word)).await
    }

    /// Sends a request and reads the answer bit by bit.
    pub async fn stream(&self, verb: &str, path: &str, headers: &[(&'static str, String)], body: &str) -> Stream {
        let headers = if verb == "POST" { for_messages(headers) } else { headers.to_vec() };
        Stream::new(self.start(verb, path, &headers, body).await).await
    }

    async fn exchange(
        &self,
        verb: &str,
        path: &str,
        headers: &[(&'static str, String)],
        body: &str,
        until: Option<&str>,
    ) -> Answer {
        let mut stream = self.start(verb, path, headers, body).await;
        let mut bytes = Vec::new();
        let mut chunk = [0; 4096];
        loop {
            match stream.read(&mut chunk).await {
                Ok(0) | Err(_) => break,
                Ok(read) => bytes.extend_from_slice(&chunk[..read]),
            }
            let came = |word: &str| String::from_utf8_lossy(&bytes).contains(&format!("{word}\"}}}}\n"));
            if until.is_some_and(came) {
                break;
            }
        }
        Answer::read(&String::from_utf8_lossy(&bytes))
    }

    async fn start(&self, verb: &str, path: &str, headers: &[(&'static str, String)], body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.expect("the server listens");
        let mut request = format!("{verb} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        if !headers.iter().any(|(name, _)| *name == "Host") {
            request.push_str(&format!("Host: {}\r\n", self.address));
        }
        for (name, value) in self.always.iter().chain(headers) {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        request.push_str(body);
        // A server that refuses early may close before it has read everything.
        let _ = stream.write_all(request.as_bytes()).await;
        stream
    }
}

/// What every message is sent with.
fn for_messages(headers: &[(&'static str, String)]) -> Vec<(&'static str, String)> {
    let mut all = vec![
        ("Content-Type", "application/json".to_owned()),
        ("Accept", "application/json, text/event-stream".to_owned()),
    ];
    all.extend_from_slice(headers);
    all
}

/// An answer that is still coming, in chunks.
pub struct Stream {
    socket: TcpStream,
    /// What has come and is no whole chunk.
    raw: Vec<u8>,
    /// What has come and was not asked for yet.
    read: String,
}

impl Stream {
    async fn new(socket: TcpStream) -> Self {
        let mut stream = Self { socket, raw: Vec::new(), read: String::new() };
        let end_of_head = loop {
            if let Some(at) = stream.raw.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            assert!(stream.receive().await, "no answer: {:?}", String::from_utf8_lossy(&stream.raw));
        };
        let head: Vec<u8> = stream.raw.drain(..end_of_head).collect();
        assert!(head.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&head));
        stream
    }

    /// Reads until these words have come, and gives everything up to them.
    pub async fn read_until(&mut self, words: &str) -> String {
        loop {
            self.take_chunks();
            if let Some(at) = self.read.find(words) {
                let rest = self.read.split_off(at + words.len());
                return std::mem::replace(&mut self.read, rest);
            }
            assert!(self.receive().await, "the stream ended before {words:?}: {:?}", self.read);
        }
    }

    /// Reads to the end.
    pub async fn rest(mut self) -> String {
        while self.receive().await {}
        self.take_chunks();
        self.read
    }

    async fn receive(&mut self) -> bool {
        self.socket.read_buf(&mut self.raw).await.unwrap_or(0) > 0
    }

    fn take_chunks(&mut self) {
        while let Some(end) = self.raw.windows(2).position(|two| two == b"\r\n") {
            let size = std::str::from_utf8(&self.raw[..end]).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
            let size = size.expect("a chunk's size");
            // With the line end behind it, which may come later.
            let Some(chunk) = self.raw.get(end + 2..end + 2 + size + 2) else { return };
            self.read.push_str(std::str::from_utf8(&chunk[..size]).expect("whole events"));
            self.raw.drain(..end + 2 + size + 2);
        }
    }
}

impl Answer {
    fn read(text: &str) -> Self {
        let (head, rest) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers: Vec<_> = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
        let body = if chunked { unchunk(rest) } else { rest.to_owned() };
        Self { status: status.expect("a status"), headers, body }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// The values of a header, each as it came.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(header, _)| header == name).map(|(_, value)| value.as_str()).collect()
    }

    /// The events that have data.
    pub fn events(&self) -> impl Iterator<Item = Event<'_>> {
        self.body.split("\n\n").filter_map(|event| {
            let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
            Some(Event { id: field("id: "), data: field("data: ").filter(|data| !data.is_empty())? })
        })
    }
}

fn unchunk(mut rest: &str) -> String {
    let mut body = String::new();
    while let Some((size, tail)) = rest.split_once("\r\n") {
        let Ok(size) = usize::from_str_radix(size, 16) else { break };
        if size == 0 {
            break;
        }
        body.push_str(tail.get(..size).unwrap_or(tail));
        rest = tail.get(size + 2..).unwrap_or_default();
    }
    body
}

/// The headers and the body of a request of the stateless era.
pub fn stateless(method: &str, name: &str, arguments: &str) -> (Vec<(&'static str, String)>, String) {
    let mut headers = vec![("MCP-Protocol-Version", "2026-07-28".to_owned()), ("Mcp-Method", method.to_owned())];
    if !name.is_empty() {
        headers.push(("Mcp-Name", name.to_owned()));
    }
    let meta = concat!(
        r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","#,
        r#""io.modelcontextprotocol/clientCapabilities":{}}"#
    );
    let params = format!(r#"{{"name":"{name}","arguments":{arguments},{meta}}}"#);
    (headers, format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#))
}
