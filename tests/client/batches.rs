//! Several calls in one message.

use std::future::pending;
use std::sync::{Arc, Mutex};

use mcp_runtime::Version;
use mcp_runtime::client::{Client, ClientError, ClientHandler, FrameDirection};
use mcp_tests::process::PATIENCE;
use serde_json::json;
use tokio::sync::Notify;
use tokio::time::timeout;

use super::fake::Fake;
use super::servers::{all, connect};

#[tokio::test]
async fn a_batch_is_one_message_and_each_of_its_calls_has_an_answer() {
    for (way, version) in all() {
        let sent = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&sent);
        let builder = Client::builder().on_frame(move |direction, frame| {
            if direction == FrameDirection::Sent {
                seen.lock().expect("no panic").push(frame.first().copied());
            }
        });
        let client = connect(builder, way, version, "").await;
        let echo = |text: &str| client.call("echo", json!({"message": text}));
        let calls = client.batch([echo("one"), client.call("no such tool", ()), echo("two")]).await;
        if version != Some(Version::V2025_03_26) {
            let error = calls.expect_err("no batches").to_string();
            assert!(error.contains("has no batches") && error.contains("2025-03-26"), "{error}");
            continue;
        }
        let mut answers = Vec::new();
        for call in calls.expect("it is sent") {
            answers.push(call.await.map(|result| result.text()).map_err(|error| error.code()));
        }
        assert_eq!(answers, [Ok("one".to_owned()), Err(Some(-32602)), Ok("two".to_owned())], "{way:?}");
        let arrays = sent.lock().expect("no panic").iter().filter(|first| **first == Some(b'[')).count();
        assert_eq!(arrays, 1, "{way:?}");
        assert!(matches!(client.batch([]).await, Err(ClientError::Invalid(_))), "{way:?}");
        assert_eq!(client.in_flight(), 0);
    }
}

#[tokio::test]
async fn calls_of_a_batch_are_answered_and_cancelled_by_themselves() {
    let (target, mut fake) = Fake::pair();
    let serve = async {
        let initialize = fake.receive().await;
        let session =
            json!({"protocolVersion": "2025-03-26", "capabilities": {"tools": {}}, "serverInfo": {"name": "s"}});
        fake.answer(&initialize, session).await;
        assert_eq!(fake.receive().await["method"], "notifications/initialized");
        let batch = fake.receive().await;
        let [first, second] = &batch.as_array().expect("a batch")[..] else { panic!("two: {batch}") };
        fake.say(second, "second").await;
        let cancelled = fake.receive().await;
        assert_eq!(cancelled["method"], "notifications/cancelled");
        assert_eq!(cancelled["params"]["requestId"], first["id"]);
    };
    let call = async {
        let client = Client::builder().version(Version::V2025_03_26).connect(target).await.expect("a session");
        let calls = client.batch([client.call("a", ()), client.call("b", ())]).await.expect("it is sent");
        let [first, second] = <[_; 2]>::try_from(calls).expect("two");
        assert_eq!(second.await.expect("an answer").text(), "second");
        first.cancel();
        assert!(matches!(first.await, Err(ClientError::Cancelled)));
        client
    };
    tokio::join!(serve, call);
}

#[tokio::test]
async fn the_answers_of_a_batch_of_the_servers_are_sent_when_the_last_that_it_waits_for_is_cancelled() {
    let (target, mut fake) = Fake::pair();
    let is_asked = Arc::new(Notify::new());
    let asked = Arc::clone(&is_asked);
    let serve = async {
        let initialize = fake.receive().await;
        let session = json!({"protocolVersion": "2025-03-26", "capabilities": {}, "serverInfo": {"name": "s"}});
        fake.answer(&initialize, session).await;
        assert_eq!(fake.receive().await["method"], "notifications/initialized");
        // The second is asked of a model that does not answer.
        let question = json!({"messages": [], "maxTokens": 1});
        let batch = json!([
            {"jsonrpc": "2.0", "id": 1, "method": "ping"},
            {"jsonrpc": "2.0", "id": 2, "method": "sampling/createMessage", "params": question},
        ]);
        fake.send(&batch.to_string()).await;
        is_asked.notified().await;
        let cancelled = json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 2}});
        fake.send(&cancelled.to_string()).await;
        let answers = timeout(PATIENCE, fake.receive()).await.expect("in time");
        assert_eq!(answers, json!([{"jsonrpc": "2.0", "id": 1, "result": {}}]));
    };
    let handler = ClientHandler::new().on_sampling(move |_| {
        asked.notify_one();
        pending()
    });
    let builder = Client::builder().version(Version::V2025_03_26).handler(handler);
    let (client, ()) = tokio::join!(builder.connect(target), serve);
    client.expect("a session");
}
