//! One connection, HTTP/1.1 or HTTP/2.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::header::{HOST, TRANSFER_ENCODING};
use http::{Request, StatusCode, Version};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;

use super::answer;
use super::app::App;
use super::idle::Idle;
use super::limits::ConnectionLimits;
use super::patient::Patient;
use super::quiet::Quiet;
use super::serve::taken_apart;
use super::stream::{Remote, Stream};
use super::streams::Streams;
use super::turn::{Phase, Turn};
#[cfg(feature = "ws")]
use super::upgrade::Next;
use crate::call::Latch;
use crate::wait::Aside;

/// How often a client of HTTP/2 is asked whether it is still there.
const ARE_YOU_THERE: Duration = Duration::from_secs(30);

/// Serves a connection until it ends. Once `closing` is raised, the request that is being served, or has begun to come, is
/// the last.
pub(super) async fn serve(stream: Stream, remote: Remote, app: Arc<App>, limits: ConnectionLimits, closing: &Latch) {
    let (turn, patience) = (Arc::<Turn>::default(), limits.patience);
    let streams = Streams::new(patience.write);
    let is_agreed_h2 = stream.protocol().map(|protocol| protocol == b"h2");
    let builder = auto::Builder::new(streams.clone());
    let mut builder = match stream.protocol() {
        Some(b"h2") => builder.http2_only(),
        Some(_) => builder.http1_only(),
        None => builder,
    };
    builder.http1().max_buf_size(limits.head);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(ARE_YOU_THERE))
        .max_concurrent_streams(limits.streams);
    builder.http2().max_header_list_size(u32::try_from(limits.head).unwrap_or(u32::MAX));
    let stream = TokioIo::new(Patient::new(stream, Arc::clone(&turn), patience.write, limits.linger));
    let turns = Arc::clone(&turn);
    #[cfg(feature = "ws")]
    let (next, nexts) = {
        let next = Next::default();
        (next.clone(), next)
    };
    let service = service_fn(move |mut request: Request<Incoming>| {
        let (app, serving) = (Arc::clone(&app), turns.begin(request.version()));
        #[cfg(feature = "ws")]
        if request.headers().contains_key(http::header::UPGRADE) {
            request.extensions_mut().insert(nexts.clone());
        }
        let send = streams.begin(serving);
        remote.describe(&mut request);
        // Where a connection may become a socket, hyper goes by what comes, whatever was agreed on (RFC 7301, 3.2).
        let is_other = is_agreed_h2.is_some_and(|is_h2| is_h2 != (request.version() == Version::HTTP_2));
        let fault = if is_other { Some(StatusCode::HTTP_VERSION_NOT_SUPPORTED) } else { fault(&request) };
        let peer = remote.address;
        let (facts, body) = taken_apart(request, peer);
        let body = Asked { body, turn: Arc::clone(&turns), is_read: false };
        async move {
            let response = match fault {
                Some(status) => answer::closing(answer::only(status)),
                None => app.serve(facts, body, peer).await,
            };
            Ok::<_, Infallible>(response.map(send))
        }
    });
    #[cfg(not(feature = "ws"))]
    let mut connection = pin!(builder.serve_connection(stream, service).into_owned());
    #[cfg(feature = "ws")]
    let mut connection = pin!(builder.serve_connection_with_upgrades(stream, service).into_owned());
    let mut closing = pin!(Aside::new(closing.raised()));
    let mut idle = Idle::new(patience);
    let (mut is_closing, mut is_told) = (false, false);
    let served = poll_fn(|cx| {
        is_closing = is_closing || closing.as_mut().poll(cx).is_ready();
        loop {
            if is_closing && !is_told && !turn.is_in_head() {
                connection.as_mut().graceful_shutdown();
                idle.hurry();
                is_told = true;
            }
            let polled = connection.as_mut().poll(cx);
            if polled.is_ready() {
                return polled;
            }
            if is_closing && !is_told && !turn.is_in_head() {
                continue;
            }
            match idle.poll(&turn, cx) {
                Poll::Pending => return Poll::Pending,
                // A request may be on its way, and the client is told whether it was served (RFC 9113, 6.8).
                Poll::Ready(Phase::Idle) if turn.is_many() && !is_told => is_closing = true,
                Poll::Ready(_) => return Poll::Ready(Ok(())),
            }
        }
    });
    // That a client goes away, or speaks no HTTP, is no business of anybody else's.
    let _ = Quiet::new(served).await;
    #[cfg(feature = "ws")]
    if let Some(session) = next.take() {
        session.await;
    }
}

/// The body of a request, which tells the connection if it is not read to its end.
struct Asked {
    body: Incoming,
    turn: Arc<Turn>,
    is_read: bool,
}

impl HttpBody for Asked {
    type Data = <Incoming as HttpBody>::Data;
    type Error = <Incoming as HttpBody>::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        self.is_read = matches!(polled, Poll::Ready(None));
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if !self.is_read && !self.body.is_end_stream() {
            self.turn.leave_unread();
        }
    }
}

/// What is wrong with how a request is framed, that hyper lets through.
fn fault<B>(request: &Request<B>) -> Option<StatusCode> {
    let (mut hosts, mut codings) = (0, 0);
    for (name, value) in request.headers() {
        if *name == HOST {
            hosts += 1;
        } else if *name == TRANSFER_ENCODING {
            codings += 1;
            // It takes off the last `chunked`, whatever stands before it (RFC 9112, 6.1).
            if codings > 1 || !value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked") {
                return Some(StatusCode::NOT_IMPLEMENTED);
            }
        }
    }
    // One host, no more and no less (RFC 9112, 3.2).
    let is_named = if request.version() == Version::HTTP_11 { hosts == 1 } else { hosts <= 1 };
    (!is_named).then_some(StatusCode::BAD_REQUEST)
}
