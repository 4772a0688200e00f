//! A flag that is raised once.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// A flag that is raised once, and those who wait for it: a call that is cancelled, a server that stops.
#[derive(Debug, Default)]
pub(crate) struct Latch {
    raised: AtomicBool,
    waiting: Notify,
}

impl Latch {
    /// Raises the flag and wakes whoever waits.
    pub(crate) fn raise(&self) {
        self.raised.store(true, Ordering::Release);
        self.waiting.notify_waiters();
    }

    /// Whether it is raised.
    pub(crate) fn is_raised(&self) -> bool {
        self.raised.load(Ordering::Acquire)
    }

    /// Waits until it is raised.
    pub(crate) async fn raised(&self) {
        let waiting = self.waiting.notified();
        tokio::pin!(waiting);
        // Registered before the flag is looked at, so that raising it in between is not missed.
        waiting.as_mut().enable();
        if !self.is_raised() {
            waiting.await;
        }
    }
}
