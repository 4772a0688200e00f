//! Which servers a client trusts, and what it shows them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::{ClientConfig, InconsistentKeys, RootCertStore};

use super::error::TlsError;
use super::files::Files;
use super::pin::{Pin, Pinned};
use super::{http_protocols, provider};

/// Which servers a client trusts, and the certificate that it shows them: for
/// [`ClientBuilder::tls`](crate::client::ClientBuilder::tls). By default servers are trusted that the roots of Mozilla vouch for.
///
/// ```
/// use mcp_runtime::client::{Client, ClientTls};
///
/// let tls = ClientTls::new().ca_file("ca.pem").certificate_files("client.pem", "client-key.pem");
/// let builder = Client::builder().tls(tls);
/// # let _ = builder;
/// ```
///
/// Files are read when a connection is opened for the first time, and again when one is lost and opened again.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ClientTls {
    authorities: Vec<PathBuf>,
    web: bool,
    own: Option<(PathBuf, PathBuf)>,
    pins: Vec<String>,
}

impl ClientTls {
    /// As it is by default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts the authorities in this file (PEM), and only those, as `curl --cacert` does; several files add to each other.
    pub fn ca_file(mut self, path: impl AsRef<Path>) -> Self {
        self.authorities.push(path.as_ref().to_owned());
        self
    }

    /// Trusts the roots of Mozilla beside the authorities of files.
    pub fn web_roots(mut self) -> Self {
        self.web = true;
        self
    }

    /// Shows this certificate to servers that ask for one, with those of the authorities in between, and proves it by the private key:
    /// both in PEM.
    pub fn certificate_files(mut self, certificate: impl AsRef<Path>, key: impl AsRef<Path>) -> Self {
        self.own = Some((certificate.as_ref().to_owned(), key.as_ref().to_owned()));
        self
    }

    /// Takes only a server with this public key, whose certificate must be valid all the same: `sha256//` and the base64 of the SHA-256 of
    /// its `SubjectPublicKeyInfo`, as for `curl --pinnedpubkey`. Given several times, the server has one of the keys.
    pub fn pin(mut self, key: impl Into<String>) -> Self {
        self.pins.push(key.into());
        self
    }

    /// Reads the files, to find out whether they can be used.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn check(&self) -> Result<(), TlsError> {
        self.load().map(drop)
    }

    /// Reads the files.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub(crate) fn load(&self) -> Result<ClientConfig, TlsError> {
        let mut files = Files::new();
        let mut roots = RootCertStore::empty();
        if self.web || self.authorities.is_empty() {
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        self.authorities.iter().for_each(|path| files.roots(path, &mut roots));
        let own = self.own.as_ref().map(|(certificate, key)| {
            let chain = files.chain(certificate, "certificate of this client");
            (chain, files.key(key, "private key of this client"))
        });
        let pins: Vec<Pin> =
            self.pins.iter().filter_map(|pin| pin.parse().map_err(|why| files.faults.push(why)).ok()).collect();
        if !files.faults.is_empty() {
            return Err(TlsError::new(files.faults));
        }
        let fault = |why: String| TlsError::new(vec![why]);
        let builder = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| fault(error.to_string()))?;
        let builder = if pins.is_empty() {
            builder.with_root_certificates(roots)
        } else {
            let valid = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider());
            let valid = valid.build().map_err(|error| fault(error.to_string()))?;
            // It takes what the usual one takes, and less of it.
            builder.dangerous().with_custom_certificate_verifier(Arc::new(Pinned { valid, pins }))
        };
        match (own, &self.own) {
            (Some((Some(chain), Some(key))), Some((certificate, path))) => {
                builder.with_client_auth_cert(chain, key).map_err(|error| match error {
                    rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => fault(format!(
                        "{}: it is not the key of {}; the first certificate there must be the client's own",
                        path.display(),
                        certificate.display()
                    )),
                    error => fault(format!("{}: the key cannot be used: {error}", path.display())),
                })
            }
            _ => Ok(builder.with_no_client_auth()),
        }
    }

    /// The same, for HTTP/1.1 alone, which WebSocket begins with.
    ///
    /// # Errors
    /// Everything that is wrong with the files.
    #[cfg(feature = "ws")]
    pub(crate) fn load_for_sockets(&self) -> Result<Arc<ClientConfig>, TlsError> {
        let mut config = self.load()?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// The same, for HTTP/2 and HTTP/1.1, whichever the server prefers.
    ///
    /// # Errors
    /// Everything that is wrong with the files.
    pub(crate) fn load_for_http(&self) -> Result<Arc<ClientConfig>, TlsError> {
        let mut config = self.load()?;
        config.alpn_protocols = http_protocols();
        Ok(Arc::new(config))
    }
}
