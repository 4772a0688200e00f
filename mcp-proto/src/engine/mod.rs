//! One side of a stream connection, as a machine that does no I/O.
//!
//! [`Peer`] takes frames and gives back events and frames. Its methods come in four kinds: getters; `handle_*`,
//! with which the world tells it something; commands ([`respond`](Peer::respond), [`request`](Peer::request),
//! [`notify`](Peer::notify)); and `poll_*`, with which it tells the world. [`admit`](Peer::admit) and [`answer`](Peer::answer) tell and
//! are told in one step, for the call that is answered at once.
//!
//! ```
//! use mcp_proto::engine::{Event, Peer};
//!
//! let mut client = Peer::client(Default::default());
//! let mut server = Peer::server(Default::default());
//! let ping = client.send("ping", Default::default(), |_| ());
//!
//! let frame = client.poll_transmit().expect("the request");
//! server.handle_frame(frame);
//! assert!(matches!(server.poll_event(), Some(Event::Call(call)) if call.request.method.as_str() == "ping"));
//! # let _ = ping;
//! ```

mod agreement;
mod client;
mod event;
mod handshake;
mod hello;
mod inbound;
mod outbound;
mod peer;

pub use agreement::Agreement;
pub use client::Attempt;
pub use event::{Admitted, CallKey, Disagreement, Event, Refusal};
pub use handshake::Greeting;
pub use hello::{Extras, Hello};
pub use outbound::Token;
pub use peer::{Limits, Peer};
