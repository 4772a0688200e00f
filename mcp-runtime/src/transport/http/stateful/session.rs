//! One session.

use std::ops::Deref;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use mcp_proto::Version;
use mcp_proto::engine::{Admitted, CallKey, Event, Peer, Token};
use mcp_proto::wire::{Incoming, Reply, Response};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::id::SessionId;
use super::log::EventLog;
use super::post::{Ending, Post};
use super::rest::Rest;
use super::streams::Streams;
use crate::call::{Asker, Caller, Latch, Outlet, Principal, SessionValues};
use crate::service::{Asking, Core, Driven, Link, Running, Wishes, dispatch, frames};
use crate::transport::http::head::Head;
use crate::transport::http::{Live, Place};

/// A session: the engine, the calls that run, the streams that can be resumed.
pub(super) struct Session {
    id: SessionId,
    /// Who opened it: nobody else is let in.
    principal: Principal,
    core: Arc<Core>,
    peer: Mutex<Peer>,
    running: Running,
    asking: Asking,
    wishes: Arc<Wishes>,
    /// What handlers keep with it.
    values: SessionValues,
    streams: Arc<Streams>,
    /// How many of the running calls wait for an answer of the client's, and for nothing else.
    waiting: AtomicUsize,
    closing: Arc<Latch>,
    /// Whether it is of the HTTP+SSE pair: everything is said on the one stream.
    is_pair: bool,
    epoch: Instant,
    /// When it was last of use, in nanoseconds since the epoch.
    used: AtomicU64,
    /// How many requests are being handled.
    visits: AtomicUsize,
    rest: Rest,
}

/// A request that is being handled: until it is dropped its session is in use.
pub(super) struct Visit(Arc<Session>);

impl Visit {
    pub(super) fn begin(session: &Arc<Session>) -> Self {
        session.visits.fetch_add(1, Ordering::SeqCst);
        session.touch();
        Self(Arc::clone(session))
    }
}

impl Deref for Visit {
    type Target = Arc<Session>;

    fn deref(&self) -> &Arc<Session> {
        &self.0
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.0.visits.fetch_sub(1, Ordering::SeqCst);
        self.0.something_ended();
    }
}

/// What is to be said to a POST.
pub(super) enum Spoken {
    /// Nothing: it held no request.
    Nothing,
    /// An answer that was ready.
    Answer(Vec<u8>),
    /// An error that answers no call.
    Refusal(Vec<u8>),
    /// A stream, for calls that said something or are not done.
    Stream(Arc<EventLog>),
}

/// What is to be said to a POST of a client that takes no stream.
pub(super) enum Whole {
    Now(Spoken),
    /// The answer, when the calls are done; nothing, if they are cancelled.
    Later(oneshot::Receiver<Vec<u8>>),
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What the locks guard is changed by our own code alone, which does not panic half-way.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Session {
    /// A session that is not open yet.
    ///
    /// # Errors
    /// Where the system has no randomness to give.
    pub(super) fn new(live: &Live, principal: Principal, is_pair: bool) -> Result<Arc<Self>, getrandom::Error> {
        let catalog = live.core.catalog();
        let id = SessionId::fresh()?;
        let streams = Streams::new(live.sessions.kept(), principal.clone());
        let session = Self {
            id,
            principal,
            core: Arc::clone(&live.core),
            peer: Mutex::new(Peer::server(catalog.greeting()).with_limits(catalog.profile().limits)),
            running: Running::default(),
            asking: Asking::default(),
            wishes: Arc::new(Wishes::new(Arc::clone(streams.standalone()) as _, &catalog.profile().subscriptions)),
            values: SessionValues::default(),
            streams,
            waiting: AtomicUsize::new(0),
            closing: Arc::clone(&live.closing),
            is_pair,
            epoch: live.sessions.epoch(),
            used: AtomicU64::new(0),
            visits: AtomicUsize::new(0),
            rest: Rest::new(id, live.sessions.rested()),
        };
        session.touch();
        Ok(Arc::new(session))
    }

    pub(super) fn id(&self) -> SessionId {
        self.id
    }

    /// Whether it is this principal's.
    pub(super) fn belongs_to(&self, principal: &Principal) -> bool {
        self.principal.subject() == principal.subject()
    }

    /// Whether it is of the HTTP+SSE pair.
    pub(super) fn is_pair(&self) -> bool {
        self.is_pair
    }

    pub(super) fn standalone(&self) -> &Arc<EventLog> {
        self.streams.standalone()
    }

    /// A stream that is kept.
    pub(super) fn stream(&self, number: u64) -> Option<Arc<EventLog>> {
        self.streams.find(number)
    }

    /// Whether streams begin with an empty event that tells how to come back (SEP-1699). Older clients would try to read
    /// it as a message.
    pub(super) fn primes_streams(&self) -> bool {
        lock(&self.peer).session().is_some_and(|session| session.version() >= Version::V2025_11_25)
    }

    /// Whether errors that answer no request have an id of `null`.
    pub(super) fn has_null_error_ids(&self) -> bool {
        lock(&self.peer).session().is_some_and(|session| session.version().has_null_error_ids())
    }

    /// It is of use now.
    pub(super) fn touch(&self) {
        let now = u64::try_from(self.epoch.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.used.store(now, Ordering::Relaxed);
    }

    /// When it was last of use, in nanoseconds since the epoch.
    pub(super) fn last_use(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// Whether a call runs, or is about to, or somebody listens: it is in use, however long ago it was last touched. Calls
    /// that only wait for the answer of a client that is gone do not count.
    pub(super) fn is_busy(&self) -> bool {
        if self.visits.load(Ordering::SeqCst) > 0 || self.standalone().is_read() {
            return true;
        }
        let (running, waiting) = (self.running.len(), self.waiting.load(Ordering::SeqCst));
        running > waiting || (running > 0 && self.streams.is_any_read())
    }

    /// Whether its client has left while it was asked: calls run, and all that they wait for is an answer of somebody who
    /// does not listen.
    pub(super) fn is_abandoned(&self) -> bool {
        !self.running.is_empty() && !self.is_busy()
    }

    /// Notes that it is busy, unless it has come to rest meanwhile; it tells when it does.
    pub(super) fn is_noted_as_busy(&self) -> bool {
        self.rest.note_busy(|| self.is_busy())
    }

    /// A request, a call, or a client that listened, has ended; or a call waits for the client.
    pub(super) fn something_ended(&self) {
        self.rest.something_ended(|| self.is_busy());
        if self.waiting.load(Ordering::SeqCst) > 0 {
            self.rest.look_whether_abandoned(|| self.is_abandoned());
        }
    }

    /// It may be told again that it is abandoned.
    pub(super) fn is_looked_for_no_more(&self) {
        self.rest.not_abandoned();
    }

    /// Answers `initialize`.
    ///
    /// # Errors
    /// The frame that refuses it.
    pub(super) fn initialize(&self, message: Incoming) -> Result<Vec<u8>, Vec<u8>> {
        let frame = self.take_in(message).0.pop().unwrap_or_default();
        if lock(&self.peer).session().is_some() { Ok(frame) } else { Err(frame) }
    }

    /// Handles what a POST brought. Calls are polled at once; those that are not done go on as tasks, whether the client
    /// stays or not.
    pub(super) fn handle(this: &Arc<Self>, message: Incoming, head: &Head<'_>, place: Option<Place>) -> Spoken {
        let (mut said, calls) = this.take_in(message);
        if this.is_pair {
            let post = Arc::new(Post::new(Arc::clone(this.standalone()), calls.len(), false, place));
            Self::start_all(this, calls, &post, head, &mut said);
            post.leave_if_done();
            said.into_iter().for_each(|frame| this.standalone().answer(frame));
            return Spoken::Nothing;
        }
        if calls.is_empty() {
            return said.pop().map_or(Spoken::Nothing, Spoken::Refusal);
        }
        let log = Arc::new(this.streams.open(this.primes_streams()));
        let post = Arc::new(Post::new(log, calls.len(), true, place));
        Self::start_all(this, calls, &post, head, &mut said);
        post.leave_if_done();
        if said.len() == 1 && post.is_done() && post.stream().is_unused() {
            return Spoken::Answer(said.remove(0));
        }
        this.streams.keep(post.stream());
        said.into_iter().for_each(|frame| post.stream().answer(frame));
        if post.is_done() {
            post.stream().end();
        }
        Spoken::Stream(Arc::clone(post.stream()))
    }

    /// The same for a client that takes no stream: it has the answer when all calls are done. What they say before, and what
    /// they ask, goes to the stream that the client may open for all that belongs to no request.
    pub(super) fn handle_for_json(this: &Arc<Self>, message: Incoming, head: &Head<'_>, place: Option<Place>) -> Whole {
        let (mut said, calls) = this.take_in(message);
        if calls.is_empty() {
            return Whole::Now(said.pop().map_or(Spoken::Nothing, Spoken::Refusal));
        }
        let (whole, answered) = oneshot::channel();
        let post = Arc::new(Post::new(Arc::clone(this.standalone()), calls.len(), false, place).answered_to(whole));
        Self::start_all(this, calls, &post, head, &mut said);
        post.leave_if_done();
        if said.len() == 1 && post.is_done() {
            return Whole::Now(Spoken::Answer(said.remove(0)));
        }
        said.into_iter().for_each(|frame| post.answer(frame));
        Whole::Later(answered)
    }

    /// What the engine makes of a message: frames to send, and calls to start.
    fn take_in(&self, message: Incoming) -> (Vec<Vec<u8>>, Vec<Admitted>) {
        let (mut calls, mut cancelled) = (Vec::new(), Vec::new());
        let mut peer = lock(&self.peer);
        peer.handle(message);
        while let Some(event) = peer.poll_event() {
            match event {
                Event::Call(call) => calls.push(call),
                Event::Cancelled { key, rest } => cancelled.push((key, rest)),
                Event::Opened(_) => self.core.catalog().bus().subscribe(&self.wishes),
                Event::Ready => self.wishes.set_ready(),
                Event::Answered(token, response) => self.asking.answer(token, response),
                _ => {}
            }
        }
        let mut said = frames(&mut peer);
        drop(peer);
        said.extend(cancelled.into_iter().filter_map(|(key, rest)| self.running.cancel(key, rest)));
        (said, calls)
    }

    /// Starts calls, and adds the answers of those that are done to what is said.
    fn start_all(this: &Arc<Self>, calls: Vec<Admitted>, post: &Arc<Post>, head: &Head<'_>, said: &mut Vec<Vec<u8>>) {
        for call in calls {
            let answers = Self::start(this, call, post, head);
            // One answer, as most often, is not moved.
            if said.is_empty() {
                *said = answers;
            } else {
                said.extend(answers);
            }
        }
    }

    fn start(this: &Arc<Self>, call: Admitted, post: &Arc<Post>, head: &Head<'_>) -> Vec<Vec<u8>> {
        let key = call.key;
        let link = Link {
            caller: Caller {
                asker: Some(Arc::downgrade(this) as Weak<dyn Asker>),
                ..head.caller(Arc::clone(post) as Arc<dyn Outlet>)
            },
            wishes: Some(Arc::clone(&this.wishes)),
            closing: Arc::clone(&this.closing),
        };
        let reply = match dispatch(&this.core.catalog(), call, &link) {
            Ok(reply) => Poll::Ready(reply),
            Err(mut driven) => {
                // Whoever goes on with the call polls it again at once, so a wake-up that goes nowhere now is not missed.
                let first = Pin::new(&mut driven).poll(&mut Context::from_waker(Waker::noop()));
                if first.is_pending() {
                    Self::spawn(this, key, driven, post);
                }
                first
            }
        };
        match reply {
            Poll::Ready(reply) => {
                post.one_is_done();
                this.respond(key, reply)
            }
            Poll::Pending => Vec::new(),
        }
    }

    fn spawn(this: &Arc<Self>, key: CallKey, driven: Driven, post: &Arc<Post>) {
        let (session, ctx) = (Arc::clone(this), driven.ctx().clone());
        // Made before the task, which may be dropped before it is first polled: the stream of a cancelled call ends, too.
        let ending = Ending::of(post);
        this.running.spawn(&Handle::current(), key, ctx, async move {
            let reply = driven.await;
            {
                // Held until the answer is where it goes: one stream may carry the answers of several requests, and of one
                // that has this one's id next.
                let mut peer = lock(&session.peer);
                peer.respond(key, reply);
                frames(&mut peer).into_iter().for_each(|frame| ending.answer(frame));
            }
            drop(ending);
            if session.running.remove(key) && session.closing.is_raised() {
                session.finish_pair();
            }
            session.touch();
            session.something_ended();
        });
        if !lock(&this.peer).has(key) {
            // Cancelled, or even done, before it was among those that run.
            this.running.cancel(key, None);
        }
    }

    fn respond(&self, key: CallKey, reply: Reply) -> Vec<Vec<u8>> {
        let mut peer = lock(&self.peer);
        peer.respond(key, reply);
        frames(&mut peer)
    }

    /// A text for its client, charged while it is being sent.
    pub(super) fn hold(&self, text: String) -> Bytes {
        self.core.budget().hold(text.into_bytes())
    }

    /// Nothing is said any more that belongs to no call. Of the pair it is the answers' stream as well, which ends with the
    /// last call.
    pub(super) fn finish(&self) {
        if !self.is_pair || self.running.is_empty() {
            self.standalone().end();
        }
    }

    /// The last call of a server that ends is over.
    fn finish_pair(&self) {
        if self.is_pair {
            self.standalone().end();
        }
    }

    /// Ends everything.
    pub(super) fn close(&self) {
        self.asking.close();
        self.running.cancel_all();
        self.streams.end();
    }
}

impl Asker for Session {
    fn ask(&self, outlet: &dyn Outlet, method: &str, params: &str) -> (Token, oneshot::Receiver<Response>) {
        self.asking.ask(&self.peer, outlet, method, params)
    }

    fn withdraw(&self, outlet: &dyn Outlet, token: Token) {
        self.asking.withdraw(&self.peer, outlet, token);
    }

    fn absent_for(&self, outlet: &dyn Outlet) -> Option<Duration> {
        if outlet.is_heard() || self.standalone().is_read() || self.visits.load(Ordering::SeqCst) > 0 {
            return None;
        }
        // It is touched when a reader leaves, and when a request ends.
        Some(self.epoch.elapsed().saturating_sub(Duration::from_nanos(self.last_use())))
    }

    fn begin_waiting(&self) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        self.something_ended();
    }

    fn end_waiting(&self) {
        self.waiting.fetch_sub(1, Ordering::SeqCst);
    }

    fn session_id(&self) -> String {
        self.id.text()
    }

    fn values(&self) -> &SessionValues {
        &self.values
    }
}
