//! One server on HTTP, as a client has it: stateless, or in a session.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use http::{Method, Request as HttpRequest, Response as HttpResponse, StatusCode, Uri};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use mcp_proto::Version;
use mcp_proto::engine::Token;
use mcp_proto::wire::Response;
use tokio::sync::oneshot;
use tokio::task::{AbortHandle, JoinHandle};

use super::answer::{self, Answer};
use super::body::Full;
use super::endpoint::Endpoint;
use super::standing;
use crate::client::carrier::{Boxed, Carrier};
use crate::client::error::ClientError;
use crate::client::exchange::Exchange;
use crate::client::hub::FrameDirection;
use crate::client::mirror::encode;
use crate::client::options::Options;
use crate::client::request::Request;
use crate::client::sent::Sent;
use crate::lock::Lock;

const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
const PROTOCOL: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");
pub(super) const LAST_EVENT: HeaderName = HeaderName::from_static("last-event-id");

/// How long the session's own stream is waited for. A server may keep the head of its answer until it has something to say.
const OPENING: Duration = Duration::from_secs(1);

/// How long it may take to close a session.
const CLOSING: Duration = Duration::from_secs(2);

/// How often a server of HTTP/2 is asked whether it is still there.
#[cfg(feature = "tls")]
const ARE_YOU_THERE: Duration = Duration::from_secs(30);

/// How messages get to a server on HTTP.
pub(in crate::client) struct Session {
    pool: Pool<Connector, Full>,
    endpoint: Endpoint,
    /// The headers of the client's own, in each request.
    headers: HeaderMap,
    /// The session's id, once it has one.
    id: OnceLock<HeaderValue>,
    /// The revision of each request, once it is agreed on.
    version: OnceLock<Version>,
    pub(super) message_bytes: usize,
    redirects: usize,
    /// The stream on which the server speaks unasked.
    standing: Lock<Option<AbortHandle>>,
    /// Messages that are on their way without anybody who waits.
    sending: Lock<Vec<JoinHandle<()>>>,
}

#[cfg(not(feature = "tls"))]
type Connector = Dial;
#[cfg(feature = "tls")]
type Connector = crate::tls::Connector<Dial>;

/// How a connection is opened, without TLS.
#[cfg(not(all(unix, feature = "unix")))]
type Dial = HttpConnector;
#[cfg(all(unix, feature = "unix"))]
use super::dial::Dial;

/// How connections are opened.
///
/// # Errors
/// The certificates that were named cannot be used.
#[cfg_attr(not(all(unix, feature = "unix")), allow(unused_variables))] // Without sockets it is the URL that is connected to.
fn connector(options: &Options, endpoint: &Endpoint) -> Result<Connector, ClientError> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(options.connect_timeout));
    #[cfg(feature = "tls")]
    connector.enforce_http(false);
    #[cfg(all(unix, feature = "unix"))]
    let connector = match endpoint.socket() {
        Some(socket) => Dial::Unix(socket.clone(), options.connect_timeout),
        None => Dial::Tcp(connector),
    };
    #[cfg(feature = "tls")]
    let connector = {
        let config = options.tls.load_for_http().map_err(|error| ClientError::connect(error.to_string()))?;
        crate::tls::Connector::new(connector, config)
    };
    Ok(connector)
}

impl Session {
    /// Prepares to talk to a server. Nothing is connected before there is something to say.
    ///
    /// # Errors
    /// A header that cannot be sent.
    pub(in crate::client) fn open(
        endpoint: &Endpoint,
        options: &Options,
        exchange: &Arc<Exchange>,
    ) -> Result<Arc<Self>, ClientError> {
        let mut builder = Pool::builder(TokioExecutor::new());
        #[cfg(feature = "tls")]
        builder.http2_keep_alive_interval(ARE_YOU_THERE);
        let pool = builder
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(60))
            // It is the same in each request, and written once.
            .set_host(false)
            .build(connector(options, endpoint)?);
        let session = Arc::new(Self {
            pool,
            headers: endpoint.headers(&options.headers)?,
            endpoint: endpoint.clone(),
            id: OnceLock::new(),
            version: OnceLock::new(),
            message_bytes: options.message_bytes,
            redirects: options.redirects,
            standing: Lock::default(),
            sending: Lock::default(),
        });
        exchange.carry(Arc::new(HttpCarrier(Arc::clone(&session))));
        Ok(session)
    }

    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Whether there is a session, with an id.
    pub(super) fn has_id(&self) -> bool {
        self.id.get().is_some()
    }

    /// Whether streams can be resumed: in a session they can.
    pub(super) fn has_streams(&self) -> bool {
        self.version.get().is_some_and(|version| !version.is_stateless())
    }

    /// Sends what is to bring an agreement. What comes of it is told by the exchange.
    ///
    /// # Errors
    /// There is no answer in the protocol.
    pub(in crate::client) async fn attempt(
        self: &Arc<Self>,
        exchange: &Arc<Exchange>,
        frame: Vec<u8>,
        version: Version,
    ) -> Result<(), ClientError> {
        exchange.saw(FrameDirection::Sent, &frame);
        let mut post = self.post(frame);
        if version.is_stateless() {
            set_stateless(post.headers_mut(), "server/discover");
        }
        let response = self.send(post).await.map_err(|error| match error {
            ClientError::Lost(lost) => ClientError::connect(lost.why().to_owned()),
            other => other,
        })?;
        if let Some(id) = response.headers().get(SESSION) {
            let _ = self.id.set(id.clone());
        }
        Answer::new(self, exchange, response).attempted().await?;
        // The server is told that the client is ready before anything else is asked of it.
        let sending = std::mem::take(&mut *self.sending.lock());
        for sent in sending {
            let _ = sent.await;
        }
        Ok(())
    }

    /// An agreement was come to. It returns once the session's own stream is open, or the server has none.
    pub(in crate::client) async fn agreed(self: &Arc<Self>, exchange: &Arc<Exchange>, version: Version) {
        let _ = self.version.set(version);
        if !version.is_stateless() {
            let (begun, has_begun) = oneshot::channel();
            let task = tokio::spawn(standing::listen(Arc::clone(self), Arc::clone(exchange), begun));
            *self.standing.lock() = Some(task.abort_handle());
            // Before that, what a server says on this stream is lost: it may ask there about the first call.
            let _ = tokio::time::timeout(OPENING, has_begun).await;
        }
    }

    /// Sends a request, and reads its answer. What comes before the answer is heard by the exchange.
    ///
    /// # Errors
    /// Why there is no answer.
    pub(in crate::client) async fn request(
        self: &Arc<Self>,
        exchange: &Arc<Exchange>,
        sent: &mut Sent,
        frame: Vec<u8>,
        request: &Request,
    ) -> Result<Response, ClientError> {
        exchange.saw(FrameDirection::Sent, &frame);
        let mut post = self.post(frame);
        self.set_version(post.headers_mut(), exchange);
        if self.is_stateless() {
            let headers = post.headers_mut();
            match &request.method {
                Cow::Borrowed(method) => drop(headers.insert(METHOD, HeaderValue::from_static(method))),
                Cow::Owned(method) => set(headers, METHOD, method)?,
            }
            if let Some(name) = &request.name {
                set(headers, NAME, &encode(name))?;
            }
            for (name, value) in &request.mirrored {
                let key: HeaderName =
                    name.parse().map_err(|_| ClientError::protocol(format!("{name:?} is not a header")))?;
                set(headers, key, value)?;
            }
        }
        let response = self.send(post).await?;
        Answer::new(self, exchange, response).answered(sent).await
    }

    /// Sends a batch, and hears its answers, as a task.
    pub(in crate::client) fn send_batch(
        self: &Arc<Self>,
        exchange: &Arc<Exchange>,
        tokens: Vec<Token>,
        frame: Vec<u8>,
    ) {
        exchange.saw(FrameDirection::Sent, &frame);
        let mut post = self.post(frame);
        self.set_version(post.headers_mut(), exchange);
        let (session, exchange) = (Arc::clone(self), Arc::clone(exchange));
        tokio::spawn(async move {
            let answered = match session.send(post).await {
                Ok(response) => Answer::new(&session, &exchange, response).all_answered(&tokens).await,
                Err(error) => Err(error),
            };
            let why = answered.err().unwrap_or_else(|| ClientError::lost("the batch was answered without this call"));
            exchange.fail(&tokens, &why);
        });
    }

    fn is_stateless(&self) -> bool {
        self.version.get().is_some_and(|version| version.is_stateless())
    }

    /// A message on its way.
    fn post(&self, frame: Vec<u8>) -> HttpRequest<Full> {
        let mut post = self.of_session(Method::POST, self.endpoint.uri().clone(), Full::new(frame));
        post.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        post.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
        post
    }

    /// A request of a stream of events.
    pub(super) fn get(&self, uri: Uri) -> HttpRequest<Full> {
        let mut get = self.of_session(Method::GET, uri, Full::new(Bytes::new()));
        get.headers_mut().insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        get
    }

    /// The same in the session: after this event, if any.
    pub(super) fn get_stream(&self, exchange: &Exchange, after: Option<&str>) -> HttpRequest<Full> {
        let mut get = self.get(self.endpoint.uri().clone());
        self.set_version(get.headers_mut(), exchange);
        if let Some(after) = after.and_then(|after| HeaderValue::from_str(after).ok()) {
            get.headers_mut().insert(LAST_EVENT, after);
        }
        get
    }

    /// A message to another place of the same server, as 2024-11-05 has it.
    pub(super) fn post_to(&self, uri: Uri, frame: Vec<u8>) -> HttpRequest<Full> {
        let mut post = self.post(frame);
        *post.uri_mut() = uri;
        post
    }

    fn of_session(&self, method: Method, uri: Uri, body: Full) -> HttpRequest<Full> {
        let mut request = HttpRequest::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.reserve(self.headers.len() + 8);
        headers.extend(self.headers.iter().map(|(name, value)| (name.clone(), value.clone())));
        if let Some(id) = self.id.get() {
            headers.insert(SESSION, id.clone());
        }
        request
    }

    fn set_version(&self, headers: &mut HeaderMap, exchange: &Exchange) {
        if let Some(version) = self.version.get().copied().or_else(|| exchange.version()) {
            headers.insert(PROTOCOL, HeaderValue::from_static(version.as_str()));
        }
    }

    /// Sends a request, and waits for the head of its answer.
    ///
    /// # Errors
    /// Whether the request has left is told by the error.
    pub(super) async fn send(&self, request: HttpRequest<Full>) -> Result<HttpResponse<Incoming>, ClientError> {
        let (mut parts, mut body) = request.into_parts();
        for _ in 0..=self.redirects {
            let again = body.again();
            let (head, method) = (parts.headers.clone(), parts.method.clone());
            let response =
                self.pool.request(HttpRequest::from_parts(parts, body)).await.map_err(|error| self.failed(&error))?;
            if !matches!(response.status(), StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT) {
                return Ok(response);
            }
            let place = response.headers().get(LOCATION).and_then(|place| place.to_str().ok()).unwrap_or_default();
            let uri = self.endpoint.at(place);
            let uri = uri.map_err(|why| ClientError::connect(format!("the server redirects, but {why}")))?;
            let mut next = HttpRequest::new(());
            (*next.method_mut(), *next.uri_mut(), *next.headers_mut()) = (method, uri, head);
            (parts, body) = (next.into_parts().0, again);
        }
        Err(ClientError::connect(format!("the server redirects more than {} times", self.redirects)))
    }

    /// Why there is no answer, and whether the request has left.
    fn failed(&self, error: &hyper_util::client::legacy::Error) -> ClientError {
        #[cfg(feature = "tls")]
        if let Some(refusal) = crate::tls::refusal(error) {
            let why = format!("{}: {}", self.endpoint, refusal.why);
            // A server that does not take this client's certificate says so after the handshake, and reads no request.
            let is_unread = error.is_connect() || refusal.is_of_certificate;
            return if is_unread { ClientError::not_sent(why) } else { ClientError::lost(why) };
        }
        let mut why = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            why = cause.to_string();
            source = cause.source();
        }
        let why = format!("{}: {why}", self.endpoint);
        if error.is_connect() { ClientError::not_sent(why) } else { ClientError::lost(why) }
    }

    /// Closes the session at the server (2025-11-25, `basic/transports`, "Session Management").
    async fn delete(&self) {
        if self.has_id() {
            let mut delete = self.of_session(Method::DELETE, self.endpoint.uri().clone(), Full::new(Bytes::new()));
            if let Some(version) = self.version.get() {
                delete.headers_mut().insert(PROTOCOL, HeaderValue::from_static(version.as_str()));
            }
            // A server need not let clients close sessions.
            let _ = tokio::time::timeout(CLOSING, self.send(delete)).await;
        }
    }

    /// Listens no more to what the server says unasked.
    pub(super) fn stop(&self) {
        if let Some(standing) = self.standing.lock().take() {
            standing.abort();
        }
    }
}

/// The headers that say what a stateless request is.
fn set_stateless(headers: &mut HeaderMap, method: &'static str) {
    headers.insert(PROTOCOL, HeaderValue::from_static(Version::LATEST.as_str()));
    headers.insert(METHOD, HeaderValue::from_static(method));
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) -> Result<(), ClientError> {
    let value = HeaderValue::from_str(value);
    headers.insert(name, value.map_err(|_| ClientError::invalid("a header has a value that cannot be sent"))?);
    Ok(())
}

/// Sends what nobody waits for: answers to the server's questions, and notifications.
struct HttpCarrier(Arc<Session>);

impl Carrier for HttpCarrier {
    fn send(&self, exchange: &Arc<Exchange>, frame: Vec<u8>) {
        let Self(session) = self;
        let mut post = session.post(frame);
        session.set_version(post.headers_mut(), exchange);
        let sent = tokio::spawn({
            let session = Arc::clone(session);
            async move {
                match session.send(post).await {
                    Ok(response) => answer::discard(response.into_body()).await,
                    Err(error) => tracing::debug!(%error, "a message could not be sent"),
                }
            }
        });
        let mut sending = session.sending.lock();
        sending.retain(|sent| !sent.is_finished());
        sending.push(sent);
    }

    fn abandon(&self) {
        self.0.stop();
        let session = Arc::clone(&self.0);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { session.delete().await });
        }
    }

    fn close(&self) -> Boxed<'_, ()> {
        self.0.stop();
        Box::pin(self.0.delete())
    }
}
