//! Connecting to `https://` as to `http://`.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use http::uri::Scheme;
use hyper::rt::{Read, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
#[cfg(any(feature = "auth", feature = "otel"))]
use rustls::RootCertStore;
use rustls::pki_types::ServerName;
#[cfg(all(feature = "client", feature = "ws"))]
use tokio::io::{AsyncRead, AsyncWrite};
use tower_service::Service;

#[cfg(any(feature = "auth", feature = "otel"))]
use super::provider;
use super::stream::MaybeTls;

/// A connector that speaks TLS where the URL wants it, over connections that another one makes.
#[derive(Clone, Debug)]
pub(crate) struct Connector<C> {
    inner: C,
    config: Arc<ClientConfig>,
}

/// A connection as hyper takes it.
pub(crate) type Stream<S> = TokioIo<MaybeTls<TokioIo<S>>>;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl<C> Connector<C> {
    /// With the roots of Mozilla, for HTTP/1.1.
    #[cfg(any(feature = "auth", feature = "otel"))]
    pub(crate) fn with_web_roots(inner: C) -> Self {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
        let builder = builder.expect("the provider has suites for the versions that rustls takes for safe");
        Self::new(inner, Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
    }

    /// As it is said there.
    pub(crate) fn new(inner: C, config: Arc<ClientConfig>) -> Self {
        Self { inner, config }
    }
}

impl<C> Service<Uri> for Connector<C>
where
    C: Service<Uri>,
    C::Response: Read + Write + Send + Unpin + 'static,
    C::Future: Send + 'static,
    C::Error: Into<BoxError>,
{
    type Response = Stream<C::Response>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let name = (uri.scheme() == Some(&Scheme::HTTPS)).then(|| server_name(&uri));
        let (connecting, config) = (self.inner.call(uri), Arc::clone(&self.config));
        Box::pin(async move {
            let name = name.transpose()?;
            let stream = TokioIo::new(connecting.await.map_err(Into::into)?);
            let stream = match name {
                None => MaybeTls::Plain(stream),
                Some(name) => {
                    let connector = tokio_rustls::TlsConnector::from(config);
                    MaybeTls::Tls(Box::new(connector.connect(name, stream).await?))
                }
            };
            Ok(TokioIo::new(stream))
        })
    }
}

/// TLS with a server of this name, over a connection.
///
/// # Errors
/// Why there is no handshake.
#[cfg(all(feature = "client", feature = "ws"))]
pub(crate) async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    host: &str,
    config: Arc<ClientConfig>,
) -> io::Result<MaybeTls<S>> {
    let connector = tokio_rustls::TlsConnector::from(config);
    Ok(MaybeTls::Tls(Box::new(connector.connect(named(host)?, stream).await?)))
}

/// The name that the certificate must be for.
fn server_name(uri: &Uri) -> io::Result<ServerName<'static>> {
    named(uri.host().unwrap_or_default())
}

fn named(host: &str) -> io::Result<ServerName<'static>> {
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let name = ServerName::try_from(host.to_owned());
    name.map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, format!("{host:?} is not the name of a host")))
}

impl<S: Read + Write + Connection + Unpin> Connection for MaybeTls<TokioIo<S>> {
    fn connected(&self) -> Connected {
        match self {
            Self::Plain(stream) => stream.inner().connected(),
            Self::Tls(stream) => {
                let (stream, session) = stream.get_ref();
                let connected = stream.inner().connected();
                if session.alpn_protocol() == Some(b"h2") { connected.negotiated_h2() } else { connected }
            }
        }
    }
}
