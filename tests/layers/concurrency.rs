//! `Concurrency`: a limit on how many calls run at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mcp_runtime::client::{Client, ClientError};
use mcp_runtime::layers::{BUSY, Concurrency};
use mcp_runtime::prelude::*;
use serde_json::json;
use tokio::sync::Semaphore;

static GROUP: Group = Group::new("narrow");

/// Calls that run until they are let go.
struct Work {
    now: AtomicUsize,
    most: AtomicUsize,
    begun: Semaphore,
    go: Semaphore,
}

/// Works until it is let go.
#[tool(group = GROUP)]
async fn work(work: State<Work>) -> Result<()> {
    work.most.fetch_max(work.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
    work.begun.add_permits(1);
    work.go.acquire().await?.forget();
    work.now.fetch_sub(1, Ordering::SeqCst);
    Ok(())
}

/// Calls itself by another name.
#[tool(group = GROUP)]
async fn delegate(ctx: &Ctx) -> Result<()> {
    ctx.call("work", json!({})).await?;
    Ok(())
}

async fn start(limit: Concurrency) -> (Client, Arc<Work>) {
    let work = Work { now: 0.into(), most: 0.into(), begun: Semaphore::new(0), go: Semaphore::new(0) };
    let work = Arc::new(work);
    let server = Server::of(&GROUP).state_arc(Arc::clone(&work)).layer(limit).build().expect("a server");
    (Client::to(&server).await.expect("a client"), work)
}

fn is_busy<T>(result: &Result<T, ClientError>) -> bool {
    matches!(result, Err(ClientError::Rpc(failure)) if failure.code() == BUSY)
}

#[tokio::test(start_paused = true)]
async fn so_many_calls_run_and_the_others_wait_for_their_turn() {
    let (client, work) = start(Concurrency::for_all(2)).await;
    let call = || client.call("work", json!({}));
    let ends = async {
        for _ in 0..4 {
            work.begun.acquire().await.expect("open").forget();
            work.go.add_permits(1);
        }
    };
    let (one, two, three, four, ()) = tokio::join!(call(), call(), call(), call(), ends);
    assert!([one, two, three, four].iter().all(Result::is_ok));
    assert_eq!(work.most.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_for_only_so_long_and_only_so_many_wait() {
    let (client, work) = start(Concurrency::for_all(1).queue(1).patience(Duration::from_secs(3))).await;
    let began = tokio::time::Instant::now();
    let call = || client.call("work", json!({}));
    let first = call();
    let others = async {
        work.begun.acquire().await.expect("open").forget();
        let (waits, refused) = tokio::join!(call(), async { (call().await, began.elapsed()) });
        assert!(is_busy(&waits), "{waits:?}");
        assert!(began.elapsed() >= Duration::from_secs(3));
        assert!(is_busy(&refused.0), "{refused:?}");
        assert!(refused.1 < Duration::from_secs(1), "the queue was full");
        work.go.add_permits(1);
    };
    let (first, ()) = tokio::join!(first, others);
    assert!(first.is_ok(), "{first:?}");
    work.go.add_permits(1);
    assert!(call().await.is_ok(), "nobody is left in the queue");
}

#[tokio::test(start_paused = true)]
async fn a_call_within_a_call_needs_no_permit() {
    let (client, work) = start(Concurrency::for_all(1).queue(0)).await;
    work.go.add_permits(1);
    let relayed = client.call("delegate", json!({})).await;
    assert!(relayed.is_ok(), "{relayed:?}");
}
