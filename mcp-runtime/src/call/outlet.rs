//! What a call says before it is answered.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::task::coop::poll_proceed;

use super::frame::{Class, Frame};

/// Where the notifications of a call or a connection go. Transports implement it.
///
/// Nothing here waits and nothing grows without bound when the peer reads slowly: progress is coalesced to the
/// newest value, log messages are dropped and counted, change notices of one kind are sent once.
pub(crate) trait Outlet: Send + Sync {
    /// Sends a frame, as far as there is room for what it is.
    fn send(&self, class: Class, frame: Frame);

    /// Sends what a call says, as [`send`](Self::send) does. `write` appends the frame to a buffer, about so many bytes.
    fn say(&self, class: Class, about: usize, write: &dyn Fn(&mut Vec<u8>)) {
        let mut frame = Vec::with_capacity(about);
        write(&mut frame);
        self.send(class, frame.into());
    }

    /// Sends what must arrive, before all that follows it: the acknowledgement of a subscription.
    fn acknowledge(&self, frame: Vec<u8>) {
        self.send(Class::Answer, frame.into());
    }

    /// Sends the answers to calls.
    fn answer(&self, frame: Vec<u8>) {
        self.send(Class::Answer, frame.into());
    }

    /// Whether somebody listens, or is about to.
    #[cfg(feature = "http")]
    fn is_heard(&self) -> bool {
        true
    }

    /// A call that speaks here waits from now on, and for nothing else: for an answer of the client's, or for another call that
    /// serves the same round.
    fn begin_waiting(&self) {}

    /// The call goes on, or has ended.
    fn end_waiting(&self) {}

    /// Closes the connection under the call, where the transport lets the client come back for the rest.
    fn disconnect(&self) {}

    /// Ready when the peer has caught up.
    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()>;
}

/// A notification on its way. It is sent whether or not you wait for it.
///
/// Awaiting it slows you down to the speed at which the client reads, which is what a loop that says a lot should do.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// Imports lines.
/// #[tool]
/// async fn import(ctx: &Ctx, lines: Vec<String>) -> usize {
///     for (done, line) in lines.iter().enumerate() {
///         // Goes on at once.
///         ctx.progress(done, lines.len(), None);
///         // Waits until the client has read what came before.
///         ctx.info(format!("imported {line}")).await;
///     }
///     lines.len()
/// }
/// ```
pub struct Sent<'a>(Option<&'a dyn Outlet>);

impl<'a> Sent<'a> {
    pub(crate) fn to(outlet: &'a dyn Outlet) -> Self {
        Self(Some(outlet))
    }

    pub(crate) fn nothing() -> Self {
        Self(None)
    }
}

impl Future for Sent<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(outlet) = self.0 else { return Poll::Ready(()) };
        // A loop that says a lot lets others have their turn, even where the client keeps up: reading, and that the call
        // is cancelled, among them.
        let Poll::Ready(turn) = poll_proceed(cx) else { return Poll::Pending };
        let room = outlet.poll_room(cx);
        if room.is_ready() {
            turn.made_progress();
        }
        room
    }
}

impl std::fmt::Debug for Sent<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sent").finish_non_exhaustive()
    }
}

/// Says nothing to anybody.
#[cfg(feature = "http")]
pub(crate) struct Silence;

#[cfg(feature = "http")]
impl Outlet for Silence {
    fn send(&self, _: Class, _: Frame) {}

    fn poll_room(&self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}
