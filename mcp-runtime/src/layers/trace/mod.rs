//! A span for each request, by OpenTelemetry.

mod context;
mod export;
mod rounds;
mod span;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use opentelemetry::trace::{FutureExt as _, TraceContextExt as _, TracerProvider as _};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tokio::runtime::Handle;
use tower_layer::Layer;
use tower_service::Service;

use self::rounds::Rounds;
use crate::gate::ring::{Call, Reply};

#[cfg(feature = "client-stdio")]
pub(crate) use context::here;

/// The layer that makes a span for each request, by the semantic conventions of OpenTelemetry for MCP. Feature `otel`.
///
/// The parent is the span that the client names in the request's `_meta` (`traceparent`, `tracestate`) or else in the headers
/// of the HTTP request; if it names both, the latter is linked. Without a session, each further round of a call that asks is
/// linked to the round before. While the function runs, the span is the current one: spans that it makes with OpenTelemetry, and
/// requests that it sends with [`client::Client`](crate::client::Client), belong to it.
///
/// [`from_env`](Self::from_env) exports by OTLP over HTTP, as the standard variables say.
/// [`ServerBuilder::trace`](crate::ServerBuilder::trace) also sends what is left when the server stops.
///
/// ```no_run
/// use mcp_runtime::layers::Trace;
/// use mcp_runtime::prelude::*;
///
/// /// Adds two numbers.
/// #[tool]
/// fn add(a: i64, b: i64) -> i64 {
///     a + b
/// }
///
/// # mod program {
/// # use super::*;
/// // OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 OTEL_SERVICE_NAME=shop cargo run
/// mcp_runtime::main!(|server| server.trace(Trace::from_env()?));
/// # }
/// # fn main() {}
/// ```
#[derive(Clone)]
pub struct Trace {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    rounds: Arc<Rounds>,
    /// Where exports are sent from: known once there is a request.
    runtime: Arc<OnceLock<Handle>>,
    has_payloads: bool,
}

impl Trace {
    /// Exports by OTLP over HTTP, in protobuf, as the variables say that all of OpenTelemetry has: `OTEL_EXPORTER_OTLP_ENDPOINT`
    /// (`http://localhost:4318`), `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`,
    /// `OTEL_TRACES_SAMPLER`, `OTEL_BSP_*` and their like. With the feature `tls` the endpoint may be `https://`.
    ///
    /// # Errors
    /// If a variable holds what cannot be used, such as an endpoint that is no URL.
    pub fn from_env() -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let runtime = Arc::new(OnceLock::new());
        let provider = export::provider(&runtime)?;
        Ok(Self { runtime, ..Self::with(provider) })
    }

    /// Makes spans with a provider of the program's own.
    pub fn with(provider: SdkTracerProvider) -> Self {
        let tracer = provider.tracer("mcp-runtime");
        Self { provider, tracer, rounds: Arc::default(), runtime: Arc::default(), has_payloads: false }
    }

    /// Notes the arguments and results of tools in their spans, which the conventions leave to the program: they may be secret.
    #[must_use]
    pub fn payloads(self) -> Self {
        Self { has_payloads: true, ..self }
    }

    /// Sends what was not exported yet. [`ServerBuilder::trace`](crate::ServerBuilder::trace) does so when the server stops.
    ///
    /// # Errors
    /// If the collector cannot be reached, or does not take it.
    pub async fn flush(&self) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let _ = self.runtime.set(Handle::current());
        let provider = self.provider.clone();
        // It waits for a thread of its own, which waits for this runtime.
        tokio::task::spawn_blocking(move || provider.force_flush()).await??;
        Ok(())
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace").field("provider", &self.provider).finish_non_exhaustive()
    }
}

impl<S> Layer<S> for Trace {
    type Service = Traced<S>;

    fn layer(&self, inner: S) -> Traced<S> {
        Traced { trace: self.clone(), inner }
    }
}

/// The service that [`Trace`] makes.
#[derive(Clone, Debug)]
pub struct Traced<S> {
    trace: Trace,
    inner: S,
}

impl<S> Service<Call> for Traced<S>
where
    S: Service<Call, Response = Reply, Future: Send + 'static>,
{
    type Response = Reply;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Reply, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, call: Call) -> Self::Future {
        if self.trace.runtime.get().is_none()
            && let Ok(runtime) = Handle::try_current()
        {
            let _ = self.trace.runtime.set(runtime);
        }
        let parents = context::parents(&call);
        let before = call.request_state().and_then(|state| self.trace.rounds.get(state));
        let span = span::begin(&self.trace.tracer, &call, &parents, before, self.trace.has_payloads);
        let of_call = parents.parent.with_span(span);
        let _current = of_call.clone().attach();
        let future = self.inner.call(call).with_context(of_call.clone());
        let (rounds, has_payloads) = (Arc::clone(&self.trace.rounds), self.trace.has_payloads);
        // Ended by its last owner, also where the call is dropped.
        let open = span::Open::new(of_call);
        Box::pin(async move {
            let replied = future.await;
            if let Ok(reply) = &replied {
                open.end(reply, &rounds, has_payloads);
            }
            replied
        })
    }
}
