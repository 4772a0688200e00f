//! What is told of requests that had left when something went wrong: that they may have run, and that nobody sends them again.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use mcp_runtime::Version;
use mcp_runtime::client::{Change, Client, ClientError, ClientHandler, Retry, Wanted};
use mcp_tests::process::PATIENCE;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::fake::Fake;
use super::web::{Got, events, fake};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The answer to `initialize`, with a session of this id.
fn initialized(got: &Got, id: &'static str) -> Response {
    let mut response = got.answer(json!({"protocolVersion": "2025-11-25", "capabilities": {}}));
    response.headers_mut().insert("mcp-session-id", id.parse().expect("a header"));
    response
}

#[tokio::test]
async fn a_call_whose_stream_cannot_be_resumed_may_have_run_and_is_not_sent_again() {
    for status in [404, 401, 405, 307, 503] {
        let calls = Arc::new(AtomicUsize::new(0));
        let called = Arc::clone(&calls);
        let url = fake(move |got| match (&*got.method, got.body["method"].as_str()) {
            ("POST", Some("initialize")) => initialized(&got, "s"),
            ("POST", Some("tools/call")) => {
                called.fetch_add(1, Ordering::Relaxed);
                events("retry: 1\nid: 7\ndata:\n\n".to_owned())
            }
            ("POST", _) => StatusCode::ACCEPTED.into_response(),
            _ if got.header("last-event-id").is_some() => {
                StatusCode::from_u16(status).expect("a status").into_response()
            }
            _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
        })
        .await;
        let builder = Client::builder().version(Version::V2025_11_25);
        let client = builder.retry(Retry::times(2)).connect(&*url).await.expect("a session");
        let error = client.call("pay", ()).await.expect_err("there is no answer");
        assert!(error.may_have_run(), "{status}: {error}");
        assert_eq!(calls.load(Ordering::Relaxed), 1, "{status}: {error}");
    }
}

#[tokio::test]
async fn a_call_that_is_out_when_the_server_ends_its_session_is_waited_for_and_not_sent_again() {
    let (calls, sessions) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (is_out, may_end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (called, out, end) = (Arc::clone(&calls), Arc::clone(&is_out), Arc::clone(&may_end));
    let url = fake(move |got| match got.body["method"].as_str() {
        Some("initialize") if sessions.fetch_add(1, Ordering::Relaxed) == 0 => initialized(&got, "first"),
        Some("initialize") => initialized(&got, "second"),
        Some("tools/call") => {
            called.fetch_add(1, Ordering::Relaxed);
            let answer = json!({"jsonrpc": "2.0", "id": got.body["id"], "result": {"content": []}});
            let end = Arc::clone(&end);
            let body = stream::once(async move {
                end.notified().await;
                Ok::<_, Infallible>(format!("data: {answer}\n\n"))
            });
            out.notify_one();
            ([("content-type", "text/event-stream")], Body::from_stream(body)).into_response()
        }
        Some("ping") if got.header("mcp-session-id") == Some("first") => StatusCode::NOT_FOUND.into_response(),
        Some("ping") => got.answer(json!({})),
        Some(_) => StatusCode::ACCEPTED.into_response(),
        None => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    })
    .await;
    let client = Client::builder().version(Version::V2025_11_25).connect(&*url).await.expect("a session");
    let call = client.call("pay", ()).start();
    timeout(PATIENCE, is_out.notified()).await.expect("it is out");
    client.ping().await.expect("it is answered in another session");
    may_end.notify_one();
    timeout(PATIENCE, call).await.expect("in time").expect("its own answer");
    assert_eq!((calls.load(Ordering::Relaxed), client.health().connections), (1, 2));
}

#[tokio::test]
async fn a_call_that_is_out_when_its_client_is_closed_may_have_run() {
    let (client, mut fake) = Fake::connected(Client::builder()).await;
    let call = client.call("pay", ()).start();
    fake.receive().await;
    client.close().await;
    let error = timeout(PATIENCE, call).await.expect("in time").expect_err("nobody answers");
    assert!(error.may_have_run(), "{error}");
    let error = client.call("pay", ()).await.expect_err("it is closed");
    assert!(matches!(error, ClientError::Closed) && !error.may_have_run(), "{error}");
}

/// Reads a request of HTTP whole.
async fn request(stream: &mut BufReader<TcpStream>) {
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.expect("a line");
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a number");
        }
        if line.trim().is_empty() {
            break;
        }
    }
    stream.read_exact(&mut vec![0; length]).await.expect("a body");
}

#[tokio::test]
async fn a_call_that_was_lost_and_then_not_sent_may_have_run_and_says_both() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/mcp", listener.local_addr().expect("an address"));
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a client");
        let mut stream = BufReader::new(stream);
        request(&mut stream).await;
        let result = json!({"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}});
        let body = json!({"jsonrpc": "2.0", "id": 1, "result": result}).to_string();
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all((head + &body).as_bytes()).await.expect("it is read");
        request(&mut stream).await;
        // From here on nobody listens.
        drop(listener);
    });
    let retry = Retry::times(1).backoff(Duration::from_millis(1), Duration::from_millis(1));
    let client = Client::builder().retry(retry).connect(&*url).await.expect("a server");
    let error = client.call("pay", ()).repeatable().await.expect_err("the server is gone");
    server.await.expect("it went as it should");
    assert!(error.may_have_run(), "{error}");
    let words = error.to_string();
    assert!(words.contains("may have run") && words.contains("when it was tried again: "), "{words}");
}

#[tokio::test]
async fn a_page_instead_of_an_answer_says_nothing_of_whether_the_call_has_run() {
    let url = fake(|got| match got.body["method"].as_str() {
        Some("tools/call") => ([("content-type", "text/html")], "<html>").into_response(),
        _ => got.discovered(),
    })
    .await;
    let client = Client::connect(&*url).await.expect("a server");
    let error = client.call("pay", ()).await.expect_err("it is a page");
    assert!(matches!(&error, ClientError::Http(_)) && error.may_have_run(), "{error}");
}

#[tokio::test(start_paused = true)]
async fn the_time_that_a_call_may_take_in_all_holds_while_a_question_is_open() {
    let handler = ClientHandler::new().on_form(|_| pending());
    let (client, mut fake) = Fake::connected(Client::builder().handler(handler)).await;
    let call = client.call("pay", ()).total_timeout(seconds(1)).start();
    let sent = fake.receive().await;
    let question = json!({"method": "elicitation/create", "params": {
        "mode": "form", "message": "Pay?", "requestedSchema": {"type": "object", "properties": {}}}});
    fake.answer(&sent, json!({"resultType": "input_required", "inputRequests": {"pay": question}})).await;
    let error = timeout(seconds(60), call).await.expect("it ends by itself").expect_err("nobody answers");
    assert!(matches!(error, ClientError::Timeout(time) if time == seconds(1)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn the_time_that_a_call_may_take_in_all_holds_while_its_connection_is_opened() {
    let (target, _fake) = Fake::pair();
    let client = Client::builder().connect_timeout(seconds(100)).lazy(target);
    let call = client.call("pay", ()).total_timeout(seconds(1)).start();
    let error = timeout(seconds(60), call).await.expect("it ends by itself").expect_err("nobody answers");
    assert!(!error.may_have_run(), "{error}");
}

#[tokio::test]
async fn lists_that_were_kept_are_asked_for_again_after_a_subscription_had_ended() {
    let (lists, listened) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let listed = Arc::clone(&lists);
    let url = fake(move |got| match got.body["method"].as_str() {
        Some("tools/list") => {
            listed.fetch_add(1, Ordering::Relaxed);
            got.answer(json!({"tools": [], "ttlMs": 600_000, "cacheScope": "public"}))
        }
        Some("subscriptions/listen") => {
            let acknowledged = json!({"jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged", "params": {
                "notifications": {"toolsListChanged": true},
                "_meta": {"io.modelcontextprotocol/subscriptionId": got.body["id"]}}});
            let first = format!("data: {acknowledged}\n\n");
            if listened.fetch_add(1, Ordering::Relaxed) == 0 {
                return events(first);
            }
            let first = stream::iter([Ok::<_, Infallible>(first)]);
            let body = Body::from_stream(stream::StreamExt::chain(first, stream::pending()));
            ([("content-type", "text/event-stream")], body).into_response()
        }
        _ => got.discovered(),
    })
    .await;
    let retry = Retry::times(2).backoff(Duration::from_millis(1), Duration::from_millis(1));
    let client = Client::builder().retry(retry).connect(&*url).await.expect("a server");
    client.tools().await.expect("tools");
    client.tools().await.expect("the same");
    assert_eq!(lists.load(Ordering::Relaxed), 1);
    let mut changes = client.changes(Wanted::new().tools()).await.expect("changes");
    let change = timeout(PATIENCE, changes.next()).await.expect("in time");
    assert_eq!(change, Some(Change::Missed));
    client.tools().await.expect("tools");
    assert_eq!(lists.load(Ordering::Relaxed), 2);
}
