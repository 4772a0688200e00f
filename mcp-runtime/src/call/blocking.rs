//! Functions that hold their thread: how many run at once, and how many wait.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mcp_proto::wire::{Reply, RpcError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::contain::contain;
use super::ctx::Call;
use super::span;

/// A function that holds its thread, its types erased.
pub(super) type Function = Arc<dyn Fn(&Call) -> Reply + Send + Sync>;

/// The threads that blocking calls of one server have, and who waits for one.
#[derive(Debug)]
pub(crate) struct Blocking {
    threads: Arc<Semaphore>,
    waiting: AtomicUsize,
    most_waiting: usize,
}

impl Blocking {
    /// Half of the threads that a runtime has for such work by default: reading files and looking up names take from the
    /// same, and go on.
    pub(crate) const THREADS: usize = 256;
    /// As many as one connection may have in flight by default. A request that waits is held in memory all the while.
    pub(crate) const WAITING: usize = 1024;

    pub(crate) fn new(threads: usize, most_waiting: usize) -> Self {
        Self {
            threads: Arc::new(Semaphore::new(threads.min(Semaphore::MAX_PERMITS))),
            waiting: AtomicUsize::new(0),
            most_waiting,
        }
    }

    /// Waits for a thread. A call that is cancelled while it waits was never there. `None` where too many wait already.
    async fn enter(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(permit) = Arc::clone(&self.threads).try_acquire_owned() {
            return Some(permit);
        }
        let _waiting = Waiting::begin(self)?;
        // It is never closed.
        Arc::clone(&self.threads).acquire_owned().await.ok()
    }
}

impl Default for Blocking {
    fn default() -> Self {
        Self::new(Self::THREADS, Self::WAITING)
    }
}

struct Waiting<'a>(&'a Blocking);

impl<'a> Waiting<'a> {
    fn begin(blocking: &'a Blocking) -> Option<Self> {
        let one_more = |waiting| (waiting < blocking.most_waiting).then_some(waiting + 1);
        blocking.waiting.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more).ok()?;
        Some(Self(blocking))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

thread_local! {
    /// Whether a blocking function runs on this thread.
    static IS_HELD: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is held by a blocking function already. What that calls of its own server runs right here: waiting for
/// another thread could be for ever, where all are held by the like.
pub(super) fn is_held() -> bool {
    IS_HELD.get()
}

/// Runs a function on a thread of its own, once there is one. Its panic is passed on.
pub(super) async fn run(function: impl FnOnce(&Call) -> Reply + Send + 'static, call: Call) -> Reply {
    let blocking = Arc::clone(&call.ctx().scope().shared.blocking);
    let Some(permit) = blocking.enter().await else {
        let why = format!("Too many calls wait for a thread: at most {}; try again later", blocking.most_waiting);
        return Reply::error(call.id(), &RpcError { message: why.into(), ..RpcError::internal() });
    };
    let span = span::current();
    let running = tokio::task::spawn_blocking(move || {
        // Until the function ends, whatever becomes of the call meanwhile: it cannot be stopped.
        let _permit = permit;
        // Cancelled on the way to this thread: then it never begins.
        (!call.ctx().is_cancelled()).then(|| {
            IS_HELD.set(true);
            let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| span.in_scope(|| function(&call))));
            IS_HELD.set(false);
            // Not left to the runtime, which would drop it if nobody waits for it any more.
            ran.map_err(contain)
        })
    });
    match running.await {
        Ok(Some(Ok(reply))) => reply,
        Ok(Some(Err(()))) => std::panic::resume_unwind(Box::new(())),
        // Nobody waits for it. The pool refuses work only while the runtime shuts down, and drops us with it.
        Ok(None) | Err(_) => std::future::pending().await,
    }
}
