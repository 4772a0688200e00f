//! Streamable HTTP on hyper, with the listener that the server on mcp-runtime has.

use std::convert::Infallible;
use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};

use crate::results::{Reply, Results};

type Answer = Response<Full<Bytes>>;

/// Serves until the process is killed.
#[tokio::main]
pub(crate) async fn serve(results: Results) -> Result<(), Box<dyn Error>> {
    // They are there as long as the program is.
    let results: &'static Results = Box::leak(Box::new(results));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}/mcp", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(connection(stream, results));
    }
}

/// Serves one connection, HTTP/1.1 or HTTP/2.
async fn connection(stream: TcpStream, results: &'static Results) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| answer(request, results));
    // A client that goes away is no news.
    let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(request: Request<Incoming>, results: &Results) -> Result<Answer, Infallible> {
    if request.method() == Method::DELETE {
        return Ok(empty(StatusCode::OK));
    }
    let Ok(body) = request.into_body().collect().await else { return Ok(empty(StatusCode::BAD_REQUEST)) };
    Ok(match results.reply(&body.to_bytes()) {
        Err(_) => empty(StatusCode::BAD_REQUEST),
        Ok(Reply::Nothing) => empty(StatusCode::ACCEPTED),
        Ok(Reply::Answer(answer)) => json(answer),
        Ok(Reply::Session(answer)) => {
            let mut response = json(answer);
            let session = HeaderValue::from_static("0123456789abcdef0123456789abcdef");
            response.headers_mut().insert("mcp-session-id", session);
            response
        }
        Ok(Reply::Later(answer)) => {
            tokio::time::sleep(Duration::from_millis(20)).await;
            json(answer)
        }
        Ok(Reply::Stream(stream)) => content("text/event-stream", stream.messages("data: ", "\n\n")),
    })
}

fn json(answer: String) -> Answer {
    content("application/json", answer)
}

fn content(kind: &'static str, body: String) -> Answer {
    let mut response = Response::new(Full::from(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn empty(status: StatusCode) -> Answer {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
