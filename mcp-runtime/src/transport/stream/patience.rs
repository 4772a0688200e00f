//! How long a peer is waited for.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Sleep, sleep};

use super::limits::StreamLimits;

/// An idle time is looked at this often.
const LOOKS: u32 = 4;

/// How long a peer is waited for: until it sends something, and until a message is whole that it has begun.
pub(super) struct Patience {
    message: Duration,
    idle: Option<Duration>,
    /// Runs while a message is not whole.
    begun: Option<Pin<Box<Sleep>>>,
    /// Until it is next looked whether anything has come. What comes does not touch it, which would cost each message something.
    look: Option<Pin<Box<Sleep>>>,
    /// How often it was looked, and nothing had come.
    quiet: u32,
}

impl Patience {
    pub(super) fn new(limits: StreamLimits) -> Self {
        Self { message: limits.message, idle: limits.idle, begun: None, look: None, quiet: 0 }
    }

    /// Something was read; whether a part of a message is left.
    pub(super) fn heard(&mut self, is_begun: bool) {
        self.quiet = 0;
        if !is_begun {
            self.begun = None;
        } else if self.begun.is_none() {
            self.begun = Some(Box::pin(sleep(self.message)));
        }
    }

    /// Ready once the peer has taken too long, with the reason. While it is not idle, because calls of it run, it may be silent.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, is_idle: impl Fn() -> bool) -> Poll<io::Error> {
        if let Some(begun) = &mut self.begun
            && begun.as_mut().poll(cx).is_ready()
        {
            return late(format!("a message that the peer has begun is not whole after {:?}", self.message));
        }
        let Some(idle) = self.idle else { return Poll::Pending };
        loop {
            let look = self.look.get_or_insert_with(|| Box::pin(sleep(idle / LOOKS)));
            ready!(look.as_mut().poll(cx));
            self.look = None;
            self.quiet = if is_idle() { self.quiet + 1 } else { 0 };
            if self.quiet > LOOKS {
                return late(format!("the peer has sent nothing for {idle:?}"));
            }
        }
    }
}

fn late(why: String) -> Poll<io::Error> {
    Poll::Ready(io::Error::new(io::ErrorKind::TimedOut, why))
}
