//! The gate sees each request with its outcome: its line in the log tells, on every transport, of refused ones too.

use std::io;
use std::sync::{Arc, Mutex};

use super::client::{Client, stateless};
use super::server::{INITIALIZE, call, open, serve, server};

/// What is logged on this thread, as lines.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    /// Takes what was logged: of each request its line, without its duration.
    fn take(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.0.lock().expect("nobody panics"));
        let text = String::from_utf8(bytes).expect("UTF-8");
        let line = |line: &str| line.split(" duration=").next().unwrap_or_default().trim().to_owned();
        text.lines().map(line).collect()
    }

    fn listen(&self) -> tracing::subscriber::DefaultGuard {
        let lines = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_ansi(false)
            .without_time()
            .with_level(false)
            .with_target(false)
            .with_writer(move || lines.clone());
        tracing::subscriber::set_default(subscriber.finish())
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panics").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn each_request_on_a_stream_is_seen_once() {
    let (lines, server) = (Lines::default(), server());
    let _listening = lines.listen();
    let mut client = server.connect();
    for (frame, seen) in [
        (INITIALIZE.to_owned(), r#"request method="initialize" outcome=result bytes="#),
        (INITIALIZE.to_owned(), r#"request method="initialize" outcome=error -32600 bytes="#),
        (call(1, "echo", r#"{"message":"hi"}"#), r#"request method="tools/call" name="echo" outcome=result bytes="#),
        (call(2, "echo", "{}"), r#"request method="tools/call" name="echo" outcome=tool error bytes="#),
        (call(3, "nothing", "{}"), r#"request method="tools/call" name="nothing" outcome=error -32602 bytes="#),
        (
            r#"{"jsonrpc":"2.0","id":4,"method":"no\nsuch"}"#.to_owned(),
            r#"request method="no\nsuch" outcome=error -32601"#,
        ),
        ("garbage".to_owned(), "request outcome=error -32700 bytes="),
    ] {
        client.send(frame);
        let answer = client.receive().await.expect("an answer");
        let all = lines.take();
        assert!(all.len() == 1 && all[0].starts_with(seen), "{answer}: {all:?}");
        assert!(all[0].ends_with(&format!("bytes={}", answer.len())), "{answer}: {all:?}");
    }
}

#[tokio::test]
async fn a_call_that_is_cancelled_is_seen_as_that() {
    let (lines, server) = (Lines::default(), server());
    let _listening = lines.listen();
    let mut client = server.connect();
    client.send(INITIALIZE);
    client.receive().await;
    client.send(call(1, "hold", "{}"));
    assert!(client.receive().await.is_some_and(|said| said.contains("running")));
    lines.take();
    client.send(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#);
    // The call ends with its task, which the runtime drops when it comes to it.
    let mut seen = lines.take();
    while seen.is_empty() {
        tokio::task::yield_now().await;
        seen = lines.take();
    }
    assert_eq!(seen, [r#"request method="tools/call" name="hold" outcome=cancelled bytes=0"#]);
}

#[tokio::test]
async fn each_request_on_http_is_seen_once() {
    let lines = Lines::default();
    let server = serve().await;
    let client = Client::new(server.address);
    let session = open(&server).await;
    let _listening = lines.listen();

    session.post(&[], &call(1, "echo", r#"{"message":"hi"}"#)).await;
    session.post(&[], r#"{"jsonrpc":"2.0","id":2,"method":"no/such"}"#).await;
    let (headers, body) = stateless("tools/call", "echo", r#"{"message":"hi"}"#);
    client.post(&headers, &body).await;
    client.post(&headers, &body.replace(r#""name":"echo""#, r#""name":"other""#)).await;
    client.post(&[("Origin", "http://evil.example".to_owned())], "{}").await;
    client.post(&[("Mcp-Session-Id", "unknown".to_owned())], &call(1, "echo", "{}")).await;
    client.send("PUT", "/mcp", &[], "").await;
    let all: Vec<_> = lines.take().into_iter().filter(|line| line.starts_with("request ")).collect();
    let all: Vec<_> = all.iter().map(|line| line.split(" bytes=").next().unwrap_or_default()).collect();
    assert_eq!(
        all,
        [
            r#"request method="tools/call" name="echo" outcome=result"#,
            r#"request method="no/such" outcome=error -32601"#,
            r#"request method="tools/call" name="echo" outcome=result"#,
            r#"request method="tools/call" name="other" outcome=error -32020"#,
            r#"request method="POST" name="/mcp" outcome=status 403"#,
            r#"request method="POST" name="/mcp" outcome=status 404"#,
            r#"request method="PUT" name="/mcp" outcome=status 405"#,
        ]
    );
}
