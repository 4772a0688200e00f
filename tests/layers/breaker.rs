//! A function that fails all the time is not called for a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use mcp_runtime::MemoryClient;
use mcp_runtime::layers::{BUSY, Breaker, BreakerState};
use mcp_runtime::prelude::*;
use serde_json::{Value, json};
use tokio::time::advance;

static GROUP: Group = Group::new("broken");

/// How often the function ran, and whether it works.
#[derive(Default)]
struct Runs {
    all: AtomicU32,
    works: AtomicBool,
}

/// Fails, or not.
#[tool(group = GROUP)]
fn shaky(runs: State<Runs>) -> Result<u32> {
    let run = runs.all.fetch_add(1, Ordering::SeqCst) + 1;
    if runs.works.load(Ordering::SeqCst) { Ok(run) } else { Err(Error::new("failed")) }
}

/// Works.
#[tool(group = GROUP)]
fn sound() {}

/// Waits for ever.
#[tool(group = GROUP)]
async fn hang(runs: State<Runs>) -> Result<()> {
    if runs.all.fetch_add(1, Ordering::SeqCst) == 0 {
        return Err(Error::new("failed"));
    }
    std::future::pending().await
}

fn server(breaker: &Breaker) -> (Server, Arc<Runs>) {
    let runs = Arc::new(Runs::default());
    let server = Server::of(&GROUP).state_arc(Arc::clone(&runs)).layer(breaker.clone()).build().expect("a server");
    (server, runs)
}

fn send(client: &mut MemoryClient, name: &str) {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let params = json!({ "name": name, "arguments": {}, "_meta": meta });
    client.send(json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params }).to_string());
}

/// The milliseconds after which a refused call may come again; `None` where it ran.
async fn refused(client: &mut MemoryClient, name: &str) -> Option<u64> {
    send(client, name);
    let answer: Value = serde_json::from_str(&client.receive().await.expect("an answer")).expect("JSON");
    let error = answer.get("error")?;
    assert_eq!(error["code"], BUSY);
    error["data"]["retryAfterMs"].as_u64()
}

#[tokio::test(start_paused = true)]
async fn it_opens_after_failures_in_a_row_lets_one_through_on_trial_and_closes() {
    let breaker = Breaker::after(2).delay(Duration::from_secs(10));
    let (server, runs) = server(&breaker);
    let mut client = server.connect();
    let state = || breaker.states().get("tools/call shaky").copied();
    assert_eq!(refused(&mut client, "shaky").await, None);
    assert_eq!(state(), Some(BreakerState::Closed { failures: 1 }));
    assert_eq!(refused(&mut client, "shaky").await, None);
    assert_eq!(state(), Some(BreakerState::Open));
    advance(Duration::from_secs(4)).await;
    assert_eq!(refused(&mut client, "shaky").await, Some(6_000));
    assert_eq!(refused(&mut client, "sound").await, None, "it is not about others");
    // The trial fails, and it stays open for as long again.
    advance(Duration::from_secs(6)).await;
    assert_eq!(refused(&mut client, "shaky").await, None);
    assert_eq!(refused(&mut client, "shaky").await, Some(10_000));
    runs.works.store(true, Ordering::SeqCst);
    advance(Duration::from_secs(10)).await;
    assert_eq!(refused(&mut client, "shaky").await, None);
    assert_eq!(state(), None);
    assert_eq!(refused(&mut client, "shaky").await, None);
    assert_eq!(runs.all.load(Ordering::SeqCst), 5);
}

#[tokio::test(start_paused = true)]
async fn failures_that_are_far_apart_do_not_open_it() {
    let breaker = Breaker::after(2).window(Duration::from_secs(5));
    let (server, _) = server(&breaker);
    let mut client = server.connect();
    for _ in 0..4 {
        assert_eq!(refused(&mut client, "shaky").await, None);
        advance(Duration::from_secs(6)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn one_call_is_on_trial_at_a_time_and_one_that_is_cancelled_was_none() {
    let breaker = Breaker::after(1).delay(Duration::from_secs(10));
    let (server, runs) = server(&breaker);
    let mut client = server.connect();
    assert_eq!(refused(&mut client, "hang").await, None);
    advance(Duration::from_secs(10)).await;
    send(&mut client, "hang");
    assert_eq!(breaker.states().get("tools/call hang"), Some(&BreakerState::HalfOpen));
    let mut other = server.connect();
    assert_eq!(refused(&mut other, "hang").await, Some(1_000));
    client.send(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#);
    while breaker.states().get("tools/call hang") == Some(&BreakerState::HalfOpen) {
        tokio::task::yield_now().await;
    }
    send(&mut other, "hang");
    assert_eq!(breaker.states().get("tools/call hang"), Some(&BreakerState::HalfOpen));
    assert_eq!(runs.all.load(Ordering::SeqCst), 3);
}
