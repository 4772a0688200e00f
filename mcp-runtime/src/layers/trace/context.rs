//! Which span a request belongs to: the trace context of the W3C, in `_meta` or in the headers of HTTP.

use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{SpanContext, TraceContextExt as _};
use opentelemetry_sdk::propagation::TraceContextPropagator;

use crate::gate::ring::Call;

/// The names that a trace context has, in `_meta` as in headers.
const NAMES: [&str; 2] = ["traceparent", "tracestate"];

/// Where a request comes from.
pub(super) struct Parents {
    /// What its span stands below.
    pub(super) parent: Context,
    /// The span of the HTTP request, where the client names another one for the request itself.
    pub(super) transport: Option<SpanContext>,
}

pub(super) fn parents(call: &Call) -> Parents {
    let ctx = call.ctx();
    let of_request = extract(|name| ctx.meta::<String>(name));
    let of_transport = extract(|name| header(call, name));
    // A call that a function makes of its own server stands below that function's.
    let here = Context::current();
    match (of_request, of_transport) {
        _ if call.is_nested() && here.has_active_span() => Parents { parent: here, transport: None },
        (Some(request), transport) => {
            let transport = transport.map(|transport| transport.span().span_context().clone());
            Parents { parent: request, transport }
        }
        (None, Some(transport)) => Parents { parent: transport, transport: None },
        (None, None) => Parents { parent: Context::new(), transport: None },
    }
}

fn extract(get: impl Fn(&str) -> Option<String>) -> Option<Context> {
    let found: HashMap<String, String> =
        NAMES.iter().filter_map(|name| Some(((*name).to_owned(), get(name)?))).collect();
    if found.is_empty() {
        return None;
    }
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &found);
    context.has_active_span().then_some(context)
}

#[cfg(feature = "http")]
fn header(call: &Call, name: &str) -> Option<String> {
    let head = super::span::head(call)?;
    head.headers.get(name)?.to_str().ok().map(str::to_owned)
}

#[cfg(not(feature = "http"))]
fn header(_: &Call, _: &str) -> Option<String> {
    None
}

/// The trace context of the current span, to be sent along with a request: names and values. Nothing where there is none.
#[cfg(feature = "client-stdio")]
pub(crate) fn here() -> Vec<(&'static str, String)> {
    let context = Context::current();
    if !context.has_active_span() {
        return Vec::new();
    }
    let mut written = HashMap::new();
    TraceContextPropagator::new().inject_context(&context, &mut written);
    NAMES.into_iter().filter_map(|name| Some((name, written.remove(name).filter(|value| !value.is_empty())?))).collect()
}
