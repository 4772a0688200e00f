//! Sessions that come and go by the thousand.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Barrier;

use super::client::{Client, Era, Who};
use super::process::Child;
use super::serve::{FOREVER, Running, all, alone};
use super::wire::{Answer, Wire};

/// Sessions that are opened in one test.
const SESSIONS: usize = 40_000;
/// Sessions that are kept.
const KEPT: usize = 1000;
/// Clients that open them.
const CLIENTS: usize = 4;
/// Requests that each client sends at once.
const BATCH: usize = 50;

/// Opens sessions one after another, on one connection; gives the last. Nobody is ahead of the others by more than a batch:
/// a session that is being opened is always among the newest.
async fn open_many(mut wire: Wire, who: Who, sessions: usize, together: Arc<Barrier>) -> (Wire, Who) {
    let initialize = who.initialize().repeat(BATCH);
    let mut last = who.clone();
    for _ in 0..sessions / BATCH {
        together.wait().await;
        wire.send(&initialize).await.expect("the server reads");
        let mut ready = Vec::new();
        for _ in 0..BATCH {
            let answer = wire.answer().await.expect("an answer");
            last = who.in_session(answer.header("mcp-session-id").expect("a session"));
            ready.extend(last.initialized());
        }
        wire.send(&ready).await.expect("the server reads");
        for _ in 0..BATCH {
            assert_eq!(wire.answer().await.expect("an answer").status, 202);
        }
    }
    (wire, last)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forty_thousand_sessions_cost_no_more_memory_than_eight_thousand() {
    let _alone = alone().await;
    let server = Child::start(KEPT);
    let mut first = Client::open(server.address, Era::Sessions).await;
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        clients.push((Wire::open(server.address).await, Who::stateless_at(server.address)));
    }
    let mut memory = Vec::new();
    let together = Arc::new(Barrier::new(CLIENTS));
    for _ in 0..5 {
        let who = Who::stateless_at(server.address);
        let count = SESSIONS / 5 / CLIENTS;
        let opening = clients.drain(..).map(|(wire, _)| open_many(wire, who.clone(), count, Arc::clone(&together)));
        clients = all(opening).await;
        memory.extend(server.memory());
    }
    if let [after_a_fifth, .., after_all] = memory[..] {
        assert!(after_all < after_a_fifth + 4 * 1024, "{memory:?} KiB");
    }
    assert_eq!(first.call(1, "echo", r#"{"n":1}"#).await.status, 404, "the oldest is gone");
    for (wire, who) in clients {
        let mut newest = Client { wire, who };
        assert!(newest.call(1, "echo", r#"{"n":1}"#).await.says("answer 1"), "the newest is there");
    }
    assert_eq!(server.end(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_that_are_deleted_make_room_and_are_gone() {
    let _alone = alone().await;
    let server = Running::with(|http| http.session_limits(2, FOREVER), |listening| listening).await;
    let mut staying = Client::open(server.address, Era::Sessions).await;
    let mut stream = staying.another().await;
    stream.listen().await;
    for _ in 0..500 {
        let mut client = Client::open(server.address, Era::Sessions).await;
        // In use, so that it goes only because it is deleted.
        let mut listening = client.another().await;
        listening.listen().await;
        assert_eq!(client.exchange(&client.who.delete()).await.expect("an answer").status, 200);
        assert!(listening.wire.message().await.expect("a good end").is_none());
        assert_eq!(client.call(1, "echo", r#"{"n":1}"#).await.status, 404);
        assert_eq!(client.exchange(&client.who.delete()).await.expect("an answer").status, 404);
    }
    assert!(staying.call(1, "echo", r#"{"n":1}"#).await.says("answer 1"));
}

/// Opens sessions and calls in them, where there is room for fewer than want one; gives the calls that were let in and not
/// answered.
async fn crowd_in(server: Arc<Running>, first: u64) -> Vec<(u64, Answer)> {
    let mut unanswered = Vec::new();
    for n in (first..first + 400).step_by(4) {
        let Ok(mut client) = Client::try_open(server.address, Era::Sessions).await else { continue };
        for n in n..n + 4 {
            let answer = client.call(n, "work", &format!(r#"{{"n":{n}}}"#)).await;
            if !answer.says(&format!("answer {n}")) && answer.status != 404 {
                unanswered.push((n, answer));
            }
        }
    }
    unanswered
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_makes_room_for_another_takes_no_call_with_it_that_was_let_in() {
    let _alone = alone().await;
    let server =
        Running::with(|http| http.session_limits(4, FOREVER).session_min_idle(Duration::ZERO), |listening| listening)
            .await;
    let server = Arc::new(server);
    let unanswered = all((0..8).map(|client| crowd_in(Arc::clone(&server), client * 1000))).await.concat();
    assert!(unanswered.is_empty(), "{} of them: {:?}", unanswered.len(), unanswered[0]);
    assert!(!server.stage.worked().is_empty());
}
