//! A call that times out has failed: `Retry` runs it again, and `Breaker` counts it, whichever limit it was.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mcp_runtime::ErrorKind;
use mcp_runtime::client::{Client, ClientError};
use mcp_runtime::layers::{Breaker, BreakerState, Cache, Call, Coalesce, Outcome, Reply, Retry, Timeout};
use mcp_runtime::prelude::*;
use serde_json::json;
use tokio::time::Instant;

static GROUP: Group = Group::new("timed_out");

/// How often functions ran, and how many of the runs saw in the end that they were cancelled.
#[derive(Default)]
struct Runs {
    all: AtomicU32,
    cancelled: AtomicU32,
}

/// Tells whether its run was cancelled, when it is dropped.
struct Run(Ctx, State<Runs>);

impl Drop for Run {
    fn drop(&mut self) {
        self.1.cancelled.fetch_add(u32::from(self.0.is_cancelled()), Ordering::SeqCst);
    }
}

/// Hangs for so many runs.
async fn hang(hangs: u32, ctx: &Ctx, runs: State<Runs>) -> u32 {
    let run = runs.all.fetch_add(1, Ordering::SeqCst) + 1;
    let _run = Run(ctx.clone(), runs);
    if run <= hangs {
        std::future::pending::<()>().await;
    }
    run
}

/// Hangs, and has a limit of its own.
#[tool(group = GROUP, read_only, timeout = "1s")]
async fn own(hangs: u32, ctx: &Ctx, runs: State<Runs>) -> u32 {
    hang(hangs, ctx, runs).await
}

/// Hangs without a limit of its own.
#[tool(group = GROUP, read_only, cache = "60s")]
async fn none(hangs: u32, ctx: &Ctx, runs: State<Runs>) -> u32 {
    hang(hangs, ctx, runs).await
}

/// Hangs, and is not to be run twice.
#[tool(group = GROUP, timeout = "1s")]
async fn once(hangs: u32, ctx: &Ctx, runs: State<Runs>) -> u32 {
    hang(hangs, ctx, runs).await
}

const SECOND: Duration = Duration::from_secs(1);

/// Each way to limit the time of a call to a second: the tool, and what the server has for it.
fn limits() -> [(&'static str, ServerBuilder); 3] {
    let server = || Server::of(&GROUP);
    [("own", server()), ("none", server().layer(Timeout::new(SECOND))), ("none", server().timeout(SECOND))]
}

async fn client(server: ServerBuilder) -> (Client, Arc<Runs>) {
    let runs = Arc::new(Runs::default());
    let server = server.state_arc(Arc::clone(&runs)).build().expect("a server");
    (Client::to(&server).await.expect("a client"), runs)
}

async fn call(client: &Client, tool: &str, hangs: u32) -> Result<u32, String> {
    match client.call(tool, json!({ "hangs": hangs })).await {
        Ok(result) => Ok(result.value().expect("a number")),
        Err(ClientError::Tool(error)) => Err(error.text()),
        Err(error) => Err(error.to_string()),
    }
}

const LATE: &str = "timed out after 1s";

#[tokio::test(start_paused = true)]
async fn a_run_that_times_out_runs_again_with_as_much_time() {
    for (tool, server) in limits() {
        let (client, runs) = client(server.layer(Retry::times(2).backoff(SECOND, SECOND))).await;
        let began = Instant::now();
        assert_eq!(call(&client, tool, 2).await, Ok(3), "{tool}");
        // Two runs of a second, and two waits, each by chance as short as a half.
        let took = began.elapsed();
        assert!(took >= 3 * SECOND && took < 5 * SECOND, "{tool}: {took:?}");
        assert_eq!(runs.cancelled.load(Ordering::SeqCst), 2, "{tool}: the runs that were given up were told");
        assert_eq!(call(&client, tool, 9).await.err().as_deref(), Some(LATE), "{tool}");
        assert_eq!(runs.all.load(Ordering::SeqCst), 6, "{tool}");
    }
}

#[tokio::test(start_paused = true)]
async fn when_is_asked_about_a_timeout() {
    for (tool, server) in limits() {
        let is_late = |call: &Call, reply: &Reply| {
            reply.outcome() == Outcome::ToolError && call.error_kind() == Some(ErrorKind::TimedOut)
        };
        let breaker = Breaker::after(1).when(is_late);
        let retry = Retry::times(2).when(move |call, reply| !is_late(call, reply));
        let (client, runs) = client(server.layer(breaker.clone()).layer(retry)).await;
        assert_eq!(call(&client, tool, 9).await.err().as_deref(), Some(LATE), "{tool}");
        assert_eq!(runs.all.load(Ordering::SeqCst), 1, "{tool}");
        assert_eq!(breaker.states().values().collect::<Vec<_>>(), [&BreakerState::Open], "{tool}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_may_do_harm_twice_runs_once_though_it_times_out() {
    let (client, runs) = client(Server::of(&GROUP).layer(Retry::times(2))).await;
    assert_eq!(call(&client, "once", 9).await.err().as_deref(), Some(LATE));
    assert_eq!(runs.all.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_breaker_opens_when_calls_time_out() {
    for (tool, server) in limits() {
        let breaker = Breaker::after(2);
        let (client, runs) = client(server.layer(breaker.clone())).await;
        for _ in 0..2 {
            assert_eq!(call(&client, tool, 9).await.err().as_deref(), Some(LATE), "{tool}");
        }
        assert_eq!(breaker.states().values().collect::<Vec<_>>(), [&BreakerState::Open], "{tool}");
        assert!(call(&client, tool, 9).await.is_err_and(|why| why != LATE), "{tool}");
        assert_eq!(runs.all.load(Ordering::SeqCst), 2, "{tool}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_result_of_a_later_run_is_cached() {
    let server = Server::of(&GROUP).layer(Retry::times(1)).layer(Cache::for_declared()).layer(Timeout::new(SECOND));
    let (client, _) = client(server).await;
    assert_eq!(call(&client, "none", 1).await, Ok(2));
    assert_eq!(call(&client, "none", 1).await, Ok(2));
}

#[tokio::test(start_paused = true)]
async fn calls_that_wait_for_one_that_times_out_time_out_with_it() {
    let server = Server::of(&GROUP).layer(Coalesce::for_read_only()).layer(Timeout::new(SECOND));
    let (client, runs) = client(server).await;
    let began = Instant::now();
    let both = tokio::join!(call(&client, "none", 9), call(&client, "none", 9));
    assert_eq!((both.0.err().as_deref(), both.1.err().as_deref()), (Some(LATE), Some(LATE)));
    assert_eq!((runs.all.load(Ordering::SeqCst), began.elapsed() < 2 * SECOND), (1, true));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_the_client_cancels_runs_once_and_is_no_failure() {
    let breaker = Breaker::after(1);
    let (client, runs) = client(Server::of(&GROUP).layer(breaker.clone()).layer(Retry::times(2))).await;
    assert!(tokio::time::timeout(SECOND / 2, call(&client, "own", 9)).await.is_err());
    while runs.cancelled.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(5 * SECOND).await;
    assert_eq!((runs.all.load(Ordering::SeqCst), breaker.states().len()), (1, 0));
}
