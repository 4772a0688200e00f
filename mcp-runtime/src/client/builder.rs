//! What differs from the defaults.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mcp_proto::Version;
use mcp_proto::engine::{Agreement, Hello};
use mcp_proto::types::LogLevel;

use super::Client;
use super::cache::Cache;
use super::error::ClientError;
use super::handler::ClientHandler;
use super::health::Pulse;
use super::hub::{FrameDirection, Hub, Observer};
use super::inner::Inner;
use super::launch::Stderr;
use super::options::Options;
use super::retry::Retry;
use super::target::Target;
use crate::json_text;

/// Makes a [`Client`] that differs from the defaults.
///
/// ```no_run
/// use std::time::Duration;
///
/// use mcp_runtime::client::{Client, ClientHandler, ElicitationReply};
///
/// # async fn example() -> Result<(), mcp_runtime::client::ClientError> {
/// let client = Client::builder()
///     .identity("my-agent", "1.0")
///     .header("authorization", "Bearer abc")
///     .timeout(Duration::from_secs(10))
///     .handler(ClientHandler::new().on_form(|form| async move { ElicitationReply::accept(form.defaults()) }))
///     .connect("http://127.0.0.1:3000/mcp")
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ClientBuilder {
    options: Options,
    handler: ClientHandler,
}

impl ClientBuilder {
    /// With the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the client says of itself: its name and its version.
    pub fn identity(mut self, name: &str, version: &str) -> Self {
        self.options.info =
            format!(r#"{{"name":{},"version":{}}}"#, json_text::string(name), json_text::string(version));
        self
    }

    /// What the server is called in logs. By default, what it calls itself.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.options.name = Some(name.into());
        self
    }

    /// What is done when the server asks, or tells something. What it does not handle is not declared.
    pub fn handler(mut self, handler: ClientHandler) -> Self {
        self.handler = handler;
        self
    }

    /// Speaks this revision, and no other. By default the newest that both sides know.
    pub fn version(mut self, version: Version) -> Self {
        self.options.version = Some(version);
        self
    }

    /// Asks for log messages of this level and above: with each request (2026-07-28), or by `logging/setLevel` once a session has
    /// begun, and again after a reconnect, if the server has logging. A server that refuses the level is used all the same.
    /// [`Client::set_log_level`] changes it in a session. By default none is asked for.
    pub fn log_level(mut self, level: LogLevel) -> Self {
        self.options.log_level = Some(level);
        self
    }

    /// Uses what was agreed on before, with the same server ([`Client::agreement`]): nothing is probed for.
    pub fn agreement(mut self, agreement: Arc<Agreement>) -> Self {
        self.options.agreement = Some(agreement);
        self
    }

    /// Adds a header to each HTTP request. It never goes to another origin. A program has none: nothing happens.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.headers.push((name.into(), value.into()));
        self
    }

    /// Sets a variable of the environment of a program. With a URL nothing happens.
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.env.push((name.into(), value.into()));
        self
    }

    /// Sets the working directory of a program. With a URL nothing happens.
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.options.directory = Some(directory.into());
        self
    }

    /// What becomes of the standard error of a program. By default it is logged. With a URL nothing happens.
    pub fn stderr(mut self, stderr: Stderr) -> Self {
        self.options.stderr = Some(stderr);
        self
    }

    /// How long it may take to connect and agree. By default 30 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.options.connect_timeout = timeout;
        self
    }

    /// How long a server may take to answer the question for the newest revision, before it is asked for a session. By default
    /// 5 s: old servers may not answer at all.
    pub fn probe_timeout(mut self, timeout: Duration) -> Self {
        self.options.probe_timeout = timeout;
        self
    }

    /// How long an answer, or the next report of progress, is waited for. By default 60 s. Only a call that listens
    /// ([`on_progress`](super::Call::on_progress), [`start`](super::Call::start)) is told of progress. Time in which the handler
    /// answers a question does not count.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = timeout;
        self
    }

    /// How long a request may take in all, whatever progress it makes. By default an hour.
    pub fn total_timeout(mut self, timeout: Duration) -> Self {
        self.options.total_timeout = timeout;
        self
    }

    /// How long a program may take to end once its input is closed, and again once it was told to by a signal. By default 2 s.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.options.grace = grace;
        self
    }

    /// The most bytes of a message of the server's. By default 64 MiB. A longer one is not kept, and the request that it answers
    /// fails.
    pub fn message_limit(mut self, bytes: usize) -> Self {
        self.options.message_bytes = bytes;
        self
    }

    /// The most requests that wait for their answers on one connection. By default 65,536.
    pub fn request_limit(mut self, requests: usize) -> Self {
        self.options.requests = requests;
        self
    }

    /// The most bytes of results that are kept for as long as the server says. By default 16 MiB; 0 keeps nothing.
    pub fn cache_limit(mut self, bytes: usize) -> Self {
        self.options.cache_bytes = bytes;
        self
    }

    /// The most bytes that all pages of a list may have, and those of [`Client::tool_pages`] whose tools are known when they are called.
    /// By default 64 MiB.
    pub fn list_limit(mut self, bytes: usize) -> Self {
        self.options.list_bytes = bytes;
        self
    }

    /// The most rounds of questions for one request (2026-07-28, `basic/patterns/mrtr`). By default 10.
    pub fn round_limit(mut self, rounds: usize) -> Self {
        self.options.rounds = rounds;
        self
    }

    /// The most redirections of one HTTP request; none leads to another origin. By default 3.
    pub fn redirect_limit(mut self, redirects: usize) -> Self {
        self.options.redirects = redirects;
        self
    }

    /// Which servers behind `https://` are trusted, and the certificate that they are shown. By default those are trusted that the roots
    /// of Mozilla vouch for, and no certificate is shown.
    #[cfg(all(feature = "client", feature = "tls"))]
    pub fn tls(mut self, tls: crate::tls::ClientTls) -> Self {
        self.options.tls = tls;
        self
    }

    /// When a request is sent again whose connection has failed. By default up to five times, if it was not sent yet or does no more
    /// when it runs twice.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.options.retry = retry;
        self
    }

    /// The circuit breaker: once a server has failed for so long (`after`), from the first failure to the last and with no answer in
    /// between, requests fail at once with [`ClientError::CircuitOpen`](super::ClientError::CircuitOpen), but for one each `probe`
    /// that tries again. A failure is that the server cannot be reached, that a connection is lost, or an HTTP status of 500 or more.
    /// By default 10 s and 1 s.
    pub fn breaker(mut self, after: Duration, probe: Duration) -> Self {
        self.options.breaker = (after, probe);
        self
    }

    /// Sees every message that is sent and that comes, before anything is made of it: the JSON of one message, or of a batch. It
    /// runs where messages are sent and read, so it must not block. A message that is longer than allowed is not seen.
    ///
    /// ```
    /// use mcp_runtime::client::{Client, FrameDirection};
    ///
    /// let builder = Client::builder().on_frame(|direction, frame| {
    ///     let arrow = if direction == FrameDirection::Sent { '>' } else { '<' };
    ///     eprintln!("{arrow} {}", String::from_utf8_lossy(frame));
    /// });
    /// # let _ = builder;
    /// ```
    pub fn on_frame(mut self, see: impl Fn(FrameDirection, &[u8]) + Send + Sync + 'static) -> Self {
        self.options.observer = Some(Observer(Arc::new(see)));
        self
    }

    /// A client that connects when the first request is made.
    pub fn lazy(self, target: impl Into<Target>) -> Client {
        let target = target.into();
        let name = self.options.name.clone().unwrap_or_else(|| target.name());
        let hello = Hello::new(&self.options.info, &self.handler.capabilities());
        let observer = self.options.observer.clone();
        let hub = Hub::new(&name, self.handler, Cache::new(self.options.cache_bytes), observer);
        let pulse = Arc::new(Pulse::new());
        Client { inner: Arc::new(Inner::new(target, self.options, Arc::new(hub), Arc::new(hello), pulse)) }
    }

    /// A client that is connected.
    ///
    /// # Errors
    /// [`ClientError`]: the server cannot be reached, or speaks none of our revisions.
    pub async fn connect(self, target: impl Into<Target>) -> Result<Client, ClientError> {
        let client = self.lazy(target);
        client.inner.link().await?;
        Ok(client)
    }
}
