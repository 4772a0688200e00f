//! How what a client says leaves.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::exchange::Exchange;

/// A future of the client's, boxed: there are many kinds of them behind one type.
pub(super) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// How what is said leaves: a stream, or one POST for each message.
pub(super) trait Carrier: Send + Sync + 'static {
    /// Sends a message, sooner or later, after those that were sent before.
    fn send(&self, exchange: &Arc<Exchange>, frame: Vec<u8>);

    /// Waits until what was sent before is on its way; at once, as a rule.
    fn room(&self) -> Option<Boxed<'_, ()>> {
        None
    }

    /// Nobody is there any more: ends at once, or begins to.
    fn abandon(&self);

    /// Nothing more will be sent. Ends in good order.
    fn close(&self) -> Boxed<'_, ()>;
}
