//! A server that says what a test wants, byte by byte.

use mcp_runtime::client::{Client, ClientBuilder, Target};
use serde_json::{Value, json};
use tokio::io::{
    AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, ReadHalf, WriteHalf, duplex, split,
};

/// The server's end of a stream.
pub struct Fake {
    reader: BufReader<ReadHalf<DuplexStream>>,
    writer: WriteHalf<DuplexStream>,
}

impl Fake {
    /// A client, and its server, which have agreed on the newest revision.
    pub async fn connected(builder: ClientBuilder) -> (Client, Self) {
        let (target, mut fake) = Self::pair();
        let agree = async {
            let hello = fake.receive().await;
            assert_eq!(hello["method"], "server/discover");
            fake.answer(&hello, json!({"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}})).await;
        };
        let (client, ()) = tokio::join!(builder.connect(target), agree);
        (client.expect("they agree"), fake)
    }

    /// Both ends of a stream on which nothing was said yet.
    pub fn pair() -> (Target, Self) {
        let (here, there) = duplex(64 * 1024);
        let (reader, writer) = split(here);
        let (theirs, ours) = split(there);
        (Target::lines(theirs, ours), Self { reader: BufReader::new(reader), writer })
    }

    /// The next message.
    pub async fn receive(&mut self) -> Value {
        let mut line = String::new();
        self.reader.read_line(&mut line).await.expect("it can be read");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    /// Sends a line.
    pub async fn send(&mut self, line: &str) {
        self.write(&format!("{line}\n")).await;
    }

    /// Sends some text, and no end of a line.
    pub async fn write(&mut self, text: &str) {
        self.writer.write_all(text.as_bytes()).await.expect("it is read");
    }

    /// Answers a request.
    pub async fn answer(&mut self, request: &Value, result: Value) {
        let answer = json!({"jsonrpc": "2.0", "id": request["id"], "result": result});
        self.send(&answer.to_string()).await;
    }

    /// Answers a call with a text.
    pub async fn say(&mut self, request: &Value, text: &str) {
        self.answer(request, json!({"content": [{"type": "text", "text": text}]})).await;
    }
}
