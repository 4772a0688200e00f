//! One conversation: the engine, the calls that run, and the questions that are open.
//!
//! It is the same on every transport. What differs is its [`Medium`], which carries it, and where the calls of a message speak:
//! their [`Voice`].

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, MutexGuard};
use std::task::{Context, Poll, Waker};

use mcp_proto::engine::{Admitted, CallKey, Event, Peer, Token};
use mcp_proto::wire::{Incoming, Method, Reply, ReplyKind, Request, Response, RpcError, Skimmer};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::asking::Asking;
use super::core::Core;
use super::cut_off::{self, CutOff};
use super::dispatch::dispatch;
use super::lifecycle::{ConnectionState, Life};
use super::link::{Link, Wishes};
use super::running::Running;
use crate::background::background;
use crate::call::{Asker, Ctx, Facts, Latch, Outlet, SessionValues, Working};
use crate::gate::{Driven, Outcome, Seen};
use crate::lock::Lock;

/// The server's side of one conversation.
pub(crate) struct Conversation {
    core: Arc<Core>,
    peer: Lock<Peer>,
    running: Running,
    asking: Asking,
    wishes: Arc<Wishes>,
    /// What handlers keep with it.
    values: SessionValues,
    /// Raised when it ends: calls that never end, end.
    closing: Arc<Latch>,
    /// Its state.
    life: Life,
}

/// What carries a conversation: a stream, or a session on HTTP.
pub(crate) trait Medium: Asker + 'static {
    /// The conversation that it carries.
    fn conversation(&self) -> &Conversation;

    /// Where calls go on that do not finish at their first poll.
    fn runtime(&self) -> Handle;

    /// A call is over that did not finish at its first poll; whether it was the last.
    fn call_ended(&self, is_last: bool);
}

/// Where the calls of one message speak: a stream, or the answer to one POST.
pub(crate) trait Voice {
    /// The same for a call that goes on as a task.
    type Task: TaskVoice;

    /// Says to who sent the message what is ready now.
    fn say(&mut self, frame: Vec<u8>);

    /// The session is open: its first answer, which was said, goes before all else.
    fn opened(&mut self) {}

    /// Who has sent the message.
    fn facts(&self) -> &Facts;

    /// Whether there is memory for another call. Where a body was taken in there was.
    fn has_room(&self) -> bool {
        true
    }

    /// The connection, as a call sees it that comes now.
    fn link(&mut self) -> &Link;

    /// Polls a call where it was started.
    fn poll(&mut self, driven: &mut Driven) -> Poll<Reply> {
        poll_in_place(driven)
    }

    /// A call goes on. Dropped with its task, whether that is finished, cancelled, or never polled.
    fn goes_on(&mut self, ctx: &Ctx) -> Self::Task;
}

/// Where a call speaks that goes on as a task.
pub(crate) trait TaskVoice: Send + 'static {
    /// Answers the call. The engine is locked, so that what is answered to a later request of the same id comes after it.
    fn answer(&self, frames: impl Iterator<Item = Vec<u8>>);
}

/// Polls a call outside of any task.
pub(super) fn poll_in_place(driven: &mut Driven) -> Poll<Reply> {
    // A call that goes on is polled again at once by its task, so a wake-up that goes nowhere now is not missed.
    Pin::new(driven).poll(&mut Context::from_waker(Waker::noop()))
}

impl Conversation {
    /// A conversation with `core`'s server that has not begun. Changes are told to `outlet`.
    pub(crate) fn new(core: Arc<Core>, outlet: Arc<dyn Outlet>, closing: Arc<Latch>, life: Life) -> Self {
        let catalog = core.catalog();
        let profile = catalog.profile();
        Self {
            peer: Lock::new(Peer::server(catalog.greeting()).with_limits(profile.limits)),
            running: Running::default(),
            asking: Asking::default(),
            wishes: Arc::new(Wishes::new(outlet, Arc::clone(&core))),
            values: SessionValues::default(),
            closing,
            life,
            core,
        }
    }

    /// Whether the other side takes requests outside of calls: once it is ready, in a revision with a handshake.
    #[cfg(feature = "streams")]
    pub(super) fn may_ask(&self) -> bool {
        self.life.is_connected() && self.peer().session().is_some()
    }

    /// Its state.
    pub(crate) fn life(&self) -> &Life {
        &self.life
    }

    /// The server.
    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// The engine. No handler may run while it is locked.
    pub(crate) fn peer(&self) -> MutexGuard<'_, Peer> {
        self.peer.lock()
    }

    /// The calls that go on as tasks.
    pub(crate) fn running(&self) -> &Running {
        &self.running
    }

    /// What handlers keep with it.
    pub(crate) fn values(&self) -> &SessionValues {
        &self.values
    }

    /// What it wants to hear of.
    pub(crate) fn wishes(&self) -> &Arc<Wishes> {
        &self.wishes
    }

    /// Raised when it ends.
    pub(crate) fn closing(&self) -> &Arc<Latch> {
        &self.closing
    }

    /// A message has come. New calls are polled at once, here; what is answered at once is said to `voice`.
    pub(crate) fn handle<V: Voice>(body: &Arc<impl Medium>, message: Incoming, voice: &mut V) {
        let mut peer = body.conversation().peer();
        let call = peer.admit(message);
        Self::work(body, peer, call, voice);
    }

    /// A message was longer than allowed; what was seen of it while it passed by.
    pub(crate) fn handle_oversize<V: Voice>(body: &Arc<impl Medium>, skimmed: Skimmer, voice: &mut V) {
        let mut peer = body.conversation().peer();
        peer.handle_oversize(skimmed);
        Self::work(body, peer, None, voice);
    }

    /// Does what has to be done, beginning with a call, until nothing has. The engine is locked from one answer to the next event.
    fn work<'a, B: Medium, V: Voice>(
        body: &'a Arc<B>,
        mut peer: MutexGuard<'a, Peer>,
        mut call: Option<Admitted>,
        voice: &mut V,
    ) {
        let this = body.conversation();
        loop {
            if let Some(admitted) = call.take() {
                drop(peer);
                let key = admitted.key;
                let answer = Self::start(body, admitted, voice);
                peer = this.peer();
                if let Some(frame) = answer.and_then(|reply| peer.answer(key, reply)) {
                    voice.say(frame);
                }
            }
            while let Some(frame) = peer.poll_transmit() {
                voice.say(frame);
            }
            match peer.poll_event() {
                None => return,
                Some(Event::Call(admitted)) => call = Some(admitted),
                Some(event) => {
                    drop(peer);
                    this.hear(&**body, event, voice);
                    peer = this.peer();
                }
            }
        }
    }

    /// What the other side has said beside its calls.
    #[inline(never)]
    fn hear<V: Voice>(&self, body: &impl Medium, event: Event, voice: &mut V) {
        match event {
            Event::Cancelled { key, rest } => {
                if let Some(rest) = self.running.cancel(key, rest) {
                    voice.say(rest);
                }
                body.call_ended(self.running.is_empty());
            }
            Event::Opened(_, bytes) => {
                voice.opened();
                self.life.set(ConnectionState::Initializing);
                self.wishes.set_principal(&voice.facts().principal);
                self.core.catalog().bus().subscribe(&self.wishes);
                self.pass(voice.facts(), Some("initialize"), ReplyKind::Result, bytes);
            }
            Event::Refused(refusal) => {
                let _working = refusal.id.as_ref().map(Working::on);
                self.pass(voice.facts(), refusal.method.as_deref(), ReplyKind::Error(refusal.code), refusal.bytes);
            }
            Event::Ready => {
                self.life.set(ConnectionState::Connected);
                self.wishes.set_ready();
            }
            Event::Answered(token, response) => self.asking.answer(token, response),
            // No other notification means anything to a server yet.
            _ => {}
        }
    }

    /// The engine has answered by itself, at once.
    fn pass(&self, facts: &Facts, method: Option<&str>, kind: ReplyKind, bytes: usize) {
        let known = Method::parse(method.unwrap_or_default());
        self.core.meters().of(&known).answered(kind.into(), bytes);
        let observers = self.core.observers();
        if observers.is_watched() {
            let outcome = Outcome::from(kind);
            observers.pass(&Seen::of(facts, method, outcome, bytes));
        }
    }

    /// Starts a call. Most finish at their first poll, which is free of a task, a queue and a wake-up.
    fn start<V: Voice>(body: &Arc<impl Medium>, call: Admitted, voice: &mut V) -> Option<Reply> {
        let this = body.conversation();
        if !voice.has_room() && call.request.method != Method::Ping {
            return Some(this.refuse(&call.request, voice.facts()));
        }
        this.life.is_called();
        let key = call.key;
        let mut driven = match dispatch(&this.core.catalog_for_now(), call, voice.link()) {
            Ok(reply) => return Some(reply),
            Err(driven) => driven,
        };
        match voice.poll(&mut driven) {
            Poll::Ready(reply) => Some(reply),
            Poll::Pending => {
                Self::spawn(body, key, driven, voice);
                None
            }
        }
    }

    /// Refuses a call while too much memory is used by others.
    #[cold]
    fn refuse(&self, request: &Request, facts: &Facts) -> Reply {
        let _working = Working::on(&request.id);
        let message = "The server is busy: too much memory is used by calls in flight; try again in a moment";
        let reply = Reply::error(&request.id, &RpcError { message: message.into(), ..RpcError::internal() });
        self.pass(facts, Some(request.method.as_str()), reply.kind(), reply.bytes().len());
        reply
    }

    #[inline(never)]
    fn spawn<B: Medium, V: Voice>(body: &Arc<B>, key: CallKey, driven: Driven, voice: &mut V) {
        let ctx = driven.ctx().clone();
        let (owner, voice) = (Arc::clone(body), voice.goes_on(&ctx));
        let task = background(async move {
            let reply = driven.await;
            let this = owner.conversation();
            {
                let mut peer = this.peer();
                peer.respond(key, reply);
                voice.answer(std::iter::from_fn(|| peer.poll_transmit()));
            }
            drop(voice);
            let is_last = this.running.remove(key);
            owner.call_ended(is_last);
        });
        let this = body.conversation();
        this.running.spawn(&body.runtime(), key, ctx, task);
        if !this.peer().has(key) {
            // Cancelled, or even done, before it was among those that run.
            this.running.cancel(key, None);
        }
    }

    /// Sends a request where a call speaks ([`Asker::ask`]).
    pub(crate) fn ask(&self, outlet: &dyn Outlet, method: &str, params: &str) -> (Token, oneshot::Receiver<Response>) {
        self.asking.ask(&self.peer, outlet, method, params)
    }

    /// Takes a request back ([`Asker::withdraw`]).
    pub(crate) fn withdraw(&self, outlet: &dyn Outlet, token: Token) {
        self.asking.withdraw(&self.peer, outlet, token);
    }

    /// Nobody answers questions any more.
    pub(crate) fn close_questions(&self) {
        self.asking.close();
    }

    /// Drops the calls that run, because serving ends: each is answered with an error and noted. Their tasks, which are told to
    /// end, are added to `dropped`.
    pub(crate) fn cut_off(&self, cut_off: &CutOff, dropped: &mut Vec<JoinHandle<()>>) {
        for (key, call) in self.running.take() {
            // Locked until it is answered, as by the call itself, which may be about to.
            let mut peer = self.peer();
            if peer.has(key) {
                cut_off.note(&call.ctx);
                peer.respond(key, cut_off::answer(&call.ctx));
                while let Some(frame) = peer.poll_transmit() {
                    call.ctx.inner().caller.outlet.answer(frame);
                }
            }
            drop(peer);
            call.cancel();
            dropped.push(call.task);
        }
    }

    /// Ends it: questions stay without an answer, and calls that run are dropped.
    pub(crate) fn close(&self) {
        self.asking.close();
        self.running.cancel_all();
    }
}
