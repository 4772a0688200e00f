//! 2024-11-05: HTTP+SSE, one endpoint to listen to and one to send to (2024-11-05, `basic/transports`).
//!
//! A GET opens a session and its stream; the stream's first event names the address that messages are posted to, and
//! everything the server says comes on the stream. The session ends with it.

use std::sync::Arc;

use http::header::RETRY_AFTER;
use http::{HeaderValue, Response, StatusCode};
use mcp_proto::wire::{ErrorId, Incoming, RpcError};

use super::id::SessionId;
use super::reader::Reader;
use super::session::HttpSession;
use super::speaker::Way;
use super::{admit, no_room, place_of};
use crate::transport::http::answer;
use crate::transport::http::body::Body;
use crate::transport::http::endpoint::Endpoint;
use crate::transport::http::head::Head;
use crate::transport::http::place::Place;

/// What the address of a session's messages has for a query: `?sessionId=…`.
const QUERY: &str = "sessionId=";

/// Whether a request is one of the pair's messages.
pub(in crate::transport::http) fn is_message(head: &Head<'_>) -> bool {
    session_id(head).is_some()
}

fn session_id<'a>(head: &Head<'a>) -> Option<&'a str> {
    head.parts.uri.query()?.split('&').find_map(|part| part.strip_prefix(QUERY))
}

/// Opens a session, with its stream.
pub(in crate::transport::http) fn open(http: &Endpoint, head: &Head<'_>) -> Response<Body> {
    if !head.accepts.events {
        return answer::only_events();
    }
    let source = head.source();
    let session = match admit(http, head, source, true) {
        Ok(session) => session,
        Err(refusal) => return refusal,
    };
    // Nested in somebody else's router the service sees a path without its prefix: then the address is relative to the one
    // that the client connected to (RFC 3986, 5.2.2).
    let path = match &http.config.pair_path {
        Some(path) => path,
        None if head.peer.is_some() => head.parts.uri.path(),
        None => "",
    };
    let endpoint = format!("{path}?{QUERY}{}", session.id().text());
    let reader = Reader::of_pair(Arc::clone(&http.live.sessions), Arc::clone(&session), &endpoint);
    if let Err(why) = http.live.sessions.insert(session, source, &http.config) {
        return no_room(why);
    }
    answer::events(reader)
}

/// A message in a session.
pub(in crate::transport::http) fn post(
    http: &Endpoint,
    head: &Head<'_>,
    message: Incoming,
    place: Option<Place>,
) -> Response<Body> {
    let id = session_id(head).and_then(|id| SessionId::parse(id.as_bytes()));
    let session = id.and_then(|id| http.live.sessions.find(id, &http.config));
    let Some(session) = session.filter(|session| session.is_pair() && session.admits(head.principal())) else {
        let error = RpcError::invalid_request("Invalid request: the session does not exist, or has ended");
        return answer::error(StatusCode::NOT_FOUND, &error);
    };
    let Some(place) = place_of(http, &message, place) else { return answer::busy(ErrorId::LeftOut) };
    if session.standalone().is_full() {
        let error = RpcError::invalid_request("Too much that was said is not read yet; read the stream first");
        let mut refusal = answer::error(StatusCode::SERVICE_UNAVAILABLE, &error);
        refusal.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        return refusal;
    }
    HttpSession::handle(&session, message, head, Way::Pair, place);
    answer::only(StatusCode::ACCEPTED)
}
