//! One session.

use std::ops::Deref;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use mcp_proto::Version;
use mcp_proto::engine::{Admitted, CallKey, Event, Peer, Token};
use mcp_proto::wire::{Incoming, Reply, Response};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::id::SessionId;
use super::log::{EventLog, Kept};
use super::rest::Rest;
use crate::call::{Asker, Caller, Latch, Outlet, Principal, SessionValues};
use crate::service::{Asking, Core, Driven, Link, Running, Wishes, dispatch, frames};
use crate::transport::http::head::Head;
use crate::transport::http::{Live, Place};

/// Streams that are kept after all of them was sent, for clients that lost the end on the way.
const SENT_STREAMS: usize = 16;

/// Streams that are kept for clients that have not come back for the rest.
const UNCLAIMED_STREAMS: usize = 1024;

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
    /// What is said outside of any request.
    standalone: Arc<EventLog>,
    streams: Mutex<Vec<Arc<EventLog>>>,
    last_stream: AtomicU64,
    closing: Arc<Latch>,
    kept: Arc<Kept>,
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
        let kept = live.sessions.kept();
        let standalone = Arc::new(EventLog::new(0, kept));
        let id = SessionId::fresh()?;
        let session = Self {
            id,
            principal,
            core: Arc::clone(&live.core),
            peer: Mutex::new(Peer::new(catalog.greeting()).with_limits(catalog.profile().limits)),
            running: Running::default(),
            asking: Asking::default(),
            wishes: Arc::new(Wishes::new(Arc::clone(&standalone) as Arc<dyn Outlet>)),
            values: SessionValues::default(),
            standalone,
            streams: Mutex::default(),
            last_stream: AtomicU64::new(0),
            closing: Arc::clone(&live.closing),
            kept: Arc::clone(kept),
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
        &self.standalone
    }

    /// A stream that is kept.
    pub(super) fn stream(&self, number: u64) -> Option<Arc<EventLog>> {
        if number == 0 {
            return Some(Arc::clone(&self.standalone));
        }
        lock(&self.streams).iter().find(|log| log.number() == number).map(Arc::clone)
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

    /// Whether a call runs, or is about to, or somebody listens: it is in use, however long ago it was last touched.
    pub(super) fn is_busy(&self) -> bool {
        self.visits.load(Ordering::SeqCst) > 0 || !self.running.is_empty() || self.standalone.is_read()
    }

    /// Notes that it is busy, unless it has come to rest meanwhile; it tells when it does.
    pub(super) fn is_noted_as_busy(&self) -> bool {
        self.rest.note_busy(|| self.is_busy())
    }

    /// A request, a call, or a client that listened, has ended.
    pub(super) fn something_ended(&self) {
        self.rest.something_ended(|| self.is_busy());
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
            let stream = Stream {
                log: Arc::clone(&this.standalone),
                open: AtomicUsize::new(calls.len()),
                ends: false,
                whole: None,
                _place: place,
            };
            said.extend(Self::start_all(this, calls, &Arc::new(stream), head));
            said.into_iter().for_each(|frame| this.standalone.answer(frame));
            return Spoken::Nothing;
        }
        if calls.is_empty() {
            return said.pop().map_or(Spoken::Nothing, Spoken::Refusal);
        }
        let number = this.last_stream.fetch_add(1, Ordering::Relaxed) + 1;
        let log = Arc::new(EventLog::about_to_be_read(number, &this.kept, this.primes_streams()));
        let stream =
            Arc::new(Stream { log, open: AtomicUsize::new(calls.len()), ends: true, whole: None, _place: place });
        said.extend(Self::start_all(this, calls, &stream, head));
        if said.len() == 1 && stream.is_done() && stream.log.is_unused() {
            return Spoken::Answer(said.remove(0));
        }
        this.keep(&stream.log);
        said.into_iter().for_each(|frame| stream.log.answer(frame));
        if stream.is_done() {
            stream.log.end();
        }
        Spoken::Stream(Arc::clone(&stream.log))
    }

    /// The same for a client that takes no stream: it has the answer when all calls are done. What they say before, and what
    /// they ask, goes to the stream that the client may open for all that belongs to no request.
    pub(super) fn handle_for_json(this: &Arc<Self>, message: Incoming, head: &Head<'_>, place: Option<Place>) -> Whole {
        let (mut said, calls) = this.take_in(message);
        if calls.is_empty() {
            return Whole::Now(said.pop().map_or(Spoken::Nothing, Spoken::Refusal));
        }
        let (whole, answered) = oneshot::channel();
        let stream = Arc::new(Stream {
            log: Arc::clone(&this.standalone),
            open: AtomicUsize::new(calls.len()),
            ends: false,
            whole: Some(Mutex::new(Some(whole))),
            _place: place,
        });
        said.extend(Self::start_all(this, calls, &stream, head));
        if said.len() == 1 && stream.is_done() {
            return Whole::Now(Spoken::Answer(said.remove(0)));
        }
        said.into_iter().for_each(|frame| stream.answer(frame));
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

    /// Starts calls; gives the answers of those that are done.
    fn start_all(this: &Arc<Self>, calls: Vec<Admitted>, stream: &Arc<Stream>, head: &Head<'_>) -> Vec<Vec<u8>> {
        calls.into_iter().flat_map(|call| Self::start(this, call, stream, head)).collect()
    }

    fn start(this: &Arc<Self>, call: Admitted, stream: &Arc<Stream>, head: &Head<'_>) -> Vec<Vec<u8>> {
        let key = call.key;
        let link = Link {
            caller: Caller {
                asker: Some(Arc::downgrade(this) as Weak<dyn Asker>),
                ..head.caller(Arc::clone(&stream.log) as Arc<dyn Outlet>)
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
                    Self::spawn(this, key, driven, stream);
                }
                first
            }
        };
        match reply {
            Poll::Ready(reply) => {
                stream.open.fetch_sub(1, Ordering::AcqRel);
                this.respond(key, reply)
            }
            Poll::Pending => Vec::new(),
        }
    }

    fn spawn(this: &Arc<Self>, key: CallKey, driven: Driven, stream: &Arc<Stream>) {
        let (session, ctx) = (Arc::clone(this), driven.ctx().clone());
        // Made before the task, which may be dropped before it is first polled: the stream of a cancelled call ends, too.
        let ending = Ending(Arc::clone(stream));
        this.running.spawn(&Handle::current(), key, ctx, async move {
            let reply = driven.await;
            {
                // Held until the answer is where it goes: one stream may carry the answers of several requests, and of one
                // that has this one's id next.
                let mut peer = lock(&session.peer);
                peer.respond(key, reply);
                frames(&mut peer).into_iter().for_each(|frame| ending.0.answer(frame));
            }
            drop(ending);
            session.running.remove(key);
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

    /// Keeps a stream for a client that comes back; forgets the oldest that are done.
    fn keep(&self, log: &Arc<EventLog>) {
        let mut streams = lock(&self.streams);
        let mut spare = streams.len().saturating_sub(SENT_STREAMS);
        let mut unclaimed = streams.len().saturating_sub(UNCLAIMED_STREAMS);
        streams.retain(|log| {
            let goes = (spare > 0 && log.is_done()) || (unclaimed > 0 && log.is_ended() && !log.is_read());
            if goes {
                spare = spare.saturating_sub(1);
                unclaimed = unclaimed.saturating_sub(1);
            }
            !goes
        });
        streams.push(Arc::clone(log));
    }

    /// Ends everything.
    pub(super) fn close(&self) {
        self.asking.close();
        self.running.cancel_all();
        self.standalone.end();
        for log in lock(&self.streams).drain(..) {
            log.end();
        }
    }
}

impl Asker for Session {
    fn ask(&self, outlet: &dyn Outlet, method: &str, params: &str) -> (Token, oneshot::Receiver<Response>) {
        self.asking.ask(&self.peer, outlet, method, params)
    }

    fn withdraw(&self, outlet: &dyn Outlet, token: Token) {
        self.asking.withdraw(&self.peer, outlet, token);
    }

    fn session_id(&self) -> String {
        self.id.text()
    }

    fn values(&self) -> &SessionValues {
        &self.values
    }
}

/// What the calls of one POST speak into, and how many of them are not done.
struct Stream {
    log: Arc<EventLog>,
    open: AtomicUsize,
    /// Whether it ends with the last of them.
    ends: bool,
    /// Where the answer goes instead, for a client that takes no stream.
    whole: Option<Mutex<Option<oneshot::Sender<Vec<u8>>>>>,
    _place: Option<Place>,
}

impl Stream {
    fn answer(&self, frame: Vec<u8>) {
        match self.whole.as_ref().and_then(|whole| lock(whole).take()) {
            // A client that is gone comes back for nothing: only streams can be resumed.
            Some(whole) => drop(whole.send(frame)),
            None => self.log.answer(frame),
        }
    }

    fn is_done(&self) -> bool {
        self.open.load(Ordering::Acquire) == 0
    }
}

struct Ending(Arc<Stream>);

impl Drop for Ending {
    fn drop(&mut self) {
        if self.0.open.fetch_sub(1, Ordering::AcqRel) == 1 && self.0.ends {
            self.0.log.end();
        }
    }
}
