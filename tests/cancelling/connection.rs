//! On a connection: `notifications/cancelled` among the requests, in both eras.
//!
//! The frames of a connection are taken in one after the other. So an answer may come for a call that was cancelled, if
//! the call had answered before the cancellation was taken in; that it was taken in is certain once a request that was sent
//! after it is answered, and no answer may come from then on.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::Arc;

use mcp_runtime::{MemoryClient, Server, State};

use super::frame::{self, Frame};
use super::memory;
use super::plan::{Plan, Seed};
use super::stage::Stage;
use super::tools::GROUP;
use crate::load::client::Era;
use crate::load::serve::{Dice, alone, within};

/// Calls that are cancelled in each era.
const CALLS: u64 = 10_000;

/// Calls that are in flight together, at most: as many as the server allows.
const TOGETHER: usize = 8;

/// The id of the requests that tell how far the server has read.
const MARK: u64 = 1000;

/// A client, and what it knows of its calls. Their ids are used again in each round, which no client should do: an answer
/// that is too late is found out by it, and so is an id that is still taken.
struct Talk {
    client: MemoryClient,
    era: Era,
    stage: State<Stage>,
    dice: Dice,
    calls: Vec<Call>,
    /// The questions that are open, each with the call that has asked.
    questions: HashMap<i64, u64>,
    /// The questions that were answered for calls that were cancelled already.
    late: HashSet<i64>,
    /// The last request that was sent to learn how far the server has read, and whether it was answered.
    mark: (u64, bool),
    /// Whether all cancellations of the round are known to have been taken in.
    is_closed: bool,
    /// The number that was given last.
    last: u64,
    /// How many calls were cancelled, and how many of them had answered before.
    cancelled: u64,
    answered: u64,
}

struct Call {
    plan: Plan,
    told: u32,
    is_cancelled: bool,
    may_answer: bool,
    is_answered: bool,
}

impl Call {
    fn new(plan: Plan) -> Self {
        Self { plan, told: 0, is_cancelled: false, may_answer: false, is_answered: false }
    }
}

impl Talk {
    async fn begin(era: Era, dice: Dice) -> Self {
        let stage = State::from(Arc::<Stage>::default());
        let server = Server::of(&GROUP).state_arc(stage.clone().into_arc()).call_limit(TOGETHER);
        let mut client = server.build().expect("a server").connect();
        if era == Era::Sessions {
            client.send(frame::initialize());
            client.send(frame::set_level());
            for _ in 0..2 {
                assert!(within(client.receive()).await.is_some_and(|answer| answer.contains("result")));
            }
        }
        Self {
            client,
            era,
            stage,
            dice,
            calls: Vec::new(),
            questions: HashMap::new(),
            late: HashSet::new(),
            mark: (0, true),
            is_closed: false,
            last: 0,
            cancelled: 0,
            answered: 0,
        }
    }

    /// The client's next number, for a call.
    fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    fn send(&mut self, id: u64, plan: &Plan) {
        self.client.send(frame::call(id, plan, self.era == Era::Stateless));
    }

    /// Calls, and cancels every one of the calls; then sees that all is as if they had never been.
    async fn round(&mut self) {
        self.calls.clear();
        self.is_closed = false;
        let together = 1 + self.dice.below(TOGETHER);
        let mut due: Vec<usize> = Vec::new();
        while self.calls.len() < together || !due.is_empty() {
            if due.is_empty() || (self.calls.len() < together && self.dice.below(2) == 0) {
                let n = self.next();
                let plan = Plan::new(n, &mut self.dice, self.era == Era::Sessions);
                due.push(self.calls.len());
                self.send(self.calls.len() as u64, &plan);
                self.calls.push(Call::new(plan));
                continue;
            }
            let id = due.swap_remove(self.dice.below(due.len()));
            self.read_until(self.calls[id].plan.is_due(self.stage.clone())).await;
            self.client.send(frame::cancel(id as u64));
            self.calls[id].is_cancelled = true;
            self.cancelled += 1;
            self.calls[id].may_answer = self.stage.seen(self.calls[id].plan.n).may_answer;
        }
        self.read_to_mark().await;
        self.is_closed = true;
        let stage = self.stage.clone();
        self.read_until(stage.is_quiet()).await;
        // A question is taken back before the function that has asked is gone.
        self.read_to_mark().await;
        assert!(self.questions.is_empty(), "they were not taken back: {:?}", self.questions);
        self.late.clear();
        self.stage.forget();
    }

    /// As many calls are let in as before the first was cancelled, and no more; and the connection lives.
    async fn has_all_its_places(&mut self) {
        self.calls.clear();
        self.is_closed = false;
        for id in 0..TOGETHER as u64 {
            let plan = Plan::waiting(self.next());
            self.send(id, &plan);
            self.stage.reached(plan.n, 1).await;
            self.calls.push(Call::new(plan));
        }
        let one_more = Plan::waiting(self.next());
        self.send(TOGETHER as u64, &one_more);
        let refusal = within(self.client.receive()).await.expect("the connection is open");
        assert!(refusal.contains("Too many calls in flight"), "{refusal}");
        (0..TOGETHER as u64).for_each(|id| self.client.send(frame::cancel(id)));
        self.read_to_mark().await;
    }

    /// Sends a request, and reads until its answer has come.
    async fn read_to_mark(&mut self) {
        let plan = Plan::answering(self.next());
        self.mark = (plan.n, false);
        self.send(MARK, &plan);
        while !self.mark.1 {
            let frame = within(self.client.receive()).await.expect("the connection is open");
            self.take_in(&frame);
        }
    }

    /// Reads until something has happened.
    async fn read_until(&mut self, something: impl Future<Output = ()>) {
        let mut something = std::pin::pin!(something);
        loop {
            tokio::select! {
                biased;
                () = &mut something => return,
                frame = self.client.receive() => self.take_in(&frame.expect("the connection is open")),
            }
        }
    }

    fn take_in(&mut self, text: &str) {
        match Frame::read(text) {
            Frame::Word => {}
            Frame::Question { id, call } => {
                let asking = self.calls.iter_mut().find(|asking| asking.plan.n == call);
                let asking = asking.unwrap_or_else(|| panic!("a call of an earlier round asks: {text}"));
                self.questions.insert(id, call);
                if asking.told < asking.plan.told {
                    asking.told += 1;
                    self.questions.remove(&id);
                    // The question may have been taken back already, and the client does not know it yet.
                    self.late.extend(asking.is_cancelled.then_some(id));
                    self.client.send(frame::reply(id, call));
                }
            }
            Frame::Withdrawal { id } if self.late.remove(&id) => {}
            Frame::Withdrawal { id } => {
                let call = self.questions.remove(&id).unwrap_or_else(|| panic!("it is not open: {text}"));
                assert!(self.calls.iter().any(|asked| asked.plan.n == call && asked.is_cancelled), "{text}");
            }
            Frame::Answer { id: MARK, call } => {
                assert_eq!(call, Some(self.mark.0), "{text}");
                self.mark.1 = true;
            }
            Frame::Answer { id, call } => {
                let answered = usize::try_from(id).ok().and_then(|id| self.calls.get_mut(id));
                let answered = answered.unwrap_or_else(|| panic!("there is no such call: {text}"));
                let plan = answered.plan;
                match call {
                    Some(call) => assert_eq!(call, plan.n, "the answer of an earlier call of this id"),
                    None => assert!(plan.tool == "ask" && self.era == Era::Stateless, "{plan:?} {text}"),
                }
                assert!(!answered.is_answered, "answered twice: {plan:?} {text}");
                answered.is_answered = true;
                self.answered += 1;
                let is_all_right = !answered.is_cancelled || answered.may_answer;
                assert!(is_all_right, "it had not answered when it was cancelled: {plan:?} {text}");
                assert!(!self.is_closed, "its cancellation had been taken in: {plan:?} {text}");
            }
        }
    }
}

/// Cancels thousands of calls.
async fn cancel_thousands(era: Era) {
    let _alone = alone().await;
    let seed = Seed::get();
    let mut talk = Talk::begin(era, seed.dice(0)).await;
    let mut alive = 0;
    for half in [1, 2] {
        while talk.cancelled < half * CALLS / 2 {
            talk.round().await;
        }
        if half == 1 {
            alive = memory::alive();
        }
    }
    memory::is_back_to(alive).await;
    // Of some the cancellation comes too late, by what the dice want of them, and of most it does not.
    assert!((CALLS / 20..CALLS * 3 / 4).contains(&talk.answered), "{} had answered", talk.answered);
    talk.has_all_its_places().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_session_cancelled_calls_are_not_answered_and_leave_nothing_behind() {
    cancel_thousands(Era::Sessions).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_session_cancelled_calls_are_not_answered_and_leave_nothing_behind() {
    cancel_thousands(Era::Stateless).await;
}
