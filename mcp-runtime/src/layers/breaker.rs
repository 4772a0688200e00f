//! Refuses calls of a tool that fails all the time.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Instant;
use tower_layer::Layer;
use tower_service::Service;

use super::failure::has_failed;
use super::refusal::{self, BUSY};
use crate::gate::ring::{Call, Outcome, Reply};
use crate::lock::Lock;

/// Whether an answer is a failure.
type Fails = Arc<dyn Fn(&Call, &Reply) -> bool + Send + Sync>;

/// The layer that refuses calls of a tool, resource or prompt which has failed several times in a row. Feature `layers`.
///
/// Each declared function has a breaker of its own. After as many failures in a row as
/// [`after`](Self::after) says, none further apart from the first than 60 seconds, it opens: calls are refused with the JSON-RPC error
/// [`BUSY`] and `retryAfterMs`. After 30 seconds one call is let through on trial; if it succeeds, the breaker closes, else it stays
/// open for as long again. Failures are tool errors, internal errors
/// (`-32603`) and calls that have timed out; "not found" and mistakes of the caller, wrong arguments among them, are none.
/// [`when`](Self::when) decides otherwise. Each change is an event of `tracing`; [`states`](Self::states) has them all.
///
/// ```
/// use std::time::Duration;
///
/// use mcp_runtime::layers::{Breaker, Outcome};
/// use mcp_runtime::prelude::*;
///
/// let breaker = Breaker::after(3)
///     .delay(Duration::from_secs(10))
///     .when(|_, reply| reply.outcome() == Outcome::Error(-32603));
/// let server = Server::new("shop").layer(breaker.clone());
/// assert!(breaker.states().is_empty(), "nothing has failed");
/// ```
#[derive(Clone)]
pub struct Breaker {
    failures: u32,
    window: Duration,
    delay: Duration,
    fails: Fails,
    /// By method and declared name, of which there is a bounded number. None of what has not failed.
    circuits: Arc<Lock<BTreeMap<Box<str>, Circuit>>>,
}

/// What the breaker of a function does.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::layers::Breaker;
///
/// let breaker = Breaker::after(5);
/// let shown = breaker.clone();
/// let server = Server::new("shop").layer(breaker);
/// // Later, for a page of operators:
/// for (function, state) in shown.states() {
///     println!("{function}: {state:?}");
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BreakerState {
    /// Calls run. It has failed so often in a row.
    Closed {
        /// How often.
        failures: u32,
    },
    /// Calls are refused.
    Open,
    /// One call runs on trial; others are refused.
    HalfOpen,
}

#[derive(Clone, Copy)]
enum Circuit {
    Closed {
        failures: u32,
        since: Instant,
    },
    Open {
        until: Instant,
    },
    /// A call runs on trial.
    Trial,
}

impl Breaker {
    /// Opens after so many failures in a row; at least one.
    pub fn after(failures: u32) -> Self {
        Self {
            failures: failures.max(1),
            window: Duration::from_secs(60),
            delay: Duration::from_secs(30),
            fails: Arc::new(has_failed),
            circuits: Arc::default(),
        }
    }

    /// In what time the failures must happen. Default: 60 seconds.
    #[must_use]
    pub fn window(self, window: Duration) -> Self {
        Self { window, ..self }
    }

    /// For how long calls are refused. Default: 30 seconds.
    #[must_use]
    pub fn delay(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// Which answers are failures.
    #[must_use]
    pub fn when(mut self, fails: impl Fn(&Call, &Reply) -> bool + Send + Sync + 'static) -> Self {
        self.fails = Arc::new(fails);
        self
    }

    /// The states by method and declared name (`tools/call search`), of all that have failed since they last succeeded.
    pub fn states(&self) -> BTreeMap<String, BreakerState> {
        let circuits = self.circuits.lock();
        let state = |circuit: &Circuit| match circuit {
            Circuit::Closed { failures, .. } => BreakerState::Closed { failures: *failures },
            Circuit::Open { .. } => BreakerState::Open,
            Circuit::Trial => BreakerState::HalfOpen,
        };
        circuits.iter().map(|(name, circuit)| (name.to_string(), state(circuit))).collect()
    }

    /// Lets a call through, on trial or not; else for how much longer none is.
    fn admit(&self, name: &str) -> Result<bool, Duration> {
        let mut circuits = self.circuits.lock();
        match circuits.get_mut(name) {
            None | Some(Circuit::Closed { .. }) => Ok(false),
            Some(Circuit::Trial) => Err(Duration::from_secs(1).min(self.delay)),
            Some(circuit @ Circuit::Open { .. }) => {
                let Circuit::Open { until } = *circuit else { return Ok(false) };
                let left = until.saturating_duration_since(Instant::now());
                if !left.is_zero() {
                    return Err(left);
                }
                *circuit = Circuit::Trial;
                drop(circuits);
                tracing::info!(name, state = "half-open", "a breaker lets a call through on trial");
                Ok(true)
            }
        }
    }

    /// Notes what became of a call.
    fn note(&self, name: &str, on_trial: bool, has_failed: bool) {
        let now = Instant::now();
        let mut circuits = self.circuits.lock();
        let before = circuits.get(name).copied();
        // The answers of calls that began before it opened change nothing.
        if !on_trial && matches!(before, Some(Circuit::Open { .. } | Circuit::Trial)) {
            return;
        }
        if !has_failed {
            circuits.remove(name);
            drop(circuits);
            if on_trial {
                tracing::info!(name, state = "closed", "a breaker has closed");
            }
            return;
        }
        let (failures, since) = match before {
            Some(Circuit::Closed { failures, since }) if now - since <= self.window => (failures + 1, since),
            _ => (1, now),
        };
        let opens = on_trial || failures >= self.failures;
        // An overflow means a day.
        let until = now.checked_add(self.delay).unwrap_or(now + Duration::from_secs(86_400));
        let after = if opens { Circuit::Open { until } } else { Circuit::Closed { failures, since } };
        circuits.insert(name.into(), after);
        drop(circuits);
        if opens {
            let delay_ms = u64::try_from(self.delay.as_millis()).unwrap_or(u64::MAX);
            tracing::warn!(name, state = "open", delay_ms, "a breaker has opened: calls are refused");
        }
    }
}

impl fmt::Debug for Breaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Breaker").field("states", &self.states()).finish_non_exhaustive()
    }
}

impl<S> Layer<S> for Breaker {
    type Service = Broken<S>;

    fn layer(&self, inner: S) -> Broken<S> {
        Broken { breaker: self.clone(), inner }
    }
}

/// The service that [`Breaker`] makes.
#[derive(Clone, Debug)]
pub struct Broken<S> {
    breaker: Breaker,
    inner: S,
}

/// A call whose outcome is to be noted. Dropped before, as where it is cancelled, a trial that was none ends: the next call is one.
struct Noted {
    breaker: Breaker,
    name: Box<str>,
    on_trial: bool,
    is_noted: bool,
}

impl Noted {
    fn note(&mut self, call: &Call, reply: &Reply) {
        let has_failed = (self.breaker.fails)(call, reply);
        self.breaker.note(&self.name, self.on_trial, has_failed);
        self.is_noted = true;
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        if self.on_trial && !self.is_noted {
            let until = Instant::now();
            self.breaker.circuits.lock().insert(self.name.clone(), Circuit::Open { until });
        }
    }
}

impl<S> Service<Call> for Broken<S>
where
    S: Service<Call, Response = Reply, Future: Send + 'static>,
{
    type Response = Reply;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Reply, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, call: Call) -> Self::Future {
        let Some(declared) = call.declared() else { return Box::pin(self.inner.call(call)) };
        // A tool and a prompt may have one name.
        let name: Box<str> = [call.method(), " ", declared].concat().into();
        let on_trial = match self.breaker.admit(&name) {
            Ok(on_trial) => on_trial,
            Err(after) => {
                let reply = refusal::later(call.ctx(), BUSY, &format!("{declared} has failed too often"), after);
                return Box::pin(async move { Ok(reply) });
            }
        };
        let mut noted = Noted { breaker: self.breaker.clone(), name, on_trial, is_noted: false };
        let of_call = call.clone();
        let future = self.inner.call(call);
        Box::pin(async move {
            let reply = future.await?;
            // A question is no answer yet, and what the client has cancelled says nothing.
            if reply.outcome() != Outcome::InputRequired && !of_call.ctx().is_withdrawn() {
                noted.note(&of_call, &reply);
            }
            Ok(reply)
        })
    }
}
