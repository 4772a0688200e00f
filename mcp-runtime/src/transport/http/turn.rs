//! Whose turn it is on a connection: whether it may be closed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// The last answer has just ended, or the connection begun.
const FREE: u8 = 0;
/// Nothing has come since.
const IDLE: u8 = 4;
/// The head of a request has begun to come.
const HEAD: u8 = 1;
/// A request is being served.
const SERVED: u8 = 2;
/// HTTP/2, which closes in good order by itself.
const MANY: u8 = 3;

/// Whose turn it is on a connection.
///
/// hyper takes a connection between two requests for idle, even if it has read a part of the next one, and closes it at
/// once when it is told to end: that request would be lost.
#[derive(Default)]
pub(super) struct Turn {
    state: AtomicU8,
    /// What was said to the client waits for it to read.
    is_writing: AtomicBool,
}

impl Turn {
    /// Bytes have come.
    pub(super) fn bytes_came(&self) {
        let _ = self.state.compare_exchange(IDLE, HEAD, Ordering::AcqRel, Ordering::Relaxed);
    }

    /// The connection speaks HTTP/2.
    pub(super) fn is_many(&self) {
        self.state.store(MANY, Ordering::Release);
    }

    /// What was said waits for the client to read it, or does so no more.
    pub(super) fn set_writing(&self, is_writing: bool) {
        self.is_writing.store(is_writing, Ordering::Release);
    }

    /// Whether the client's time begins now: it has just been answered, as far as was asked here, or has not read all of it.
    pub(super) fn begins_to_wait(&self) -> bool {
        let is_free = self.state.load(Ordering::Relaxed) == FREE
            && self.state.compare_exchange(FREE, IDLE, Ordering::AcqRel, Ordering::Relaxed).is_ok();
        is_free || self.is_writing.load(Ordering::Acquire)
    }

    /// Whether the next request has to come: its head is not all there.
    pub(super) fn is_the_clients(&self) -> bool {
        matches!(self.state.load(Ordering::Acquire), FREE | IDLE | HEAD)
    }

    /// A request is being served, until what is returned is dropped.
    pub(super) fn begin(self: &Arc<Self>, version: http::Version) -> Serving {
        let turn = if version == http::Version::HTTP_2 { MANY } else { SERVED };
        self.state.store(turn, Ordering::Release);
        Serving(Arc::clone(self))
    }

    /// Whether a request has begun to come, and is to be served before the connection is closed.
    pub(super) fn is_in_head(&self) -> bool {
        self.state.load(Ordering::Acquire) == HEAD
    }
}

/// A request that is being served, to the end of its answer.
pub(super) struct Serving(Arc<Turn>);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.state.compare_exchange(SERVED, FREE, Ordering::AcqRel, Ordering::Relaxed);
    }
}
