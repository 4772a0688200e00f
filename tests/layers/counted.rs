//! What layers do is counted among the metrics of the server.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mcp_runtime::client::Client;
use mcp_runtime::layers::{Cache, RateLimit, Retry};
use mcp_runtime::prelude::*;
use serde_json::json;

static GROUP: Group = Group::new("counted");

/// Fails the first time.
#[tool(group = GROUP, read_only)]
fn second_time(runs: State<AtomicU32>) -> Result<u32> {
    match runs.fetch_add(1, Ordering::SeqCst) {
        0 => Err(Error::new("the first time")),
        run => Ok(run),
    }
}

#[tokio::test(start_paused = true)]
async fn hits_misses_refusals_and_retries_are_among_the_metrics() {
    let server = Server::of(&GROUP)
        .state(AtomicU32::new(0))
        .layer(RateLimit::for_all(3, Duration::from_secs(60)))
        .layer(Retry::times(1))
        .layer(Cache::for_read_only())
        .build()
        .expect("a server");
    let client = Client::to(&server).await.expect("a client");
    // A miss that fails, a miss, two hits, and one too many.
    for _ in 0..3 {
        client.call("second_time", json!({})).await.expect("a number");
    }
    client.call("second_time", json!({})).await.expect_err("a refusal");
    let metrics = server.handle().metrics();
    let counted = [metrics.cache_misses, metrics.cache_hits, metrics.calls_retried, metrics.calls_limited];
    assert_eq!(counted, [2, 2, 1, 1]);
}
