//! neva on hyper. Its contract for HTTP engines asks for this much; the engine that it brings, volga, does not tell which
//! port it got.

use std::convert::Infallible;
use std::fmt::Write as _;

use bytes::Bytes;
use futures_core::Stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use neva::prelude::*;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

type Body = UnsyncBoxBody<Bytes, Infallible>;
type Event = Result<Frame<Bytes>, Infallible>;

/// The engine.
pub struct Hyper;

impl HttpEngine for Hyper {
    type Request = Request<Incoming>;
    type Response = Response<Body>;
    type SseEvent = Event;

    async fn adapt_request(request: Self::Request) -> Result<HttpRequest, Error> {
        let (head, body) = request.into_parts();
        match body.collect().await {
            Ok(body) => Ok(Request::from_parts(head, body.to_bytes())),
            Err(error) => Err(Error::new(ErrorCode::InternalError, error.to_string())),
        }
    }

    fn adapt_response(response: HttpResponse) -> Self::Response {
        response.map(|body| Full::new(body).boxed_unsync())
    }

    fn tracked_event(id: EventId, message: &Message) -> Self::SseEvent {
        event(&format!("id: {id}\n"), message)
    }

    fn ephemeral_event(message: &Message) -> Self::SseEvent {
        event("", message)
    }

    async fn run(self, context: HttpContext, token: CancellationToken) -> Result<(), Error> {
        let failed = |error: std::io::Error| Error::new(ErrorCode::InternalError, error.to_string());
        let listener = TcpListener::bind(context.addr()).await.map_err(failed)?;
        println!("http://{}{}", listener.local_addr().map_err(failed)?, context.endpoint());
        loop {
            tokio::select! {
                () = token.cancelled() => return Ok(()),
                accepted = listener.accept() => {
                    let (stream, _) = accepted.map_err(failed)?;
                    tokio::spawn(serve(stream, context.clone()));
                }
            }
        }
    }
}

fn event(head: &str, message: &Message) -> Event {
    let mut text = head.to_owned();
    match serde_json::to_string(message) {
        Ok(json) => _ = write!(text, "data: {json}\n\n"),
        // An event without data is skipped by who reads it.
        Err(_) => text.push('\n'),
    }
    Ok(Frame::data(text.into()))
}

async fn serve(stream: TcpStream, context: HttpContext) {
    // Both errors are the client's affair.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let context = context.clone();
        async move { Ok::<_, Infallible>(answer(request, &context).await) }
    });
    let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(request: Request<Incoming>, context: &HttpContext) -> Response<Body> {
    if request.uri().path() != context.endpoint() {
        return status(StatusCode::NOT_FOUND);
    }
    match *request.method() {
        Method::POST => opened(handlers::dispatch_post::<Hyper>(request, context).await),
        Method::GET => opened(handlers::dispatch_get_sse::<Hyper>(request, context).await),
        Method::DELETE => handlers::dispatch_delete::<Hyper>(request, context)
            .await
            .unwrap_or_else(|_| status(StatusCode::INTERNAL_SERVER_ERROR)),
        _ => status(StatusCode::METHOD_NOT_ALLOWED),
    }
}

fn opened<S>(outcome: Result<StreamResponse<S>, Error>) -> Response<Body>
where
    S: Stream<Item = Event> + Send + 'static,
{
    match outcome {
        Ok(StreamResponse::Complete(response)) => Hyper::adapt_response(response),
        Ok(StreamResponse::Stream { headers, stream }) => {
            let mut response = Response::new(StreamBody::new(stream).boxed_unsync());
            *response.headers_mut() = headers;
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
            response
        }
        Err(_) => status(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn status(code: StatusCode) -> Response<Body> {
    let mut response = Response::new(Full::default().boxed_unsync());
    *response.status_mut() = code;
    response
}
