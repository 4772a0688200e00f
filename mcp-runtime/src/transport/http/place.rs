//! How many calls are in flight.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::Notify;

use super::address::Source;
use crate::budget::Budget;
use crate::tally::Counted;
use crate::wait::until;

/// What a call that waits for its client is charged, beside its request: the task, the handler's future, the question. In
/// a release build such a call takes some 4 KB, the handler's own variables aside.
const WAITING_BYTES: usize = 4 * 1024;

/// What all calls that wait for their clients may be charged together. Those beyond it stay among the calls in flight.
const ALL_WAITING_BYTES: usize = 64 * 1024 * 1024;

/// Counts the calls in flight, and tells when there are none.
pub(super) struct Calls {
    /// All calls, those that wait for an answer of their client's among them.
    count: AtomicUsize,
    /// Those that wait for their clients. They do not count against the limit: a client that is asked and leaves would
    /// keep others out.
    waiting: AtomicUsize,
    /// What those are charged.
    budget: Arc<Budget>,
    /// Whether somebody waits for the last one: telling nobody costs nothing.
    is_waited_for: AtomicBool,
    none_left: Notify,
}

/// Permits of the calls that one request brought, from its last byte to the end of its answer.
pub(super) struct Place {
    calls: Arc<Calls>,
    count: usize,
    waiting: usize,
    /// Of a subscription: it counts among those of its client's address.
    counted: Option<Box<Counted<Source>>>,
}

impl Place {
    /// The permit of a call, if there are fewer than `most`.
    pub(super) fn take(calls: &Arc<Calls>, most: usize) -> Option<Self> {
        let mut place = Self { calls: Arc::clone(calls), count: 0, waiting: 0, counted: None };
        place.widen(1, most).then_some(place)
    }

    /// Takes the permits of more calls, if there are no more than `most` with them. Where there are, none is taken.
    pub(super) fn widen(&mut self, more: usize, most: usize) -> bool {
        let before = self.calls.count.fetch_add(more, Ordering::Relaxed);
        // Counted first and looked at then: dropping it takes it off again.
        self.count += more;
        let in_flight = before.saturating_sub(self.calls.waiting.load(Ordering::Relaxed));
        in_flight + more <= most
    }

    /// A subscription counts among those of its client's address, for as long as it has the permit.
    pub(super) fn keep(&mut self, counted: Counted<Source>) {
        self.counted = Some(Box::new(counted));
    }

    /// One of the calls waits for its client: others may have its permit meanwhile.
    pub(super) fn begin_waiting(&mut self) {
        if self.waiting < self.count && self.calls.begin_waiting() {
            self.waiting += 1;
        }
    }

    /// The call goes on. It has its permit again at once, even if there are more calls than are let in then.
    pub(super) fn end_waiting(&mut self) {
        if self.waiting > 0 {
            self.waiting -= 1;
            self.calls.end_waiting();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        while self.waiting > 0 {
            self.end_waiting();
        }
        let was_last = self.calls.count.fetch_sub(self.count, Ordering::SeqCst) == self.count;
        if was_last && self.calls.is_waited_for.load(Ordering::SeqCst) {
            self.calls.none_left.notify_waiters();
        }
    }
}

impl Calls {
    /// No calls yet; those that wait for their clients are charged to a part of this budget.
    pub(super) fn new(budget: &Arc<Budget>) -> Self {
        Self {
            count: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            budget: budget.share(ALL_WAITING_BYTES),
            is_waited_for: AtomicBool::new(false),
            none_left: Notify::new(),
        }
    }

    /// Whether there are fewer calls than `most`.
    pub(super) fn has_room(&self, most: usize) -> bool {
        let waiting = self.waiting.load(Ordering::Relaxed);
        self.count.load(Ordering::Relaxed).saturating_sub(waiting) < most
    }

    /// One of the calls waits. Whether that could be charged: otherwise it stays among the calls in flight.
    pub(super) fn begin_waiting(&self) -> bool {
        let is_charged = self.budget.try_take(WAITING_BYTES);
        if is_charged {
            self.waiting.fetch_add(1, Ordering::Relaxed);
        }
        is_charged
    }

    /// One of those that were charged no longer waits.
    pub(super) fn end_waiting(&self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        self.budget.give_back(WAITING_BYTES);
    }

    /// Whether no call is in flight, and none waits for its client.
    pub(super) fn are_none(&self) -> bool {
        self.count.load(Ordering::SeqCst) == 0
    }

    /// Waits until no call is in flight, and none waits for its client.
    pub(super) async fn none_left(&self) {
        self.is_waited_for.store(true, Ordering::SeqCst);
        until(&self.none_left, || self.are_none().then_some(())).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls() -> Arc<Calls> {
        Arc::new(Calls::new(&Budget::new(16 * WAITING_BYTES)))
    }

    #[test]
    fn a_call_that_waits_for_its_client_makes_room_for_another_until_it_goes_on() {
        let calls = calls();
        let mut asks = Place::take(&calls, 1).expect("the first");
        assert!(Place::take(&calls, 1).is_none());
        asks.begin_waiting();
        let other = Place::take(&calls, 1).expect("room");
        asks.end_waiting();
        drop(other);
        assert!(Place::take(&calls, 1).is_none(), "it has its permit again");
        asks.begin_waiting();
        drop(asks);
        assert_eq!((calls.count.load(Ordering::Relaxed), calls.waiting.load(Ordering::Relaxed)), (0, 0));
        assert_eq!(calls.budget.used(), 0);
    }

    #[test]
    fn calls_that_wait_beyond_their_budget_stay_among_those_in_flight() {
        let calls = calls();
        let mut batch = Place::take(&calls, 3).expect("the first");
        assert!(batch.widen(2, 3) && Place::take(&calls, 3).is_none());
        for _ in 0..3 {
            batch.begin_waiting();
        }
        let others = [Place::take(&calls, 3), Place::take(&calls, 3)];
        assert!(others.iter().all(Option::is_some) && Place::take(&calls, 3).is_none());
    }

    #[test]
    fn a_batch_takes_a_permit_for_each_of_its_calls_or_none() {
        let calls = calls();
        let mut place = Place::take(&calls, 4).expect("the first");
        assert!(!place.widen(4, 4));
        drop(place);
        assert_eq!(calls.count.load(Ordering::Relaxed), 0);
    }
}
