//! A call that was let through, or not.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::Reply;

pin_project! {
    /// The future of a call that a layer has let through, or has answered at once.
    #[must_use = "a call runs while its future is polled"]
    pub struct Admitted<F> {
        #[pin]
        through: Option<F>,
        // What it was answered with; `None` once it was given.
        refused: Option<Reply>,
    }
}

impl<F> Admitted<F> {
    pub(super) fn through(future: F) -> Self {
        Self { through: Some(future), refused: None }
    }

    pub(super) fn refused(reply: Reply) -> Self {
        Self { through: None, refused: Some(reply) }
    }
}

impl<F: Future<Output = Result<Reply, E>>, E> Future for Admitted<F> {
    type Output = Result<Reply, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        match this.through.as_pin_mut() {
            Some(future) => future.poll(cx),
            None => this.refused.take().map_or(Poll::Pending, |reply| Poll::Ready(Ok(reply))),
        }
    }
}

impl<F> fmt::Debug for Admitted<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Admitted")
    }
}
