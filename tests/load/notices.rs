//! What waits for clients that do not read, beside their answers.

use std::sync::Arc;

use mcp_runtime::ServerHandle;
use mcp_runtime::prelude::*;
use mcp_tests::answering::{ask, receive, text, with_session};
use mcp_tests::load::{Stage, builder};
use serde_json::json;

use super::client::{Client, Era};
use super::serve::Running;

static THINGS: Group = Group::new("things");

/// Whatever there is.
#[resource("things://{path*}", group = THINGS)]
fn thing(path: Vec<String>) -> String {
    path.join("/")
}

/// How many subscriptions a client has, of 4,000 bytes each: four times of what may wait for it.
const MANY: u32 = 250;

/// What may wait, one message beyond it, and what small ones cost.
const MOST: usize = 256 * 1024 + 5000;

/// The n-th URI, of some 4,000 bytes.
fn uri(n: u32) -> String {
    format!("things://{n}/{}", "x".repeat(4000))
}

/// Tells of a change of all that is subscribed to, twice; how much more memory is used then.
fn all_change(handle: &ServerHandle) -> usize {
    let before = handle.memory_used();
    for n in (0..MANY).chain(0..MANY) {
        handle.resource_updated(uri(n));
    }
    handle.memory_used() - before
}

#[tokio::test]
async fn change_notices_wait_for_a_stream_that_is_not_read_within_256_kib_and_the_newest_stay() {
    let server = Server::of(&THINGS).build().expect("a server");
    let mut client = with_session(&server).await;
    for n in 0..MANY {
        assert!(ask(&mut client, n + 1, "resources/subscribe", json!({ "uri": uri(n) })).await["result"].is_object());
    }
    let waiting = all_change(&server.handle());
    assert!(waiting > MOST / 2 && waiting < MOST, "{waiting} bytes wait");
    client.send(r#"{"jsonrpc":"2.0","id":1000,"method":"ping"}"#);
    let mut told = Vec::new();
    loop {
        let frame = client.receive().await.expect("the connection is open");
        if frame.contains(r#""id":1000"#) {
            break;
        }
        told.push(frame);
    }
    assert!(told.last().is_some_and(|frame| frame.contains(&uri(MANY - 1))), "{:?}", told.last());
    // Each once, in the order in which they changed.
    assert!((30..70).contains(&told.len()), "{}", told.len());
    let first = MANY - u32::try_from(told.len()).expect("a few");
    assert!((first..MANY).zip(&told).all(|(n, frame)| frame.contains(&uri(n))));
}

#[tokio::test]
async fn change_notices_wait_for_a_session_that_nobody_listens_to_within_256_kib() {
    let server = Running::built(|server| server.mount(&THINGS), |http| http, |listening| listening).await;
    let mut client = Client::open(server.address, Era::Sessions).await;
    for n in 0..MANY {
        let subscribe =
            json!({ "jsonrpc": "2.0", "id": n, "method": "resources/subscribe", "params": { "uri": uri(n) } });
        let answer = client.exchange(&client.who.post(&[], &subscribe.to_string())).await.expect("an answer");
        assert!(answer.body.contains(r#""result""#), "{answer:?}");
    }
    let waiting = all_change(&server.handle);
    assert!(waiting > MOST / 2 && waiting < MOST, "{waiting} bytes wait");
}

#[tokio::test]
async fn while_all_memory_is_used_little_waits_for_each_of_many_clients_and_answers_still_come() {
    const CLIENTS: u32 = 40;
    const LIMIT: usize = 2 << 20;
    let stage = Arc::<Stage>::default();
    let server = builder(&stage).memory_limit(LIMIT).build().expect("a server");
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let mut client = with_session(&server).await;
        ask(&mut client, 1, "logging/setLevel", json!({ "level": "debug" })).await;
        clients.push(client);
    }
    for client in &mut clients {
        let params = json!({ "name": "rush", "arguments": { "n": 1000, "length": 512 } });
        client.send(json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": params }).to_string());
    }
    stage.over.acquire_many(CLIENTS).await.expect("it is never closed").forget();
    let used = server.handle().memory_used();
    assert!(used > LIMIT / 2 && used < LIMIT + 6000 * CLIENTS as usize, "{used} bytes are used");
    for client in &mut clients {
        assert_eq!(text(&receive(client).await["result"]), "rushed 1000");
    }
    assert!(server.handle().memory_used() < LIMIT / 2);
}
