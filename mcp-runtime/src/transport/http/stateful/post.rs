//! What the calls of one POST speak into.

use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use mcp_proto::engine::CallKey;
use tokio::sync::oneshot;

use super::log::EventLog;
use crate::call::Outlet;
use crate::transport::http::Place;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What the locks guard is changed by our own code alone, which does not panic half-way.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the calls of one POST speak into, and how many of them are not done.
pub(super) struct Post {
    log: Arc<EventLog>,
    open: AtomicUsize,
    /// Whether it ends with the last of them.
    ends: bool,
    /// Where the answer goes instead, for a client that takes no stream.
    whole: Option<Mutex<Option<oneshot::Sender<Vec<u8>>>>>,
    /// The permits of the calls, until all of them are done.
    place: Mutex<Option<Place>>,
}

impl Post {
    pub(super) fn new(log: Arc<EventLog>, calls: usize, ends: bool, place: Option<Place>) -> Self {
        Self { log, open: AtomicUsize::new(calls), ends, whole: None, place: Mutex::new(place) }
    }

    /// The same for a client that takes no stream.
    pub(super) fn answered_to(mut self, whole: oneshot::Sender<Vec<u8>>) -> Self {
        self.whole = Some(Mutex::new(Some(whole)));
        self
    }

    /// What is said before the answers.
    pub(super) fn stream(&self) -> &Arc<EventLog> {
        &self.log
    }

    /// A call has answered where it was polled first.
    pub(super) fn one_is_done(&self) {
        self.open.fetch_sub(1, Ordering::AcqRel);
    }

    pub(super) fn answer(&self, frame: Vec<u8>) {
        match self.whole.as_ref().and_then(|whole| lock(whole).take()) {
            // A client that is gone comes back for nothing: only streams can be resumed.
            Some(whole) => drop(whole.send(frame)),
            None => self.log.answer(frame),
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.open.load(Ordering::Acquire) == 0
    }

    /// Gives the permits back once all calls are done. What they have left behind may still know the stream.
    pub(super) fn leave_if_done(&self) {
        if self.is_done() {
            // Dropped outside of the lock: it may wake whoever waits for the last call.
            let place = lock(&self.place).take();
            drop(place);
        }
    }
}

impl Outlet for Post {
    fn answer(&self, frame: Vec<u8>) {
        Self::answer(self, frame);
    }

    fn acknowledge(&self, frame: Vec<u8>) {
        self.log.acknowledge(frame);
    }

    fn progress(&self, call: CallKey, frame: Vec<u8>) {
        self.log.progress(call, frame);
    }

    fn log(&self, frame: Vec<u8>) {
        self.log.log(frame);
    }

    fn notice(&self, frame: Bytes) {
        self.log.notice(frame);
    }

    fn is_heard(&self) -> bool {
        self.log.is_heard()
    }

    fn begin_waiting(&self) {
        lock(&self.place).iter_mut().for_each(Place::begin_waiting);
    }

    fn end_waiting(&self) {
        lock(&self.place).iter_mut().for_each(Place::end_waiting);
    }

    fn disconnect(&self) {
        self.log.disconnect();
    }

    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.log.poll_room(cx)
    }
}

/// The end of a call that goes on as a task, however it ends.
pub(super) struct Ending(Arc<Post>);

impl Ending {
    pub(super) fn of(post: &Arc<Post>) -> Self {
        Self(Arc::clone(post))
    }
}

impl Deref for Ending {
    type Target = Post;

    fn deref(&self) -> &Post {
        &self.0
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if self.0.open.fetch_sub(1, Ordering::AcqRel) == 1 {
            if self.0.ends {
                self.0.log.end();
            }
            // Nothing more comes of calls that were cancelled, whatever still holds on to what they spoke into.
            drop(self.0.whole.as_ref().and_then(|whole| lock(whole).take()));
            self.0.leave_if_done();
        }
    }
}
