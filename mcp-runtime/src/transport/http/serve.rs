//! Answering a request: by its method, then by its era.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use http::header::EXPECT;
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use mcp_proto::wire::{Code, ErrorId, Incoming, Message, Method as McpMethod, RpcError, decode};

use super::body::{self, Body, KEEP_ALIVE, Unread};
use super::endpoint::Endpoint;
use super::head::{Era, Head};
use super::place::Place;
use super::route::Route;
use super::stateful::{self, pair};
#[cfg(feature = "ws")]
use super::upgrade;
use super::{answer, cors, stateless};
use crate::call::{Facts, Principal};

/// What is read of a body for which there is no place, unless it is a notice: more than any notice has.
const NOTICE: usize = 16 * 1024;

/// How far a message is answered.
pub(super) enum Begun<'a> {
    /// As most are. The future of a request has no room for a call that waits.
    Answered(Response<Body>),
    /// A call that waits, in a box.
    Waits(Pin<Box<dyn Future<Output = Response<Body>> + Send + 'a>>),
}

/// Splits a request into what is known of the caller, with its head, and its body.
///
/// This is done before the future of the answer is made. The future would have room for the request both as a whole and in parts,
/// and all of that room is copied when the future is boxed.
pub(super) fn taken_apart<B>(request: Request<B>, peer: Option<SocketAddr>) -> (Arc<Facts<Parts>>, B) {
    let (parts, body) = request.into_parts();
    let principal = parts.extensions.get().cloned().unwrap_or_default();
    (Arc::new(Facts { address: peer.map(|peer| peer.ip()), ..Facts::new(principal, parts) }), body)
}

impl Endpoint {
    /// Answers a request, whatever its path; one that came over a connection of our own with the address of the other side.
    pub(super) async fn serve<B: http_body::Body>(
        &self,
        mut facts: Arc<Facts<Parts>>,
        body: B,
        peer: Option<SocketAddr>,
    ) -> Response<Body> {
        if let Some(proxies) = &self.config.proxies {
            proxies.look_through(&mut facts, peer);
        }
        #[cfg(feature = "ws")]
        let is_socket = self.config.sockets.is_some() && upgrade::is_wanted(&facts.head);
        #[cfg(feature = "ws")]
        if is_socket {
            upgrade::take_token(&mut facts);
        }
        // Whoever is revoked while a request is under way is revoked for what it opens, too.
        let identified = self.config.authenticator.is_some().then(SystemTime::now);
        let challenge = match &self.config.authenticator {
            None => None,
            // In a box, so that it does not make every request's future larger.
            Some(authenticator) => Box::pin(self.identify(&**authenticator, &mut facts)).await.err(),
        };
        let head = Head::new(&facts, peer);
        let began = self.live.core.observers().is_watched().then(Instant::now);
        let mut response = if let Err(refusal) = self.admit(&head.parts.uri, head.named.host, head.named.origin) {
            if body.is_end_stream() { refusal } else { answer::closing(refusal) }
        } else {
            let origin = self.config.guard.shared_with(head.named.origin.first);
            let mut response = match (&head.parts.method, challenge) {
                (&Method::OPTIONS, _) if origin.is_some() => cors::preflight(&head.parts.headers),
                (_, Some(challenge)) if body.is_end_stream() => self.refuse(challenge, head.parts),
                (_, Some(challenge)) => answer::closing(self.refuse(challenge, head.parts)),
                #[cfg(feature = "ws")]
                (&Method::GET, None) if is_socket => upgrade::open(self, &head, &facts),
                (&Method::POST, None) => self.post(&head, body).await,
                (_, None) => self.answer(&head),
            };
            if let Some(origin) = origin {
                cors::share(&mut response, origin);
            }
            response
        };
        head.pass(&response, began, &self.live.core);
        if self.config.heartbeat != KEEP_ALIVE {
            response = response.map(|body| body.alive_every(self.config.heartbeat));
        }
        if !head.principal().is_anonymous() && response.body().is_events() {
            return self.ending_with_credentials(response, head.principal(), identified);
        }
        response
    }

    /// A stream, which ends when the credentials expire with which it was opened, or their owner is revoked.
    #[cold]
    fn ending_with_credentials(
        &self,
        response: Response<Body>,
        principal: &Principal,
        identified: Option<SystemTime>,
    ) -> Response<Body> {
        response.map(|body| body.until(self.live.core.revoked().end_of(principal, identified)))
    }

    /// Answers a request that is not a POST.
    fn answer(&self, head: &Head<'_>) -> Response<Body> {
        match (&head.parts.method, head.named_era()) {
            (_, Era::Stateless) => answer::not_allowed("POST"),
            (&Method::GET, Era::Unknown) if self.config.pair => pair::open(self, head),
            (&Method::GET, _) => stateful::get(self, head),
            (&Method::DELETE, _) => stateful::delete(self, head),
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
        let most = self.live.core.catalog_for_now().profile().http_message_bytes;
        let limit = if may_call { most } else { most.min(NOTICE) };
        let read = {
            let body = pin!(body);
            body::read(body, limit, self.config.body_patience, &self.live.bodies).await
        };
        let body = match read {
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
        match self.route(head, message, place) {
            Begun::Answered(response) => response,
            Begun::Waits(response) => response.await,
        }
    }

    /// Answers a message.
    fn route<'a>(&'a self, head: &'a Head<'a>, message: Incoming, place: Option<Place>) -> Begun<'a> {
        Begun::Answered(match Route::of(message, head) {
            Route::Stateless(request) => return stateless::serve(self, request, head, place),
            Route::Opening(message) => stateful::open(self, head, message),
            Route::Session(message) if !head.accepts.events => {
                return Begun::Waits(Box::pin(stateful::post_for_json(self, head, message, place)));
            }
            Route::Session(message) => stateful::post(self, head, message, place),
            Route::Ignored => answer::empty(StatusCode::ACCEPTED),
            Route::Invalid(invalid) => answer::invalid(&invalid),
            Route::NotOne => answer::not_one(),
        })
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
