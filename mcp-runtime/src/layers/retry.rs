//! Runs calls again that have failed.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tower_layer::Layer;
use tower_service::Service;

use super::failure::has_failed;
use crate::gate::ring::{Call, Outcome, Reply};
use crate::meter::Event;

/// What a retry costs of the budget, in the thousandths in which it is counted.
const RETRY: u32 = 1000;

/// Whether an answer is worth another try.
type When = Arc<dyn Fn(&Call, &Reply) -> bool + Send + Sync>;

/// The layer that runs calls again which have failed and do no more when they run twice: tools that are declared `idempotent` or
/// `read_only`, resources and prompts. Feature `layers`.
///
/// A call runs again if it is answered with a tool error or an internal error (`-32603`), unless the function says that nothing was
/// found ([`Error::not_found`](crate::Error::not_found)) or the caller is at fault ([`Error::invalid`](crate::Error::invalid),
/// arguments that break the schema). [`when`](Self::when) decides otherwise. Calls that the client has cancelled, and calls that ask
/// the client something, never run again. Progress that a run reports a second time is not sent again: it only rises.
///
/// A run that has timed out is such a failure ([`ErrorKind::TimedOut`](crate::ErrorKind::TimedOut)). The time limit, be it the
/// function's, the server's or that of [`Timeout`](super::Timeout), is that of each run: three runs may take three times as long, and
/// the waits between them. A `blocking` function that has timed out goes on beside the next run, unless it looks at
/// [`Ctx::is_cancelled`](crate::Ctx::is_cancelled).
///
/// The second run begins 50 ms after the first; each further wait is twice as long, up to 1 second, and is shortened by chance to
/// between a half and all of it. A budget bounds what retries add to the load: each call adds a fifth of a retry, up to 100
/// retries; where none is left, the failure is the answer. [`budget`](Self::budget) sets both.
///
/// ```
/// use std::time::Duration;
///
/// use mcp_runtime::ErrorKind;
/// use mcp_runtime::layers::Retry;
/// use mcp_runtime::prelude::*;
///
/// // Three runs at most, and only of what has failed with `Error::internal`.
/// let retry = Retry::times(2)
///     .backoff(Duration::from_millis(20), Duration::from_secs(1))
///     .when(|call, _| call.error_kind() == Some(ErrorKind::Internal));
/// let server = Server::new("shop").layer(retry);
/// ```
#[derive(Clone)]
pub struct Retry {
    times: u32,
    first: Duration,
    longest: Duration,
    when: When,
    /// What each call adds to the budget, and what it holds at most: in thousandths of retries.
    deposit: u32,
    most: u32,
    left: Arc<AtomicU32>,
}

impl Retry {
    /// Runs a call again so often at most.
    pub fn times(times: u32) -> Self {
        let most = 100 * RETRY;
        Self {
            times,
            first: Duration::from_millis(50),
            longest: Duration::from_secs(1),
            when: Arc::new(has_failed),
            deposit: RETRY / 5,
            most,
            left: Arc::new(AtomicU32::new(most)),
        }
    }

    /// How long is waited before the second run, and at most; in between the time doubles.
    #[must_use]
    pub fn backoff(self, first: Duration, longest: Duration) -> Self {
        Self { first, longest, ..self }
    }

    /// Which answers are worth another run. [`Call::error_kind`] says with what the function has failed, and [`Reply::result`] what the
    /// client would be told.
    #[must_use]
    pub fn when(mut self, when: impl Fn(&Call, &Reply) -> bool + Send + Sync + 'static) -> Self {
        self.when = Arc::new(when);
        self
    }

    /// How many retries each call adds to the budget (0.2 is one for five calls), and how many it holds at most, and at first.
    #[must_use]
    pub fn budget(self, per_call: f64, most: u32) -> Self {
        let most = most.min(u32::MAX / (2 * RETRY)) * RETRY;
        // A float that is no number, or too large, becomes the nearest integer.
        let deposit = (per_call * f64::from(RETRY)) as u32;
        Self { deposit: deposit.min(most), most, left: Arc::new(AtomicU32::new(most)), ..self }
    }

    fn earn(&self) {
        let add = |left: u32| Some(left.saturating_add(self.deposit).min(self.most));
        let _ = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }

    /// Takes a retry out of the budget, if there is one.
    fn spend(&self) -> bool {
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(RETRY)).is_ok()
    }

    /// How long to wait after so many failures, from 1.
    fn wait(&self, failures: u32) -> Duration {
        let whole = self.first.saturating_mul(1 << failures.saturating_sub(1).min(20)).min(self.longest);
        let mut chance = [0];
        // Without chance all wait as long.
        let _ = getrandom::fill(&mut chance);
        whole / 2 + whole.mul_f64(f64::from(chance[0]) / 512.0)
    }
}

impl fmt::Debug for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left = self.left.load(Ordering::Relaxed) / RETRY;
        f.debug_struct("Retry").field("times", &self.times).field("left", &left).finish_non_exhaustive()
    }
}

impl<S> Layer<S> for Retry {
    type Service = Retried<S>;

    fn layer(&self, inner: S) -> Retried<S> {
        Retried { retry: self.clone(), inner }
    }
}

/// The service that [`Retry`] makes.
#[derive(Clone, Debug)]
pub struct Retried<S> {
    retry: Retry,
    inner: S,
}

impl<S> Service<Call> for Retried<S>
where
    S: Service<Call, Response = Reply, Error: Send, Future: Send + 'static> + Clone + Send + 'static,
{
    type Response = Reply;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Reply, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, call: Call) -> Self::Future {
        self.retry.earn();
        // A call with answers to questions has asked some.
        if self.retry.times == 0
            || !call.is_offered()
            || !call.is_idempotent()
            || !call.is_first_round()
            || call.asks_consent()
        {
            return Box::pin(self.inner.call(call));
        }
        let (retry, mut inner) = (self.retry.clone(), self.inner.clone());
        let (ctx, questions) = (call.ctx().clone(), call.ctx().questions());
        let asked_before = questions.load(Ordering::Relaxed);
        let again = call.clone();
        let first = self.inner.call(call);
        Box::pin(async move {
            let mut reply = first.await?;
            for failures in 1..=retry.times {
                let has_asked = questions.load(Ordering::Relaxed) != asked_before;
                if reply.outcome() == Outcome::InputRequired || has_asked || ctx.is_withdrawn() {
                    break;
                }
                if !(retry.when)(&again, &reply) || !retry.spend() {
                    break;
                }
                tokio::time::sleep(retry.wait(failures)).await;
                if std::future::poll_fn(|cx| inner.poll_ready(cx)).await.is_err() {
                    break;
                }
                again.count(Event::Retried);
                reply = inner.call(again.clone()).await?;
            }
            Ok(reply)
        })
    }
}
