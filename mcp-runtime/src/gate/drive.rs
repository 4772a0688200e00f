//! A call: its handler runs, in a round where the call goes on with one, until there is an answer, or its time is over.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use mcp_proto::wire::{Method, Reply, ReplyKind, RpcError};
use tokio::time::Sleep;

use super::passing::Passing;
use super::ring::reply::ReplyFuture;
use super::round::{self, Entering};
use super::suspend;
use super::watch::{Panicked, panicked, watched};
use crate::call::{
    Answer, Call, CallSpan, Contained, Ctx, End, Entered, Entry, Handler, HandlerFuture, Round, Working, contain,
};
use crate::log;
use crate::meter::Ending;

/// A call that is running.
pub(crate) struct Driven {
    ctx: Ctx,
    stage: Stage,
    span: CallSpan,
    /// The record of the round that is being run, from the second one on.
    round: Option<Arc<Round>>,
    /// Set at the first poll that does not finish, for entries that have a timeout.
    deadline: Option<Pin<Box<Sleep>>>,
    waits_since: Option<tokio::time::Instant>,
    /// The call's way through the gate, where somebody looks.
    passing: Option<Box<Passing>>,
    /// Whether its end is that of the call. Within layers it is not: the call ends with them.
    ends_call: bool,
}

/// What is awaited. Most calls know one stage.
enum Stage {
    /// The handler. Its destructors are its own code: they run when it is suspended, times out or is cancelled.
    Handler(Contained<HandlerFuture>),
    /// The handler, which was polled just now, and waits.
    Waiting(Contained<HandlerFuture>),
    /// The layers, within which the handler is driven as another call.
    Ring(Contained<ReplyFuture>),
    /// The round that the call goes on with: whether it was run already.
    Entering(Entering),
    /// The handler has asked by hand, and is done.
    ByHand,
    /// The client's answers to that, in a session.
    Asking(Pin<Box<dyn Future<Output = Result<(), End>> + Send>>),
    /// The end: the answer is recorded before it is given.
    Keeping(HandlerFuture),
    Finished,
}

/// Starts a handler, and polls nothing yet.
pub(crate) fn start(handler: &Handler, call: Call) -> Result<Reply, Driven> {
    let (ctx, reply) = begin(handler, call)?;
    Ok(over(ctx, reply))
}

/// The same of a handler within layers, with which the call is not over.
pub(super) fn begin_within(handler: &Handler, call: Call) -> Result<Reply, Driven> {
    begin(handler, call).map(|(_, reply)| reply).map_err(Driven::within_ring)
}

// In line, as it was before layers needed it too: it is the way of every call.
#[inline(always)]
fn begin(handler: &Handler, call: Call) -> Result<(Ctx, Reply), Driven> {
    let ctx = call.ctx();
    if ctx.goes_on() {
        return go_on(call.into_ctx());
    }
    let span = CallSpan::of(ctx);
    // The call is lent: one that is answered at once never has two owners.
    let reply = match watched(ctx, || span.enter(|| handler.start(&call))) {
        Ok(Answer::Ready(reply)) if reply.kind() == ReplyKind::InputRequired => {
            return Err(Driven::new(call.into_ctx(), Stage::ByHand, span));
        }
        Ok(Answer::Ready(reply)) => reply,
        Ok(Answer::Later(future)) => {
            return Err(Driven::new(call.into_ctx(), Stage::Handler(Contained::new(future)), span));
        }
        Err(Panicked) => panicked(ctx),
    };
    Ok((call.into_ctx(), reply))
}

/// Goes on with a call whose client brings answers.
#[inline(never)]
fn go_on(ctx: Ctx) -> Result<(Ctx, Reply), Driven> {
    if let Some(reply) = suspend::refuse_state(&ctx) {
        return Ok((ctx, reply));
    }
    let (entering, span) = (round::enter(&ctx), CallSpan::of(&ctx));
    Err(Driven::new(ctx, Stage::Entering(entering), span))
}

/// Starts a handler within layers, and polls it once: most calls are answered by that, and need not be driven.
pub(super) fn start_within(handler: &Handler, call: Call, cx: &mut Context<'_>) -> Result<Reply, Driven> {
    if call.ctx().goes_on() {
        return begin_within(handler, call);
    }
    let ctx = call.ctx();
    let span = CallSpan::of(ctx);
    let mut later = None;
    let begun = watched(ctx, || {
        span.enter(|| match handler.start(&call) {
            Answer::Ready(reply) => Poll::Ready(reply),
            Answer::Later(future) => later.insert(Contained::new(future)).get_mut().as_mut().poll(cx),
        })
    });
    let stage = match (begun, later) {
        (Ok(Poll::Ready(reply)), _) if reply.kind() == ReplyKind::InputRequired => Stage::ByHand,
        (Ok(Poll::Ready(reply)), _) => return Ok(reply),
        (Ok(Poll::Pending), Some(future)) => Stage::Waiting(future),
        (Ok(Poll::Pending), None) | (Err(Panicked), _) => return Ok(panicked(ctx)),
    };
    Err(Driven::new(call.into_ctx(), stage, span).within_ring())
}

/// The answer of a call that nobody has to drive.
pub(super) fn over(ctx: Ctx, reply: Reply) -> Reply {
    if !ctx.inner().is_within() {
        ctx.leave();
    }
    reply
}

impl Driven {
    fn new(ctx: Ctx, stage: Stage, span: CallSpan) -> Self {
        Self { ctx, stage, span, round: None, deadline: None, waits_since: None, passing: None, ends_call: true }
    }

    /// A call that goes through layers.
    pub(super) fn in_ring(ctx: Ctx, future: Contained<ReplyFuture>) -> Self {
        Self::new(ctx, Stage::Ring(future), CallSpan::none())
    }

    /// The same call, which ends where the layers around it end: they may still ask the client, and tell it things.
    pub(super) fn within_ring(mut self) -> Self {
        self.ends_call = false;
        self
    }

    /// The same call, which is seen at the gate when it ends.
    pub(crate) fn passing(self, passing: Box<Passing>) -> Self {
        let mut this = self;
        this.passing = Some(passing);
        this
    }

    /// The context of the call.
    pub(crate) fn ctx(&self) -> &Ctx {
        &self.ctx
    }

    fn entry(&self) -> Option<&Entry> {
        self.ctx.inner().entry.as_deref()
    }

    /// What comes next, where anything does without waiting: the next stage, or the answer.
    fn poll_stage(&mut self, cx: &mut Context<'_>) -> Poll<Next> {
        let next = match &mut self.stage {
            Stage::Handler(future) => {
                match watched(&self.ctx, || self.span.enter(|| future.get_mut().as_mut().poll(cx))) {
                    Ok(Poll::Ready(reply)) => Next::after(reply),
                    Ok(Poll::Pending) => ready!(self.poll_waiting(cx)),
                    Err(Panicked) => Next::Failure(panicked(&self.ctx)),
                }
            }
            Stage::Waiting(_) => {
                if let Stage::Waiting(future) = std::mem::replace(&mut self.stage, Stage::Finished) {
                    self.stage = Stage::Handler(future);
                }
                ready!(self.poll_waiting(cx))
            }
            Stage::Ring(future) => Next::Finish(ready!(poll_ring(&self.ctx, future, cx))),
            Stage::Entering(entering) => match ready!(entering.as_mut().poll(cx)) {
                // Recorded already, or not to be.
                Entered::Answer(reply) => Next::Finish(reply),
                Entered::Run(round, steps) => {
                    self.ctx.dialogue().run(Arc::clone(&round), steps);
                    self.round = Some(round);
                    self.run()
                }
            },
            Stage::ByHand if self.ctx.protocol().asks_live() => {
                Next::Stage(Stage::Asking(Box::pin(self.ctx.clone().ask_by_hand())))
            }
            // Whoever drives the client's call finds the questions, and ends it with them.
            Stage::ByHand => Next::Answer(ready!(waits(suspend::look(&self.ctx, cx)))),
            Stage::Asking(asking) => match ready!(asking.as_mut().poll(cx)) {
                Ok(()) => self.run(),
                Err(end) => Next::Answer(suspend::end(&self.ctx, end)),
            },
            Stage::Keeping(keeping) => Next::Finish(ready!(keeping.as_mut().poll(cx))),
            Stage::Finished => return Poll::Pending,
        };
        Poll::Ready(next)
    }

    /// Looks at a handler that waits: whether it has asked, and whether its time is over.
    fn poll_waiting(&mut self, cx: &mut Context<'_>) -> Poll<Next> {
        match suspend::look(&self.ctx, cx) {
            Some(reply) => Poll::Ready(Next::Answer(reply)),
            None => self.poll_deadline(cx).map(Next::Failure),
        }
    }

    /// Leaves the round, if it is one, without an answer on record.
    fn leave(&mut self) {
        let stage = std::mem::replace(&mut self.stage, Stage::Finished);
        if let Some(round) = self.round.take() {
            let handler = match stage {
                Stage::Handler(handler) | Stage::Waiting(handler) => Some(handler),
                _ => None,
            };
            round::leave(&self.ctx, round, handler);
        }
    }

    /// Runs the handler from the top.
    fn run(&self) -> Next {
        match watched(&self.ctx, || self.span.enter(|| self.ctx.inner().home.run(&self.ctx))) {
            Ok(Some(Answer::Ready(reply))) => Next::after(reply),
            Ok(Some(Answer::Later(future))) => Next::Stage(Stage::Handler(Contained::new(future))),
            Ok(None) => Next::Answer(Reply::error(&self.ctx.inner().request.id, &RpcError::internal())),
            Err(Panicked) => Next::Failure(panicked(&self.ctx)),
        }
    }

    /// Times the call out. While a person thinks, its time stands still.
    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<Reply> {
        let Some(limit) = self.entry().and_then(|entry| entry.timeout) else {
            return Poll::Pending;
        };
        let began = *self.waits_since.get_or_insert_with(tokio::time::Instant::now);
        let Some(waited) = self.ctx.waited_for_answers() else { return Poll::Pending };
        // Further away than the clock goes is never.
        let Some(until) = limit.checked_add(waited).and_then(|limit| began.checked_add(limit)) else {
            return Poll::Pending;
        };
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        if deadline.deadline() != until {
            deadline.as_mut().reset(until);
        }
        ready!(deadline.as_mut().poll(cx));
        self.ctx.cancel_run();
        Poll::Ready(timed_out(&self.ctx, limit))
    }
}

/// Polls the layers. Not in line: what follows is the way of calls without any.
#[cold]
fn poll_ring(ctx: &Ctx, ring: &mut Contained<ReplyFuture>, cx: &mut Context<'_>) -> Poll<Reply> {
    // What is within the layers is watched by itself.
    match catch_unwind(AssertUnwindSafe(|| ring.get_mut().as_mut().poll(cx))) {
        Ok(Poll::Ready(Ok(reply))) => Poll::Ready(reply.into_wire()),
        // A layer may ask, too.
        Ok(Poll::Pending) => waits(suspend::look(ctx, cx)),
        Err(payload) => Poll::Ready(layer_panicked(ctx, payload)),
    }
}

/// The answer of a call of which a layer has panicked.
#[cold]
pub(super) fn layer_panicked(ctx: &Ctx, payload: Box<dyn Any + Send>) -> Reply {
    contain(payload);
    ctx.inner().counters().panicked();
    log::event!(ERROR, "a layer panicked; the call was answered with an internal error");
    Reply::error(&ctx.inner().request.id, &RpcError::internal())
}

/// Waits where there is nothing yet.
fn waits<T>(found: Option<T>) -> Poll<T> {
    found.map_or(Poll::Pending, Poll::Ready)
}

/// What comes after a stage.
enum Next {
    Stage(Stage),
    /// The answer, to be recorded.
    Answer(Reply),
    /// The answer of a handler that has broken off: who sends the round again may have better luck.
    Failure(Reply),
    /// The answer, to be given.
    Finish(Reply),
}

impl Next {
    /// What comes after a handler that has answered.
    fn after(reply: Reply) -> Self {
        if reply.kind() == ReplyKind::InputRequired { Self::Stage(Stage::ByHand) } else { Self::Answer(reply) }
    }
}

impl Future for Driven {
    type Output = Reply;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Reply> {
        let this = &mut *self;
        let _working = Working::on(&this.ctx.inner().request.id);
        loop {
            let reply = match ready!(this.poll_stage(cx)) {
                Next::Stage(stage) => {
                    this.stage = stage;
                    continue;
                }
                Next::Answer(reply) => match &this.round {
                    None => reply,
                    Some(round) => {
                        this.stage = Stage::Keeping(round::keep(this.ctx.clone(), Arc::clone(round), reply));
                        continue;
                    }
                },
                Next::Failure(reply) => {
                    this.leave();
                    reply
                }
                Next::Finish(reply) => reply,
            };
            this.stage = Stage::Finished;
            if this.ends_call && !this.ctx.inner().is_within() {
                this.ctx.inner().set_over();
            }
            // Before the answer is anywhere: what the handler's tasks log from now on must not follow it.
            this.span.end();
            if this.ends_call {
                this.ctx.inner().count_end(reply.kind().into(), reply.bytes().len());
            }
            if let Some(mut passing) = this.passing.take() {
                passing.end(&reply);
            }
            return Poll::Ready(reply);
        }
    }
}

impl Drop for Driven {
    /// A call that is dropped is cancelled: tasks that it started, and a function that blocks, can ask.
    fn drop(&mut self) {
        if matches!(self.stage, Stage::Finished) {
            return;
        }
        // Destructors of the handler may log.
        let _working = Working::on(&self.ctx.inner().request.id);
        if self.ends_call {
            // A subscription has no other end than that its client has heard enough.
            let is_subscription = self.ctx.inner().request.method == Method::Listen;
            let ending = if is_subscription { Ending::Result } else { Ending::Cancelled };
            self.ctx.inner().count_end(ending, 0);
            self.ctx.cancel();
        } else {
            // A layer has dropped it, which may run it again.
            self.ctx.cancel_run();
        }
        self.leave();
        if self.ends_call && !self.ctx.inner().is_within() {
            self.ctx.inner().set_over();
        }
        drop(self.passing.take());
    }
}

fn timed_out(ctx: &Ctx, limit: Duration) -> Reply {
    crate::output::note_timeout(ctx);
    let message = format!("timed out after {limit:?}");
    let call = Call::new(ctx.clone());
    match ctx.inner().request.method {
        Method::ToolsCall => crate::output::tool_error(&call, message),
        _ => Reply::error(call.id(), &RpcError { message: message.into(), ..RpcError::internal() }),
    }
}
