//! The metrics of one operation: a function, or a method of the protocol.

use std::time::{Duration, SystemTime};

use serde::{Serialize, Serializer};

use crate::meter::{Count, Ending};

/// The metrics of one operation: of a tool, a resource, a prompt, or of a method that no function serves, such as `tools/list`.
///
/// ```
/// use mcp_runtime::ServerHandle;
///
/// fn slow(handle: &ServerHandle) {
///     for one in &handle.metrics().operations {
///         let mean = one.duration.as_secs_f64() / one.calls.max(1) as f64;
///         println!("{} {:?}: {mean:.3} s, {} failed", one.method, one.target, one.calls - one.successes);
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OperationMetrics {
    /// The method: `tools/call`. Methods that the protocol does not have are counted together as `_OTHER`.
    pub method: String,
    /// The name of the tool or prompt, or the URI of the resource as it is declared: that of a template has its variables. `None`
    /// for other methods, and for requests that name something the server does not have.
    pub target: Option<String>,
    /// The calls that have ended.
    pub calls: u64,
    /// Those that have ended with a result. Those that ended with a question to the client are neither successes nor errors.
    pub successes: u64,
    /// Those that have failed, by `error.type` of the semantic conventions for MCP: `tool_error`, the code of a JSON-RPC error
    /// such as `-32602`, `_OTHER` for codes of one's own, and `cancelled`. A `subscriptions/listen` that its client ends is a
    /// success.
    #[serde(serialize_with = "as_map")]
    pub errors: Vec<(&'static str, u64)>,
    /// The calls that run right now.
    pub in_flight: u64,
    /// The calls that have panicked, and those that ran into their timeout. Each run counts: a call that
    /// [`layers::Retry`](crate::layers) saves is no error, any other is among the errors too.
    pub panics: u64,
    /// See [`panics`](Self::panics).
    pub timeouts: u64,
    /// The calls that their caller may not make, by policy: those that were answered as if the function did not exist are no calls
    /// of it otherwise.
    pub denials: u64,
    /// The bytes that were answered.
    pub bytes: u64,
    /// How long all calls took together. The clock moves in steps of some milliseconds: a short call takes no step or one, and
    /// over many calls the sum is right.
    #[serde(rename = "seconds", serialize_with = "as_seconds")]
    pub duration: Duration,
    /// How many calls took no longer than each of [`BOUNDS`](Self::BOUNDS), and longer than the bound before; at last those that
    /// took longer than all.
    pub buckets: [u64; 15],
    /// When the last call began, true to some milliseconds.
    #[serde(rename = "lastCalledUnix", serialize_with = "as_unix")]
    pub last_called: Option<SystemTime>,
}

impl OperationMetrics {
    /// The bounds of [`buckets`](Self::buckets): those that the semantic conventions for MCP have for
    /// `mcp.server.operation.duration`.
    pub const BOUNDS: [Duration; 14] = {
        let mut bounds = [Duration::ZERO; 14];
        let mut at = 0;
        while at < bounds.len() {
            bounds[at] = Duration::from_millis(crate::meter::BOUNDS[at]);
            at += 1;
        }
        bounds
    };

    pub(super) fn new(method: &str, target: Option<&str>, count: &Count) -> Self {
        Self {
            method: method.to_owned(),
            target: target.map(str::to_owned),
            calls: count.ended(),
            successes: count.endings[Ending::Result as usize],
            errors: count.errors().collect(),
            in_flight: count.in_flight,
            panics: count.panics,
            timeouts: count.timeouts,
            denials: count.denials,
            bytes: count.bytes,
            duration: count.duration,
            buckets: count.buckets,
            last_called: count.last,
        }
    }

    /// How long a call took on average. `None` before the first has ended.
    pub fn average(&self) -> Option<Duration> {
        // Of more calls than that the average of so many is as good.
        self.duration.checked_div(u32::try_from(self.calls).unwrap_or(u32::MAX))
    }

    /// The calls that have failed.
    pub fn failures(&self) -> u64 {
        self.errors.iter().map(|(_, count)| count).sum()
    }

    /// The share of the calls that have failed, from 0 to 1.
    pub fn error_rate(&self) -> f64 {
        rate(self.failures(), self.calls)
    }
}

/// The share of `part` in `all`; none of nothing.
pub(super) fn rate(part: u64, all: u64) -> f64 {
    if all == 0 { 0.0 } else { part as f64 / all as f64 }
}

pub(super) fn as_map<S: Serializer>(pairs: &[(impl Serialize, u64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(key, count)| (key, count)))
}

pub(super) fn as_seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

fn as_unix<S: Serializer>(time: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    time.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok())
        .map(|since| since.as_secs_f64())
        .serialize(serializer)
}
