//! Calls that are dropped because serving ends, and what the log tells of them.
//!
//! It happens once, at the end, and every server has it: so it is small rather than quick.

use std::time::Duration;

use mcp_proto::wire::{Reply, RpcError};
use tokio::time::{Instant, sleep};

use crate::call::Ctx;
#[cfg(feature = "http")]
use crate::call::Latch;
use crate::lock::Lock;
use crate::log;
use crate::registry::Catalog;

/// How long calls may take to be dropped once they are told: as long as the longest poll of one of them.
pub(crate) const DROPPING: Duration = Duration::from_secs(1);

/// How often it is looked whether they are gone.
const LOOKING: Duration = Duration::from_millis(10);

/// No more than this is told of their names, in bytes.
const TOLD: usize = 1024;

/// The calls that were dropped because they took longer than serving could wait for them.
#[derive(Default)]
pub(crate) struct CutOff {
    #[cfg(feature = "http")]
    begun: Latch,
    /// What was called, each once: `` `export`, `import` ``.
    names: Lock<String>,
}

impl CutOff {
    /// Calls that are dropped from now on are cut off.
    #[cfg(feature = "http")]
    pub(crate) fn begin(&self) {
        self.begun.raise();
    }

    /// Whether calls that are dropped are cut off, and not cancelled by their clients.
    #[cfg(feature = "http")]
    pub(crate) fn has_begun(&self) -> bool {
        self.begun.is_raised()
    }

    /// Waits until calls that still run are cut off.
    #[cfg(feature = "http")]
    pub(crate) async fn begun(&self) {
        self.begun.raised().await;
    }

    /// This call is dropped.
    pub(crate) fn note(&self, ctx: &Ctx) {
        let inner = ctx.inner();
        let name = inner.entry.as_ref().map_or(inner.request.method.as_str(), |entry| &*entry.name);
        let name = ["`", name, "`"].concat();
        let mut names = self.names.lock();
        if names.len() < TOLD && !names.contains(&name) {
            if !names.is_empty() {
                names.push_str(", ");
            }
            names.push_str(&name);
        }
    }

    /// Tells which calls were cut off, and whether all of them have ended.
    pub(crate) fn log(&self, grace: Duration, have_ended: bool) {
        let names = std::mem::take(&mut *self.names.lock());
        if names.is_empty() && have_ended {
            return;
        }
        let calls = if names.is_empty() { "calls" } else { &*["calls of ", &names].concat() };
        let end = if have_ended {
            "and were dropped"
        } else {
            "and block their threads: they go on until the process ends, or until they ask `Ctx::is_cancelled`"
        };
        log::event!(WARN, "{calls} took longer than {grace:?} to end, {end}");
    }
}

/// The answer to a call that is cut off.
pub(crate) fn answer(ctx: &Ctx) -> Reply {
    let message = "The server has stopped, and the call was dropped before it was done";
    Reply::error(&ctx.inner().request.id, &RpcError { message: message.into(), ..RpcError::internal() })
}

/// Whether no function holds a thread, and no step goes on that was cut off from its call.
pub(crate) fn nothing_runs(catalog: &Catalog) -> bool {
    let shared = &catalog.scope().shared;
    shared.blocking.is_idle() && shared.steps.is_idle()
}

/// Waits for so long until this is so. Whether it is.
pub(crate) async fn is_soon(time: Duration, is_so: &mut (dyn FnMut() -> bool + Send)) -> bool {
    let until = Instant::now() + time;
    // Tasks that were told to end do so now.
    tokio::task::yield_now().await;
    loop {
        if is_so() {
            return true;
        }
        if Instant::now() >= until {
            return false;
        }
        sleep(LOOKING).await;
    }
}
