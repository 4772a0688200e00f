//! How many messages of a peer are taken in a time.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How many messages of a peer are taken in a time: a bucket that fills up again.
pub(super) struct Rate {
    most: f64,
    /// In which a message comes back.
    each: Duration,
    left: f64,
    at: Instant,
}

impl Rate {
    pub(super) fn new((messages, time): (u32, Duration)) -> Self {
        Self { most: messages.into(), each: time / messages, left: messages.into(), at: Instant::now() }
    }

    /// A message has come; whether another may at once.
    pub(super) fn came(&mut self) -> bool {
        self.left -= 1.0;
        self.left >= 1.0
    }

    /// Waits until there may be another.
    pub(super) async fn keep(&mut self) {
        if self.each.is_zero() {
            self.left = self.most;
            return;
        }
        let now = Instant::now();
        let back = now.duration_since(self.at).as_secs_f64() / self.each.as_secs_f64();
        (self.left, self.at) = ((self.left + back).min(self.most), now);
        if self.left < 1.0 {
            sleep(self.each.mul_f64(1.0 - self.left)).await;
        }
    }
}
