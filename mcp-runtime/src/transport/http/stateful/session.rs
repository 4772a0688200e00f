//! One session.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};
use std::time::Instant;

use bytes::Bytes;
use http::HeaderValue;
use mcp_proto::engine::{Admitted, CallKey, Event, Peer};
use mcp_proto::wire::Reply;
use tokio::task::AbortHandle;

use super::log::EventLog;
use crate::call::{Ctx, Latch, Outlet};
use crate::service::{Core, Driven, Link, Wishes, dispatch};

/// Streams that are kept for clients that come back, beside those of calls that run.
const KEPT_STREAMS: usize = 16;

/// A session: the engine, the calls that run, the streams that can be resumed.
pub(super) struct Session {
    id: HeaderValue,
    core: Arc<Core>,
    peer: Mutex<Peer>,
    running: Mutex<HashMap<CallKey, Running>>,
    wishes: Arc<Wishes>,
    /// What is said outside of any request.
    standalone: Arc<EventLog>,
    streams: Mutex<Vec<(u64, Arc<EventLog>)>>,
    last_stream: AtomicU64,
    closing: Arc<Latch>,
    began: Instant,
    /// When it was last of use, in milliseconds since it began.
    used: AtomicU64,
}

struct Running {
    ctx: Ctx,
    task: AbortHandle,
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What the locks guard is changed by our own code alone, which does not panic half-way.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Session {
    pub(super) fn new(core: &Arc<Core>, closing: &Arc<Latch>) -> Result<Arc<Self>, getrandom::Error> {
        let catalog = core.catalog();
        let standalone = Arc::new(EventLog::new(0));
        let wishes = Arc::new(Wishes::new(Arc::clone(&standalone) as Arc<dyn Outlet>));
        catalog.bus().subscribe(&wishes);
        Ok(Arc::new(Self {
            id: fresh_id()?,
            core: Arc::clone(core),
            peer: Mutex::new(Peer::new(core.greeting()).with_limits(catalog.profile().limits)),
            running: Mutex::default(),
            wishes,
            standalone,
            streams: Mutex::default(),
            last_stream: AtomicU64::new(0),
            closing: Arc::clone(closing),
            began: Instant::now(),
            used: AtomicU64::new(0),
        }))
    }

    pub(super) fn id(&self) -> &HeaderValue {
        &self.id
    }

    pub(super) fn standalone(&self) -> &Arc<EventLog> {
        &self.standalone
    }

    /// A stream that is kept.
    pub(super) fn stream(&self, number: u64) -> Option<Arc<EventLog>> {
        if number == 0 {
            return Some(Arc::clone(&self.standalone));
        }
        lock(&self.streams).iter().find(|(kept, _)| *kept == number).map(|(_, log)| Arc::clone(log))
    }

    /// Whether streams begin with an empty event that tells how to come back (SEP-1699). Older clients would try to read
    /// it as a message.
    pub(super) fn primes_streams(&self) -> bool {
        lock(&self.peer).session().is_some_and(|session| session.version() >= mcp_proto::Version::V2025_11_25)
    }

    /// It is of use now.
    pub(super) fn touch(&self) {
        self.used.store(self.age_ms(), Ordering::Relaxed);
    }

    /// For how long nobody has used it; zero while a call runs or somebody listens.
    pub(super) fn idle_ms(&self) -> u64 {
        if !lock(&self.running).is_empty() || self.standalone.is_read() {
            return 0;
        }
        self.age_ms().saturating_sub(self.used.load(Ordering::Relaxed))
    }

    fn age_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Answers `initialize`.
    ///
    /// # Errors
    /// The frame that refuses it.
    pub(super) fn initialize(&self, body: Bytes) -> Result<Vec<u8>, Vec<u8>> {
        let mut peer = lock(&self.peer);
        peer.handle_frame(body);
        while peer.poll_event().is_some() {}
        let frame = peer.poll_transmit().unwrap_or_default();
        if peer.session().is_some() { Ok(frame) } else { Err(frame) }
    }

    /// Handles what a POST brought. Calls are polled at once; those that are not done go on as tasks, whether the client
    /// stays or not.
    pub(super) fn handle(this: &Arc<Self>, body: Bytes) -> Spoken {
        this.touch();
        let (mut said, calls) = this.take_in(body);
        if calls.is_empty() {
            return match said.pop() {
                Some(refusal) => Spoken::Refusal(refusal),
                None => Spoken::Nothing,
            };
        }
        let number = this.last_stream.fetch_add(1, Ordering::Relaxed) + 1;
        let stream = Arc::new(Stream { log: Arc::new(EventLog::new(number)), open: AtomicUsize::new(calls.len()) });
        for call in calls {
            said.extend(Self::start(this, call, &stream));
        }
        if stream.open.load(Ordering::Acquire) == 0 && stream.log.is_unused() && said.len() == 1 {
            return Spoken::Answer(said.remove(0));
        }
        this.keep(number, &stream.log);
        said.into_iter().for_each(|frame| stream.log.answer(frame));
        if stream.open.load(Ordering::Acquire) == 0 {
            stream.log.end();
        }
        Spoken::Stream(Arc::clone(&stream.log))
    }

    /// What the engine makes of a body: frames to send, and calls to start.
    fn take_in(&self, body: Bytes) -> (Vec<Vec<u8>>, Vec<Admitted>) {
        let mut calls = Vec::new();
        let mut peer = lock(&self.peer);
        peer.handle_frame(body);
        let mut cancelled = Vec::new();
        while let Some(event) = peer.poll_event() {
            match event {
                Event::Call(call) => calls.push(call),
                Event::Cancelled(key) => cancelled.push(key),
                Event::Ready => self.wishes.set_ready(),
                _ => {}
            }
        }
        let said = frames(&mut peer);
        drop(peer);
        for key in cancelled {
            self.cancel(key);
        }
        (said, calls)
    }

    /// Starts a call; gives what it has to say if it is done.
    fn start(this: &Arc<Self>, call: Admitted, stream: &Arc<Stream>) -> Vec<Vec<u8>> {
        let key = call.key;
        let link = Link {
            outlet: Arc::clone(&stream.log) as Arc<dyn Outlet>,
            wishes: Some(Arc::clone(&this.wishes)),
            closing: Arc::clone(&this.closing),
        };
        let mut driven = match dispatch(&this.core.catalog(), call, &link) {
            Ok(reply) => return this.respond(key, reply, stream),
            Err(driven) => driven,
        };
        // Whoever goes on with the call polls it again at once, so a wake-up that goes nowhere now is not missed.
        match Pin::new(&mut driven).poll(&mut Context::from_waker(Waker::noop())) {
            std::task::Poll::Ready(reply) => this.respond(key, reply, stream),
            std::task::Poll::Pending => {
                Self::spawn(this, key, driven, stream);
                Vec::new()
            }
        }
    }

    fn spawn(this: &Arc<Self>, key: CallKey, driven: Driven, stream: &Arc<Stream>) {
        let ctx = driven.ctx().clone();
        let (session, stream) = (Arc::clone(this), Arc::clone(stream));
        // Held while the task is spawned: it removes itself when it is done, and must find itself then.
        let mut running = lock(&this.running);
        let task = tokio::spawn(async move {
            // Ends the stream, too, of a call that is cancelled: its task is dropped with this.
            let ending = Ending(Arc::clone(&stream));
            let reply = driven.await;
            for frame in session.respond_only(key, reply) {
                stream.log.answer(frame);
            }
            drop(ending);
            lock(&session.running).remove(&key);
            session.touch();
        });
        running.insert(key, Running { ctx, task: task.abort_handle() });
    }

    fn respond(&self, key: CallKey, reply: Reply, stream: &Stream) -> Vec<Vec<u8>> {
        stream.open.fetch_sub(1, Ordering::AcqRel);
        self.respond_only(key, reply)
    }

    fn respond_only(&self, key: CallKey, reply: Reply) -> Vec<Vec<u8>> {
        let mut peer = lock(&self.peer);
        peer.respond(key, reply);
        frames(&mut peer)
    }

    fn cancel(&self, key: CallKey) {
        if let Some(running) = lock(&self.running).remove(&key) {
            running.ctx.cancel();
            running.task.abort();
        }
    }

    /// Keeps a stream for a client that comes back; forgets the oldest that are done.
    fn keep(&self, number: u64, log: &Arc<EventLog>) {
        let mut streams = lock(&self.streams);
        let mut spare = streams.len().saturating_sub(KEPT_STREAMS);
        streams.retain(|(_, log)| {
            let goes = spare > 0 && log.is_done();
            spare -= usize::from(goes);
            !goes
        });
        streams.push((number, Arc::clone(log)));
    }

    /// Ends everything.
    pub(super) fn close(&self) {
        for (_, running) in lock(&self.running).drain() {
            running.ctx.cancel();
            running.task.abort();
        }
        self.standalone.end();
        for (_, log) in lock(&self.streams).drain(..) {
            log.end();
        }
    }
}

/// The stream of one POST, and how many of its calls are not done.
struct Stream {
    log: Arc<EventLog>,
    open: AtomicUsize,
}

struct Ending(Arc<Stream>);

impl Drop for Ending {
    fn drop(&mut self) {
        if self.0.open.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.log.end();
        }
    }
}

fn frames(peer: &mut Peer) -> Vec<Vec<u8>> {
    std::iter::from_fn(|| peer.poll_transmit()).collect()
}

/// 128 random bits: nobody guesses them.
fn fresh_id() -> Result<HeaderValue, getrandom::Error> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits)?;
    let text: String = bits.iter().map(|byte| format!("{byte:02x}")).collect();
    // Hexadecimal digits always make a header.
    HeaderValue::from_str(&text).map_err(|_| getrandom::Error::UNEXPECTED)
}
