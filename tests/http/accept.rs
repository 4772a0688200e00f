//! What clients say they can read: each request is answered with what they named, in every revision.

use super::client::{Answer, Client, stateless};
use super::server::{INITIALIZE, Running, call, open, open_as, serve};

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";

/// A message from a client that reads only this.
async fn post(client: &Client, accept: &str, headers: &[(&'static str, String)], body: &str) -> Answer {
    let mut all = vec![("Content-Type", JSON.to_owned()), ("Accept", accept.to_owned())];
    all.extend_from_slice(headers);
    client.send("POST", "/mcp", &all, body).await
}

async fn sessions(server: &Running) -> Vec<Client> {
    let mut clients = Vec::new();
    for version in ["2025-03-26", "2025-06-18", "2025-11-25"] {
        clients.push(open_as(server, version, &[]).await);
    }
    clients
}

#[tokio::test]
async fn a_client_that_reads_json_only_has_json() {
    let server = serve().await;
    let opened = post(&Client::new(server.address), JSON, &[], INITIALIZE).await;
    assert_eq!((opened.status, opened.header("content-type")), (200, Some(JSON)), "{opened:?}");
    for client in sessions(&server).await {
        for (tool, arguments, said) in [("echo", r#"{"message":"hi"}"#, "hi"), ("talk", "{}", "done")] {
            let answer = post(&client, JSON, &[], &call(1, tool, arguments)).await;
            assert_eq!((answer.status, answer.header("content-type")), (200, Some(JSON)), "{tool}: {answer:?}");
            assert!(answer.body.contains(&format!(r#""text":"{said}""#)), "{tool}: {answer:?}");
        }
        // What is to be a stream can't be read.
        assert_eq!(client.send("GET", "/mcp", &[("Accept", JSON.to_owned())], "").await.status, 406);
    }
    let batch = format!("[{},{}]", call(1, "talk", "{}"), call(2, "echo", r#"{"message":"two"}"#));
    let answer = post(&open_as(&server, "2025-03-26", &[]).await, JSON, &[], &batch).await;
    assert!(answer.body.starts_with('[') && answer.body.contains("done") && answer.body.contains("two"), "{answer:?}");
    let (headers, body) = stateless("tools/call", "talk", "{}");
    let answer = post(&Client::new(server.address), JSON, &headers, &body).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some(JSON)), "{answer:?}");
}

#[tokio::test]
async fn a_client_that_reads_events_only_has_events() {
    let server = serve().await;
    let opened = post(&Client::new(server.address), EVENTS, &[], INITIALIZE).await;
    assert_eq!((opened.status, opened.header("content-type")), (200, Some(EVENTS)), "{opened:?}");
    assert!(opened.header("mcp-session-id").is_some() && opened.events().count() == 1, "{opened:?}");
    let in_session =
        sessions(&server).await.into_iter().map(|client| (client, Vec::new(), call(1, "echo", r#"{"message":"hi"}"#)));
    let (headers, body) = stateless("tools/call", "echo", r#"{"message":"hi"}"#);
    for (client, headers, body) in in_session.chain([(Client::new(server.address), headers, body)]) {
        let answer = post(&client, EVENTS, &headers, &body).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(EVENTS)), "{answer:?}");
        let said: Vec<&str> = answer.events().map(|event| event.data).collect();
        assert!(said.len() == 1 && said[0].contains(r#""text":"hi""#), "{answer:?}");
    }
}

#[tokio::test]
async fn what_a_call_says_is_kept_for_the_stream_of_a_client_that_reads_its_answer_as_json() {
    let server = serve().await;
    let client = open(&server).await;
    let held = call(1, "hold", "{}");
    let (answer, released) = tokio::join!(post(&client, JSON, &[], &held), async {
        // That the call runs is said on the stream that belongs to no request.
        let mut stream = client.stream("GET", "/mcp", &[("Accept", EVENTS.to_owned())], "").await;
        stream.read_until("running").await;
        post(&client, JSON, &[], &call(2, "release", "{}")).await
    });
    assert_eq!((answer.status, answer.header("content-type")), (200, Some(JSON)), "{answer:?}");
    assert!(answer.body.contains(r#""text":"done""#) && !answer.body.contains("running"), "{answer:?}");
    assert_eq!(released.status, 200);
}

#[tokio::test]
async fn a_call_that_is_cancelled_leaves_no_client_waiting_for_its_json() {
    let server = serve().await;
    let client = open(&server).await;
    let held = call(1, "hold", "{}");
    let (answer, ()) = tokio::join!(post(&client, JSON, &[], &held), async {
        let mut stream = client.stream("GET", "/mcp", &[("Accept", EVENTS.to_owned())], "").await;
        stream.read_until("running").await;
        let cancelled = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#;
        assert_eq!(post(&client, JSON, &[], cancelled).await.status, 202);
    });
    assert_eq!((answer.status, answer.body.as_str()), (202, ""), "{answer:?}");
}

#[tokio::test]
async fn a_weight_of_zero_is_a_refusal() {
    let server = serve().await;
    let client = open(&server).await;
    for (accept, status, kind) in [
        ("application/json;q=0, text/event-stream", 200, EVENTS),
        ("application/json, text/event-stream;q=0.0", 200, JSON),
        ("*/*;q=0.1, application/json;q=0", 200, EVENTS),
        ("*/*;q=0", 406, JSON),
        ("text/html", 406, JSON),
    ] {
        let answer = post(&client, accept, &[], &call(1, "talk", "{}")).await;
        assert_eq!((answer.status, answer.header("content-type")), (status, Some(kind)), "{accept}: {answer:?}");
    }
}
