//! What a client connects to.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use futures_sink::Sink;
use tokio::io::{AsyncRead, AsyncWrite};

use super::child::ChildCarrier;
use super::error::ClientError;
use super::exchange::Exchange;
use super::launch::Launch;
use super::link::Wire;
use super::memory::MemoryCarrier;
use super::options::Options;
use super::stream::{StreamCarrier, read};
use crate::call::Principal;
use crate::lock::Lock;
use crate::server::Server;
#[cfg(all(windows, feature = "pipes"))]
use crate::transport::pipe::name::PipeName;
use crate::transport::stream::sink::{FrameSink, LineSink, OwnSink};
use crate::transport::stream::source::{FrameSource, LineSource, OwnSource};
#[cfg(all(unix, feature = "unix"))]
use crate::transport::unix::address::Address;
use crate::transport::{Duplex, Received, Transport};

/// A server, and how it is reached. [`Client::connect`](super::Client::connect) and its like make one of what they are given; name
/// it yourself for a [`Pool`](super::Pool).
///
/// ```no_run
/// use mcp_runtime::client::{Client, Launch, Target};
///
/// # async fn example() -> Result<(), mcp_runtime::client::ClientError> {
/// let near = Client::connect(Target::from(Launch::new("my-server"))).await?;
/// let far = Client::connect(Target::url("https://example.com/mcp").header("X-API-Key", "…")).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Target(pub(super) Kind);

#[derive(Clone)]
pub(super) enum Kind {
    Program(Launch),
    Memory(Server, Option<Principal>),
    /// Streams, which can be used once.
    Streams(Arc<Lock<Option<Open>>>),
    #[cfg(feature = "client")]
    Url(super::http::Endpoint),
    #[cfg(all(unix, feature = "unix"))]
    Unix(Address),
    #[cfg(all(windows, feature = "pipes"))]
    Pipe(PipeName),
    /// What cannot be connected to, and why.
    Fault(String),
}

/// How the names of pipes of this machine begin.
const LOCAL_PIPE: &str = r"\\.\pipe\";

/// Opens streams, given the exchange that they are to carry and the most bytes of a message.
pub(super) type Open = Box<dyn FnOnce(&Arc<Exchange>, usize) + Send>;

impl Target {
    /// A server at a URL: `http://…` or `https://…`; with the feature `ws` also `ws://…` or `wss://…`.
    pub fn url(url: impl AsRef<str>) -> Self {
        #[cfg(feature = "client")]
        return match super::http::Endpoint::parse(url.as_ref()) {
            Ok(endpoint) => Self(Kind::Url(endpoint)),
            Err(why) => Self(Kind::Fault(why)),
        };
        #[cfg(not(feature = "client"))]
        Self(Kind::Fault(format!("{:?} needs the feature `client` of mcp-runtime", url.as_ref())))
    }

    /// Connects to a URL by a Unix domain socket: the host of the URL is the one that is asked for, and the path is served there, as
    /// `curl --unix-socket` has it. As a text it is `http+unix:PATH`, for `/mcp`. Other targets than URLs cannot be connected to in
    /// this way.
    ///
    /// ```no_run
    /// use mcp_runtime::client::{Client, Target};
    ///
    /// # async fn example() -> Result<(), mcp_runtime::client::ClientError> {
    /// let shop = Target::url("http://localhost/mcp").unix_socket("/run/shop/http.sock");
    /// let client = Client::connect(shop).await?;
    /// # let _ = client;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "client")]
    #[must_use]
    pub fn unix_socket(self, path: impl AsRef<str>) -> Self {
        let Kind::Url(endpoint) = self.0 else {
            return match self.0 {
                Kind::Fault(_) => self,
                _ => Self(Kind::Fault("only a URL is connected to by a Unix socket".to_owned())),
            };
        };
        Self(endpoint.over(path.as_ref()).map_or_else(Kind::Fault, Kind::Url))
    }

    /// A server on a Unix domain socket: a path, or on Linux an abstract name, `@name`. As a text it is `unix:PATH`.
    pub fn unix(path: impl AsRef<std::path::Path>) -> Self {
        #[cfg(all(unix, feature = "unix"))]
        return Self(Kind::Unix(Address::new(path.as_ref())));
        #[cfg(not(all(unix, feature = "unix")))]
        Self(Kind::Fault(if cfg!(unix) {
            format!("unix:{} needs the feature `unix` of mcp-runtime", path.as_ref().display())
        } else {
            "there are no Unix domain sockets here".to_owned()
        }))
    }

    /// A server on a named pipe of Windows: `NAME`, or `\\.\pipe\NAME`. As a text it is `pipe:NAME`, or `\\.\pipe\NAME`. While
    /// all pipes of the server are taken, it is tried again until the time to connect is over.
    pub fn pipe(name: impl AsRef<str>) -> Self {
        #[cfg(all(windows, feature = "pipes"))]
        return Self(PipeName::parse(name.as_ref()).map_or_else(Kind::Fault, Kind::Pipe));
        #[cfg(not(all(windows, feature = "pipes")))]
        Self(Kind::Fault(if cfg!(windows) {
            format!("the named pipe {:?} needs the feature `pipes` of mcp-runtime", name.as_ref())
        } else {
            "there are no named pipes here: they are of Windows".to_owned()
        }))
    }

    /// Whether a text means a named pipe.
    pub(crate) fn is_pipe(text: &str) -> bool {
        text.starts_with("pipe:") || text.starts_with(LOCAL_PIPE)
    }

    /// Whether it is a program that is started.
    #[cfg(all(feature = "cli", feature = "client"))]
    pub(crate) fn is_program(&self) -> bool {
        matches!(self.0, Kind::Program(_))
    }

    /// Whether it is a URL, whose requests have headers.
    #[cfg(all(feature = "cli", feature = "client"))]
    pub(crate) fn is_url(&self) -> bool {
        matches!(self.0, Kind::Url(_))
    }

    /// Adds a header to each request to a URL; other targets have none.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<str>) -> Self {
        #[cfg(feature = "client")]
        if let Kind::Url(endpoint) = &mut self.0 {
            endpoint.header(name, value.as_ref());
        }
        #[cfg(not(feature = "client"))]
        let _ = (&mut self, name, value.as_ref());
        self
    }

    /// A program to start.
    pub fn program(launch: impl Into<Launch>) -> Self {
        Self(Kind::Program(launch.into()))
    }

    /// A server in this process.
    pub fn server(server: &Server) -> Self {
        Self(Kind::Memory(server.clone(), None))
    }

    /// The same, as a known caller.
    pub fn server_as(server: &Server, principal: Principal) -> Self {
        Self(Kind::Memory(server.clone(), Some(principal)))
    }

    /// Streams of bytes on which each message is a line: a socket, or a pipe. They can be connected once.
    pub fn lines(reader: impl AsyncRead + Unpin + Send + 'static, writer: impl AsyncWrite + Send + 'static) -> Self {
        Self::streams(|limit| (Box::new(LineSource::new(reader, limit)), Box::new(LineSink::new(writer))))
    }

    /// Streams of messages, each one the JSON of a message without line breaks. They can be connected once.
    pub fn frames<E>(
        incoming: impl Stream<Item = Bytes> + Send + 'static,
        outgoing: impl Sink<Bytes, Error = E> + Send + 'static,
    ) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let incoming = Frames(Box::pin(incoming));
        Self::streams(|limit| (Box::new(OwnSource::new(incoming, limit)), Box::new(OwnSink::new(outgoing))))
    }

    /// What a [`Transport`] of your own carries. It can be connected once.
    pub fn over(transport: impl Transport) -> Self {
        Self::streams(|limit| {
            let Duplex { source, sink, .. } = transport.duplex(limit);
            (source, sink)
        })
    }

    fn streams(split: impl FnOnce(usize) -> (Box<dyn FrameSource>, Box<dyn FrameSink>) + Send + 'static) -> Self {
        let open: Open = Box::new(move |exchange, limit| {
            let (source, sink) = split(limit);
            carry(exchange, source, sink);
        });
        Self(Kind::Streams(Arc::new(Lock::new(Some(open)))))
    }

    /// What the server is called in logs, as long as it has not told its name.
    pub(super) fn name(&self) -> String {
        match &self.0 {
            Kind::Program(launch) => launch.name(),
            Kind::Memory(..) => "in-process".to_owned(),
            Kind::Streams(_) => "stream".to_owned(),
            #[cfg(feature = "client")]
            Kind::Url(endpoint) => endpoint.to_string(),
            #[cfg(all(unix, feature = "unix"))]
            Kind::Unix(address) => address.to_string(),
            #[cfg(all(windows, feature = "pipes"))]
            Kind::Pipe(name) => name.to_string(),
            Kind::Fault(_) => "nothing".to_owned(),
        }
    }

    /// What tells it from other targets; nothing where it cannot be connected twice. Secrets are in it: it is not for `Debug`.
    pub(super) fn key(&self) -> Option<String> {
        match &self.0 {
            Kind::Program(launch) => Some(format!("{launch:?}")),
            #[cfg(feature = "client")]
            // With its headers, which say who is connected.
            Kind::Url(endpoint) => Some(format!("{endpoint:?}")),
            #[cfg(all(unix, feature = "unix"))]
            Kind::Unix(address) => Some(address.to_string()),
            #[cfg(all(windows, feature = "pipes"))]
            Kind::Pipe(name) => Some(name.to_string()),
            Kind::Memory(..) | Kind::Streams(_) | Kind::Fault(_) => None,
        }
    }

    /// Whether it can be connected again.
    pub(super) fn is_lasting(&self) -> bool {
        !matches!(self.0, Kind::Streams(_) | Kind::Fault(_))
    }

    /// Opens a connection, on which nothing is said yet.
    ///
    /// # Errors
    /// It cannot be opened.
    // Only sockets are waited for.
    #[allow(clippy::unused_async)]
    pub(super) async fn open(&self, exchange: &Arc<Exchange>, options: &Options) -> Result<Wire, ClientError> {
        match &self.0 {
            Kind::Program(launch) => {
                let launch = options.applied(launch);
                let name = options.name.clone().unwrap_or_else(|| self.name());
                ChildCarrier::start(exchange, &launch, &name, options.message_bytes, options.grace)?;
            }
            Kind::Memory(server, principal) => {
                MemoryCarrier::start(exchange, server.connection(principal.clone()));
            }
            Kind::Streams(open) => {
                let open = open.lock().take();
                let open =
                    open.ok_or_else(|| ClientError::connect("the stream has ended, and cannot be opened again"))?;
                open(exchange, options.message_bytes);
            }
            #[cfg(all(feature = "client", feature = "ws"))]
            Kind::Url(endpoint) if endpoint.is_socket() => {
                super::ws::open(endpoint, options, exchange).await?;
            }
            #[cfg(feature = "client")]
            Kind::Url(endpoint) => {
                return super::http::Session::open(endpoint, options, exchange).map(Wire::Http);
            }
            #[cfg(all(unix, feature = "unix"))]
            Kind::Unix(address) => {
                let stream = tokio::net::UnixStream::connect(address.path()).await;
                let (reader, writer) = stream.map_err(|error| cannot_connect(address, &error))?.into_split();
                let source = LineSource::new(reader, options.message_bytes);
                carry(exchange, Box::new(source), Box::new(LineSink::new(writer)));
            }
            #[cfg(all(windows, feature = "pipes"))]
            Kind::Pipe(name) => {
                let pipe = crate::transport::pipe::connect(name, options.connect_timeout).await;
                let pipe = pipe.map_err(|error| cannot_connect(name, &error))?;
                let (reader, writer) = tokio::io::split(pipe);
                let source = LineSource::new(reader, options.message_bytes);
                carry(exchange, Box::new(source), Box::new(LineSink::new(writer)));
            }
            Kind::Fault(why) => return Err(ClientError::Connect(why.clone().into())),
        }
        Ok(Wire::Stream)
    }
}

/// Messages of a stream that never fails.
struct Frames<S>(Pin<Box<S>>);

impl<S: Stream<Item = Bytes>> Stream for Frames<S> {
    type Item = io::Result<Received>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(cx).map(|frame| frame.map(|frame| Ok(frame.into())))
    }
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Target").field(&self.name()).finish()
    }
}

impl From<&Server> for Target {
    fn from(server: &Server) -> Self {
        Self::server(server)
    }
}

impl From<Launch> for Target {
    fn from(launch: Launch) -> Self {
        Self::program(launch)
    }
}

impl From<std::process::Command> for Target {
    fn from(command: std::process::Command) -> Self {
        Self::program(command)
    }
}

/// Carries a conversation by these two directions.
fn carry(exchange: &Arc<Exchange>, source: Box<dyn FrameSource>, sink: Box<dyn FrameSink>) {
    let reading = read(source, Arc::clone(exchange));
    let carrier = StreamCarrier::start(exchange, sink, reading, |result| async move {
        result.map_or_else(|error| format!("it cannot be read: {error}"), |()| "it has ended".to_owned())
    });
    exchange.carry(carrier);
}

/// Why a socket, or a pipe, cannot be connected to.
#[cfg(any(all(unix, feature = "unix"), all(windows, feature = "pipes")))]
fn cannot_connect(address: &impl std::fmt::Display, error: &io::Error) -> ClientError {
    let hint = match error.kind() {
        io::ErrorKind::NotFound if cfg!(windows) => "; there is no such pipe",
        io::ErrorKind::NotFound => "; there is no such socket",
        io::ErrorKind::ConnectionRefused => "; no server listens on it",
        io::ErrorKind::PermissionDenied => "; it is for other users",
        _ => "",
    };
    ClientError::connect(format!("{address} cannot be connected to: {error}{hint}"))
}

/// A URL, `unix:PATH`, `http+unix:PATH`, `pipe:NAME`, or else a command line.
impl From<&str> for Target {
    fn from(text: &str) -> Self {
        if let Some(path) = text.strip_prefix("unix:") {
            return Self::unix(path);
        }
        if Self::is_pipe(text) {
            return Self::pipe(text.strip_prefix("pipe:").unwrap_or(text));
        }
        if text.starts_with("http+unix:") {
            return Self::url(text);
        }
        // A URL that lacks its beginning is told as that, and not as a program that is not installed.
        let is_address = || text.split('/').next().is_some_and(|host| host == "localhost" || has_port(host));
        let is_url = text.contains("://") || (!text.contains(char::is_whitespace) && is_address());
        if is_url { Self::url(text) } else { Self::program(text) }
    }
}

/// Whether this is a host with a port.
fn has_port(host: &str) -> bool {
    host.rsplit_once(':').is_some_and(|(name, port)| !name.is_empty() && port.parse::<u16>().is_ok())
}

impl From<String> for Target {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}
