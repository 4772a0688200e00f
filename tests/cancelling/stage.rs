//! What the tools tell the tests: how far each call has come, and what of it is alive.

use std::collections::HashMap;
use std::future::pending;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mcp_runtime::State;
use tokio::sync::{Notify, oneshot};
use tokio::task::yield_now;

use crate::load::serve::within;

/// What all calls share.
#[derive(Default)]
pub struct Stage {
    calls: Mutex<HashMap<u64, Seen>>,
    changed: Notify,
}

/// What was seen of a call.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// How many of its points it has reached.
    pub reached: u32,
    /// How many of its functions, steps, tasks and threads are alive.
    pub alive: u32,
    /// Whether it is about to answer. Until it is, no answer of it may come.
    pub may_answer: bool,
}

impl Stage {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Seen>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, call: u64, change: impl FnOnce(&mut Seen)) {
        change(self.lock().entry(call).or_default());
        self.changed.notify_waiters();
    }

    /// What was seen of a call.
    pub fn seen(&self, call: u64) -> Seen {
        self.lock().get(&call).copied().unwrap_or_default()
    }

    /// Waits until the calls are as wanted.
    async fn until(&self, wanted: impl Fn(&HashMap<u64, Seen>) -> bool) {
        let come = async {
            loop {
                let mut changed = std::pin::pin!(self.changed.notified());
                // Registered before it is looked at, so that a change in between is not missed.
                changed.as_mut().enable();
                if wanted(&self.lock()) {
                    return;
                }
                changed.await;
            }
        };
        within(come).await;
    }

    /// Waits until a call has reached so many of its points.
    pub async fn reached(&self, call: u64, points: u32) {
        self.until(|calls| calls.get(&call).is_some_and(|seen| seen.reached >= points)).await;
    }

    /// Waits until nothing of a call is alive.
    pub async fn is_over(&self, call: u64) {
        self.until(|calls| calls.get(&call).is_none_or(|seen| seen.alive == 0)).await;
    }

    /// Waits until nothing of any call is alive.
    pub async fn is_quiet(&self) {
        self.until(|calls| calls.values().all(|seen| seen.alive == 0)).await;
    }

    /// Forgets the calls that are over.
    pub fn forget(&self) {
        let mut calls = self.lock();
        calls.retain(|_, seen| seen.alive > 0);
        // What the tests themselves note is not to be taken for a leak.
        calls.shrink_to_fit();
    }
}

/// Something of a call that is alive until it is dropped.
pub struct Life {
    stage: State<Stage>,
    call: u64,
}

impl Life {
    /// Of the call of this number.
    pub fn begin(stage: &State<Stage>, call: u64) -> Self {
        stage.note(call, |seen| seen.alive += 1);
        Self { stage: stage.clone(), call }
    }

    /// The call has reached one more of its points.
    pub fn reach(&self) {
        self.stage.note(self.call, |seen| seen.reached += 1);
    }

    /// The call is about to answer.
    pub fn may_answer(&self) {
        self.stage.note(self.call, |seen| seen.may_answer = true);
    }

    /// Goes through so many points, and waits at each in one way or another.
    pub async fn walk(&self, points: u32) {
        for point in 0..points {
            self.reach();
            wait(point).await;
        }
    }

    /// The last of the points: answers here, or waits for ever.
    pub async fn end(&self, answers: bool) -> String {
        self.reach();
        if !answers {
            pending::<()>().await;
        }
        self.may_answer();
        format!("answer {}", self.call)
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.stage.note(self.call, |seen| seen.alive -= 1);
    }
}

async fn wait(point: u32) {
    if point.is_multiple_of(2) {
        return yield_now().await;
    }
    let (open, gate) = oneshot::channel::<()>();
    tokio::spawn(async move {
        yield_now().await;
        drop(open);
    });
    // It opens by being dropped.
    let _ = gate.await;
}
