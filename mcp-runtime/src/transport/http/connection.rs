//! One connection, HTTP/1.1 or HTTP/2.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use http::header::{HOST, HeaderValue, RETRY_AFTER, TRANSFER_ENCODING};
use http::{Method, Request, Response, StatusCode, Version};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::TcpStream;

use super::answer;
use super::body::Body;
use super::idle::Idle;
use super::listener::{App, Patience};
use super::patient::Patient;
use super::quiet::Quiet;
use super::routes::Routes;
use super::turn::Turn;
use crate::call::Latch;

/// How often a client of HTTP/2 is asked whether it is still there.
const ARE_YOU_THERE: Duration = Duration::from_secs(30);

/// Serves a connection until it ends. Once `closing` is raised, the request that is being served, or has begun to come, is
/// the last.
pub(super) async fn serve(stream: TcpStream, app: App, patience: Patience, closing: &Latch) {
    // Answers are written whole; waiting for more would only hold them up.
    let _ = stream.set_nodelay(true);
    let turn = Arc::<Turn>::default();
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(Some(ARE_YOU_THERE));
    let stream = TokioIo::new(Patient::new(stream, Arc::clone(&turn), patience.write));
    let turns = Arc::clone(&turn);
    let service = service_fn(move |request: Request<Incoming>| {
        let (app, serving) = (Arc::clone(&app), turns.begin(request.version()));
        async move {
            let mut response = answer(app.get(), request).await;
            response.body_mut().hold(serving);
            Ok::<_, Infallible>(response)
        }
    });
    let mut connection = pin!(builder.serve_connection(stream, service).into_owned());
    let mut closing = pin!(closing.raised());
    let mut idle = Idle::new(patience.idle);
    let (mut is_closing, mut is_told) = (false, false);
    let served = poll_fn(|cx| {
        is_closing = is_closing || closing.as_mut().poll(cx).is_ready();
        loop {
            if is_closing && !is_told && !turn.is_in_head() {
                connection.as_mut().graceful_shutdown();
                is_told = true;
            }
            let polled = connection.as_mut().poll(cx);
            if polled.is_ready() || is_told || !is_closing || turn.is_in_head() {
                return if idle.poll(&turn, cx).is_ready() { Poll::Ready(Ok(())) } else { polled };
            }
        }
    });
    // That a client goes away, or speaks no HTTP, is no business of anybody else's.
    let _ = Quiet::new(served).await;
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

async fn answer(app: Option<&Routes>, request: Request<Incoming>) -> Response<Body> {
    if let Some(status) = fault(&request) {
        return answer::closing(answer::empty(status));
    }
    match app {
        Some(routes) => routes.serve(request).await,
        // Still starting: alive, and not ready.
        None if request.method() == Method::GET && request.uri().path() == "/healthz" => answer::empty(StatusCode::OK),
        None => {
            let mut starting = answer::empty(StatusCode::SERVICE_UNAVAILABLE);
            starting.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            starting
        }
    }
}
