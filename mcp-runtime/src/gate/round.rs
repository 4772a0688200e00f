//! A call in a round: the round is entered before the handler runs, keeps its answer, or is left without one.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use mcp_proto::wire::{Reply, ReplyKind};
use tokio::runtime::Handle;

use super::watch::watched;
use crate::background::background;
use crate::call::{Contained, Ctx, Entered, HandlerFuture, Round, Steps, Working};

/// How long a step may go on after its call was cancelled.
const LONGEST_STEP: Duration = Duration::from_secs(60);

/// Enters the round that a call goes on with: whether it was run already.
pub(super) type Entering = Pin<Box<dyn Future<Output = Entered> + Send>>;

pub(super) fn enter(ctx: &Ctx) -> Entering {
    let entering = Round::enter(ctx.clone());
    match ctx.inner().entry.as_ref().is_some_and(|entry| entry.asks) {
        false => Box::pin(entering),
        true => Box::pin(consented(ctx.clone(), entering)),
    }
}

/// Enters a round of a function that needs consent: an answer that is recorded is given while there is consent to it.
async fn consented(ctx: Ctx, entering: impl Future<Output = Entered>) -> Entered {
    match entering.await {
        Entered::Answer(reply) if matches!(reply.kind(), ReplyKind::Result | ReplyKind::ToolError) => {
            let home = Arc::clone(&ctx.inner().home);
            Entered::Answer(home.refusal(ctx).await.unwrap_or(reply))
        }
        entered => entered,
    }
}

/// Records the answer, and gives it then.
pub(super) fn keep(ctx: Ctx, round: Arc<Round>, reply: Reply) -> HandlerFuture {
    Box::pin(async move {
        round.keep_reply(&ctx.inner().request.id, &reply).await;
        reply
    })
}

/// Leaves a round without an answer on record. Where its handler is in a step, that is taken to its end.
pub(super) fn leave(ctx: &Ctx, round: Arc<Round>, handler: Option<Contained<HandlerFuture>>) {
    let cut_off = ctx.dialogue().take_cut_off();
    match (handler, Handle::try_current()) {
        (Some(future), Ok(runtime)) if ctx.dialogue().is_in_step() => {
            if let Some(goes_on) = cut_off.or_else(|| Steps::begin(&ctx.scope().shared.steps)) {
                let step = finish_step(ctx.clone(), future, round);
                runtime.spawn(background(async move {
                    step.await;
                    drop(goes_on);
                }));
            } else {
                drop(future);
                round.leave();
            }
        }
        (handler, _) => {
            drop(handler);
            round.leave();
        }
    }
}

/// Goes on with a call that nobody waits for any more, to the end of the step that it takes: whoever sends the same round
/// again finds what the step gave, and does not take it a second time.
async fn finish_step(ctx: Ctx, mut future: Contained<HandlerFuture>, round: Arc<Round>) {
    let step = poll_fn(|cx| {
        // A step may be taken in another task.
        ctx.inner().driver.set(cx.waker());
        let _working = Working::on(&ctx.inner().request.id);
        let polled = watched(&ctx, || future.get_mut().as_mut().poll(cx));
        if matches!(polled, Ok(Poll::Pending)) && ctx.dialogue().is_in_step() { Poll::Pending } else { Poll::Ready(()) }
    });
    // A step that hangs is not waited for without end.
    let _ = tokio::time::timeout(LONGEST_STEP, step).await;
    drop(future);
    round.leave();
}
