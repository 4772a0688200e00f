//! 2025-03-26 to 2025-11-25: sessions, streams that can be resumed (2025-11-25, `basic/transports`).

mod basis;
mod id;
mod kept;
mod log;
mod post;
mod reader;
mod rest;
mod session;
mod speaker;
mod store;
mod streams;
mod usage;

pub(super) mod pair;
pub(super) use store::Sessions;

use std::sync::Arc;

use http::header::RETRY_AFTER;
use http::{HeaderValue, Response, StatusCode};
use mcp_proto::Version;
use mcp_proto::wire::{Code, ErrorId, Id, Incoming, Message, RpcError, error_code};

use self::id::SessionId;
use self::log::Remainder;
use self::reader::{EventId, Reader};
use self::session::{HttpSession, Visit};
use self::speaker::{Spoken, Way};
use self::store::NoRoom;
use super::address::Source;
use super::body::Body;
use super::endpoint::Endpoint;
use super::head::Head;
use super::names::text_of;
use super::place::Place;
use super::{answer, names};
use crate::output::FORBIDDEN;

/// `initialize`: opens a session.
pub(super) fn open(http: &Endpoint, head: &Head<'_>, message: Incoming) -> Response<Body> {
    let source = head.source();
    let session = match admit(http, head, source, false) {
        Ok(session) => session,
        Err(refusal) => return refusal,
    };
    let reply = match HttpSession::initialize(&session, message, head) {
        Ok(reply) => reply,
        Err(refusal) => return answer::json(StatusCode::BAD_REQUEST, refusal),
    };
    let id = session.id().header();
    if let Err(why) = http.live.sessions.insert(session, source, &http.config) {
        return no_room(why);
    }
    let mut response = answer::one(head.accepts, reply, http.live.core.budget());
    response.headers_mut().insert(&names::SESSION, id);
    response
}

/// A session that is not among the others yet.
// The error is the answer itself, made once for a request that is refused.
#[allow(clippy::result_large_err)]
fn admit(
    http: &Endpoint,
    head: &Head<'_>,
    source: Option<Source>,
    is_pair: bool,
) -> Result<Arc<HttpSession>, Response<Body>> {
    if http.live.closing.is_raised() {
        return Err(no_room(NoRoom::Full));
    }
    http.live.sessions.has_room(source, &http.config).map_err(no_room)?;
    Sessions::sweep_from_now_on(&http.live.sessions, &http.config);
    let peer = head.facts().address.map(|address| address.to_string().into());
    HttpSession::new(http.live.sessions.basis(), head.principal().clone(), peer, is_pair)
        .map_err(|_| answer::error(StatusCode::INTERNAL_SERVER_ERROR, &RpcError::internal()))
}

/// 503: no session can be added.
fn no_room(why: NoRoom) -> Response<Body> {
    let error = RpcError::invalid_request(match why {
        NoRoom::Full => "There is no room for another session right now; try again later",
        NoRoom::Share => "Too many sessions are open from this address; close one, or try again later",
    });
    let mut refusal = answer::error(StatusCode::SERVICE_UNAVAILABLE, &error);
    refusal.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    refusal
}

/// A message in a session.
pub(super) fn post(http: &Endpoint, head: &Head<'_>, message: Incoming, place: Option<Place>) -> Response<Body> {
    match handle(http, head, message, Way::Stream, place) {
        Ok((session, spoken)) => said(http, &session, head, spoken),
        Err(refusal) => refusal,
    }
}

/// A message in a session, from a client that takes no stream.
pub(super) async fn post_for_json(
    http: &Endpoint,
    head: &Head<'_>,
    message: Incoming,
    place: Option<Place>,
) -> Response<Body> {
    match handle(http, head, message, Way::Whole, place) {
        Ok((_, Spoken::Later(answered))) => match answered.await {
            Ok(frame) => answer::json(StatusCode::OK, http.live.core.budget().hold(frame)),
            // A call that was cancelled has no answer.
            Err(_) => answer::empty(StatusCode::ACCEPTED),
        },
        Ok((session, spoken)) => said(http, &session, head, spoken),
        Err(refusal) => refusal,
    }
}

/// Handles a message in the session that the headers name.
// The error is the answer itself, made once for a request that is refused.
#[allow(clippy::result_large_err)]
fn handle(
    http: &Endpoint,
    head: &Head<'_>,
    message: Incoming,
    way: Way,
    place: Option<Place>,
) -> Result<(Visit, Spoken), Response<Body>> {
    let place = place_of(http, &message, place).ok_or_else(|| answer::busy(ErrorId::LeftOut))?;
    let session = find(http, head, id_of(&message))?;
    let spoken = HttpSession::handle(&session, message, head, way, place);
    Ok((session, spoken))
}

fn said(http: &Endpoint, session: &Visit, head: &Head<'_>, spoken: Spoken) -> Response<Body> {
    match spoken {
        Spoken::Nothing | Spoken::Later(_) => answer::empty(StatusCode::ACCEPTED),
        Spoken::Answer(frame) if error_code(&frame) == Some(Code(FORBIDDEN)) => http.forbidden(head, frame),
        #[cfg(feature = "layers")]
        Spoken::Answer(frame) if http.config.session_statuses => match crate::layers::status(&frame) {
            Some((status, after)) => answer::later(status, after, http.live.core.budget().hold(frame)),
            None => answer::one(head.accepts, frame, http.live.core.budget()),
        },
        Spoken::Answer(frame) => answer::one(head.accepts, frame, http.live.core.budget()),
        Spoken::Refusal(frame) => answer::json(StatusCode::BAD_REQUEST, frame),
        Spoken::Stream(log) => answer::events(Reader::new(Arc::clone(session), log)),
    }
}

/// The id of a single request.
fn id_of(message: &Incoming) -> Option<&Id> {
    match message {
        Incoming::One(Message::Request(request)) => Some(&request.id),
        _ => None,
    }
}

/// The permits of all calls that a message brings, given that of the first. `None` where there are too many calls.
fn place_of(http: &Endpoint, message: &Incoming, mut place: Option<Place>) -> Option<Option<Place>> {
    let Incoming::Batch(messages) = message else { return Some(place) };
    let calls = messages.iter().filter(|message| matches!(message, Message::Request(_))).count();
    let is_room = place.as_mut().is_none_or(|place| calls < 2 || place.widen(calls - 1, http.config.calls));
    is_room.then_some(place)
}

/// Listens: to what is said outside of any request, or on from where a stream was cut off.
pub(super) fn get(http: &Endpoint, head: &Head<'_>) -> Response<Body> {
    let session = match find(http, head, None) {
        Ok(session) => session,
        Err(refusal) => return refusal,
    };
    if !head.accepts.events {
        return answer::only_events();
    }
    let Some(last) = head.parts.headers.get("last-event-id") else {
        let log = Arc::clone(session.standalone());
        return answer::events(Reader::new(Arc::clone(&session), log));
    };
    let last = text_of(last).and_then(EventId::parse);
    let stream = last.and_then(|last| Some((session.stream(last.stream)?, last)));
    match stream.map(|(log, last)| (log.rest(last.place), log, last)) {
        Some((Remainder::There, log, last)) => answer::events(Reader::resume(Arc::clone(&session), log, last)),
        // Given a stream that ends at once, clients ask for ever; told 405, they stop.
        Some((Remainder::Nothing, ..)) => answer::not_allowed("POST, DELETE"),
        Some((Remainder::Unknown, ..)) | None => {
            let why = "Invalid request: no stream has, or still has all that came after, this Last-Event-ID";
            answer::error(StatusCode::BAD_REQUEST, &RpcError::invalid_request(why))
        }
    }
}

/// Ends a session.
pub(super) fn delete(http: &Endpoint, head: &Head<'_>) -> Response<Body> {
    match find(http, head, None) {
        Ok(session) => {
            http.live.sessions.remove(&session);
            answer::only(StatusCode::OK)
        }
        Err(refusal) => refusal,
    }
}

/// The id of an error that answers no request: in the session that the headers name, if there is one.
pub(super) fn error_id(http: &Endpoint, head: &Head<'_>) -> ErrorId<'static> {
    let is_null = find(http, head, None).is_ok_and(|session| session.has_null_error_ids());
    if is_null { ErrorId::Null } else { ErrorId::LeftOut }
}

/// The session that the headers name, if it is the caller's.
// The error is the answer itself, made once for a request that is refused.
#[allow(clippy::result_large_err)]
fn find(http: &Endpoint, head: &Head<'_>, request: Option<&Id>) -> Result<Visit, Response<Body>> {
    let id = request.map_or(ErrorId::LeftOut, ErrorId::Given);
    let refuse = |status, why: &'static str| answer::error_to(status, id, &RpcError::invalid_request(why));
    if let Some(version) = head.named.version.first {
        let known = text_of(version).and_then(Version::parse);
        if known.is_none() {
            return Err(refuse(
                StatusCode::BAD_REQUEST,
                "Invalid request: this MCP-Protocol-Version is not spoken here",
            ));
        }
    }
    let Some(named) = head.named.session.first else {
        let why = "Invalid request: Mcp-Session-Id is missing; open a session with `initialize`, \
                   or send MCP-Protocol-Version: 2026-07-28, which has no sessions";
        return Err(refuse(StatusCode::BAD_REQUEST, why));
    };
    let session = SessionId::parse(named.as_bytes()).and_then(|id| http.live.sessions.find(id, &http.config));
    // Whose it is, is nobody else's business.
    let session = session.filter(|session| session.admits(head.principal()) && !session.is_pair());
    session.ok_or_else(|| refuse(StatusCode::NOT_FOUND, "Invalid request: the session does not exist, or has ended"))
}
