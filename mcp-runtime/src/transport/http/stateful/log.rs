//! A stream of events of a session, kept for a client that comes back for it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use mcp_proto::engine::CallKey;
use mcp_proto::wire::is_single_line;

use super::kept::Share;
use crate::call::{Outlet, dropped_logs};

/// A stream is behind once this many bytes wait in it: progress is coalesced from there on, and whoever awaits what it says
/// waits.
const BEHIND: usize = 256 * 1024;

/// Nothing more should be asked for once this many bytes wait.
const FULL: usize = 1024 * 1024;

/// What a stream keeps at most of what was sent, and, while nobody reads it, of what was not: as much as the buffers of a
/// connection hold, so that a client that loses its connection misses nothing. The newest event is kept whatever its size.
const HISTORY: usize = 4 * 1024 * 1024;

/// How many readers may listen to one stream; beyond it the oldest is let go.
const MOST_READERS: usize = 4;

/// The events of one stream.
pub(super) struct EventLog {
    number: u64,
    /// Whether its readers are told how to come back.
    resumes: bool,
    state: Mutex<State>,
    share: Arc<Share>,
}

#[derive(Default)]
pub(super) struct State {
    events: VecDeque<Event>,
    /// The place of the newest event; they are counted from 1.
    last: u64,
    bytes: usize,
    /// Up to which event the client has been sent.
    sent: u64,
    unsent_bytes: usize,
    /// Those of them that are no answers.
    unsent_said: usize,
    /// Up to which event nothing is kept.
    forgotten: u64,
    /// Log messages for which there was no room, and of which the client was not told yet.
    dropped_logs: u64,
    ended: bool,
    /// The reader is to go, and to come back later.
    disconnect: bool,
    /// Who listens, by number, each with how to wake it. Only the last is told anything: a message goes to one of a
    /// client's streams (2025-11-25, `basic/transports`, "Multiple Connections").
    readers: Vec<(u64, Option<Waker>)>,
    last_reader: u64,
    /// Whether the first reader is about to come.
    is_awaited: bool,
    /// Calls that wait until the client has caught up.
    waiting_for_room: Vec<Waker>,
}

pub(super) struct Event {
    pub(super) place: u64,
    pub(super) frame: Bytes,
    kind: EventKind,
}

impl Event {
    /// What keeping it costs.
    fn bytes(&self) -> usize {
        self.frame.len() + size_of::<Self>()
    }
}

/// A frame that may be kept for long.
fn kept(mut frame: Vec<u8>) -> Bytes {
    frame.shrink_to_fit();
    frame.into()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum EventKind {
    Answer,
    Progress(CallKey),
    /// A log message.
    Log,
    /// A notice of change.
    Notice,
}

impl EventLog {
    pub(super) fn new(number: u64, share: &Arc<Share>) -> Self {
        Self { number, resumes: false, state: Mutex::default(), share: Arc::clone(share) }
    }

    /// A stream that the client is about to be given: what is said before that goes at its pace, too.
    pub(super) fn about_to_be_read(number: u64, share: &Arc<Share>, resumes: bool) -> Self {
        let mut log = Self::new(number, share);
        log.resumes = resumes;
        log.lock().is_awaited = true;
        log
    }

    /// Which of the session's streams it is; 0 is the one outside of any request.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an answer, which is forgotten only if nobody comes for it and others need the room.
    pub(super) fn answer(&self, frame: Vec<u8>) {
        let mut state = self.lock();
        self.tell_dropped(&mut state);
        self.add(state, kept(frame), EventKind::Answer);
    }

    /// Tells of the log messages that were dropped, where there is room again or nothing else comes.
    fn tell_dropped(&self, state: &mut State) {
        let dropped = std::mem::take(&mut state.dropped_logs);
        if dropped > 0 {
            self.push(state, kept(dropped_logs(dropped)), EventKind::Log);
        }
    }

    /// Adds the last event of those that are added at once.
    fn add(&self, mut state: MutexGuard<'_, State>, frame: Bytes, kind: EventKind) {
        debug_assert!(is_single_line(&frame), "a frame of several lines");
        self.push(&mut state, frame, kind);
        self.forget_old(&mut state);
        state.wake();
        drop(state);
        // Unlocked: this stream may be one of those that forget.
        self.share.kept().make_room();
    }

    fn push(&self, state: &mut State, frame: Bytes, kind: EventKind) {
        state.last += 1;
        let event = Event { place: state.last, frame, kind };
        state.add_unsent(&event);
        state.bytes += event.bytes();
        self.share.take(event.bytes());
        state.events.push_back(event);
    }

    /// Takes an event out that another makes needless.
    fn remove(&self, state: &mut State, at: usize) {
        if let Some(gone) = state.events.remove(at) {
            state.bytes -= gone.bytes();
            state.take_unsent(&gone);
            self.share.give_back(gone.bytes());
        }
    }

    /// Forgets the oldest, until what is left is within bounds.
    fn forget_old(&self, state: &mut State) {
        while state.bytes > HISTORY && (state.is_oldest_sent() || (state.events.len() > 1 && !state.is_read())) {
            self.forget_oldest(state);
        }
    }

    fn forget_oldest(&self, state: &mut State) {
        let Some(gone) = state.events.pop_front() else { return };
        let bytes = gone.bytes();
        if gone.place > state.sent {
            state.sent = gone.place;
            state.take_unsent(&gone);
        }
        state.forgotten = gone.place;
        state.bytes -= bytes;
        self.share.give_back(bytes);
    }

    /// Forgets the oldest of what others need the room for, while `is_needed`.
    pub(super) fn forget(&self, what: Forget, is_needed: &dyn Fn() -> bool) {
        let mut state = self.lock();
        let unheard = match what {
            Forget::Sent => false,
            Forget::Unclaimed => state.ended && !state.is_read(),
            Forget::Unheard => !state.is_read(),
        };
        while !state.events.is_empty() && (unheard || state.is_oldest_sent()) && is_needed() {
            self.forget_oldest(&mut state);
        }
    }

    /// The reader has been given everything.
    pub(super) fn all_sent(&self, state: &mut State) {
        state.sent = state.last;
        (state.unsent_bytes, state.unsent_said) = (0, 0);
        self.forget_old(state);
        state.wake_calls();
    }

    /// So many unsent bytes, and the client is behind.
    fn behind(&self) -> usize {
        BEHIND.min(self.share.kept().most_said())
    }

    /// The reader of this number is gone, and what was kept for it may be forgotten.
    pub(super) fn detach(&self, reader: u64) {
        let mut state = self.lock();
        state.detach(reader);
        self.forget_old(&mut state);
        drop(state);
        // Unlocked: this stream may be one of those that forget.
        self.share.kept().make_room_again();
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

    /// Whether all has been said.
    pub(super) fn is_ended(&self) -> bool {
        self.lock().ended
    }

    /// Whether all has been said and sent.
    pub(super) fn is_done(&self) -> bool {
        let state = self.lock();
        state.ended && state.sent >= state.last
    }

    /// Whether somebody listens right now.
    pub(super) fn is_read(&self) -> bool {
        self.lock().is_read()
    }

    /// Whether so much waits that nothing more should be asked for.
    pub(super) fn is_full(&self) -> bool {
        self.lock().unsent_bytes >= FULL
    }

    /// What comes after an event.
    pub(super) fn rest(&self, place: u64) -> Rest {
        let state = self.lock();
        if place > state.last || place < state.forgotten {
            Rest::Unknown
        } else if place == state.last && state.ended {
            Rest::Nothing
        } else {
            Rest::There
        }
    }
}

/// What of a stream is to be forgotten.
#[derive(Clone, Copy, Debug)]
pub(super) enum Forget {
    /// What its client was sent.
    Sent,
    /// All of a stream that has ended, and that nobody has come back for.
    Unclaimed,
    /// All of a stream that nobody listens to.
    Unheard,
}

/// What comes after an event of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// Something, or it may yet; and all of it is kept.
    There,
    /// Nothing, ever.
    Nothing,
    /// Some of it is not kept any more, or the event never was.
    Unknown,
}

impl State {
    /// A reader is there now; its number. One that comes back for the rest takes the place of those before it, which have
    /// lost their connection.
    pub(super) fn attach(&mut self, comes_back: bool) -> u64 {
        self.is_awaited = false;
        self.last_reader += 1;
        self.wake();
        if comes_back {
            self.readers.clear();
        } else if self.readers.len() >= MOST_READERS {
            self.readers.remove(0);
        }
        self.readers.push((self.last_reader, None));
        self.last_reader
    }

    /// The reader of this number is gone.
    fn detach(&mut self, reader: u64) {
        self.readers.retain(|(number, _)| *number != reader);
        // One before it may be told what comes from now on.
        self.wake();
        self.wake_calls();
    }

    /// Whether somebody listens, or is about to. It may be stuck.
    fn is_read(&self) -> bool {
        self.is_awaited || !self.readers.is_empty()
    }

    /// Whether the client was sent the oldest event that is kept.
    fn is_oldest_sent(&self) -> bool {
        self.events.front().is_some_and(|event| event.place <= self.sent)
    }

    /// Whether a reader has been let go.
    pub(super) fn is_let_go(&self, reader: u64) -> bool {
        self.readers.iter().all(|(number, _)| *number != reader)
    }

    /// Whether this reader is the one that is told.
    pub(super) fn is_told(&self, reader: u64) -> bool {
        self.readers.last().is_some_and(|(number, _)| *number == reader)
    }

    /// Up to which event the client has been sent.
    pub(super) fn sent(&self) -> u64 {
        self.sent
    }

    /// The events after a place.
    pub(super) fn after(&self, place: u64) -> impl Iterator<Item = &Event> {
        self.events.range(self.first_after(place)..)
    }

    /// Whether the reader has no more to wait for.
    pub(super) fn is_over(&mut self) -> bool {
        self.ended || std::mem::take(&mut self.disconnect)
    }

    pub(super) fn wait(&mut self, reader: u64, cx: &Context<'_>) {
        if let Some((_, waker)) = self.readers.iter_mut().find(|(number, _)| *number == reader) {
            *waker = Some(cx.waker().clone());
        }
    }

    fn unsent(&self) -> impl Iterator<Item = (usize, &Event)> {
        self.events.iter().enumerate().skip(self.first_after(self.sent))
    }

    /// Where the first event after a place is kept. They are kept in order, and there may be thousands.
    fn first_after(&self, place: u64) -> usize {
        self.events.partition_point(|event| event.place <= place)
    }

    fn add_unsent(&mut self, event: &Event) {
        self.unsent_bytes += event.bytes();
        if event.kind != EventKind::Answer {
            self.unsent_said += event.bytes();
        }
    }

    fn take_unsent(&mut self, event: &Event) {
        self.unsent_bytes -= event.bytes();
        if event.kind != EventKind::Answer {
            self.unsent_said -= event.bytes();
        }
    }

    fn wake(&mut self) {
        self.readers.iter_mut().filter_map(|(_, waker)| waker.take()).for_each(Waker::wake);
    }

    fn wake_calls(&mut self) {
        std::mem::take(&mut self.waiting_for_room).into_iter().for_each(Waker::wake);
    }
}

impl Outlet for EventLog {
    fn acknowledge(&self, frame: Vec<u8>) {
        self.answer(frame);
    }

    fn progress(&self, call: CallKey, frame: Vec<u8>) {
        let mut state = self.lock();
        if state.unsent_bytes >= self.behind() {
            let held = state.unsent().find(|(_, event)| event.kind == EventKind::Progress(call)).map(|(at, _)| at);
            held.into_iter().for_each(|at| self.remove(&mut state, at));
            if held.is_none() && state.unsent_said >= self.share.kept().most_said() {
                return;
            }
        }
        self.add(state, kept(frame), EventKind::Progress(call));
    }

    fn log(&self, frame: Vec<u8>) {
        let mut state = self.lock();
        if state.unsent_said >= self.share.kept().most_said() {
            state.dropped_logs += 1;
            return;
        }
        self.tell_dropped(&mut state);
        self.add(state, kept(frame), EventKind::Log);
    }

    fn notice(&self, frame: Bytes) {
        let mut state = self.lock();
        if state.unsent().any(|(_, event)| event.frame == frame) {
            return;
        }
        // For a client that does not listen the oldest goes: such a client must look again anyway.
        while state.unsent_said >= self.share.kept().most_said() {
            let oldest = state.unsent().find(|(_, event)| event.kind == EventKind::Notice).map(|(at, _)| at);
            let Some(oldest) = oldest else { break };
            self.remove(&mut state, oldest);
        }
        self.add(state, frame, EventKind::Notice);
    }

    fn is_heard(&self) -> bool {
        self.is_read()
    }

    fn disconnect(&self) {
        if !self.resumes {
            // Its answer would be lost.
            return;
        }
        let mut state = self.lock();
        state.disconnect = true;
        state.wake();
    }

    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        // A client that is gone reads nothing; its call goes on all the same, and what it says is bounded above.
        if !state.is_read() || state.unsent_bytes < self.behind() {
            return Poll::Ready(());
        }
        if !state.waiting_for_room.iter().any(|waker| waker.will_wake(cx.waker())) {
            state.waiting_for_room.push(cx.waker().clone());
        }
        Poll::Pending
    }
}

impl Drop for EventLog {
    fn drop(&mut self) {
        let bytes = self.state.get_mut().unwrap_or_else(PoisonError::into_inner).bytes;
        // Of most streams nothing is kept.
        if bytes > 0 {
            self.share.give_back(bytes);
        }
    }
}
