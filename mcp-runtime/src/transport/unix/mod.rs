//! Unix domain sockets: each message is a line, as on standard streams, and the system says who calls.

pub(crate) mod address;
mod credentials;
mod listener;

pub use credentials::PeerCredentials;
pub use listener::UnixSocket;
