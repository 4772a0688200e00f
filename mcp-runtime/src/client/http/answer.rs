//! What a server answers to one POST: JSON, or a stream of events that ends with the answer.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, WWW_AUTHENTICATE};
use http::{Response as HttpResponse, StatusCode};
use http_body::Body as _;
use hyper::body::Incoming as Body;
use mcp_proto::engine::Token;
use mcp_proto::wire::{Incoming, Message, Response, decode};
use memchr::memmem;
use tokio::time::sleep;

use super::events::{Event, Events};
use super::session::Session;
use crate::client::error::{ClientError, HttpFailure, RpcFailure};
use crate::client::exchange::Exchange;
use crate::client::hub::FrameDirection;
use crate::client::sent::Sent;

/// How long is waited before a stream is resumed, where the server does not say.
pub(super) const RESUMED_AFTER: Duration = Duration::from_secs(1);

const SESSION_ENDED: &str = "the server has ended the session";

/// An answer whose head has come.
pub(super) struct Answer<'a> {
    session: &'a Arc<Session>,
    exchange: &'a Arc<Exchange>,
    response: HttpResponse<Body>,
}

/// What has become of a stream of events.
enum Read {
    /// What was waited for has come.
    Done,
    /// The stream has ended, or failed, before it.
    Ended(String),
}

impl<'a> Answer<'a> {
    pub(super) fn new(session: &'a Arc<Session>, exchange: &'a Arc<Exchange>, response: HttpResponse<Body>) -> Self {
        Self { session, exchange, response }
    }

    /// Reads what was answered to an attempt to agree.
    ///
    /// # Errors
    /// It is no answer in the protocol.
    pub(super) async fn attempted(self) -> Result<(), ClientError> {
        let (session, exchange) = (self.session, self.exchange);
        let Some(mut body) = self.into_stream().await? else { return Ok(()) };
        let mut events = Events::new(session.message_bytes);
        match read(&mut body, &mut events, exchange, |_| exchange.has_settled()).await? {
            Read::Done => Ok(()),
            Read::Ended(why) => Err(ClientError::connect(format!("no answer: {why}"))),
        }
    }

    /// Reads the answer to a request, and what comes before it.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) async fn answered(self, sent: &mut Sent) -> Result<Response, ClientError> {
        let (session, exchange) = (self.session, self.exchange);
        let Some(mut body) = self.into_stream().await? else {
            // Where a session's server has only taken the request, its answer comes on another stream.
            exchange.is_taken(sent.token);
            return sent.answer().await;
        };
        let mut events = Events::new(session.message_bytes);
        loop {
            let mut answer = None;
            let is_done = |cx: &mut Context<'_>| {
                if let Poll::Ready(answered) = sent.poll_answer(cx) {
                    answer = Some(answered);
                }
                answer.is_some()
            };
            let why = match read(&mut body, &mut events, exchange, is_done).await? {
                Read::Done => {
                    end(&mut body).await;
                    return answer.unwrap_or(Err(ClientError::Closed));
                }
                Read::Ended(why) => why,
            };
            let Some(id) = events.last_id.clone().filter(|_| session.has_streams()) else {
                return Err(ClientError::lost(why));
            };
            // The server says when (2025-11-25, `basic/transports`, "Resumability and Redelivery").
            sleep(events.retry.unwrap_or(RESUMED_AFTER)).await;
            let resumed = match session.send(session.get_stream(exchange, Some(&id))).await {
                Ok(response) => Self::new(session, exchange, response).into_stream().await,
                Err(error) => Err(error),
            };
            // The request itself has left long before.
            match resumed.map_err(|error| error.of_what_was_sent())? {
                Some(next) => {
                    body = next;
                    events.begin_again();
                }
                None => return Err(ClientError::lost(why)),
            }
        }
    }

    /// Reads the answers to a batch.
    ///
    /// # Errors
    /// Why there are no more.
    pub(super) async fn all_answered(self, tokens: &[Token]) -> Result<(), ClientError> {
        let (session, exchange) = (self.session, self.exchange);
        let Some(mut body) = self.into_stream().await? else { return Ok(()) };
        let mut events = Events::new(session.message_bytes);
        match read(&mut body, &mut events, exchange, |_| exchange.has_answered(tokens)).await? {
            Read::Done => {
                end(&mut body).await;
                Ok(())
            }
            Read::Ended(why) => Err(ClientError::lost(why)),
        }
    }

    /// The body, if it is a stream of events; nothing where the answer is heard already, or is none.
    async fn into_stream(self) -> Result<Option<Body>, ClientError> {
        let Self { session, exchange, response } = self;
        let (head, body) = response.into_parts();
        match head.status {
            status if status.is_success() && is_of(&head.headers, "text/event-stream") => return Ok(Some(body)),
            StatusCode::ACCEPTED | StatusCode::NO_CONTENT => {
                discard(body).await;
                return Ok(None);
            }
            StatusCode::NOT_FOUND if session.has_id() => {
                // It does not know the session (2025-11-25, `basic/transports`, "Session Management"): no handler has run.
                exchange.retire(ClientError::lost(SESSION_ENDED));
                session.stop();
                return Err(ClientError::not_sent(SESSION_ENDED));
            }
            _ => {}
        }
        let bytes = collect(body, session.message_bytes).await?;
        let failure = || {
            let challenge = head.headers.get(WWW_AUTHENTICATE).and_then(|value| value.to_str().ok());
            HttpFailure::new(head.status.as_u16(), &String::from_utf8_lossy(&bytes), challenge.map(Into::into))
        };
        if matches!(head.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            return Err(ClientError::Unauthorized(failure()));
        }
        if !is_of(&head.headers, "application/json") {
            return Err(ClientError::Http(failure()));
        }
        exchange.saw(FrameDirection::Received, &bytes);
        let message = decode(bytes.clone());
        match &message {
            Incoming::One(Message::Response(response)) if response.id.is_none() => {
                // A refusal that names no request is of this one.
                let error = response.outcome().err().unwrap_or("{}");
                return Err(RpcFailure::read(error).into());
            }
            Incoming::One(Message::Response(_)) | Incoming::Batch(_) => {}
            _ if !head.status.is_success() => return Err(ClientError::Http(failure())),
            _ => {}
        }
        exchange.hear_decoded(message);
        Ok(None)
    }
}

/// Reads events until what is waited for has come.
///
/// # Errors
/// An event is too long.
async fn read(
    body: &mut Body,
    events: &mut Events,
    exchange: &Arc<Exchange>,
    mut is_done: impl FnMut(&mut Context<'_>) -> bool,
) -> Result<Read, ClientError> {
    loop {
        if poll_fn(|cx| Poll::Ready(is_done(cx))).await {
            return Ok(Read::Done);
        }
        let piece = match next(body).await {
            Some(Ok(piece)) => piece,
            Some(Err(error)) => return Ok(Read::Ended(error.to_string())),
            None => return Ok(Read::Ended("the stream has ended before the answer".to_owned())),
        };
        let mut messages = VecDeque::new();
        let fed = events.feed(&piece, |event| messages.extend(message(event)));
        while let Some(message) = messages.pop_front() {
            // The one who asked is told of progress where this future is polled: before anything that came behind it is heard.
            let is_progress = memmem::find(&message, b"notifications/progress").is_some();
            exchange.hear(message);
            if is_progress && !messages.is_empty() {
                once_again().await;
            }
        }
        fed.map_err(|_| too_long())?;
    }
}

/// Waits until it is polled once more, which is at once.
async fn once_again() {
    let mut was_polled = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut was_polled, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Hears the messages of a piece of a stream.
///
/// # Errors
/// One is too long.
pub(super) fn hear(events: &mut Events, piece: &[u8], exchange: &Arc<Exchange>) -> Result<(), ClientError> {
    let heard = events.feed(piece, |event| message(event).into_iter().for_each(|message| exchange.hear(message)));
    heard.map_err(|_| too_long())
}

/// The message of an event; other events have none.
fn message(event: Event) -> Option<Vec<u8>> {
    (event.kind == "message" && !event.data.is_empty()).then_some(event.data)
}

fn too_long() -> ClientError {
    ClientError::protocol("a message of the server's is longer than allowed")
}

/// The next piece of a body.
pub(super) async fn next(body: &mut Body) -> Option<Result<Bytes, hyper::Error>> {
    loop {
        match poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await? {
            Ok(frame) => {
                if let Ok(data) = frame.into_data() {
                    return Some(Ok(data));
                }
            }
            Err(error) => return Some(Err(error)),
        }
    }
}

/// All of a body.
async fn collect(mut body: Body, limit: usize) -> Result<Bytes, ClientError> {
    let too_long = || ClientError::protocol(format!("the answer is longer than {limit} bytes"));
    if body.size_hint().lower() > limit as u64 {
        return Err(too_long());
    }
    let mut all = match next(&mut body).await {
        None => return Ok(Bytes::new()),
        Some(first) => first.map_err(|error| ClientError::lost(error.to_string()))?,
    };
    if body.is_end_stream() {
        // As most often: nothing is copied.
        return if all.len() > limit { Err(too_long()) } else { Ok(all) };
    }
    let mut buffer = Vec::from(std::mem::take(&mut all));
    while let Some(piece) = next(&mut body).await {
        let piece = piece.map_err(|error| ClientError::lost(error.to_string()))?;
        if buffer.len() + piece.len() > limit {
            return Err(too_long());
        }
        buffer.extend_from_slice(&piece);
    }
    Ok(buffer.into())
}

/// The beginning of a body.
#[cfg(feature = "ws")]
pub(in crate::client) async fn beginning(mut body: Body, limit: usize) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some(Ok(piece)) = next(&mut body).await {
        all.extend_from_slice(&piece[..piece.len().min(limit - all.len())]);
        if all.len() == limit {
            break;
        }
    }
    all
}

/// Reads what is left of a body, as long as that is little: the connection can be used again then.
pub(super) async fn discard(mut body: Body) {
    let mut left = 64 * 1024_usize;
    while let Some(Ok(piece)) = next(&mut body).await {
        left = left.saturating_sub(piece.len());
        if left == 0 {
            return;
        }
    }
}

/// Sees the end of a stream that has answered, if it is there already: as a rule it comes with the answer.
async fn end(body: &mut Body) {
    poll_fn(|cx| {
        let _ = Pin::new(&mut *body).poll_frame(cx);
        Poll::Ready(())
    })
    .await;
}

/// Whether the body is of this media type, whatever its parameters are.
fn is_of(headers: &HeaderMap, media_type: &str) -> bool {
    let value = headers.get(CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
    let kind = value.split(|byte| *byte == b';').next().unwrap_or_default();
    kind.trim_ascii().eq_ignore_ascii_case(media_type.as_bytes())
}
