//! Streamable HTTP: one endpoint for clients of every revision (`basic/transports/streamable-http`).
//!
//! [`Http`] is a `tower` service over `http` requests: it nests in an axum `Router`, and serves itself. Each request tells
//! for itself which era it is of, so one endpoint serves both at once.

mod answer;
mod body;
mod config;
mod guard;
mod headers;
mod listener;
mod stateful;
mod stateless;

pub use body::Body;
pub use config::Http;
pub use listener::Listening;

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use mcp_proto::Version;
use mcp_proto::era;
use mcp_proto::wire::{Code, ErrorId, Incoming, Message, Method as McpMethod, RpcError, decode};
use tower_service::Service;

use self::body::Unread;
use self::config::Config;
use self::stateful::Sessions;
use crate::call::Latch;
use crate::service::Core;

/// What the clones of a service share.
pub(crate) struct Inner {
    core: Arc<Core>,
    config: Config,
    sessions: Sessions,
    /// Raised when serving ends: streams end with their closing result.
    closing: Arc<Latch>,
    in_flight: AtomicUsize,
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
        Box::pin(async move { Ok(inner.serve(request).await) })
    }
}

impl Inner {
    async fn serve<B: http_body::Body>(self: &Arc<Self>, request: Request<B>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let authority = parts.uri.authority().map(http::uri::Authority::as_str);
        if let Err(header) = self.config.guard.admits(authority, &parts.headers) {
            let why = format!("Forbidden: this {header} is not let in");
            return answer::error(StatusCode::FORBIDDEN, &RpcError::invalid_request(why));
        }
        let Some(_place) = Place::take(self) else {
            let mut busy = answer::empty(StatusCode::SERVICE_UNAVAILABLE);
            busy.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            return busy;
        };
        match parts.method {
            Method::POST => self.post(parts, body).await,
            Method::GET if !is_stateless_version(&parts.headers) => stateful::get(self, &parts.headers),
            Method::DELETE if !is_stateless_version(&parts.headers) => stateful::delete(self, &parts.headers),
            _ => answer::not_allowed("POST, GET, DELETE"),
        }
    }

    async fn post<B: http_body::Body>(self: &Arc<Self>, parts: Parts, body: B) -> Response<Body> {
        if !is_json(&parts.headers) {
            return answer::error(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                &RpcError::invalid_request("Invalid request: Content-Type must be application/json"),
            );
        }
        let accepts = Accepts::read(&parts.headers);
        if !accepts.json && !accepts.events {
            return not_acceptable();
        }
        let limit = self.core.catalog().profile().limits.message_bytes;
        let body = match body::read(body, limit, self.config.body_patience).await {
            Ok(body) => body,
            Err(unread) => return unread_answer(unread, limit),
        };
        self.route(&parts.headers, body, accepts).await
    }

    /// Finds out which era a message is of.
    async fn route(self: &Arc<Self>, headers: &HeaderMap, body: Bytes, accepts: Accepts) -> Response<Body> {
        let incoming = decode(body.clone());
        let has_session = headers.contains_key(headers::SESSION);
        match incoming {
            Incoming::One(Message::Request(request)) => {
                let stateless = era::is_stateless(&request) || (is_stateless_version(headers) && !has_session);
                if stateless {
                    return stateless::serve(self, request, headers, accepts.events).await;
                }
                if request.method == McpMethod::Initialize && !has_session {
                    return stateful::open(self, body);
                }
                stateful::post(self, headers, body, Some(&request.id), accepts)
            }
            Incoming::One(Message::Invalid(invalid)) if !has_session => {
                let id = invalid.id.as_ref().map_or(ErrorId::LeftOut, ErrorId::Given);
                answer::error_to(StatusCode::BAD_REQUEST, id, &invalid.error)
            }
            // No notification or answer means anything to a server without a session.
            Incoming::One(Message::Notification(_)) if is_stateless_version(headers) => {
                answer::empty(StatusCode::ACCEPTED)
            }
            _ => stateful::post(self, headers, body, None, accepts),
        }
    }
}

/// A place among the requests that are served at once.
struct Place(Arc<Inner>);

impl Place {
    fn take(inner: &Arc<Inner>) -> Option<Self> {
        let before = inner.in_flight.fetch_add(1, Ordering::Relaxed);
        let place = Self(Arc::clone(inner));
        (before < inner.config.calls).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a client says it can read.
#[derive(Clone, Copy)]
struct Accepts {
    json: bool,
    events: bool,
}

impl Accepts {
    fn read(headers: &HeaderMap) -> Self {
        let mut accepts = Self { json: false, events: false };
        let mut any = false;
        for value in headers.get_all(ACCEPT) {
            for range in value.to_str().unwrap_or_default().split(',') {
                any = true;
                match range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
                    "application/json" | "application/*" => accepts.json = true,
                    "text/event-stream" | "text/*" => accepts.events = true,
                    "*/*" => accepts = Self { json: true, events: true },
                    _ => {}
                }
            }
        }
        // Who names nothing takes anything (RFC 9110, "Accept").
        if any { accepts } else { Self { json: true, events: true } }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

/// Whether the header names a version without sessions.
fn is_stateless_version(headers: &HeaderMap) -> bool {
    let version = headers.get(headers::VERSION).and_then(|version| version.to_str().ok());
    version.and_then(Version::parse).is_some_and(Version::is_stateless)
}

fn not_acceptable() -> Response<Body> {
    let why = "Not acceptable: Accept must list application/json and text/event-stream";
    answer::error(StatusCode::NOT_ACCEPTABLE, &RpcError::invalid_request(why))
}

fn unread_answer(unread: Unread, limit: usize) -> Response<Body> {
    match unread {
        Unread::TooLarge => {
            let why = format!("Invalid request: longer than {limit} bytes");
            answer::error(StatusCode::PAYLOAD_TOO_LARGE, &RpcError::invalid_request(why))
        }
        Unread::TooSlow => {
            let why = "Invalid request: it took too long to arrive";
            answer::error(StatusCode::REQUEST_TIMEOUT, &RpcError::invalid_request(why))
        }
        Unread::Broken => answer::error(StatusCode::BAD_REQUEST, &RpcError::new(Code::PARSE, "Parse error: cut off")),
    }
}
