//! A server of its own: accepting connections, and ending in good order.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::net::{TcpListener, ToSocketAddrs};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::config::Http;
use super::connection;
use super::routes::Routes;
use crate::background::background;
use crate::call::Latch;

/// How long to wait after the system had no room for a connection: file descriptors, most often.
const OUT_OF_ROOM: Duration = Duration::from_millis(50);

/// A server that listens, and serves once it is [run](Self::run).
#[derive(Debug)]
pub struct Listening {
    listener: TcpListener,
    /// What is served. Not there yet while the program starts.
    app: App,
    connections: usize,
    patience: Patience,
    grace: Duration,
}

/// What is served, once it is there.
pub(super) type App = Arc<OnceLock<Routes>>;

/// How long a connection may be idle, and how long a write may wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    pub(super) idle: Duration,
    pub(super) write: Duration,
}

impl Http {
    /// Listens at an address, to serve at `/mcp`; a port of 0 picks a free one.
    ///
    /// # Errors
    /// Where the address cannot be had.
    pub async fn listen(self, address: impl ToSocketAddrs) -> io::Result<Listening> {
        Self::routes().route("/mcp", self).listen(address).await
    }
}

impl Routes {
    /// Listens at an address; a port of 0 picks a free one.
    ///
    /// # Errors
    /// Where the address cannot be had.
    pub async fn listen(self, address: impl ToSocketAddrs) -> io::Result<Listening> {
        let listening = Listening::bind(address).await?;
        let app = self.at(listening.address()?);
        let _ = listening.app.set(app);
        Ok(listening)
    }

    /// Made to serve at this address: an address that was asked for by number is a host that may be asked for, too.
    pub(super) fn at(mut self, address: SocketAddr) -> Self {
        let ip = address.ip();
        if !ip.is_unspecified() && !ip.is_loopback() {
            self.allow_host(&if ip.is_ipv6() { format!("[{ip}]") } else { ip.to_string() });
        } else if ip.is_unspecified() && self.is_for_this_machine_only() {
            tracing::warn!(
                "{address} is reached from other machines, and only requests for this one's own names are let in; \
                 name the host that clients ask for: `allow_host`, or --allow-host"
            );
        }
        if !ip.is_loopback() && self.is_for_any_host() {
            tracing::warn!(
                "{address} is reached from other machines, and requests for any host are let in: a web page can reach it \
                 through a browser, unless a proxy in front checks the host; name the hosts that clients ask for instead"
            );
        }
        self
    }
}

impl Listening {
    pub(super) async fn bind(address: impl ToSocketAddrs) -> io::Result<Self> {
        Ok(Self {
            listener: TcpListener::bind(address).await?,
            app: App::default(),
            connections: 10_000,
            // Longer than the minute for which load balancers keep a connection: who closes first must be the client.
            patience: Patience { idle: Duration::from_secs(75), write: Duration::from_secs(60) },
            // A little below the half-minute after which orchestrators kill.
            grace: Duration::from_secs(25),
        })
    }

    #[cfg(feature = "cli")]
    pub(super) fn app(&self) -> &App {
        &self.app
    }

    /// The address, with the port that was picked.
    ///
    /// # Errors
    /// Where the system does not tell.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// How many connections may be open at once; more wait until one closes. By default 10,000.
    #[must_use]
    pub fn connection_limit(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// How long a connection may be idle, and how long the head of its next request may take, together; and how long a
    /// client may take nothing of what it is sent. After that it is closed. By default 75 and 60 seconds.
    #[must_use]
    pub fn patience(mut self, idle: Duration, write: Duration) -> Self {
        self.patience = Patience { idle, write };
        self
    }

    /// How long calls in flight may go on when the server ends. By default 25 seconds.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Serves until `stop` is done; then no new connection is accepted, streams that only listen end with their closing
    /// result, and calls in flight finish, within the [grace](Self::grace). Dropping the future closes everything at once.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { listener, app, connections, patience, grace } = self;
        let (places, closing) = (Arc::new(Semaphore::new(connections)), Arc::<Latch>::default());
        let mut tasks = JoinSet::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            let accepted = async {
                // It closes only when it is told to, which it never is.
                let place = Arc::clone(&places).acquire_owned().await.ok();
                (listener.accept().await, place)
            };
            tokio::select! {
                (accepted, place) = accepted => match accepted {
                    Ok((stream, _)) => {
                        let (app, closing) = (Arc::clone(&app), Arc::clone(&closing));
                        tasks.spawn(background(async move {
                            connection::serve(stream, app, patience, &closing).await;
                            drop(place);
                        }));
                    }
                    Err(error) => {
                        tracing::warn!("a connection could not be accepted: {error}");
                        tokio::time::sleep(OUT_OF_ROOM).await;
                    }
                },
                // Forgets connections that are over.
                Some(_) = tasks.join_next() => {}
                () = &mut stop => break,
            }
        }
        drop(listener);
        let Some(routes) = app.get() else { return };
        routes.close();
        closing.raise();
        let ended = async {
            while tasks.join_next().await.is_some() {}
            for server in routes.servers() {
                server.live.calls.none_left().await;
            }
        };
        if tokio::time::timeout(grace, ended).await.is_err() {
            tracing::warn!("some calls took longer than {grace:?} to end and were dropped");
        }
        routes.servers().for_each(|server| server.live.sessions.close());
    }
}
