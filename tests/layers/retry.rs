//! Calls that failed run again, where that does no harm.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mcp_runtime::ErrorKind;
use mcp_runtime::client::{Client, ClientError};
use mcp_runtime::layers::{Call, Next, Outcome, Retry};
use mcp_runtime::prelude::*;
use serde_json::json;
use tokio::time::Instant;

static GROUP: Group = Group::new("retried");

/// How often functions ran.
#[derive(Default)]
struct Runs(AtomicU32);

/// Fails for so many times.
#[tool(group = GROUP, idempotent)]
fn shaky(failures: u32, runs: State<Runs>) -> Result<u32> {
    match runs.0.fetch_add(1, Ordering::SeqCst) + 1 {
        run if run > failures => Ok(run),
        run => Err(Error::new(format!("failed {run}"))),
    }
}

/// The same, and not to be repeated.
#[tool(group = GROUP)]
fn shaky_once(failures: u32, runs: State<Runs>) -> Result<u32> {
    shaky(failures, runs)
}

/// Fails with a code of its own.
#[tool(group = GROUP, idempotent)]
fn refuse(runs: State<Runs>) -> Result<u32> {
    runs.0.fetch_add(1, Ordering::SeqCst);
    Err(Error::rpc(-7, "not today"))
}

async fn client(retry: Retry) -> (Client, Arc<Runs>) {
    let runs = Arc::new(Runs::default());
    let server = Server::of(&GROUP).state_arc(Arc::clone(&runs)).layer(retry).build().expect("a server");
    (Client::to(&server).await.expect("a client"), runs)
}

#[tokio::test(start_paused = true)]
async fn an_idempotent_call_that_fails_runs_again_after_longer_and_longer_waits() {
    let (client, _) = client(Retry::times(3).backoff(Duration::from_secs(1), Duration::from_secs(3))).await;
    let began = Instant::now();
    let run: u32 =
        client.call("shaky", json!({ "failures": 3 })).await.expect("the last try").value().expect("a number");
    assert_eq!(run, 4);
    // 1, 2 and 3 seconds, each by chance as short as a half.
    let waited = began.elapsed();
    assert!(waited >= Duration::from_secs(3) && waited <= Duration::from_secs(7), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn the_last_failure_is_the_answer() {
    let (client, _) = client(Retry::times(2)).await;
    let failure = client.call("shaky", json!({ "failures": 9 })).await;
    assert!(matches!(&failure, Err(ClientError::Tool(error)) if error.text() == "failed 3"), "{failure:?}");
}

#[tokio::test(start_paused = true)]
async fn what_may_do_harm_twice_and_what_is_no_failure_of_the_server_runs_once() {
    let (client, runs) = client(Retry::times(2)).await;
    assert!(client.call("shaky_once", json!({ "failures": 1 })).await.is_err());
    assert_eq!(runs.0.load(Ordering::SeqCst), 1);
    assert!(client.call("refuse", json!({})).await.is_err());
    assert_eq!(runs.0.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_program_decides_which_answers_are_worth_another_run() {
    let (client, runs) = client(Retry::times(2).when(|_, reply| reply.outcome() == Outcome::Error(-7))).await;
    assert!(client.call("refuse", json!({})).await.is_err());
    assert_eq!(runs.0.load(Ordering::SeqCst), 3);
    assert!(client.call("shaky", json!({ "failures": 9 })).await.is_err());
    assert_eq!(runs.0.load(Ordering::SeqCst), 4);
}

#[tokio::test(start_paused = true)]
async fn retries_are_paid_for_by_calls() {
    let (client, runs) = client(Retry::times(2).budget(0.5, 2)).await;
    for (call, all) in [(1, 3), (2, 4), (3, 6), (4, 7), (5, 9)] {
        assert!(client.call("shaky", json!({ "failures": 99 })).await.is_err());
        assert_eq!(runs.0.load(Ordering::SeqCst), all, "after call {call}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_kind_of_an_error_is_that_of_the_last_run() {
    let kinds = Arc::new(std::sync::Mutex::new(Vec::new()));
    let told = Arc::clone(&kinds);
    // A layer of one's own that runs the call twice.
    let twice = move |call: Call, next: Next| {
        let told = Arc::clone(&told);
        async move {
            if !call.is_tool() {
                return next.run(call).await;
            }
            let again = call.clone();
            next.run(call).await;
            told.lock().expect("nobody panics").push(again.error_kind());
            let reply = next.run(again.clone()).await;
            told.lock().expect("nobody panics").push(again.error_kind());
            reply
        }
    };
    let server = Server::of(&GROUP).state(Runs::default()).around(twice).build().expect("a server");
    let client = Client::to(&server).await.expect("a client");
    let run: u32 = client.call("shaky", json!({ "failures": 1 })).await.expect("a run").value().expect("its number");
    assert_eq!((run, kinds.lock().expect("nobody panics").as_slice()), (2, &[Some(ErrorKind::Message), None][..]));
}
