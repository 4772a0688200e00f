//! What waits to be written to a peer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::thread::{self, ThreadId};

use super::queue::Queue;
use super::waiting::{Waiting, Waits};
use crate::budget::{Budget, Charge};
use crate::call::{Class, Frame, Frames, Outlet};
use crate::lock::Lock;
use crate::wait::Wakers;

/// How long what a call says may wait for the end of the poll, before the writer comes to it.
#[cfg(feature = "stdio")]
const SHORT: std::time::Duration = std::time::Duration::from_millis(1);

/// The frames that wait for one peer, and who writes them. They, and what is being written, are charged to the server's
/// budget.
pub(crate) struct Out {
    state: Lock<State>,
    /// Whether nothing waits and nobody writes. Changed with the state locked.
    is_quiet: AtomicBool,
    /// For a writer that is a thread.
    filled: Condvar,
    /// For a reader that waits, as a thread, until the peer has caught up.
    drained: Condvar,
}

struct State {
    queue: Queue,
    /// Somebody is writing what was taken before, and how many bytes it has.
    writing: bool,
    written_bytes: usize,
    /// What is charged for all that is here.
    charge: Charge,
    /// Whoever polls a call, and will write very soon.
    polled: Option<Polled>,
    waiting: Wakers,
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
    /// Charges what is here now.
    #[inline]
    fn charge(&mut self) {
        self.charge.set_large(self.queue.bytes() + self.written_bytes);
    }

    fn push(&mut self, frames: &mut Frames) {
        while let Some(frame) = frames.pop() {
            self.queue.push(Class::Answer, frame);
        }
    }

    /// Moves all that waits to `frames`, which the caller writes. Whether there was anything.
    fn take(&mut self, frames: &mut Frames) -> bool {
        if self.writing || self.queue.is_empty() {
            return false;
        }
        self.queue.take(frames);
        self.begin_write(frames);
        true
    }

    fn begin_write(&mut self, frames: &Frames) {
        self.writing = true;
        self.written_bytes = frames.bytes();
        self.charge();
        if let Some(polled) = &mut self.polled {
            polled.is_told = false;
        }
    }
}

impl Out {
    /// Nothing yet; what will wait is charged to this budget. Of what is not an answer so many bytes may wait.
    pub(crate) fn new(budget: &Arc<Budget>, limit: usize) -> Self {
        let state = State {
            queue: Queue::new(limit),
            writing: false,
            written_bytes: 0,
            charge: Charge::new(budget),
            polled: None,
            waiting: Wakers::default(),
            closed: false,
            writer_waits: false,
            writer: None,
            reader_waits: false,
        };
        let (filled, drained) = (Condvar::new(), Condvar::new());
        Self { state: Lock::new(state), is_quiet: AtomicBool::new(true), filled, drained }
    }

    /// Takes answers in. `frames` is empty afterwards.
    pub(crate) fn push(&self, frames: &mut Frames) {
        let mut state = self.state.lock();
        state.push(frames);
        if !state.queue.is_empty() {
            self.pushed(&mut state);
        }
    }

    /// Takes answers in that go before all that is said from now on. Who does so is about to write them: nobody is told.
    pub(crate) fn push_first(&self, frames: &mut Frames) {
        let mut state = self.state.lock();
        state.push(frames);
        state.charge();
        self.is_quiet.store(false, Ordering::Release);
    }

    /// A call is polled by this thread, which will write what it says: all of it at once, when the call waits or is over.
    /// Until [`end_poll`](Self::end_poll) the writer is told once, and comes only if the poll takes long.
    pub(crate) fn begin_poll(&self) {
        self.state.lock().polled = Some(Polled { by: thread::current().id(), is_told: false });
    }

    /// The call was polled.
    pub(crate) fn end_poll(&self) {
        self.state.lock().polled = None;
    }

    /// Adds answers to what waits, and takes all of it into `frames` to be written right away. Not where somebody writes
    /// already: they will come to it. End a granted write with [`written`](Self::written).
    #[cfg(any(feature = "stdio", feature = "streams"))]
    pub(crate) fn push_and_take(&self, frames: &mut Frames) -> bool {
        let mut state = self.state.lock();
        if state.writing || !state.queue.is_empty() {
            return self.push_behind(state, frames);
        }
        let is_any = !frames.is_empty();
        if is_any {
            state.begin_write(frames);
            self.is_quiet.store(false, Ordering::Release);
        }
        is_any
    }

    /// Whether nothing waits and nobody writes. Who alone can write, and finds it so, may write what comes behind all that was
    /// said before, and has nothing to [end](Self::written); what cannot be written at once is [begun](Self::begun).
    #[cfg(feature = "streams")]
    pub(crate) fn is_quiet(&self) -> bool {
        self.is_quiet.load(Ordering::Acquire)
    }

    /// These frames are being written, without having been taken from here.
    #[cfg(feature = "streams")]
    pub(crate) fn begun(&self, frames: &Frames) {
        let mut state = self.state.lock();
        state.begin_write(frames);
        self.is_quiet.store(false, Ordering::Release);
    }

    #[cfg(any(feature = "stdio", feature = "streams"))]
    #[inline(never)]
    fn push_behind(&self, mut state: MutexGuard<'_, State>, frames: &mut Frames) -> bool {
        state.push(frames);
        state.charge();
        self.take_from(state, frames)
    }

    /// A granted write has ended. Whether there is room for what is read next.
    pub(crate) fn written(&self) -> bool {
        let mut state = self.state.lock();
        state.writing = false;
        state.written_bytes = 0;
        if !state.charge.is_nothing() {
            state.charge();
        }
        let is_quiet = state.queue.is_empty();
        self.is_quiet.store(is_quiet, Ordering::Release);
        if !is_quiet || state.closed {
            self.wake_writer(&mut state);
        }
        self.wake_reader(&state);
        !state.queue.is_behind()
    }

    /// Moves all that waits to `frames`, which the caller writes. Whether there was anything.
    #[cfg(any(test, feature = "http", feature = "client-stdio"))]
    pub(crate) fn take(&self, frames: &mut Frames) -> bool {
        self.take_from(self.state.lock(), frames)
    }

    fn take_from(&self, mut state: MutexGuard<'_, State>, frames: &mut Frames) -> bool {
        let is_any = state.take(frames);
        if is_any {
            self.is_quiet.store(false, Ordering::Release);
            let waiting = state.waiting.take();
            drop(state);
            waiting.wake();
        }
        is_any
    }

    /// Waits, as a thread, for something to write. `false` when there never will be.
    #[cfg(feature = "stdio")]
    pub(crate) fn take_blocking(&self, frames: &mut Frames) -> bool {
        loop {
            // Whoever polls a call is about to write what it says. A call that works on without waiting is not waited for.
            let mut state = self.state.lock();
            if state.polled.is_some() && !state.queue.is_empty() {
                let is_polled = |state: &mut State| state.polled.is_some();
                let waited = self.filled.wait_timeout_while(state, SHORT, is_polled);
                state = waited.unwrap_or_else(std::sync::PoisonError::into_inner).0;
            }
            if !state.writing && !state.queue.is_empty() {
                return self.take_from(state, frames);
            }
            if state.closed && state.queue.is_empty() && !state.writing {
                return false;
            }
            let idle = |state: &mut State| {
                state.writer_waits = state.writing || (state.queue.is_empty() && !state.closed);
                state.writer_waits
            };
            drop(self.filled.wait_while(state, idle).unwrap_or_else(std::sync::PoisonError::into_inner));
        }
    }

    /// Waits, as a task, for something to write. `false` when there never will be. One task at a time may wait.
    pub(crate) fn poll_take(&self, cx: &mut Context<'_>, frames: &mut Frames) -> Poll<bool> {
        let mut state = self.state.lock();
        if !state.writing && !state.queue.is_empty() {
            return Poll::Ready(self.take_from(state, frames));
        }
        if state.closed {
            return Poll::Ready(false);
        }
        state.writer = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Waits, as a task, until something is there to write. One task at a time may wait.
    #[cfg(feature = "http")]
    pub(crate) fn poll_filled(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state.lock();
        if !state.queue.is_empty() {
            return Poll::Ready(());
        }
        state.writer = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Whether nothing waits.
    #[cfg(feature = "http")]
    pub(crate) fn is_empty(&self) -> bool {
        self.state.lock().queue.is_empty()
    }

    /// Waits, as a thread, until the peer is no longer behind: the reader's way to push back.
    #[cfg(feature = "stdio")]
    pub(crate) fn wait_for_room(&self) {
        let state = self.state.lock();
        let behind = |state: &mut State| {
            state.reader_waits = state.queue.is_behind() && !state.closed;
            state.reader_waits
        };
        drop(self.drained.wait_while(state, behind).unwrap_or_else(std::sync::PoisonError::into_inner));
    }

    /// Nothing more will come.
    pub(crate) fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        self.wake_writer(&mut state);
        self.wake_reader(&state);
        let waiting = state.waiting.take();
        drop(state);
        waiting.wake();
    }

    /// Adds to the queue, and notes how many messages were dropped instead.
    #[inline]
    fn add(&self, add: impl FnOnce(&mut Queue) -> u64) {
        let mut state = self.state.lock();
        let is_tight = state.charge.budget().is_tight();
        state.queue.set_tight(is_tight);
        let dropped = add(&mut state.queue);
        state.charge.budget().note_dropped(dropped);
        self.pushed(&mut state);
    }

    /// Something waits that did not before.
    fn pushed(&self, state: &mut State) {
        self.is_quiet.store(false, Ordering::Release);
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

impl Waits for Out {
    fn waiting(&self) -> Waiting {
        let state = self.state.lock();
        let bytes = (state.queue.waiting() + state.written_bytes) as u64;
        Waiting { messages: state.queue.waiting_frames(), bytes, most_bytes: bytes, ..Waiting::default() }
    }
}

impl Outlet for Out {
    fn send(&self, class: Class, frame: Frame) {
        self.add(|queue| queue.push(class, frame));
    }

    fn say(&self, class: Class, about: usize, write: &dyn Fn(&mut Vec<u8>)) {
        self.add(|queue| queue.write(class, about, write));
    }

    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state.lock();
        if !state.queue.is_behind() || state.closed {
            return Poll::Ready(());
        }
        state.waiting.add(cx);
        Poll::Pending
    }
}

#[cfg(test)]
mod tests;
