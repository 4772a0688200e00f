//! The gate sees each request with its outcome: its line in the log tells, on every transport, of refused ones too.

use std::sync::{Arc, Mutex};

use mcp_runtime::Http;
use mcp_runtime::layers::Seen;
use mcp_tests::logged::Logged;
use mcp_tests::process::PATIENCE;

use super::client::{Client, stateless};
use super::server::{INITIALIZE, builder, call, open, serve, serve_at, server};

/// What was told of each request, but for how long it took.
fn take(logged: &Logged) -> Vec<String> {
    let untimed = |line: &String| line.split(" duration=").next().unwrap_or_default().to_owned();
    logged.take_requests().iter().map(untimed).collect()
}

#[tokio::test]
async fn each_request_on_a_stream_is_seen_once() {
    let (logged, server) = (Logged::listen(), server());
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
        let all = take(&logged);
        assert!(all.len() == 1 && all[0].starts_with(seen), "{answer}: {all:?}");
        assert!(all[0].ends_with(&format!("bytes={}", answer.len())), "{answer}: {all:?}");
    }
}

#[tokio::test]
async fn a_call_that_is_cancelled_is_seen_as_that() {
    let (logged, server) = (Logged::listen(), server());
    let mut client = server.connect();
    client.send(INITIALIZE);
    client.receive().await;
    client.send(call(1, "hold", "{}"));
    assert!(client.receive().await.is_some_and(|said| said.contains("running")));
    take(&logged);
    client.send(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#);
    // The call ends with its task, which the runtime drops when it comes to it.
    let seen = tokio::time::timeout(PATIENCE, async {
        loop {
            let seen = take(&logged);
            if !seen.is_empty() {
                return seen;
            }
            tokio::task::yield_now().await;
        }
    });
    let seen = seen.await.expect("the gate sees that the call has ended");
    assert_eq!(seen, [r#"request method="tools/call" name="hold" outcome=cancelled bytes=0"#]);
}

#[tokio::test]
async fn each_request_on_http_is_seen_once() {
    let server = serve().await;
    let client = Client::new(server.address);
    let session = open(&server).await;
    let logged = Logged::listen();

    session.post(&[], &call(1, "echo", r#"{"message":"hi"}"#)).await;
    session.post(&[], r#"{"jsonrpc":"2.0","id":2,"method":"no/such"}"#).await;
    let (headers, body) = stateless("tools/call", "echo", r#"{"message":"hi"}"#);
    client.post(&headers, &body).await;
    client.post(&headers, &body.replace(r#""name":"echo""#, r#""name":"other""#)).await;
    client.post(&[("Origin", "http://evil.example".to_owned())], "{}").await;
    client.post(&[("Mcp-Session-Id", "unknown".to_owned())], &call(1, "echo", "{}")).await;
    client.send("PUT", "/mcp", &[], "").await;
    let all = take(&logged);
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

#[tokio::test]
async fn observers_see_every_request_the_refused_ones_too() {
    let seen = Arc::<Mutex<Vec<String>>>::default();
    let noted = Arc::clone(&seen);
    let note = move |seen: &Seen<'_>| {
        let what = [seen.method(), seen.target()].map(|text| text.unwrap_or("-").to_owned()).join(" ");
        noted.lock().expect("a list").push(format!("{what}: {}", seen.outcome()));
        assert_ne!(seen.target(), Some("panic"), "one that panics keeps nothing from going on");
    };
    let server = serve_at(Http::routes().route("/mcp", builder().observe(note).build().expect("a server"))).await;
    let client = Client::new(server.address);
    let session = open(&server).await;
    session.post(&[], &call(1, "panic", "{}")).await;
    session.post(&[], "garbage").await;
    let (headers, body) = stateless("tools/call", "echo", r#"{"message":"hi"}"#);
    client.post(&headers, &body).await;
    client.post(&headers, &body.replace(r#""name":"echo""#, r#""name":"other""#)).await;
    client.post(&[], &"x".repeat(200_000)).await;
    client.post(&[("Origin", "http://evil.example".to_owned())], "{}").await;
    assert_eq!(
        *seen.lock().expect("a list"),
        [
            "initialize -: result",
            "tools/call panic: error -32602",
            "- -: error -32700",
            "tools/call echo: result",
            "tools/call other: error -32020",
            "POST /mcp: status 413",
            "POST /mcp: status 403",
        ]
    );
}
