//! How long a peer is waited for.

use std::future::{Future as _, pending};
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Sleep, sleep};

/// An idle time is looked at this often.
const LOOKS: u32 = 4;

/// How long a message may take to be whole that a peer has begun.
pub(super) struct Patience {
    message: Duration,
    /// Runs while a message is not whole.
    begun: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    pub(super) fn new(message: Duration) -> Self {
        Self { message, begun: None }
    }

    /// Something was read; whether a part of a message is left.
    pub(super) fn heard(&mut self, is_begun: bool) {
        if is_begun != self.begun.is_some() {
            self.begun = is_begun.then(|| Box::pin(sleep(self.message)));
        }
    }

    /// Ready once the message takes too long, with the reason.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let Some(begun) = &mut self.begun else { return Poll::Pending };
        ready!(begun.as_mut().poll(cx));
        late(format!("a message that the peer has begun is not whole after {:?}", self.message))
    }
}

/// Whether a peer is being waited for, which the reader notes and [`silence`](Self::silence) looks at. One task does both, so that a
/// message costs no more than a byte that is written.
#[derive(Default)]
pub(super) struct Heard(AtomicU8);

/// Something was read, and is looked at.
const BUSY: u8 = 0;
/// Nothing has come since, and that was not looked at yet.
const WAITING: u8 = 1;
/// Nothing has come since it was last looked.
const QUIET: u8 = 2;

impl Heard {
    /// Something was read.
    pub(super) fn something(&self) {
        self.0.store(BUSY, Ordering::Relaxed);
    }

    /// There is nothing to read.
    pub(super) fn nothing(&self) {
        if self.0.load(Ordering::Relaxed) == BUSY {
            self.0.store(WAITING, Ordering::Relaxed);
        }
    }

    /// Ready once the peer has sent nothing for so long, with the reason. While it is not idle, because calls of it run, it may be
    /// silent.
    pub(super) async fn silence(&self, idle: Option<Duration>, is_idle: impl Fn() -> bool) -> io::Error {
        let Some(idle) = idle else { return pending().await };
        let mut looks = 0;
        while looks <= LOOKS {
            sleep(idle / LOOKS).await;
            let before = self.0.load(Ordering::Relaxed);
            if before == WAITING {
                self.0.store(QUIET, Ordering::Relaxed);
            }
            looks = match before {
                _ if !is_idle() => 0,
                BUSY => 0,
                WAITING => 1,
                _ => looks + 1,
            };
        }
        silent(idle)
    }
}

fn silent(idle: Duration) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, format!("the peer has sent nothing for {idle:?}"))
}

fn late(why: String) -> Poll<io::Error> {
    Poll::Ready(io::Error::new(io::ErrorKind::TimedOut, why))
}
