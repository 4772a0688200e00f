//! The answers that HTTP itself gives.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderName, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use mcp_proto::wire::{ErrorId, Invalid, RpcError, error_frame};

use super::body::{Body, Events};
use super::head::Accepts;
use crate::budget::Budget;

/// A JSON body.
pub(super) fn json(status: StatusCode, bytes: impl Into<Bytes>) -> Response<Body> {
    let mut response = empty(status);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    *response.body_mut() = Body::whole(bytes);
    response
}

/// An error that answers no request in particular.
pub(super) fn error(status: StatusCode, error: &RpcError) -> Response<Body> {
    error_to(status, ErrorId::LeftOut, error)
}

/// An error that answers a request.
#[inline(never)]
pub(super) fn error_to(status: StatusCode, id: ErrorId<'_>, error: &RpcError) -> Response<Body> {
    let mut frame = Vec::new();
    error_frame(&mut frame, id, error);
    json(status, frame)
}

/// A stream of events.
pub(super) fn events(source: impl Events + 'static) -> Response<Body> {
    event_stream(Body::events(source))
}

/// Events that are all there already.
pub(super) fn event_bytes(bytes: Bytes) -> Response<Body> {
    event_stream(Body::whole(bytes))
}

fn event_stream(body: Body) -> Response<Body> {
    let mut response = empty(StatusCode::OK);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // Or a proxy collects events before it passes them on.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    *response.body_mut() = body;
    response
}

/// Says that the connection ends with this answer: what is still to come of the request is not read.
pub(super) fn closing(mut response: Response<Body>) -> Response<Body> {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// No body, and nothing to say beside the status. As [`empty`], which is inlined where calls are answered.
#[inline(never)]
pub(super) fn only(status: StatusCode) -> Response<Body> {
    empty(status)
}

/// No body.
pub(super) fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// An answer that is there at once, as the client takes it.
pub(super) fn one(accepts: Accepts, frame: Vec<u8>, budget: &Arc<Budget>) -> Response<Body> {
    if accepts.one_as_json() {
        return json(StatusCode::OK, budget.hold(frame));
    }
    event_bytes(budget.hold([b"data: ", &*frame, b"\n\n"].concat()))
}

/// 406, where nothing that could be sent back is taken.
pub(super) fn not_acceptable() -> Response<Body> {
    refused_by_accept("application/json, text/event-stream, or both")
}

/// 406, where what is asked for is a stream.
pub(super) fn only_events() -> Response<Body> {
    refused_by_accept("text/event-stream")
}

fn refused_by_accept(wanted: &str) -> Response<Body> {
    let why = format!("Not acceptable: Accept must list {wanted}");
    error(StatusCode::NOT_ACCEPTABLE, &RpcError::invalid_request(why))
}

/// 415.
pub(super) fn unsupported() -> Response<Body> {
    let why = "Invalid request: Content-Type must be application/json";
    error(StatusCode::UNSUPPORTED_MEDIA_TYPE, &RpcError::invalid_request(why))
}

/// 503: too many calls are in flight, or too much memory is used by those that are.
pub(super) fn busy(id: ErrorId<'_>) -> Response<Body> {
    let why = "The server is busy: too many calls, or too large ones, are in flight; try again in a moment";
    // As on a stream: the request is in order.
    let why = RpcError { message: why.into(), ..RpcError::internal() };
    let mut response = error_to(StatusCode::SERVICE_UNAVAILABLE, id, &why);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// A JSON body, to a request that may be made again after so many seconds.
#[cfg(feature = "layers")]
pub(super) fn later(status: u16, seconds: u64, bytes: impl Into<Bytes>) -> Response<Body> {
    let mut response = json(StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE), bytes);
    response.headers_mut().insert(RETRY_AFTER, seconds.into());
    response
}

/// 405, with the methods that there are.
pub(super) fn not_allowed(allowed: &'static str) -> Response<Body> {
    let mut response = only(StatusCode::METHOD_NOT_ALLOWED);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}

/// 400: the message is wrong in itself.
pub(super) fn invalid(invalid: &Invalid) -> Response<Body> {
    let id = invalid.id.as_ref().map_or(ErrorId::LeftOut, ErrorId::Given);
    error_to(StatusCode::BAD_REQUEST, id, &invalid.error)
}

/// 400: a batch, or an answer, where there is no session.
pub(super) fn not_one() -> Response<Body> {
    let why = "Invalid request: a body holds one request or notification";
    error(StatusCode::BAD_REQUEST, &RpcError::invalid_request(why))
}
