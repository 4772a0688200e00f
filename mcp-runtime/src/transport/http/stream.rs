//! What a connection runs over, and what is known of its other side.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Extensions, Request};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(all(unix, feature = "unix"))]
use tokio::net::UnixStream;

use super::proxy::Networks;

/// What a connection runs over. One type for all of them, because each type would be another copy of hyper in the program.
pub(crate) enum Stream {
    Tcp(TcpStream),
    #[cfg(all(unix, feature = "unix"))]
    Unix(UnixStream),
    /// Another one, with TLS.
    #[cfg(feature = "tls")]
    Tls(Box<tokio_rustls::server::TlsStream<Stream>>),
}

impl Stream {
    /// The protocol that both sides have agreed on (ALPN).
    pub(super) fn protocol(&self) -> Option<&[u8]> {
        match self {
            Self::Tcp(_) => None,
            #[cfg(all(unix, feature = "unix"))]
            Self::Unix(_) => None,
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.get_ref().1.alpn_protocol(),
        }
    }
}

/// What is known of the other side of a connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Remote {
    /// Its address, where it has one.
    pub(super) address: Option<SocketAddr>,
    /// What each of its requests has among its extensions: a `Principal`, where the connection itself identifies the caller.
    pub(super) extensions: Extensions,
}

impl Remote {
    /// The other side of a TCP connection.
    pub(super) fn at(address: SocketAddr) -> Self {
        Self { address: Some(address), extensions: Extensions::new() }
    }

    /// Whether it is one of these proxies.
    pub(super) fn is_among(&self, proxies: &Networks) -> bool {
        match self.address {
            Some(address) => proxies.has(address.ip()),
            None => proxies.has_sockets(),
        }
    }

    /// It passes on the connection of somebody else, whose address may be known.
    pub(super) fn pass_on(&mut self, source: Option<SocketAddr>) {
        // What the system knows of the proxy is not the client's, even if nothing is known of the client.
        *self = Self { address: source.or(self.address), extensions: Extensions::new() };
    }

    /// Adds what is known of the other side to a request of it.
    pub(super) fn describe<B>(&self, request: &mut Request<B>) {
        if !self.extensions.is_empty() {
            request.extensions_mut().extend(self.extensions.clone());
        }
    }
}

impl From<TcpStream> for Stream {
    fn from(stream: TcpStream) -> Self {
        // Answers are written whole; waiting for more would only hold them up.
        let _ = stream.set_nodelay(true);
        Self::Tcp(stream)
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
            #[cfg(all(unix, feature = "unix"))]
            Self::Unix(stream) => Pin::new(stream).poll_read(cx, buf),
            #[cfg(feature = "tls")]
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, buf),
            #[cfg(all(unix, feature = "unix"))]
            Self::Unix(stream) => Pin::new(stream).poll_write(cx, buf),
            #[cfg(feature = "tls")]
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            #[cfg(all(unix, feature = "unix"))]
            Self::Unix(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            #[cfg(feature = "tls")]
            Self::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Tcp(stream) => stream.is_write_vectored(),
            #[cfg(all(unix, feature = "unix"))]
            Self::Unix(stream) => stream.is_write_vectored(),
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            #[cfg(all(unix, feature = "unix"))]
            Self::Unix(stream) => Pin::new(stream).poll_flush(cx),
            #[cfg(feature = "tls")]
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            #[cfg(all(unix, feature = "unix"))]
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
            #[cfg(feature = "tls")]
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
