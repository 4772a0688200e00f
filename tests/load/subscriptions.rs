//! What clients subscribe to.

use std::sync::Arc;

use mcp_runtime::prelude::*;
use mcp_tests::answering::{alone, ask, with_session};
use serde_json::{Value, json};

static GROUP: Group = Group::new("subscriptions");

/// Whatever there is.
#[resource("things://{path*}", group = GROUP)]
fn thing(path: Vec<String>) -> String {
    path.join("/")
}

fn server() -> Arc<Server> {
    Arc::new(Server::of(&GROUP).build().expect("a server"))
}

/// The n-th URI, of some 4,000 bytes.
fn uri(n: u32) -> String {
    format!("things://{n}/{}", "x".repeat(4000))
}

#[tokio::test]
async fn the_uris_of_a_sessions_subscriptions_have_a_limit_in_bytes() {
    let server = server();
    let mut client = with_session(&server).await;
    let mut taken = 0;
    let refused = loop {
        let answer = ask(&mut client, taken + 1, "resources/subscribe", json!({ "uri": uri(taken) })).await;
        if answer["error"].is_object() {
            break answer;
        }
        taken += 1;
        assert!(taken < 1000, "there is no end of it");
    };
    assert!(taken > 200, "{taken} only");
    assert!(refused["error"]["message"].as_str().is_some_and(|why| why.contains("1048576 bytes")), "{refused}");
    let used = server.handle().memory_used();
    assert!(used > 1 << 20 && used < 3 << 20, "{used} bytes are used");
    // One more is, in place of another; one that is there costs nothing.
    assert!(ask(&mut client, 2001, "resources/unsubscribe", json!({ "uri": uri(0) })).await["result"].is_object());
    for (id, number) in [(2002, 9999), (2003, 1)] {
        let answer = ask(&mut client, id, "resources/subscribe", json!({ "uri": uri(number) })).await;
        assert!(answer["result"].is_object(), "{answer}");
    }
    // Others have room of their own.
    let mut other = with_session(&server).await;
    assert!(ask(&mut other, 1, "resources/subscribe", json!({ "uri": uri(1) })).await["result"].is_object());
    drop((client, other));
    assert_eq!(server.handle().memory_used(), 0);
}

/// Asks to hear of these resources; the first that comes of it.
async fn listen(server: &Server, uris: impl Iterator<Item = String>) -> Value {
    let uris: Vec<String> = uris.collect();
    let params = alone(json!({ "notifications": { "resourceSubscriptions": uris } }));
    let mut client = server.connect();
    client.send(json!({ "jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": params }).to_string());
    serde_json::from_str(&client.receive().await.expect("an open connection")).expect("JSON")
}

/// The n-th URI, of few bytes.
fn short(n: u32) -> String {
    format!("things://{n}")
}

#[tokio::test]
async fn a_subscription_of_its_own_has_the_same_limit() {
    let server = server();
    assert_eq!(listen(&server, (0..200).map(uri)).await["method"], "notifications/subscriptions/acknowledged");
    let refused = listen(&server, (0..300).map(uri)).await;
    assert_eq!(refused["error"]["code"], -32602, "{:.300}", refused.to_string());
}

#[tokio::test]
async fn a_client_subscribes_to_ten_thousand_resources_at_most_however_short_their_uris_are() {
    let server = server();
    assert_eq!(listen(&server, (0..10_000).map(short)).await["method"], "notifications/subscriptions/acknowledged");
    let refused = listen(&server, (0..10_001).map(short)).await;
    assert_eq!(refused["error"]["code"], -32602, "{:.300}", refused.to_string());
    let mut client = with_session(&server).await;
    let mut refused = Value::Null;
    for n in 0..10_001 {
        assert!(refused.is_null(), "the resource {n}: {refused}");
        refused = ask(&mut client, n + 1, "resources/subscribe", json!({ "uri": short(n) })).await["error"].take();
    }
    assert!(refused["message"].as_str().is_some_and(|why| why.contains("at most 10000")), "{refused}");
}

#[tokio::test]
async fn all_subscriptions_have_a_limit_together_and_each_client_may_have_a_few_all_the_same() {
    // An eighth of what a server may use, which costs a client far less than its own limit.
    let server = Server::of(&GROUP).memory_limit(8 << 20).build().expect("a server");
    let mut greedy = with_session(&server).await;
    let mut taken = 0;
    // In the end there is no room for the shortest.
    for length in [4000, 400, 40, 1] {
        let uri = |n| format!("{}/{}", short(n), "x".repeat(length));
        while ask(&mut greedy, taken + 1, "resources/subscribe", json!({ "uri": uri(taken) })).await["result"]
            .is_object()
        {
            taken += 1;
            assert!(taken < 500, "there is no end of it");
        }
    }
    let used = server.handle().memory_used();
    assert!(used > 1000 << 10 && used <= 1 << 20, "{used} bytes are used");
    let mut other = with_session(&server).await;
    assert!(ask(&mut other, 1, "resources/subscribe", json!({ "uri": short(1) })).await["result"].is_object());
    assert!(ask(&mut other, 2, "resources/subscribe", json!({ "uri": uri(1) })).await["error"].is_object());
    let refused = listen(&server, (0..10).map(uri)).await;
    assert!(refused["error"]["message"].as_str().is_some_and(|why| why.contains("no room")), "{refused}");
    drop(greedy);
    assert!(ask(&mut other, 3, "resources/subscribe", json!({ "uri": uri(1) })).await["result"].is_object());
}
