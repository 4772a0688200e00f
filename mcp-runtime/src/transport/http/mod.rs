//! Streamable HTTP: one endpoint for clients of every revision (`basic/transports/streamable-http`).
//!
//! [`Http`] is a `tower` service over `http` requests: it nests in an axum `Router`, and serves itself. Each request tells
//! for itself which era it is of, so one endpoint serves both at once.

mod address;
mod allowed;
mod answer;
mod app;
mod authenticate;
mod body;
#[cfg(any(feature = "auth", feature = "tls"))]
mod certificate;
mod challenge;
mod config;
mod connection;
mod cors;
#[cfg(feature = "cli")]
mod door;
mod endpoint;
mod facts;
mod guard;
mod head;
mod headers;
mod identify;
mod idle;
mod lending;
mod limits;
mod listener;
mod names;
mod patient;
mod place;
mod proxy;
#[cfg(feature = "auth")]
mod published;
mod quiet;
mod refused;
#[cfg(feature = "auth")]
mod resource;
mod route;
mod routes;
#[cfg(feature = "tls")]
mod secure;
mod serve;
mod service;
mod socket;
mod stateful;
mod stateless;
mod step_up;
mod stream;
mod streams;
mod turn;
#[cfg(feature = "ws")]
mod upgrade;

pub use address::ClientAddress;
#[cfg(feature = "cli")]
pub(crate) use app::Hold;
#[cfg(feature = "auth")]
pub(crate) use authenticate::Authenticator;
pub use authenticate::{Authenticate, IntoAuthenticate};
pub use body::Body;
#[cfg(any(feature = "auth", feature = "tls"))]
pub use certificate::PeerCertificate;
pub use challenge::Challenge;
#[cfg(feature = "cli")]
pub(crate) use door::Door;
pub use listener::Listening;
pub use proxy::{ForwardedHeader, ProxyHeader};
#[cfg(feature = "auth")]
pub use resource::{ResourceMetadata, ResourceUrl};
pub use routes::Routes;
pub use service::Http;
pub use socket::ListenSocket;
