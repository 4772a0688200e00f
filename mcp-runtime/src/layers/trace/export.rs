//! Exports by OTLP over HTTP.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hyper_util::client::legacy::connect::HttpConnector;
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithHttpConfig as _};
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::Handle;

/// The longest that one export may take. The exporter has a shorter limit of its own, which a variable sets.
const LONGEST: Duration = Duration::from_secs(60);

#[cfg(not(feature = "tls"))]
type Connector = HttpConnector;
#[cfg(feature = "tls")]
type Connector = crate::tls::Connector<HttpConnector>;

#[cfg(not(feature = "tls"))]
fn connector() -> Connector {
    HttpConnector::new()
}

#[cfg(feature = "tls")]
fn connector() -> Connector {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    crate::tls::Connector::with_web_roots(connector)
}

/// A provider of tracers that exports in batches, from a thread of its own.
pub(super) fn provider(
    runtime: &Arc<OnceLock<Handle>>,
) -> Result<SdkTracerProvider, Box<dyn std::error::Error + Send + Sync>> {
    let client = HyperClient::new(connector(), LONGEST, None);
    let client = OnRuntime { client: Arc::new(client), runtime: Arc::clone(runtime) };
    let exporter = SpanExporter::builder().with_http().with_http_client(client).build()?;
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).build())
}

/// Sends from the server's runtime what the exporter's thread, which has none, wants to be sent.
#[derive(Debug)]
struct OnRuntime {
    client: Arc<HyperClient<Connector>>,
    runtime: Arc<OnceLock<Handle>>,
}

impl HttpClient for OnRuntime {
    // As the macro `async_trait` would write it.
    fn send_bytes<'a, 'b>(
        &'a self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async move {
            let runtime = self.runtime.get().ok_or("no request was served yet")?;
            let client = Arc::clone(&self.client);
            runtime.spawn(async move { client.send_bytes(request).await }).await?
        })
    }
}
