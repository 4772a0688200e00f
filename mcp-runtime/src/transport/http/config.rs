//! How a service is configured.

use std::sync::Arc;
use std::time::Duration;

use super::authenticate::Authenticator;
use super::body::KEEP_ALIVE;
use super::guard::Guard;
#[cfg(feature = "ws")]
use super::limits::Sockets;
use super::proxy::Proxies;
#[cfg(feature = "auth")]
use super::resource::Resource;
use crate::service::Core;

/// What part of all sessions, and of all calls with subscriptions, one client address may have:
/// enough for an office behind one address, and no address alone, nor two or three, keep everybody else out.
const SHARE: usize = 4;

/// How many of them one client address may have at least, where there may be few in all.
const LEAST_SHARE: usize = 16;

/// What can be set.
#[derive(Clone)]
pub(super) struct Config {
    pub(super) guard: Guard,
    pub(super) calls: usize,
    pub(super) body_patience: Duration,
    /// How long a stream of events may be quiet.
    pub(super) heartbeat: Duration,
    pub(super) sessions: usize,
    pub(super) session_idle: Duration,
    pub(super) session_min_idle: Duration,
    /// Where none was set it depends on the number of sessions.
    pub(super) session_share: Option<usize>,
    /// Where none was set it depends on the number of calls.
    pub(super) listener_share: Option<usize>,
    pub(super) pair: bool,
    /// Whether refusals that say when to come again have a status of their own in sessions, too.
    #[cfg(feature = "layers")]
    pub(super) session_statuses: bool,
    /// Who is believed that says who is calling.
    pub(super) proxies: Option<Proxies>,
    /// How WebSocket is served, where it is.
    #[cfg(feature = "ws")]
    pub(super) sockets: Option<Sockets>,
    /// Where clients of the pair find it, if it was told.
    pub(super) pair_path: Option<Arc<str>>,
    /// Who finds out who calls, where it is not a layer around the service.
    pub(super) authenticator: Option<Arc<dyn Authenticator>>,
    /// What is published about how to get in.
    #[cfg(feature = "auth")]
    pub(super) resource: Resource,
    /// What renders `/metrics`, where that is served.
    pub(super) metrics: Option<MetricsPage>,
}

/// Renders the metrics of servers, with their paths. Behind a pointer, so that its code is in no program that has no such page.
pub(super) type MetricsPage = fn(&mut dyn Iterator<Item = (&str, &Arc<Core>)>) -> String;

impl Config {
    /// How many sessions one client address may have.
    pub(super) fn session_share(&self) -> usize {
        self.session_share.unwrap_or((self.sessions / SHARE).max(LEAST_SHARE))
    }

    /// How many subscriptions one client address may have open.
    pub(super) fn listener_share(&self) -> usize {
        self.listener_share.unwrap_or((self.calls / SHARE).max(LEAST_SHARE))
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            guard: Guard::Loopback,
            calls: 10_000,
            // Four MiB in half a minute: the slowest link that is any use.
            body_patience: Duration::from_secs(30),
            heartbeat: KEEP_ALIVE,
            sessions: 10_000,
            session_idle: Duration::from_secs(30 * 60),
            // Longer than a client waits between two calls of one task; a flood has to last that long to evict anybody.
            session_min_idle: Duration::from_secs(60),
            session_share: None,
            listener_share: None,
            pair: false,
            #[cfg(feature = "layers")]
            session_statuses: false,
            proxies: None,
            #[cfg(feature = "ws")]
            sockets: None,
            pair_path: None,
            authenticator: None,
            #[cfg(feature = "auth")]
            resource: Resource::default(),
            metrics: None,
        }
    }
}
