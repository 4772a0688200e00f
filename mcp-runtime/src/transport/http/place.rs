//! How many calls are in flight.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::Notify;

/// Counts the calls in flight, and tells when there are none.
#[derive(Default)]
pub(super) struct Calls {
    count: AtomicUsize,
    /// Whether somebody waits for the last one: telling nobody costs nothing.
    is_waited_for: AtomicBool,
    none_left: Notify,
}

/// A place among the calls in flight, from the request's arrival to the end of its answer.
pub(super) struct Place(Arc<Calls>);

impl Place {
    /// A place, if there are fewer than `most` calls.
    pub(super) fn take(calls: &Arc<Calls>, most: usize) -> Option<Self> {
        let before = calls.count.fetch_add(1, Ordering::Relaxed);
        // Counted first and looked at then: dropping it takes it off again.
        let place = Self(Arc::clone(calls));
        (before < most).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let was_last = self.0.count.fetch_sub(1, Ordering::SeqCst) == 1;
        if was_last && self.0.is_waited_for.load(Ordering::SeqCst) {
            self.0.none_left.notify_waiters();
        }
    }
}

impl Calls {
    /// Waits until no call is in flight.
    pub(super) async fn none_left(&self) {
        self.is_waited_for.store(true, Ordering::SeqCst);
        loop {
            let mut none_left = std::pin::pin!(self.none_left.notified());
            // Registered before the count is looked at, so that the last call ending in between is not missed.
            none_left.as_mut().enable();
            if self.count.load(Ordering::SeqCst) == 0 {
                return;
            }
            none_left.await;
        }
    }
}
