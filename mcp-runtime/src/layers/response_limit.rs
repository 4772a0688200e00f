//! A limit on the size of results.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use serde_json::json;
use tower_layer::Layer;
use tower_service::Service;

use super::{Call, Outcome, Reply};
use crate::call::Ctx;
use crate::output::{Error, ErrorKind};

/// A limit on the size of what a call is answered with, in bytes: models pay for each word of a result.
///
/// A larger answer of a tool becomes a result with `isError`, which tells the model how large it was and what to do. One of a
/// resource, a prompt or a method of your own becomes the error `-32603` with `{"bytes": …, "limit": …}` as its data. Lists,
/// which have [pages](crate::ServerBuilder::page_size), and questions to the client are not limited.
///
/// The function has run by then: for its memory, limit what it collects.
///
/// ```
/// use mcp_runtime::layers::ResponseLimit;
/// use mcp_runtime::prelude::*;
///
/// let limit = ResponseLimit::new(64 * 1024).advice("Pass a smaller `limit`, or name the columns that you need.");
/// let server = Server::new("shop").layer(limit);
/// ```
#[derive(Clone, Debug)]
pub struct ResponseLimit {
    limit: usize,
    advice: Arc<str>,
}

impl ResponseLimit {
    /// At most this many bytes, as a message of the protocol.
    pub fn new(bytes: usize) -> Self {
        let advice = "Ask for less: fewer items, a shorter range, or one page at a time.";
        Self { limit: bytes, advice: advice.into() }
    }

    /// Sets what models are told to do instead.
    #[must_use]
    pub fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = advice.into().into();
        self
    }

    /// The answer in place of one that is too large.
    #[cold]
    fn refuse(&self, ctx: &Ctx, is_tool: bool, bytes: usize) -> Reply {
        let Self { limit, advice } = self;
        let error = Error::new(format_args!("The result is too large: {bytes} bytes, of at most {limit}. {advice}"));
        let error = if is_tool { error } else { error.with_data(&json!({ "bytes": bytes, "limit": limit })) };
        // Who asks for less gets it: to the layers around this one the function has not failed.
        Reply::new(error.reply_of_layer(ctx, ErrorKind::Invalid))
    }
}

impl<S> Layer<S> for ResponseLimit {
    type Service = Measured<S>;

    fn layer(&self, inner: S) -> Measured<S> {
        Measured { inner, limit: self.clone() }
    }
}

/// What [`ResponseLimit`] makes of a service.
#[derive(Clone, Debug)]
pub struct Measured<S> {
    inner: S,
    limit: ResponseLimit,
}

impl<S: Service<Call, Response = Reply>> Service<Call> for Measured<S> {
    type Response = Reply;
    type Error = S::Error;
    type Future = MeasuredCall<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, call: Call) -> MeasuredCall<S::Future> {
        let limited = call.is_offered().then(|| (self.limit.clone(), call.ctx().clone(), call.is_tool()));
        MeasuredCall { inner: self.inner.call(call), limited }
    }
}

pin_project! {
    /// The future of a call whose answer may have only so many bytes.
    #[must_use = "a call runs while its future is polled"]
    pub struct MeasuredCall<F> {
        #[pin]
        inner: F,
        limited: Option<(ResponseLimit, Ctx, bool)>,
    }
}

impl<F: Future<Output = Result<Reply, E>>, E> Future for MeasuredCall<F> {
    type Output = Result<Reply, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let reply = ready!(this.inner.poll(cx))?;
        let bytes = reply.len();
        match this.limited {
            Some((limit, ctx, is_tool)) if bytes > limit.limit && reply.outcome() != Outcome::InputRequired => {
                Poll::Ready(Ok(limit.refuse(ctx, *is_tool, bytes)))
            }
            _ => Poll::Ready(Ok(reply)),
        }
    }
}

impl<F> fmt::Debug for MeasuredCall<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MeasuredCall")
    }
}
