//! Requests that are out: who waits for their answers, and until when.

use std::collections::HashMap;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use mcp_proto::engine::Token;
use mcp_proto::hash::Fold;
use mcp_proto::wire::Response;
use tokio::time::Instant;

use super::error::ClientError;
use super::progress::Reports;

/// Longer than any program runs. A time that the clock cannot tell means that there is no deadline.
const FOREVER: Duration = Duration::from_secs(60 * 60 * 24 * 365 * 30);

/// What a request comes to.
pub(super) type Answer = Result<Response, ClientError>;

/// How long an answer is waited for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// For an answer, or the next report of progress.
    pub(super) timeout: Duration,
    pub(super) total_timeout: Duration,
    /// When `total_timeout` is over.
    pub(super) until: Instant,
    /// When the request is late, if nothing is heard of it before.
    pub(super) late: Instant,
}

impl Patience {
    /// Something was heard of the request, or somebody is being asked: it is late later.
    pub(super) fn renew(&mut self, now: Instant) {
        self.late = after(now, self.timeout).min(self.until);
    }

    /// The error of a request that is late.
    pub(super) fn error(&self, now: Instant) -> ClientError {
        ClientError::Timeout(if now < self.until { self.timeout } else { self.total_timeout })
    }
}

/// So much later.
pub(super) fn after(now: Instant, wait: Duration) -> Instant {
    now.checked_add(wait).unwrap_or_else(|| now + FOREVER)
}

/// Who waits for which answer.
#[derive(Default)]
pub(super) struct Waiting {
    waiters: HashMap<Token, Waiter, Fold>,
    /// When the deadlines are looked at next. Deadlines have no timers of their own: most answers come long before.
    pub(super) looked_at: Option<Instant>,
}

struct Waiter {
    answer: Option<Answer>,
    waker: Option<Waker>,
    reports: Option<Arc<Reports>>,
    patience: Option<Patience>,
    /// The server has only taken it: the answer comes on another stream than the one that it was asked on.
    #[cfg(feature = "client")]
    is_taken: bool,
}

impl Waiting {
    pub(super) fn len(&self) -> usize {
        self.waiters.len()
    }

    /// Somebody waits for the answer to this request from now on, as long as they have patience.
    pub(super) fn begin(&mut self, token: Token, reports: Option<Arc<Reports>>, patience: Option<Patience>) {
        let waiter = Waiter {
            answer: None,
            waker: None,
            reports,
            patience,
            #[cfg(feature = "client")]
            is_taken: false,
        };
        self.waiters.insert(token, waiter);
    }

    /// An answer has come, or why there is none: who is to be woken.
    pub(super) fn answer(&mut self, token: Token, answer: Answer) -> Option<Waker> {
        let waiter = self.waiters.get_mut(&token)?;
        waiter.answer = Some(answer);
        waiter.waker.take()
    }

    /// The answer, once it is there. Of a request that is late it is an error, and the request is out still.
    pub(super) fn poll(&mut self, token: Token, cx: &mut Context<'_>) -> Poll<Answer> {
        let Some(waiter) = self.waiters.get_mut(&token) else { return Poll::Ready(Err(ClientError::Closed)) };
        match waiter.answer.take() {
            Some(late @ Err(ClientError::Timeout(_))) => Poll::Ready(late),
            Some(answer) => {
                self.waiters.remove(&token);
                Poll::Ready(answer)
            }
            None => {
                if !waiter.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
                    waiter.waker = Some(cx.waker().clone());
                }
                Poll::Pending
            }
        }
    }

    /// Whether its answer is waited for, and has not come.
    #[cfg(feature = "client")]
    pub(super) fn is_out(&self, token: Token) -> bool {
        self.waiters.get(&token).is_some_and(|waiter| waiter.answer.is_none())
    }

    /// Nobody waits for it any more; whether anybody did.
    pub(super) fn give_up(&mut self, token: Token) -> bool {
        self.waiters.remove(&token).is_some()
    }

    /// Progress has come, which puts off the deadline: who is told.
    pub(super) fn progress(&mut self, token: Token) -> Option<Arc<Reports>> {
        let waiter = self.waiters.get_mut(&token)?;
        let reports = waiter.reports.clone()?;
        if let Some(patience) = &mut waiter.patience {
            patience.renew(Instant::now());
        }
        Some(reports)
    }

    /// Looks at the deadlines: who is to be woken because a request is late. While the client `is_answering` a question, a
    /// person may be taking their time, and only the overall limit counts.
    pub(super) fn look(&mut self, now: Instant, is_answering: bool) -> Vec<Waker> {
        let mut late = Vec::new();
        self.looked_at = None;
        for waiter in self.waiters.values_mut().filter(|waiter| waiter.answer.is_none()) {
            let Some(patience) = &mut waiter.patience else { continue };
            if patience.late <= now && is_answering && now < patience.until {
                patience.renew(now);
            }
            if patience.late > now {
                self.looked_at = Some(self.looked_at.map_or(patience.late, |next| next.min(patience.late)));
            } else {
                waiter.answer = Some(Err(patience.error(now)));
                waiter.patience = None;
                late.extend(waiter.waker.take());
            }
        }
        late
    }

    /// The server has only taken this request.
    #[cfg(feature = "client")]
    pub(super) fn take(&mut self, token: Token) {
        if let Some(waiter) = self.waiters.get_mut(&token) {
            waiter.is_taken = true;
        }
    }

    /// Nothing more will come, and why: who is to be woken.
    pub(super) fn end(&mut self, why: &ClientError) -> Vec<Waker> {
        self.end_those(why, |_| true)
    }

    /// The same for the requests that the server has only taken.
    #[cfg(feature = "client")]
    pub(super) fn end_taken(&mut self, why: &ClientError) -> Vec<Waker> {
        self.end_those(why, |waiter| waiter.is_taken)
    }

    fn end_those(&mut self, why: &ClientError, are_meant: fn(&Waiter) -> bool) -> Vec<Waker> {
        let waiters = self.waiters.values_mut().filter(|waiter| !matches!(waiter.answer, Some(Ok(_))));
        waiters
            .filter(|waiter| are_meant(waiter))
            .filter_map(|waiter| {
                waiter.answer = Some(Err(why.clone()));
                waiter.waker.take()
            })
            .collect()
    }
}
