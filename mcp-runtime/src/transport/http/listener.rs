//! A server of its own: accepting connections, and ending in good order.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, ToSocketAddrs};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, timeout};

use super::app::{App, Hold};
use super::connection;
use super::endpoint::{Endpoint, Live};
use super::limits::{ConnectionLimits, Linger, Patience};
use super::proxy::{Networks, ProxyHeader};
use super::routes::Routes;
#[cfg(feature = "tls")]
use super::secure::Secure;
use super::service::Http;
use super::socket::ListenSocket;
use super::stream::{Remote, Stream};
use crate::background::background;
use crate::call::Latch;
use crate::log;
use crate::service::{DROPPING, GRACE, Serving, is_soon, nothing_runs};
#[cfg(feature = "tls")]
use crate::tls::{Acceptor, Tls, TlsError};
use crate::transport::accept::accept;
#[cfg(feature = "tls")]
use crate::transport::signals::hangups;

/// How long the head of a request may take. A slow sender must not live on the patience that there is with a connection that
/// is kept.
const HEAD_PATIENCE: Duration = Duration::from_secs(30);

/// How long a head may be: room for the headers that proxies add, and for every argument that a header may mirror.
const HEAD_BYTES: usize = 64 * 1024;

/// How long the answers to calls that are cut off may take to be written.
const FLUSH: Duration = Duration::from_millis(250);

/// How many requests a client of HTTP/2 may have open on one connection.
const STREAMS: u32 = 200;

/// What hyper reads at a time, and so the least that a head may be bounded to.
const LEAST_HEAD: usize = 8 * 1024;

/// A server that listens, and serves once it is [run](Self::run).
///
/// ```no_run
/// use std::time::Duration;
///
/// use mcp_runtime::prelude::*;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let server = Server::new("shop").build()?;
/// let listening = Http::new(&server).listen("127.0.0.1:0").await?;
/// println!("listening at {}", listening.address()?);
/// listening.connection_limit(1_000).grace(Duration::from_secs(10)).run(mcp_runtime::shutdown_signal()).await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Listening {
    socket: ListenSocket,
    /// What is served. Not there yet while the program starts.
    app: Arc<App>,
    connections: usize,
    idle: Duration,
    /// Where none was set it is the default, or the idle time if that is shorter.
    head: Option<Duration>,
    write: Duration,
    head_bytes: usize,
    streams: u32,
    linger: Linger,
    grace: Duration,
    /// Who begins with a header of the PROXY protocol.
    proxies: Option<Arc<Networks>>,
    #[cfg(feature = "tls")]
    secure: Option<Arc<Secure>>,
}

impl Http {
    /// Listens at an address, to serve at `/mcp`; a port of 0 picks a free one.
    ///
    /// # Errors
    /// If the address cannot be listened on.
    pub async fn listen(self, address: impl ToSocketAddrs) -> io::Result<Listening> {
        Self::routes().route("/mcp", self).listen(address).await
    }

    /// Listens on a socket, to serve at `/mcp`: on a [Unix domain socket](crate::transport::UnixSocket), or on a port that was opened
    /// already.
    ///
    /// Who connects to a Unix socket is known by the system: callers have a [`Principal`](crate::Principal) as they do without HTTP
    /// between, unless they are [identified](Self::authenticate) otherwise.
    ///
    /// # Errors
    /// If the socket cannot be used.
    pub fn listen_on(self, socket: impl Into<ListenSocket>) -> io::Result<Listening> {
        Self::routes().route("/mcp", self).listen_on(socket)
    }
}

impl Routes {
    /// Listens at an address; a port of 0 picks a free one.
    ///
    /// # Errors
    /// If the address cannot be listened on.
    pub async fn listen(self, address: impl ToSocketAddrs) -> io::Result<Listening> {
        self.listen_on(TcpListener::bind(address).await?)
    }

    /// Listens on a socket: on a [Unix domain socket](crate::transport::UnixSocket), or on a port that was opened already.
    ///
    /// # Errors
    /// If the socket cannot be used.
    pub fn listen_on(self, socket: impl Into<ListenSocket>) -> io::Result<Listening> {
        // There is something to serve at once.
        let listening = Listening::on(socket.into(), Hold::default());
        let app = self.at(listening.address().ok());
        listening.app.set(app);
        Ok(listening)
    }

    /// Made to serve at this address, if it is one: an address that was asked for by number is a host that may be asked for, too.
    pub(super) fn at(mut self, address: Option<SocketAddr>) -> Self {
        let Some(address) = address else { return self };
        let ip = address.ip();
        if !ip.is_loopback() {
            self.allow_observers();
        }
        if !ip.is_unspecified() && !ip.is_loopback() {
            self.allow_host(&if ip.is_ipv6() { format!("[{ip}]") } else { ip.to_string() });
        } else if ip.is_unspecified() && self.is_for_this_machine_only() {
            log::event!(
                WARN,
                "{address} is reached from other machines, and only requests for this one's own names are let in; \
                 name the host that clients ask for: `allow_host`, or --allow-host"
            );
        }
        if !ip.is_loopback() && self.is_for_any_host() {
            log::event!(
                WARN,
                "{address} is reached from other machines, and requests for any host are let in: a web page can reach it \
                 through a browser, unless a proxy in front checks the host; name the hosts that clients ask for instead"
            );
        }
        self
    }
}

impl Listening {
    pub(super) fn on(socket: ListenSocket, hold: Hold) -> Self {
        Self {
            socket,
            app: Arc::new(App::new(hold)),
            connections: 10_000,
            // Longer than the minute for which load balancers keep a connection: who closes first must be the client.
            idle: Duration::from_secs(75),
            head: None,
            write: Duration::from_secs(60),
            head_bytes: HEAD_BYTES,
            streams: STREAMS,
            linger: Linger::default(),
            // A little below the half-minute after which orchestrators kill.
            grace: Duration::from_secs(25),
            proxies: None,
            #[cfg(feature = "tls")]
            secure: None,
        }
    }

    #[cfg(feature = "cli")]
    pub(super) fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// The address, with the port that was picked.
    ///
    /// # Errors
    /// Where the system does not tell, and on a Unix domain socket.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.address()
    }

    /// What is listened on: an address, or `unix:PATH`.
    #[cfg(feature = "cli")]
    pub(super) fn place(&self) -> String {
        self.socket.to_string()
    }

    /// How many connections may be open at once. By default 10,000.
    ///
    /// Beyond it nothing is accepted: further connections wait in the queue of the operating system, and are served once one
    /// closes. When the process has no file descriptors left for another connection the same happens, and one warning is
    /// logged.
    #[must_use]
    pub fn connection_limit(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// How long a connection may be idle, and how long a client may take nothing of what it is sent. After that the
    /// connection is closed. By default 75 and 60 seconds.
    ///
    /// A connection is idle while no request is being answered and none has begun to come; on HTTP/2 that is so once no
    /// stream is open, whether or not the client answers pings. A stream of HTTP/2 whose client takes nothing is reset; the
    /// connection is closed once its client takes nothing of any stream.
    #[must_use]
    pub fn patience(mut self, idle: Duration, write: Duration) -> Self {
        (self.idle, self.write) = (idle, write);
        self
    }

    /// How long the head of a request may take to arrive, from its first byte. After that the connection is closed. By
    /// default 30 seconds, or the time for which a connection may be idle if that is shorter.
    #[must_use]
    pub fn head_patience(mut self, head: Duration) -> Self {
        self.head = Some(head);
        self
    }

    /// How long the head of a request may be, in bytes: the request line and all headers. A longer one is answered with 431.
    /// By default 64 KiB; less than 8 KiB counts as 8 KiB.
    #[must_use]
    pub fn head_limit(mut self, bytes: usize) -> Self {
        self.head_bytes = bytes;
        self
    }

    /// How many requests a client of HTTP/2 may have open on one connection. By default 200; a further one waits at the client.
    #[must_use]
    pub fn stream_limit(mut self, streams: u32) -> Self {
        self.streams = streams.max(1);
        self
    }

    /// How long, and how many bytes of, what a client still sends is taken after the answer with which its connection ends.
    /// By default 5 seconds and 64 MiB. A connection that is closed while something is unread is reset, and its client may
    /// never see the answer ([RFC 9112, 9.6](https://www.rfc-editor.org/rfc/rfc9112#section-9.6)).
    #[must_use]
    pub fn linger(mut self, time: Duration, bytes: usize) -> Self {
        self.linger = Linger { time, bytes };
        self
    }

    /// How long calls in flight may go on when the server ends. By default 25 seconds.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Connections of this proxy begin with a header of the PROXY protocol, in version 1 or 2: an address, a network such as
    /// `10.0.0.0/8`, or `unix` for the processes that connect to a [Unix domain socket](Http::listen_on). May be called several times.
    ///
    /// The address in the header is the client's, for everything that goes by addresses. A connection of such a proxy without a header
    /// is closed, and logged; a header of anybody else is no HTTP, and refused. It may take as long as the
    /// [head of a request](Self::head_patience), and be [as long](Self::head_limit). TLS begins behind it.
    ///
    /// # Panics
    /// If the text names no proxy. The message says what to write.
    #[must_use]
    #[track_caller]
    pub fn proxy_protocol(self, proxy: impl AsRef<str>) -> Self {
        self.try_proxy_protocol(proxy.as_ref()).unwrap_or_else(|why| panic!("{why}"))
    }

    pub(super) fn try_proxy_protocol(mut self, proxy: &str) -> Result<Self, String> {
        let mut proxies = self.proxies.as_deref().cloned().unwrap_or_default();
        proxies.add(proxy)?;
        self.proxies = Some(Arc::new(proxies));
        Ok(self)
    }

    /// Speaks HTTPS only. The files are read here, and again whenever they have changed, or once the process gets SIGHUP.
    ///
    /// # Errors
    /// Everything that is wrong with the files.
    #[cfg(feature = "tls")]
    pub fn tls(self, tls: Tls) -> Result<Self, TlsError> {
        let listening = self.secured(tls.clone())?;
        tls.warn();
        Ok(listening)
    }

    /// The same, before there is a log.
    #[cfg(feature = "tls")]
    pub(super) fn secured(mut self, tls: Tls) -> Result<Self, TlsError> {
        self.secure = Some(Arc::new(Secure::new(Acceptor::open(tls)?)));
        Ok(self)
    }

    /// Serves until `stop` is done; then no new connection is accepted, streams that only listen end with their closing
    /// result, and calls in flight finish, within the [grace](Self::grace); at last the functions of
    /// [`on_stop`](crate::ServerBuilder::on_stop) run. Dropping the future closes everything at once.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let limits = self.limits();
        #[cfg(feature = "tls")]
        let secure = self.secure.clone();
        #[cfg(feature = "tls")]
        let reloading = async {
            let Some(secure) = &secure else { return std::future::pending().await };
            let mut hangups = hangups();
            loop {
                hangups.next().await;
                secure.reload().await;
            }
        };
        #[cfg(not(feature = "tls"))]
        let reloading = std::future::pending();
        let Self { socket, app, connections, grace, proxies, .. } = self;
        let closing = Arc::<Latch>::default();
        let serving = |routes: &Routes| routes.servers().map(|server| Serving::begin(&server.live.core)).collect();
        let mut serves: Option<Vec<Serving>> = app.get().map(serving);
        let mut tasks = JoinSet::new();
        let serve = |(stream, remote): (Stream, Remote), permit| {
            let (app, closing) = (Arc::clone(&app), Arc::clone(&closing));
            let counted = app.connections.hold();
            if let Some(proxies) = &proxies
                && remote.is_among(proxies)
            {
                #[cfg(feature = "tls")]
                let secure = secure.clone();
                return background(async move {
                    let passed_on = passed_on(stream, remote, limits, &closing).await;
                    #[cfg(feature = "tls")]
                    let passed_on = match (passed_on, secure) {
                        (Some((stream, mut remote)), Some(secure)) => {
                            secure.accept(stream, &mut remote, &closing).await.map(|stream| (stream, remote))
                        }
                        (passed_on, _) => passed_on,
                    };
                    if let Some((stream, remote)) = passed_on {
                        connection::serve(stream, remote, app, limits, &closing).await;
                    }
                    drop((counted, permit));
                });
            }
            #[cfg(feature = "tls")]
            if let Some(secure) = secure.clone() {
                return background(async move {
                    let mut remote = remote;
                    if let Some(stream) = secure.accept(stream, &mut remote, &closing).await {
                        connection::serve(stream, remote, app, limits, &closing).await;
                    }
                    drop((counted, permit));
                });
            }
            background(async move {
                connection::serve(stream, remote, app, limits, &closing).await;
                drop((counted, permit));
            })
        };
        tokio::select! {
            () = accept(socket, connections, &mut tasks, serve, stop) => {}
            () = reloading => {}
        }
        let Some(routes) = app.get() else { return };
        let began = Instant::now();
        let mut serves = serves.take().unwrap_or_else(|| serving(routes));
        serves.iter_mut().for_each(Serving::ending);
        routes.close();
        closing.raise();
        let ended = async {
            while tasks.join_next().await.is_some() {}
            for server in routes.servers() {
                server.live.calls.none_left().await;
                server.live.core.catalog().scope().shared.steps.none_left().await;
            }
        };
        if tokio::time::timeout(grace, ended).await.is_err() {
            cut_off(routes, &mut tasks, grace).await;
        }
        routes.servers().for_each(|server| server.live.sessions.close());
        let end = began.elapsed() + grace.saturating_sub(began.elapsed()).max(GRACE);
        for serving in serves {
            serving.end(end.saturating_sub(began.elapsed())).await;
        }
    }

    fn limits(&self) -> ConnectionLimits {
        let head = self.head.unwrap_or(HEAD_PATIENCE.min(self.idle));
        let patience = Patience { idle: self.idle, head, write: self.write };
        ConnectionLimits { patience, head: self.head_bytes.max(LEAST_HEAD), streams: self.streams, linger: self.linger }
    }
}

/// A connection that a proxy passes on, as whose it is by its header. `None` where there is none, or serving ends meanwhile.
async fn passed_on(
    mut stream: Stream,
    mut remote: Remote,
    limits: ConnectionLimits,
    closing: &Latch,
) -> Option<(Stream, Remote)> {
    let read = timeout(limits.patience.head, ProxyHeader::read(&mut stream, limits.head));
    let read = tokio::select! {
        read = read => read.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())),
        () = closing.raised() => return None,
    };
    match read {
        Ok(header) => {
            remote.pass_on(header.source());
            Some((stream, remote))
        }
        // One that only looks whether somebody listens.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => None,
        Err(error) => {
            let proxy = remote.address.map_or_else(|| "on a Unix socket".to_owned(), |address| address.to_string());
            log::event!(WARN, "the connection of the proxy {proxy} is closed: {error}");
            None
        }
    }
}

/// Drops the calls that still run, so that the functions of `on_stop` find nobody at work. Those of sessions are answered with an
/// error. A connection on which another call waits is closed.
async fn cut_off(routes: &Routes, connections: &mut JoinSet<()>, grace: Duration) {
    let mut dropped = Vec::new();
    for Endpoint { live, .. } in routes.servers() {
        live.cut_off.begin();
        dropped.extend(live.sessions.cut_off(&live.cut_off));
    }
    let mut are_closed = || {
        while connections.try_join_next().is_some() {}
        connections.is_empty()
    };
    is_soon(FLUSH, &mut are_closed).await;
    connections.abort_all();
    let have_ended = is_soon(DROPPING, &mut || {
        while connections.try_join_next().is_some() {}
        let is_idle = |live: &Live| live.calls.are_none() && nothing_runs(&live.core.catalog());
        connections.is_empty()
            && dropped.iter().all(JoinHandle::is_finished)
            && routes.servers().all(|server| is_idle(&server.live))
    })
    .await;
    routes.servers().for_each(|Endpoint { live, .. }| live.cut_off.log(grace, have_ended));
}
