//! One call: what is asked, by whom, and how to speak while it runs.

mod ask;
mod cancel;
mod capability;
mod ctx;
mod entry;
mod handler;
mod log;
mod outlet;
mod principal;
mod progress;
mod scope;

pub use ask::{AskError, Question};
pub use cancel::Latch;
pub use capability::Capability;
pub use ctx::{Call, Ctx};
pub use entry::{Entry, Location, OutputShape};
pub use handler::{Answer, Handler, HandlerFuture};
pub use log::LogData;
pub use outlet::{Outlet, Sent};
pub use principal::Principal;
pub use progress::{Amount, Progress, Total};

pub(crate) use ask::{Asker, End, Verdict};
pub(crate) use ctx::Inner;
#[cfg(feature = "validate")]
pub(crate) use entry::Inspect;
pub(crate) use log::dropped_logs;
#[cfg(feature = "http")]
pub(crate) use outlet::Silence;
pub(crate) use scope::Scope;
