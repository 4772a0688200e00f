//! Serving: from an admitted request to its answer, on any transport.

mod builtin;
mod bus;
mod connection;
mod dispatch;
mod drive;
mod link;
mod out;

pub(crate) use bus::{Bus, Notice};
pub(crate) use connection::Connection;
pub(crate) use out::Out;
