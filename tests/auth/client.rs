//! An HTTP/1.1 client that sends the headers it is given, however often.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// An answer, as far as it was read.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// A request that has been sent.
pub struct Sent(TcpStream, Vec<u8>);

pub type Headers = Vec<(String, String)>;

impl Answer {
    /// The values of a header, in their order.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| &**value).collect()
    }

    pub fn one(&self, name: &str) -> &str {
        self.all(name).first().copied().unwrap_or_else(|| panic!("no {name}: {self:?}"))
    }
}

/// Sends a request, and reads the answer to its end.
pub async fn send(address: SocketAddr, verb: &str, path: &str, headers: &[(String, String)], body: &str) -> Answer {
    start(address, verb, path, headers, body).await.rest().await
}

pub async fn start(address: SocketAddr, verb: &str, path: &str, headers: &[(String, String)], body: &str) -> Sent {
    let mut request = format!("{verb} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    let accept = ("Accept".to_owned(), "application/json, text/event-stream".to_owned());
    let content = ("Content-Type".to_owned(), "application/json".to_owned());
    let mut all = vec![accept, content];
    if !headers.iter().any(|(name, _)| name == "Host") {
        all.push(("Host".to_owned(), address.to_string()));
    }
    for (name, value) in all.iter().chain(headers) {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    request.push_str(body);
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    // A server that refuses early may close before it has read everything.
    let _ = stream.write_all(request.as_bytes()).await;
    Sent(stream, Vec::new())
}

impl Sent {
    /// Reads until these words have come.
    pub async fn read_until(&mut self, words: &str) {
        while !String::from_utf8_lossy(&self.1).contains(words) {
            let read = self.0.read_buf(&mut self.1).await.unwrap_or(0);
            assert!(read > 0, "the answer ended before {words:?}: {}", String::from_utf8_lossy(&self.1));
        }
    }

    /// Reads to the end.
    pub async fn rest(mut self) -> Answer {
        while self.0.read_buf(&mut self.1).await.unwrap_or(0) > 0 {}
        let text = String::from_utf8_lossy(&self.1);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).expect("a status");
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        Answer { status, headers, body: body.to_owned() }
    }
}
