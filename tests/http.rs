//! Streamable HTTP, from outside: real sockets, and a client that writes its requests by hand.

mod http {
    pub mod client;
}

use std::future::pending;
use std::net::SocketAddr;

use http::client::{Answer, Client, stateless};
use mcp_runtime::prelude::*;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

static GROUP: Group = Group::new("http-tests").version("1.0.0");

/// Returns what it is given.
#[tool(group = GROUP)]
fn echo(message: &str) -> String {
    message.to_owned()
}

/// Says three things before it answers.
#[tool(group = GROUP)]
async fn talk(ctx: &Ctx) -> &'static str {
    for word in ["one", "two", "three"] {
        ctx.info(word).await;
    }
    "done"
}

/// Answers once it is told to, and says first that it is running.
#[tool(group = GROUP)]
async fn hold(ctx: &Ctx, gate: State<Gate>) -> &'static str {
    ctx.info("running").await;
    gate.0.notified().await;
    ctx.info("released").await;
    "done"
}

/// Lets `hold` answer.
#[tool(group = GROUP)]
fn release(gate: State<Gate>) {
    gate.0.notify_one();
}

/// Has an argument that a header mirrors.
#[tool(group = GROUP)]
fn mirrored(#[arg(header = "Region")] region: &str) -> String {
    region.to_owned()
}

#[derive(Default)]
struct Gate(tokio::sync::Notify);

/// A server on a free port, until it is dropped or stopped.
struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

async fn serve() -> Running {
    let server = Server::of(&GROUP).state(Gate::default()).message_limit(100_000).build().expect("a server");
    let listening = Http::new(server).listen("127.0.0.1:0").await.expect("a free port");
    let address = listening.address().expect("its address");
    let (stop, stopped) = oneshot::channel();
    let served = tokio::spawn(listening.run(async {
        if stopped.await.is_err() {
            pending::<()>().await;
        }
    }));
    Running { address, stop, served }
}

async fn open(server: &Running) -> Client {
    let mut client = Client::new(server.address);
    let answer = client.post(&[], INITIALIZE).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let session = answer.header("mcp-session-id").expect("a session").to_owned();
    client.always("Mcp-Session-Id", session);
    let ready = client.post(&[], r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).await;
    assert_eq!((ready.status, ready.body.as_str()), (202, ""));
    client
}

const INITIALIZE: &str = concat!(
    r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","#,
    r#""capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#
);

fn call(id: u32, tool: &str, arguments: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments}}}}}"#
    )
}

#[tokio::test]
async fn a_stateless_call_that_says_nothing_is_answered_in_plain_json() {
    let server = serve().await;
    let client = Client::new(server.address);
    let (headers, body) = stateless("tools/call", "echo", r#"{"message":"hello"}"#);
    let answer = client.post(&headers, &body).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    assert!(answer.body.contains(r#""text":"hello""#) && answer.body.contains(r#""resultType":"complete""#));
    assert_eq!(answer.header("mcp-session-id"), None);
}

#[tokio::test]
async fn a_stateless_call_that_says_something_becomes_a_stream() {
    let server = serve().await;
    let client = Client::new(server.address);
    let (headers, body) = stateless("tools/call", "talk", "{}");
    let body = body.replace(r#""_meta":{"#, r#""_meta":{"io.modelcontextprotocol/logLevel":"info","#);
    let answer = client.post(&headers, &body).await;
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    assert_eq!(answer.header("x-accel-buffering"), Some("no"));
    let said: Vec<&str> = answer.events().map(|event| event.data).collect();
    assert_eq!(said.len(), 4, "{said:?}");
    assert!(said[0].contains("one") && said[2].contains("three") && said[3].contains(r#""text":"done""#), "{said:?}");
}

#[tokio::test]
async fn headers_that_say_something_else_than_the_body_are_refused() {
    let server = serve().await;
    let client = Client::new(server.address);
    let (right, body) = stateless("tools/call", "mirrored", r#"{"region":"Hello"}"#);
    let with = |name: &'static str, value: Option<&str>| {
        let mut headers: Vec<_> = right.iter().filter(|(header, _)| *header != name).cloned().collect();
        headers.extend(value.map(|value| (name, value.to_owned())));
        headers
    };
    let region = |value| {
        let mut headers = right.clone();
        headers.push(("Mcp-Param-Region", value));
        headers
    };
    for headers in [region("Hello".to_owned()), region("=?base64?SGVsbG8=?=".to_owned())] {
        assert_eq!(client.post(&headers, &body).await.status, 200, "{headers:?}");
    }
    let (_, other) = stateless("tools/call", "echo", "{}");
    for (headers, body, code) in [
        (right.clone(), &body, "-32020"),
        (region("=?base64?SGVsbG8?=".to_owned()), &body, "-32020"),
        (region("Other".to_owned()), &body, "-32020"),
        (with("Mcp-Method", Some("tools/list")), &other, "-32020"),
        (with("Mcp-Method", None), &other, "-32020"),
        (with("Mcp-Name", None), &other, "-32020"),
        (with("MCP-Protocol-Version", None), &other, "-32020"),
        (with("MCP-Protocol-Version", Some("2025-11-25")), &other, "-32020"),
    ] {
        let answer = client.post(&headers, body).await;
        assert_eq!(answer.status, 400, "{headers:?} {answer:?}");
        assert!(answer.body.contains(code), "{headers:?} {answer:?}");
    }
}

#[tokio::test]
async fn methods_that_the_stateless_era_lacks_are_not_found() {
    let server = serve().await;
    let client = Client::new(server.address);
    for method in ["initialize", "ping", "logging/setLevel", "resources/subscribe", "unknown/method"] {
        let (headers, body) = stateless(method, "", "{}");
        let answer = client.post(&headers, &body).await;
        assert_eq!(answer.status, 404, "{method} {answer:?}");
        assert!(answer.body.contains("-32601"), "{method} {answer:?}");
    }
    for verb in ["GET", "DELETE", "PUT"] {
        let headers = [("MCP-Protocol-Version", "2026-07-28".to_owned())];
        assert_eq!(client.send(verb, "/mcp", &headers, "").await.status, 405, "{verb}");
    }
}

#[tokio::test]
async fn a_session_lives_from_its_handshake_to_its_deletion() {
    let server = serve().await;
    let client = open(&server).await;
    let answer = client.post(&[], &call(1, "echo", r#"{"message":"hi"}"#)).await;
    assert!(answer.status == 200 && answer.body.contains(r#""text":"hi""#), "{answer:?}");
    let stranger = Client::new(server.address);
    assert_eq!(stranger.post(&[], &call(1, "echo", "{}")).await.status, 400);
    let forged = [("Mcp-Session-Id", "0123".to_owned())];
    assert_eq!(stranger.post(&forged, &call(1, "echo", "{}")).await.status, 404);
    let unknown = [("MCP-Protocol-Version", "1999-01-01".to_owned())];
    assert_eq!(client.post(&unknown, &call(2, "echo", "{}")).await.status, 400);
    assert_eq!(client.send("DELETE", "/mcp", &[], "").await.status, 200);
    assert_eq!(client.post(&[], &call(3, "echo", "{}")).await.status, 404);
}

#[tokio::test]
async fn a_client_that_vanishes_comes_back_for_the_rest_and_nothing_is_lost_or_doubled() {
    let server = serve().await;
    let client = open(&server).await;
    // Reads until the call says that it runs, and goes.
    let cut_off = client.send_until("POST", "/mcp", &[], &call(7, "hold", "{}"), "running").await;
    let last = cut_off.events().last().and_then(|event| event.id).expect("an event").to_owned();
    assert_eq!(client.post(&[], &call(8, "release", "{}")).await.status, 200);
    let rest = client.send("GET", "/mcp", &[("Last-Event-ID", last)], "").await;
    let said: Vec<&str> = rest.events().map(|event| event.data).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].contains("released") && said[1].contains(r#""id":7"#), "{said:?}");
}

#[tokio::test]
async fn strangers_are_not_let_in_and_what_is_too_large_is_not_read() {
    let server = serve().await;
    let client = Client::new(server.address);
    for (name, value) in [("Origin", "http://evil.example.com"), ("Host", "evil.example.com")] {
        assert_eq!(client.post(&[(name, value.to_owned())], INITIALIZE).await.status, 403, "{name}");
    }
    let large = call(1, "echo", &format!(r#"{{"message":"{}"}}"#, "x".repeat(200_000)));
    assert_eq!(client.post(&[], &large).await.status, 413);
    let text = [("Content-Type", "text/plain".to_owned())];
    assert_eq!(client.send("POST", "/mcp", &text, INITIALIZE).await.status, 415);
    let html = [("Content-Type", "application/json".to_owned()), ("Accept", "text/html".to_owned())];
    assert_eq!(client.send("POST", "/mcp", &html, INITIALIZE).await.status, 406);
    let broken: Answer = client.post(&[], "{nonsense").await;
    assert!(broken.status == 400 && broken.body.contains("-32700"), "{broken:?}");
}

#[tokio::test]
async fn the_pages_beside_the_endpoint_tell_how_it_is() {
    let server = serve().await;
    let client = Client::new(server.address);
    for page in ["/healthz", "/readyz"] {
        assert_eq!(client.send("GET", page, &[], "").await.status, 200, "{page}");
    }
    let offered = client.send("GET", "/capabilities", &[], "").await;
    assert!(offered.body.contains(r#""name":"echo""#), "{offered:?}");
    let evil = [("Host", "evil.example.com".to_owned())];
    assert_eq!(client.send("GET", "/capabilities", &evil, "").await.status, 403);
    assert_eq!(client.send("GET", "/elsewhere", &[], "").await.status, 404);
}

#[tokio::test]
async fn calls_in_flight_finish_when_the_server_stops() {
    let server = serve().await;
    let client = open(&server).await;
    let cut_off = client.send_until("POST", "/mcp", &[], &call(7, "hold", "{}"), "running").await;
    let last = cut_off.events().last().and_then(|event| event.id).expect("an event").to_owned();
    let listening = tokio::spawn(async move {
        let rest = client.send("GET", "/mcp", &[("Last-Event-ID", last)], "").await;
        (client, rest)
    });
    let second = open(&server).await;
    assert_eq!(second.post(&[], &call(8, "release", "{}")).await.status, 200);
    let (_, rest) = listening.await.expect("the answer");
    assert!(rest.body.contains(r#""id":7"#), "{rest:?}");
    server.stop.send(()).expect("it is running");
    server.served.await.expect("it ends");
}
