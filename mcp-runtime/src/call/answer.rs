//! What starting a handler gives.

use std::future::Future;
use std::pin::Pin;

use mcp_proto::wire::Reply;

/// The rest of a call that did not finish at once.
pub(crate) type HandlerFuture = Pin<Box<dyn Future<Output = Reply> + Send>>;

/// What starting a call gives: an answer, or a future of one.
pub(crate) enum Answer {
    /// Answered.
    Ready(Reply),
    /// To be polled.
    Later(HandlerFuture),
}
