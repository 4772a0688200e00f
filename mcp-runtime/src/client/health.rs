//! How a client is doing.

use std::sync::MutexGuard;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::error::ClientError;
use crate::lock::Lock;

/// What a client is at (2025-11-25, `basic/lifecycle`).
///
/// ```
/// use mcp_runtime::client::{Client, ClientError, ClientState};
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// if client.health().state == ClientState::Failed {
///     println!("the server cannot be reached; the next request tries again");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientState {
    /// There is no connection; the next request opens one.
    #[default]
    Disconnected,
    /// A connection is being opened.
    Connecting,
    /// Client and server come to an agreement.
    Initializing,
    /// Requests can be made.
    Connected,
    /// The connection is being closed.
    Disconnecting,
    /// The last connection could not be opened, or the [breaker] has refused a request; the next request tries again, or one a
    /// second later.
    ///
    /// [breaker]: super::ClientBuilder::breaker
    Failed,
}

/// How a client is doing, as [`Client::health`](super::Client::health) tells.
///
/// ```
/// use mcp_runtime::client::{Client, ClientError};
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// let health = client.health();
/// println!("{} of {} requests failed; last error: {:?}", health.failures, health.requests, health.last_error);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Health {
    /// What it is at.
    pub state: ClientState,
    /// Whether it is connected, and the last request did not fail with its connection.
    pub healthy: bool,
    /// How long the connection is open.
    pub uptime: Option<Duration>,
    /// How long ago the last request was made.
    pub idle: Option<Duration>,
    /// Why the last connection failed, or the last request with it.
    pub last_error: Option<String>,
    /// How many requests were made.
    pub requests: u64,
    /// How many of them failed, for whatever reason.
    pub failures: u64,
    /// How many connections were opened.
    pub connections: u64,
}

/// What is noted of a client.
pub(super) struct Pulse {
    noted: Lock<Noted>,
    state: watch::Sender<ClientState>,
}

#[derive(Default)]
struct Noted {
    connected: Option<Instant>,
    used: Option<Instant>,
    last_error: Option<String>,
    failing: Option<Failing>,
    requests: u64,
    failures: u64,
    connections: u64,
}

/// Connections fail.
#[derive(Clone, Copy)]
struct Failing {
    since: Instant,
    /// When it failed last.
    last: Instant,
    /// When the server is tried again.
    next: Instant,
}

impl Pulse {
    pub(super) fn new() -> Self {
        Self { noted: Lock::default(), state: watch::channel(ClientState::default()).0 }
    }

    fn lock(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock()
    }

    pub(super) fn state(&self) -> ClientState {
        *self.state.borrow()
    }

    pub(super) fn states(&self) -> watch::Receiver<ClientState> {
        self.state.subscribe()
    }

    pub(super) fn set(&self, state: ClientState) {
        self.state.send_if_modified(|now| std::mem::replace(now, state) != state);
    }

    /// The connection was lost.
    pub(super) fn lost(&self) {
        self.state.send_if_modified(|now| {
            let was = *now == ClientState::Connected;
            if was {
                *now = ClientState::Disconnected;
            }
            was
        });
    }

    /// Nobody waits for the connection any more that was being opened, if it was.
    pub(super) fn given_up(&self) {
        self.state.send_if_modified(|now| {
            let was = matches!(now, ClientState::Connecting | ClientState::Initializing);
            if was {
                *now = ClientState::Disconnected;
            }
            was
        });
    }

    /// A connection is open.
    pub(super) fn connected(&self) {
        let mut noted = self.lock();
        noted.connected = Some(Instant::now());
        noted.connections += 1;
        noted.failing = None;
        drop(noted);
        self.set(ClientState::Connected);
    }

    /// A connection could not be opened, or was lost with a request.
    pub(super) fn failed(&self, error: &ClientError, probe: Duration) {
        let now = Instant::now();
        let mut noted = self.lock();
        noted.last_error = Some(error.to_string());
        let since = noted.failing.map_or(now, |failing| failing.since);
        noted.failing = Some(Failing { since, last: now, next: now + probe });
    }

    /// Whether the server has failed for so long that nothing is tried now; for how long yet.
    pub(super) fn open_for(&self, after: Duration, probe: Duration) -> Option<Duration> {
        let mut noted = self.lock();
        let failing = noted.failing.as_mut()?;
        let now = Instant::now();
        // Up to the last failure: while nothing was asked, the server has not failed.
        if failing.last.duration_since(failing.since) < after {
            return None;
        }
        if failing.next <= now {
            // This one tries; others wait for what comes of it.
            failing.next = now + probe;
            return None;
        }
        Some(failing.next - now)
    }

    /// A request that was `begun` then has ended.
    pub(super) fn answered(&self, begun: Instant, error: Option<&ClientError>, probe: Duration) {
        let is_back = {
            let mut noted = self.lock();
            noted.requests += 1;
            noted.used = noted.used.max(Some(begun));
            noted.failures += u64::from(error.is_some());
            error.is_none() && noted.failing.take().is_some()
        };
        if is_back {
            self.is_back();
        }
        if let Some(error) = error.filter(|error| error.is_of_connection()) {
            self.failed(error, probe);
        }
    }

    /// The server has answered on a connection that is open, with an error perhaps.
    pub(super) fn answers(&self) {
        let is_back = self.lock().failing.take().is_some();
        if is_back {
            self.is_back();
        }
    }

    /// The server had failed, and answers again. If it was given up, its connection is still open.
    #[cold]
    fn is_back(&self) {
        self.state.send_if_modified(|now| {
            let was_failed = *now == ClientState::Failed;
            if was_failed {
                *now = ClientState::Connected;
            }
            was_failed
        });
    }

    pub(super) fn health(&self) -> Health {
        let (state, noted) = (self.state(), self.lock());
        let is_connected = state == ClientState::Connected;
        Health {
            state,
            healthy: is_connected && noted.failing.is_none(),
            uptime: noted.connected.filter(|_| is_connected).map(|since| since.elapsed()),
            idle: noted.used.map(|used| used.elapsed()),
            last_error: noted.last_error.clone(),
            requests: noted.requests,
            failures: noted.failures,
            connections: noted.connections,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn after_a_while_of_failures_the_server_is_tried_now_and_then() {
        let pulse = Pulse::new();
        let (after, probe) = (Duration::from_secs(10), Duration::from_secs(1));
        let error = ClientError::not_sent("refused");
        assert!(pulse.open_for(after, probe).is_none());
        pulse.failed(&error, probe);
        tokio::time::advance(Duration::from_secs(60)).await;
        assert!(pulse.open_for(after, probe).is_none(), "it has failed once");
        pulse.failed(&error, probe);
        tokio::time::advance(Duration::from_millis(1000)).await;
        assert!(pulse.open_for(after, probe).is_none(), "one tries");
        assert!(pulse.open_for(after, probe).is_some(), "others do not");
        pulse.connected();
        assert!(pulse.open_for(after, probe).is_none());
    }
}
