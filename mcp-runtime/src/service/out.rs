//! What waits to be written to a peer, within bounds.
//!
//! Answers are always taken in: there are at most as many as calls in flight, and the transport reads no new request
//! while the peer is behind. What calls say meanwhile is bounded here: progress is coalesced, log messages are dropped
//! and counted, notices are not doubled. All that waits, and what is being written, is charged to the server's budget.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread::{self, ThreadId};

use bytes::Bytes;
use mcp_proto::engine::CallKey;
use mcp_proto::wire::is_single_line;

use crate::budget::{Budget, Charge};
use crate::call::{Outlet, dropped_logs};

/// A peer is behind once this many bytes wait for it. A pipe holds 64 KiB; more than a few of those is no hiccup.
const BEHIND: usize = 256 * 1024;

/// Different notices that wait for a peer that is behind. Beyond it the oldest goes: such a peer must look again anyway.
const NOTICES: usize = 4096;

/// How long what a call says may wait for the end of the poll, before the writer comes to it.
#[cfg(feature = "stdio")]
const SHORT: std::time::Duration = std::time::Duration::from_millis(1);

/// The frames that wait for one peer, ready to be written.
pub(crate) struct Out {
    framing: Framing,
    state: Mutex<State>,
    /// For a writer that is a thread.
    filled: Condvar,
    /// For a reader that waits, as a thread, until the peer has caught up.
    drained: Condvar,
}

/// What stands around each frame.
#[derive(Clone, Copy)]
pub(crate) struct Framing {
    before: &'static [u8],
    after: &'static [u8],
}

impl Framing {
    /// A line for each frame.
    pub(crate) const LINES: Self = Self { before: b"", after: b"\n" };
    /// A server-sent event for each frame.
    #[cfg(feature = "http")]
    pub(crate) const EVENTS: Self = Self { before: b"data: ", after: b"\n\n" };
}

struct State {
    bytes: Vec<u8>,
    /// So many bytes in it, and the peer is behind.
    behind: usize,
    /// The most bytes of log messages, progress and notices that wait together. Who awaits each message never comes near.
    most_said: usize,
    /// Somebody is writing what was taken before, and how many bytes it has.
    writing: bool,
    written_bytes: usize,
    /// What is charged for all that is here.
    charge: Charge,
    /// Whoever polls a call, and will write very soon.
    polled: Option<Polled>,
    /// The newest progress of each call, for a peer that is behind.
    progress: Vec<(CallKey, Vec<u8>)>,
    notices: VecDeque<Bytes>,
    /// The bytes of `progress`, and of `notices`.
    progress_bytes: usize,
    notice_bytes: usize,
    /// Those of the log messages in `bytes`, and of the notices and the progress that were released into it.
    said_bytes: usize,
    dropped_logs: u64,
    waiting: Vec<Waker>,
    closed: bool,
    /// Whether a thread waits for `filled`, or for `drained`. Waking nobody costs a system call.
    writer_waits: bool,
    /// The task that writes, while it waits.
    writer: Option<Waker>,
    reader_waits: bool,
}

/// A thread that polls a call, and will look for what it has said.
struct Polled {
    by: ThreadId,
    /// The writer was told that something waits.
    is_told: bool,
}

impl State {
    fn new(budget: &Arc<Budget>, most_said: usize) -> Self {
        Self {
            bytes: Vec::new(),
            behind: BEHIND.min(most_said),
            most_said,
            writing: false,
            written_bytes: 0,
            charge: Charge::new(budget),
            polled: None,
            progress: Vec::new(),
            notices: VecDeque::new(),
            progress_bytes: 0,
            notice_bytes: 0,
            said_bytes: 0,
            dropped_logs: 0,
            waiting: Vec::new(),
            closed: false,
            writer_waits: false,
            writer: None,
            reader_waits: false,
        }
    }

    /// Charges what is here now.
    #[inline]
    fn charge(&mut self) {
        let bytes = self.bytes.len() + self.written_bytes + self.progress_bytes + self.notice_bytes;
        self.charge.set_large(bytes);
    }

    /// The same where there is less here than before.
    #[inline]
    fn charge_less(&mut self) {
        if !self.charge.is_nothing() {
            self.charge();
        }
    }

    fn push(&mut self, framing: Framing, frame: &[u8]) {
        debug_assert!(is_single_line(frame), "a frame of several lines");
        self.bytes.extend_from_slice(framing.before);
        self.bytes.extend_from_slice(frame);
        self.bytes.extend_from_slice(framing.after);
    }

    /// Adds frames that end in newlines: answers. They come after the notices that are held back.
    fn push_lines(&mut self, framing: Framing, lines: &mut Vec<u8>) {
        if lines.is_empty() {
            return;
        }
        self.release_notices(framing);
        if self.bytes.is_empty() {
            std::mem::swap(&mut self.bytes, lines);
        } else {
            self.bytes.append(lines);
        }
    }

    fn is_behind(&self) -> bool {
        self.bytes.len() >= self.behind
    }

    /// The bytes of all that calls have said and of the notices, beside the answers.
    fn said(&self) -> usize {
        self.said_bytes + self.progress_bytes + self.notice_bytes
    }

    fn release_notices(&mut self, framing: Framing) {
        // With so much of it there already, what is released would wait no less.
        while self.said_bytes < self.most_said
            && let Some(notice) = self.notices.pop_front()
        {
            self.push(framing, &notice);
            self.notice_bytes -= notice.len();
            self.said_bytes += notice.len();
        }
    }

    /// Moves what was held back to where it will be written.
    #[inline]
    fn release(&mut self, framing: Framing) {
        // As most often.
        if !self.notices.is_empty() || !self.progress.is_empty() || self.dropped_logs > 0 {
            self.release_held(framing);
        }
    }

    #[cold]
    fn release_held(&mut self, framing: Framing) {
        self.release_notices(framing);
        for (_, frame) in std::mem::take(&mut self.progress) {
            self.push(framing, &frame);
        }
        self.said_bytes += std::mem::take(&mut self.progress_bytes);
        let dropped = std::mem::take(&mut self.dropped_logs);
        if dropped > 0 {
            self.push(framing, &dropped_logs(dropped));
        }
    }
}

impl Out {
    /// Nothing yet; what will wait is charged to this budget. Of what is not an answer so many bytes may wait.
    pub(crate) fn new(framing: Framing, budget: &Arc<Budget>, most_said: usize) -> Self {
        Self {
            framing,
            state: Mutex::new(State::new(budget, most_said)),
            filled: Condvar::new(),
            drained: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes frames that end in newlines: answers. `lines` is empty afterwards.
    pub(crate) fn push_lines(&self, lines: &mut Vec<u8>) {
        let mut state = self.lock();
        state.push_lines(self.framing, lines);
        if !state.bytes.is_empty() {
            self.pushed(&mut state);
        }
    }

    /// A call is polled by this thread, which will write what it says: all of it at once, when the call waits or is over.
    /// Until [`end_poll`](Self::end_poll) the writer is told once, and comes only if the poll takes long.
    pub(crate) fn begin_poll(&self) {
        self.lock().polled = Some(Polled { by: thread::current().id(), is_told: false });
    }

    /// The call was polled.
    pub(crate) fn end_poll(&self) {
        self.lock().polled = None;
    }

    /// Brings the last progress of a call that was held back before its answer.
    pub(crate) fn settle(&self, key: CallKey) {
        let mut state = self.lock();
        if let Some(held) = state.progress.iter().position(|(call, _)| *call == key) {
            let (_, frame) = state.progress.swap_remove(held);
            state.progress_bytes -= frame.len();
            state.push(self.framing, &frame);
            state.charge();
        }
    }

    /// Adds `lines` to what waits, and takes all of it into `lines` to be written right away. Not where somebody writes
    /// already: they will come to it. End a granted write with [`written`](Self::written).
    #[cfg(feature = "stdio")]
    pub(crate) fn push_and_take(&self, lines: &mut Vec<u8>) -> bool {
        let mut state = self.lock();
        state.push_lines(self.framing, lines);
        state.charge();
        self.take_from(state, lines)
    }

    /// A granted write has ended.
    pub(crate) fn written(&self) {
        let mut state = self.lock();
        state.writing = false;
        state.written_bytes = 0;
        state.charge_less();
        if !state.bytes.is_empty() || state.closed {
            self.wake_writer(&mut state);
        }
        self.wake_reader(&state);
    }

    /// Swaps what waits into `buf`, which must be empty; the caller writes it. Whether there was anything.
    fn take(&self, buf: &mut Vec<u8>) -> bool {
        self.take_from(self.lock(), buf)
    }

    fn take_from(&self, mut state: MutexGuard<'_, State>, buf: &mut Vec<u8>) -> bool {
        if state.writing {
            return false;
        }
        if state.bytes.is_empty() {
            state.release(self.framing);
        }
        if state.bytes.is_empty() {
            return false;
        }
        std::mem::swap(&mut state.bytes, buf);
        state.said_bytes = 0;
        state.writing = true;
        if let Some(polled) = &mut state.polled {
            polled.is_told = false;
        }
        state.release(self.framing);
        // As much as before is here, and charged.
        state.written_bytes = buf.len();
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
        true
    }

    /// Waits, as a thread, for something to write. `false` when there never will be.
    #[cfg(feature = "stdio")]
    pub(crate) fn take_blocking(&self, buf: &mut Vec<u8>) -> bool {
        loop {
            // Whoever polls a call is about to write what it says. A call that works on without waiting is not waited for.
            let state = self.lock();
            if state.polled.is_some() && !state.bytes.is_empty() {
                let is_polled = |state: &mut State| state.polled.is_some();
                drop(self.filled.wait_timeout_while(state, SHORT, is_polled).unwrap_or_else(PoisonError::into_inner));
            } else {
                drop(state);
            }
            if self.take(buf) {
                return true;
            }
            let state = self.lock();
            if state.closed && state.bytes.is_empty() && !state.writing {
                return false;
            }
            let idle = |state: &mut State| {
                state.writer_waits = state.writing || (state.bytes.is_empty() && !state.closed);
                state.writer_waits
            };
            drop(self.filled.wait_while(state, idle).unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Waits, as a task, for something to write. `false` when there never will be. One task at a time may wait.
    pub(crate) fn poll_take(&self, cx: &mut Context<'_>, buf: &mut Vec<u8>) -> Poll<bool> {
        // Left before it is looked at, so that what comes in between wakes.
        self.lock().writer = Some(cx.waker().clone());
        if self.take(buf) {
            return Poll::Ready(true);
        }
        if self.lock().closed { Poll::Ready(false) } else { Poll::Pending }
    }

    /// Whether nothing waits.
    #[cfg(feature = "http")]
    pub(crate) fn is_empty(&self) -> bool {
        let state = self.lock();
        state.bytes.is_empty() && state.notices.is_empty() && state.progress.is_empty() && state.dropped_logs == 0
    }

    /// All that waits, at once.
    #[cfg(feature = "http")]
    pub(crate) fn take_all(&self) -> Vec<u8> {
        let mut state = self.lock();
        let bytes = std::mem::take(&mut state.bytes);
        state.said_bytes = 0;
        state.charge_less();
        bytes
    }

    /// Adds the last frame, an answer, after all that was held back.
    #[cfg(feature = "http")]
    pub(crate) fn push_last(&self, frame: &[u8]) {
        let mut state = self.lock();
        state.release(self.framing);
        state.push(self.framing, frame);
        self.pushed(&mut state);
    }

    /// Waits, as a thread, until the peer is no longer behind: the reader's way to push back.
    #[cfg(feature = "stdio")]
    pub(crate) fn wait_for_room(&self) {
        let state = self.lock();
        let behind = |state: &mut State| {
            state.reader_waits = state.is_behind() && !state.closed;
            state.reader_waits
        };
        drop(self.drained.wait_while(state, behind).unwrap_or_else(PoisonError::into_inner));
    }

    /// Nothing more will come.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        self.wake_writer(&mut state);
        self.wake_reader(&state);
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Something waits that did not before.
    fn pushed(&self, state: &mut State) {
        state.charge();
        self.wake_writer(state);
    }

    fn wake_writer(&self, state: &mut State) {
        if let Some(polled) = &mut state.polled
            && polled.by == thread::current().id()
            && std::mem::replace(&mut polled.is_told, true)
        {
            return;
        }
        if state.writer_waits {
            self.filled.notify_one();
        }
        if let Some(writer) = state.writer.take() {
            writer.wake();
        }
    }

    fn wake_reader(&self, state: &State) {
        if state.reader_waits {
            self.drained.notify_all();
        }
    }
}

impl Outlet for Out {
    fn acknowledge(&self, frame: Vec<u8>) {
        let mut state = self.lock();
        state.release_notices(self.framing);
        state.push(self.framing, &frame);
        self.pushed(&mut state);
    }

    fn progress(&self, call: CallKey, frame: Vec<u8>) {
        let mut state = self.lock();
        if !state.is_behind() {
            state.push(self.framing, &frame);
        } else if let Some((_, held)) = state.progress.iter_mut().find(|(held, _)| *held == call) {
            let (before, now) = (held.len(), frame.len());
            *held = frame;
            state.progress_bytes = state.progress_bytes - before + now;
        } else if state.said() + frame.len() <= state.most_said {
            state.progress_bytes += frame.len();
            state.progress.push((call, frame));
        }
        self.pushed(&mut state);
    }

    fn log(&self, frame: Vec<u8>) {
        let mut state = self.lock();
        if state.said() >= state.most_said {
            state.dropped_logs += 1;
            return;
        }
        state.said_bytes += frame.len();
        state.push(self.framing, &frame);
        self.pushed(&mut state);
    }

    fn notice(&self, frame: Bytes) {
        let mut state = self.lock();
        if !state.is_behind() && state.notices.is_empty() {
            state.push(self.framing, &frame);
        } else if !state.notices.contains(&frame) {
            while state.notices.len() >= NOTICES || state.said() + frame.len() > state.most_said {
                let Some(oldest) = state.notices.pop_front() else { break };
                state.notice_bytes -= oldest.len();
            }
            state.notice_bytes += frame.len();
            state.notices.push_back(frame);
        }
        self.pushed(&mut state);
    }

    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if !state.is_behind() || state.closed {
            return Poll::Ready(());
        }
        if !state.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            state.waiting.push(cx.waker().clone());
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests;
