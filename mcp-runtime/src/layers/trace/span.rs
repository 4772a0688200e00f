//! The span of one request: its name, attributes and status (OpenTelemetry, "Semantic conventions for Model Context Protocol").

use opentelemetry::trace::{Link, SpanContext, SpanKind, Status, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SdkTracer, Span};
use serde::Deserialize;

use super::context::Parents;
use super::rounds::Rounds;
use crate::gate::ring::{Call, Outcome, Reply};

/// The head of the HTTP request that a call came with.
#[cfg(feature = "http")]
pub(super) fn head(call: &Call) -> Option<&http::request::Parts> {
    call.ctx().inner().caller.facts.head()
}

/// Begins the span of a call.
pub(super) fn begin(
    tracer: &SdkTracer,
    call: &Call,
    parents: &Parents,
    before: Option<SpanContext>,
    has_payloads: bool,
) -> Span {
    let method = call.method();
    let is_prompt = method == "prompts/get";
    // Of the names that clients send only declared ones are noted: there is a bounded number of them.
    let named = call.declared().filter(|_| call.is_tool() || is_prompt);
    let name = named.map_or_else(|| method.to_owned(), |named| format!("{method} {named}"));
    let mut attributes = vec![
        KeyValue::new("mcp.method.name", method.to_owned()),
        KeyValue::new("mcp.protocol.version", call.ctx().protocol().as_str()),
        KeyValue::new("jsonrpc.request.id", call.id_text()),
    ];
    if let Some(named) = named {
        let key = if is_prompt { "gen_ai.prompt.name" } else { "gen_ai.tool.name" };
        attributes.push(KeyValue::new(key, named.to_owned()));
    }
    if call.is_tool() {
        attributes.push(KeyValue::new("gen_ai.operation.name", "execute_tool"));
        if has_payloads {
            attributes.push(KeyValue::new("gen_ai.tool.call.arguments", call.arguments_json().to_owned()));
        }
    }
    if method.starts_with("resources/")
        && let Some(uri) = call.uri()
    {
        attributes.push(KeyValue::new("mcp.resource.uri", uri.to_owned()));
    }
    transport(call, &mut attributes);
    let links = parents.transport.iter().cloned().chain(before).map(Link::with_context).collect();
    let builder = tracer.span_builder(name).with_kind(SpanKind::Server).with_attributes(attributes).with_links(links);
    tracer.build_with_context(builder, &parents.parent)
}

#[cfg(feature = "http")]
fn transport(call: &Call, attributes: &mut Vec<KeyValue>) {
    let Some(head) = head(call) else {
        return attributes.push(KeyValue::new("network.transport", "pipe"));
    };
    attributes.push(KeyValue::new("network.transport", "tcp"));
    attributes.push(KeyValue::new("network.protocol.name", "http"));
    let version = match head.version {
        http::Version::HTTP_2 => "2",
        http::Version::HTTP_10 => "1.0",
        _ => "1.1",
    };
    attributes.push(KeyValue::new("network.protocol.version", version));
    if let Some(session) = head.headers.get("mcp-session-id").and_then(|id| id.to_str().ok()) {
        attributes.push(KeyValue::new("mcp.session.id", session.to_owned()));
    }
}

#[cfg(not(feature = "http"))]
fn transport(_: &Call, attributes: &mut Vec<KeyValue>) {
    attributes.push(KeyValue::new("network.transport", "pipe"));
}

/// The span of a call that runs. Where the call is dropped before it is answered, the span says so.
pub(super) struct Open(Context, bool);

/// What of a JSON-RPC error goes into a span.
#[derive(Deserialize)]
struct Failure {
    message: String,
}

/// What a client is to send back.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    request_state: Option<String>,
}

impl Open {
    pub(super) fn new(context: Context) -> Self {
        Self(context, false)
    }

    /// The call is answered.
    pub(super) fn end(mut self, reply: &Reply, rounds: &Rounds, has_payloads: bool) {
        self.1 = true;
        let span = self.0.span();
        match reply.outcome() {
            Outcome::Error(code) => {
                span.set_attribute(KeyValue::new("rpc.response.status_code", code.to_string()));
                span.set_attribute(KeyValue::new("error.type", code.to_string()));
                let failure = reply.error_json().and_then(|json| serde_json::from_str::<Failure>(json).ok());
                span.set_status(Status::error(failure.map(|failure| failure.message).unwrap_or_default()));
            }
            Outcome::ToolError => {
                span.set_attribute(KeyValue::new("error.type", "tool_error"));
                span.set_status(Status::error(""));
            }
            Outcome::InputRequired => {
                if let Some(state) = reply.result::<Asked>().and_then(|asked| asked.request_state) {
                    rounds.put(&state, span.span_context().clone());
                }
            }
            _ if has_payloads => {
                if let Some(result) = reply.result_json() {
                    span.set_attribute(KeyValue::new("gen_ai.tool.call.result", result.to_owned()));
                }
            }
            _ => {}
        }
        span.end();
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if !self.1 {
            let span = self.0.span();
            span.set_attribute(KeyValue::new("error.type", "cancelled"));
            span.set_status(Status::error("the call was cancelled, or its client has left"));
            span.end();
        }
    }
}
