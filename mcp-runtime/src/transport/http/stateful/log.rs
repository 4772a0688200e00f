//! A stream of events of a session, kept for a client that comes back for it.

use std::sync::{Arc, MutexGuard};
use std::task::{Context, Poll, Waker};

use super::kept::Share;
use crate::call::{Class, Frame, Outlet};
use crate::lock::Lock;
use crate::service::Queue;
use crate::wait::Wakers;

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
    state: Lock<State>,
    share: Arc<Share>,
}

pub(super) struct State {
    queue: Queue,
    /// Up to which event nothing is kept.
    forgotten: u64,
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
    waiting_for_room: Wakers,
}

impl EventLog {
    pub(super) fn new(number: u64, share: &Arc<Share>) -> Self {
        let state = State {
            queue: Queue::new(share.kept().most_said()),
            forgotten: 0,
            ended: false,
            disconnect: false,
            readers: Vec::new(),
            last_reader: 0,
            is_awaited: false,
            waiting_for_room: Wakers::default(),
        };
        Self { number, resumes: false, state: Lock::new(state), share: Arc::clone(share) }
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

    /// How many messages wait in it, and how many bytes.
    pub(super) fn waiting(&self) -> (u64, u64) {
        let state = self.lock();
        (state.queue.waiting_frames(), state.queue.waiting() as u64)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Changes what is kept, and charges it.
    fn change<R>(&self, state: &mut State, change: impl FnOnce(&mut Queue) -> R) -> R {
        let before = state.queue.bytes();
        let result = change(&mut state.queue);
        let now = state.queue.bytes();
        if now > before {
            self.share.take(now - before);
        } else if now < before {
            self.share.give_back(before - now);
        }
        result
    }

    /// Forgets the oldest, until what is left is within bounds.
    fn forget_old(&self, state: &mut State) {
        while state.queue.bytes() > HISTORY
            && (state.queue.is_oldest_sent() || (state.queue.len() > 1 && !state.is_read()))
        {
            self.forget_oldest(state);
        }
    }

    fn forget_oldest(&self, state: &mut State) {
        if let Some(place) = self.change(state, Queue::forget_oldest) {
            state.forgotten = place;
        }
    }

    /// Forgets the oldest of what others need the room for, while `is_needed`.
    pub(super) fn forget(&self, what: Forget, is_needed: &dyn Fn() -> bool) {
        let mut state = self.lock();
        let unheard = match what {
            Forget::Sent => false,
            Forget::Unclaimed => state.ended && !state.is_read(),
            Forget::Unheard => !state.is_read(),
        };
        while state.queue.bytes() > 0 && (unheard || state.queue.is_oldest_sent()) && is_needed() {
            self.forget_oldest(&mut state);
        }
    }

    /// Gives the events after a place, or those that were not sent, with their places.
    pub(super) fn give(&self, state: &mut State, after: Option<u64>, mut give: impl FnMut(u64, &[u8])) {
        let after = after.unwrap_or(state.queue.sent());
        self.change(state, |queue| {
            queue.tell_dropped();
            queue.after(after).for_each(|(place, frame)| give(place, frame));
            queue.all_sent();
        });
        self.forget_old(state);
        state.wake_calls();
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
        self.lock().queue.last() == 0
    }

    /// Whether all has been said.
    pub(super) fn is_ended(&self) -> bool {
        self.lock().ended
    }

    /// Whether all has been said and sent.
    pub(super) fn is_done(&self) -> bool {
        let state = self.lock();
        state.ended && state.queue.is_empty()
    }

    /// Whether somebody listens right now.
    pub(super) fn is_read(&self) -> bool {
        self.lock().is_read()
    }

    /// Whether so much waits that nothing more should be asked for.
    pub(super) fn is_full(&self) -> bool {
        self.lock().queue.waiting() >= FULL
    }

    /// What comes after an event.
    pub(super) fn rest(&self, place: u64) -> Remainder {
        let state = self.lock();
        let last = state.queue.last();
        if place > last || place < state.forgotten {
            Remainder::Unknown
        } else if place == last && state.ended {
            Remainder::Nothing
        } else {
            Remainder::There
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
pub(super) enum Remainder {
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
        self.queue.sent()
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

    fn wake(&mut self) {
        self.readers.iter_mut().filter_map(|(_, waker)| waker.take()).for_each(Waker::wake);
    }

    fn wake_calls(&mut self) {
        self.waiting_for_room.take().wake();
    }
}

impl Outlet for EventLog {
    fn send(&self, class: Class, mut frame: Frame) {
        // It may be kept for long.
        frame.shrink();
        let mut state = self.lock();
        state.queue.set_tight(self.share.kept().is_tight());
        let dropped = self.change(&mut state, |queue| queue.push(class, frame));
        self.share.kept().note_dropped(dropped);
        self.forget_old(&mut state);
        state.wake();
        drop(state);
        // Unlocked: this stream may be one of those that forget.
        self.share.kept().make_room();
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
        if !state.is_read() || !state.queue.is_behind() {
            return Poll::Ready(());
        }
        state.waiting_for_room.add(cx);
        Poll::Pending
    }
}

impl Drop for EventLog {
    fn drop(&mut self) {
        let bytes = self.state.get_mut().queue.bytes();
        // Of most streams nothing is kept.
        if bytes > 0 {
            self.share.give_back(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::kept::Kept;
    use super::super::streams::SessionStreams;
    use super::*;
    use crate::budget::Budget;
    use crate::call::Principal;

    #[test]
    fn a_stream_that_nobody_reads_keeps_four_mebibytes_or_the_newest_event() {
        let kept = Kept::new(Budget::new(usize::MAX), 1 << 20);
        let streams = SessionStreams::new(&kept, Principal::anonymous());
        let stream = streams.standalone();
        for _ in 0..5 {
            stream.answer(vec![b'x'; 1 << 20]);
        }
        let bytes = streams.share().bytes();
        assert!(bytes > 3 << 20 && bytes <= HISTORY, "{bytes}");
        assert_eq!((stream.rest(1), stream.rest(2)), (Remainder::Unknown, Remainder::There), "the oldest is gone");
        stream.answer(vec![b'x'; 2 * HISTORY]);
        let bytes = streams.share().bytes();
        assert!(bytes > 2 * HISTORY && bytes < 2 * HISTORY + 1024, "{bytes}");
        assert_eq!((stream.rest(4), stream.rest(5)), (Remainder::Unknown, Remainder::There));
    }

    #[test]
    fn what_was_read_of_a_stream_is_kept_up_to_four_mebibytes() {
        let kept = Kept::new(Budget::new(usize::MAX), 1 << 20);
        let streams = SessionStreams::new(&kept, Principal::anonymous());
        let stream = streams.standalone();
        stream.lock().attach(false);
        for _ in 0..6 {
            stream.answer(vec![b'x'; 1 << 20]);
        }
        assert!(streams.share().bytes() > 6 << 20, "what its reader was not sent is not forgotten");
        stream.give(&mut stream.lock(), None, |_, _| {});
        let bytes = streams.share().bytes();
        assert!(bytes > 3 << 20 && bytes <= HISTORY, "{bytes}");
    }
}
