//! From an event to the client of the call that it happened in.

use std::sync::Arc;

use mcp_proto::types::LogLevel;
use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::record::Record;
use super::targets::is_call;
use crate::call::{Live, call_of_new_span};

/// Sends each event to the client of its call.
#[derive(Clone, Copy, Debug)]
pub struct Forward;

/// What the span of a call leads to.
struct OfCall(Arc<Live>);

impl<S> Layer<S> for Forward
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if is_call(attributes.metadata())
            && let Some(live) = call_of_new_span()
            && let Some(span) = context.span(id)
        {
            // Another layer of this kind may have been here.
            span.extensions_mut().replace(OfCall(live));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        // That a handler panics, and why, is told to nobody: hooks and destructors log it.
        if std::thread::panicking() {
            return;
        }
        // The innermost: a handler may be a client itself, of a server in the same process.
        let live = context.event_scope(event).and_then(|mut scope| {
            scope.find_map(|span| span.extensions().get::<OfCall>().map(|OfCall(live)| Arc::clone(live)))
        });
        let Some((live, ctx)) = live.and_then(|live| live.ctx().map(|ctx| (live, ctx))) else { return };
        let metadata = event.metadata();
        if let Some(message) = ctx.log_message(level(metadata.level()), Some(metadata.target()), &Record(event)) {
            live.send_log(&message);
        }
    }
}

/// The protocol has no level for traces.
fn level(level: &Level) -> LogLevel {
    match *level {
        Level::ERROR => LogLevel::Error,
        Level::WARN => LogLevel::Warning,
        Level::INFO => LogLevel::Info,
        _ => LogLevel::Debug,
    }
}
