//! Serving: from an admitted request to its answer, on any transport.

mod asking;
mod builtin;
mod connection;
mod core;
mod dispatch;
mod drive;
mod link;
mod out;
mod running;
mod suspend;
mod tick;
mod within;

#[cfg(feature = "http")]
pub(crate) use asking::{Asking, frames};
pub(crate) use connection::Connection;
pub(crate) use core::{Core, GRACE};
#[cfg(feature = "http")]
pub(crate) use dispatch::dispatch;
#[cfg(feature = "http")]
pub(crate) use drive::Driven;
#[cfg(feature = "http")]
pub(crate) use link::{Link, Wishes};
#[cfg(feature = "http")]
pub(crate) use out::Framing;
#[cfg(any(feature = "stdio", feature = "http"))]
pub(crate) use out::Out;
#[cfg(feature = "http")]
pub(crate) use running::Running;
#[cfg(feature = "stdio")]
pub(crate) use tick::Tick;
