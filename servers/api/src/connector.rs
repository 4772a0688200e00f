//! From a request to its answer, on a connection that is there or on a new one. Redirects are not followed: the key is for one host.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper::Response;
use hyper::body::Incoming;
use mcp_runtime::prelude::*;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;

use crate::connection::{Answer, Connection, Failure, Outgoing};
use crate::key::Key;
use crate::pool::Pool;

/// Makes connections, and keeps them for a while.
pub struct Connector {
    tls: TlsConnector,
    pool: Pool,
}

impl Connector {
    /// The authorities of `ca_file` are trusted alone; without it those that browsers trust. A connection is kept for `idle`.
    ///
    /// # Errors
    /// There is no certificate in the file.
    pub fn new(ca_file: Option<&Path>, idle: Duration) -> Result<Self> {
        let roots = match ca_file {
            Some(file) => read(file)?,
            None => RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() },
        };
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
        let config = config.with_safe_default_protocol_versions()?.with_root_certificates(roots).with_no_client_auth();
        Ok(Self { tls: TlsConnector::from(Arc::new(config)), pool: Pool::new(idle) })
    }

    /// Sends a request and reads its answer.
    ///
    /// # Errors
    /// The API cannot be reached, or its answer is none that can be used.
    pub async fn send(&self, outgoing: &Outgoing, key: &Key) -> Result<Answer, Failure> {
        let authorization = key.authorization();
        // The API may close a connection while a request is on its way. Whether that has arrived is not known, so what may not be
        // sent twice gets a new connection.
        let kept = if outgoing.method.is_idempotent() { self.pool.take().await } else { None };
        if let Some(mut connection) = kept
            && let Ok(response) = connection.send(outgoing.request(authorization)?).await
        {
            return self.read(connection, response).await;
        }
        let mut connection = self.connect(&outgoing.url).await?;
        let response = connection.send(outgoing.request(authorization)?).await?;
        self.read(connection, response).await
    }

    async fn read(&self, connection: Connection, response: Response<Incoming>) -> Result<Answer, Failure> {
        let answer = Answer::read(response).await?;
        self.pool.keep(connection);
        Ok(answer)
    }

    async fn connect(&self, url: &Url) -> Result<Connection> {
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let stream = TcpStream::connect((host, url.port_or_known_default().unwrap_or(443))).await?;
        if url.scheme() == "http" {
            return Connection::on(stream).await;
        }
        let name = ServerName::try_from(host.to_owned()).map_err(|_| "the host has no name for TLS")?;
        Connection::on(self.tls.connect(name, stream).await?).await
    }
}

fn read(file: &Path) -> Result<RootCertStore> {
    let failed = |why: &dyn std::fmt::Display| Error::new(format!("the certificates in {}: {why}", file.display()));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|why| failed(&why))? {
        roots.add(certificate.map_err(|why| failed(&why))?).map_err(|why| failed(&why))?;
    }
    if roots.is_empty() { Err(failed(&"there is none")) } else { Ok(roots) }
}
