//! Running a handler: catching its panic, watching its time.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use mcp_proto::wire::{Method, Reply, RpcError};
use tokio::time::Sleep;

use super::suspend;
use crate::call::{Answer, Call, Ctx, Entry, Handler, HandlerFuture};

/// How long one poll may hold its thread before it is reported: long enough for honest work, short enough that a
/// person waiting for another call would not notice.
const HOGGING: Duration = Duration::from_millis(50);

/// A call that is running.
pub(crate) struct Driven {
    ctx: Ctx,
    future: HandlerFuture,
    finished: bool,
    /// Set at the first poll that does not finish, for entries that have a timeout.
    deadline: Option<Pin<Box<Sleep>>>,
    waits_since: Option<tokio::time::Instant>,
}

/// Starts a handler, and polls nothing yet.
pub(crate) fn start(handler: &Handler, call: Call) -> Result<Reply, Driven> {
    let ctx = call.ctx().clone();
    if ctx.inner().request.request_state().is_some()
        && let Some(reply) = suspend::refuse_state(&ctx)
    {
        return Ok(reply);
    }
    let answer = watched(&ctx, || handler.start(call));
    match answer {
        Ok(Answer::Ready(reply)) => Ok(reply),
        Ok(Answer::Later(future)) => Err(Driven { ctx, future, finished: false, deadline: None, waits_since: None }),
        Err(panic) => Ok(panicked(&ctx, &panic)),
    }
}

impl Driven {
    /// The context of the call.
    pub(crate) fn ctx(&self) -> &Ctx {
        &self.ctx
    }

    fn finish(&mut self, reply: Reply) -> Poll<Reply> {
        self.finished = true;
        Poll::Ready(reply)
    }

    fn entry(&self) -> Option<&Entry> {
        self.ctx.inner().entry.as_deref()
    }

    /// Times the call out. While a person thinks, its time stands still.
    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<Reply> {
        let Some(limit) = self.entry().and_then(|entry| entry.timeout) else {
            return Poll::Pending;
        };
        let began = *self.waits_since.get_or_insert_with(tokio::time::Instant::now);
        let Some(waited) = self.ctx.inner().dialogue.get().map_or(Some(Duration::ZERO), |dialogue| dialogue.waited())
        else {
            return Poll::Pending;
        };
        let until = began + limit + waited;
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        if deadline.deadline() != until {
            deadline.as_mut().reset(until);
        }
        if deadline.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        self.ctx.cancel();
        Poll::Ready(timed_out(&self.ctx, limit))
    }
}

impl Future for Driven {
    type Output = Reply;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Reply> {
        let this = &mut *self;
        match watched(&this.ctx, || this.future.as_mut().poll(cx)) {
            Ok(Poll::Ready(reply)) => return this.finish(reply),
            Ok(Poll::Pending) => {}
            Err(panic) => {
                let reply = panicked(&this.ctx, &panic);
                return this.finish(reply);
            }
        }
        if let Some(reply) = suspend::look(&this.ctx, cx) {
            return Poll::Ready(reply);
        }
        this.poll_deadline(cx)
    }
}

impl Drop for Driven {
    /// A call that is dropped is cancelled: tasks that it started, and a function that blocks, can ask.
    fn drop(&mut self) {
        if !self.finished {
            self.ctx.cancel();
        }
    }
}

/// Runs a piece of a handler: catches its panic, and reports it if it held the thread for long.
fn watched<T>(ctx: &Ctx, run: impl FnOnce() -> T) -> Result<T, Box<dyn Any + Send>> {
    let began = Instant::now();
    // What a panicking handler left half-done is its own: the frame and the context are only read.
    let result = catch_unwind(AssertUnwindSafe(run));
    let held = began.elapsed();
    if let Some(entry) = ctx.inner().entry.as_ref().filter(|_| held > HOGGING) {
        entry.report_hogging(held);
    }
    result
}

/// The panic's message and place are in the log, by the panic hook; the client learns neither.
fn panicked(ctx: &Ctx, _: &Box<dyn Any + Send>) -> Reply {
    let request = &ctx.inner().request;
    let name = ctx.inner().entry.as_ref().map_or(request.method.as_str(), |entry| &*entry.name);
    tracing::error!("the handler of `{name}` panicked; the call was answered with an internal error");
    Reply::error(&request.id, &RpcError::internal())
}

fn timed_out(ctx: &Ctx, limit: Duration) -> Reply {
    let message = format!("timed out after {limit:?}");
    let call = Call::new(ctx.clone());
    match ctx.inner().request.method {
        Method::ToolsCall => crate::output::tool_error(&call, message),
        _ => Reply::error(call.id(), &RpcError { message: message.into(), ..RpcError::internal() }),
    }
}
