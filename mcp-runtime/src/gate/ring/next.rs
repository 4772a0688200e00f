//! What is within a layer.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::call::Call;
use super::reply::Reply;
use super::{Driven, ReplyFuture, Ring};

/// What a layer goes around: the layers within it, and the function that is called. Cheap to clone.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::layers::{Call, Next, Reply};
///
/// /// Answers itself while the shop is closed.
/// async fn open(call: Call, next: Next) -> Reply {
///     if call.target() == "buy" {
///         return call.error(Error::rpc(-40_200, "the shop is closed"));
///     }
///     next.run(call).await
/// }
///
/// let server = Server::new("shop").around(open);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Next(pub(crate) Option<Ring>);

impl Next {
    /// Runs the call. To answer without it, do not run it. Dropping the future cancels the call.
    pub fn run(&self, call: Call) -> Run {
        call.begin_again();
        match &self.0 {
            Some(ring) => Run(Stage::Within(ring.0.run(call))),
            None => Run(Stage::Arriving(Some(call))),
        }
    }
}

/// A call that runs: a future of its [`Reply`].
#[must_use = "a call runs while its future is polled"]
pub struct Run(Stage);

enum Stage {
    /// A layer further in.
    Within(ReplyFuture),
    /// In the middle of the ring, before it has begun.
    Arriving(Option<Call>),
    /// What waits. In a box, which keeps the futures of layers small.
    Driven(Box<Driven>),
}

impl Future for Run {
    type Output = Reply;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Reply> {
        loop {
            match &mut self.0 {
                Stage::Within(future) => {
                    let Ok(reply) = ready!(future.as_mut().poll(cx));
                    return Poll::Ready(reply);
                }
                Stage::Driven(driven) => return Poll::Ready(Reply::new(ready!(Pin::new(driven).poll(cx)))),
                Stage::Arriving(call) => {
                    // A future that has finished is not polled again.
                    let Some(mut call) = call.take() else { return Poll::Pending };
                    if let Some(ring) = call.enter_group() {
                        self.0 = Stage::Within(ring.0.run(call));
                        continue;
                    }
                    let begun = match call.arrive() {
                        Ok((call, core, is_changed)) => core.start(call, is_changed, cx),
                        Err(refused) => Ok(refused),
                    };
                    match begun {
                        Ok(reply) => return Poll::Ready(Reply::new(reply)),
                        Err(driven) => self.0 = Stage::Driven(Box::new(driven)),
                    }
                }
            }
        }
    }
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Run")
    }
}
