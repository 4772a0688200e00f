//! Metrics in Prometheus' text format, version 0.0.4.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::operation::OperationMetrics;
use super::snapshot::Metrics;
use crate::json_text;
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
    let mut page = Page { text: String::new(), servers: all.iter().map(Labelled::new).collect() };
    page.durations();
    page.errors();
    for family in &OPERATIONS {
        page.of_operations(family);
    }
    page.refusals();
    page.connections();
    page.connection_states();
    for family in &SERVERS {
        page.of_servers(family);
    }
    page.text
}

/// What all names begin with.
const PREFIX: &str = "mcp_server_";

type Family<T> = (&'static str, &'static str, &'static str, fn(&T) -> f64);

/// The value of a label, and how many there are of it.
type Count = (Cow<'static, str>, u64);

/// What there is of each operation.
static OPERATIONS: [Family<OperationMetrics>; 6] = [
    ("operations_in_flight", "gauge", "Requests that are being served.", |one| one.in_flight as f64),
    ("operation_panics_total", "counter", "Requests whose function panicked.", |one| one.panics as f64),
    ("operation_timeouts_total", "counter", "Requests that ran into their timeout.", |one| one.timeouts as f64),
    ("operation_denials_total", "counter", "Requests that their caller may not make.", |one| one.denials as f64),
    ("operation_response_bytes_total", "counter", "Bytes that were answered.", |one| one.bytes as f64),
    ("last_called_timestamp_seconds", "gauge", "When the last request began.", |one| {
        one.last_called.map(unix_time).unwrap_or_default()
    }),
];

/// What there is of each server.
static SERVERS: [Family<Metrics>; 20] = [
    ("sessions", "gauge", "Sessions on HTTP that are open.", |one| one.sessions as f64),
    ("sessions_opened_total", "counter", "Sessions on HTTP that were opened.", |one| one.sessions_opened as f64),
    ("streams", "gauge", "Streams of events that clients read.", |one| one.streams as f64),
    ("queued_messages", "gauge", "Messages that wait for clients.", |one| one.queued_messages as f64),
    ("queued_bytes", "gauge", "Bytes that wait for clients.", |one| one.queued_bytes as f64),
    ("largest_queue_bytes", "gauge", "Bytes that wait for one client, at most.", |one| one.largest_queue_bytes as f64),
    ("kept_streams", "gauge", "Streams that are kept to be resumed.", |one| one.kept_streams as f64),
    ("kept_stream_bytes", "gauge", "Bytes that these streams keep.", |one| one.kept_stream_bytes as f64),
    ("rounds", "gauge", "Rounds of questions on record.", |one| one.rounds as f64),
    ("round_bytes", "gauge", "Bytes of these records.", |one| one.round_bytes as f64),
    ("memory_bytes", "gauge", "Memory that is used for clients.", |one| one.memory_used as f64),
    ("memory_limit_bytes", "gauge", "Memory that may be used for clients.", |one| one.memory_limit as f64),
    ("blocking_calls", "gauge", "Blocking functions that run.", |one| one.blocking_running as f64),
    ("blocking_calls_waiting", "gauge", "Calls that wait for a thread.", |one| one.blocking_waiting as f64),
    ("dropped_messages_total", "counter", "Log messages and notices that were dropped.", |one| {
        one.messages_dropped as f64
    }),
    ("cache_hits_total", "counter", "Answers that a cache had.", |one| one.cache_hits as f64),
    ("cache_misses_total", "counter", "Answers that no cache had.", |one| one.cache_misses as f64),
    ("limited_calls_total", "counter", "Calls that a limit refused.", |one| one.calls_limited as f64),
    ("retried_calls_total", "counter", "Calls that were made again.", |one| one.calls_retried as f64),
    ("start_time_seconds", "gauge", "When the server was built.", |one| {
        SystemTime::now().checked_sub(one.uptime).map(unix_time).unwrap_or_default()
    }),
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

// None of these is inlined: they are used for each family.
impl Page<'_> {
    #[inline(never)]
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // A `String` takes all that is written, here and below.
        let _ = write!(self.text, "# HELP {PREFIX}{name} {help}\n# TYPE {PREFIX}{name} {kind}\n");
    }

    #[inline(never)]
    fn each_operation(&mut self, write: &mut dyn FnMut(&mut String, &str, &OperationMetrics)) {
        for Labelled { metrics, operations, .. } in &self.servers {
            metrics.operations.iter().zip(operations).for_each(|(one, labels)| write(&mut self.text, labels, one));
        }
    }

    #[inline(never)]
    fn of_operations(&mut self, (name, kind, help, value): &Family<OperationMetrics>) {
        self.family(name, kind, help);
        self.each_operation(&mut |text, labels, operation| sample(text, name, labels, "", value(operation)));
    }

    #[inline(never)]
    fn of_servers(&mut self, (name, kind, help, value): &Family<Metrics>) {
        self.family(name, kind, help);
        for Labelled { metrics, labels, .. } in &self.servers {
            sample(&mut self.text, name, labels, "", value(metrics));
        }
    }

    fn durations(&mut self) {
        self.family("operation_duration_seconds", "histogram", "How long requests took.");
        self.each_operation(&mut |text, labels, operation| {
            let mut so_far = 0;
            for (bucket, count) in operation.buckets.iter().enumerate() {
                so_far += count;
                let bound = BOUNDS.get(bucket).map(|bound| *bound as f64 / 1000.0);
                let bound = bound.map_or_else(|| "+Inf".to_owned(), json_text::float);
                let bound = format!(",le=\"{bound}\"");
                sample(text, "operation_duration_seconds_bucket", labels, &bound, so_far as f64);
            }
            sample(text, "operation_duration_seconds_sum", labels, "", operation.duration.as_secs_f64());
            sample(text, "operation_duration_seconds_count", labels, "", so_far as f64);
        });
    }

    fn errors(&mut self) {
        self.family("operation_errors_total", "counter", "Requests that failed, by how they did.");
        self.each_operation(&mut |text, labels, operation| {
            for (error, count) in &operation.errors {
                let error = format!(",error_type=\"{error}\"");
                sample(text, "operation_errors_total", labels, &error, *count as f64);
            }
        });
    }

    fn refusals(&mut self) {
        let help = "Requests that HTTP refused, by their status.";
        self.by_label(("http_refused_requests_total", "counter", help), "http_response_status_code", &|one| {
            one.http_refused.iter().map(|(status, count)| (status.to_string().into(), *count)).collect()
        });
    }

    fn connections(&mut self) {
        self.by_label(("connections", "gauge", "Connections that are open."), "transport", &|one| {
            one.connections_by_transport.iter().map(|(transport, count)| ((*transport).into(), *count)).collect()
        });
    }

    fn connection_states(&mut self) {
        let help = "Connections that have come to a state.";
        self.by_label(("connection_states_total", "counter", help), "state", &|one| {
            one.connection_states.iter().map(|(state, count)| ((*state).into(), *count)).collect()
        });
    }

    /// What servers have several of, told apart by a label.
    #[inline(never)]
    fn by_label(&mut self, (name, kind, help): (&str, &str, &str), label: &str, each: &dyn Fn(&Metrics) -> Vec<Count>) {
        self.family(name, kind, help);
        for Labelled { metrics, labels, .. } in &self.servers {
            for (value, count) in each(metrics) {
                let more = format!(",{label}=\"{value}\"");
                sample(&mut self.text, name, labels, &more, count as f64);
            }
        }
    }
}

/// Writes a sample. Numbers are 64-bit floats to Prometheus, and written as such: whole ones without a point.
#[inline(never)]
fn sample(text: &mut String, name: &str, labels: &str, more: &str, value: f64) {
    let _ = writeln!(text, "{PREFIX}{name}{{{labels}{more}}} {}", json_text::float(value));
}

fn unix_time(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
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
