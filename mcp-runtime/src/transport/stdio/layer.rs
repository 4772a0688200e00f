//! The layer of `tracing` that writes the log to standard error.

use mcp_proto::wire::Id as RequestId;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::line::{Line, Named, plain};
use super::stderr;
use crate::call::current_request;
use crate::log::Fields;

/// Writes each event on one line.
pub(super) struct ToStderr;

/// What is known of a span.
struct OfSpan {
    fields: Fields,
    /// The request that it was opened in: a task that is given the span goes on with it.
    request: Option<RequestId>,
}

impl<S> Layer<S> for ToStderr
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::with_causes();
        attributes.record(&mut fields);
        span.extensions_mut().replace(OfSpan { fields, request: current_request() });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(of_span) = span.extensions_mut().get_mut::<OfSpan>()
        {
            values.record(&mut of_span.fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::with_causes();
        event.record(&mut fields);
        let (mut spans, mut request) = (Vec::new(), current_request());
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            let extensions = span.extensions();
            let Some(of_span) = extensions.get::<OfSpan>() else { continue };
            if request.is_none() {
                request.clone_from(&of_span.request);
            }
            spans.push(Named { name: span.name(), fields: of_span.fields.others.clone() });
        }
        let message = fields.message.as_ref().map(plain).unwrap_or_default();
        let metadata = event.metadata();
        let line = Line {
            level: *metadata.level(),
            target: metadata.target(),
            request: request.as_ref(),
            spans: &spans,
            message: &message,
            fields: &fields.others,
        };
        stderr::send(line.written().into_bytes());
    }
}
