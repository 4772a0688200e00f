//! What the calls of one POST speak into.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use tokio::sync::oneshot;

use super::log::EventLog;
use crate::call::{Class, Frame, Outlet};
use crate::lock::Lock;
use crate::service::TaskVoice;
use crate::transport::http::place::Place;

/// What the calls of one POST speak into, and how many of them are not done.
pub(super) struct Post {
    log: Arc<EventLog>,
    open: AtomicUsize,
    /// Whether it ends with the last of them.
    ends: bool,
    /// Where the answer goes instead, for a client that takes no stream.
    whole: Option<Lock<Option<oneshot::Sender<Vec<u8>>>>>,
    /// The permits of the calls, until all of them are done.
    place: Lock<Option<Place>>,
}

impl Post {
    /// A POST that is being handled: it is open until that has [ended](Ending), and its calls are done.
    pub(super) fn new(log: Arc<EventLog>, ends: bool, place: Option<Place>) -> Self {
        Self { log, open: AtomicUsize::new(1), ends, whole: None, place: Lock::new(place) }
    }

    /// The same for a client that takes no stream.
    pub(super) fn answered_to(mut self, whole: oneshot::Sender<Vec<u8>>) -> Self {
        self.whole = Some(Lock::new(Some(whole)));
        self
    }

    /// What is said before the answers.
    pub(super) fn stream(&self) -> &Arc<EventLog> {
        &self.log
    }

    pub(super) fn answer(&self, frame: Vec<u8>) {
        match self.whole.as_ref().and_then(|whole| whole.lock().take()) {
            // A client that is gone comes back for nothing: only streams can be resumed.
            Some(whole) => drop(whole.send(frame)),
            None => self.log.answer(frame),
        }
    }

    /// Whether none of its calls goes on.
    pub(super) fn is_done(&self) -> bool {
        self.open.load(Ordering::Acquire) == 1
    }

    /// Gives the permits back. What the calls have left behind may still know the stream.
    pub(super) fn leave(&self) {
        // Dropped outside of the lock: it may wake whoever waits for the last call.
        let place = self.place.lock().take();
        drop(place);
    }
}

impl Outlet for Post {
    fn answer(&self, frame: Vec<u8>) {
        Self::answer(self, frame);
    }

    fn send(&self, class: Class, frame: Frame) {
        self.log.send(class, frame);
    }

    fn is_heard(&self) -> bool {
        self.log.is_heard()
    }

    fn begin_waiting(&self) {
        self.place.lock().iter_mut().for_each(Place::begin_waiting);
    }

    fn end_waiting(&self) {
        self.place.lock().iter_mut().for_each(Place::end_waiting);
    }

    fn disconnect(&self) {
        self.log.disconnect();
    }

    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.log.poll_room(cx)
    }
}

/// The end of a call that goes on as a task, however it ends; or of handling the POST.
pub(super) struct Ending(Arc<Post>);

impl Ending {
    /// Of one more call.
    pub(super) fn of_call(post: &Arc<Post>) -> Self {
        post.open.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(post))
    }

    /// Of handling the POST.
    pub(super) fn of_post(post: Arc<Post>) -> Self {
        Self(post)
    }
}

impl TaskVoice for Ending {
    fn answer(&self, frames: impl Iterator<Item = Vec<u8>>) {
        frames.for_each(|frame| self.0.answer(frame));
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if self.0.open.fetch_sub(1, Ordering::AcqRel) == 1 {
            if self.0.ends {
                self.0.log.end();
            }
            // Nothing more comes of calls that were cancelled, whatever still holds on to what they spoke into.
            drop(self.0.whole.as_ref().and_then(|whole| whole.lock().take()));
            self.0.leave();
        }
    }
}
