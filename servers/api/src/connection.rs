//! A connection to the API, and one request after the other on it.

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue, USER_AGENT};
use hyper::{HeaderMap, Method, Request, Response};
use hyper_util::rt::TokioIo;
use mcp_runtime::prelude::*;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use url::{Position, Url};

/// The most bytes of an answer.
pub const BYTES: usize = 1024 * 1024;
/// The most bytes of the head of an answer.
const HEAD_BYTES: usize = 64 * 1024;

/// A request.
pub struct Outgoing {
    pub method: Method,
    pub url: Url,
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// JSON, or nothing.
    pub body: Vec<u8>,
}

/// What the API answers.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Why there is no answer that can be used.
pub enum Failure {
    /// The API cannot be reached, or the connection was lost.
    Lost(Error),
    /// The answer is too long. Another one would be, too.
    TooLong,
}

/// A connection, which is closed when this is dropped.
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
}

impl Outgoing {
    pub fn new(method: Method, url: Url) -> Self {
        Self { method, url, headers: Vec::new(), body: Vec::new() }
    }

    /// The same for HTTP, with the key.
    ///
    /// # Errors
    /// A part of it is not possible there.
    pub fn request(&self, authorization: Option<&HeaderValue>) -> Result<Request<Full<Bytes>>> {
        let url = &self.url;
        let mut request = Request::builder()
            .method(&self.method)
            .uri(&url[Position::BeforePath..Position::AfterQuery])
            .header(HOST, &url[Position::BeforeHost..Position::AfterPort])
            .header(USER_AGENT, concat!("mcp-api/", env!("CARGO_PKG_VERSION")))
            .header(ACCEPT, "application/json")
            // Nothing is unpacked, so that little cannot become much.
            .header(ACCEPT_ENCODING, "identity");
        if !self.body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        Ok(request.body(Full::new(Bytes::from(self.body.clone())))?)
    }
}

impl Answer {
    /// Reads an answer to its end.
    ///
    /// # Errors
    /// It is too long, or ends too early.
    pub async fn read(response: Response<Incoming>) -> Result<Self, Failure> {
        let (head, body) = response.into_parts();
        let body = match Limited::new(body, BYTES).collect().await {
            Ok(body) => body.to_bytes(),
            Err(why) if why.is::<LengthLimitError>() => return Err(Failure::TooLong),
            Err(why) => return Err(Failure::Lost(Error::new(why.to_string()))),
        };
        Ok(Self { status: head.status.as_u16(), headers: head.headers, body })
    }
}

impl From<Error> for Failure {
    fn from(why: Error) -> Self {
        Self::Lost(why)
    }
}

impl Connection {
    /// # Errors
    /// None that is known of.
    pub async fn on(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Result<Self> {
        let (sender, connection) =
            http1::Builder::new().max_buf_size(HEAD_BYTES).max_headers(100).handshake(TokioIo::new(stream)).await?;
        Ok(Self { sender, driver: tokio::spawn(async move { drop(connection.await) }) })
    }

    /// Whether it can be used again.
    pub async fn ready(&mut self) -> bool {
        self.sender.ready().await.is_ok()
    }

    /// Sends a request, and waits until its answer begins.
    ///
    /// # Errors
    /// The connection is lost, or what comes is no answer.
    pub async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>> {
        Ok(self.sender.send_request(request).await?)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}
