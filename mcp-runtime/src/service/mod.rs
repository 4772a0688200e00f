//! Serving: from an admitted request to its answer, on any transport.

mod builtin;
mod connection;
mod core;
mod dispatch;
mod drive;
mod link;
mod out;

pub(crate) use connection::Connection;
pub(crate) use core::{Core, GRACE};
#[cfg(feature = "stdio")]
pub(crate) use out::Out;
