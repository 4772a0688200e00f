//! Equal reading calls that come at the same time run once.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use mcp_runtime::MemoryClient;
use mcp_runtime::layers::{Cache, Coalesce};
use mcp_runtime::prelude::*;
use mcp_tests::process::PATIENCE;
use serde_json::{Value, json};
use tokio::sync::{Notify, Semaphore};
use tokio::time::timeout;

static GROUP: Group = Group::new("coalesced");

/// How often functions ran, and how many may end.
struct Runs {
    all: AtomicU32,
    begun: Notify,
    ends: Semaphore,
}

/// Only reads, and takes long.
#[tool(group = GROUP, read_only)]
async fn look(text: Option<String>, runs: State<Runs>) -> String {
    format!("{} {}", long(&runs).await, text.unwrap_or_default())
}

/// May change something, and takes long.
#[tool(group = GROUP)]
async fn change(runs: State<Runs>) -> u32 {
    long(&runs).await
}

/// A note.
#[resource("note://{id}", group = GROUP)]
async fn note(id: u32, runs: State<Runs>) -> String {
    format!("note {id}, run {}", long(&runs).await)
}

async fn long(runs: &Runs) -> u32 {
    let run = runs.all.fetch_add(1, Ordering::SeqCst) + 1;
    runs.begun.notify_one();
    runs.ends.acquire().await.expect("it is open").forget();
    run
}

fn server(layer: impl FnOnce(ServerBuilder) -> ServerBuilder) -> (Server, Arc<Runs>) {
    let runs = Arc::new(Runs { all: AtomicU32::new(0), begun: Notify::new(), ends: Semaphore::new(0) });
    let server = layer(Server::of(&GROUP).state_arc(Arc::clone(&runs))).build().expect("a server");
    (server, runs)
}

fn send(client: &mut MemoryClient, id: u32, method: &str, mut params: Value) {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    client.send(json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string());
}

fn call(client: &mut MemoryClient, id: u32, name: &str) {
    send(client, id, "tools/call", json!({ "name": name, "arguments": {} }));
}

/// Waits for what must come: where nothing is shared it never does.
async fn soon<T>(coming: impl Future<Output = T>) -> T {
    timeout(PATIENCE, coming).await.expect("it comes")
}

/// The ids of so many answers with their texts, by id.
async fn answers(client: &mut MemoryClient, count: usize) -> Vec<(u64, String)> {
    let mut all = Vec::new();
    while all.len() < count {
        let answer: Value = serde_json::from_str(&soon(client.receive()).await.expect("an answer")).expect("JSON");
        let result = &answer["result"];
        let text = result["content"][0]["text"].as_str().or_else(|| result["contents"][0]["text"].as_str());
        all.push((answer["id"].as_u64().expect("an id"), text.expect("a text").to_owned()));
    }
    all.sort_unstable();
    all
}

#[tokio::test]
async fn equal_calls_at_the_same_time_run_once() {
    let (server, runs) = server(|server| server.layer(Coalesce::for_read_only()));
    let mut client = server.connect();
    (1..=3).for_each(|id| call(&mut client, id, "look"));
    runs.ends.add_permits(3);
    let one = || "1 ".to_owned();
    assert_eq!(answers(&mut client, 3).await, [(1, one()), (2, one()), (3, one())]);
    // What comes later runs.
    call(&mut client, 4, "look");
    assert_eq!(answers(&mut client, 1).await, [(4, "2 ".to_owned())]);
}

#[tokio::test]
async fn what_may_change_something_runs_for_each_call() {
    let (server, runs) = server(|server| server.layer(Coalesce::for_read_only()));
    let mut client = server.connect();
    (1..=2).for_each(|id| call(&mut client, id, "change"));
    runs.ends.add_permits(2);
    assert_eq!(answers(&mut client, 2).await.len(), 2);
    assert_eq!(runs.all.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn one_that_waits_runs_where_the_first_is_cancelled() {
    let (server, runs) = server(|server| server.layer(Coalesce::for_read_only()));
    let mut client = server.connect();
    (1..=2).for_each(|id| call(&mut client, id, "look"));
    soon(runs.begun.notified()).await;
    client.send(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#);
    soon(runs.begun.notified()).await;
    runs.ends.add_permits(2);
    assert_eq!(answers(&mut client, 1).await, [(2, "2 ".to_owned())]);
}

#[tokio::test]
async fn no_more_wait_than_may() {
    let (server, runs) = server(|server| server.layer(Coalesce::for_read_only().waiters(1)));
    let mut client = server.connect();
    (1..=3).for_each(|id| call(&mut client, id, "look"));
    runs.ends.add_permits(3);
    answers(&mut client, 3).await;
    assert_eq!(runs.all.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_read_after_an_update_does_not_get_what_was_read_before_it() {
    let layers = |server: ServerBuilder| server.layer(Cache::for_read_only()).layer(Coalesce::for_read_only());
    let (server, runs) = server(layers);
    let (mut client, handle) = (server.connect(), server.handle());
    let read = |client: &mut MemoryClient, id| send(client, id, "resources/read", json!({ "uri": "note://7" }));
    read(&mut client, 1);
    soon(runs.begun.notified()).await;
    handle.resource_updated("note://7");
    read(&mut client, 2);
    soon(runs.begun.notified()).await;
    runs.ends.add_permits(2);
    let first = (1, "note 7, run 1".to_owned());
    assert_eq!(answers(&mut client, 2).await, [first, (2, "note 7, run 2".to_owned())]);
    read(&mut client, 3);
    assert_eq!(answers(&mut client, 1).await, [(3, "note 7, run 2".to_owned())]);
}
