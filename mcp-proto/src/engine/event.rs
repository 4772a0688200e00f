//! What a [`Peer`](super::Peer) tells the world.

use std::sync::Arc;

use super::outbound::Token;
use crate::era::{Session, Terms};
use crate::wire::{Notification, Request, Response};

/// Something happened on the connection.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// A request to serve; [`Peer::respond`](super::Peer::respond) to it.
    Call(Admitted),
    /// The client no longer wants this call: drop it. Its answer, if it comes, is not sent.
    Cancelled {
        /// Which one.
        key: CallKey,
        /// What is left to send of the batch it came in, where it was the last that the batch waited for. It belongs where
        /// the call's answer would have gone.
        rest: Option<Vec<u8>>,
    },
    /// A session was opened.
    Opened(Arc<Session>),
    /// The client says that it has understood the handshake; change notices may be sent from now on.
    Ready,
    /// A notification that the engine has no use for.
    Notified(Notification),
    /// The answer to a request of ours.
    Answered(Token, Response),
}

/// A request, and what it is served under.
#[derive(Debug)]
pub struct Admitted {
    /// Names the call to the engine: unlike the request's id it is never used twice.
    pub key: CallKey,
    /// The request.
    pub request: Box<Request>,
    /// Its terms.
    pub terms: Terms,
}

/// Names a call on one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallKey(pub(super) u64);

impl CallKey {
    /// The key of a call outside of any connection.
    pub const FIRST: Self = Self(0);
}
