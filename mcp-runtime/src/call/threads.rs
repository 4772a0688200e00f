//! The threads of functions that block: how many run at once, and how many wait.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The threads that blocking calls of one server have, and who waits for one.
#[derive(Debug)]
pub(crate) struct Blocking {
    threads: Arc<Semaphore>,
    most_running: usize,
    /// The places of those who wait.
    waiting: Semaphore,
    pub(super) most_waiting: usize,
}

impl Blocking {
    /// Half of the threads that a runtime has for such work by default: reading files and looking up names take from the
    /// same, and go on.
    pub(crate) const THREADS: usize = 256;
    /// As many as one connection may have in flight by default. A request that waits is held in memory all the while.
    pub(crate) const WAITING: usize = 1024;

    pub(crate) fn new(threads: usize, most_waiting: usize) -> Self {
        let most_running = threads.min(Semaphore::MAX_PERMITS);
        Self {
            threads: Arc::new(Semaphore::new(most_running)),
            most_running,
            waiting: Semaphore::new(most_waiting.min(Semaphore::MAX_PERMITS)),
            most_waiting,
        }
    }

    /// How many run, and how many wait for a thread.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let taken = |of: &Semaphore, most: usize| most.saturating_sub(of.available_permits()) as u64;
        (taken(&self.threads, self.most_running), taken(&self.waiting, self.most_waiting))
    }

    /// Whether no function holds a thread.
    pub(crate) fn is_idle(&self) -> bool {
        self.threads.available_permits() == self.most_running
    }

    /// Waits for a thread. A call that is cancelled while it waits was never there. `None` where too many wait already.
    pub(super) async fn enter(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(permit) = Arc::clone(&self.threads).try_acquire_owned() {
            return Some(permit);
        }
        let _waiting = self.waiting.try_acquire().ok()?;
        // It is never closed.
        Arc::clone(&self.threads).acquire_owned().await.ok()
    }
}

impl Default for Blocking {
    fn default() -> Self {
        Self::new(Self::THREADS, Self::WAITING)
    }
}
