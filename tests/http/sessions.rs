//! 2025-03-26 to 2025-11-25: sessions.

use std::time::Duration;

use mcp_runtime::prelude::*;
use mcp_tests::process::PATIENCE;

use super::client::Client;
use super::server::{INITIALIZE, call, open, open_as, serve, serve_at, server};

#[tokio::test]
async fn a_session_lives_from_its_handshake_to_its_deletion() {
    let server = serve().await;
    let client = open(&server).await;
    let answer = client.post(&[], &call(1, "echo", r#"{"message":"hi"}"#)).await;
    assert!(answer.status == 200 && answer.body.contains(r#""text":"hi""#), "{answer:?}");
    let stranger = Client::new(server.address);
    let refused = stranger.post(&[], &call(1, "echo", "{}")).await;
    assert_eq!(refused.status, 400);
    // The way out without a session is told, with the revision that has none.
    let way_out =
        format!("or send MCP-Protocol-Version: {}, which has no sessions", mcp_runtime::Version::LATEST.as_str());
    assert!(refused.body.contains("Mcp-Session-Id is missing") && refused.body.contains(&way_out), "{refused:?}");
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
async fn a_stream_that_is_quiet_has_a_sign_of_life_as_often_as_was_set() {
    let http = Http::new(server()).heartbeat(Duration::from_millis(100));
    let server = serve_at(Http::routes().route("/mcp", http)).await;
    let client = open(&server).await;
    // On the stream of the session, and on that of a call.
    let mut standalone = client.stream("GET", "/mcp", &[], "").await;
    let mut calling = client.stream("POST", "/mcp", &[], &call(7, "hold", "{}")).await;
    // By default so many would take longer.
    let lively = tokio::time::timeout(PATIENCE, async {
        for stream in [&mut standalone, &mut calling] {
            for _ in 0..5 {
                stream.read_until(":\n\n").await;
            }
        }
    });
    lively.await.expect("signs of life");
    let caller = open(&server).await;
    assert_eq!(caller.post(&[], &call(8, "release", "{}")).await.status, 200);
    calling.read_until("released").await;
}

#[tokio::test]
async fn a_batch_is_answered_with_one_array_in_the_revision_that_has_batches() {
    let server = serve().await;
    let batch = format!(
        r#"[{},{{"jsonrpc":"2.0","method":"notifications/unheard-of"}},{}]"#,
        call(1, "echo", r#"{"message":"one"}"#),
        call(2, "echo", r#"{"message":"two"}"#)
    );
    let answer = open_as(&server, "2025-03-26", &[]).await.post(&[], &batch).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")), "{answer:?}");
    assert!(answer.body.starts_with('[') && answer.body.contains("one") && answer.body.contains("two"), "{answer:?}");
    let answer = open_as(&server, "2025-06-18", &[]).await.post(&[], &batch).await;
    assert_eq!(answer.status, 400, "{answer:?}");
}

#[tokio::test]
async fn a_batch_whose_calls_say_something_is_answered_on_a_stream() {
    let server = serve().await;
    let batch = format!("[{},{}]", call(1, "talk", "{}"), call(2, "echo", r#"{"message":"two"}"#));
    let answer = open_as(&server, "2025-03-26", &[]).await.post(&[], &batch).await;
    assert_eq!(answer.header("content-type"), Some("text/event-stream"), "{answer:?}");
    let last = answer.events().last().expect("an answer").data.to_owned();
    assert!(last.starts_with('[') && last.contains(r#""id":1"#) && last.contains(r#""id":2"#), "{answer:?}");
}

/// What a client sends that takes no streams.
fn json_only() -> [(&'static str, String); 2] {
    ["Content-Type", "Accept"].map(|name| (name, "application/json".to_owned()))
}

fn cancel(id: u32) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"notifications/cancelled","params":{{"requestId":{id}}}}}"#)
}

#[tokio::test]
async fn a_client_that_takes_no_stream_is_let_go_when_its_call_is_cancelled_whatever_still_runs() {
    let server = serve().await;
    let client = open(&server).await;
    let (json, call, other) = (json_only(), call(7, "block", "{}"), call(8, "blocks", "{}"));
    let cancelled = async {
        assert_eq!(client.post(&[], &other).await.status, 200);
        assert_eq!(client.post(&[], &cancel(7)).await.status, 202);
    };
    let (answer, ()) = tokio::join!(client.send("POST", "/mcp", &json, &call), cancelled);
    assert_eq!((answer.status, answer.body.as_str()), (202, ""), "{answer:?}");
    client.post(&[], &super::server::call(9, "unblock", "{}")).await;
}

#[tokio::test]
async fn what_is_left_of_a_batch_goes_to_its_client_though_that_takes_no_stream() {
    let server = serve().await;
    let client = open_as(&server, "2025-03-26", &[]).await;
    let batch = format!("[{},{}]", call(1, "echo", r#"{"message":"one"}"#), call(2, "block", "{}"));
    let json = json_only();
    let cancelled = async {
        assert_eq!(client.post(&[], &call(8, "blocks", "{}")).await.status, 200);
        assert_eq!(client.post(&[], &cancel(2)).await.status, 202);
    };
    let (answer, ()) = tokio::join!(client.send("POST", "/mcp", &json, &batch), cancelled);
    assert!(answer.status == 200 && answer.body.contains(r#""text":"one""#), "{answer:?}");
    client.post(&[], &call(9, "unblock", "{}")).await;
}

#[tokio::test]
async fn only_clients_that_can_read_it_are_told_first_how_to_come_back() {
    let server = serve().await;
    for (version, told) in [("2025-11-25", true), ("2025-06-18", false), ("2025-03-26", false)] {
        let answer = open_as(&server, version, &[]).await.post(&[], &call(1, "talk", "{}")).await;
        assert_eq!(answer.header("x-accel-buffering"), Some("no"));
        assert_eq!(answer.body.contains("retry: "), told, "{version} {answer:?}");
        let first = answer.body.lines().find(|line| line.starts_with("data:"));
        assert_eq!(first == Some("data: "), told, "{version} {answer:?}");
    }
}

#[tokio::test]
async fn the_version_of_the_session_holds_with_and_without_a_header() {
    let server = serve().await;
    let client = open_as(&server, "2025-06-18", &[]).await;
    for headers in [&[][..], &[("MCP-Protocol-Version", "2025-06-18".to_owned())]] {
        let answer = client.post(headers, &call(1, "echo", r#"{"message":"hi"}"#)).await;
        assert!(answer.status == 200 && answer.body.contains(r#""text":"hi""#), "{answer:?}");
    }
}

#[tokio::test]
async fn an_event_that_no_stream_has_cannot_be_come_back_to() {
    let server = serve().await;
    let client = open(&server).await;
    assert_eq!(client.post(&[], &call(1, "talk", "{}")).await.status, 200);
    for id in ["0-7", "1-1000", "9-1", "1", "x-y", "1-18446744073709551616"] {
        let answer = client.send("GET", "/mcp", &[("Last-Event-ID", id.to_owned())], "").await;
        assert_eq!(answer.status, 400, "{id} {answer:?}");
    }
    let all = client.send("GET", "/mcp", &[("Last-Event-ID", "1-0".to_owned())], "").await;
    assert_eq!(all.events().count(), 4, "{all:?}");
}

/// So many sessions, each of which makes room as soon as it is idle.
fn sessions(sessions: usize) -> Routes {
    let http = Http::new(server()).session_limits(sessions, Duration::MAX).session_min_idle(Duration::ZERO);
    Http::routes().route("/mcp", http)
}

#[tokio::test]
async fn when_there_are_too_many_sessions_the_one_that_has_been_idle_longest_goes() {
    let server = serve_at(sessions(2)).await;
    let (first, second) = (open(&server).await, open(&server).await);
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    assert_eq!(first.post(&[], ping).await.status, 200);
    let third = open(&server).await;
    assert_eq!(second.post(&[], ping).await.status, 404);
    assert_eq!(first.post(&[], ping).await.status, 200);
    // A session with a call in flight, or with a client that listens, is not idle, however long ago it was heard of.
    let running = first.send_until("POST", "/mcp", &[], &call(2, "hold", "{}"), "running").await;
    assert_eq!(running.status, 200);
    let fourth = open(&server).await;
    assert_eq!(third.post(&[], ping).await.status, 404);
    let running = fourth.send_until("POST", "/mcp", &[], &call(2, "hold", "{}"), "running").await;
    assert_eq!(running.status, 200);
    let refused = Client::new(server.address).post(&[], INITIALIZE).await;
    assert_eq!(refused.status, 503, "{refused:?}");
    assert!(refused.header("retry-after").is_some(), "{refused:?}");
}

#[tokio::test]
async fn a_flood_of_new_sessions_ends_none_that_was_used_in_the_last_minute() {
    let http = Http::new(server()).session_limits(3, Duration::MAX);
    let server = serve_at(Http::routes().route("/mcp", http)).await;
    let mut kept = Vec::new();
    for _ in 0..3 {
        kept.push(open(&server).await);
    }
    let flood = Client::new(server.address);
    for _ in 0..50 {
        let refused = flood.post(&[], INITIALIZE).await;
        assert!(refused.status == 503 && refused.header("retry-after").is_some(), "{refused:?}");
    }
    for client in kept {
        assert_eq!(client.post(&[], &call(1, "echo", r#"{"message":"hi"}"#)).await.status, 200);
    }
}

#[tokio::test]
async fn a_session_that_is_idle_for_too_long_is_gone() {
    let server = serve_at(Http::routes().route("/mcp", Http::new(server()).session_limits(9, Duration::ZERO))).await;
    let mut client = Client::new(server.address);
    let answer = client.post(&[], INITIALIZE).await;
    client.always("Mcp-Session-Id", answer.header("mcp-session-id").expect("a session").to_owned());
    assert_eq!(client.post(&[], &call(1, "echo", "{}")).await.status, 404);
}
