//! Clients that read slowly, or not at all.

use super::client::{Client, ERAS, Era};
use super::process::Child;
use super::serve::{Running, alone, within};

/// Fifty calls, by others.
async fn round(others: &mut [Client]) {
    for n in 0..50 {
        for other in &mut *others {
            let answer = other.call(n, "echo", &format!(r#"{{"n":{n}}}"#)).await;
            assert!(answer.says(&format!("answer {n}")), "{answer:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_reads_a_byte_now_and_then_holds_up_nobody_and_misses_nothing() {
    const MESSAGES: u64 = 2000;
    let _alone = alone().await;
    for era in ERAS {
        let server = Running::start().await;
        let mut slow = Client::open(server.address, era).await;
        // Four megabytes: more than is kept for anybody, so that the call has to wait for it.
        slow.begin(77, "tell", &format!(r#"{{"n":{MESSAGES},"length":2048}}"#)).await;
        // One beside it in the same session, one that is a stranger.
        let mut others = [slow.another().await, Client::open(server.address, Era::Stateless).await];
        for _ in 0..20 {
            slow.wire.allow(1);
            slow.wire.fill().await.expect("a byte");
            round(&mut others).await;
        }
        slow.wire.allow(usize::MAX);
        assert_eq!(slow.wire.head().await.expect("an answer").status, 200);
        for n in 1..=MESSAGES {
            let message = slow.wire.message().await.expect("an open stream").expect("a message");
            assert!(message.data.contains(&format!(r#""message {n}.x"#)), "{era:?} {n}: {:.200}", message.data);
        }
        let result = slow.wire.message().await.expect("an open stream").expect("a result");
        assert!(result.data.contains(&format!("told {MESSAGES}")), "{era:?}: {result:?}");
        assert!(slow.wire.message().await.expect("a good end").is_none());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_read_nothing_hold_up_nobody_and_cost_little_memory() {
    /// Of each era and kind.
    const SILENT: usize = 6;
    /// What each of them may cost: what waits, what is being written, and what lies between.
    const EACH_KIB: u64 = 1536;
    /// What all streams of a service keep together of what was sent.
    const KEPT_KIB: u64 = 64 * 1024;
    let _alone = alone().await;
    let server = Child::start(1000);
    let mut others =
        [Client::open(server.address, Era::Sessions).await, Client::open(server.address, Era::Stateless).await];
    for _ in 0..10 {
        round(&mut others).await;
    }
    let before = server.memory();
    let mut silent = Vec::new();
    for era in (0..SILENT).flat_map(|_| ERAS) {
        // One that waits for its client with each word, for ever; and one that does not wait, and says 32 megabytes.
        for (tool, arguments) in [("flood", r#"{"length":16384}"#), ("rush", r#"{"n":16384,"length":512}"#)] {
            let mut client = Client::open(server.address, era).await;
            client.begin(1, tool, arguments).await;
            silent.push(client);
        }
    }
    for _ in 0..40 {
        round(&mut others).await;
    }
    if let (Some(before), Some(after)) = (before, server.memory()) {
        let grown = after.saturating_sub(before);
        assert!(grown < KEPT_KIB + EACH_KIB * silent.len() as u64, "{} clients cost {grown} KiB", silent.len());
    }
    drop(silent);
    round(&mut others).await;
    drop(others);
    assert_eq!(server.end(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn log_messages_that_nobody_waited_for_are_dropped_for_a_slow_client_and_counted() {
    const MESSAGES: usize = 20_000;
    let _alone = alone().await;
    let server = Running::start().await;
    let mut client = Client::open(server.address, Era::Sessions).await;
    client.begin(77, "rush", &format!(r#"{{"n":{MESSAGES},"length":512}}"#)).await;
    within(server.stage.over.acquire()).await.expect("it is never closed").forget();
    client.wire.head().await.expect("an answer");
    let (mut kept, mut dropped, mut last) = (0, 0, String::new());
    while let Some(message) = client.wire.message().await.expect("an open stream") {
        let told = message.data.split(" log messages were dropped").next().and_then(|told| told.rsplit('"').next());
        match told.and_then(|told| told.parse::<usize>().ok()) {
            Some(told) => dropped += told,
            None => kept += usize::from(message.data.contains(r#""message "#)),
        }
        last = message.data;
    }
    assert!(last.contains(&format!("rushed {MESSAGES}")), "the answer is not dropped: {last}");
    assert!(kept < MESSAGES, "it was fast enough for all of them");
    assert_eq!(kept + dropped, MESSAGES, "{kept} came, {dropped} are said to have been dropped");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stateless_call_whose_client_takes_no_events_does_not_wait_for_it_to_read_any() {
    let _alone = alone().await;
    let server = Running::start().await;
    let mut client = Client::open(server.address, Era::Stateless).await;
    let call = String::from_utf8(client.who.call(1, "tell", r#"{"n":2000,"length":1024}"#)).expect("text");
    let call = call.replace("Accept: application/json, text/event-stream", "Accept: application/json");
    let answer = client.exchange(call.as_bytes()).await.expect("an answer");
    assert!(answer.says("told 2000"), "{answer:?}");
}
