//! Runs pieces of handlers: catches their panics, and notices when they hold a thread for long.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use mcp_proto::wire::{Reply, RpcError};

use crate::call::{Ctx, contain};
use crate::log;
use crate::meter::Tick;

/// How long one poll may hold its thread before it is reported: long enough for honest work, short enough that a
/// person waiting for another call would not notice.
const HOGGING: Duration = Duration::from_millis(50);

/// A handler has panicked. With what is of no use: the panic hook has logged the message and the place.
pub(super) struct Panicked;

/// Runs a piece of a handler: catches its panic, and reports it if it held the thread for long. A panic is not reported as
/// that: its backtrace alone may take longer.
#[inline]
pub(super) fn watched<T>(ctx: &Ctx, run: impl FnOnce() -> T) -> Result<T, Panicked> {
    let began = Tick::now();
    // What a panicking handler left half-done is its own: the frame and the context are only read.
    let result = catch_unwind(AssertUnwindSafe(run));
    let held = began.elapsed();
    if let Some(entry) = ctx.inner().entry.as_ref().filter(|_| held > HOGGING && result.is_ok()) {
        entry.report_hogging(held);
    }
    result.map_err(|payload| {
        contain(payload);
        Panicked
    })
}

/// The panic's message and place are in the log, by the panic hook; the client learns neither.
#[cold]
pub(super) fn panicked(ctx: &Ctx) -> Reply {
    let request = &ctx.inner().request;
    let name = ctx.inner().entry.as_ref().map_or(request.method.as_str(), |entry| &*entry.name);
    ctx.inner().counters().panicked();
    log::event!(ERROR, "the handler of `{name}` panicked; the call was answered with an internal error");
    Reply::error(&request.id, &RpcError::internal())
}
