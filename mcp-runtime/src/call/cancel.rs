//! A flag that is raised once.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use crate::wait::until;

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
        until(&self.waiting, || self.is_raised().then_some(())).await;
    }
}
