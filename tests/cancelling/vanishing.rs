//! Without a session on HTTP: a client that closes its connection cancels its call.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::plan::{Plan, Seed};
use super::serve::Serving;
use super::{frame, memory};
use crate::load::client::{Client, Era, Who};
use crate::load::serve::{Dice, all, alone, within};
use crate::load::wire::{Answer, Wire};

/// Calls that are cancelled.
const CALLS: u64 = 2000;
/// Clients that call and vanish.
const CLIENTS: u64 = 4;
/// Calls that the server takes at once. The places of those who have vanished are free soon, and not at once.
const PLACES: usize = 16;

/// A call, as bytes.
fn request(who: &Who, plan: &Plan) -> Vec<u8> {
    let headers = [("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", "tools/call"), ("Mcp-Name", plan.tool)];
    who.post(&headers, &frame::call(1, plan, true))
}

/// Calls and vanishes, again and again.
async fn vanish_often(serving: Arc<Serving>, mut dice: Dice, last: Arc<AtomicU64>, calls: u64) {
    let who = Who::stateless_at(serving.address);
    let mut cancelled = 0;
    while cancelled < calls {
        let plan = Plan::new(last.fetch_add(1, Ordering::Relaxed), &mut dice, false);
        let mut wire = Wire::open(who.address).await;
        wire.send(&request(&who, &plan)).await.expect("the server reads");
        let due = plan.is_due(serving.stage.clone());
        tokio::select! {
            biased;
            () = due => {}
            head = wire.head() => match head.expect("an answer").status {
                // There was no place for it.
                503 => continue,
                // It answers, or says something: that is a good moment, too.
                status => assert_eq!(status, 200),
            },
        }
        cancelled += 1;
        drop(wire);
        if dice.below(2) == 0 {
            serving.stage.is_over(plan.n).await;
        }
    }
}

/// Calls until there is a place.
async fn call(client: &mut Client, plan: &Plan) -> Answer {
    let called = async {
        loop {
            let request = request(&client.who, plan);
            let answer = client.exchange(&request).await.expect("an answer");
            if answer.status != 503 {
                return answer;
            }
        }
    };
    within(called).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_vanish_leave_nothing_behind() {
    let _alone = alone().await;
    let seed = Seed::get();
    let serving = Arc::new(Serving::start(PLACES, PLACES).await);
    let last = Arc::new(AtomicU64::new(1));
    let mut alive = 0;
    for half in [1, 2] {
        let vanishing = (0..CLIENTS).map(|who| {
            let dice = seed.dice(half * CLIENTS + who);
            vanish_often(Arc::clone(&serving), dice, Arc::clone(&last), CALLS / 2 / CLIENTS)
        });
        all(vanishing).await;
        serving.stage.is_quiet().await;
        serving.stage.forget();
        if half == 1 {
            alive = memory::alive();
        }
    }
    memory::is_back_to(alive).await;

    // As many calls are let in as before the first was cancelled, and no more.
    let mut last = last.load(Ordering::Relaxed);
    let mut waiting = Vec::new();
    for _ in 0..PLACES {
        last += 1;
        let plan = Plan::waiting(last);
        let mut client = Client::open(serving.address, Era::Stateless).await;
        let begun = async {
            loop {
                let request = request(&client.who, &plan);
                client.wire.send(&request).await.expect("the server reads");
                tokio::select! {
                    biased;
                    () = serving.stage.reached(plan.n, 1) => return,
                    answer = client.wire.answer() => assert_eq!(answer.expect("an answer").status, 503),
                }
            }
        };
        within(begun).await;
        waiting.push(client);
    }
    let mut late = Client::open(serving.address, Era::Stateless).await;
    let plan = Plan::answering(last + 1);
    assert_eq!(late.exchange(&request(&late.who, &plan)).await.expect("an answer").status, 503);
    drop(waiting);
    let answer = call(&mut late, &plan).await;
    assert!(answer.says(&format!("answer {}", plan.n)), "{answer:?}");
    drop(late);
    Arc::into_inner(serving).expect("nobody else has it").stop().await;
}
