//! What waits to be written to a server.

use std::future::{Future, poll_fn};
use std::io;
use std::sync::MutexGuard;
use std::task::{Context, Poll, Waker};

use crate::call::Frames;
use crate::lock::Lock;
use crate::transport::stream::sink::FrameSink;

/// Bytes that may wait before those who have more to say do so too.
const BEHIND: usize = 4 * 1024 * 1024;

/// The frames that wait, and the sink that takes them. Who sends a frame tries to write it at once, which is free of a task and
/// a wake-up; what is left is written by a task.
pub(super) struct Outbox(Lock<State>);

struct State {
    sink: Option<Box<dyn FrameSink>>,
    frames: Frames,
    bytes: usize,
    /// The task, while it waits for something to write.
    writer: Option<Waker>,
    /// Frames are on their way already: the task writes what comes after them.
    is_behind: bool,
    waiting: Vec<Waker>,
}

impl Outbox {
    pub(super) fn new(sink: Box<dyn FrameSink>) -> Self {
        Self(Lock::new(State {
            sink: Some(sink),
            frames: Frames::default(),
            bytes: 0,
            writer: None,
            is_behind: false,
            waiting: Vec::new(),
        }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock()
    }

    /// Sends a frame. Once the sink is closed it goes nowhere.
    pub(super) fn send(&self, frame: Vec<u8>) {
        let mut state = self.lock();
        if state.sink.is_none() {
            return;
        }
        state.bytes += frame.len();
        state.frames.push(frame.into());
        // The task polls again where this leaves something, so a wake-up that goes nowhere now is not missed.
        if !state.is_behind && state.poll_send(&mut Context::from_waker(Waker::noop())).is_pending() {
            state.is_behind = true;
            let writer = state.writer.take();
            drop(state);
            writer.into_iter().for_each(Waker::wake);
        }
    }

    /// Whether so much waits that who has more to say should wait.
    pub(super) fn is_full(&self) -> bool {
        self.lock().bytes > BEHIND
    }

    /// Waits until that is over.
    pub(super) fn room(&self) -> impl Future<Output = ()> + '_ {
        poll_fn(|cx| {
            let mut state = self.lock();
            if state.bytes <= BEHIND || state.sink.is_none() {
                return Poll::Ready(());
            }
            if !state.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
                state.waiting.push(cx.waker().clone());
            }
            Poll::Pending
        })
    }

    /// Writes what could not be written at once, until the sink is closed.
    ///
    /// # Errors
    /// The sink has failed; nothing more can be sent.
    pub(super) async fn run(&self) -> io::Result<()> {
        poll_fn(|cx| {
            let mut state = self.lock();
            loop {
                if state.sink.is_none() {
                    return Poll::Ready(Ok(()));
                }
                if !state.is_behind {
                    state.writer = Some(cx.waker().clone());
                    return Poll::Pending;
                }
                match state.poll_send(cx) {
                    Poll::Ready(Ok(())) => state.is_behind = false,
                    Poll::Ready(Err(error)) => {
                        state.close();
                        return Poll::Ready(Err(error));
                    }
                    Poll::Pending => {
                        state.writer = Some(cx.waker().clone());
                        return Poll::Pending;
                    }
                }
            }
        })
        .await
    }

    /// Nothing more is sent: the sink is dropped, which a process sees as the end of its input.
    pub(super) fn close(&self) {
        self.lock().close();
    }
}

impl State {
    /// Sends what waits. An error is pending too: the task finds it again, and tells.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(sink) = &mut self.sink else { return Poll::Ready(Ok(())) };
        let sent = sink.poll_send(cx, &mut self.frames);
        if !matches!(sent, Poll::Ready(Ok(()))) {
            // What is partly written counts until all of it is.
            return if cx.waker().will_wake(Waker::noop()) { Poll::Pending } else { sent };
        }
        self.bytes = 0;
        self.waiting.drain(..).for_each(Waker::wake);
        sent
    }

    fn close(&mut self) {
        self.sink = None;
        self.frames = Frames::default();
        self.bytes = 0;
        self.writer.take().into_iter().chain(self.waiting.drain(..)).for_each(Waker::wake);
    }
}
