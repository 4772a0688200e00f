//! Waiting for a change.

#[cfg(any(feature = "http", feature = "streams"))]
mod aside;

use std::pin::pin;
use std::task::{Context, Waker};

use tokio::sync::Notify;

#[cfg(any(feature = "http", feature = "streams"))]
pub(crate) use aside::Aside;

/// Waits until `look` finds something. It looks now, and whenever a change is told.
pub(crate) async fn until<T>(changed: &Notify, mut look: impl FnMut() -> Option<T>) -> T {
    loop {
        let mut change = pin!(changed.notified());
        // Registered before it looks, so that a change in between is not missed.
        change.as_mut().enable();
        if let Some(found) = look() {
            return found;
        }
        change.await;
    }
}

/// Tasks that wait for the same.
#[derive(Default)]
pub(crate) struct Wakers(Vec<Waker>);

impl Wakers {
    /// One more task waits, unless it does already.
    pub(crate) fn add(&mut self, cx: &Context<'_>) {
        if !self.0.iter().any(|waker| waker.will_wake(cx.waker())) {
            self.0.push(cx.waker().clone());
        }
    }

    /// Takes them out, to be woken where nothing is locked.
    pub(crate) fn take(&mut self) -> Self {
        std::mem::take(self)
    }

    pub(crate) fn wake(self) {
        self.0.into_iter().for_each(Waker::wake);
    }
}
