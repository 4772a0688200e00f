//! How a client behaves: what its builder was told.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mcp_proto::Version;
use mcp_proto::engine::{Agreement, Limits};
use mcp_proto::types::LogLevel;

use super::hub::Observer;
use super::launch::{Launch, Stderr};
use super::retry::Retry;

/// All that can be set, with its defaults.
#[derive(Clone, Debug)]
pub(super) struct Options {
    /// What the server is called in logs.
    pub(super) name: Option<String>,
    /// What the client says of itself: the JSON of an `Implementation`.
    pub(super) info: String,
    /// The revision to speak, if it is settled.
    pub(super) version: Option<Version>,
    /// The least severe log messages that are asked for: with each request, or for the session.
    pub(super) log_level: Option<LogLevel>,
    /// An agreement that was come to before.
    pub(super) agreement: Option<Arc<Agreement>>,
    /// Headers of each HTTP request.
    pub(super) headers: Vec<(String, String)>,
    pub(super) env: Vec<(String, String)>,
    pub(super) directory: Option<PathBuf>,
    pub(super) stderr: Option<Stderr>,
    pub(super) connect_timeout: Duration,
    /// How long an answer to the probe for the newest revision is waited for.
    pub(super) probe_timeout: Duration,
    /// How long an answer, or the next report of progress, is waited for.
    pub(super) timeout: Duration,
    /// How long a request may take in all.
    pub(super) total_timeout: Duration,
    /// How long a program may take to end, and again once it was told to.
    pub(super) grace: Duration,
    pub(super) message_bytes: usize,
    pub(super) requests: usize,
    pub(super) cache_bytes: usize,
    pub(super) list_bytes: usize,
    pub(super) retry: Retry,
    /// How long a server may fail before calls fail at once, and how often it is tried then.
    pub(super) breaker: (Duration, Duration),
    /// Rounds of questions of one request.
    pub(super) rounds: usize,
    pub(super) redirects: usize,
    /// Which servers are trusted.
    #[cfg(all(feature = "client", feature = "tls"))]
    pub(super) tls: crate::tls::ClientTls,
    pub(super) observer: Option<Observer>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            name: None,
            info: concat!(r#"{"name":"mcp-runtime","version":""#, env!("CARGO_PKG_VERSION"), r#""}"#).to_owned(),
            version: None,
            log_level: None,
            agreement: None,
            headers: Vec::new(),
            env: Vec::new(),
            directory: None,
            stderr: None,
            connect_timeout: Duration::from_secs(30),
            probe_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(60),
            total_timeout: Duration::from_secs(60 * 60),
            grace: Duration::from_secs(2),
            message_bytes: 64 * 1024 * 1024,
            requests: Limits::REQUESTS,
            cache_bytes: 16 * 1024 * 1024,
            list_bytes: 64 * 1024 * 1024,
            retry: Retry::default(),
            breaker: (Duration::from_secs(10), Duration::from_secs(1)),
            rounds: 10,
            redirects: 3,
            #[cfg(all(feature = "client", feature = "tls"))]
            tls: crate::tls::ClientTls::new(),
            observer: None,
        }
    }
}

impl Options {
    /// A program as it is to be started.
    pub(super) fn applied(&self, launch: &Launch) -> Launch {
        let mut launch = launch.clone();
        for (name, value) in &self.env {
            launch = launch.env(name, value);
        }
        if let Some(directory) = &self.directory {
            launch = launch.directory(directory);
        }
        if let Some(stderr) = self.stderr {
            launch = launch.stderr(stderr);
        }
        launch
    }

    /// The limits of a connection.
    pub(super) fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        limits.message_bytes = self.message_bytes;
        limits.requests = self.requests;
        limits
    }
}
