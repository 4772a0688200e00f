//! The task that drives a call.

use std::task::Waker;

use crate::lock::Lock;

/// The task that drives a call: polls its handler, and sends its questions and its answer.
#[derive(Default)]
pub(crate) struct Driver(Lock<State>);

#[derive(Default)]
struct State {
    /// How to wake the task, while it waits.
    waker: Option<Waker>,
    /// The call was answered or dropped: nothing drives it any more.
    is_over: bool,
}

impl Driver {
    /// Stores the waker of the task that drives the call.
    pub(crate) fn set(&self, waker: &Waker) {
        let mut driver = self.0.lock();
        if !driver.waker.as_ref().is_some_and(|driver| driver.will_wake(waker)) {
            driver.waker = Some(waker.clone());
        }
    }

    /// Wakes the task, so that it looks at the call.
    pub(crate) fn wake(&self) {
        let waker = self.0.lock().waker.clone();
        waker.inspect(Waker::wake_by_ref);
    }

    /// Nothing drives the call any more.
    pub(super) fn end(&self) {
        let mut driver = self.0.lock();
        driver.is_over = true;
        driver.waker = None;
    }

    /// Whether nothing drives the call any more.
    pub(super) fn is_over(&self) -> bool {
        self.0.lock().is_over
    }

    /// Does something, unless the call is over, and says whether. The call does not end meanwhile.
    pub(super) fn unless_over(&self, act: impl FnOnce()) -> bool {
        let driver = self.0.lock();
        if !driver.is_over {
            act();
        }
        !driver.is_over
    }
}
