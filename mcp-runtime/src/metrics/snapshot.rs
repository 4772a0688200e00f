//! What a server has counted, at one moment.

use std::fmt;
use std::time::Duration;

use mcp_proto::wire::Method;
use serde::Serialize;

use super::operation::{OperationMetrics, as_map, as_seconds, rate};
use super::summary::summary;
use crate::meter::{Count, Counters, Event};
use crate::service::Core;

/// What a server has counted since it was built. Counting is always on and costs a call some dozen instructions.
///
/// [`ServerHandle::metrics`](crate::ServerHandle::metrics) makes one. As text it is a table for people.
///
/// ```standalone_crate
/// use mcp_runtime::prelude::*;
///
/// /// Adds two numbers.
/// #[tool]
/// fn add(a: i64, b: i64) -> i64 {
///     a + b
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), BuildError> {
/// let server = Server::new("calculator").build()?;
/// let mut client = server.connect();
/// client.send(r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}"#);
/// client.send(r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"add","arguments":{"a":2,"b":3}}}"#);
/// client.receive().await;
/// client.receive().await;
///
/// let metrics = server.handle().metrics();
/// let add = metrics.tool("add").expect("it was called");
/// assert_eq!((add.calls, add.successes, add.error_rate()), (1, 1, 0.0));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Metrics {
    /// The server's name.
    pub server: String,
    /// For how long it has been counting.
    #[serde(rename = "uptimeSeconds", serialize_with = "as_seconds")]
    pub uptime: Duration,
    /// What was asked of it: tools first, then resources, prompts, methods of one's own and those of the protocol, each by name.
    /// What was never asked is left out.
    pub operations: Vec<OperationMetrics>,
    /// The sessions on HTTP that are open, and those that there were.
    pub sessions: u64,
    /// See [`sessions`](Self::sessions).
    pub sessions_opened: u64,
    /// The streams of events that clients read on HTTP.
    pub streams: u64,
    /// The connections that are open.
    pub connections: u64,
    /// The same by transport: `stdio`, `http` (those of our own listeners) and `memory`.
    #[serde(serialize_with = "as_map")]
    pub connections_by_transport: Vec<(&'static str, u64)>,
    /// How many connections have come to each [state](crate::ConnectionState) so far: streams, and sessions on HTTP.
    #[serde(serialize_with = "as_map")]
    pub connection_states: Vec<(&'static str, u64)>,
    /// The messages that wait for clients which do not read: on streams, and in sessions on HTTP.
    pub queued_messages: u64,
    /// What they take, in bytes, with what is being written.
    pub queued_bytes: u64,
    /// The same of the one client for which most wait.
    pub largest_queue_bytes: u64,
    /// The streams that sessions on HTTP keep, so that clients can resume them.
    pub kept_streams: u64,
    /// What these keep, in bytes; what waits in sessions is among it.
    pub kept_stream_bytes: u64,
    /// The rounds of questions that are on record, and what they take in bytes.
    pub rounds: u64,
    /// See [`rounds`](Self::rounds).
    pub round_bytes: u64,
    /// The bytes of memory that are used for clients: what [`memory_limit`](crate::ServerBuilder::memory_limit) limits.
    pub memory_used: u64,
    /// See [`memory_used`](Self::memory_used).
    pub memory_limit: u64,
    /// The functions marked `blocking` that run, and the calls that wait for a thread.
    pub blocking_running: u64,
    /// See [`blocking_running`](Self::blocking_running).
    pub blocking_waiting: u64,
    /// Requests that HTTP has refused by itself, by their status: a body that is too large, an origin that is not allowed. Statuses
    /// that are not told apart are counted as 500.
    #[serde(serialize_with = "as_map")]
    pub http_refused: Vec<(u16, u64)>,
    /// The log messages and notices that were dropped because their client was behind.
    pub messages_dropped: u64,
    /// What caches had, and what they did not have.
    pub cache_hits: u64,
    /// See [`cache_hits`](Self::cache_hits).
    pub cache_misses: u64,
    /// Calls that limits have refused.
    pub calls_limited: u64,
    /// Calls that were made again.
    pub calls_retried: u64,
}

impl Metrics {
    pub(crate) fn of(core: &Core) -> Self {
        let (catalog, meters) = (core.catalog(), core.meters());
        let mut operations = Vec::new();
        catalog.entries(&mut |method, target, entry| add(&mut operations, method, target, &entry.counters));
        for (method, counters) in meters.methods() {
            add(&mut operations, method.map_or("_OTHER", Method::as_str), None, counters);
        }
        let (blocking_running, blocking_waiting) = catalog.scope().shared.blocking.counts();
        let connections = meters.connections().to_vec();
        let waiting = core.waiting();
        let (rounds, round_bytes) = catalog.scope().shared.store.held();
        Self {
            server: catalog.scope().name.to_string(),
            uptime: meters.began().elapsed(),
            operations,
            sessions: meters.sessions.now(),
            sessions_opened: meters.sessions.ever(),
            streams: meters.streams.now(),
            connections: connections.iter().map(|(_, count)| count).sum(),
            connections_by_transport: connections,
            connection_states: meters.connection_states().collect(),
            queued_messages: waiting.messages,
            queued_bytes: waiting.bytes,
            largest_queue_bytes: waiting.most_bytes,
            kept_streams: waiting.kept_streams,
            kept_stream_bytes: waiting.kept_bytes,
            rounds,
            round_bytes,
            memory_used: core.budget().used() as u64,
            memory_limit: core.budget().limit() as u64,
            blocking_running,
            blocking_waiting,
            http_refused: meters.statuses().filter(|(_, count)| *count > 0).collect(),
            messages_dropped: core.budget().dropped(),
            cache_hits: meters.counted(Event::CacheHit),
            cache_misses: meters.counted(Event::CacheMiss),
            calls_limited: meters.counted(Event::Limited),
            calls_retried: meters.counted(Event::Retried),
        }
    }

    /// The metrics of a tool. `None` if it was never called.
    pub fn tool(&self, name: &str) -> Option<&OperationMetrics> {
        self.operation("tools/call", name)
    }

    /// The metrics of a resource, or a template, by the URI that it is declared with. `None` if it was never read.
    pub fn resource(&self, uri: &str) -> Option<&OperationMetrics> {
        self.operation("resources/read", uri)
    }

    /// The metrics of a prompt. `None` if it was never got.
    pub fn prompt(&self, name: &str) -> Option<&OperationMetrics> {
        self.operation("prompts/get", name)
    }

    fn operation(&self, method: &str, target: &str) -> Option<&OperationMetrics> {
        self.operations.iter().find(|one| one.method == method && one.target.as_deref() == Some(target))
    }

    /// The requests of all operations that have ended.
    pub fn calls(&self) -> u64 {
        self.operations.iter().map(|one| one.calls).sum()
    }

    /// The share of those that have failed, from 0 to 1.
    pub fn error_rate(&self) -> f64 {
        rate(self.operations.iter().map(OperationMetrics::failures).sum(), self.calls())
    }
}

/// Adds an operation, if it was ever asked for.
#[inline(never)]
fn add(operations: &mut Vec<OperationMetrics>, method: &str, target: Option<&str>, counters: &Counters) {
    let count = Count::from(counters);
    if !count.is_unused() {
        operations.push(OperationMetrics::new(method, target, &count));
    }
}

impl fmt::Display for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        summary(self, f)
    }
}
