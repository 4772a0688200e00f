//! Whose turn it is on a connection: whether it may be closed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

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
#[derive(Default)]
pub(super) struct Turn(AtomicU8);

impl Turn {
    /// Bytes have come; the first of a connection tell which HTTP it speaks.
    pub(super) fn bytes_came(&self, first: &[u8]) {
        let turn = if first.starts_with(b"PRI") { MANY } else { HEAD };
        let _ = self.0.compare_exchange(IDLE, turn, Ordering::AcqRel, Ordering::Relaxed);
    }

    /// A request is being served, until what is returned is dropped.
    pub(super) fn begin(self: &Arc<Self>, version: http::Version) -> Serving {
        let turn = if version == http::Version::HTTP_2 { MANY } else { SERVED };
        self.0.store(turn, Ordering::Release);
        Serving(Arc::clone(self))
    }

    /// Whether a request has begun to come, and is to be served before the connection is closed.
    pub(super) fn is_in_head(&self) -> bool {
        self.0.load(Ordering::Acquire) == HEAD
    }
}

/// A request that is being served, to the end of its answer.
pub(super) struct Serving(Arc<Turn>);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.0.compare_exchange(SERVED, IDLE, Ordering::AcqRel, Ordering::Relaxed);
    }
}
