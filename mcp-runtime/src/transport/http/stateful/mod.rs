//! 2025-03-26 to 2025-11-25: sessions, streams that can be resumed (2025-11-25, `basic/transports`).

mod log;
mod session;
mod store;

pub(super) use store::Sessions;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use mcp_proto::Version;
use mcp_proto::wire::{ErrorId, Id, RpcError};

use self::log::{EventId, Reader};
use self::session::{Session, Spoken};
use super::body::Body;
use super::{Accepts, Inner, answer, headers, not_acceptable};

/// `initialize`: opens a session.
pub(super) fn open(http: &Arc<Inner>, body: Bytes) -> Response<Body> {
    let Ok(session) = Session::new(&http.core, &http.closing) else {
        return answer::error(StatusCode::INTERNAL_SERVER_ERROR, &RpcError::internal());
    };
    let reply = match session.initialize(body) {
        Ok(reply) => reply,
        Err(refusal) => return answer::json(StatusCode::BAD_REQUEST, refusal),
    };
    let id = session.id().clone();
    if !http.sessions.insert(session, &http.config) {
        return answer::error(StatusCode::SERVICE_UNAVAILABLE, &RpcError::internal());
    }
    store::sweep_from_now_on(http);
    let mut response = answer::json(StatusCode::OK, reply);
    response.headers_mut().insert(headers::SESSION, id);
    response
}

/// A message in a session.
pub(super) fn post(
    http: &Arc<Inner>,
    headers: &HeaderMap,
    body: Bytes,
    request: Option<&Id>,
    accepts: Accepts,
) -> Response<Body> {
    let session = match find(http, headers, request) {
        Ok(session) => session,
        Err(refusal) => return refusal,
    };
    if request.is_some() && !(accepts.json && accepts.events) {
        return not_acceptable();
    }
    match Session::handle(&session, body) {
        Spoken::Nothing => answer::empty(StatusCode::ACCEPTED),
        Spoken::Answer(frame) => answer::json(StatusCode::OK, frame),
        Spoken::Refusal(frame) => answer::json(StatusCode::BAD_REQUEST, frame),
        Spoken::Stream(log) => answer::events(Reader::new(session, log, None)),
    }
}

/// Listens: to what is said outside of any request, or on from where a stream was cut off.
pub(super) fn get(http: &Arc<Inner>, headers: &HeaderMap) -> Response<Body> {
    let session = match find(http, headers, None) {
        Ok(session) => session,
        Err(refusal) => return refusal,
    };
    if !Accepts::read(headers).events {
        return not_acceptable();
    }
    let Some(last) = headers.get("last-event-id") else {
        let log = Arc::clone(session.standalone());
        return answer::events(Reader::new(session, log, None));
    };
    let last = last.to_str().ok().and_then(EventId::parse);
    match last.and_then(|last| Some((session.stream(last.stream)?, last))) {
        Some((log, last)) => answer::events(Reader::new(session, log, Some(last))),
        None => answer::error(
            StatusCode::BAD_REQUEST,
            &RpcError::invalid_request("Invalid request: no stream has, or still has, this Last-Event-ID"),
        ),
    }
}

/// Ends a session.
pub(super) fn delete(http: &Arc<Inner>, headers: &HeaderMap) -> Response<Body> {
    match find(http, headers, None) {
        Ok(session) => {
            http.sessions.remove(&session);
            answer::empty(StatusCode::OK)
        }
        Err(refusal) => refusal,
    }
}

/// Ends all sessions.
pub(super) fn close(http: &Inner) {
    http.sessions.close();
}

/// The session that the headers name.
// The error is the answer itself, made once for a request that is refused.
#[allow(clippy::result_large_err)]
fn find(http: &Inner, headers: &HeaderMap, request: Option<&Id>) -> Result<Arc<Session>, Response<Body>> {
    let id = request.map_or(ErrorId::LeftOut, ErrorId::Given);
    let refuse = |status, why: &'static str| answer::error_to(status, id, &RpcError::invalid_request(why));
    if let Some(version) = headers.get(headers::VERSION) {
        let known = version.to_str().ok().and_then(Version::parse);
        if known.is_none() {
            return Err(refuse(
                StatusCode::BAD_REQUEST,
                "Invalid request: this MCP-Protocol-Version is not spoken here",
            ));
        }
    }
    let Some(named) = headers.get(headers::SESSION).map(HeaderValue::as_bytes) else {
        let why = "Invalid request: Mcp-Session-Id is missing; open a session with `initialize`";
        return Err(refuse(StatusCode::BAD_REQUEST, why));
    };
    let session = http.sessions.find(named, &http.config);
    session.ok_or_else(|| refuse(StatusCode::NOT_FOUND, "Invalid request: there is no such session (any more)"))
}
