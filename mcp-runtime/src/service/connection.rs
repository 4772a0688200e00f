//! A stream connection: a conversation of which each frame is a line.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::task::Poll;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use mcp_proto::engine::Token;
use mcp_proto::wire::{Reply, Response, Skimmer, decode};
use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

use super::conversation::{Conversation, Medium, TaskVoice, Voice, poll_in_place};
use super::core::Core;
use super::cut_off::{CutOff, DROPPING, is_soon, nothing_runs};
use super::lifecycle::ConnectionState;
use super::link::Link;
use super::out::Out;
use super::waiting::Waits;
#[cfg(feature = "streams")]
use crate::budget::Budget;
use crate::budget::Charge;
use crate::call::{Asker, Caller, Ctx, Facts, Frames, HeldCaller, Latch, Outlet, SessionValues};
use crate::gate::Driven;
use crate::meter::Held;
use crate::wait::until;

/// A connection: one for a process on stdio, one for each socket.
pub(crate) struct Connection {
    conversation: Conversation,
    /// How many threads are handling what they read.
    busy: AtomicUsize,
    all_done: Notify,
    out: Arc<Out>,
    link: Link,
    /// What tells it from others, once somebody wants to know.
    id: OnceLock<String>,
    runtime: Handle,
    message_limit: usize,
    _counted: Held,
}

impl Connection {
    /// A connection of `core`'s server whose calls run on `runtime`.
    pub(crate) fn new(core: Arc<Core>, runtime: Handle) -> Arc<Self> {
        let principal = core.catalog().profile().principal.clone();
        Self::with_facts(core, runtime, Facts::of(principal))
    }

    /// The same on the standard streams, where the program's user calls.
    #[cfg(feature = "stdio")]
    pub(crate) fn on_stdio(core: Arc<Core>, runtime: Handle, principal: crate::call::Principal) -> Arc<Self> {
        let counted = core.meters().stdio.hold();
        Self::counted(core, runtime, Facts::of(principal), counted, ("stdio", None))
    }

    /// The same for a caller of whom this is known.
    pub(crate) fn with_facts(core: Arc<Core>, runtime: Handle, facts: Arc<Facts>) -> Arc<Self> {
        let counted = core.meters().memory.hold();
        Self::counted(core, runtime, facts, counted, ("memory", None))
    }

    /// The same on a stream of any other kind.
    #[cfg(feature = "streams")]
    pub(crate) fn on_stream(
        core: Arc<Core>,
        runtime: Handle,
        facts: Arc<Facts>,
        (transport, name): (&'static str, &str),
    ) -> Arc<Self> {
        let counted = core.meters().own.hold();
        Self::counted(core, runtime, facts, counted, (transport, Some(name.into())))
    }

    fn counted(
        core: Arc<Core>,
        runtime: Handle,
        facts: Arc<Facts>,
        counted: Held,
        (transport, name): (&'static str, Option<Arc<str>>),
    ) -> Arc<Self> {
        let catalog = core.catalog();
        let out = Arc::new(Out::new(core.budget(), catalog.profile().waiting_bytes));
        let outlet: Arc<dyn Outlet> = Arc::clone(&out) as _;
        let caller = Caller::new(Arc::clone(&outlet), facts);
        core.add_queue(Arc::downgrade(&(Arc::clone(&out) as Arc<dyn Waits>)));
        let life = core.begin_life(transport, name);
        let conversation = Conversation::new(core, outlet, Arc::<Latch>::default(), life);
        Arc::new_cyclic(|this: &Weak<Self>| Self {
            link: Link {
                caller: HeldCaller::Shared(Arc::new(Caller {
                    asker: Some(Weak::clone(this) as Weak<dyn Asker>),
                    ..caller
                })),
                wishes: Some(Arc::clone(conversation.wishes())),
                closing: Arc::clone(conversation.closing()),
            },
            conversation,
            busy: AtomicUsize::new(0),
            all_done: Notify::new(),
            id: OnceLock::new(),
            out,
            runtime,
            message_limit: catalog.profile().limits.message_bytes,
            _counted: counted,
        })
    }

    /// What waits to be written.
    pub(crate) fn out(&self) -> &Arc<Out> {
        &self.out
    }

    /// Whether none of its calls runs.
    #[cfg(feature = "streams")]
    pub(crate) fn is_idle(&self) -> bool {
        self.conversation.running().is_empty()
    }

    /// The memory that is used for clients.
    #[cfg(feature = "streams")]
    pub(crate) fn budget(&self) -> &Arc<Budget> {
        self.conversation.core().budget()
    }

    /// The most bytes one message may have.
    pub(crate) fn message_limit(&self) -> usize {
        self.message_limit
    }

    /// Says that calls are being polled in place, until it is dropped: whoever drains the connection waits for them.
    #[cfg(feature = "stdio")]
    pub(crate) fn busy(&self) -> Busy<'_> {
        self.busy.fetch_add(1, Ordering::AcqRel);
        Busy(self)
    }

    /// A frame has come. New calls are polled at once, here; what they answer at once is added to `frames`.
    pub(crate) fn handle_frame(self: &Arc<Self>, frame: Bytes, frames: &mut Frames) {
        // Decoded before the lock is taken: it is the longest part, and concerns nobody else.
        Conversation::handle(self, decode(frame), &mut FrameVoice { connection: self, frames });
    }

    /// A frame was longer than allowed; what was seen of it while it passed by.
    pub(crate) fn handle_oversize(self: &Arc<Self>, skimmed: Skimmer, frames: &mut Frames) {
        Conversation::handle_oversize(self, skimmed, &mut FrameVoice { connection: self, frames });
    }

    /// Nothing more will be read: lets running calls finish, and steps that were cut off, for as long as `grace`. The rest is
    /// answered with errors, dropped and logged.
    pub(crate) async fn drain(&self, grace: Duration) {
        self.link.closing.raise();
        self.conversation.life().set(ConnectionState::Disconnecting);
        self.conversation.close_questions();
        let ended = async {
            self.wait_until(|| self.conversation.running().is_empty() && !self.is_busy()).await;
            self.conversation.core().catalog().scope().shared.steps.none_left().await;
        };
        if tokio::time::timeout(grace, ended).await.is_err() {
            let (cut_off, mut dropped) = (CutOff::default(), Vec::new());
            self.conversation.cut_off(&cut_off, &mut dropped);
            let have_ended = is_soon(DROPPING, &mut || {
                let catalog = self.conversation.core().catalog();
                dropped.iter().all(JoinHandle::is_finished) && !self.is_busy() && nothing_runs(&catalog)
            })
            .await;
            cut_off.log(grace, have_ended);
        }
        self.conversation.close();
    }

    /// Asks so often whether the peer is there, which may take as long to answer. Ready once it has not, with that.
    #[cfg(feature = "streams")]
    pub(crate) async fn heartbeat(&self, every: Option<Duration>) -> std::io::Error {
        let Some(every) = every else { return std::future::pending().await };
        loop {
            tokio::time::sleep(every).await;
            if !self.conversation.may_ask() {
                continue;
            }
            let (token, answered) = self.conversation.ask(&*self.out, "ping", "{}");
            if tokio::time::timeout(every, answered).await.is_err() {
                self.conversation.withdraw(&*self.out, token);
                let why = format!("the peer has not answered a ping for {every:?}");
                return std::io::Error::new(std::io::ErrorKind::TimedOut, why);
            }
        }
    }

    /// It is closed because of this.
    #[cfg(any(feature = "stdio", feature = "streams"))]
    pub(crate) fn fail(&self, why: &str) {
        self.conversation.life().fail(why);
    }

    /// Whether somebody is handling what was read.
    fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Acquire) > 0
    }

    /// Waits until this is so; it is looked at whenever calls are over.
    async fn wait_until(&self, is_so: impl Fn() -> bool) {
        until(&self.all_done, || is_so().then_some(())).await;
    }

    /// Whether the connection is about to end.
    #[cfg(feature = "cli")]
    pub(crate) fn is_closing(&self) -> bool {
        self.link.closing.is_raised()
    }

    /// Cancels all calls that run, and waits until they are dropped, and until functions that block and steps that were cut off
    /// have ended, for as long as `grace`. Whether it was [busy](Self::busy) and is so no longer.
    #[cfg(feature = "cli")]
    pub(crate) async fn cut_off(&self, grace: Duration) -> bool {
        self.link.closing.raise();
        let was_busy = self.is_busy();
        self.conversation.close_questions();
        self.out.close();
        let ended = async {
            self.conversation.running().end_all().await;
            self.wait_until(|| !self.is_busy()).await;
            // Calls that were being polled in place may have gone on.
            self.conversation.running().end_all().await;
            let catalog = self.conversation.core().catalog();
            catalog.scope().shared.steps.none_left().await;
            // A function that looks at `Ctx::is_cancelled` cleans up now.
            is_soon(grace, &mut || nothing_runs(&catalog)).await;
        };
        let is_ended = tokio::time::timeout(grace, ended).await.is_ok();
        self.conversation.close();
        was_busy && is_ended
    }

    /// Drops all calls that run: nobody is there any more.
    pub(crate) fn abandon(&self) {
        self.link.closing.raise();
        self.conversation.close();
        self.out.close();
    }
}

impl Medium for Connection {
    fn conversation(&self) -> &Conversation {
        &self.conversation
    }

    fn runtime(&self) -> Handle {
        self.runtime.clone()
    }

    fn call_ended(&self, is_last: bool) {
        if is_last {
            self.all_done.notify_waiters();
        }
    }
}

impl Asker for Connection {
    fn ask(&self, outlet: &dyn Outlet, method: &str, params: &str) -> (Token, oneshot::Receiver<Response>) {
        self.conversation.ask(outlet, method, params)
    }

    fn withdraw(&self, outlet: &dyn Outlet, token: Token) {
        self.conversation.withdraw(outlet, token);
    }

    fn session_id(&self) -> String {
        self.id.get_or_init(fresh_id).clone()
    }

    fn values(&self) -> &SessionValues {
        self.conversation.values()
    }
}

/// Where the calls speak that a frame brings: answers that are ready are written with those of other frames.
struct FrameVoice<'a> {
    connection: &'a Connection,
    frames: &'a mut Frames,
}

impl Voice for FrameVoice<'_> {
    type Task = Task;

    fn say(&mut self, frame: Vec<u8>) {
        self.frames.push(frame.into());
    }

    fn opened(&mut self) {
        // Calls that have come with `initialize` may say something before they are answered.
        self.connection.out.push_first(self.frames);
    }

    fn facts(&self) -> &Facts {
        &self.connection.link.caller.facts
    }

    fn has_room(&self) -> bool {
        !self.connection.conversation.core().budget().is_full()
    }

    fn link(&mut self) -> &Link {
        &self.connection.link
    }

    fn poll(&mut self, driven: &mut Driven) -> Poll<Reply> {
        self.connection.out.begin_poll();
        let polled = poll_in_place(driven);
        self.connection.out.end_poll();
        polled
    }

    fn goes_on(&mut self, ctx: &Ctx) -> Task {
        let Connection { out, conversation, .. } = self.connection;
        let mut charge = Charge::new(conversation.core().budget());
        charge.set_large(ctx.inner().request.frame().bytes().len());
        Task { out: Arc::clone(out), _charge: charge }
    }
}

/// Where a call speaks that goes on.
struct Task {
    out: Arc<Out>,
    /// A call that has answered where it was polled was one of few; of those that go on there may be many.
    _charge: Charge,
}

impl TaskVoice for Task {
    fn answer(&self, frames: impl Iterator<Item = Vec<u8>>) {
        let mut answers = Frames::default();
        frames.for_each(|frame| answers.push(frame.into()));
        self.out.push(&mut answers);
    }
}

/// An id that no other connection has: of this process by its number, of others by chance.
fn fresh_id() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let mut chance = [0; 16];
    // Without chance the number still tells those of this process apart.
    let _ = getrandom::fill(&mut chance);
    format!("{}-{}", NUMBER.fetch_add(1, Ordering::Relaxed), URL_SAFE_NO_PAD.encode(chance))
}

/// Calls are being polled in place.
#[cfg(feature = "stdio")]
pub(crate) struct Busy<'a>(&'a Connection);

#[cfg(feature = "stdio")]
impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::AcqRel);
        self.0.all_done.notify_waiters();
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.out.close();
    }
}
