//! 2024-11-05: HTTP+SSE.

use mcp_runtime::prelude::*;

use super::client::Client;
use super::server::{INITIALIZE, Running, call, serve, serve_at, server};

async fn serve_pair() -> Running {
    serve_at(Http::routes().route("/mcp", Http::new(server()).with_sse())).await
}

#[tokio::test]
async fn everything_is_said_on_the_one_stream() {
    let server = serve_pair().await;
    let client = Client::new(server.address);
    let mut stream = client.stream("GET", "/sse", &[("Accept", "text/event-stream".to_owned())], "").await;
    let first = stream.read_until("\n\n").await;
    let endpoint = first.strip_prefix("event: endpoint\ndata: ").expect("the endpoint").trim().to_owned();
    assert!(endpoint.starts_with("/sse?sessionId="), "{endpoint}");
    for body in [
        &INITIALIZE.replace("2025-11-25", "2024-11-05"),
        r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        &call(1, "talk", "{}"),
        &call(2, "echo", r#"{"message":"hi"}"#),
        "{nonsense",
    ] {
        let answer = client.post_to(&endpoint, &[], body).await;
        assert_eq!((answer.status, answer.body.as_str()), (202, ""), "{body}");
    }
    let said = stream.read_until("-32700").await;
    let events: Vec<&str> = said.split("\n\n").collect();
    assert!(events.iter().all(|event| event.is_empty() || event.starts_with("event: message\ndata: {")), "{said}");
    for part in [r#""protocolVersion":"2024-11-05""#, "three", r#""text":"done""#, r#""text":"hi""#] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("id: "), "{said}");
}

#[tokio::test]
async fn the_session_ends_with_its_stream() {
    let server = serve_pair().await;
    let client = Client::new(server.address);
    let mut stream = client.stream("GET", "/sse", &[], "").await;
    let first = stream.read_until("\n\n").await;
    let endpoint = first.strip_prefix("event: endpoint\ndata: ").expect("the endpoint").trim().to_owned();
    assert_eq!(client.post_to(&endpoint, &[], INITIALIZE).await.status, 202);
    // It is a session of this transport, and of no other.
    let id = endpoint.rsplit('=').next().expect("an id").to_owned();
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    assert_eq!(client.post(&[("Mcp-Session-Id", id)], ping).await.status, 404);
    drop(stream);
    // The server notices in its own time.
    while client.post_to(&endpoint, &[], ping).await.status != 404 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn it_is_off_until_it_is_asked_for() {
    let server = serve().await;
    let client = Client::new(server.address);
    assert_eq!(client.send("GET", "/sse", &[], "").await.status, 404);
    assert_eq!(client.send("GET", "/mcp", &[], "").await.status, 400);
}

#[tokio::test]
async fn a_call_in_flight_is_answered_though_the_server_ends() {
    let routes = Http::routes().route("/mcp", Http::new(server()).with_sse());
    let ending = routes.clone();
    let server = serve_at(routes).await;
    let client = Client::new(server.address);
    let mut stream = client.stream("GET", "/sse", &[("Accept", "text/event-stream".to_owned())], "").await;
    let first = stream.read_until("\n\n").await;
    let endpoint = first.strip_prefix("event: endpoint\ndata: ").expect("the endpoint").trim().to_owned();
    for body in [INITIALIZE, r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, &call(7, "hold", "{}")] {
        assert_eq!(client.post_to(&endpoint, &[], body).await.status, 202);
    }
    stream.read_until("running").await;
    ending.close();
    assert_eq!(client.post_to(&endpoint, &[], &call(8, "release", "{}")).await.status, 202);
    let said = stream.read_until(r#""id":7"#).await;
    assert!(said.contains("released"), "{said}");
    stream.rest().await;
}
