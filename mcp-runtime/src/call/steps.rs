//! Steps that go on after their call was cut off.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

use crate::wait::until;

/// The steps of a server that go on after their calls, so that they need not be taken again.
#[derive(Debug)]
pub(crate) struct Steps {
    running: AtomicUsize,
    most: usize,
    ended: Notify,
}

impl Steps {
    /// Each holds its request, for a minute at the most; clients that cut off this many calls in mid-step do not do so by
    /// accident.
    pub(crate) const MOST: usize = 256;

    pub(crate) fn new(most: usize) -> Self {
        Self { running: AtomicUsize::new(0), most, ended: Notify::new() }
    }

    /// A step goes on until this is dropped. `None` where too many do.
    pub(crate) fn begin(this: &Arc<Self>) -> Option<GoesOn> {
        let one_more = |running| (running < this.most).then_some(running + 1);
        this.running.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more).ok()?;
        Some(GoesOn(Arc::clone(this)))
    }

    /// Whether no step goes on.
    pub(crate) fn is_idle(&self) -> bool {
        self.running.load(Ordering::Acquire) == 0
    }

    /// Waits until no step goes on.
    pub(crate) async fn none_left(&self) {
        until(&self.ended, || self.is_idle().then_some(())).await;
    }
}

impl Default for Steps {
    fn default() -> Self {
        Self::new(Self::MOST)
    }
}

/// A step that goes on.
pub(crate) struct GoesOn(Arc<Steps>);

impl Drop for GoesOn {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::AcqRel);
        self.0.ended.notify_waiters();
    }
}
