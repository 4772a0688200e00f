//! One side of a stream connection, as a machine that does no I/O.
//!
//! [`Peer`] takes frames and gives back events and frames. Its methods come in four kinds: getters; `handle_*`,
//! with which the world tells it something; commands ([`respond`](Peer::respond), [`request`](Peer::request),
//! [`notify`](Peer::notify)); and `poll_*`, with which it tells the world.
//!
//! ```
//! use mcp_proto::engine::{Event, Peer};
//!
//! let mut client = Peer::new(Default::default());
//! let mut server = Peer::new(Default::default());
//! let ping = client.request("ping", None);
//!
//! let frame = client.poll_transmit().expect("the request");
//! server.handle_frame(frame);
//! assert!(matches!(server.poll_event(), Some(Event::Call(call)) if call.request.method.as_str() == "ping"));
//! # let _ = ping;
//! ```

mod event;
mod handshake;
mod inbound;
mod outbound;
mod peer;

pub use event::{Admitted, CallKey, Event};
pub use handshake::Greeting;
pub use outbound::Token;
pub use peer::{Limits, Peer};
