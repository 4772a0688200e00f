//! Makes one kind of call so many times and ends: what `counted` is for servers, for the client.
//!
//! `counted_client CASE N`; without arguments it lists the cases. The servers of `client-stream-call` and `client-http-call` are
//! the least that answers, so that their counts are the client's.

use std::hint::black_box;
use std::io::{self, Write as _, stdout};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use mcp_runtime::client::{Client, Target};
use mcp_runtime::prelude::*;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;

static OWN: Group = Group::new("own");

/// Returns text.
#[tool(group = OWN)]
fn echo(message: &str) -> String {
    message.to_owned()
}

const CASES: [&str; 3] = ["client-call", "client-stream-call", "client-http-call"];

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let (Some(case), Some(times)) = (arguments.next(), arguments.next().and_then(|times| times.parse().ok())) else {
        return writeln!(stdout(), "{}", CASES.join("\n")).expect("somebody reads");
    };
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let task = tokio::spawn(async move { run(&case, times).await });
        task.await.expect("it does not panic");
    });
}

async fn run(case: &str, times: u32) {
    let target = match case {
        "client-call" => Target::server(&Server::empty("counted").with(tools![echo]).build().expect("a server")),
        "client-stream-call" => {
            let near = Near::default();
            Target::lines(near.clone(), near)
        }
        "client-http-call" => serve().await,
        _ => panic!("one of the cases"),
    };
    let client = Client::connect(target).await.expect("it connects");
    for _ in 0..times {
        let result = client.call("echo", json!({"message": "hello"})).await.expect("an answer");
        assert_eq!(black_box(result.text()), "hello");
    }
}

/// The answer to a message: the same to each, for discovery and calls are told apart by what they read of it.
fn answer(message: &[u8]) -> Vec<u8> {
    const REST: &str = concat!(
        r#","result":{"resultType":"complete","content":[{"type":"text","text":"hello"}],"#,
        r#""supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}}}"#
    );
    let id = message.strip_prefix(br#"{"jsonrpc":"2.0","id":"#).expect("a request, as the client writes it");
    let end = id.iter().position(|byte| *byte == b',').expect("more members");
    [br#"{"jsonrpc":"2.0","id":"#, &id[..end], REST.as_bytes()].concat()
}

/// A stream to a server that answers each line as it is written.
#[derive(Clone, Default)]
struct Near(Arc<Mutex<Answers>>);

#[derive(Default)]
struct Answers {
    bytes: Vec<u8>,
    reader: Option<Waker>,
}

impl Near {
    fn answers(&self) -> MutexGuard<'_, Answers> {
        self.0.lock().expect("nobody panics with it")
    }
}

impl AsyncRead for Near {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let mut answers = self.answers();
        if answers.bytes.is_empty() {
            answers.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        buffer.put_slice(&answers.bytes);
        answers.bytes.clear();
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Near {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, lines: &[u8]) -> Poll<io::Result<usize>> {
        let mut answers = self.answers();
        // The client writes one line, and waits for its answer.
        answers.bytes.extend(answer(lines));
        answers.bytes.push(b'\n');
        if let Some(reader) = answers.reader.take() {
            reader.wake();
        }
        Poll::Ready(Ok(lines.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A server on HTTP that answers the requests of one connection.
async fn serve() -> Target {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/mcp", listener.local_addr().expect("its address"));
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("the client connects");
        // It ends with the client's end.
        let _ = answer_posts(stream).await;
    });
    Target::url(url)
}

async fn answer_posts(mut stream: TcpStream) -> io::Result<()> {
    const HEAD_END: &[u8] = b"\r\n\r\n";
    let mut read = Vec::new();
    loop {
        if stream.read_buf(&mut read).await? == 0 {
            return Ok(());
        }
        // The client writes a request at once, and waits for its answer.
        let Some(head) = read.windows(HEAD_END.len()).position(|bytes| bytes == HEAD_END) else { continue };
        let body = &read[head + HEAD_END.len()..];
        if !body.ends_with(b"}") {
            continue;
        }
        let body = answer(body);
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all(&[head.as_bytes(), &body].concat()).await?;
        read.clear();
    }
}
