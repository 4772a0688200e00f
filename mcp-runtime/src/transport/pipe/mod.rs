//! Named pipes of Windows: each message is a line, as on standard streams.

#[cfg(feature = "client-stdio")]
mod connect;
mod listener;
pub(crate) mod name;

#[cfg(feature = "client-stdio")]
pub(crate) use connect::connect;
pub use listener::NamedPipe;
