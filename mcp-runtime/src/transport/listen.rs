//! What is listened on.

use std::future::Future;
use std::io;
use std::sync::Arc;

#[cfg(feature = "http")]
use super::http::Listening;
use super::stream::{Accept, AcceptAny, StreamLimits, serve_all};
use crate::service::Core;

/// How many connections may be open at once.
const CONNECTIONS: usize = 1024;

/// A way of serving, for [`Server::serve`](crate::Server::serve): what is listened on.
///
/// A [`Listening`](crate::Listening), which has all settings of HTTP, is one of them: `Listen::from(listening)`.
///
/// ```no_run
/// use mcp_runtime::transport::Listen;
/// use mcp_runtime::prelude::*;
///
/// # async fn example(server: Server) -> Result<(), Box<dyn std::error::Error>> {
/// // On two ports, of which one is for few clients.
/// let ways = [Listen::http("127.0.0.1:3000"), Listen::http("127.0.0.1:3001").connection_limit(16)];
/// server.serve(ways).await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is served until it is handed to `Server::serve`"]
pub struct Listen {
    kind: Kind,
    connections: usize,
    limits: StreamLimits,
}

enum Kind {
    #[cfg(feature = "stdio")]
    Stdio,
    #[cfg(feature = "http")]
    HttpAt(String),
    #[cfg(feature = "http")]
    Http(Box<Listening>),
    #[cfg(all(unix, feature = "unix"))]
    Unix(std::path::PathBuf),
    #[cfg(all(windows, feature = "pipes"))]
    Pipe(String),
    Own(Box<dyn AcceptAny>),
}

/// What is listened on now.
pub(crate) enum Listened {
    #[cfg(feature = "stdio")]
    Stdio,
    #[cfg(feature = "http")]
    HttpAt(String),
    #[cfg(feature = "http")]
    Http(Box<Listening>),
    Streams(Streams),
}

/// Connections on streams that are accepted.
pub(crate) struct Streams {
    listener: Box<dyn AcceptAny>,
    connections: usize,
    limits: StreamLimits,
}

impl Listen {
    /// Standard input and output.
    #[cfg(feature = "stdio")]
    pub fn stdio() -> Self {
        Self::of(Kind::Stdio)
    }

    /// HTTP at `/mcp` of an address: `127.0.0.1:3000`. With the feature `unix` it may also be a Unix domain socket of mode 0600:
    /// `unix:/run/shop/http.sock`.
    #[cfg(feature = "http")]
    pub fn http(address: impl Into<String>) -> Self {
        Self::of(Kind::HttpAt(address.into()))
    }

    /// A [Unix domain socket](super::UnixSocket) at a path, of mode 0600, or on Linux at an abstract name, `@name`.
    #[cfg(all(unix, feature = "unix"))]
    pub fn unix(path: impl Into<std::path::PathBuf>) -> Self {
        Self::of(Kind::Unix(path.into()))
    }

    /// A [named pipe](super::NamedPipe) of Windows: `NAME`, or `\\.\pipe\NAME`.
    #[cfg(all(windows, feature = "pipes"))]
    pub fn pipe(name: impl Into<String>) -> Self {
        Self::of(Kind::Pipe(name.into()))
    }

    /// A listener of your own, or a [`UnixSocket`](super::UnixSocket) that was bound already.
    pub fn on(listener: impl Accept) -> Self {
        Self::of(Kind::Own(Box::new(listener)))
    }

    fn of(kind: Kind) -> Self {
        Self { kind, connections: CONNECTIONS, limits: StreamLimits::new() }
    }

    /// How many connections may be open at once on a Unix socket, a named pipe or a listener of your own. By default 1,024. Beyond
    /// it none is accepted until one closes. [HTTP](crate::Listening::connection_limit) has its own.
    pub fn connection_limit(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// What each connection may take on a Unix socket, a named pipe or a listener of your own.
    pub fn limits(mut self, limits: StreamLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Opens what is listened on; HTTP is opened by who serves it.
    ///
    /// # Errors
    /// It cannot be listened on.
    pub(crate) fn open(self) -> io::Result<Listened> {
        let Self { kind, connections, limits } = self;
        let streams = |listener| Listened::Streams(Streams { listener, connections, limits });
        Ok(match kind {
            #[cfg(feature = "stdio")]
            Kind::Stdio => Listened::Stdio,
            #[cfg(feature = "http")]
            Kind::HttpAt(address) => Listened::HttpAt(address),
            #[cfg(feature = "http")]
            Kind::Http(listening) => Listened::Http(listening),
            #[cfg(all(unix, feature = "unix"))]
            Kind::Unix(path) => streams(Box::new(super::UnixSocket::bind(&path).map_err(|error| {
                io::Error::new(error.kind(), format!("cannot listen on unix:{}: {error}", path.display()))
            })?)),
            #[cfg(all(windows, feature = "pipes"))]
            Kind::Pipe(name) => streams(Box::new(super::NamedPipe::bind(&name).map_err(|error| {
                io::Error::new(error.kind(), format!("cannot listen on the pipe {name}: {error}"))
            })?)),
            Kind::Own(listener) => streams(listener),
        })
    }
}

impl Streams {
    /// Serves connections until `stop`.
    pub(crate) async fn serve(self, core: Arc<Core>, stop: impl Future<Output = ()> + Send) {
        serve_all(core, self.listener, self.connections, self.limits, stop).await;
    }
}

#[cfg(feature = "http")]
impl From<Listening> for Listen {
    fn from(listening: Listening) -> Self {
        Self::of(Kind::Http(Box::new(listening)))
    }
}

impl std::fmt::Debug for Listen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listen").field("limits", &self.limits).finish_non_exhaustive()
    }
}
