//! Ending a call that has asked: with a question, or with why it could not be asked.

use std::task::Context;

use mcp_proto::wire::{Method, Reply, ResultWriter, RpcError};

use crate::call::{Call, Ctx, End, Verdict};
use crate::log;
use crate::output::Error;

/// Looks at a call that waits. If it has asked the client something and there is no other way to ask it, or it cannot go on,
/// that is its answer; the handler is to be dropped.
pub(super) fn look(ctx: &Ctx, cx: &Context<'_>) -> Option<Reply> {
    // What a call has called is asked with it.
    if ctx.inner().is_within() {
        return None;
    }
    // Left before it is looked at: a question that is noted in between, from another task, wakes.
    ctx.inner().driver.set(cx.waker());
    let Some(verdict) = ctx.verdict() else {
        ctx.send_noted();
        return None;
    };
    // What the handler has spawned is told that nobody waits for it any more.
    ctx.cancel();
    Some(answer(ctx, verdict))
}

/// Refuses a request whose `requestState` is not what this call gave out, before the handler runs.
pub(super) fn refuse_state(ctx: &Ctx) -> Option<Reply> {
    // Opens what the request brings.
    ctx.dialogue();
    ctx.verdict().map(|verdict| answer(ctx, verdict))
}

/// Ends a call without its handler.
pub(super) fn end(ctx: &Ctx, end: End) -> Reply {
    ctx.cancel();
    answer(ctx, Verdict::End(end))
}

fn answer(ctx: &Ctx, verdict: Verdict) -> Reply {
    let call = Call::new(ctx.clone());
    match verdict {
        Verdict::Suspend(members) => {
            let mut result = ResultWriter::new(call.id());
            result.members(&members);
            result.finish_input_required(call.seal())
        }
        Verdict::End(End::Missing(capability)) => Error::missing(capability, ctx.protocol()).reply(&call),
        Verdict::End(End::Refused(error)) => Reply::error(call.id(), &error),
        Verdict::End(End::Mistaken(why)) => {
            let at = call.entry().map(|entry| format!("`{}` ({})", entry.name, entry.at)).unwrap_or_default();
            log::event!(ERROR, "{at}: {why}");
            match ctx.inner().request.method {
                Method::ToolsCall => Error::internal(why).reply(&call),
                _ => Reply::error(call.id(), &RpcError::internal()),
            }
        }
    }
}
