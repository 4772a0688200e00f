//! The `tracing` span of a call, by which a layer knows to which call an event belongs.
//!
//! It is made only where such a layer is. What the span leads to is emptied when the call ends: a task that outlives its
//! call, and keeps the span, keeps neither the request nor the connection, and is heard by nobody.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tracing::Span;

use super::Ctx;
use crate::lock::Lock;

/// The target of calls' spans: the crate's own.
pub(crate) const TARGET: &str = "mcp_runtime";

/// The name of calls' spans.
pub(crate) const NAME: &str = "mcp.call";

/// Whether a layer looks for spans of calls. Set once, mostly before anything is served.
static WANTED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// The call whose span is being made. The fields of a span are for people; this is how the layer gets at the call.
    static MAKING: RefCell<Option<Arc<Live>>> = const { RefCell::new(None) };
}

/// From now on calls have spans.
#[cfg(feature = "client-logs")]
pub(crate) fn want_spans() {
    WANTED.store(true, Ordering::Relaxed);
}

/// The call whose span is being made on this thread.
#[cfg(feature = "client-logs")]
pub(crate) fn call_of_new_span() -> Option<Arc<Live>> {
    MAKING.with_borrow(Clone::clone)
}

/// The span that this thread is in, to be taken along to another; none where no call has one.
pub(super) fn current() -> Span {
    if WANTED.load(Ordering::Relaxed) { Span::current() } else { Span::none() }
}

/// The span of a call, until the call ends.
pub(crate) struct CallSpan(Option<Box<Open>>);

struct Open {
    span: Span,
    live: Arc<Live>,
}

impl CallSpan {
    /// A span for a call that begins, if anybody wants one.
    pub(crate) fn of(ctx: &Ctx) -> Self {
        Self(WANTED.load(Ordering::Relaxed).then(|| Open::new(ctx)))
    }

    /// None, whoever wants one.
    pub(crate) fn none() -> Self {
        Self(None)
    }

    /// Runs a piece of the call inside of it.
    #[inline]
    pub(crate) fn enter<T>(&self, run: impl FnOnce() -> T) -> T {
        let _entered = self.0.as_ref().map(|open| open.span.enter());
        run()
    }

    /// The call ends. When this returns, whatever else logs inside the span is not sent.
    #[inline]
    pub(crate) fn end(&mut self) {
        if let Some(open) = self.0.take() {
            open.live.end();
        }
    }
}

impl Drop for CallSpan {
    fn drop(&mut self) {
        self.end();
    }
}

impl Open {
    #[cold]
    fn new(ctx: &Ctx) -> Box<Self> {
        let live = Arc::new(Live(Lock::new(Some(ctx.clone()))));
        let inner = ctx.inner();
        let name = inner.entry.as_ref().map(|entry| &*entry.name);
        MAKING.set(Some(Arc::clone(&live)));
        // Of the highest level, so that filters by level let it through: without its span a call has no logs.
        let id = tracing::field::display(&inner.request.id);
        let span = tracing::error_span!(target: TARGET, NAME, method = inner.request.method.as_str(), name, id);
        MAKING.set(None);
        Box::new(Self { span, live })
    }
}

/// A call, as long as it lives.
pub(crate) struct Live(Lock<Option<Ctx>>);

impl Live {
    #[cold]
    fn end(&self) {
        let ctx = self.0.lock().take();
        // Not under the lock: what goes with it may log.
        drop(ctx);
    }
}

#[cfg(feature = "client-logs")]
thread_local! {
    /// Whether this thread is sending.
    static SENDING: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

#[cfg(feature = "client-logs")]
impl Live {
    /// The call, if it has not ended.
    pub(crate) fn ctx(&self) -> Option<Ctx> {
        self.0.lock().clone()
    }

    /// Sends a log message, if the call has not ended. The lock is held meanwhile, so that no message follows the answer.
    pub(crate) fn send_log(&self, message: &super::log::LogLine) {
        let Some(_sending) = Sending::begin() else { return };
        if let Some(ctx) = &*self.0.lock()
            && !ctx.is_cancelled()
        {
            message.send(&*ctx.inner().caller.outlet);
        }
    }
}

/// This thread is sending. Whoever is woken by what it sends, and logs in turn, must not wait for the lock.
#[cfg(feature = "client-logs")]
struct Sending;

#[cfg(feature = "client-logs")]
impl Sending {
    fn begin() -> Option<Self> {
        (!SENDING.replace(true)).then_some(Self)
    }
}

#[cfg(feature = "client-logs")]
impl Drop for Sending {
    fn drop(&mut self) {
        SENDING.set(false);
    }
}
