//! Which era a message is of, and so what becomes of it.

use mcp_proto::era;
use mcp_proto::wire::{Incoming, Invalid, Message, Method, Request};

use super::head::{Era, Head};

/// What becomes of a message.
pub(super) enum Route {
    /// A request that stands alone: it is served.
    Stateless(Box<Request>),
    /// `initialize`: it opens a session.
    Opening(Incoming),
    /// Anything else of a session, or of a client that should have one.
    Session(Incoming),
    /// A notification, which means nothing to a server without a session.
    Ignored,
    /// It is wrong in itself.
    Invalid(Invalid),
    /// A batch, or an answer, where there is no session.
    NotOne,
}

impl Route {
    /// What becomes of a message with this head. What the body says of itself comes first: most requests say it, and then the
    /// head need not be read.
    pub(super) fn of(message: Incoming, head: &Head<'_>) -> Self {
        use Incoming::One;
        use Message as M;

        let message = match message {
            One(M::Request(request)) if era::is_stateless(&request) => return Self::Stateless(request),
            message => message,
        };
        match (message, head.named_era()) {
            (One(M::Request(request)), Era::Stateless) => Self::Stateless(request),
            (One(M::Notification(_)), Era::Stateless) => Self::Ignored,
            (One(M::Invalid(invalid)), Era::Stateless | Era::Unknown) => Self::Invalid(invalid),
            (_, Era::Stateless) => Self::NotOne,
            (One(M::Request(request)), Era::Unknown) if request.method == Method::Initialize => {
                Self::Opening(One(M::Request(request)))
            }
            (message, _) => Self::Session(message),
        }
    }
}
