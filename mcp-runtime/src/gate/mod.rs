//! The gate: the one way from a routed request to its answer.
//!
//! Every request is seen here with its outcome, the refused ones too (`passing`). A call that was routed goes through the layers
//! that the server has (`ring`), and then its handler runs (`drive`, in pieces that are watched by
//! `watch`), and in which round (`round`).

mod checked;
mod drive;
mod observer;
mod passing;
pub(crate) mod ring;
mod round;
mod suspend;
mod watch;

pub(crate) use checked::{checked, decides_now};
pub(crate) use drive::{Driven, start};
pub(crate) use observer::Observers;
pub use observer::Seen;
pub(crate) use passing::Passing;
#[cfg(feature = "auth")]
pub(crate) use passing::shown;
pub(crate) use ring::Outcome;
