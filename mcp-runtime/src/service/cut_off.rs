//! Calls that are dropped because serving ends, and what the log tells of them.

use std::fmt::Write as _;
#[cfg(feature = "http")]
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mcp_proto::wire::{Reply, RpcError};

use crate::call::Ctx;
use crate::lock::Lock;
use crate::log;
use crate::registry::Catalog;

/// How long calls may take to be dropped once they are told: as long as the longest poll of one of them.
pub(crate) const DROPPING: Duration = Duration::from_secs(1);

/// How many tools are named in the log.
const NAMED: usize = 10;

/// The calls that were dropped because they took longer than serving could wait for them.
#[derive(Default)]
pub(crate) struct CutOff {
    #[cfg(feature = "http")]
    has_begun: AtomicBool,
    /// What was called, and how often.
    calls: Lock<Vec<(Box<str>, usize)>>,
}

impl CutOff {
    /// Calls that are dropped from now on are cut off.
    #[cfg(feature = "http")]
    pub(crate) fn begin(&self) {
        self.has_begun.store(true, Ordering::Release);
    }

    /// Whether calls that are dropped are cut off, and not cancelled by their clients.
    #[cfg(feature = "http")]
    pub(crate) fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Acquire)
    }

    /// This call is dropped.
    pub(crate) fn note(&self, ctx: &Ctx) {
        let inner = ctx.inner();
        let name = inner.entry.as_ref().map_or(inner.request.method.as_str(), |entry| &*entry.name);
        let mut calls = self.calls.lock();
        match calls.iter_mut().find(|(known, _)| **known == *name) {
            Some((_, times)) => *times += 1,
            None => calls.push((name.into(), 1)),
        }
    }

    /// Takes what was called: `` `export` (2 calls), `import` ``. Nothing where no call was cut off.
    fn take(&self) -> String {
        let calls = std::mem::take(&mut *self.calls.lock());
        let mut text = String::new();
        for (at, (name, times)) in calls.iter().take(NAMED).enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            let _ = match times {
                1 => write!(text, "{comma}`{name}`"),
                times => write!(text, "{comma}`{name}` ({times} calls)"),
            };
        }
        if calls.len() > NAMED {
            let _ = write!(text, " and {} others", calls.len() - NAMED);
        }
        text
    }

    /// Tells which calls were cut off, and whether all of them have ended.
    pub(crate) fn log(&self, grace: Duration, have_ended: bool) {
        let calls = self.take();
        if !calls.is_empty() {
            log::event!(WARN, "not done {grace:?} after the server was told to stop, and dropped: calls of {calls}");
        }
        if !have_ended {
            log::event!(
                WARN,
                "some calls block their threads and go on until the process ends; `Ctx::is_cancelled` tells a function \
                 marked `blocking` when to stop"
            );
        }
    }
}

/// The answer to a call that is cut off.
pub(super) fn answer(ctx: &Ctx) -> Reply {
    let message = "The server has stopped, and the call was dropped before it was done";
    Reply::error(&ctx.inner().request.id, &RpcError { message: message.into(), ..RpcError::internal() })
}

/// Waits until no function holds a thread, and no step goes on that was cut off from its call.
pub(crate) async fn nothing_left(catalog: &Catalog) {
    let shared = &catalog.scope().shared;
    shared.blocking.none_left().await;
    shared.steps.none_left().await;
}
