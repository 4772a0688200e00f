//! Any `tower` layer over calls.

use std::any::Any;
use std::convert::Infallible;
use std::fmt;
use std::future::{pending, poll_fn, ready};
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::stack::Layers;
use crate::call::Ctx;
use crate::gate::ring::{Around, Call, Next, Reply, ReplyFuture, Ring, Run};
use crate::output::Error;

/// What a `tower` layer may fail with.
type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl Layers {
    /// Adds a `tower` layer over [`Service<Call, Response = Reply>`](Service), within those that are there.
    ///
    /// The layers of this crate have an order of their own, and are outside of others. From the outside in: `Trace`, `Log`,
    /// `RateLimit`, `Concurrency`, `Breaker`, `Retry`, `Cache`, `Coalesce`, `Timeout`, `ResponseLimit`, `ErrorMask`. Those in a tuple
    /// stay in the order of the tuple, which is a layer of yours. If the layer fails, the client gets an internal error, and the error
    /// goes to the log.
    ///
    /// Each layer costs a call one allocation. Several in a tuple, `.layer((A, B))`, cost one together; `A` is outside of `B`.
    #[must_use]
    pub fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<Next> + Send + Sync + 'static,
        L::Service:
            Service<Call, Response = Reply, Error: Into<BoxError>, Future: Send> + Clone + Send + Sync + 'static,
    {
        let (name, rank) = super::order::place::<L>();
        self.push(name, rank, move |next| Ring::new(Tower(layer.layer(next))))
    }
}

/// A service that a layer has made.
struct Tower<S>(S);

impl<S> Around for Tower<S>
where
    S: Service<Call, Response = Reply, Error: Into<BoxError>, Future: Send> + Clone + Send + Sync + 'static,
{
    fn run(&self, call: Call) -> ReplyFuture {
        let mut service = self.0.clone();
        let ctx = call.ctx().clone();
        // Where it is not, it is asked again by the task that waits.
        match service.poll_ready(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(error)) => return Box::pin(ready(Ok(failure(&ctx, error)))),
            Poll::Pending => {
                return Box::pin(async move {
                    let replied = match poll_fn(|cx| service.poll_ready(cx)).await.map_err(Into::into) {
                        Ok(()) => service.call(call).await.map_err(Into::into),
                        Err(error) => Err(error),
                    };
                    Ok(replied.unwrap_or_else(|error: BoxError| failure(&ctx, error)))
                });
            }
        }
        let mut future = service.call(call);
        // The futures of this crate's layers are in a box, and do not fail within others of them.
        if let Some(boxed) = (&mut future as &mut dyn Any).downcast_mut::<ReplyFuture>() {
            // One without a state takes no memory.
            return mem::replace(boxed, Box::pin(pending()));
        }
        Box::pin(Told { future, ctx })
    }
}

pin_project! {
    /// The future of a layer, whose failure is an answer.
    struct Told<F> {
        #[pin]
        future: F,
        ctx: Ctx,
    }
}

impl<F: Future<Output = Result<Reply, E>>, E: Into<BoxError>> Future for Told<F> {
    type Output = Result<Reply, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let replied = ready!(this.future.poll(cx));
        Poll::Ready(Ok(replied.unwrap_or_else(|error| failure(this.ctx, error))))
    }
}

/// What a client learns of a layer that has failed.
fn failure(ctx: &Ctx, error: impl Into<BoxError>) -> Reply {
    Reply::error(ctx, Error::internal(error.into()))
}

/// What is within a layer is always ready, and does not fail.
impl Service<Call> for Next {
    type Response = Reply;
    type Error = Infallible;
    type Future = Replied;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: Call) -> Replied {
        Replied(self.run(call))
    }
}

/// The future of a [`Next`] as a service.
#[must_use = "a call runs while its future is polled"]
pub struct Replied(Run);

impl Future for Replied {
    type Output = Result<Reply, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(Ok)
    }
}

impl fmt::Debug for Replied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Replied")
    }
}
