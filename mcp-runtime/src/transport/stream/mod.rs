//! Connections on streams: sockets, pipes, and what programs bring of their own. One set of readers and writers serves both
//! sides, the server's and the client's.

mod accept;
mod limits;
mod lines;
mod own;
mod patience;
mod peer;
mod rate;
mod received;
pub(crate) mod serve;
pub(crate) mod sink;
pub(crate) mod source;
mod writer;

pub use accept::Accept;
pub(crate) use accept::{AcceptAny, serve_all};
pub use limits::StreamLimits;
pub use lines::Lines;
pub use own::{Duplex, Transport};
pub use peer::PeerInfo;
pub use received::{Oversized, Received};
pub use serve::ServeOn;
