//! The client's side of HTTP/1.1: connections that are used again, and answers that are read as they come.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::body::{Body as _, Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::task::AbortHandle;
use tokio_rustls::TlsConnector;

use super::events::Events;
use super::headers::Headers;

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";

/// A client of one server.
pub(super) struct Client {
    address: SocketAddr,
    /// Whom it trusts, where it speaks TLS.
    tls: Option<Arc<ClientConfig>>,
    /// Connections that have nothing to do.
    idle: Mutex<Vec<Connection>>,
}

/// A connection, which is closed when it is dropped.
struct Connection {
    requests: SendRequest<String>,
    driver: AbortHandle,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// An answer whose head has come. Dropping it closes its connection.
pub(super) struct Answer {
    response: Response<Incoming>,
    connection: Connection,
    client: Arc<Client>,
}

impl Client {
    pub(super) fn new(address: SocketAddr, tls: Option<Arc<ClientConfig>>) -> Arc<Self> {
        Arc::new(Self { address, tls, idle: Mutex::default() })
    }

    /// Sends a request to the endpoint, and waits for the head of its answer.
    pub(super) async fn send(
        self: &Arc<Self>,
        verb: &str,
        headers: Headers,
        body: String,
    ) -> Result<Answer, hyper::Error> {
        let mut request = Request::builder().method(verb).uri("/mcp").header(HOST, self.address.to_string());
        request = match verb {
            "POST" => request.header(CONTENT_TYPE, JSON).header(ACCEPT, format!("{JSON}, {EVENTS}")),
            _ => request.header(ACCEPT, EVENTS),
        };
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(body).expect("headers that can be sent");
        let mut connection = self.connection().await?;
        let response = connection.requests.send_request(request).await?;
        Ok(Answer { response, connection, client: Arc::clone(self) })
    }

    async fn connection(&self) -> Result<Connection, hyper::Error> {
        loop {
            let Some(mut kept) = self.idle().pop() else { break };
            if kept.requests.ready().await.is_ok() {
                return Ok(kept);
            }
        }
        let stream = TcpStream::connect(self.address).await.expect("the server listens");
        stream.set_nodelay(true).expect("a socket");
        let Some(tls) = &self.tls else {
            let (requests, connection) = http1::handshake(TokioIo::new(stream)).await?;
            return Ok(Connection { requests, driver: tokio::spawn(connection).abort_handle() });
        };
        let (connector, name) = (TlsConnector::from(Arc::clone(tls)), ServerName::from(self.address.ip()));
        let stream = connector.connect(name, stream).await.expect("a handshake");
        let (requests, connection) = http1::handshake(TokioIo::new(stream)).await?;
        Ok(Connection { requests, driver: tokio::spawn(connection).abort_handle() })
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes the connections that have nothing to do.
    pub(super) fn close(&self) {
        self.idle().clear();
    }
}

impl Answer {
    pub(super) fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// A header's value, where it is there and is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// Reads on to the end, and hands out each message as it comes; or why it is no proper answer, to a request or to
    /// something else.
    pub(super) async fn read(mut self, to_request: bool, mut each: impl FnMut(Result<String, String>)) {
        let (status, kind) = (self.status(), self.header(CONTENT_TYPE.as_str()).map(str::to_owned));
        let mut events = Events::default();
        let mut whole = Vec::new();
        while let Some(chunk) = self.chunk().await {
            match chunk {
                Err(error) => return each(Err(format!("HTTP {status}, cut off: {error}"))),
                Ok(chunk) if kind.as_deref() == Some(EVENTS) => {
                    events.read(&chunk).into_iter().map(Ok).for_each(&mut each);
                }
                Ok(chunk) => whole.extend_from_slice(&chunk),
            }
        }
        let whole = String::from_utf8_lossy(&whole).into_owned();
        match kind.as_deref() {
            Some(EVENTS) if status == StatusCode::OK => {}
            Some(JSON) if status != StatusCode::ACCEPTED => each(Ok(whole)),
            None if status == StatusCode::ACCEPTED && whole.is_empty() && !to_request => {}
            kind => each(Err(format!("HTTP {status}, {}: {whole:?}", kind.unwrap_or("of no type")))),
        }
        // One that was told of a mistake may have closed its side before it read everything.
        if status.is_success() {
            self.client.idle().push(self.connection);
        }
    }

    async fn chunk(&mut self) -> Option<Result<Bytes, hyper::Error>> {
        loop {
            let body = self.response.body_mut();
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
}
