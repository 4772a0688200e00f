//! WebSocket (RFC 6455): each message is one text message of the socket.

mod ends;
mod key;
mod sink;
mod socket;
mod source;

pub(crate) use self::ends::End;
pub(crate) use self::key::accepted;
#[cfg(feature = "client")]
pub(crate) use self::key::fresh;
pub(crate) use self::socket::{Settings, Side, Socket};

/// The subprotocol whose messages these are.
pub(crate) const SUBPROTOCOL: &str = "mcp";
