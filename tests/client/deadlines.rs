//! How long answers are waited for.

use std::time::Duration;

use mcp_runtime::client::{Client, ClientError, Retry};
use mcp_runtime::prelude::*;
use tokio::runtime::Builder;
use tokio::time::{Instant, timeout};

use super::fake::Fake;

static OWN: Group = Group::new("deadlines");

/// Ends at once.
#[tool(group = OWN)]
async fn at_once() {}

/// Never ends.
#[tool(group = OWN)]
async fn never() {
    std::future::pending::<()>().await;
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_for_less_time_than_those_before_it_ends_before_them() {
    let (client, _fake) = Fake::connected(Client::builder().retry(Retry::never())).await;
    let since = Instant::now();
    let calls = [30, 10, 20].map(|limit| {
        let call = client.call("hang", ()).timeout(seconds(limit)).into_future();
        tokio::spawn(async move { (call.await, since.elapsed().as_secs()) })
    });
    for (call, limit) in calls.into_iter().zip([30, 10, 20]) {
        let (answer, after) = call.await.expect("no panic");
        assert!(matches!(answer, Err(ClientError::Timeout(time)) if time == seconds(limit)), "{answer:?}");
        assert_eq!(after, limit);
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_beyond_what_the_clock_can_tell_is_none() {
    let (client, mut fake) = Fake::connected(Client::builder()).await;
    let call = client.call("echo", ()).timeout(Duration::MAX).total_timeout(Duration::MAX);
    let call = tokio::spawn(call.into_future());
    let request = timeout(seconds(60), fake.receive()).await.expect("it is sent");
    fake.say(&request, "here").await;
    assert_eq!(call.await.expect("no panic").expect("an answer").text(), "here");
}

#[test]
fn deadlines_hold_in_another_runtime_than_that_of_the_first_call() {
    let runtime = || Builder::new_current_thread().enable_all().start_paused(true).build().expect("a runtime");
    let server = Server::empty("s").mount(&OWN).build().expect("a server");
    let first = runtime();
    let client = first.block_on(async {
        let client = Client::builder().timeout(seconds(10)).connect(&server).await.expect("connected");
        client.call("at_once", ()).await.expect("an answer");
        client
    });
    drop(first);
    let answer = runtime().block_on(async { timeout(seconds(60), client.call("never", ()).into_future()).await });
    let answer = answer.expect("it has ended by itself");
    assert!(matches!(answer, Err(ClientError::Timeout(_))), "{answer:?}");
}
