//! Serving: from an admitted request to its answer, on any transport.

mod asking;
mod builtin;
mod connection;
mod conversation;
mod core;
mod cut_off;
mod dispatch;
mod lifecycle;
mod link;
mod out;
mod policy;
mod queue;
#[cfg(feature = "http")]
mod revoked;
mod running;
mod stop;
mod waiting;
mod within;

pub(crate) use connection::Connection;
#[cfg(feature = "http")]
pub(crate) use conversation::{Conversation, Medium, TaskVoice, Voice};
pub(crate) use core::{Core, GRACE};
#[cfg(feature = "http")]
pub(crate) use cut_off::{CutOff, DROPPING, answer as cut_off_answer, is_soon, nothing_runs};
#[cfg(feature = "http")]
pub(crate) use dispatch::dispatch;
pub use lifecycle::{ConnectionEvent, ConnectionState, Events, LifecycleEvent, ServerState};
#[cfg(feature = "http")]
pub(crate) use link::Link;
#[cfg(any(feature = "stdio", feature = "http", feature = "streams"))]
pub(crate) use out::Out;
#[cfg(feature = "http")]
pub(crate) use queue::Queue;
#[cfg(feature = "http")]
pub(crate) use revoked::Opened;
#[cfg(any(feature = "stdio", feature = "http", feature = "streams"))]
pub(crate) use stop::Serving;
pub(crate) use stop::Stop;
#[cfg(feature = "http")]
pub(crate) use waiting::{Waiting, Waits};
