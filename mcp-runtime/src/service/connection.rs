//! A stream connection that is being served: the engine, and the calls that run.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use mcp_proto::engine::{CallKey, Event, Peer, Token};
use mcp_proto::wire::{Method, Reply, Response, RpcError, Skimmer, decode, is_single_line};
use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};

use super::asking::Asking;
use super::core::Core;
use super::dispatch::dispatch;
use super::drive::Driven;
use super::link::{Link, Wishes};
use super::out::{Framing, Out};
use super::running::Running;
use crate::budget::Charge;
use crate::call::{Asker, Caller, Ctx, Latch, Outlet, SessionValues};

/// A connection: one for a process on stdio, one for each socket.
pub(crate) struct Connection {
    core: Arc<Core>,
    peer: Mutex<Peer>,
    running: Running,
    asking: Asking,
    /// How many threads are handling what they read.
    busy: AtomicUsize,
    all_done: Notify,
    out: Arc<Out>,
    link: Link,
    wishes: Arc<Wishes>,
    /// What tells it from others, once somebody wants to know.
    id: OnceLock<String>,
    /// What handlers keep with it.
    values: SessionValues,
    runtime: Handle,
    message_limit: usize,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What the locks guard is changed by our own code alone, which does not panic half-way; handlers run outside.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Connection {
    /// A connection of `core`'s server whose calls run on `runtime`.
    pub(crate) fn new(core: Arc<Core>, runtime: Handle) -> Arc<Self> {
        Self::with_caller(core, runtime, |_| ())
    }

    /// The same for a caller of whom something is known.
    pub(crate) fn with_caller(core: Arc<Core>, runtime: Handle, dress: impl FnOnce(&mut Caller)) -> Arc<Self> {
        let catalog = core.catalog();
        let out = Arc::new(Out::new(Framing::LINES, core.budget(), catalog.profile().waiting_bytes));
        let outlet: Arc<dyn Outlet> = Arc::clone(&out) as _;
        let wishes = Arc::new(Wishes::new(Arc::clone(&outlet), &catalog.profile().subscriptions));
        let mut caller = Caller::new(outlet);
        dress(&mut caller);
        Arc::new_cyclic(|this: &Weak<Self>| Self {
            peer: Mutex::new(Peer::server(catalog.greeting()).with_limits(catalog.profile().limits)),
            running: Running::default(),
            busy: AtomicUsize::new(0),
            all_done: Notify::new(),
            wishes: Arc::clone(&wishes),
            link: Link {
                caller: Caller { asker: Some(Weak::clone(this) as Weak<dyn Asker>), ..caller },
                wishes: Some(wishes),
                closing: Arc::<Latch>::default(),
            },
            asking: Asking::default(),
            id: OnceLock::new(),
            values: SessionValues::default(),
            out,
            runtime,
            message_limit: catalog.profile().limits.message_bytes,
            core,
        })
    }

    /// What waits to be written.
    pub(crate) fn out(&self) -> &Arc<Out> {
        &self.out
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

    /// A frame has come. New calls are polled at once, here; what they answer at once is appended to `lines`.
    pub(crate) fn handle_frame(self: &Arc<Self>, frame: Bytes, lines: &mut Vec<u8>) {
        // Decoded before the lock is taken: it is the longest part, and concerns nobody else.
        let message = decode(frame);
        let mut peer = lock(&self.peer);
        peer.handle(message);
        self.work(peer, lines);
    }

    /// A frame was longer than allowed; what was seen of it while it passed by.
    pub(crate) fn handle_oversize(self: &Arc<Self>, skimmed: Skimmer, lines: &mut Vec<u8>) {
        let mut peer = lock(&self.peer);
        peer.handle_oversize(skimmed);
        self.work(peer, lines);
    }

    /// Does what has to be done, until nothing has. The engine is locked from one answer to the next event.
    fn work<'a>(self: &'a Arc<Self>, mut peer: MutexGuard<'a, Peer>, lines: &mut Vec<u8>) {
        loop {
            transmit(&mut peer, lines);
            let Some(event) = peer.poll_event() else { return };
            drop(peer);
            let answer = self.handle(event, lines);
            peer = lock(&self.peer);
            if let Some((key, reply)) = answer {
                peer.respond(key, reply);
            }
        }
    }

    /// Handles an event. Gives back the answer of a call that is over already.
    fn handle(self: &Arc<Self>, event: Event, lines: &mut Vec<u8>) -> Option<(CallKey, Reply)> {
        match event {
            Event::Call(admitted) => {
                let key = admitted.key;
                if self.core.budget().is_full() && admitted.request.method != Method::Ping {
                    return Some((key, Reply::error(&admitted.request.id, &no_memory())));
                }
                let reply = match dispatch(&self.core.catalog(), admitted, &self.link) {
                    Ok(reply) => Some(reply),
                    Err(driven) => self.poll_in_place(key, driven),
                };
                return reply.map(|reply| (key, reply));
            }
            Event::Cancelled { key, rest } => self.cancel(key, rest, lines),
            Event::Opened(_) => self.core.catalog().bus().subscribe(&self.wishes),
            Event::Ready => self.wishes.set_ready(),
            Event::Answered(token, response) => self.asking.answer(token, response),
            // No other notification means anything to a server yet.
            _ => {}
        }
        None
    }

    /// Most calls finish at their first poll. It is free of a task, a queue and a wake-up.
    fn poll_in_place(self: &Arc<Self>, key: CallKey, mut driven: Driven) -> Option<Reply> {
        // Whoever goes on with the call polls it again at once, so a wake-up that goes nowhere now is not missed.
        self.out.begin_poll();
        let polled = Pin::new(&mut driven).poll(&mut Context::from_waker(Waker::noop()));
        self.out.end_poll();
        match polled {
            Poll::Ready(reply) => {
                self.settle(driven.ctx(), key);
                Some(reply)
            }
            Poll::Pending => {
                self.spawn(key, driven);
                None
            }
        }
    }

    fn spawn(self: &Arc<Self>, key: CallKey, driven: Driven) {
        let (this, ctx) = (Arc::clone(self), driven.ctx().clone());
        // A call that has answered where it was polled was one of few; of those that go on there may be many.
        let mut charge = Charge::new(self.core.budget());
        charge.set_large(ctx.inner().request.frame().bytes().len());
        let task = async move {
            let ctx = driven.ctx().clone();
            let reply = driven.await;
            this.finish(&ctx, key, reply);
            drop(charge);
        };
        self.running.spawn(&self.runtime, key, ctx, task);
        if !lock(&self.peer).has(key) {
            // Cancelled, or even done, before it was among those that run.
            self.running.cancel(key, None);
        }
    }

    fn finish(&self, ctx: &Ctx, key: CallKey, reply: Reply) {
        self.settle(ctx, key);
        let mut lines = Vec::new();
        {
            let mut peer = lock(&self.peer);
            peer.respond(key, reply);
            transmit(&mut peer, &mut lines);
            // Still locked: the id is free now, and what is answered to whoever uses it again must come after this.
            self.out.push_lines(&mut lines);
        }
        if self.running.remove(key) {
            self.all_done.notify_waiters();
        }
    }

    /// Progress that was held back goes before the answer.
    fn settle(&self, ctx: &Ctx, key: CallKey) {
        if ctx.inner().request.progress_token().is_some() {
            self.out.settle(key);
        }
    }

    fn cancel(&self, key: CallKey, rest: Option<Vec<u8>>, lines: &mut Vec<u8>) {
        if let Some(rest) = self.running.cancel(key, rest) {
            append(lines, rest);
        }
        if self.running.is_empty() {
            self.all_done.notify_waiters();
        }
    }

    /// Nothing more will be read: lets running calls finish, and steps that were cut off, for as long as `grace`, and drops the
    /// rest.
    pub(crate) async fn drain(&self, grace: Duration) {
        self.link.closing.raise();
        self.asking.close();
        let ended = async {
            self.idle().await;
            self.core.catalog().scope().steps.none_left().await;
        };
        let _ = tokio::time::timeout(grace, ended).await;
        self.running.cancel_all();
    }

    async fn idle(&self) {
        loop {
            let done = self.all_done.notified();
            tokio::pin!(done);
            done.as_mut().enable();
            if self.running.is_empty() && self.busy.load(Ordering::Acquire) == 0 {
                return;
            }
            done.await;
        }
    }
}

impl Connection {
    /// Drops all calls that run: nobody is there any more.
    pub(crate) fn abandon(&self) {
        self.link.closing.raise();
        self.asking.close();
        self.running.cancel_all();
        self.out.close();
    }
}

impl Asker for Connection {
    fn ask(&self, outlet: &dyn Outlet, method: &str, params: &str) -> (Token, oneshot::Receiver<Response>) {
        self.asking.ask(&self.peer, outlet, method, params)
    }

    fn withdraw(&self, outlet: &dyn Outlet, token: Token) {
        self.asking.withdraw(&self.peer, outlet, token);
    }

    fn session_id(&self) -> String {
        self.id.get_or_init(fresh_id).clone()
    }

    fn values(&self) -> &SessionValues {
        &self.values
    }
}

/// Refuses a call while too much memory is used by others.
fn no_memory() -> RpcError {
    let message = "The server is busy: too much memory is used by calls in flight; try again in a moment";
    RpcError { message: message.into(), ..RpcError::internal() }
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

fn transmit(peer: &mut Peer, lines: &mut Vec<u8>) {
    while let Some(frame) = peer.poll_transmit() {
        append(lines, frame);
    }
}

fn append(lines: &mut Vec<u8>, frame: Vec<u8>) {
    debug_assert!(is_single_line(&frame), "a frame of several lines");
    // One answer, as most often, is not copied.
    if lines.is_empty() {
        *lines = frame;
    } else {
        lines.extend_from_slice(&frame);
    }
    lines.push(b'\n');
}
