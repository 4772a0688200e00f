//! A server on WebSocket.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::header::{
    CONNECTION, HeaderMap, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE, WWW_AUTHENTICATE,
};
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::error::{ClientError, HttpFailure};
use super::exchange::Exchange;
use super::http::{Endpoint, Full, beginning};
use super::options::Options;
use super::stream::{StreamCarrier, read};
use crate::transport::ws::{SUBPROTOCOL, Settings, Side, Socket, accepted, fresh};

/// How often a server that says nothing is asked whether it is there, and how long it may take to answer.
const PING: Duration = Duration::from_secs(30);

/// How much of an answer is read that refuses a socket.
const REFUSAL: usize = 4 * 1024;

/// Connects, and carries `exchange` from now on.
///
/// # Errors
/// There is no server on WebSocket.
pub(super) async fn open(endpoint: &Endpoint, options: &Options, exchange: &Arc<Exchange>) -> Result<(), ClientError> {
    let connecting = async {
        #[cfg(all(unix, feature = "unix"))]
        if let Some(socket) = endpoint.socket() {
            if endpoint.is_secure() {
                return Err(ClientError::connect(format!("{endpoint}: write ws:// for WebSocket on a Unix socket")));
            }
            let stream = tokio::net::UnixStream::connect(socket.path()).await;
            let stream = stream.map_err(|error| out_of_reach(endpoint, &error))?;
            return begin(endpoint, options, exchange, stream).await;
        }
        let (host, port) = (endpoint.uri().host().unwrap_or_default(), endpoint.uri().port_u16());
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let port = port.unwrap_or(if endpoint.is_secure() { 443 } else { 80 });
        let stream = TcpStream::connect((host, port)).await.map_err(|error| out_of_reach(endpoint, &error))?;
        // Messages are written whole; waiting for more would only hold them up.
        let _ = stream.set_nodelay(true);
        #[cfg(feature = "tls")]
        if endpoint.is_secure() {
            let config = options.tls.load_for_sockets().map_err(|error| ClientError::connect(error.to_string()))?;
            let stream =
                crate::tls::connect(stream, host, config).await.map_err(|error| out_of_reach(endpoint, &error))?;
            return begin(endpoint, options, exchange, stream).await;
        }
        begin(endpoint, options, exchange, stream).await
    };
    let connected = timeout(options.connect_timeout, connecting).await;
    connected.unwrap_or_else(|_| Err(ClientError::connect(format!("{endpoint}: it does not answer"))))
}

/// Agrees to speak WebSocket, and begins to.
async fn begin(
    endpoint: &Endpoint,
    options: &Options,
    exchange: &Arc<Exchange>,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> Result<(), ClientError> {
    let broken = |error: hyper::Error| out_of_reach(endpoint, &io::Error::other(error));
    let (mut requests, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let driver = tokio::spawn(connection.with_upgrades());
    let key = fresh();
    let response = requests.send_request(request(endpoint, options, &key)?).await.map_err(broken)?;
    if let Err(refusal) = agreed(endpoint, response.headers(), response.status(), &key) {
        let refusal = match refusal {
            Some(why) => ClientError::connect(why),
            None => refused(response).await,
        };
        driver.abort();
        return Err(refusal);
    }
    let upgraded = hyper::upgrade::on(response).await.map_err(broken)?;
    let settings = Settings { message: options.message_bytes, ping: PING };
    let socket = Socket::open(TokioIo::new(upgraded), Side::Client, settings).await;
    let (source, sink) = socket.halves();
    let reading = read(source, Arc::clone(exchange));
    let carrier = StreamCarrier::start(exchange, sink, reading, |result| async move {
        result.map_or_else(|error| format!("it cannot be read: {error}"), |()| "the server has closed it".to_owned())
    });
    exchange.carry(carrier);
    Ok(())
}

fn request(endpoint: &Endpoint, options: &Options, key: &str) -> Result<Request<Full>, ClientError> {
    let mut headers = endpoint.headers(&options.headers)?;
    let mut set = |name: HeaderName, value: &str| {
        // All of them are text of our own.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(CONNECTION, "Upgrade");
    set(UPGRADE, "websocket");
    set(SEC_WEBSOCKET_KEY, key);
    set(SEC_WEBSOCKET_VERSION, "13");
    set(SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL);
    let path = endpoint.uri().path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::new(Full::new(bytes::Bytes::new()));
    *request.uri_mut() = path.parse().map_err(|_| ClientError::invalid(format!("{path:?} is not a path")))?;
    *request.headers_mut() = headers;
    Ok(request)
}

/// Whether a server has agreed.
///
/// # Errors
/// Why not; nothing where it says so itself.
fn agreed(endpoint: &Endpoint, headers: &HeaderMap, status: StatusCode, key: &str) -> Result<(), Option<String>> {
    if status != StatusCode::SWITCHING_PROTOCOLS {
        return Err(None);
    }
    let is = |name: &HeaderName, value: &str| headers.get(name).is_some_and(|found| found == value);
    if !accepted(key.as_bytes()).is_some_and(|answer| is(&SEC_WEBSOCKET_ACCEPT, &answer)) {
        return Err(Some(format!("{endpoint}: it has not answered as WebSocket wants it (Sec-WebSocket-Accept)")));
    }
    if !is(&SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL) {
        return Err(Some(format!("{endpoint}: it speaks WebSocket, but not the subprotocol `{SUBPROTOCOL}`")));
    }
    Ok(())
}

/// What a server says that does not agree.
async fn refused(response: Response<Incoming>) -> ClientError {
    let (status, challenge) = (response.status(), response.headers().get(WWW_AUTHENTICATE).cloned());
    let challenge = challenge.and_then(|challenge| challenge.to_str().ok().map(str::to_owned));
    let body = beginning(response.into_body(), REFUSAL).await;
    let failure = HttpFailure::new(status.as_u16(), &String::from_utf8_lossy(&body), challenge);
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ClientError::Unauthorized(failure),
        _ => ClientError::Http(failure),
    }
}

fn out_of_reach(endpoint: &Endpoint, error: &io::Error) -> ClientError {
    #[cfg(feature = "tls")]
    if let Some(refusal) = crate::tls::refusal(error) {
        return ClientError::connect(format!("{endpoint}: {}", refusal.why));
    }
    ClientError::connect(format!("{endpoint}: {error}"))
}
