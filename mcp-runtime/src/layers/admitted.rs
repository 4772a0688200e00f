//! A call that was let through, or not.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::Reply;

/// The future of a call that a layer has let through, or has answered at once.
#[must_use = "a call runs while its future is polled"]
pub struct Admitted<F>(Way<F>);

enum Way<F> {
    Through(Pin<Box<F>>),
    /// `None` once it was given.
    Refused(Option<Reply>),
}

impl<F> Admitted<F> {
    pub(super) fn through(future: F) -> Self {
        Self(Way::Through(Box::pin(future)))
    }

    pub(super) fn refused(reply: Reply) -> Self {
        Self(Way::Refused(Some(reply)))
    }
}

impl<F: Future<Output = Result<Reply, E>>, E> Future for Admitted<F> {
    type Output = Result<Reply, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Way::Through(future) => future.as_mut().poll(cx),
            Way::Refused(reply) => reply.take().map_or(Poll::Pending, |reply| Poll::Ready(Ok(reply))),
        }
    }
}

impl<F> fmt::Debug for Admitted<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Admitted")
    }
}
