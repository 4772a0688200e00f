//! The limit: the least that any server on hyper has to do for a request.
//!
//! It reads the body and the JSON-RPC envelope, looks at what is called, and answers with bytes that were there before,
//! under the request's id. It checks nothing, knows no session, reads no header, and no call of it can fail, wait or speak.
//! What a server takes beyond this is its own.

use std::convert::Infallible;
use std::error::Error;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::net::{TcpListener, TcpStream};

mod results;

/// A message, as far as it has to be read.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    method: &'a RawValue,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
}

/// What is called, and with what.
#[derive(Deserialize)]
struct Call<'a> {
    #[serde(borrow)]
    name: &'a RawValue,
    /// Its place is found, and no more.
    #[serde(borrow, rename = "arguments")]
    _arguments: &'a RawValue,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}/mcp", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(serve(stream));
    }
}

/// Serves one connection, HTTP/1.1 or HTTP/2.
async fn serve(stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let builder = auto::Builder::new(TokioExecutor::new());
    // A client that goes away is no news.
    let _ = builder.serve_connection(TokioIo::new(stream), service_fn(answer)).await;
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    if request.method() == Method::DELETE {
        return Ok(empty(StatusCode::OK));
    }
    let Ok(body) = request.into_body().collect().await else { return Ok(empty(StatusCode::BAD_REQUEST)) };
    Ok(reply(&body.to_bytes()).unwrap_or_else(|_| empty(StatusCode::BAD_REQUEST)))
}

fn reply(body: &[u8]) -> serde_json::Result<Response<Full<Bytes>>> {
    let message: Envelope<'_> = serde_json::from_slice(body)?;
    let Some(id) = message.id else { return Ok(empty(StatusCode::ACCEPTED)) };
    let (result, session) = match message.method.get() {
        r#""initialize""# => (results::INITIALIZE, Some("0123456789abcdef0123456789abcdef")),
        r#""tools/list""# => (results::TOOLS, None),
        _ => {
            let call: Call<'_> = serde_json::from_str(message.params.unwrap_or(RawValue::NULL).get())?;
            (if call.name.get() == r#""add""# { results::ADD } else { results::ECHO }, None)
        }
    };
    let mut frame = Vec::with_capacity(64 + result.len());
    for part in [r#"{"jsonrpc":"2.0","id":"#, id.get(), r#","result":"#, result, "}"] {
        frame.extend_from_slice(part.as_bytes());
    }
    let mut response = Response::new(Full::from(frame));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(session) = session {
        response.headers_mut().insert("mcp-session-id", HeaderValue::from_static(session));
    }
    Ok(response)
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
