//! A stream of events of a session, kept for a client that comes back for it.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use mcp_proto::engine::CallKey;

use super::session::Session;
use crate::call::Outlet;
use crate::transport::http::body::Events;

/// A stream is behind once this many bytes wait in it: progress is coalesced from there on.
const BEHIND: usize = 256 * 1024;

/// What a stream keeps at most, of what was sent and of what was not. Beyond it log messages are dropped, and what was
/// sent before is forgotten.
const FULL: usize = 1024 * 1024;

/// When a client whose stream was cut off should come back, in milliseconds.
const RETRY: u32 = 1000;

/// Names an event: its stream, and its place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EventId {
    pub(super) stream: u64,
    place: u64,
}

impl EventId {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (stream, place) = text.split_once('-')?;
        Some(Self { stream: stream.parse().ok()?, place: place.parse().ok()? })
    }
}

/// The events of one stream.
pub(super) struct EventLog {
    number: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    events: VecDeque<Event>,
    last: u64,
    bytes: usize,
    /// Up to which event the client has been sent.
    sent: u64,
    ended: bool,
    /// The reader is to go, and to come back later.
    disconnect: bool,
    /// Who reads: a newer reader ends an older one.
    reader: u64,
    waiting: Option<Waker>,
    /// Calls that wait until the client has caught up.
    waiting_for_room: Vec<Waker>,
}

struct Event {
    place: u64,
    frame: Bytes,
    /// The call whose progress it is.
    progress_of: Option<CallKey>,
}

impl EventLog {
    pub(super) fn new(number: u64) -> Self {
        Self { number, state: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an answer, which is never dropped.
    pub(super) fn answer(&self, frame: Vec<u8>) {
        self.lock().add(frame, None);
    }

    /// Nothing more will come.
    pub(super) fn end(&self) {
        let mut state = self.lock();
        state.ended = true;
        state.wake();
    }

    /// Whether nothing was ever said.
    pub(super) fn is_unused(&self) -> bool {
        self.lock().last == 0
    }

    /// Whether all has been said and sent.
    pub(super) fn is_done(&self) -> bool {
        let state = self.lock();
        state.ended && state.sent >= state.last
    }

    /// Whether somebody listens right now.
    pub(super) fn is_read(&self) -> bool {
        self.lock().waiting.is_some()
    }
}

impl State {
    fn add(&mut self, frame: Vec<u8>, progress_of: Option<CallKey>) {
        self.last += 1;
        self.bytes += frame.len();
        self.events.push_back(Event { place: self.last, frame: frame.into(), progress_of });
        while self.bytes > FULL && self.events.front().is_some_and(|event| event.place <= self.sent) {
            self.bytes -= self.events.pop_front().map_or(0, |event| event.frame.len());
        }
        self.wake();
    }

    /// The bytes that the client has not been sent.
    fn unsent(&self) -> usize {
        self.events.iter().rev().take_while(|event| event.place > self.sent).map(|event| event.frame.len()).sum()
    }

    fn wake(&mut self) {
        if let Some(waiting) = self.waiting.take() {
            waiting.wake();
        }
    }
}

impl Outlet for EventLog {
    fn acknowledge(&self, frame: Vec<u8>) {
        self.answer(frame);
    }

    fn progress(&self, call: CallKey, frame: Vec<u8>) {
        let mut state = self.lock();
        let sent = state.sent;
        if state.bytes >= BEHIND {
            let held = state.events.iter().position(|event| event.place > sent && event.progress_of == Some(call));
            if let Some(held) = held.and_then(|held| state.events.remove(held)) {
                state.bytes -= held.frame.len();
            }
        }
        state.add(frame, Some(call));
    }

    fn log(&self, frame: Vec<u8>) {
        let mut state = self.lock();
        if state.unsent() < FULL {
            state.add(frame, None);
        }
    }

    fn notice(&self, frame: Vec<u8>) {
        let mut state = self.lock();
        let sent = state.sent;
        let waits = state.events.iter().any(|event| event.place > sent && event.frame == frame);
        if !waits {
            state.add(frame, None);
        }
    }

    fn disconnect(&self) {
        let mut state = self.lock();
        state.disconnect = true;
        state.wake();
    }

    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        // A client that is gone reads nothing; its call goes on all the same, and what it says is bounded above.
        if state.waiting.is_some() || state.unsent() < BEHIND {
            return Poll::Ready(());
        }
        state.waiting_for_room.push(cx.waker().clone());
        Poll::Pending
    }
}

/// A client that listens to a stream.
pub(super) struct Reader {
    session: Arc<Session>,
    log: Arc<EventLog>,
    generation: u64,
    /// Where it is.
    place: u64,
    /// To be told first how to come back.
    unprimed: bool,
}

impl Reader {
    /// Listens from the beginning of what is kept, or on from after an event.
    pub(super) fn new(session: Arc<Session>, log: Arc<EventLog>, after: Option<EventId>) -> Self {
        let (generation, place) = {
            let mut state = log.lock();
            state.reader += 1;
            state.wake();
            (state.reader, after.map_or(state.sent, |after| after.place))
        };
        let unprimed = after.is_none() && session.primes_streams();
        Self { session, log, generation, place, unprimed }
    }
}

impl Events for Reader {
    fn poll_events(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let this = &mut *self;
        this.session.touch();
        let mut text = String::new();
        if std::mem::take(&mut this.unprimed) {
            let _ = write!(text, "id: {}-{}\nretry: {RETRY}\ndata: \n\n", this.log.number, this.place);
        }
        let mut state = this.log.lock();
        if state.reader != this.generation {
            return Poll::Ready(None);
        }
        for event in state.events.iter().filter(|event| event.place > this.place) {
            // Frames are JSON of our own making, which is UTF-8 without line breaks.
            let frame = std::str::from_utf8(&event.frame).unwrap_or_default();
            let _ = write!(text, "id: {}-{}\ndata: {frame}\n\n", this.log.number, event.place);
        }
        this.place = state.last;
        state.sent = state.sent.max(state.last);
        std::mem::take(&mut state.waiting_for_room).into_iter().for_each(Waker::wake);
        if !text.is_empty() {
            return Poll::Ready(Some(text.into()));
        }
        if state.ended || std::mem::take(&mut state.disconnect) {
            return Poll::Ready(None);
        }
        state.waiting = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut state = self.log.lock();
        if state.reader == self.generation {
            state.waiting = None;
            std::mem::take(&mut state.waiting_for_room).into_iter().for_each(Waker::wake);
        }
    }
}
