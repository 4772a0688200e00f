//! What the layers make of the carrier, seen from a client. The clock stands still but where all wait.

use std::sync::Arc;

use mcp_runtime::client::{ClientError, RpcFailure};
use mcp_runtime::prelude::*;
use mcp_runtime::testing::TestClient;
use operations::{CARRIER_FAILED, Carrier};
use serde_json::{Value, json};

/// A client of the server, and the carrier behind it.
async fn client() -> (TestClient, Arc<Carrier>, Server) {
    let carrier = Arc::new(Carrier::open());
    let server = operations::with_carrier(Server::new("parcels"), Arc::clone(&carrier)).expect("no variable is set");
    let server = server.build().expect("a server");
    (TestClient::to(&server).await, carrier, server)
}

/// The text of a tool's answer.
async fn call(client: &TestClient, tool: &str, arguments: Value) -> String {
    match client.call(tool, arguments).await {
        Ok(result) => result.text(),
        Err(error) => panic!("{tool}: {error}"),
    }
}

fn data(error: &RpcFailure) -> Value {
    error.data().map(|data| serde_json::from_str(data).expect("JSON")).unwrap_or_default()
}

/// The code of an error, and its data.
async fn refusal(client: &TestClient, tool: &str, arguments: Value) -> (i64, Value) {
    match client.call(tool, arguments).await {
        Err(ClientError::Rpc(error)) => (error.code(), data(&error)),
        other => panic!("{tool}: {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_parcel_is_looked_up_once_and_kept_for_a_while() {
    let (client, carrier, server) = client().await;
    let first = call(&client, "track", json!({ "number": "P-17" })).await;
    assert!(first.contains("Ulm"), "{first}");
    for _ in 0..10 {
        assert_eq!(call(&client, "track", json!({ "number": "P-17" })).await, first);
    }
    assert_eq!(carrier.asked(), 1);
    let metrics = server.handle().metrics();
    assert_eq!((metrics.cache_hits, metrics.cache_misses), (10, 1));
}

#[tokio::test(start_paused = true)]
async fn equal_questions_at_once_are_one_question_to_the_carrier() {
    let (client, carrier, _server) = client().await;
    let ask = || call(&client, "history", json!({ "number": "P-3" }));
    let (one, two, three) = tokio::join!(ask(), ask(), ask());
    assert_eq!((&one, &two), (&two, &three));
    assert_eq!(carrier.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_question_that_was_refused_is_asked_again_and_a_parcel_is_never_sent_twice() {
    let (client, carrier, server) = client().await;
    for number in ["P-1", "P-2", "P-3"] {
        call(&client, "track", json!({ "number": number })).await;
    }
    assert_eq!((carrier.asked(), server.handle().metrics().calls_retried), (4, 1));
    call(&client, "send", json!({ "grams": 500 })).await;
    // The sixth.
    assert_eq!(refusal(&client, "send", json!({ "grams": 500 })).await.0, CARRIER_FAILED);
    assert_eq!(carrier.asked(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_mistake_of_the_caller_is_neither_tried_again_nor_held_against_the_carrier() {
    let (client, carrier, _server) = client().await;
    for asked in 1..=2 {
        let error = client.call("track", json!({ "number": "17" })).await.expect_err("no parcel");
        assert!(matches!(&error, ClientError::Tool(told) if told.text().contains("as in P-17")), "{error:?}");
        assert_eq!(carrier.asked(), asked);
    }
}

#[tokio::test(start_paused = true)]
async fn a_carrier_that_is_down_is_left_alone_for_a_while() {
    let (client, carrier, _server) = client().await;
    call(&client, "switch_carrier", json!({ "on": false })).await;
    for _ in 0..3 {
        assert_eq!(refusal(&client, "quote", json!({ "grams": 1 })).await.0, CARRIER_FAILED);
    }
    let asked = carrier.asked();
    let (code, data) = refusal(&client, "quote", json!({ "grams": 1 })).await;
    assert!(code != CARRIER_FAILED && data["retryAfterMs"].is_number(), "{code} {data}");
    assert_eq!(carrier.asked(), asked, "the breaker is open");
    // Tools that do not ask the same way are not affected.
    call(&client, "switch_carrier", json!({ "on": true })).await;
    tokio::time::sleep(std::time::Duration::from_secs(10)).await;
    assert_eq!(call(&client, "quote", json!({ "grams": 1_000 })).await, "490");
}

#[tokio::test(start_paused = true)]
async fn too_many_calls_are_told_when_to_come_again() {
    let (client, carrier, server) = client().await;
    let mut refused = None;
    for grams in 1..=50 {
        match client.call("quote", json!({ "grams": grams })).await {
            Ok(_) => {}
            Err(ClientError::Rpc(error)) => {
                refused = Some((grams, data(&error)));
                break;
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    let (grams, data) = refused.expect("the limit is reached");
    // Each costs as much as five others, and while it waits for the carrier more are allowed.
    assert!(grams > 10 && data["retryAfterMs"].is_number(), "{grams}: {data}");
    assert!(server.handle().metrics().calls_limited == 1 && carrier.asked() >= 10);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_too_long_says_how_to_ask_for_less() {
    let (client, _carrier, _server) = client().await;
    let long = client.call("history", json!({ "number": "P-98", "last": 90 })).await.expect_err("it is too long");
    assert!(matches!(&long, ClientError::Tool(told) if told.text().contains("Ask for fewer with `last`")), "{long:?}");
    assert!(call(&client, "history", json!({ "number": "P-98", "last": 3 })).await.contains("2 days ago"));
}

#[test]
fn inspect_shows_the_layers_in_their_order() {
    let inspected = std::process::Command::new(env!("CARGO_BIN_EXE_operations")).arg("inspect").output();
    let text = String::from_utf8(inspected.expect("it runs").stdout).expect("text");
    let names = [
        "log",
        "rate limit",
        "concurrency",
        "breaker",
        "retry",
        "cache",
        "coalesce",
        "timeout",
        "response limit",
        "error mask",
    ];
    let line = text.lines().find(|line| line.contains("rate limit")).unwrap_or_else(|| panic!("{text}"));
    let places: Vec<_> = names.iter().map(|name| line.find(name)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{line}");
}
