//! What HTTP is listened on: a port, or a Unix domain socket.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use tokio::net::TcpListener;

use super::stream::{Remote, Stream};
use crate::transport::accept::Listener;
#[cfg(all(unix, feature = "systemd"))]
use crate::transport::systemd;
#[cfg(all(unix, feature = "unix"))]
use crate::transport::unix::UnixSocket;

/// What HTTP is listened on, for [`Http::listen_on`](crate::Http::listen_on): a port, or a Unix domain socket.
///
/// It is made of a listener of tokio's, or of a `UnixSocket`, of which curl speaks to the server with `--unix-socket`:
///
/// ```no_run
/// use mcp_runtime::{Http, Server, shutdown_signal};
///
/// # #[cfg(unix)]
/// # async fn example(server: Server) -> std::io::Result<()> {
/// let socket = mcp_runtime::transport::UnixSocket::bind("/run/shop/http.sock")?;
/// Http::new(server).listen_on(socket)?.run(shutdown_signal()).await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ListenSocket(Kind);

#[derive(Debug)]
enum Kind {
    Tcp(TcpListener),
    #[cfg(all(unix, feature = "unix"))]
    Unix(UnixSocket),
}

impl ListenSocket {
    /// Listens at an address which other processes listen at, too, if each of them asks for that (`SO_REUSEPORT`); the system
    /// spreads connections over them. So several processes of one program share a port, and a new one takes over from an old one.
    ///
    /// # Errors
    /// If the address cannot be listened on: a process listens there that has not asked for it, or one of another user, or the system
    /// has no such thing.
    ///
    /// # Panics
    /// Outside of a tokio runtime with I/O.
    pub fn reuse_port(address: SocketAddr) -> io::Result<Self> {
        let socket = if address.is_ipv4() { tokio::net::TcpSocket::new_v4() } else { tokio::net::TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        share(&socket)?;
        socket.bind(address)?;
        Ok(Self(Kind::Tcp(socket.listen(BACKLOG)?)))
    }

    /// A socket that systemd has opened and passed on ([socket activation](https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html)):
    /// the one of this name (`FileDescriptorName=`), or the only one there is. As a text it is `systemd:NAME`, or `systemd`.
    ///
    /// Each is taken once. The variables of the environment that tell of the sockets are removed, so that no other program takes them
    /// for its own: do this before there are threads that look into the environment.
    ///
    /// # Errors
    /// There is none, there are several and none was named, it was taken already, or it is no stream that can be listened on.
    ///
    /// # Panics
    /// Outside of a tokio runtime with I/O.
    #[cfg(all(unix, feature = "systemd"))]
    pub fn systemd(name: Option<&str>) -> io::Result<Self> {
        systemd::take(name).map(|socket| match socket {
            systemd::Socket::Tcp(listener) => listener.into(),
            systemd::Socket::Unix(socket) => socket.into(),
        })
    }

    /// Listens where a text says: an address, or with the feature `unix` also `unix:PATH`, of this mode; with `systemd` also at a socket
    /// that was passed on.
    ///
    /// # Errors
    /// It cannot be listened on.
    #[cfg(any(feature = "cli", feature = "streams"))]
    #[cfg_attr(not(all(unix, feature = "unix")), allow(unused_variables))] // Ports have no mode.
    pub(crate) async fn open(text: &str, mode: u32, is_shared: bool) -> io::Result<Self> {
        #[cfg(all(unix, feature = "systemd"))]
        if let Some(name) = systemd::named(text) {
            return Self::systemd(name);
        }
        if let Some(path) = text.strip_prefix("unix:") {
            #[cfg(all(unix, feature = "unix"))]
            return UnixSocket::bind_with_mode(path, mode).map(Self::from);
            #[cfg(not(all(unix, feature = "unix")))]
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                format!("unix:{path} needs the feature `unix` of mcp-runtime, and an operating system of that kind"),
            ));
        }
        if is_shared {
            return Self::open_shared(text).await;
        }
        TcpListener::bind(text).await.map(Self::from)
    }

    /// The same with others.
    #[cfg(any(feature = "cli", feature = "streams"))]
    async fn open_shared(text: &str) -> io::Result<Self> {
        let mut failed = None;
        for address in tokio::net::lookup_host(text).await? {
            match Self::reuse_port(address) {
                Ok(socket) => return Ok(socket),
                Err(error) => failed = Some(error),
            }
        }
        Err(failed.unwrap_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the name has no address")))
    }

    /// The address of a port.
    ///
    /// # Errors
    /// It is a Unix socket, or the system does not tell.
    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        match &self.0 {
            Kind::Tcp(listener) => listener.local_addr(),
            #[cfg(all(unix, feature = "unix"))]
            Kind::Unix(_) => Err(io::Error::new(io::ErrorKind::Unsupported, "a Unix socket has no such address")),
        }
    }
}

#[cfg(all(unix, not(any(target_os = "solaris", target_os = "illumos"))))]
fn share(socket: &tokio::net::TcpSocket) -> io::Result<()> {
    socket.set_reuseport(true)
}

#[cfg(not(all(unix, not(any(target_os = "solaris", target_os = "illumos")))))]
fn share(_: &tokio::net::TcpSocket) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "ports are not shared on this operating system"))
}

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;

/// `127.0.0.1:3000`, or `unix:PATH`.
impl fmt::Display for ListenSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Tcp(listener) => match listener.local_addr() {
                Ok(address) => address.fmt(f),
                Err(_) => f.write_str("a port"),
            },
            #[cfg(all(unix, feature = "unix"))]
            Kind::Unix(socket) => socket.fmt(f),
        }
    }
}

impl From<TcpListener> for ListenSocket {
    fn from(listener: TcpListener) -> Self {
        Self(Kind::Tcp(listener))
    }
}

#[cfg(all(unix, feature = "unix"))]
impl From<UnixSocket> for ListenSocket {
    fn from(socket: UnixSocket) -> Self {
        Self(Kind::Unix(socket))
    }
}

impl Listener for ListenSocket {
    type Connection = (Stream, Remote);

    async fn next(&mut self) -> io::Result<Self::Connection> {
        match &self.0 {
            Kind::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                Ok((Stream::from(stream), Remote::at(peer)))
            }
            #[cfg(all(unix, feature = "unix"))]
            Kind::Unix(socket) => {
                let (stream, credentials) = socket.next_stream().await?;
                let mut remote = Remote::default();
                if let Some(credentials) = credentials {
                    remote.extensions.insert(credentials.principal());
                    remote.extensions.insert(credentials);
                }
                Ok((Stream::Unix(stream), remote))
            }
        }
    }

    fn name(&self) -> String {
        self.to_string()
    }
}
