//! Which era a message is of, and so what becomes of it.

use mcp_proto::era;
use mcp_proto::wire::{Incoming, Invalid, Message, Method, Request};

use super::head::Era;

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
    /// What becomes of a message whose head names an era.
    pub(super) fn of(message: Incoming, named: Era) -> Self {
        use Incoming::One;
        use Message as M;

        match (message, named) {
            (One(M::Request(request)), Era::Stateless) => Self::Stateless(request),
            (One(M::Request(request)), _) if era::is_stateless(&request) => Self::Stateless(request),
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
