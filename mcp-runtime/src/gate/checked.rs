//! A call that an author's policy checks before anything else sees it.

use mcp_proto::wire;

use super::drive::Driven;
use super::ring::Reply;
use super::watch::{Panicked, panicked, watched};
use crate::call::{Answer, Call, Contained, Handler};
use crate::output::is_allowed;

/// Begins a call once its check has allowed it: `check` answers with a result where it is allowed, and with what the call is
/// answered with otherwise. A check that panics denies.
#[cold]
pub(crate) fn checked(
    check: &Handler,
    call: Call,
    begin: impl FnOnce(Call) -> Result<wire::Reply, Driven> + Send + 'static,
) -> Result<wire::Reply, Driven> {
    let ctx = call.ctx().clone();
    let go_on = |decided: wire::Reply, call: Call| {
        if is_allowed(&decided) {
            return begin(call);
        }
        if let Some(entry) = call.entry() {
            entry.counters.denied();
        }
        call.ctx().inner().deny();
        Ok(decided)
    };
    match watched(&ctx, || check.start(&call)) {
        Ok(Answer::Ready(decided)) => go_on(decided, call),
        // What it waits for is part of the call, as a layer is.
        Ok(Answer::Later(deciding)) => Err(Driven::in_ring(
            ctx,
            Contained::new(Box::pin(async move {
                Ok(Reply::new(match go_on(deciding.await, call) {
                    Ok(reply) => reply,
                    Err(driven) => driven.within_ring().await,
                }))
            })),
        )),
        Err(Panicked) => Ok(panicked(&ctx)),
    }
}

/// What a check says of a call, where that is known at once.
pub(crate) fn decides_now(check: &Handler, call: Call) -> Option<wire::Reply> {
    match watched(call.ctx(), || check.start(&call)) {
        Ok(Answer::Ready(decided)) => Some(decided),
        Ok(Answer::Later(deciding)) => {
            crate::call::discard(deciding);
            None
        }
        Err(Panicked) => None,
    }
}
