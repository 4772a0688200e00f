//! How messages come and go: the standard streams, HTTP, memory, and transports of your own.
//!
//! A program that serves on standard streams or on HTTP needs none of this. [`Transport`] is for all else that can carry
//! messages: a serial line, a queue, another protocol's frames.

#[cfg(feature = "http")]
pub(crate) mod http;
#[cfg(any(feature = "stdio", feature = "streams"))]
pub(crate) mod lines;
pub(crate) mod memory;
#[cfg(any(feature = "stdio", feature = "http"))]
pub(crate) mod signals;
#[cfg(feature = "stdio")]
pub(crate) mod stdio;
#[cfg(feature = "streams")]
pub(crate) mod stream;
#[cfg(feature = "ws")]
pub(crate) mod ws;

#[cfg(feature = "auth")]
pub(crate) use http::Authenticator;
#[cfg(feature = "auth")]
pub(crate) use http::{Authenticate, Challenge, IntoAuthenticate, PeerCertificate};
#[cfg(all(feature = "http", feature = "cli"))]
pub(crate) use http::{Door, Hold, Http};
#[cfg(feature = "auth")]
pub(crate) use http::{ResourceMetadata, ResourceUrl};
pub(crate) use memory::MemoryClient;
/// What the signature of [`Transport`] is written with.
#[cfg(feature = "streams")]
pub use {bytes::Bytes, futures_core::Stream, futures_sink::Sink};

#[cfg(feature = "streams")]
pub use stream::{Duplex, Lines, Oversized, PeerInfo, Received, ServeOn, StreamLimits, Transport};
