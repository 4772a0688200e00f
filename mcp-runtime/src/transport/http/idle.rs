//! A client that does not ask, does not finish what it asks, or does not take the answer.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::unconstrained;
use tokio::time::{Instant, Sleep};

use super::limits::Patience;
use super::turn::{Phase, Turn};

/// How long a client has that was told that the connection ends, and has nothing open on it.
const GOODBYE: Duration = Duration::from_secs(5);

/// The times that a client has: for its next request, for the head of a request, and for taking an answer of HTTP/2.
///
/// hyper could watch some of this, if it were given a timer for HTTP/1, which it must not be: it sets that anew for each
/// request and polls it. Here a request costs a look at the clock, and an alarm that goes off finds out whether it is time.
pub(super) struct Idle {
    patience: Patience,
    /// Since when the client may send its next request.
    since: Instant,
    /// Since when the head of a request has been under way.
    head_since: Option<Instant>,
    /// HTTP/2: how often the client had taken something, and when that was seen to change.
    taken: (usize, Instant),
    /// Goes off when the client may have waited too long.
    alarm: Pin<Box<Sleep>>,
    is_set: bool,
}

impl Idle {
    /// From now on.
    pub(super) fn new(patience: Patience) -> Self {
        let now = Instant::now();
        let alarm = Box::pin(tokio::time::sleep(patience.idle));
        Self { patience, since: now, head_since: None, taken: (0, now), alarm, is_set: false }
    }

    /// The client was told that the connection ends: it has little time from now on.
    pub(super) fn hurry(&mut self) {
        self.patience.idle = self.patience.idle.min(GOODBYE);
        self.since = Instant::now();
    }

    /// Ready once the client has let its time pass, with what it did not do. To be asked whenever the connection has done
    /// what there was to do.
    pub(super) fn poll(&mut self, turn: &Turn, cx: &mut Context<'_>) -> Poll<Phase> {
        if turn.begins_to_wait() {
            self.since = Instant::now();
            self.head_since = None;
        }
        let phase = turn.phase();
        let (since, patience) = match phase {
            Phase::Served => return Poll::Pending,
            Phase::Idle => (self.since, self.patience.idle),
            Phase::Head => (*self.head_since.get_or_insert_with(Instant::now), self.patience.head),
            Phase::Unread => {
                let taken = turn.taken();
                if self.taken.0 != taken {
                    self.taken = (taken, Instant::now());
                }
                (self.taken.1, self.patience.write)
            }
        };
        // An overflow means that there is no deadline.
        let Some(until) = since.checked_add(patience) else { return Poll::Pending };
        if self.is_set && !self.alarm.is_elapsed() && self.alarm.deadline() <= until {
            return Poll::Pending;
        }
        self.is_set = true;
        self.alarm.as_mut().reset(until);
        // It is polled once, so it must hear of it, also where the runtime wants the task to make room for others.
        Pin::new(&mut unconstrained(self.alarm.as_mut())).poll(cx).map(|()| phase)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::Arc;

    use tokio::task::coop::poll_proceed;

    use super::*;

    const PATIENCE: Patience = Patience { idle: seconds(60), head: seconds(30), write: seconds(40) };

    const fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    /// Looks once, as a connection does whenever it is woken. Whether the client is given up.
    async fn is_over(idle: &mut Idle, turn: &Turn) -> bool {
        poll_fn(|cx| Poll::Ready(idle.poll(turn, cx).is_ready())).await
    }

    /// After how many seconds the client is given up, and what it did not do.
    async fn given_up(idle: &mut Idle, turn: &Turn) -> (u64, Phase) {
        let began = Instant::now();
        let phase = tokio::time::timeout(seconds(10_000), poll_fn(|cx| idle.poll(turn, cx))).await.expect("an end");
        (began.elapsed().as_secs(), phase)
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_ask_in_time_is_given_up() {
        let (turn, mut idle) = (Turn::default(), Idle::new(PATIENCE));
        tokio::time::sleep(seconds(20)).await;
        assert!(!is_over(&mut idle, &turn).await);
        assert_eq!(given_up(&mut idle, &turn).await, (60, Phase::Idle));
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_has_its_own_time_from_its_first_byte() {
        let (turn, mut idle) = (Turn::default(), Idle::new(PATIENCE));
        assert!(!is_over(&mut idle, &turn).await);
        tokio::time::sleep(seconds(50)).await;
        turn.bytes_came();
        assert!(!is_over(&mut idle, &turn).await);
        tokio::time::sleep(seconds(20)).await;
        // More of it gives no more time.
        turn.bytes_came();
        assert_eq!(given_up(&mut idle, &turn).await, (10, Phase::Head));
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_begins_early_does_not_wait_for_the_end_of_the_idle_time() {
        let (turn, mut idle) = (Turn::default(), Idle::new(PATIENCE));
        assert!(!is_over(&mut idle, &turn).await);
        turn.bytes_came();
        assert_eq!(given_up(&mut idle, &turn).await, (30, Phase::Head));
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_of_a_request_is_not_the_clients() {
        for version in [http::Version::HTTP_11, http::Version::HTTP_2] {
            let (turn, mut idle) = (Arc::<Turn>::default(), Idle::new(PATIENCE));
            for _ in 0..3 {
                assert!(!is_over(&mut idle, &turn).await);
                tokio::time::sleep(seconds(50)).await;
                let serving = turn.begin(version);
                tokio::time::sleep(seconds(200)).await;
                assert!(!is_over(&mut idle, &turn).await);
                drop(serving);
            }
            assert_eq!(given_up(&mut idle, &turn).await, (60, Phase::Idle));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_slowly_is_not_idle() {
        let (turn, mut idle) = (Turn::default(), Idle::new(PATIENCE));
        turn.set_writing(true);
        for _ in 0..5 {
            tokio::time::sleep(seconds(50)).await;
            assert!(!is_over(&mut idle, &turn).await);
        }
        // It has read all just now, long after this was looked at.
        tokio::time::sleep(seconds(50)).await;
        turn.set_writing(false);
        assert_eq!(given_up(&mut idle, &turn).await, (60, Phase::Idle));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_of_http_2_is_idle_once_no_request_is_open() {
        let (turn, mut idle) = (Arc::<Turn>::default(), Idle::new(PATIENCE));
        turn.set_many();
        let (one, two) = (turn.begin(http::Version::HTTP_2), turn.begin(http::Version::HTTP_2));
        drop(one);
        tokio::time::sleep(seconds(500)).await;
        assert!(!is_over(&mut idle, &turn).await);
        drop(two);
        assert_eq!(given_up(&mut idle, &turn).await, (60, Phase::Idle));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_of_http_2_that_takes_nothing_is_given_up_and_one_that_takes_little_is_not() {
        let (turn, mut idle) = (Arc::<Turn>::default(), Idle::new(PATIENCE));
        turn.set_many();
        let _open = turn.begin(http::Version::HTTP_2);
        tokio::time::sleep(seconds(500)).await;
        turn.part_waits();
        for _ in 0..5 {
            assert!(!is_over(&mut idle, &turn).await);
            tokio::time::sleep(seconds(35)).await;
            turn.part_is_taken();
        }
        assert_eq!(given_up(&mut idle, &turn).await, (40, Phase::Unread));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_was_told_goodbye_has_little_time() {
        let (turn, mut idle) = (Turn::default(), Idle::new(PATIENCE));
        assert!(!is_over(&mut idle, &turn).await);
        idle.hurry();
        assert_eq!(given_up(&mut idle, &turn).await, (GOODBYE.as_secs(), Phase::Idle));
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
        let given_up = tokio::time::timeout(PATIENCE.idle * 2, task).await.expect("the alarm is heard of");
        assert_eq!(given_up.expect("it does not panic"), (60, Phase::Idle));
    }
}
