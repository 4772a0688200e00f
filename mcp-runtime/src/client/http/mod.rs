//! Servers on HTTP.
//!
//! Each request is a POST, and its answer is JSON or a stream of events; the future that asks reads it. There is no task in
//! between, and no queue.

mod answer;
mod body;
#[cfg(all(unix, feature = "unix"))]
mod dial;
mod endpoint;
mod events;
pub(super) mod pair;
mod session;
mod standing;

#[cfg(feature = "ws")]
pub(super) use answer::beginning;
#[cfg(feature = "ws")]
pub(super) use body::Full;
pub(super) use endpoint::Endpoint;
pub(super) use session::Session;
