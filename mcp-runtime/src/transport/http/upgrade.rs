//! A request that becomes a WebSocket.

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use http::header::{
    AUTHORIZATION, CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION,
    UPGRADE,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Version};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use mcp_proto::wire::{ErrorId, RpcError};

use super::answer;
use super::body::Body;
use super::endpoint::Endpoint;
use super::head::Head;
use super::limits::Sockets;
use crate::background::background;
use crate::call::Facts;
use crate::lock::Lock;
use crate::transport::stream::StreamLimits;
use crate::transport::stream::serve::{Peer, serve_halves};
use crate::transport::ws::{End, SUBPROTOCOL, Settings, Side, Socket, accepted};

/// What stands before a token among the subprotocols, which are the one thing that a web page may say beside the URL.
const TOKEN: &str = "mcp.bearer.";

/// What a connection goes on with once its request was answered. A listener of our own puts it into the request; elsewhere there is a task.
#[derive(Clone, Default)]
pub(super) struct Next(Arc<Lock<Option<Session>>>);

type Session = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Next {
    pub(super) fn take(&self) -> Option<Session> {
        self.0.lock().take()
    }
}

impl fmt::Debug for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Next")
    }
}

/// Whether a request wants to become a WebSocket.
pub(super) fn is_wanted(parts: &Parts) -> bool {
    parts.method == Method::GET && has(&parts.headers, &UPGRADE, "websocket")
}

/// Puts a token that stands among the subprotocols where tokens stand, and leaves it nowhere else.
pub(super) fn take_token(facts: &mut Arc<Facts<Parts>>) {
    let Some(Facts { head, .. }) = Arc::get_mut(facts) else { return };
    let protocols: Vec<&str> = list(&head.headers, &SEC_WEBSOCKET_PROTOCOL).collect();
    let Some(token) = protocols.iter().find_map(|name| name.strip_prefix(TOKEN)) else { return };
    let bearer = HeaderValue::try_from(format!("Bearer {token}"));
    let others: Vec<&str> = protocols.iter().copied().filter(|name| !name.starts_with(TOKEN)).collect();
    let others = HeaderValue::try_from(others.join(", "));
    if let (Ok(mut bearer), Ok(others)) = (bearer, others) {
        head.headers.insert(SEC_WEBSOCKET_PROTOCOL, others);
        bearer.set_sensitive(true);
        // A request with both is refused as one with two tokens.
        head.headers.append(AUTHORIZATION, bearer);
    }
}

/// Answers a request that wants to become a WebSocket, and goes on as one.
pub(super) fn open(http: &Endpoint, head: &Head<'_>, facts: &Arc<Facts<Parts>>) -> Response<Body> {
    let Some(Sockets { limits, ping }) = http.config.sockets else { return answer::not_allowed("POST, GET, DELETE") };
    let headers = &head.parts.headers;
    if head.parts.version != Version::HTTP_11 || !has(headers, &CONNECTION, "upgrade") {
        return refused(
            StatusCode::BAD_REQUEST,
            "WebSocket begins with a request of HTTP/1.1 and `Connection: Upgrade`",
        );
    }
    if headers.get(SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        let mut answer = refused(StatusCode::UPGRADE_REQUIRED, "the version of WebSocket that is spoken is 13");
        answer.headers_mut().insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        return answer;
    }
    let key = headers.get(SEC_WEBSOCKET_KEY).and_then(|key| accepted(key.as_bytes()));
    let Some(accept) = key.and_then(|key| HeaderValue::try_from(key).ok()) else {
        return refused(StatusCode::BAD_REQUEST, "Sec-WebSocket-Key is not the base64 of 16 bytes");
    };
    let offers = headers.contains_key(SEC_WEBSOCKET_PROTOCOL);
    if offers && !list(headers, &SEC_WEBSOCKET_PROTOCOL).any(|name| name == SUBPROTOCOL) {
        return refused(StatusCode::BAD_REQUEST, "the subprotocol that is spoken is `mcp`, and it is not offered");
    }
    if http.live.closing.is_raised() || http.live.core.budget().is_full() {
        return answer::busy(ErrorId::LeftOut);
    }
    let Some(upgrade) = head.parts.extensions.get::<OnUpgrade>().cloned() else {
        return refused(StatusCode::NOT_IMPLEMENTED, "this connection cannot become a WebSocket");
    };
    let session = Box::pin(serve(http, upgrade, facts, head.client_name(), limits, ping));
    match head.parts.extensions.get::<Next>() {
        Some(next) => *next.0.lock() = Some(session),
        None => drop(tokio::spawn(background(session))),
    }
    let mut switching = answer::only(StatusCode::SWITCHING_PROTOCOLS);
    let answered = switching.headers_mut();
    answered.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    answered.insert(UPGRADE, HeaderValue::from_static("websocket"));
    answered.insert(SEC_WEBSOCKET_ACCEPT, accept);
    if offers {
        answered.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    }
    switching
}

/// One conversation, until one side ends it.
fn serve(
    http: &Endpoint,
    upgrade: OnUpgrade,
    facts: &Arc<Facts<Parts>>,
    name: Option<String>,
    limits: StreamLimits,
    ping: Duration,
) -> impl Future<Output = ()> + Send + use<> {
    let (core, closing, facts) = (Arc::clone(&http.live.core), Arc::clone(&http.live.closing), Arc::clone(facts));
    async move {
        let Ok(upgraded) = upgrade.await else { return };
        let settings = Settings { message: core.catalog().profile().limits.message_bytes, ping };
        let socket = Socket::open(TokioIo::new(upgraded), Side::Server, settings).await;
        let stop = async {
            closing.raised().await;
            socket.set_end(End::STOPPING);
        };
        let peer = Peer { name: name.unwrap_or_else(|| "a client".to_owned()), transport: "websocket", facts };
        // Why it was closed is logged there.
        let _ = serve_halves(core, socket.halves(), peer, limits, pin!(stop)).await;
    }
}

fn refused(status: StatusCode, why: &'static str) -> Response<Body> {
    answer::closing(answer::error(status, &RpcError::invalid_request(format!("Invalid request: {why}"))))
}

/// Whether a list in a header has this name.
fn has(headers: &HeaderMap, header: &HeaderName, name: &str) -> bool {
    list(headers, header).any(|one| one.eq_ignore_ascii_case(name))
}

/// The names of a list in a header.
fn list<'a>(headers: &'a HeaderMap, header: &HeaderName) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(header).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).filter(|name| !name.is_empty())
}
