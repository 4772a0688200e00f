//! One request on a connection of its own. Redirects are not followed: the key is for one host.

use std::sync::Arc;

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue, USER_AGENT};
use hyper::{HeaderMap, Method, Request};
use hyper_util::rt::TokioIo;
use mcp_runtime::prelude::*;
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use url::{Position, Url};

/// The most bytes of an answer.
const BYTES: usize = 1024 * 1024;
/// The most bytes of the head of an answer.
const HEAD_BYTES: usize = 64 * 1024;

/// Makes connections.
pub struct Connector(TlsConnector);

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

impl Outgoing {
    pub fn new(method: Method, url: Url) -> Self {
        Self { method, url, headers: Vec::new(), body: Vec::new() }
    }
}

impl Connector {
    /// # Errors
    /// There is no TLS.
    pub fn new() -> Result<Self> {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
        let config = config.with_safe_default_protocol_versions()?.with_root_certificates(roots).with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    /// Sends a request and reads its answer.
    ///
    /// # Errors
    /// The API cannot be reached, or its answer is none.
    pub async fn send(&self, outgoing: &Outgoing, authorization: Option<&HeaderValue>) -> Result<Answer> {
        let host = outgoing.url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let port = outgoing.url.port_or_known_default().unwrap_or(443);
        let stream = TcpStream::connect((host, port)).await?;
        if outgoing.url.scheme() == "http" {
            return exchange(outgoing, authorization, stream).await;
        }
        let name = ServerName::try_from(host.to_owned()).map_err(|_| "the host has no name for TLS")?;
        exchange(outgoing, authorization, self.0.connect(name, stream).await?).await
    }
}

async fn exchange<S>(outgoing: &Outgoing, authorization: Option<&HeaderValue>, stream: S) -> Result<Answer>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) =
        http1::Builder::new().max_buf_size(HEAD_BYTES).max_headers(100).handshake(TokioIo::new(stream)).await?;
    let _connection = Connection(tokio::spawn(async move { drop(connection.await) }));
    let url = &outgoing.url;
    let mut request = Request::builder()
        .method(&outgoing.method)
        .uri(&url[Position::BeforePath..Position::AfterQuery])
        .header(HOST, &url[Position::BeforeHost..Position::AfterPort])
        .header(USER_AGENT, concat!("mcp-api/", env!("CARGO_PKG_VERSION")))
        .header(ACCEPT, "application/json")
        // Nothing is unpacked, so that little cannot become much.
        .header(ACCEPT_ENCODING, "identity");
    if !outgoing.body.is_empty() {
        request = request.header(CONTENT_TYPE, "application/json");
    }
    for (name, value) in &outgoing.headers {
        request = request.header(name, value);
    }
    if let Some(authorization) = authorization {
        request = request.header(AUTHORIZATION, authorization);
    }
    let response = sender.send_request(request.body(Full::new(Bytes::from(outgoing.body.clone())))?).await?;
    let (head, body) = response.into_parts();
    let body = match Limited::new(body, BYTES).collect().await {
        Ok(body) => body.to_bytes(),
        Err(why) if why.is::<LengthLimitError>() => {
            return Err(Error::new(format!("the answer has more than {BYTES} bytes: ask for less")));
        }
        Err(why) => return Err(Error::new(why.to_string())),
    };
    Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
}

/// The task of a connection, which ends with this.
struct Connection(JoinHandle<()>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.abort();
    }
}
