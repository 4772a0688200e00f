//! Metrics in Prometheus' text format, version 0.0.4.

use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::operation::OperationMetrics;
use super::snapshot::Metrics;
use crate::meter::BOUNDS;
use crate::service::Core;

/// What the text is sent as.
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The metrics of servers, each with the path that it is served at. The label `server` tells them apart.
pub(crate) fn render(servers: &mut dyn Iterator<Item = (&str, &Arc<Core>)>) -> String {
    let mut cores: Vec<&Arc<Core>> = Vec::new();
    let mut all: Vec<Metrics> = Vec::new();
    for (path, core) in servers {
        if cores.iter().any(|known| Arc::ptr_eq(known, core)) {
            continue;
        }
        let mut metrics = Metrics::of(core);
        if all.iter().any(|other| other.server == metrics.server) {
            let _ = write!(metrics.server, " {path}");
        }
        cores.push(core);
        all.push(metrics);
    }
    let servers = all;
    let mut page = Page { text: String::new(), servers: servers.iter().map(Labelled::new).collect() };
    page.durations();
    page.errors();
    for (name, kind, help, value) in OPERATIONS {
        page.family(name, kind, help);
        page.each_operation(|text, labels, operation| sample(text, name, labels, "", value(operation)));
    }
    page.family("last_called_timestamp_seconds", "gauge", "When the last request began.");
    page.each_operation(|text, labels, operation| {
        let since = operation.last_called.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        sample(text, "last_called_timestamp_seconds", labels, "", since.unwrap_or_default().as_secs_f64());
    });
    page.family("http_refused_requests_total", "counter", "Requests that HTTP refused, by their status.");
    for Labelled { metrics, labels, .. } in &page.servers {
        for (status, count) in &metrics.http_refused {
            let status = format_args!(",http_response_status_code=\"{status}\"");
            sample(&mut page.text, "http_refused_requests_total", labels, status, count);
        }
    }
    for (name, kind, help, value) in SERVERS {
        page.family(name, kind, help);
        for Labelled { metrics, labels, .. } in &page.servers {
            sample(&mut page.text, name, labels, "", value(metrics));
        }
    }
    page.family("start_time_seconds", "gauge", "When the server was built.");
    for Labelled { metrics, labels, .. } in &page.servers {
        let began =
            SystemTime::now().checked_sub(metrics.uptime).and_then(|began| began.duration_since(UNIX_EPOCH).ok());
        sample(&mut page.text, "start_time_seconds", labels, "", began.unwrap_or_default().as_secs_f64());
    }
    page.text
}

/// What all names begin with.
const PREFIX: &str = "mcp_server_";

type Family<T> = (&'static str, &'static str, &'static str, fn(&T) -> u64);

/// What there is of each operation.
const OPERATIONS: [Family<OperationMetrics>; 4] = [
    ("operations_in_flight", "gauge", "Requests that are being served.", |one| one.in_flight),
    ("operation_panics_total", "counter", "Requests whose function panicked.", |one| one.panics),
    ("operation_timeouts_total", "counter", "Requests that ran into their timeout.", |one| one.timeouts),
    ("operation_response_bytes_total", "counter", "Bytes that were answered.", |one| one.bytes),
];

/// What there is of each server.
const SERVERS: [Family<Metrics>; 13] = [
    ("sessions", "gauge", "Sessions on HTTP that are open.", |one| one.sessions),
    ("sessions_opened_total", "counter", "Sessions on HTTP that were opened.", |one| one.sessions_opened),
    ("streams", "gauge", "Streams of events that clients read.", |one| one.streams),
    ("connections", "gauge", "Connections that are open.", |one| one.connections),
    ("memory_bytes", "gauge", "Memory that is used for clients.", |one| one.memory_used),
    ("memory_limit_bytes", "gauge", "Memory that may be used for clients.", |one| one.memory_limit),
    ("blocking_calls", "gauge", "Blocking functions that run.", |one| one.blocking_running),
    ("blocking_calls_waiting", "gauge", "Calls that wait for a thread.", |one| one.blocking_waiting),
    ("dropped_messages_total", "counter", "Log messages and notices that were dropped.", |one| one.messages_dropped),
    ("cache_hits_total", "counter", "Answers that a cache had.", |one| one.cache_hits),
    ("cache_misses_total", "counter", "Answers that no cache had.", |one| one.cache_misses),
    ("limited_calls_total", "counter", "Calls that a limit refused.", |one| one.calls_limited),
    ("retried_calls_total", "counter", "Calls that were made again.", |one| one.calls_retried),
];

struct Page<'a> {
    text: String,
    servers: Vec<Labelled<'a>>,
}

/// The metrics of a server, and the labels that they have.
struct Labelled<'a> {
    metrics: &'a Metrics,
    labels: String,
    /// Those of each operation.
    operations: Vec<String>,
}

impl<'a> Labelled<'a> {
    fn new(metrics: &'a Metrics) -> Self {
        let labels = format!("server=\"{}\"", Escaped(&metrics.server));
        let of_operation = |one: &OperationMetrics| {
            let mut labels = format!("{labels},mcp_method_name=\"{}\"", Escaped(&one.method));
            let name = match &*one.method {
                "tools/call" => "gen_ai_tool_name",
                "prompts/get" => "gen_ai_prompt_name",
                _ => "mcp_resource_uri",
            };
            if let Some(target) = &one.target {
                let _ = write!(labels, ",{name}=\"{}\"", Escaped(target));
            }
            labels
        };
        Self { operations: metrics.operations.iter().map(of_operation).collect(), labels, metrics }
    }
}

impl Page<'_> {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // A `String` takes all that is written, here and below.
        let _ = write!(self.text, "# HELP {PREFIX}{name} {help}\n# TYPE {PREFIX}{name} {kind}\n");
    }

    fn each_operation(&mut self, mut write: impl FnMut(&mut String, &str, &OperationMetrics)) {
        for Labelled { metrics, operations, .. } in &self.servers {
            metrics.operations.iter().zip(operations).for_each(|(one, labels)| write(&mut self.text, labels, one));
        }
    }

    fn durations(&mut self) {
        self.family("operation_duration_seconds", "histogram", "How long requests took.");
        self.each_operation(|text, labels, operation| {
            let mut so_far = 0;
            for (bucket, count) in operation.buckets.iter().enumerate() {
                so_far += count;
                let bound = BOUNDS.get(bucket).map_or(f64::INFINITY, |bound| *bound as f64 / 1000.0);
                let bound = if bound.is_finite() { format!(",le=\"{bound}\"") } else { ",le=\"+Inf\"".to_owned() };
                sample(text, "operation_duration_seconds_bucket", labels, bound, so_far);
            }
            sample(text, "operation_duration_seconds_sum", labels, "", operation.duration.as_secs_f64());
            sample(text, "operation_duration_seconds_count", labels, "", so_far);
        });
    }

    fn errors(&mut self) {
        self.family("operation_errors_total", "counter", "Requests that failed, by how they did.");
        self.each_operation(|text, labels, operation| {
            for (error, count) in &operation.errors {
                sample(text, "operation_errors_total", labels, format_args!(",error_type=\"{error}\""), count);
            }
        });
    }
}

fn sample(text: &mut String, name: &str, labels: &str, more: impl fmt::Display, value: impl fmt::Display) {
    write_sample(text, name, labels, &more, &value);
}

fn write_sample(text: &mut String, name: &str, labels: &str, more: &dyn fmt::Display, value: &dyn fmt::Display) {
    let _ = writeln!(text, "{PREFIX}{name}{{{labels}{more}}} {value}");
}

/// The value of a label, from which nothing can break out. What else is no text for people is left: it is counted, not read.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|char| match char {
            '\\' => f.write_str("\\\\"),
            '"' => f.write_str("\\\""),
            '\n' => f.write_str("\\n"),
            char => f.write_char(char),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_a_label() {
        assert_eq!(Escaped("a\"b\\c\nd{}é").to_string(), r#"a\"b\\c\nd{}é"#);
    }
}
