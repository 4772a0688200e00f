//! Whose turn it is on a connection: whether it may be closed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// Nothing has come since the last answer.
const IDLE: u8 = 0;
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
pub(super) struct Turn {
    state: AtomicU8,
    /// What was said to the client waits for it to read.
    is_writing: AtomicBool,
    /// The client's time begins anew: it was answered, and has read what was said.
    is_fresh: AtomicBool,
}

impl Default for Turn {
    fn default() -> Self {
        Self { state: AtomicU8::new(IDLE), is_writing: AtomicBool::new(false), is_fresh: AtomicBool::new(true) }
    }
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
        self.is_fresh.store(true, Ordering::Release);
    }

    /// Whether the client's time begins now: it was answered since this was asked, or has not read all that was said.
    pub(super) fn begins_to_wait(&self) -> bool {
        let is_fresh = self.is_fresh.load(Ordering::Relaxed) && self.is_fresh.swap(false, Ordering::AcqRel);
        is_fresh || self.is_writing.load(Ordering::Acquire)
    }

    /// Whether the next request has to come: its head is not all there.
    pub(super) fn is_the_clients(&self) -> bool {
        matches!(self.state.load(Ordering::Acquire), IDLE | HEAD)
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
        self.0.is_fresh.store(true, Ordering::Release);
        let _ = self.0.state.compare_exchange(SERVED, IDLE, Ordering::AcqRel, Ordering::Relaxed);
    }
}
