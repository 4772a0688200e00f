//! In a session on HTTP: `notifications/cancelled` is posted, and the stream of the call ends.
//!
//! The stream and the notice travel on different connections. So an answer may come if the call was about to answer when the
//! notice was accepted, and no answer may come otherwise.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::frame::{self, Frame};
use super::memory;
use super::plan::{Plan, Seed};
use super::serve::Serving;
use crate::load::client::{Client, Era, Who};
use crate::load::serve::{Dice, all, alone};

/// Calls that are cancelled.
const CALLS: u64 = 10_000;
/// Callers that share one session: as many calls as it may have in flight.
const CALLERS: usize = 4;
/// What the server takes at once: a call of each, one whose end it has not quite seen, a post beside them.
const PLACES: usize = 3 * CALLERS;

/// Who calls, on one connection, and posts what is to be posted meanwhile on another. Its calls have one id, one after the
/// other, which no client should do: an id that is still taken is found out by it.
struct Caller {
    calls: Client,
    posts: Client,
    id: u64,
    serving: Arc<Serving>,
    dice: Dice,
    reading: Reading,
    /// The questions that are open, and how many were answered.
    questions: HashSet<i64>,
    told: u32,
    /// How many calls had answered when they were cancelled, or were about to.
    answered: u64,
}

/// How far the answer of a call has been read.
#[derive(Clone, Copy)]
enum Reading {
    Head,
    Json,
    Events,
    Nothing,
}

impl Caller {
    async fn open(serving: &Arc<Serving>, who: &Who, id: u64, dice: Dice) -> Self {
        let open = async || Client { wire: Client::open(who.address, Era::Stateless).await.wire, who: who.clone() };
        let (calls, posts) = (open().await, open().await);
        let (serving, reading, questions) = (Arc::clone(serving), Reading::Nothing, HashSet::new());
        Self { calls, posts, id, serving, dice, reading, questions, told: 0, answered: 0 }
    }

    /// Posts what is no call, and waits until it is accepted.
    async fn post(&mut self, body: &str) {
        let request = self.posts.who.post(&[], body);
        let answer = self.posts.exchange(&request).await.expect("an answer");
        assert_eq!(answer.status, 202, "{answer:?}");
    }

    async fn call(&mut self, plan: &Plan) {
        let request = self.calls.who.post(&[], &frame::call(self.id, plan, false));
        self.calls.wire.send(&request).await.expect("the server reads");
        self.reading = Reading::Head;
        self.questions.clear();
        self.told = 0;
    }

    /// The next frame of the answer; none at its end.
    async fn next(&mut self) -> Option<Frame> {
        let wire = &mut self.calls.wire;
        loop {
            match self.reading {
                Reading::Head => {
                    let head = wire.head().await.expect("an answer");
                    assert_eq!(head.status, 200, "{head:?}");
                    let is_json = head.header("content-type") == Some("application/json");
                    self.reading = if is_json { Reading::Json } else { Reading::Events };
                }
                Reading::Json => {
                    let body = wire.rest().await.expect("a good end");
                    self.reading = Reading::Nothing;
                    return Some(Frame::read(&body));
                }
                Reading::Events => match wire.message().await.expect("a good end") {
                    Some(event) => return Some(Frame::read(&event.data)),
                    None => self.reading = Reading::Nothing,
                },
                Reading::Nothing => return None,
            }
        }
    }

    /// Takes in what came; whether it is the answer.
    async fn take_in(&mut self, frame: Frame, plan: &Plan, is_cancelled: bool) -> bool {
        match frame {
            Frame::Word => {}
            Frame::Question { id, call } => {
                assert_eq!(call, plan.n, "another call asks here");
                if self.told < plan.told && !is_cancelled {
                    self.told += 1;
                    self.post(&frame::reply(id, call)).await;
                } else {
                    self.questions.insert(id);
                }
            }
            Frame::Withdrawal { id } => assert!(self.questions.remove(&id) && is_cancelled, "{id}, {plan:?}"),
            Frame::Answer { id, call } => {
                assert_eq!((id, call), (self.id, Some(plan.n)));
                return true;
            }
        }
        false
    }

    /// Calls, cancels, and reads to the end of the answer.
    async fn call_and_cancel(&mut self, n: u64) {
        let plan = Plan::new(n, &mut self.dice, true);
        self.call(&plan).await;
        // A notice that overtakes its call would mean nothing.
        self.serving.stage.reached(n, 1).await;
        let mut answers = 0;
        let mut due = std::pin::pin!(plan.is_due(self.serving.stage.clone()));
        loop {
            tokio::select! {
                biased;
                () = &mut due => break,
                Some(frame) = self.next() => answers += u32::from(self.take_in(frame, &plan, false).await),
                else => {}
            }
        }
        self.post(&frame::cancel(self.id)).await;
        let may_answer = self.serving.stage.seen(n).may_answer;
        while let Some(frame) = self.next().await {
            answers += u32::from(self.take_in(frame, &plan, true).await);
        }
        assert!(answers == 0 || (answers == 1 && may_answer), "{answers} answers of {plan:?}");
        assert!(self.questions.is_empty(), "they were not taken back: {:?} {plan:?}", self.questions);
        self.answered += u64::from(answers);
        if self.dice.below(2) == 0 {
            self.serving.stage.is_over(n).await;
        }
    }
}

/// A session that can be asked, and wants to know everything.
async fn open_session(serving: &Serving) -> Who {
    let mut client = Client::open(serving.address, Era::Stateless).await;
    let opened = client.exchange(&client.who.post(&[], &frame::initialize())).await.expect("an answer");
    client.who = client.who.in_session(opened.header("mcp-session-id").expect("a session"));
    let set = client.exchange(&client.who.post(&[], &frame::set_level())).await.expect("an answer");
    assert_eq!(set.status, 200, "{set:?}");
    client.who
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_session_cancelled_calls_are_not_answered_and_leave_nothing_behind() {
    let _alone = alone().await;
    let seed = Seed::get();
    let serving = Arc::new(Serving::start(PLACES, CALLERS).await);
    let who = open_session(&serving).await;
    let mut callers = Vec::new();
    for id in 1..=CALLERS as u64 {
        callers.push(Caller::open(&serving, &who, id, seed.dice(id)).await);
    }
    let last = Arc::new(AtomicU64::new(0));
    let mut alive = 0;
    for half in [1, 2] {
        let calling = callers.drain(..).map(|mut caller| {
            let last = Arc::clone(&last);
            async move {
                for _ in 0..CALLS / 2 / CALLERS as u64 {
                    caller.call_and_cancel(last.fetch_add(1, Ordering::Relaxed)).await;
                }
                caller
            }
        });
        callers = all(calling).await;
        serving.stage.is_quiet().await;
        serving.stage.forget();
        if half == 1 {
            alive = memory::alive();
        }
    }
    memory::is_back_to(alive).await;
    let answered: u64 = callers.iter().map(|caller| caller.answered).sum();
    // Of some the cancellation comes too late, by what the dice want of them, and of most it does not.
    assert!((CALLS / 20..CALLS * 3 / 4).contains(&answered), "{answered} had answered");

    // As many calls are let in as before the first was cancelled, and no more.
    let mut one_more = Caller::open(&serving, &who, 9, seed.dice(9)).await;
    for caller in &mut callers {
        let plan = Plan::waiting(last.fetch_add(1, Ordering::Relaxed));
        caller.call(&plan).await;
        serving.stage.reached(plan.n, 1).await;
    }
    let plan = Plan::answering(last.fetch_add(1, Ordering::Relaxed));
    one_more.call(&plan).await;
    let refusal = one_more.calls.wire.answer().await.expect("an answer");
    assert!(refusal.body.contains("Too many calls in flight"), "{refusal:?}");
    for caller in &mut callers {
        caller.post(&frame::cancel(caller.id)).await;
        assert!(caller.next().await.is_none());
    }
    one_more.call(&plan).await;
    assert!(matches!(one_more.next().await, Some(Frame::Answer { id: 9, .. })));
    drop((one_more, callers));
    Arc::into_inner(serving).expect("nobody else has it").stop().await;
}
