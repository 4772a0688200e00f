//! A mistake of the caller is no failure of the function: it is not tried again, and opens no breaker.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mcp_runtime::client::Client;
use mcp_runtime::layers::{Breaker, Call, Next, Retry, Timeout};
use mcp_runtime::prelude::*;
use serde_json::{Value, json};

static GROUP: Group = Group::new("mistakes");

/// What is there is named by small numbers.
#[tool(group = GROUP, read_only)]
fn look(#[arg(range(..=9))] number: u32) -> Result<u32> {
    if number > 5 { Err(Error::not_found()) } else { Ok(number) }
}

/// Never ends.
#[tool(group = GROUP, read_only)]
async fn hang() {
    std::future::pending().await
}

/// Counts the runs of `look`.
fn counted(server: ServerBuilder) -> (ServerBuilder, Arc<AtomicU32>) {
    let runs = Arc::new(AtomicU32::default());
    let count = Arc::clone(&runs);
    let around = move |call: Call, next: Next| {
        count.fetch_add(u32::from(call.target() == "look"), Ordering::SeqCst);
        async move { next.run(call).await }
    };
    (server.around(around), runs)
}

#[tokio::test(start_paused = true)]
async fn wrong_arguments_and_what_is_not_there_are_asked_for_once_and_open_no_breaker() {
    let breaker = Breaker::after(2);
    let server = Server::of(&GROUP).layer(breaker.clone()).layer(Retry::times(2));
    let (server, runs) = counted(server);
    let client = Client::to(&server.build().expect("a server")).await.expect("a client");
    let mistakes: [Value; 4] = [json!({ "number": 10 }), json!({ "number": "x" }), json!({}), json!({ "number": 7 })];
    for mistake in &mistakes {
        client.call("look", mistake).await.expect_err("a mistake");
    }
    assert_eq!(runs.load(Ordering::SeqCst), 4, "each ran once");
    assert!(breaker.states().is_empty(), "{:?}", breaker.states());
    client.call("look", json!({ "number": 1 })).await.expect("it is not closed");
}

#[tokio::test(start_paused = true)]
async fn the_layer_timeout_is_counted_among_the_timeouts() {
    let server = Server::of(&GROUP).layer(Timeout::new(Duration::from_secs(1))).build().expect("a server");
    let client = Client::to(&server).await.expect("a client");
    client.call("hang", ()).await.expect_err("it times out");
    let metrics = server.handle().metrics();
    let hang = metrics.operations.iter().find(|one| one.target.as_deref() == Some("hang")).expect("it was called");
    assert_eq!(hang.timeouts, 1);
}
