//! Counting: what each call, session and stream of a server leaves in its metrics.
//!
//! Counters are relaxed atomics that stand where they are counted, at the entry of a function or in one table per server: to count
//! takes no lock, no look-up and no memory, and there are no more of them than the server has items, whatever clients send.

mod counters;
mod ending;
mod gauge;
mod meters;
mod tick;

pub(crate) use counters::{BOUNDS, Count, Counters};
pub(crate) use ending::Ending;
#[cfg(feature = "http")]
pub(crate) use gauge::Gauge;
pub(crate) use gauge::Held;
pub(crate) use meters::{CONNECTION_STATES, Event, Meters};
pub(crate) use tick::Tick;

/// The URI of the resource that has what was counted, where the builder was asked for it.
pub(crate) const SUMMARY: &str = "metrics://summary";
