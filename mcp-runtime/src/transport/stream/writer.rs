//! What is sent to the peer of a connection.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::time::{Sleep, sleep};

use super::sink::FrameSink;
use crate::budget::SMALL;
use crate::call::Frames;
use crate::lock::Lock;
use crate::service::Out;

/// Sends what waits for a peer. The reader writes the answers to what it has read by itself, which is free of a task and a
/// wake-up; what cannot be sent at once, and what calls say later, is sent by a task.
pub(super) struct Writer {
    out: Arc<Out>,
    state: Lock<State>,
    /// How long the peer may take nothing.
    patience: Duration,
}

struct State {
    sink: Box<dyn FrameSink>,
    /// What was begun to be sent.
    frames: Frames,
    /// The reader has left something to the task.
    is_behind: bool,
    /// The task, while it waits.
    task: Option<Waker>,
}

/// How long a peer has taken nothing.
#[derive(Default)]
struct Stall {
    timer: Option<Pin<Box<Sleep>>>,
    /// How far the sink was when the timer was set.
    progress: u64,
}

impl Writer {
    pub(super) fn new(out: Arc<Out>, sink: Box<dyn FrameSink>, patience: Duration) -> Self {
        let state = State { sink, frames: Frames::default(), is_behind: false, task: None };
        Self { out, state: Lock::new(state), patience }
    }

    /// Sends answers, and what waits before them. Never waits: what is left is sent by the task. Whether all was sent, and little
    /// waits that was said meanwhile.
    pub(super) fn send(&self, answers: &mut Frames) -> bool {
        // What comes while this is locked wakes the task, which finds it when it can lock.
        let mut state = self.state.lock();
        // As most often: what is small is not charged, so nobody has to know that it is being sent.
        let is_direct = (1..=SMALL).contains(&answers.bytes()) && self.out.is_quiet();
        if !is_direct && !self.out.push_and_take(answers) {
            return false;
        }
        let State { sink, frames, .. } = &mut *state;
        std::mem::swap(frames, answers);
        // The task polls again where this leaves something, so a wake-up that goes nowhere now is not missed. It also comes upon
        // an error once more, and tells.
        if let Poll::Ready(Ok(())) = sink.poll_send(&mut Context::from_waker(Waker::noop()), frames) {
            // What was taken in exchange keeps its memory for the next answers.
            std::mem::swap(frames, answers);
            drop(state);
            return is_direct || self.out.written();
        }
        if is_direct {
            self.out.begun(frames);
        }
        state.is_behind = true;
        let task = state.task.take();
        drop(state);
        if let Some(task) = task {
            task.wake();
        }
        false
    }

    /// Sends what waits until nothing will, then ends the direction.
    ///
    /// # Errors
    /// It cannot be sent, or the peer has taken nothing for too long.
    pub(super) async fn run(&self) -> io::Result<()> {
        let mut stall = Stall::default();
        poll_fn(|cx| -> Poll<io::Result<()>> {
            let mut state = self.state.lock();
            loop {
                let State { sink, frames, is_behind, task } = &mut *state;
                if *is_behind {
                    let sent = sink.poll_send(cx, frames);
                    ready!(stall.watch(cx, sent, sink.progress(), self.patience))?;
                    *is_behind = false;
                    self.out.written();
                    continue;
                }
                match self.out.poll_take(cx, frames) {
                    Poll::Ready(true) => *is_behind = true,
                    Poll::Ready(false) => return Poll::Ready(Ok(())),
                    Poll::Pending => {
                        *task = Some(cx.waker().clone());
                        return Poll::Pending;
                    }
                }
            }
        })
        .await?;
        poll_fn(|cx| {
            let sink = &mut self.state.lock().sink;
            let closed = sink.poll_close(cx);
            stall.watch(cx, closed, sink.progress(), self.patience)
        })
        .await
    }
}

impl Stall {
    /// What became of sending, or that the peer has taken nothing for so long.
    fn watch(
        &mut self,
        cx: &mut Context<'_>,
        sent: Poll<io::Result<()>>,
        progress: u64,
        patience: Duration,
    ) -> Poll<io::Result<()>> {
        if sent.is_ready() {
            self.timer = None;
            return sent;
        }
        if self.timer.is_none() || self.progress != progress {
            self.timer = Some(Box::pin(sleep(patience)));
            self.progress = progress;
        }
        let Some(timer) = &mut self.timer else { return Poll::Pending };
        ready!(timer.as_mut().poll(cx));
        let why = format!("the peer has taken nothing of what it is sent for {patience:?}");
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, why)))
    }
}
