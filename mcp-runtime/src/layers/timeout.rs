//! A limit on the time that calls take.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};
use tower_layer::Layer;
use tower_service::Service;

use super::{Call, Reply};
use crate::call::Ctx;
use crate::output::{Error, ErrorKind, note_timeout};

/// A limit on the time that a call takes: a tool, a resource, a prompt, or a method of your own.
///
/// A call that takes longer is cancelled, and answered with "timed out after 30s": a result with `isError` for a tool, `-32603`
/// for others. The layers within this one are covered, too. A function with a timeout of its own (`#[tool(timeout = "5m")]`, or
/// that of [`ServerBuilder::timeout`](crate::ServerBuilder::timeout)) has that one instead. Lists and subscriptions have no limit.
///
/// The limit is one of each run, wherever it is set: [`Retry`](super::Retry) runs a call that has timed out again, with as much time,
/// so that a call may take all its runs and the waits between them. [`Breaker`](super::Breaker) counts each call that has timed out in
/// the end as a failure. Time in the queue of [`Concurrency`](super::Concurrency) does not count.
///
/// In a session the clock stands still while the client answers a question of the call, unless a layer further in has given the
/// call other arguments. Without a session a question ends the round, and each round has its own time.
///
/// ```
/// use std::time::Duration;
///
/// use mcp_runtime::layers::Timeout;
/// use mcp_runtime::prelude::*;
///
/// let server = Server::new("shop").layer(Timeout::new(Duration::from_secs(30)));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Timeout {
    limit: Duration,
}

impl Timeout {
    /// At most this long.
    pub const fn new(limit: Duration) -> Self {
        Self { limit }
    }
}

impl<S> Layer<S> for Timeout {
    type Service = Timed<S>;

    fn layer(&self, inner: S) -> Timed<S> {
        Timed { inner, limit: self.limit }
    }
}

/// What [`Timeout`] makes of a service.
#[derive(Clone, Debug)]
pub struct Timed<S> {
    inner: S,
    limit: Duration,
}

impl<S: Service<Call, Response = Reply>> Service<Call> for Timed<S> {
    type Response = Reply;
    type Error = S::Error;
    type Future = TimedCall<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, call: Call) -> TimedCall<S::Future> {
        let clock = call.is_offered().then(|| Clock {
            limit: call.timeout().unwrap_or(self.limit),
            ctx: call.ctx().clone(),
            began: None,
            sleep: None,
        });
        TimedCall { inner: Some(self.inner.call(call)), clock }
    }
}

pin_project! {
    /// The future of a call that has only so much time.
    #[must_use = "a call runs while its future is polled"]
    pub struct TimedCall<F> {
        // `None` once it has timed out.
        #[pin]
        inner: Option<F>,
        // `None` where there is no limit.
        clock: Option<Clock>,
    }
}

/// The time of a call.
struct Clock {
    limit: Duration,
    ctx: Ctx,
    /// Set at the first poll that does not finish: most calls do.
    began: Option<Instant>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl<F: Future<Output = Result<Reply, E>>, E> Future for TimedCall<F> {
    type Output = Result<Reply, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(inner) = this.inner.as_mut().as_pin_mut() else { return Poll::Pending };
        if let Poll::Ready(reply) = inner.poll(cx) {
            return Poll::Ready(reply);
        }
        let Some(clock) = this.clock else { return Poll::Pending };
        ready!(clock.poll_end(cx));
        let reply = clock.reply();
        // That cancels the call.
        this.inner.set(None);
        Poll::Ready(Ok(reply))
    }
}

impl Clock {
    /// Waits until the time is over. While the client answers a question, it stands still.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let began = *self.began.get_or_insert_with(Instant::now);
        let Some(waited) = self.ctx.waited_for_answers() else { return Poll::Pending };
        // An overflow means that there is no limit.
        let Some(until) = self.limit.checked_add(waited).and_then(|limit| began.checked_add(limit)) else {
            return Poll::Pending;
        };
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if sleep.deadline() != until {
            sleep.as_mut().reset(until);
        }
        sleep.as_mut().poll(cx)
    }

    fn reply(&self) -> Reply {
        let error = Error::new(format_args!("timed out after {:?}", self.limit));
        let reply = error.reply_of_layer(&self.ctx, ErrorKind::TimedOut);
        note_timeout(&self.ctx);
        Reply::new(reply)
    }
}

impl<F> fmt::Debug for TimedCall<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TimedCall")
    }
}
