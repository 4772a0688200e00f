//! Layers: what happens to requests before and after the functions that serve them.
//!
//! A layer is an async function that gets a [`Call`] and what comes [`Next`], and gives a [`Reply`]:
//!
//! ```
//! use mcp_runtime::layers::{Call, Next, Reply};
//! use mcp_runtime::prelude::*;
//!
//! /// Adds two numbers.
//! #[tool]
//! fn add(a: i64, b: i64) -> i64 {
//!     a + b
//! }
//!
//! /// Notes what became of each request.
//! async fn noted(call: Call, next: Next) -> Reply {
//!     let target = call.target().to_owned();
//!     let reply = next.run(call).await;
//!     tracing::info!(target, outcome = %reply.outcome(), bytes = reply.len(), "request");
//!     reply
//! }
//!
//! # mod program {
//! # use super::*;
//! mcp_runtime::main!(|server| server.around(noted));
//! # }
//! # fn main() {}
//! ```
//!
//! [`ServerBuilder::around`](crate::ServerBuilder::around) puts it around all that the server offers,
//! [`Group::layers`](crate::Group::layers) around the items of a group, and
//! [`ServerBuilder::layers_for`](crate::ServerBuilder::layers_for) around those of a group in one server. The first to be given is
//! the outermost; the layers of a group are within those of the server. `inspect` prints them in their order.
//!
//! A layer is the same on every transport and in both eras. A panic in it is an internal error to the client.

#[cfg(feature = "layers")]
mod admitted;
#[cfg(feature = "layers")]
mod breaker;
#[cfg(feature = "layers")]
mod cache;
#[cfg(feature = "layers")]
mod coalesce;
#[cfg(feature = "layers")]
mod concurrency;
#[cfg(feature = "layers")]
mod error_mask;
#[cfg(feature = "layers")]
mod failure;
#[cfg(feature = "layers")]
mod key;
#[cfg(feature = "layers")]
mod keyed;
#[cfg(feature = "layers")]
mod log;
#[cfg(feature = "layers")]
mod order;
#[cfg(feature = "layers")]
mod rate_limit;
#[cfg(feature = "layers")]
mod refusal;
#[cfg(feature = "layers")]
mod response_limit;
#[cfg(feature = "layers")]
mod retry;
mod stack;
#[cfg(feature = "layers")]
mod timeout;
#[cfg(feature = "layers")]
mod tower;
#[cfg(feature = "otel")]
pub(crate) mod trace;

#[cfg(feature = "layers")]
pub use breaker::{Breaker, BreakerState, Broken};
#[cfg(feature = "layers")]
pub use cache::{Cache, CacheStats, Cached};
#[cfg(feature = "layers")]
pub use coalesce::{Coalesce, Coalesced};
#[cfg(feature = "layers")]
pub use concurrency::Concurrency;
#[cfg(feature = "layers")]
pub use error_mask::{ErrorMask, ErrorsMasked};
#[cfg(feature = "layers")]
pub use log::Log;
#[cfg(feature = "layers")]
pub use rate_limit::RateLimit;
#[cfg(all(feature = "layers", feature = "http"))]
pub(crate) use refusal::status;
#[cfg(feature = "layers")]
pub use refusal::{BUSY, RATE_LIMITED};
#[cfg(feature = "layers")]
pub use response_limit::ResponseLimit;
#[cfg(feature = "layers")]
pub use retry::{Retried, Retry};
pub use stack::Layers;
#[cfg(feature = "layers")]
pub use timeout::Timeout;
#[cfg(feature = "layers")]
pub use tower::Replied;
#[cfg(feature = "otel")]
pub use trace::{Trace, Traced};

pub use crate::gate::Seen;
pub use crate::gate::ring::{Call, Next, Outcome, Reply, Run};
