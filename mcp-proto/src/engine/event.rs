//! What a [`Peer`](super::Peer) tells the world.

use std::sync::Arc;

use super::agreement::Agreement;
use super::client::Attempt;
use super::outbound::Token;
use crate::Version;
use crate::era::{Session, Terms};
use crate::wire::{Code, Id, Notification, Request, Response, RpcError};

/// Something happened on the connection.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// A request to serve; [`Peer::respond`](super::Peer::respond) to it.
    Call(Admitted),
    /// The other side no longer wants this call: drop it. Its answer, if it comes, is not sent.
    Cancelled {
        /// Which one.
        key: CallKey,
        /// What is left to send of the batch it came in, where it was the last that the batch waited for. It belongs where
        /// the call's answer would have gone.
        rest: Option<Vec<u8>>,
    },
    /// A session was opened: `initialize` was answered with so many bytes.
    Opened(Arc<Session>, usize),
    /// To a server: a request, or what should have been one, was refused before it became a call. The client is told.
    Refused(Box<Refusal>),
    /// The client says that it has understood the handshake; change notices may be sent from now on.
    Ready,
    /// A notification that the engine has no use for.
    Notified(Notification),
    /// The answer to a request of ours.
    Answered(Token, Response),
    /// To a client: it has come to an agreement with its server.
    Agreed(Arc<Agreement>),
    /// To a client: it has not. In a box: calls are handed on in as many bytes as the largest of all events has.
    Disagreed(Box<Disagreement>),
    /// To a client: how far a request of its own has come.
    Progress(Token, Notification),
    /// To a client: an answer to nothing that was asked, or a second one.
    Stray(Response),
    /// To a client: what the server has sent is no message.
    Unreadable(RpcError),
}

/// What a server has refused before it became a call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The id of the request, where that could be read.
    pub id: Option<Id>,
    /// The method that was asked for, where that could be read.
    pub method: Option<Box<str>>,
    /// The code of the error.
    pub code: Code,
    /// How many bytes the answer has.
    pub bytes: usize,
}

/// Why a client and its server could not come to an agreement.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Disagreement {
    /// How it was sought.
    pub how: Attempt,
    /// What stood in the way, in words.
    pub why: String,
    /// The revisions that the server says it speaks, of those that are known here.
    pub supported: Vec<Version>,
    /// What the server has answered.
    pub response: Response,
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
