//! A client that does not ask.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::unconstrained;
use tokio::time::{Instant, Sleep};

use super::turn::Turn;

/// The time of a client whose turn it is: how long its connection may be idle, and the head of its next request under way.
///
/// hyper could watch this, if it were given a timer for HTTP/1, which it must not be: it sets that anew for each request and
/// polls it. Here a request costs a look at the clock, and an alarm that goes off finds out whether it is time.
pub(super) struct Idle {
    patience: Duration,
    /// Since when the client has been the one to say something.
    since: Instant,
    /// Goes off when it may have waited too long.
    alarm: Pin<Box<Sleep>>,
    is_set: bool,
}

impl Idle {
    /// From now on.
    pub(super) fn new(patience: Duration) -> Self {
        Self { patience, since: Instant::now(), alarm: Box::pin(tokio::time::sleep(patience)), is_set: false }
    }

    /// Ready once the client has let its time pass. To be asked whenever the connection has done what there was to do.
    pub(super) fn poll(&mut self, turn: &Turn, cx: &mut Context<'_>) -> Poll<()> {
        if turn.begins_to_wait() {
            self.since = Instant::now();
        }
        if !turn.is_the_clients() || (self.is_set && !self.alarm.is_elapsed()) {
            return Poll::Pending;
        }
        // Further away than the clock goes is never.
        let Some(until) = self.since.checked_add(self.patience) else { return Poll::Pending };
        self.is_set = true;
        self.alarm.as_mut().reset(until);
        // It is polled once, so it must hear of it, also where the runtime wants the task to make room for others.
        Pin::new(&mut unconstrained(self.alarm.as_mut())).poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::Arc;

    use tokio::task::coop::poll_proceed;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    /// Looks once, as a connection does whenever it is woken. Whether the client is given up.
    async fn is_over(idle: &mut Idle, turn: &Turn) -> bool {
        poll_fn(|cx| Poll::Ready(idle.poll(turn, cx).is_ready())).await
    }

    /// After how many seconds the client is given up.
    async fn given_up(idle: &mut Idle, turn: &Turn) -> u64 {
        let began = Instant::now();
        poll_fn(|cx| idle.poll(turn, cx)).await;
        began.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_ask_in_time_is_given_up_whatever_came() {
        let (turn, mut idle) = (Turn::default(), Idle::new(PATIENCE));
        assert!(!is_over(&mut idle, &turn).await);
        tokio::time::sleep(seconds(20)).await;
        turn.bytes_came();
        assert_eq!(given_up(&mut idle, &turn).await, 40);
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_of_a_request_is_not_the_clients() {
        let (turn, mut idle) = (Arc::<Turn>::default(), Idle::new(PATIENCE));
        for _ in 0..3 {
            assert!(!is_over(&mut idle, &turn).await);
            tokio::time::sleep(seconds(50)).await;
            let serving = turn.begin(http::Version::HTTP_11);
            tokio::time::sleep(seconds(200)).await;
            assert!(!is_over(&mut idle, &turn).await);
            drop(serving);
        }
        assert_eq!(given_up(&mut idle, &turn).await, 60);
    }

    #[tokio::test(start_paused = true)]
    async fn who_reads_slowly_is_not_idle() {
        let (turn, mut idle) = (Turn::default(), Idle::new(PATIENCE));
        turn.set_writing(true);
        for _ in 0..5 {
            tokio::time::sleep(seconds(50)).await;
            assert!(!is_over(&mut idle, &turn).await);
        }
        // It has read all just now, long after this was looked at.
        tokio::time::sleep(seconds(50)).await;
        turn.set_writing(false);
        assert_eq!(given_up(&mut idle, &turn).await, 60);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_serves_many_at_once_is_asked_by_other_means() {
        let (turn, mut idle) = (Turn::default(), Idle::new(PATIENCE));
        turn.is_many();
        assert!(tokio::time::timeout(seconds(1000), given_up(&mut idle, &turn)).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn the_alarm_is_heard_of_also_where_the_task_has_to_make_room_for_others() {
        let task = tokio::spawn(async {
            let (turn, mut idle) = (Turn::default(), Idle::new(PATIENCE));
            // Nothing is left of what a task may do at once.
            let exhausted = poll_fn(|cx| {
                while poll_proceed(cx).map(|left| left.made_progress()).is_ready() {}
                Poll::Ready(idle.poll(&turn, cx).is_pending())
            });
            assert!(exhausted.await);
            given_up(&mut idle, &turn).await
        });
        let given_up = tokio::time::timeout(PATIENCE * 2, task).await.expect("the alarm is heard of");
        assert_eq!(given_up.expect("it does not panic"), 60);
    }
}
