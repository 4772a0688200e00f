//! A mistake of the caller is no failure of the function: it is not tried again, and opens no breaker.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mcp_runtime::client::Client;
use mcp_runtime::layers::{Breaker, Call, Coalesce, ErrorMask, Next, ResponseLimit, Retry, Timeout};
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
        count.fetch_add(u32::from(matches!(call.target(), "look" | "much")), Ordering::SeqCst);
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

/// Has much to say.
#[tool(group = GROUP, read_only)]
fn much() -> String {
    "much ".repeat(100)
}

/// Deletes everything.
#[tool(group = GROUP, consent = "Delete everything")]
fn delete() -> &'static str {
    "gone"
}

#[tokio::test(start_paused = true)]
async fn what_is_too_large_and_what_a_user_does_not_want_is_no_failure() {
    let breaker = Breaker::after(2);
    let server = Server::of(&GROUP).layer(breaker.clone()).layer(Retry::times(2)).layer(ResponseLimit::new(400));
    let (server, runs) = counted(server);
    let server = server.around(move |call, next: Next| async move { next.run(call).await }).build().expect("a server");
    let client = Client::to(&server).await.expect("a client");
    for _ in 0..3 {
        let error = client.call("much", ()).await.expect_err("too large").to_string();
        assert!(error.contains("too large"), "{error}");
        // A client that cannot ask has no consent.
        let error = client.call("delete", ()).await.expect_err("no consent").to_string();
        assert!(error.contains("needs the consent"), "{error}");
    }
    assert!(breaker.states().is_empty(), "{:?}", breaker.states());
    assert_eq!(runs.load(Ordering::SeqCst), 3, "each was made once");
}

#[tokio::test(start_paused = true)]
async fn what_layers_of_ours_say_is_told_where_texts_are_hidden() {
    let server = Server::of(&GROUP)
        .layer(Timeout::new(Duration::from_secs(1)))
        .layer(ResponseLimit::new(400))
        .layer(ErrorMask::new().hide_texts());
    let client = Client::to(&server.build().expect("a server")).await.expect("a client");
    for (name, words) in [("hang", "timed out after 1s"), ("much", "too large")] {
        let error = client.call(name, ()).await.expect_err("a failure").to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_for_a_call_learn_that_it_was_a_mistake() {
    let breaker = Breaker::after(2);
    let server = Server::of(&GROUP).layer(breaker.clone()).layer(Retry::times(2)).layer(Coalesce::for_read_only());
    let (server, runs) = counted(server);
    let slow = |call: Call, next: Next| async move {
        tokio::time::sleep(Duration::from_millis(5)).await;
        next.run(call).await
    };
    let client = Client::to(&server.around(slow).build().expect("a server")).await.expect("a client");
    let look = async || client.call("look", json!({ "number": 7 })).await.map(drop);
    let (a, b, c, d) = tokio::join!(look(), look(), look(), look());
    assert!([a, b, c, d].iter().all(Result::is_err));
    assert_eq!(runs.load(Ordering::SeqCst), 1, "all wait for one");
    assert!(breaker.states().is_empty(), "{:?}", breaker.states());
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
