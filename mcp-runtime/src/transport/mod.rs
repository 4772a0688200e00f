//! How messages come and go: the standard streams, HTTP, memory, and transports of your own.
//!
//! A program that serves on standard streams or on HTTP needs none of this. [`Transport`] is for all else that can carry
//! messages: a serial line, a queue, another protocol's frames.

#[cfg(any(feature = "http", feature = "streams"))]
pub(crate) mod accept;
#[cfg(feature = "http")]
pub(crate) mod http;
#[cfg(any(feature = "stdio", feature = "streams"))]
pub(crate) mod lines;
#[cfg(feature = "streams")]
mod listen;
pub(crate) mod memory;
#[cfg(all(windows, feature = "pipes"))]
pub(crate) mod pipe;
#[cfg(any(feature = "stdio", feature = "http", feature = "streams"))]
pub(crate) mod signals;
#[cfg(feature = "stdio")]
pub(crate) mod stdio;
#[cfg(feature = "streams")]
pub(crate) mod stream;
#[cfg(all(unix, feature = "systemd"))]
pub(crate) mod systemd;
#[cfg(all(unix, feature = "unix"))]
pub(crate) mod unix;
#[cfg(feature = "ws")]
pub(crate) mod ws;

/// What the signature of [`Transport`] is written with.
#[cfg(feature = "streams")]
pub use bytes::Bytes;
/// The incoming half of a [`Transport`].
///
/// ```
/// use std::collections::VecDeque;
/// use std::io;
/// use std::pin::Pin;
/// use std::task::{Context, Poll};
///
/// use mcp_runtime::transport::{Received, Stream};
///
/// /// Messages that were recorded before.
/// struct Recorded(VecDeque<String>);
///
/// impl Stream for Recorded {
///     type Item = io::Result<Received>;
///
///     fn poll_next(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
///         Poll::Ready(self.0.pop_front().map(|message| Ok(message.into())))
///     }
/// }
/// ```
#[cfg(feature = "streams")]
pub use futures_core::Stream;
/// The outgoing half of a [`Transport`].
///
/// ```
/// use std::io;
/// use std::pin::Pin;
/// use std::task::{Context, Poll};
///
/// use mcp_runtime::transport::{Bytes, Sink};
///
/// /// Keeps what is sent, for a test.
/// #[derive(Default)]
/// struct Kept(Vec<Bytes>);
///
/// impl Sink<Bytes> for Kept {
///     type Error = io::Error;
///
///     fn poll_ready(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
///         Poll::Ready(Ok(()))
///     }
///
///     fn start_send(mut self: Pin<&mut Self>, message: Bytes) -> io::Result<()> {
///         self.0.push(message);
///         Ok(())
///     }
///
///     fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
///         Poll::Ready(Ok(()))
///     }
///
///     fn poll_close(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
///         Poll::Ready(Ok(()))
///     }
/// }
/// ```
#[cfg(feature = "streams")]
pub use futures_sink::Sink;
#[cfg(feature = "auth")]
pub(crate) use http::Authenticator;
#[cfg(feature = "auth")]
pub(crate) use http::{Authenticate, Challenge, IntoAuthenticate, PeerCertificate};
#[cfg(all(feature = "http", feature = "cli"))]
pub(crate) use http::{Door, Hold, Http};
#[cfg(feature = "http")]
pub use http::{ForwardedHeader, ListenSocket, ProxyHeader};
#[cfg(feature = "auth")]
pub(crate) use http::{ResourceMetadata, ResourceUrl};
pub(crate) use memory::MemoryClient;

#[cfg(feature = "streams")]
pub use listen::Listen;
#[cfg(feature = "streams")]
pub(crate) use listen::Listened;
#[cfg(all(windows, feature = "pipes"))]
pub use pipe::NamedPipe;
#[cfg(feature = "streams")]
pub use stream::{Accept, Duplex, Lines, Oversized, PeerInfo, Received, ServeOn, StreamLimits, Transport};
#[cfg(all(unix, feature = "unix"))]
pub use unix::{PeerCredentials, UnixSocket};
