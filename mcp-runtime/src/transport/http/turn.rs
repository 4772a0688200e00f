//! What a connection is doing: whether it may be closed, and what it waits for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};

/// Nothing has come since the last answer.
const IDLE: u8 = 0;
/// The head of a request has begun to come.
const HEAD: u8 = 1;
/// A request is being served.
const SERVED: u8 = 2;
/// The connection speaks HTTP/2: any number of requests are being served.
const MANY: u8 = 3;

/// What a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The client may send its next request, and has not begun to.
    Idle,
    /// The client has begun to send the head of a request.
    Head,
    /// The server answers.
    Served,
    /// HTTP/2: parts of answers wait until the client takes them.
    Unread,
}

/// What a connection is doing.
///
/// hyper takes a connection between two requests for idle, even if it has read a part of the next one, and closes it at
/// once when it is told to end: that request would be lost.
pub(super) struct Turn {
    state: AtomicU8,
    /// What was said to the client waits for it to read.
    is_writing: AtomicBool,
    /// The client's time begins anew: it was answered, and has read what was said.
    is_fresh: AtomicBool,
    /// HTTP/1: the client may still be sending a body that is not read.
    leaves_unread: AtomicBool,
    /// HTTP/2: the requests that are being served.
    streams: AtomicUsize,
    /// HTTP/2: the parts of answers that hyper holds because the client has not taken them.
    waiting: AtomicUsize,
    /// HTTP/2: how often the client has taken something.
    taken: AtomicUsize,
}

impl Default for Turn {
    fn default() -> Self {
        Self {
            state: AtomicU8::new(IDLE),
            is_writing: AtomicBool::new(false),
            is_fresh: AtomicBool::new(true),
            leaves_unread: AtomicBool::new(false),
            streams: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            taken: AtomicUsize::new(0),
        }
    }
}

impl Turn {
    /// Bytes have come.
    pub(super) fn bytes_came(&self) {
        let _ = self.state.compare_exchange(IDLE, HEAD, Ordering::AcqRel, Ordering::Relaxed);
    }

    /// The connection speaks HTTP/2.
    pub(super) fn set_many(&self) {
        self.state.store(MANY, Ordering::Release);
        self.is_fresh.store(true, Ordering::Release);
    }

    /// Whether the connection speaks HTTP/2.
    pub(super) fn is_many(&self) -> bool {
        self.state.load(Ordering::Acquire) == MANY
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

    /// What the connection waits for.
    pub(super) fn phase(&self) -> Phase {
        match self.state.load(Ordering::Acquire) {
            IDLE => Phase::Idle,
            HEAD => Phase::Head,
            MANY if self.waiting.load(Ordering::Acquire) > 0 => Phase::Unread,
            MANY if self.streams.load(Ordering::Acquire) == 0 => Phase::Idle,
            _ => Phase::Served,
        }
    }

    /// A request is being served, until what is returned is dropped.
    pub(super) fn begin(self: &Arc<Self>, version: http::Version) -> InTurn {
        if version == http::Version::HTTP_2 {
            self.state.store(MANY, Ordering::Release);
            self.streams.fetch_add(1, Ordering::AcqRel);
        } else {
            self.state.store(SERVED, Ordering::Release);
            self.leaves_unread.store(false, Ordering::Release);
        }
        InTurn(Arc::clone(self))
    }

    /// Whether a request has begun to come, and is to be served before the connection is closed.
    pub(super) fn is_in_head(&self) -> bool {
        self.state.load(Ordering::Acquire) == HEAD
    }

    /// The body of the request was dropped before its end.
    pub(super) fn leave_unread(&self) {
        self.leaves_unread.store(true, Ordering::Release);
    }

    /// Whether the client may still be sending what is not read any more: a body, or a head that was refused.
    pub(super) fn may_be_sending(&self) -> bool {
        self.is_in_head() || (!self.is_many() && self.leaves_unread.load(Ordering::Acquire))
    }

    /// HTTP/2: a part of an answer is handed to hyper.
    pub(super) fn part_waits(&self) {
        if self.waiting.load(Ordering::Acquire) == 0 {
            // The client's time to take something begins now.
            self.part_is_taken();
        }
        self.waiting.fetch_add(1, Ordering::AcqRel);
    }

    /// HTTP/2: hyper is done with a part of an answer.
    pub(super) fn part_is_done(&self) {
        self.part_is_taken();
        self.waiting.fetch_sub(1, Ordering::AcqRel);
    }

    /// HTTP/2: the client has taken some of a part.
    pub(super) fn part_is_taken(&self) {
        self.taken.fetch_add(1, Ordering::AcqRel);
    }

    /// HTTP/2: how often the client has taken something.
    pub(super) fn taken(&self) -> usize {
        self.taken.load(Ordering::Acquire)
    }
}

/// A request that is being served, to the end of its answer.
pub(super) struct InTurn(Arc<Turn>);

impl InTurn {
    /// The connection on which it is served.
    pub(super) fn turn(&self) -> &Arc<Turn> {
        &self.0
    }
}

impl Drop for InTurn {
    fn drop(&mut self) {
        let turn = &self.0;
        if turn.is_many() {
            turn.streams.fetch_sub(1, Ordering::AcqRel);
        }
        turn.is_fresh.store(true, Ordering::Release);
        let _ = turn.state.compare_exchange(SERVED, IDLE, Ordering::AcqRel, Ordering::Relaxed);
    }
}
