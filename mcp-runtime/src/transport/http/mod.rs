//! Streamable HTTP: one endpoint for clients of every revision (`basic/transports/streamable-http`).
//!
//! [`Http`] is a `tower` service over `http` requests: it nests in an axum `Router`, and serves itself. Each request tells
//! for itself which era it is of, so one endpoint serves both at once.

mod address;
mod allowed;
mod answer;
mod app;
mod body;
mod config;
mod connection;
mod cors;
#[cfg(feature = "cli")]
mod door;
mod facts;
mod guard;
mod head;
mod headers;
mod idle;
mod lending;
mod listener;
mod listeners;
mod patient;
mod place;
mod quiet;
mod refused;
mod routes;
mod stateful;
mod stateless;
mod streams;
mod turn;

pub use address::ClientAddress;
#[cfg(feature = "cli")]
pub(crate) use app::Hold;
pub use body::Body;
pub use config::Http;
#[cfg(feature = "cli")]
pub(crate) use door::Door;
pub use listener::Listening;
pub use routes::Routes;

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use http::header::EXPECT;
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use mcp_proto::era;
use mcp_proto::wire::{Code, ErrorId, Incoming, Message, Method as McpMethod, RpcError, decode};
use tower_service::Service;

use self::body::Unread;
use self::config::Config;
use self::head::{Found, Head};
use self::listeners::Listeners;
use self::place::{Calls, Place};
use self::refused::Refused;
use self::stateful::{Sessions, pair};
use crate::budget::Budget;
use crate::call::{Facts, Latch};
use crate::service::{Core, is_watched};

/// What is read of a body for which there is no place, unless it is a notice: more than any notice has.
const NOTICE: usize = 16 * 1024;

/// A service: how it is configured, and what is alive in it.
#[derive(Clone)]
pub(crate) struct Inner {
    config: Config,
    live: Arc<Live>,
}

/// What all clones of a service share, however they are configured.
pub(crate) struct Live {
    core: Arc<Core>,
    sessions: Sessions,
    calls: Arc<Calls>,
    listeners: Arc<Listeners>,
    refused: Refused,
    /// The memory of bodies that are being read.
    bodies: Arc<Budget>,
    /// Raised when serving ends: streams end with their closing result.
    closing: Arc<Latch>,
}

impl<B> Service<Request<B>> for Http
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let inner = Arc::clone(self.inner());
        let (facts, body) = taken_apart(request);
        Box::pin(async move { Ok(inner.serve(facts, body, None).await) })
    }
}

/// Splits a request into what is known of the caller, with its head, and its body.
///
/// This is done before the future of the answer is made. The future would have room for the request both as a whole and in parts,
/// and all of that room is copied when the future is boxed.
fn taken_apart<B>(request: Request<B>) -> (Arc<Facts<Parts>>, B) {
    let (parts, body) = request.into_parts();
    let principal = parts.extensions.get().cloned().unwrap_or_default();
    (Arc::new(Facts::new(principal, parts)), body)
}

impl Inner {
    /// Answers a request, whatever its path; one that came over a connection of our own with the address of the other side.
    async fn serve<B: http_body::Body>(
        &self,
        facts: Arc<Facts<Parts>>,
        body: B,
        peer: Option<SocketAddr>,
    ) -> Response<Body> {
        let head = Head::new(&facts, peer);
        let began = is_watched().then(Instant::now);
        let response = if let Err(refusal) = self.admit(&head.parts.uri, head.named.host, head.named.origin) {
            if body.is_end_stream() { refusal } else { answer::closing(refusal) }
        } else {
            let origin = self.config.guard.shared_with(head.named.origin.first);
            let mut response = match head.parts.method {
                Method::OPTIONS if origin.is_some() => cors::preflight(&head.parts.headers),
                Method::POST => self.post(&head, body).await,
                _ => self.answer(&head),
            };
            if let Some(origin) = origin {
                cors::share(&mut response, origin);
            }
            response
        };
        if let Some(began) = began {
            head.pass(&response, began);
        }
        response
    }

    /// Whether a request may talk to the server at all.
    // The error is the answer itself, made once for a request that is refused.
    #[allow(clippy::result_large_err)]
    fn admit(&self, uri: &http::Uri, host: Found<'_>, origin: Found<'_>) -> Result<(), Response<Body>> {
        let authority = uri.authority().map(http::uri::Authority::as_str);
        self.config.guard.admits(authority, host, origin).map_err(|header| {
            let (said, option) = match header {
                "Host" => (host.first, "`--allow-host`, or `Http::allow_host`"),
                _ => (origin.first, "`--allow-origin`, or `Http::allow_origin`"),
            };
            let said = said.map(|said| String::from_utf8_lossy(said.as_bytes()));
            self.live.refused.note(header, &said.unwrap_or_else(|| authority.unwrap_or_default().into()));
            let why = format!("Forbidden: this {header} is not allowed; the server's operator can allow it ({option})");
            answer::error(StatusCode::FORBIDDEN, &RpcError::invalid_request(why))
        })
    }

    /// Answers a request that is not a POST.
    fn answer(&self, head: &Head<'_>) -> Response<Body> {
        match head.parts.method {
            _ if head.is_stateless() => answer::not_allowed("POST"),
            Method::GET if self.config.pair && !head.has_session() => pair::open(self, head),
            Method::GET => stateful::get(self, head),
            Method::DELETE => stateful::delete(self, head),
            _ => answer::not_allowed("POST, GET, DELETE"),
        }
    }

    async fn post<B: http_body::Body>(&self, head: &Head<'_>, body: B) -> Response<Body> {
        // A client that asks first need not send what is not wanted. What comes unasked is read, and the connection goes on.
        if !head.is_json() && head.parts.headers.contains_key(EXPECT) {
            return answer::closing(answer::unsupported());
        }
        // Where no call may be begun only a notice is taken in: that one is cancelled, or an answer, which lets one go on.
        let may_call = !self.live.core.budget().is_full() && self.live.calls.has_room(self.config.calls);
        let most = self.live.core.catalog().profile().http_message_bytes;
        let limit = if may_call { most } else { most.min(NOTICE) };
        let body = match body::read(body, limit, self.config.body_patience, &self.live.bodies).await {
            Ok(body) => body,
            Err(_) if !may_call => return answer::closing(answer::busy(ErrorId::LeftOut)),
            Err(unread) => return unread_answer(unread, limit, stateful::error_id(self, head)),
        };
        if !head.is_json() {
            return answer::unsupported();
        }
        let message = decode(body);
        // Taken once the body has come: a client that never sends one must not keep others out.
        let place = may_call.then(|| Place::take(&self.live.calls, self.config.calls)).flatten();
        if place.is_none() && !is_free(&message) {
            let id = match &message {
                Incoming::One(Message::Request(request)) => ErrorId::Given(&request.id),
                _ => ErrorId::LeftOut,
            };
            return answer::busy(id);
        }
        if self.config.pair && pair::is_message(head) {
            return pair::post(self, head, message, place);
        }
        if !head.accepts.json && !head.accepts.events {
            return answer::not_acceptable();
        }
        self.route(head, message, place).await
    }

    /// Finds out which era a message is of.
    async fn route(&self, head: &Head<'_>, message: Incoming, place: Option<Place>) -> Response<Body> {
        match message {
            Incoming::One(Message::Request(request)) if era::is_stateless(&request) || head.is_stateless() => {
                stateless::serve(self, request, head, place).await
            }
            // No notification means anything to a server without a session.
            Incoming::One(Message::Notification(_)) if head.is_stateless() => answer::empty(StatusCode::ACCEPTED),
            Incoming::One(Message::Invalid(invalid)) if head.is_stateless() || !head.has_session() => {
                let id = invalid.id.as_ref().map_or(ErrorId::LeftOut, ErrorId::Given);
                answer::error_to(StatusCode::BAD_REQUEST, id, &invalid.error)
            }
            _ if head.is_stateless() => {
                let error = RpcError::invalid_request("Invalid request: a body holds one request or notification");
                answer::error(StatusCode::BAD_REQUEST, &error)
            }
            Incoming::One(Message::Request(ref request))
                if request.method == McpMethod::Initialize && !head.has_session() =>
            {
                stateful::open(self, head, message)
            }
            // In a box, so that it does not make every request's future larger.
            message if !head.accepts.events => Box::pin(stateful::post_for_json(self, head, message, place)).await,
            message => stateful::post(self, head, message, place),
        }
    }

    /// What the server offers, as JSON, for whoever may talk to it.
    fn capabilities(&self) -> Bytes {
        self.live.core.catalog().summary()
    }

    /// Ends in good order: no session is opened any more, what only listens ends, calls in flight may finish.
    fn close(&self) {
        self.live.closing.raise();
        self.live.sessions.finish();
    }
}

/// Whether a message is taken in however busy the server is: it asks for nothing, or only whether anybody is there.
fn is_free(message: &Incoming) -> bool {
    match message {
        Incoming::One(Message::Notification(_) | Message::Response(_)) => true,
        Incoming::One(Message::Request(request)) => request.method == McpMethod::Ping,
        _ => false,
    }
}

fn unread_answer(unread: Unread, limit: usize, id: ErrorId<'_>) -> Response<Body> {
    let (status, error) = match unread {
        Unread::TooLarge => {
            let why = format!("Invalid request: longer than {limit} bytes");
            (StatusCode::PAYLOAD_TOO_LARGE, RpcError::invalid_request(why))
        }
        Unread::TooSlow => {
            let why = "Invalid request: it took too long to arrive";
            (StatusCode::REQUEST_TIMEOUT, RpcError::invalid_request(why))
        }
        Unread::NoRoom => return answer::closing(answer::busy(ErrorId::LeftOut)),
        Unread::Broken => (StatusCode::BAD_REQUEST, RpcError::new(Code::PARSE, "Parse error: cut off")),
    };
    answer::closing(answer::error_to(status, id, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_offers_is_rendered_once_until_it_changes() {
        let server = crate::Server::empty("offers").dynamic().build().expect("a server");
        let handle = server.handle();
        let http = Http::new(server);
        let offered = http.inner().capabilities();
        assert_eq!(offered.as_ptr(), http.inner().capabilities().as_ptr());
        handle.add_tools(&[]).expect("nothing is wrong with nothing");
        assert_eq!(offered, http.inner().capabilities());
        assert_ne!(offered.as_ptr(), http.inner().capabilities().as_ptr());
    }
}
