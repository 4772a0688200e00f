//! Layers of `tower`'s own around calls.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mcp_runtime::client::{Client, ClientError};
use mcp_runtime::layers::{Call, Next, Outcome, Reply};
use mcp_runtime::prelude::*;
use serde_json::json;
use tokio::sync::Notify;
use tower::limit::ConcurrencyLimitLayer;
use tower::load_shed::LoadShedLayer;
use tower::retry::{Policy, RetryLayer};
use tower::timeout::TimeoutLayer;

/// The layers of our own.
mod layers {
    mod breaker;
    mod cache;
    mod coalesce;
    mod concurrency;
    mod counted;
    mod error_mask;
    mod log;
    mod mistakes;
    mod rate_limit;
    mod retry;
    mod timed_out;
    mod timeout;
    mod unsendable;
}

static GROUP: Group = Group::new("layers");

/// How many run, how many have run, and when they may end.
#[derive(Default)]
struct Runs {
    now: AtomicU32,
    most: AtomicU32,
    all: AtomicU32,
    begun: Notify,
    end: Notify,
}

/// Runs until it may end.
#[tool(group = GROUP, idempotent)]
async fn run(runs: State<Runs>) {
    let now = runs.now.fetch_add(1, Ordering::SeqCst) + 1;
    runs.most.fetch_max(now, Ordering::SeqCst);
    runs.begun.notify_one();
    runs.end.notified().await;
    runs.now.fetch_sub(1, Ordering::SeqCst);
}

/// Fails but for each third time.
#[tool(group = GROUP, idempotent)]
fn shaky(runs: State<Runs>) -> Result<u32> {
    match runs.all.fetch_add(1, Ordering::SeqCst) + 1 {
        all if all % 3 == 0 => Ok(all),
        all => Err(Error::new(format!("failed {all}"))),
    }
}

/// The same, and not to be repeated.
#[tool(group = GROUP)]
fn shaky_once(runs: State<Runs>) -> Result<u32> {
    shaky(runs)
}

fn builder() -> (ServerBuilder, Arc<Runs>) {
    let runs = Arc::new(Runs::default());
    (Server::of(&GROUP).state_arc(Arc::clone(&runs)), runs)
}

async fn client(builder: ServerBuilder) -> Client {
    Client::to(&builder.build().expect("a server")).await.expect("a client")
}

#[tokio::test]
async fn the_concurrency_limit_of_tower_lets_one_call_run_at_a_time() {
    let (builder, runs) = builder();
    let client = client(builder.layer(ConcurrencyLimitLayer::new(1))).await;
    let calls = async { tokio::join!(client.call("run", json!({})), client.call("run", json!({}))) };
    let ends = async {
        for _ in 0..2 {
            runs.begun.notified().await;
            runs.end.notify_one();
        }
    };
    let ((one, two), ()) = tokio::join!(calls, ends);
    assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
    assert_eq!(runs.most.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_layer_that_fails_is_an_internal_error() {
    let (builder, runs) = builder();
    // Sheds what the limit would let wait.
    let client = client(builder.layer((LoadShedLayer::new(), ConcurrencyLimitLayer::new(1)))).await;
    let first = client.call("run", json!({}));
    let second = async {
        runs.begun.notified().await;
        let second = client.call("shaky", json!({})).await;
        runs.end.notify_one();
        second
    };
    let (first, second) = tokio::join!(first, second);
    assert!(first.is_ok(), "{first:?}");
    assert!(matches!(&second, Err(ClientError::Tool(error)) if error.text() == "Internal error"), "{second:?}");
}

#[tokio::test(start_paused = true)]
async fn the_timeout_of_tower_ends_a_call() {
    let (builder, runs) = builder();
    let client = client(builder.layer(TimeoutLayer::new(Duration::from_secs(1)))).await;
    let ended = client.call("run", json!({})).await;
    assert!(matches!(&ended, Err(ClientError::Tool(error)) if error.text() == "Internal error"), "{ended:?}");
    assert_eq!(runs.now.load(Ordering::SeqCst), 1, "it was dropped where it waited");
}

/// Calls again what is idempotent, three times at most.
#[derive(Clone)]
struct Again(u32);

impl Policy<Call, Reply, std::convert::Infallible> for Again {
    type Future = Ready<()>;

    fn retry(&mut self, _: &mut Call, reply: &mut Result<Reply, std::convert::Infallible>) -> Option<Ready<()>> {
        let reply = reply.as_ref().ok()?;
        self.0 = self.0.checked_sub(1)?;
        (reply.outcome() == Outcome::ToolError).then(|| ready(()))
    }

    fn clone_request(&mut self, call: &Call) -> Option<Call> {
        call.is_idempotent().then(|| call.clone())
    }
}

#[tokio::test]
async fn the_retry_of_tower_calls_again_what_is_idempotent() {
    let (builder, runs) = builder();
    let client = client(builder.layer(RetryLayer::new(Again(2)))).await;
    let third: u32 = client.call("shaky", json!({})).await.expect("the third try").value().expect("a number");
    assert_eq!(third, 3);
    let once = client.call("shaky_once", json!({})).await;
    assert!(matches!(&once, Err(ClientError::Tool(error)) if error.text() == "failed 4"), "{once:?}");
    assert_eq!(runs.all.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_list_passes_the_layers_of_tower() {
    let (builder, _) = builder();
    let client = client(builder.layer((LoadShedLayer::new(), ConcurrencyLimitLayer::new(0)))).await;
    assert!(client.tools().await.is_err(), "no permit is to be had");
    client.ping().await.expect("a ping does not pass");
}

/// A function around may do something before it gives its future.
#[tokio::test]
async fn a_layer_that_panics_before_there_is_a_future_ends_the_call_and_nothing_else() {
    let begins = |call: Call, next: Next| {
        assert_ne!(call.target(), "shaky", "a layer panics");
        next.run(call)
    };
    let server = builder().0.around(begins).build().expect("a server");
    let client = Client::to(&server).await.expect("a client");
    let error = client.call("shaky", json!({})).await.expect_err("an internal error");
    assert_eq!(error.code(), Some(-32603), "{error}");
    let metrics = server.handle().metrics();
    assert_eq!(metrics.tool("shaky").map(|of| of.panics), Some(1));
    client.call("shaky_once", json!({})).await.expect_err("it fails the first time");
}
