//! Whose events are sent.

use std::sync::Arc;

use tracing::Metadata;
use tracing::subscriber::Interest;
use tracing_subscriber::layer::{Context, Filter};

use crate::call::{SPAN_NAME, SPAN_TARGET};

/// What this framework logs is for those who run the server: why a call failed inside, among it.
const OWN: [&str; 2] = [SPAN_TARGET, "mcp_proto"];

/// Lets through the targets that were named, and the spans of calls.
#[derive(Clone, Debug)]
pub struct Named(Arc<[String]>);

impl Named {
    pub(super) fn new(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let names = names.into_iter().map(Into::into);
        // A package's name is not quite its crate's.
        Self(names.flat_map(|name| [name.replace('-', "_"), name]).collect())
    }

    /// Spans, too: a task may be in one that no other layer wants, and would be in none of the call's then.
    fn takes(&self, metadata: &Metadata<'_>) -> bool {
        let is_within = |name: &str| is_within(metadata.target(), name);
        if OWN.into_iter().any(is_within) {
            return is_call(metadata);
        }
        self.0.iter().any(|name| is_within(name))
    }
}

/// Whether it is the span of a call.
pub(crate) fn is_call(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.name() == SPAN_NAME && metadata.target() == SPAN_TARGET
}

/// Whether a target is a module, or one of its parts.
fn is_within(target: &str, module: &str) -> bool {
    target.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

impl<S> Filter<S> for Named {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        self.takes(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.takes(metadata) { Interest::always() } else { Interest::never() }
    }
}
