//! Setting up a service.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use super::Inner;
use super::guard::Guard;
use super::stateful::Sessions;
use crate::call::Latch;
use crate::service::Core;

/// A server on HTTP: a `tower::Service` over `http` requests, which serves clients of every revision at once.
///
/// As a service it answers at any path, so it nests wherever it is put. [`listen`](Self::listen) makes it a server of its
/// own, at `/mcp`.
///
/// It is careful by default: it lets in only requests for this machine's own names (`localhost`, `127.0.0.1`, `[::1]`), so
/// that no web page can reach it through a browser; bodies, sessions and calls in flight are bounded.
#[derive(Clone)]
pub struct Http {
    inner: Arc<Inner>,
}

/// What can be set.
pub(super) struct Config {
    pub(super) guard: Guard,
    pub(super) calls: usize,
    pub(super) connections: usize,
    pub(super) body_patience: Duration,
    pub(super) header_patience: Duration,
    pub(super) sessions: usize,
    pub(super) session_idle: Duration,
    pub(super) probes: bool,
    pub(super) path: Cow<'static, str>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            guard: Guard::Loopback,
            calls: 10_000,
            connections: 10_000,
            // Four MiB in half a minute: the slowest link that is any use.
            body_patience: Duration::from_secs(30),
            header_patience: Duration::from_secs(10),
            sessions: 10_000,
            session_idle: Duration::from_secs(30 * 60),
            probes: true,
            path: "/mcp".into(),
        }
    }
}

impl Http {
    pub(crate) fn from_core(core: Arc<Core>) -> Self {
        let config = Config::default();
        let sessions = Sessions::default();
        let closing = Arc::<Latch>::default();
        Self { inner: Arc::new(Inner { core, config, sessions, closing, in_flight: AtomicUsize::new(0) }) }
    }

    pub(super) fn inner(&self) -> &Arc<Inner> {
        &self.inner
    }

    /// Lets in requests for this host too, as `Host` names it: `mcp.example.com`, with a port or for any.
    #[must_use]
    pub fn allow_host(self, host: impl Into<String>) -> Self {
        let host = host.into();
        self.guard(|hosts, _| hosts.push(host))
    }

    /// Lets in requests from pages of this origin too: `https://app.example.com`.
    #[must_use]
    pub fn allow_origin(self, origin: impl Into<String>) -> Self {
        let origin = origin.into();
        self.guard(|_, origins| origins.push(origin))
    }

    /// Lets in requests for any host and from any origin: for a server behind a proxy that checks both.
    #[must_use]
    pub fn dangerous_allow_any_host(self) -> Self {
        self.set(|config| config.guard = Guard::Open)
    }

    /// How many requests are served at once; more are answered with 503. By default 10,000.
    #[must_use]
    pub fn call_limit(self, calls: usize) -> Self {
        self.set(|config| config.calls = calls)
    }

    /// How many connections may be open at once; more wait. By default 10,000.
    #[must_use]
    pub fn connection_limit(self, connections: usize) -> Self {
        self.set(|config| config.connections = connections)
    }

    /// How many sessions there may be, and how long one may be idle. By default 10,000, and 30 minutes.
    #[must_use]
    pub fn session_limits(self, sessions: usize, idle: Duration) -> Self {
        self.set(|config| {
            config.sessions = sessions;
            config.session_idle = idle;
        })
    }

    /// How long a request's headers, and its body, may take to arrive. By default 10 and 30 seconds.
    #[must_use]
    pub fn patience(self, headers: Duration, body: Duration) -> Self {
        self.set(|config| {
            config.header_patience = headers;
            config.body_patience = body;
        })
    }

    /// Leaves out `/healthz`, `/readyz` and `/capabilities`.
    #[must_use]
    pub fn without_probes(self) -> Self {
        self.set(|config| config.probes = false)
    }

    /// Where the server's own listener serves, instead of at `/mcp`.
    #[must_use]
    pub fn path(self, path: impl Into<Cow<'static, str>>) -> Self {
        let path = path.into();
        self.set(|config| config.path = path)
    }

    fn guard(self, change: impl FnOnce(&mut Vec<String>, &mut Vec<String>)) -> Self {
        self.set(|config| {
            if !matches!(config.guard, Guard::Named { .. }) {
                config.guard = Guard::Named { hosts: Vec::new(), origins: Vec::new() };
            }
            if let Guard::Named { hosts, origins } = &mut config.guard {
                change(hosts, origins);
            }
        })
    }

    /// Changes the configuration. Once the service is cloned, and so perhaps serving, it stays as it is.
    fn set(mut self, change: impl FnOnce(&mut Config)) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            change(&mut inner.config);
        }
        self
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("guard", &self.inner.config.guard).finish_non_exhaustive()
    }
}
