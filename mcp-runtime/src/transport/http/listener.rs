//! A server of its own: accepting connections, and ending in good order.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower_service::Service as _;

use super::body::Body;
use super::config::Http;
use super::{answer, stateful};
use crate::service::GRACE;

/// How long to wait after the system had no room for a connection: file descriptors, most often.
const OUT_OF_ROOM: Duration = Duration::from_millis(50);

/// A server that listens, and serves once it is [run](Self::run).
#[derive(Debug)]
pub struct Listening {
    http: Http,
    listener: TcpListener,
}

impl Http {
    /// Listens at an address; a port of 0 picks a free one.
    ///
    /// # Errors
    /// Where the address cannot be had.
    pub async fn listen(self, address: impl tokio::net::ToSocketAddrs) -> io::Result<Listening> {
        Ok(Listening { http: self, listener: TcpListener::bind(address).await? })
    }
}

impl Listening {
    /// The address, with the port that was picked.
    ///
    /// # Errors
    /// Where the system does not tell.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop` is done; then no new connection is accepted, calls in flight finish, for a while, and streams
    /// end with their closing result.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { http, listener } = self;
        let draining = Arc::<AtomicBool>::default();
        let places = Arc::new(Semaphore::new(http.inner().config.connections));
        let connections = GracefulShutdown::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            let place = tokio::select! {
                place = Arc::clone(&places).acquire_owned() => place,
                () = &mut stop => break,
            };
            let stream = tokio::select! {
                accepted = listener.accept() => accepted,
                () = &mut stop => break,
            };
            let stream = match stream {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!("a connection could not be accepted: {error}");
                    tokio::time::sleep(OUT_OF_ROOM).await;
                    continue;
                }
            };
            let served = serve(stream, http.clone(), Arc::clone(&draining));
            let watcher = connections.watcher();
            tokio::spawn(async move {
                served(watcher).await;
                drop(place);
            });
        }
        drop(listener);
        draining.store(true, Ordering::Release);
        http.inner().closing.raise();
        if tokio::time::timeout(GRACE, connections.shutdown()).await.is_err() {
            tracing::warn!("some calls took longer than {GRACE:?} to end and were dropped");
        }
        stateful::close(http.inner());
    }
}

/// Serves one connection, HTTP/1.1 or HTTP/2.
fn serve(
    stream: TcpStream,
    http: Http,
    draining: Arc<AtomicBool>,
) -> impl FnOnce(hyper_util::server::graceful::Watcher) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
    move |watcher| {
        Box::pin(async move {
            // Answers are written whole; waiting for more would only hold them up.
            let _ = stream.set_nodelay(true);
            let mut builder = auto::Builder::new(TokioExecutor::new());
            let patience = http.inner().config.header_patience;
            builder.http1().timer(TokioTimer::new()).header_read_timeout(patience);
            builder.http2().timer(TokioTimer::new()).keep_alive_interval(Some(Duration::from_secs(30)));
            let service = service_fn(move |request| route(http.clone(), Arc::clone(&draining), request));
            let connection = builder.serve_connection(TokioIo::new(stream), service);
            // That a client goes away, or speaks no HTTP, is no business of anybody else's.
            let _ = watcher.watch(connection.into_owned()).await;
        })
    }
}

/// The endpoint, and the pages beside it.
async fn route(
    mut http: Http,
    draining: Arc<AtomicBool>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let config = &http.inner().config;
    let path = request.uri().path();
    if path == config.path {
        return http.call(request).await;
    }
    if !config.probes || request.method() != Method::GET {
        return Ok(answer::empty(StatusCode::NOT_FOUND));
    }
    Ok(match path {
        "/healthz" => answer::empty(StatusCode::OK),
        "/readyz" if draining.load(Ordering::Acquire) => answer::empty(StatusCode::SERVICE_UNAVAILABLE),
        "/readyz" => answer::empty(StatusCode::OK),
        "/capabilities" => {
            let authority = request.uri().authority().map(http::uri::Authority::as_str);
            match config.guard.admits(authority, request.headers()) {
                Ok(()) => answer::json(StatusCode::OK, http.inner().core.catalog().summary()),
                Err(_) => answer::empty(StatusCode::FORBIDDEN),
            }
        }
        _ => answer::empty(StatusCode::NOT_FOUND),
    })
}
