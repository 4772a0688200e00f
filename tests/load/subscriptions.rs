//! What clients subscribe to.

use std::sync::Arc;

use mcp_runtime::prelude::*;
use mcp_tests::answering::{alone, ask, receive, with_session};
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

/// Asks to hear of so many resources; the first that comes of it.
async fn listen(number: u32) -> Value {
    let uris: Vec<String> = (0..number).map(uri).collect();
    let params = alone(json!({ "notifications": { "resourceSubscriptions": uris } }));
    let mut client = server().connect();
    client.send(json!({ "jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": params }).to_string());
    if number > 200 {
        return receive(&mut client).await;
    }
    serde_json::from_str(&client.receive().await.expect("an open connection")).expect("JSON")
}

#[tokio::test]
async fn a_subscription_of_its_own_has_the_same_limit() {
    assert_eq!(listen(200).await["method"], "notifications/subscriptions/acknowledged");
    let refused = listen(300).await;
    assert_eq!(refused["error"]["code"], -32602, "{:.300}", refused.to_string());
}
